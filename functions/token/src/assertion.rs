//! Assertions by which a client proves that it holds a registered key (RFC 7523, 3; OpenID Connect Core, 9).

use jiff::Timestamp;
use segl_core::client::{Client, Proof};
use segl_core::id::{ClientId, Sha256};
use segl_lambda::authentication::Verdict;
use segl_lambda::authentication::jwt::{self, LEEWAY_SECONDS};
use serde::Deserialize;

/// How far ahead an assertion may end. It is remembered until then, so that it is good once.
const MAX_AHEAD_SECONDS: i64 = 300;
/// The longest `jti`.
const MAX_ID: usize = 256;

/// An assertion that names its client.
pub struct Assertion {
    /// Who is said to have made it.
    pub client: ClientId,
    token: String,
    claims: Claims,
}

/// The claims that count. Until [`Assertion::check`] has said that it is good, nobody may act on them.
#[derive(Clone, PartialEq, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    jti: String,
    iat: Option<i64>,
    nbf: Option<i64>,
}

/// One name or several (RFC 7519, 4.1.3).
#[derive(Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Assertion {
    /// Reads what an assertion says. `id` is the client's id where the request names it, too.
    pub fn read(token: &str, id: Option<&str>) -> Option<Self> {
        let claims: Claims = jwt::unverified(token)?;
        let named = claims.iss == claims.sub && id.is_none_or(|id| id == claims.iss);
        let has_id = (1..=MAX_ID).contains(&claims.jti.len());
        let client = claims.iss.parse().ok()?;
        (named && has_id).then(|| Self { client, token: token.to_owned(), claims })
    }

    /// Checks it with each of the client's keys: `kid` may name a key in any way, and is not needed.
    pub fn check(&self, client: Option<&Client>, audiences: &[String], now: Timestamp) -> Verdict {
        let signed_by = |client: &Client| client.keys.iter().find(|key| jwt::verified_by::<Claims>(&self.token, key).is_some()).cloned();
        let Some(key) = client.and_then(signed_by) else { return Verdict::Wrong };
        let Claims { aud, exp, iat, nbf, .. } = &self.claims;
        let meant_for_us = match aud {
            Audience::One(one) => audiences.contains(one),
            Audience::Several(several) => several.iter().any(|one| audiences.contains(one)),
        };
        let now = now.as_second();
        let in_time = now < exp.saturating_add(LEEWAY_SECONDS)
            && *exp <= now + MAX_AHEAD_SECONDS + LEEWAY_SECONDS
            && iat.is_none_or(|iat| iat <= now + LEEWAY_SECONDS)
            && nbf.is_none_or(|nbf| nbf <= now + LEEWAY_SECONDS);
        if meant_for_us && in_time { Verdict::Good(Some(Proof::Key(key.thumbprint()))) } else { Verdict::Lapsed }
    }

    /// By which it is remembered that it was used, and until when. Of an assertion that is good, `exp` is within minutes.
    pub fn use_once(&self) -> (Sha256, Timestamp) {
        let digest = Sha256::of(format!("{}/{}", self.client, self.claims.jti).as_bytes());
        (digest, Timestamp::from_second(self.claims.exp.saturating_add(LEEWAY_SECONDS)).unwrap_or(Timestamp::MAX))
    }
}
