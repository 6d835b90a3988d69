//! Public keys as JSON Web Keys (RFC 7517): those of clients that prove themselves by a signature, and our own that sign tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::id::Sha256;

/// The keys that a client may register at most. A signature is tried with each of them.
pub const MAX_KEYS: usize = 8;

/// `SubjectPublicKeyInfo` of a key on P-256 up to its point (RFC 5480, 2.1.1): the algorithm's identifiers never differ.
const P256_INFO: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00, 0x04,
];

/// A public key. That its numbers make a key at all is found out by who verifies with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublicKey {
    /// A point on P-256; verifies ES256.
    P256 {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
    /// RSA of 2048 to 4096 bits; verifies RS256 and PS256. Both numbers are big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point on Ed25519 (RFC 8037); verifies EdDSA.
    Ed25519 {
        /// The point, encoded.
        x: [u8; 32],
    },
}

/// Why a key was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Neither a key nor a set of keys.
    #[error("must be a JSON Web Key, or a set of them with the member `keys` (RFC 7517)")]
    NotAKey,
    /// A private or symmetric key was sent in place of a public one.
    #[error("holds a private key; keep that one to yourself, and take the public key alone")]
    Private,
    /// A kind of key that is not supported.
    #[error("must be a key on P-256 or Ed25519, or an RSA key of 2048 to 4096 bits")]
    Kind,
    /// A key for something else than signatures.
    #[error("is not for signatures: `use` must be `sig`")]
    Use,
    /// A member is missing or no base64url of the right length.
    #[error("the member `{0}` is missing, or is not base64url of the right length")]
    Member(&'static str),
}

/// `SubjectPublicKeyInfo` of another kind of key than was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key is not a point on P-256")]
pub struct NotP256;

