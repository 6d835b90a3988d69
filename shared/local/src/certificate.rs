//! The development CA. It issues the seal certificate for the key that lies in KMS: a CA needs the
//! public key only.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SubjectPublicKeyInfo, date_time_ymd,
};

use crate::error::{Error, Result};

/// The development CA: a root that signs seal certificates itself.
#[derive(Debug)]
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    root: PathBuf,
}

impl CertificateAuthority {
    /// The CA of a folder, made when it is not there.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be used, [`Error::Certificate`] when its key is damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(Error::io(format!("create {}", folder.display())))?;
        let key = folder.join("root.key.pem");
        let root = folder.join("root.pem");
        // The certificate is written last: without it, a key that is there was never used.
        if !root.is_file() {
            let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            let certificate = root_parameters().self_signed(&pair)?;
            write(&key, &pair.serialize_pem())?;
            write(&root, &certificate.pem())?;
        }
        let pem = std::fs::read_to_string(&key).map_err(Error::io(format!("read {}", key.display())))?;
        Ok(Self { issuer: Issuer::new(root_parameters(), KeyPair::from_pem(&pem)?), root })
    }

    /// The root certificate, in PEM.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A certificate of this name for a public key that signs (SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7, in DER).
    /// The answer is the chain in PEM, leaf first, root last. `revocation_list` is where the root's list is.
    ///
    /// # Errors
    /// [`Error::Certificate`] when the key is of a kind that cannot be certified.
    pub fn issue(&self, name: &str, public_key: &[u8], revocation_list: &str) -> Result<String> {
        let mut parameters = parameters(name);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        parameters.use_authority_key_identifier_extension = true;
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![revocation_list.to_owned()] }];
        let leaf = parameters.signed_by(&SubjectPublicKeyInfo::from_der(public_key)?, &self.issuer)?.pem();
        let root = std::fs::read_to_string(&self.root).map_err(Error::io(format!("read {}", self.root.display())))?;
        Ok(leaf + &root)
    }
}

fn root_parameters() -> CertificateParams {
    let mut parameters = parameters("Segl development root");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn parameters(name: &str) -> CertificateParams {
    // ETSI EN 319 412-3: a seal names a legal person, with its registered identifier.
    const ORGANIZATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, "DK");
    subject.push(DnType::OrganizationName, "Segl development");
    subject.push(DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec()), "NTRDK-01234567");
    subject.push(DnType::CommonName, name);
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = subject;
    // Fixed, so that no clock of a developer's machine is outside of it.
    parameters.not_before = date_time_ymd(2025, 1, 1);
    parameters.not_after = date_time_ymd(2045, 1, 1);
    parameters
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(Error::io(format!("write {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::PublicKeyData;

    #[test]
    fn openssl_accepts_what_the_ca_issues_also_after_it_was_reopened() {
        let folder = std::env::temp_dir().join(format!("segl-ca-{}", std::process::id()));
        let key = KeyPair::generate().expect("a key");
        for attempt in ["made", "reopened"] {
            let authority = CertificateAuthority::open(&folder).expect(attempt);
            let leaf = folder.join("leaf.pem");
            std::fs::write(
                &leaf,
                authority.issue("Segl development seal", &key.subject_public_key_info(), "http://127.0.0.1/root.crl").expect(attempt),
            )
            .expect(attempt);
            let output = std::process::Command::new("openssl")
                .args(["verify", "-x509_strict", "-CAfile"])
                .args([authority.root(), &leaf])
                .output()
                .expect("openssl is missing; install it with: sudo apt-get install -y openssl");
            assert!(output.status.success(), "{attempt}: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::fs::remove_dir_all(folder).expect("the folder of the test");
    }
}
