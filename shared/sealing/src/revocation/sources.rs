//! Where a certificate says that its issuer and its status are to be had.

use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

use crate::certificate::Certificate;
use crate::cms::oids;

/// How many addresses of a kind are taken.
const MAX_ADDRESSES: usize = 8;

/// The HTTP addresses in a certificate, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// OCSP responders (RFC 5280, 4.2.2.1).
    pub ocsp: Vec<String>,
    /// Revocation lists (RFC 5280, 4.2.1.13).
    pub crls: Vec<String>,
    /// Certificates of the issuer (RFC 5280, 4.2.2.1).
    pub issuers: Vec<String>,
}

impl Certificate {
    /// Where this certificate says that its status and its issuer are to be had. What cannot be read is left out.
    pub fn sources(&self) -> Sources {
        let tbs = &self.parsed.tbs_certificate;
        let access = tbs.get::<AuthorityInfoAccessSyntax>().ok().flatten().map(|(_, access)| access.0).unwrap_or_default();
        let of = |method| {
            let places = access.iter().filter(|place| place.access_method == method);
            places.filter_map(|place| http_address(&place.access_location)).take(MAX_ADDRESSES).collect()
        };
        let points = self.distribution_points();
        let names = points.iter().filter(|point| is_whole(point)).filter_map(|point| point.distribution_point.as_ref());
        let crls = names.filter_map(|name| match name {
            DistributionPointName::FullName(names) => names.iter().find_map(http_address),
            DistributionPointName::NameRelativeToCRLIssuer(_) => None,
        });
        Sources { ocsp: of(oids::OCSP), crls: crls.take(MAX_ADDRESSES).collect(), issuers: of(oids::CA_ISSUERS) }
    }

    /// True when nobody needs to ask for the status of this OCSP responder's certificate (RFC 6960, 4.2.2.2.1).
    pub fn needs_no_revocation_check(&self) -> bool {
        let extensions = self.parsed.tbs_certificate.extensions.iter().flatten();
        self.is_for_ocsp() && extensions.into_iter().any(|extension| extension.extn_id == oids::OCSP_NO_CHECK)
    }

    pub(super) fn distribution_points(&self) -> Vec<DistributionPoint> {
        let points = self.parsed.tbs_certificate.get::<CrlDistributionPoints>();
        points.ok().flatten().map(|(_, points)| points.0).unwrap_or_default()
    }
}

/// True for a list by the certificate's own issuer, for every reason.
fn is_whole(point: &DistributionPoint) -> bool {
    point.reasons.is_none() && point.crl_issuer.is_none()
}

fn http_address(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(address) => {
            let address = address.as_str();
            let is_http = ["http://", "https://"]
                .iter()
                .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
            is_http.then(|| address.to_owned())
        }
        _ => None,
    }
}
