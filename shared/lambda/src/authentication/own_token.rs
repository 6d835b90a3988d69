//! Tokens that a client makes itself: an HS256 JWT (RFC 7519) whose `client_id` or `iss` is the client's id, signed with the client
//! secret, with an `iat` of at most one hour ago.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use segl_core::id::ClientId;
use serde::Deserialize;

use super::Verdict;
use super::jwt::{self, LEEWAY_SECONDS};

/// How long such a token is good, counted from its `iat`.
const AGE_SECONDS: i64 = 3600;

/// What is read from a token before its signature is checked: who it says made it, and nothing else.
#[derive(Deserialize)]
struct UnverifiedIssuer {
    iss: Option<String>,
    client_id: Option<String>,
}

/// What is read from a token once its signature is good.
#[derive(Clone, Deserialize)]
struct Times {
    iat: Option<f64>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

/// Who made a token, as it says itself.
pub fn client(token: &str) -> Option<ClientId> {
    let issuer: UnverifiedIssuer = jwt::unverified(token)?;
    issuer.client_id.or(issuer.iss)?.parse().ok()
}

/// Checks a token against one secret.
pub fn check(token: &str, secret: &str, now: Timestamp) -> Verdict {
    let key = DecodingKey::from_secret(secret.as_bytes());
    let Some((_, Times { iat, exp, nbf })) = jwt::verified(token, &key, &[Algorithm::HS256]) else { return Verdict::Wrong };
    // Seconds since 1970 fit a float exactly.
    let now = now.as_second() as f64;
    let (age, leeway) = (AGE_SECONDS as f64, LEEWAY_SECONDS as f64);
    let good = iat.is_some_and(|iat| iat <= now + leeway && now < iat + age + leeway)
        && exp.is_none_or(|exp| now < exp + leeway)
        && nbf.is_none_or(|nbf| nbf <= now + leeway);
    if good { Verdict::Good(None) } else { Verdict::Lapsed }
}
