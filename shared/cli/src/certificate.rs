//! `segl certificate`: the certificate of the service's seal.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use segl_core::ports::{Objects, SigningKey};
use segl_core::storage_key::StorageKey;
use segl_sealing::{Certificate, SealCertificate};
use serde::Serialize;

use crate::error::Error;
use crate::output::{Output, Plain};
use crate::pem;
use crate::service::ServiceOptions;

/// The greatest stored chain that is read, as in the function that seals.
const MAX_CHAIN: u64 = 256 * 1024;

/// `segl certificate`.
#[derive(Debug, Args)]
pub struct CertificateArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: CertificateCommand,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// The seal on documents
    Seal,
    /// The signature on workflow tokens, which then bring it along (`x5c`)
    WorkflowToken,
}

impl Purpose {
    fn storage_key(self) -> StorageKey {
        match self {
            Self::Seal => StorageKey::SealCertificate,
            Self::WorkflowToken => StorageKey::WorkflowTokenCertificate,
        }
    }
}

#[derive(Debug, Subcommand)]
enum CertificateCommand {
    /// Install the certificate for one of the service's keys
    ///
    /// Proves that it is for the KMS key and valid now; otherwise nothing changes. Functions that run already keep the certificate that
    /// they loaded until the platform starts them anew.
    Install {
        /// PEM file with the certificate first, then its issuers; a root may be there and is left out
        chain: PathBuf,
        /// What the certificate is for
        #[arg(long = "for", value_enum, default_value_t = Purpose::Seal)]
        purpose: Purpose,
    },
    /// Show the certificate that is installed
    Show {
        /// What the certificate is for
        #[arg(long = "for", value_enum, default_value_t = Purpose::Seal)]
        purpose: Purpose,
    },
}

impl CertificateArguments {
    pub(crate) async fn run(self, now: Timestamp, output: &mut Output<'_>) -> Result<(), Error> {
        match self.command {
            CertificateCommand::Install { chain, purpose } => {
                // The file first: what is wrong with it shows without a service.
                let certificate = pem::read_chain(&chain)?;
                certificate.check_at(now).map_err(|source| Error::Certificate { path: chain, source })?;
                let (store, key) = match purpose {
                    Purpose::Seal => self.service.store_with_seal_key().await?,
                    Purpose::WorkflowToken => self.service.store_with_workflow_token_key().await?,
                };
                output.show(&install(&store, &key, purpose, &certificate, now).await?)
            }
            CertificateCommand::Show { purpose } => output.show(&show(&self.service.store().await?, purpose, now).await?),
        }
    }
}

/// Stores a certificate once it is proved to be for the key and valid.
///
/// A crash before the store leaves the certificate that was there.
///
/// # Errors
/// [`Error::OtherKey`] when it is for another key, [`Error::Installed`] when it is not valid at `now`.
pub async fn install<P: Objects, K: SigningKey>(
    ports: &P,
    key: &K,
    purpose: Purpose,
    certificate: &SealCertificate,
    now: Timestamp,
) -> Result<View, Error> {
    certificate.check_at(now).map_err(Error::Installed)?;
    if !certificate.matches_public_key(&key.public_key().await?) {
        return Err(Error::OtherKey);
    }
    let pem = pem::write_chain(certificate).map_err(Error::Installed)?;
    ports.put(&purpose.storage_key(), pem.clone().into_bytes()).await?;
    Ok(View::new(certificate, pem, now))
}

/// The certificate that is installed.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Installed`] when it cannot be read.
pub async fn show<P: Objects>(ports: &P, purpose: Purpose, now: Timestamp) -> Result<View, Error> {
    let stored = ports.read(&purpose.storage_key(), None, MAX_CHAIN).await?;
    let stored = stored.ok_or(Error::NotFound("no certificate is installed for this"))?;
    let pem = String::from_utf8_lossy(&stored).into_owned();
    let certificate = SealCertificate::from_pem(&pem).map_err(Error::Installed)?;
    Ok(View::new(&certificate, pem, now))
}

/// A certificate of a seal.
#[derive(Serialize)]
pub struct View {
    subject: String,
    issuer: String,
    valid_from: Timestamp,
    valid_until: Timestamp,
    valid_now: bool,
    key: &'static str,
    issuers: Vec<String>,
    pem: String,
}

impl View {
    fn new(certificate: &SealCertificate, pem: String, now: Timestamp) -> Self {
        let leaf = certificate.leaf();
        let (valid_from, valid_until) = leaf.validity();
        Self {
            subject: leaf.subject(),
            issuer: leaf.issuer(),
            valid_from,
            valid_until,
            valid_now: leaf.is_valid_at(now),
            key: pem::key_kind(certificate.key_kind()),
            issuers: certificate.chain().iter().map(Certificate::subject).collect(),
            pem,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "subject  {}", Plain(&self.subject))?;
        writeln!(f, "issuer   {}", Plain(&self.issuer))?;
        self.issuers.iter().try_for_each(|issuer| writeln!(f, "chain    {}", Plain(issuer)))?;
        writeln!(f, "key      {}", self.key)?;
        let remark = if self.valid_now { "" } else { "  (NOT VALID NOW: nothing is sealed)" };
        write!(f, "valid    {} to {}{remark}", self.valid_from, self.valid_until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use rcgen::{CertificateParams, KeyPair, SubjectPublicKeyInfo, date_time_ymd};
    use segl_core::ports::Clock as _;
    use segl_testkit::fake::Fake;

    use super::*;

    /// A certificate for a public key, valid in 2026.
    fn certificate(public_key: &[u8]) -> SealCertificate {
        let key = KeyPair::generate().expect("a key");
        let issuer = rcgen::Issuer::new(CertificateParams::default(), key);
        let mut parameters = CertificateParams::default();
        parameters.not_before = date_time_ymd(2026, 1, 1);
        parameters.not_after = date_time_ymd(2027, 1, 1);
        let public_key = SubjectPublicKeyInfo::from_der(public_key).expect("a public key");
        SealCertificate::from_pem(&parameters.signed_by(&public_key, &issuer).expect("a certificate").pem()).expect("is usable")
    }

    #[tokio::test]
    async fn only_the_certificate_of_the_key_is_installed_and_only_while_it_is_valid() {
        let (fake, other) = (Fake::new(1), Fake::new(2));
        let good = certificate(&fake.public_key().await.expect("answers"));
        let foreign = certificate(&other.public_key().await.expect("answers"));
        let now = fake.now();
        assert!(matches!(install(&fake, &fake, Purpose::Seal, &foreign, now).await, Err(Error::OtherKey)));
        let late = install(&fake, &fake, Purpose::Seal, &good, now + SignedDuration::from_hours(24 * 366)).await;
        assert!(matches!(late, Err(Error::Installed(segl_sealing::CertificateError::NotValid { .. }))));
        assert!(matches!(show(&fake, Purpose::Seal, now).await, Err(Error::NotFound(_))), "nothing was stored");
        install(&fake, &fake, Purpose::Seal, &good, now).await.expect("installs");
        let shown = show(&fake, Purpose::Seal, now).await.expect("is there");
        assert!(shown.valid_now && SealCertificate::from_pem(&shown.pem).expect("is usable") == good);
        let lapsed = show(&fake, Purpose::Seal, now + SignedDuration::from_hours(24 * 366)).await.expect("is there").to_string();
        assert!(lapsed.contains("NOT VALID NOW"), "{lapsed}");
    }
}
