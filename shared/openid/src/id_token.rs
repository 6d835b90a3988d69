//! The ID token: who logged in, as the provider signed it (OpenID Connect Core 1.0, 2 and 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use segl_core::root_key::RootKey;
use segl_tokens::detached::decoding_key;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::attempt::Attempt;
use crate::discovery::Metadata;
use crate::failure::Failure;
use crate::keys::KeySet;
use crate::provider::Provider;

const DOCUMENT: &str = "ID token";
/// The longest token that is looked at; some hold a portrait.
const MAX_TOKEN: usize = 128 * 1024;
/// By how much clocks may differ.
const LEEWAY_SECONDS: i64 = 60;

/// An ID token taken apart, of which nothing is proved yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    header: Header,
    algorithm: Algorithm,
    signed: &'a str,
    signature: &'a str,
    payload: Vec<u8>,
}

/// The members of the header that matter. Keys that it brings along are not looked at: anybody can bring a key.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// The claims that are checked.
#[derive(Deserialize)]
struct Checked {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    azp: Option<String>,
    nonce: Option<String>,
    auth_time: Option<f64>,
}

/// One name or several (RFC 7519, 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What a good ID token says.
#[derive(Clone, PartialEq)]
pub struct Claims {
    /// By which name the provider knows the person.
    pub subject: String,
    /// When the person showed who it is, where the provider tells.
    pub authenticated_at: Option<Timestamp>,
    /// Everything.
    pub all: Map<String, Value>,
}

/// Personal data stays out of logs.
impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims(..)")
    }
}

impl<'a> Unverified<'a> {
    /// Takes a token in compact form apart (RFC 7515, 7.1). The algorithm must be one of ours, and of the provider's where it lists any:
    /// never `none`, never one with a shared secret (RFC 8725, 3.1).
    ///
    /// # Errors
    /// [`Failure::Unusable`].
    pub fn parse(token: &'a str, metadata: &Metadata) -> Result<Self, Failure> {
        let bad = |problem| Failure::unusable(DOCUMENT, problem);
        let mut parts = token.split('.');
        let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it has not three parts"));
        };
        if token.len() > MAX_TOKEN {
            return Err(bad("it is too long"));
        }
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| bad("a part is no base64url"));
        let header: Header = serde_json::from_slice(&decoded(head)?).map_err(Failure::unreadable(DOCUMENT))?;
        let algorithm = match header.alg.as_str() {
            "RS256" => Algorithm::RS256,
            "PS256" => Algorithm::PS256,
            "ES256" => Algorithm::ES256,
            "EdDSA" => Algorithm::EdDSA,
            _ => return Err(bad("its algorithm is none that is taken")),
        };
        if metadata.id_token_signing_alg_values_supported.as_ref().is_some_and(|listed| !listed.contains(&header.alg)) {
            return Err(bad("its algorithm is none of the provider's"));
        }
        // Extensions that must be understood: we understand none (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(bad("it has critical extensions"));
        }
        Ok(Self { header, algorithm, signed: &token[..head.len() + 1 + body.len()], signature, payload: decoded(body)? })
    }

    /// Whether one of these keys made it.
    pub fn is_signed_by(&self, keys: &KeySet) -> bool {
        let made_it = |key| {
            let key = decoding_key(key, self.algorithm)?;
            jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key, self.algorithm).ok()
        };
        keys.candidates(self.header.kid.as_deref(), &self.header.alg).any(|key| made_it(key).unwrap_or(false))
    }

    /// Proves that the token is the provider's, for us, for this attempt, and good at this time.
    ///
    /// # Errors
    /// [`Failure::NotOurs`] where it belongs to another attempt; [`Failure::Unusable`] where it should not have come from the provider.
    pub fn verify(self, keys: &KeySet, provider: &Provider, attempt: &Attempt, root: &RootKey, now: Timestamp) -> Result<Claims, Failure> {
        let bad = |problem| Err(Failure::unusable(DOCUMENT, problem));
        if !self.is_signed_by(keys) {
            return bad("none of the provider's keys signed it");
        }
        let claims: Checked = serde_json::from_slice(&self.payload).map_err(Failure::unreadable(DOCUMENT))?;
        if claims.iss != provider.issuer {
            return bad("its issuer is another");
        }
        let ours = &provider.client_id;
        let (is_for_us, several) = match &claims.aud {
            Audience::One(one) => (one == ours, false),
            Audience::Several(all) => (all.contains(ours), all.len() > 1),
        };
        match &claims.azp {
            _ if !is_for_us => return bad("it is for somebody else"),
            Some(azp) if azp != ours => return bad("it was issued to somebody else"),
            None if several => return bad("it is for several, and does not say to whom it was issued"),
            Some(_) | None => {}
        }
        let (now, leeway) = (now.as_second() as f64, LEEWAY_SECONDS as f64);
        if now >= claims.exp + leeway {
            return bad("it has lapsed");
        }
        if claims.iat > now + leeway || claims.nbf.is_some_and(|nbf| nbf > now + leeway) {
            return bad("it is from the future");
        }
        match claims.nonce {
            Some(nonce) if attempt.has_nonce(root, &nonce) => {}
            _ => return Err(Failure::NotOurs("the nonce is another")),
        }
        if claims.sub.is_empty() || claims.sub.len() > 255 {
            return bad("its subject is empty or too long");
        }
        let all = serde_json::from_slice(&self.payload).map_err(Failure::unreadable(DOCUMENT))?;
        // Fractions of a second are of no interest, and what is out of range makes no time at all.
        let authenticated_at = claims.auth_time.and_then(|second| Timestamp::from_second(second as i64).ok());
        Ok(Claims { subject: claims.sub, authenticated_at, all })
    }
}
