//! Whether a certificate is to be trusted: a path to an anchor (RFC 5280, section 6, with certificate policies left aside).

use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use x509_cert::ext::pkix::BasicConstraints;

use crate::certificate::Certificate;
use crate::cms::oids;
use crate::verify::effort::Effort;
use crate::verify::name_constraints;

/// How many certificates may stand between a signer and an anchor.
const MAX_PATH: usize = 8;
/// How many signatures of certificates are verified in the search for one path.
const MAX_STEPS: usize = 200;

/// Whether a certificate leads to a trust anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It does; every certificate on the way was valid at the moment at which it was judged, and none is known to have been revoked.
    Trusted {
        /// The anchor's subject.
        anchor: String,
    },
    /// It does not.
    Untrusted(Distrust),
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Distrust {
    /// The signature could not be judged so far.
    NotJudged,
    /// No anchor is above it.
    NoPath,
    /// A certificate on the way was not valid at the moment at which it is judged.
    NotValidThen,
    /// A certificate on the way was revoked by then.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// The certificate is not for this use.
    KeyUsage,
    /// A certificate on the way forbids what is below it (path length, names), or has a critical extension that is not known.
    Constraint,
    /// A certificate on the way is signed with SHA-1 or another algorithm that is not supported.
    Algorithm,
    /// The time-stamp is of the future.
    Future,
}

impl Certificate {
    /// Whether it leads to one of `anchors` through `others`, and every certificate on the way was valid at `time`. For what was signed
    /// by something else than a PDF signature.
    pub fn trust(&self, others: &[Self], anchors: &[Self], time: Timestamp) -> Trust {
        if !self.may_sign() {
            return Trust::Untrusted(Distrust::KeyUsage);
        }
        match Path::find(self, others, anchors, time, &Effort::default()) {
            Ok(path) => Trust::Trusted { anchor: path.anchor.subject() },
            Err(distrust) => Trust::Untrusted(distrust),
        }
    }
}

/// A certificate with its issuers up to an anchor.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The certificate, then its issuers below the anchor. Empty when the certificate itself is an anchor.
    pub(super) below: Vec<Certificate>,
    pub(super) anchor: Certificate,
}

impl Path {
    /// Looks for a path through `others` to one of `anchors` that is good at `time`.
    ///
    /// Issuers may have several certificates, so the search goes back and tries the next; how much it tries is bounded.
    ///
    /// # Errors
    /// What hindered it most: a path that has lapsed says more than one that leads nowhere.
    pub(crate) fn find(
        leaf: &Certificate,
        others: &[Certificate],
        anchors: &[Certificate],
        time: Timestamp,
        effort: &Effort,
    ) -> Result<Self, Distrust> {
        let mut search = Search { others, anchors, time, effort, steps: MAX_STEPS, hindrance: Distrust::NoPath };
        let mut below = Vec::new();
        search.from(leaf, &mut below).map(|anchor| Self { below, anchor }).ok_or(search.hindrance)
    }

    /// Each certificate below the anchor with its issuer.
    pub(super) fn links(&self) -> impl Iterator<Item = (&Certificate, &Certificate)> {
        let issuers = self.below.iter().skip(1).chain(std::iter::once(&self.anchor));
        self.below.iter().zip(issuers)
    }

    /// When the first certificate of the path lapses.
    pub(super) fn until(&self) -> Timestamp {
        let ends = self.below.iter().chain(std::iter::once(&self.anchor)).map(|certificate| certificate.validity().1);
        ends.min().unwrap_or(Timestamp::MAX)
    }
}

struct Search<'a> {
    others: &'a [Certificate],
    anchors: &'a [Certificate],
    time: Timestamp,
    effort: &'a Effort,
    steps: usize,
    hindrance: Distrust,
}

impl Search<'_> {
    /// The anchor above `current`; `below` holds the certificates on the way to it.
    fn from(&mut self, current: &Certificate, below: &mut Vec<Certificate>) -> Option<Certificate> {
        if !current.is_valid_at(self.time) {
            self.hinder(Distrust::NotValidThen);
            return None;
        }
        if self.anchors.contains(current) {
            return Some(current.clone());
        }
        if below.len() == MAX_PATH || below.contains(current) {
            return None;
        }
        below.push(current.clone());
        let (anchors, others) = (self.anchors, self.others);
        for (issuer, is_anchor) in anchors.iter().map(|anchor| (anchor, true)).chain(others.iter().map(|other| (other, false))) {
            if issuer == current || !issuer.is_named_issuer_of(current) || !self.takes(issuer, current, below) {
                continue;
            }
            let anchor = match is_anchor {
                true if issuer.is_valid_at(self.time) => Some(issuer.clone()),
                true => {
                    self.hinder(Distrust::NotValidThen);
                    None
                }
                false => self.from(issuer, below),
            };
            if anchor.is_some() {
                return anchor;
            }
        }
        below.pop();
        None
    }

    fn hinder(&mut self, by: Distrust) {
        let rank = |distrust: &Distrust| match distrust {
            Distrust::NotValidThen => 3,
            Distrust::Constraint => 2,
            Distrust::Algorithm => 1,
            _ => 0,
        };
        if rank(&by) > rank(&self.hindrance) {
            self.hindrance = by;
        }
    }

    /// True when `issuer` issued the last of `below` and permits all of it.
    fn takes(&mut self, issuer: &Certificate, current: &Certificate, below: &[Certificate]) -> bool {
        if self.steps == 0 || !self.effort.spend(0) {
            return false;
        }
        self.steps -= 1;
        if !current.is_signed_in_a_known_way(issuer) {
            self.hinder(Distrust::Algorithm);
            return false;
        }
        if !issuer.issued(current) {
            return false;
        }
        let permits = has_room(issuer, below) && name_constraints::permit(issuer, below) && below.iter().all(is_understood);
        if !permits {
            self.hinder(Distrust::Constraint);
        }
        permits
    }
}

/// Checks `pathLenConstraint`: how many issuers may follow that are not self-issued (RFC 5280, 4.2.1.9). The first of `below` is no
/// issuer.
fn has_room(issuer: &Certificate, below: &[Certificate]) -> bool {
    let between = below.iter().skip(1).filter(|certificate| !certificate.is_self_issued()).count();
    match issuer.parsed.tbs_certificate.get::<BasicConstraints>() {
        Ok(Some((_, constraints))) => constraints.path_len_constraint.is_none_or(|most| between <= usize::from(most)),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// True when nothing is critical that is not looked at, policies excepted (RFC 5280, 4.2).
fn is_understood(certificate: &Certificate) -> bool {
    const KNOWN: [ObjectIdentifier; 9] = [
        oids::KEY_USAGE,
        oids::SUBJECT_ALTERNATIVE_NAME,
        oids::BASIC_CONSTRAINTS,
        oids::NAME_CONSTRAINTS,
        oids::CRL_DISTRIBUTION_POINTS,
        oids::CERTIFICATE_POLICIES,
        oids::POLICY_CONSTRAINTS,
        oids::EXTENDED_KEY_USAGE,
        oids::QC_STATEMENTS,
    ];
    let extensions = certificate.parsed.tbs_certificate.extensions.iter().flatten();
    extensions.into_iter().all(|extension| !extension.critical || KNOWN.contains(&extension.extn_id))
}
