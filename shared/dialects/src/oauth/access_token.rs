//! Access tokens as they stand on the wire: JWT (RFC 9068).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use segl_core::client::{Privilege, Proof};
use segl_core::id::{ClientId, Sha256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an access token is good.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// The type in the header, so that no other token is taken for one (RFC 9068, 2.1).
pub const TYPE: &str = "at+jwt";

/// An access token about to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Whose it is.
    pub client: ClientId,
    /// What it allows, as long as the client may do it, too.
    pub privileges: BTreeSet<Privilege>,
    /// By what the client proved who it is.
    pub proof: Proof,
    /// The TLS certificate without which the token is worth nothing (RFC 8705, 3).
    pub certificate: Option<Sha256>,
    /// When it is issued.
    pub issued: Timestamp,
    /// Its name among all tokens.
    pub id: [u8; 16],
}

/// The claims of an access token. Members that are not known are ignored, as RFC 7519, 4 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The service by its public address.
    pub iss: String,
    /// The same: it takes the tokens that it gives.
    pub aud: String,
    /// The client, which acts for itself.
    pub sub: String,
    /// The client.
    pub client_id: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// Its name among all tokens.
    pub jti: String,
    /// Privileges, separated by spaces.
    pub scope: String,
    /// What the client proved itself by ([`Proof`]): a token ends with the credential that it was given for.
    pub segl_proof: String,
    /// The certificate to which it is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// How the holder is confirmed (RFC 8705, 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// SHA-256 of the certificate in DER, as base64url.
    #[serde(rename = "x5t#S256")]
    pub certificate: String,
}

impl AccessToken {
    /// The header and the claims, to be signed.
    pub fn to_sign(&self, issuer: &str, key: &str) -> (Value, Value) {
        let claims = Claims {
            iss: issuer.to_owned(),
            aud: issuer.to_owned(),
            sub: self.client.to_string(),
            client_id: self.client.to_string(),
            iat: self.issued.as_second(),
            exp: (self.issued + LIFETIME).as_second(),
            jti: URL_SAFE_NO_PAD.encode(self.id),
            scope: scope(&self.privileges),
            segl_proof: self.proof.to_string(),
            cnf: self.certificate.map(|certificate| Confirmation { certificate: URL_SAFE_NO_PAD.encode(certificate.0) }),
        };
        (json!({"alg": "ES256", "typ": TYPE, "kid": key}), json!(claims))
    }
}

/// Privileges as a scope (RFC 6749, 3.3).
pub fn scope(privileges: &BTreeSet<Privilege>) -> String {
    privileges.iter().map(|privilege| privilege.as_str()).collect::<Vec<_>>().join(" ")
}