impl PublicKey {
    /// Reads one key. Members that are not known are ignored (RFC 7517, 4), but those of a private key.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        if !jwk.is_object() {
            return Err(JwkError::NotAKey);
        }
        if ["d", "p", "q", "k"].into_iter().any(|private| jwk.get(private).is_some()) {
            return Err(JwkError::Private);
        }
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return Err(JwkError::Use);
        }
        let bytes = |name| text(name).and_then(|raw| URL_SAFE_NO_PAD.decode(raw).ok()).ok_or(JwkError::Member(name));
        let coordinate = |name| bytes(name)?.try_into().map_err(|_| JwkError::Member(name));
        match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => Ok(Self::P256 { x: coordinate("x")?, y: coordinate("y")? }),
            (Some("OKP"), Some("Ed25519")) => Ok(Self::Ed25519 { x: coordinate("x")? }),
            (Some("RSA"), _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                // An even exponent or 1 would make no key, a long one would make verifying dear.
                let exponent = (1..=4).contains(&e.len()) && e[0] != 0 && e[e.len() - 1] % 2 == 1 && e != [1];
                if !exponent {
                    return Err(JwkError::Member("e"));
                }
                if !(256..=512).contains(&n.len()) || n[0] < 0x80 || n[n.len() - 1] % 2 == 0 {
                    Err(JwkError::Kind)
                } else {
                    Ok(Self::Rsa { n, e })
                }
            }
            _ => Err(JwkError::Kind),
        }
    }

    /// Reads a set of keys (RFC 7517, 5), or one key alone.
    pub fn from_jwks(jwks: &Value) -> Result<Vec<Self>, JwkError> {
        match jwks.get("keys") {
            Some(Value::Array(keys)) => keys.iter().map(Self::from_jwk).collect(),
            Some(_) => Err(JwkError::NotAKey),
            None => Self::from_jwk(jwks).map(|key| vec![key]),
        }
    }

    /// Reads `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7) in DER, of a key on P-256.
    pub fn from_p256_info(der: &[u8]) -> Result<Self, NotP256> {
        let point = der.strip_prefix(&P256_INFO).filter(|point| point.len() == 64).ok_or(NotP256)?;
        let (x, y) = point.split_at(32);
        Ok(Self::P256 { x: x.try_into().map_err(|_| NotP256)?, y: y.try_into().map_err(|_| NotP256)? })
    }

    /// The name of the key in tokens: its SHA-256 thumbprint (RFC 7638), as 43 characters of base64url.
    pub fn thumbprint(&self) -> String {
        // The required members, sorted, without white space: what serde_json writes of a sorted map.
        URL_SAFE_NO_PAD.encode(Sha256::of(self.required_members().to_string().as_bytes()).0)
    }

    /// The key as others verify with it: `kid` is the thumbprint.
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.required_members();
        jwk["kid"] = self.thumbprint().into();
        jwk["use"] = "sig".into();
        if matches!(self, Self::P256 { .. }) {
            jwk["alg"] = "ES256".into();
        }
        jwk
    }

    fn required_members(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::P256 { x, y } => json!({"crv": "P-256", "kty": "EC", "x": text(x), "y": text(y)}),
            Self::Rsa { n, e } => json!({"e": text(e), "kty": "RSA", "n": text(n)}),
            Self::Ed25519 { x } => json!({"crv": "Ed25519", "kty": "OKP", "x": text(x)}),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::P256 { .. } => "P-256",
            Self::Rsa { .. } => "RSA",
            Self::Ed25519 { .. } => "Ed25519",
        };
        write!(f, "{} ({kind})", self.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7638, 3.1 and RFC 8037, A.3, with the thumbprints given there.
    #[test]
    fn thumbprints_are_those_of_the_standards() {
        let rsa = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        });
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        for (jwk, thumbprint) in [(rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), (ed, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
        {
            let key = PublicKey::from_jwk(&jwk).unwrap();
            assert_eq!(key.thumbprint(), thumbprint);
            assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Ok(key), "what is written can be read");
        }
    }

    #[test]
    fn only_public_keys_for_signatures_are_taken() {
        let x = URL_SAFE_NO_PAD.encode([7; 32]);
        let good = json!({"kty": "EC", "crv": "P-256", "x": x, "y": x, "use": "sig", "kid": "anything", "unknown": 1});
        assert!(PublicKey::from_jwk(&good).is_ok());
        assert_eq!(PublicKey::from_jwks(&json!({"keys": [good, good]})).map(|keys| keys.len()), Ok(2));
        let with = |name: &str, value: Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            jwk
        };
        let rsa = |bytes: usize, e: &str| json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0x81; bytes]), "e": e});
        for (jwk, error) in [
            (json!([]), JwkError::NotAKey),
            (json!({"keys": 1}), JwkError::NotAKey),
            (json!({}), JwkError::Kind),
            (with("d", "AA".into()), JwkError::Private),
            (json!({"kty": "oct", "k": "AA"}), JwkError::Private),
            (with("use", "enc".into()), JwkError::Use),
            (with("crv", "P-384".into()), JwkError::Kind),
            (with("x", "AA".into()), JwkError::Member("x")),
            (with("y", Value::Null), JwkError::Member("y")),
            (with("y", "not base64url!".into()), JwkError::Member("y")),
            (rsa(128, "AQAB"), JwkError::Kind),
            (rsa(1024, "AQAB"), JwkError::Kind),
            (rsa(256, "AQ"), JwkError::Member("e")),
            (rsa(256, "AAEAAQ"), JwkError::Member("e")),
        ] {
            assert_eq!(PublicKey::from_jwks(&jwk), Err(error), "{jwk}");
        }
        assert!(PublicKey::from_jwk(&rsa(256, "AQAB")).is_ok());
    }

    #[test]
    fn subject_public_key_info_of_another_kind_is_refused() {
        let der = [P256_INFO.as_slice(), &[1; 32], &[2; 32]].concat();
        assert_eq!(PublicKey::from_p256_info(&der), Ok(PublicKey::P256 { x: [1; 32], y: [2; 32] }));
        for bad in [&der[..90], &[der.as_slice(), &[0]].concat(), &[0; 91], &[]] {
            assert_eq!(PublicKey::from_p256_info(bad), Err(NotP256));
        }
    }
}
