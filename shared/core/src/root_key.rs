//! The service's root key: 32 bytes that the key management service derives at start-up and that are never stored.
//!
//! From it come keys for separate purposes (HMAC-SHA-256 as the expand step of HKDF, RFC 5869): the secrets of API clients, which
//! therefore need not be stored at all, and the keyed hashes by which personal identifiers are looked up.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::id::{ClientId, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::signer::Person;
use crate::webhook::{EndpointId, WebhookSecret};

/// See the module.
#[derive(Clone)]
pub struct RootKey([u8; 32]);

impl RootKey {
    /// Wraps the bytes that the key service answered.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret of a client: 43 characters of base64url. `generation` counts rotations.
    ///
    /// It serves HTTP Basic (RFC 7617) as well as HS256 tokens that the client signs itself, for which a stored hash would not do.
    pub fn client_secret(&self, client: &ClientId, generation: u32) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("client-secret", &format!("{client}/{generation}")))
    }

    /// The secret by which deliveries to an endpoint are signed. `generation` counts rotations.
    pub fn webhook_secret(&self, endpoint: EndpointId, generation: u32) -> WebhookSecret {
        let name = format!("{endpoint}/{generation}");
        WebhookSecret::new(self.derive("webhook-shared", &name), self.derive("webhook-private", &name))
    }

    /// A keyed hash by which a personal identifier of some kind can be looked up and not guessed.
    pub fn lookup(&self, kind: &str, value: &str) -> Sha256 {
        Sha256(self.derive("lookup", &format!("{kind}/{value}")))
    }

    /// A keyed hash of a one-time code, for one signer of one order. Six digits have a million hashes; without the key nobody can try them.
    pub fn code_hash(&self, order: OrderId, signer: SignerIndex, code: &str) -> Sha256 {
        Sha256(self.derive("code", &format!("{order}/{signer}/{code}")))
    }

    /// The token with which a signer of the direct flow comes back to the sender. It says nothing but that the signer was here.
    pub fn status_query_token(&self, order: OrderId, signer: SignerIndex) -> String {
        self.mark(Mark::StatusQuery, &format!("{order}/{signer}"))
    }

    /// The token that a sealed document carries, with which its holder sees that the order was sealed here: 22 characters of base64url,
    /// since it is printed.
    pub fn proof_token(&self, order: OrderId) -> String {
        URL_SAFE_NO_PAD.encode(&self.derive("proof", &order.to_string())[..16])
    }

    /// Whether `token` is that of an order. Takes the same time whatever it is.
    pub fn is_proof_token(&self, order: OrderId, token: &str) -> bool {
        self.proof_token(order).as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// The id by which the service itself knows a person of an organization's orders (UUID version 8, RFC 9562, 5.8): the same wherever
    /// the person has the same directory entry, or else the same number or address. Nobody can tell by it who that is.
    pub fn person_id(&self, organization: &OrganizationId, person: &Person) -> Option<Uuid> {
        let (kind, value) = match person {
            Person { directory: Some(key), .. } => ("directory", key.as_str()),
            Person { national_id: Some(number), .. } => ("national-id", number.as_str()),
            Person { email: Some(email), .. } => ("email", email.as_str()),
            Person { mobile: Some(mobile), .. } => ("mobile", mobile.as_str()),
            _ => return None,
        };
        let derived = self.derive("person", &format!("{organization}/{kind}/{value}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&derived[..16]);
        Some(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// What only this service can have made of `text`, for one purpose: sessions, forms, tokens that signers carry.
    pub fn mark(&self, purpose: Mark, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(purpose.as_str(), text))
    }

    fn derive(&self, purpose: &str, input: &str) -> [u8; 32] {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(input.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// What a mark is good for. One of one purpose is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A session of a signer.
    Session,
    /// A form of a session's pages.
    Form,
    /// The token with which a signer returns to the sender.
    StatusQuery,
    /// A session of somebody who logged in.
    LoggedIn,
    /// The `state` of a log-in (RFC 6749, 10.12).
    LogInState,
    /// The `nonce` of a log-in (OpenID Connect Core 1.0, 15.5.2).
    LogInNonce,
    /// The `code_verifier` of a log-in (RFC 7636, 4.1).
    LogInVerifier,
    /// A handle or link that was asked for under an idempotency key.
    Handle,
}

impl Mark {
    fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Form => "form",
            Self::StatusQuery => "status-query",
            Self::LoggedIn => "logged-in",
            Self::LogInState => "log-in-state",
            Self::LogInNonce => "log-in-nonce",
            Self::LogInVerifier => "log-in-verifier",
            Self::Handle => "handle",
        }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_clients_and_generations_have_different_secrets() {
        let key = RootKey::new([7; 32]);
        let client: ClientId = "client-a".parse().unwrap();
        let other: ClientId = "client-b".parse().unwrap();
        let secret = key.client_secret(&client, 1);
        assert_eq!(secret.len(), 43);
        assert_ne!(secret, key.client_secret(&client, 2));
        assert_ne!(secret, key.client_secret(&other, 1));
        assert_ne!(secret, RootKey::new([8; 32]).client_secret(&client, 1));
        assert_ne!(key.lookup("email", "a"), key.lookup("mobile", "a"));
    }
}
