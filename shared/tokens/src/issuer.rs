//! Signing tokens: ES256 (RFC 7518, 3.4) with a key that never leaves its keeper.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_core::jwk::{NotP256, PublicKey};
use segl_core::jws;
use segl_core::ports::{Answer, PortError, SigningKey};
use serde_json::{Value, json};

use crate::flat;
use crate::workflow::{TYP, WorkflowToken};

/// Who signs tokens.
pub struct Issuer<'a, K> {
    key: &'a K,
    /// Names the key in the service's key set: its thumbprint (RFC 7638).
    kid: String,
    /// The certificate for the key and its issuers, in DER, leaf first; empty where none is installed.
    chain: Vec<Vec<u8>>,
}

/// In which words a token speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Our own.
    #[default]
    Structured,
    /// [`flat`].
    Flat,
}

impl<'a, K: SigningKey> Issuer<'a, K> {
    /// Asks the key for its public half. `pem` is the chain of a certificate, leaf first (RFC 7468); one that is for another key, as after
    /// a change of keys, is left out.
    pub async fn new(key: &'a K, pem: Option<&str>) -> Answer<Self> {
        let public = key.public_key().await?;
        let chain = pem.map(certificates).filter(|chain| chain.first().is_some_and(|leaf| is_for(leaf, &public))).unwrap_or_default();
        let wrong = |error: NotP256| PortError::Rejected { service: "the token key", source: error.into() };
        let kid = PublicKey::from_p256_info(&public).map_err(wrong)?.thumbprint();
        Ok(Self { key, kid, chain })
    }

    /// Whether tokens bring a certificate along.
    pub fn is_certified(&self) -> bool {
        !self.chain.is_empty()
    }

    /// Signs. The claims are the same each time; the signature is not, because ECDSA draws a number for each (FIPS 186-5, 6.3).
    pub async fn sign(&self, token: &WorkflowToken, format: Format) -> Answer<String> {
        let mut header = json!({"alg": "ES256", "typ": TYP, "kid": self.kid});
        if !self.chain.is_empty() {
            // RFC 7515, 4.1.6: base64 and not base64url.
            header["x5c"] = self.chain.iter().map(|der| Value::from(STANDARD.encode(der))).collect();
        }
        let claims = match format {
            Format::Structured => json!(token),
            Format::Flat => flat::claims(token),
        };
        jws::sign(self.key, &header, &claims).await
    }
}

/// Whether a certificate is about this very `SubjectPublicKeyInfo`: it is in there byte for byte, and of no other length.
fn is_for(certificate: &[u8], public_key: &[u8]) -> bool {
    !public_key.is_empty() && certificate.windows(public_key.len()).any(|window| window == public_key)
}

/// The certificates of a PEM text, in DER.
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let bodies = pem.split("-----BEGIN CERTIFICATE-----").skip(1).filter_map(|rest| rest.split("-----END CERTIFICATE-----").next());
    bodies.filter_map(|body| STANDARD.decode(body.split_whitespace().collect::<String>()).ok()).collect()
}
