//! TLS client certificates (RFC 8705).
//!
//! The gateway asks for a certificate where its domain has a trust store, checks it against that, and tells which one was shown in the
//! context of the request. Nothing is taken from header fields, which anybody can send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_core::client::{CertificateName, Client, Proof, Subject};
use segl_core::id::Sha256;

use super::Denied;
use crate::service::Storage;

/// A certificate that the gateway has seen and found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// SHA-256 of its DER.
    pub thumbprint: Sha256,
    /// Its subject, as the gateway writes it.
    pub subject: Option<Subject>,
}

impl ClientCertificate {
    /// From what the gateway tells. None where that is no certificate in PEM.
    pub fn from_gateway(pem: &str, subject: Option<&str>) -> Option<Self> {
        let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = body.split_once("-----END CERTIFICATE-----")?;
        let der = STANDARD.decode(body.split_whitespace().collect::<String>()).ok().filter(|der| !der.is_empty())?;
        Some(Self { thumbprint: Sha256::of(&der), subject: subject.and_then(|subject| Subject::parse(subject).ok()) })
    }

    /// The names under which it may be registered, the narrower one first.
    pub fn names(&self) -> impl Iterator<Item = CertificateName> {
        let subject = self.subject.clone().map(CertificateName::Subject);
        std::iter::once(CertificateName::Thumbprint(self.thumbprint)).chain(subject)
    }

    /// Whether a client has it, and under which name.
    pub fn proof_of(&self, client: &Client) -> Option<Proof> {
        self.names().find(|name| client.certificates.contains(name)).map(Proof::Certificate)
    }
}

/// The client that has a certificate. Nothing is counted: nobody guesses a private key.
pub async fn client<P: Storage>(ports: &P, certificate: &ClientCertificate) -> Result<(Client, Proof), Denied> {
    for name in certificate.names() {
        let Some(id) = ports.client_of_certificate(&name).await? else { continue };
        // The row that led here may be older than the client.
        let client = ports.client(&id).await?.filter(|client| client.enabled && client.certificates.contains(&name));
        if let Some(client) = client {
            return Ok((client, Proof::Certificate(name)));
        }
    }
    Err(Denied::BadCredential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_of_the_der() {
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\r\nBAU=\n-----END CERTIFICATE-----\n";
        let found = ClientCertificate::from_gateway(pem, Some("CN=a")).unwrap();
        assert_eq!(found.thumbprint, Sha256::of(&[1, 2, 3, 4, 5]));
        assert_eq!(found.names().map(|name| name.to_string()).last(), Some("subject:CN=a".to_owned()));
        for bad in ["", "AQID", "-----BEGIN CERTIFICATE-----\nAQID", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"] {
            assert_eq!(ClientCertificate::from_gateway(bad, None), None, "{bad}");
        }
    }
}
