//! `segl csr`: asks a certificate authority for the certificate of a seal.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use der::pem::{LineEnding, encode_string};
use segl_core::ports::{self, SigningKey};
use segl_sealing::{CertificateRequest, CertificateRequestError, KeyKind, LocalKey, SignatureAlgorithm, Subject};
use serde::Serialize;

use crate::error::Error;
use crate::files::{self, Unfinished};
use crate::output::Output;
use crate::seal;
use crate::service::ServiceOptions;

/// Ask a certificate authority for a certificate: make a PKCS #10 request
///
/// The request (RFC 2986) is signed by the service's seal key in KMS, or by a key in a file. The policy of a deployed seal key lets
/// only the function `seal` sign, whatever IAM says: for the request, an administrator adds a statement that allows you kms:Sign and
/// kms:GetPublicKey with `aws kms put-key-policy`, and takes it away again afterwards. What the authority answers is installed by
/// `segl certificate install`.
#[derive(Debug, Args)]
pub struct CsrArguments {
    /// Whom the certificate is for, as in RFC 4514: CN=Seal,O=Example,organizationIdentifier=NTRDK-12345678,C=DK
    #[arg(long, value_name = "NAME")]
    subject: Subject,
    /// Private key in a file instead of the service's: unencrypted PKCS #8 in PEM; RSA of 2048 bits or more, P-256 or P-384
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
    /// Sign the request by RSASSA-PSS; for RSA keys
    #[arg(long)]
    pss: bool,
    /// Where to write the request; standard output where left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    // Last: its heading would stand above what follows.
    #[command(flatten)]
    service: ServiceOptions,
}

impl CsrArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let der = match self.key {
            Some(path) => {
                let failed = |source| Error::Key { path: path.clone(), source };
                let key = LocalKey::from_pem(&files::read_text(&path)?).map_err(failed)?;
                let public_key = key.public_key_info().map_err(CertificateRequestError::from)?;
                let request = request(self.subject, &public_key, self.pss)?;
                let signature = key.sign(&request.to_be_signed()).map_err(failed)?;
                request.complete(&signature)?
            }
            None => signed_by(&self.service.seal_key().await?, self.subject, self.pss).await?,
        };
        let pem = encode_string("CERTIFICATE REQUEST", LineEnding::LF, &der);
        let pem = pem.map_err(|error| CertificateRequestError::from(der::Error::from(error)))?;
        match self.out {
            Some(path) => Unfinished::create(&path)?.finish(pem.as_bytes()),
            None => output.show(&Request { pem }),
        }
    }
}

/// The DER of a request that a key of the service signs.
///
/// # Errors
/// [`Error::Service`] when the key does not answer or refuses, [`Error::Request`] when its signature is wrong.
pub async fn signed_by<K: SigningKey>(key: &K, subject: Subject, pss: bool) -> Result<Vec<u8>, Error> {
    let request = request(subject, &key.public_key().await?, pss)?;
    let to_be_signed = request.to_be_signed();
    let algorithm = match to_be_signed.algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => ports::SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureAlgorithm::RsaPssSha256 => ports::SignatureAlgorithm::RsaPssSha256,
        SignatureAlgorithm::EcdsaP256Sha256 => ports::SignatureAlgorithm::EcdsaP256Sha256,
        SignatureAlgorithm::EcdsaP384Sha384 => ports::SignatureAlgorithm::EcdsaP384Sha384,
    };
    let signature = key.sign(&to_be_signed.digest, algorithm).await?;
    Ok(request.complete(&signature)?)
}

fn request(subject: Subject, public_key: &[u8], pss: bool) -> Result<CertificateRequest, Error> {
    let kind = KeyKind::of_public_key(public_key).ok_or(CertificateRequestError::AlgorithmMismatch)?;
    let algorithm = match (kind, pss) {
        (KeyKind::Rsa, true) => SignatureAlgorithm::RsaPssSha256,
        (_, true) => return Err(Error::Usage("--pss is for RSA keys".to_owned())),
        (kind, false) => seal::algorithm(kind),
    };
    Ok(CertificateRequest::new(subject, public_key, algorithm)?)
}

/// A request for people and programs.
#[derive(Serialize)]
struct Request {
    pem: String,
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pem.trim_end())
    }
}
