//! Signatures of deliveries (Standard Webhooks, "Signature scheme"): `v1`, HMAC-SHA-256, and `v1a`, Ed25519 (RFC 8032).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;

/// One generation of an endpoint's secret: the key that the receiver shares, and the one of which it knows the public half.
#[derive(Clone)]
pub struct WebhookSecret {
    shared: [u8; 32],
    private: SigningKey,
}

impl WebhookSecret {
    /// Wraps 32 bytes for each scheme.
    pub fn new(shared: [u8; 32], seed: [u8; 32]) -> Self {
        Self { shared, private: SigningKey::from_bytes(&seed) }
    }

    /// The shared key as receivers configure it: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.shared))
    }

    /// The public key as receivers configure it: `whpk_` and base64.
    pub fn public_key(&self) -> String {
        format!("whpk_{}", STANDARD.encode(self.private.verifying_key().to_bytes()))
    }

    /// Both signatures over a message's id, the time of this try in seconds, and the body, as they stand in `webhook-signature`.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut signed = format!("{id}.{}.", at.as_second()).into_bytes();
        signed.extend_from_slice(body);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.shared).expect("HMAC takes keys of any length");
        mac.update(&signed);
        let mac = STANDARD.encode(mac.finalize().into_bytes());
        let signature = STANDARD.encode(self.private.sign(&signed).to_bytes());
        format!("v1,{mac} v1a,{signature}")
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}
