//! Verifying tokens (RFC 7519, RFC 8725): one key, the algorithms that go with it, and nothing that the token's header would rather have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use segl_core::jwk::PublicKey;
use serde::de::DeserializeOwned;

/// By how much clocks may differ.
pub const LEEWAY_SECONDS: i64 = 60;

/// Header and claims of a token whose signature is good. Times and names in it are for the caller to judge: the library would ask the
/// machine for the time.
pub fn verified<T: DeserializeOwned>(token: &str, key: &DecodingKey, algorithms: &[Algorithm]) -> Option<(Header, T)> {
    let mut validation = Validation::new(*algorithms.first()?);
    validation.algorithms = algorithms.to_vec();
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let verified = jsonwebtoken::decode::<T>(token, key, &validation).ok()?;
    // Extensions that must be understood: we understand none (RFC 7515, 4.1.11).
    verified.header.crit.is_none().then_some((verified.header, verified.claims))
}

/// The same with a public key.
pub fn verified_by<T: DeserializeOwned>(token: &str, key: &PublicKey) -> Option<(Header, T)> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (key, algorithms): (_, &[_]) = match key {
        PublicKey::P256 { x, y } => (DecodingKey::from_ec_components(&text(x), &text(y)).ok()?, &[Algorithm::ES256]),
        PublicKey::Rsa { n, e } => (DecodingKey::from_rsa_raw_components(n, e), &[Algorithm::RS256, Algorithm::PS256]),
        PublicKey::Ed25519 { x } => (DecodingKey::from_ed_components(&text(x)).ok()?, &[Algorithm::EdDSA]),
    };
    verified(token, &key, algorithms)
}

/// The claims of a token whose signature nobody has looked at. For finding out whose keys to look at, and nothing else.
pub fn unverified<T: DeserializeOwned>(token: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}
