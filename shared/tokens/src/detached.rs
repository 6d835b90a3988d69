//! A system's own signature over what it signs: a JWS in compact form whose payload is not in it (RFC 7515, appendix F). The payload may
//! have been encoded as usual, or stand for itself (RFC 7797, `b64: false`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use segl_core::jwk::PublicKey;
use serde::Deserialize;

/// The longest that is looked at.
const MAX: usize = 2048;

/// Why a signature was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Not `header..signature`.
    #[error("must be a JWS in compact form with a detached payload: header..signature (RFC 7515, appendix F)")]
    Form,
    /// The header asks for something that is not done here.
    #[error("has a header that is not understood: alg must be ES256, RS256, PS256 or EdDSA, and crit nothing but b64")]
    Header,
    /// No key of the client made this signature over this payload.
    #[error("was not made over signing_payload with any of the keys that the client registered")]
    Signature,
}

/// The members of the header that matter. Keys that the header brings along (`jwk`, `x5c`, `jku`) are not looked at: anybody can bring a
/// key.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    b64: Option<bool>,
    #[serde(default)]
    crit: Option<Vec<String>>,
}

/// Finds the key that made a signature over `payload`.
///
/// # Errors
/// [`NotSigned`] where none of `keys` did.
pub fn verify<'a>(detached: &str, payload: &[u8], keys: impl IntoIterator<Item = &'a PublicKey>) -> Result<&'a PublicKey, NotSigned> {
    let mut parts = detached.split('.');
    let (Some(head), Some(""), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(NotSigned::Form);
    };
    if detached.len() > MAX {
        return Err(NotSigned::Form);
    }
    let header = URL_SAFE_NO_PAD.decode(head).map_err(|_| NotSigned::Form)?;
    let header: Header = serde_json::from_slice(&header).map_err(|_| NotSigned::Header)?;
    let algorithm = match header.alg.as_str() {
        "ES256" => Algorithm::ES256,
        "RS256" => Algorithm::RS256,
        "PS256" => Algorithm::PS256,
        "EdDSA" => Algorithm::EdDSA,
        _ => return Err(NotSigned::Header),
    };
    // RFC 7797, 6: whoever sets b64 must name it as critical, so that nobody reads the signature the other way.
    let critical = header.crit.unwrap_or_default();
    let plain = match header.b64 {
        None if critical.is_empty() => false,
        Some(b64) if critical == ["b64"] => !b64,
        _ => return Err(NotSigned::Header),
    };
    let mut message = format!("{head}.").into_bytes();
    if plain {
        message.extend_from_slice(payload);
    } else {
        message.extend_from_slice(URL_SAFE_NO_PAD.encode(payload).as_bytes());
    }
    let made_it = |key: &&PublicKey| {
        decoding_key(key, algorithm).is_some_and(|key| jsonwebtoken::crypto::verify(signature, &message, &key, algorithm).unwrap_or(false))
    };
    keys.into_iter().find(made_it).ok_or(NotSigned::Signature)
}

/// The key for an algorithm; none where it is of another kind, so that one kind is never taken for another.
pub fn decoding_key(key: &PublicKey, algorithm: Algorithm) -> Option<DecodingKey> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match (key, algorithm) {
        (PublicKey::P256 { x, y }, Algorithm::ES256) => DecodingKey::from_ec_components(&text(x), &text(y)).ok(),
        (PublicKey::Rsa { n, e }, Algorithm::RS256 | Algorithm::PS256) => Some(DecodingKey::from_rsa_raw_components(n, e)),
        (PublicKey::Ed25519 { x }, Algorithm::EdDSA) => DecodingKey::from_ed_components(&text(x)).ok(),
        _ => None,
    }
}
