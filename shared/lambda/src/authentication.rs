//! Who is calling.
//!
//! Three ways in, all for the same API clients:
//! - `X-API-Key: segl_<client>_<secret part>`;
//! - HTTP Basic (RFC 7617) with client id and client secret;
//! - a bearer token (RFC 6750) that the client makes itself: an HS256 JWT (RFC 7519) whose `iss` or `client_id` is the client's id,
//!   signed with the client secret, with an `iat` of at most one hour ago.
//!
//! Every failure gives the same answer and takes the same work, so that nobody learns which client ids exist.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use lambda_http::http::header;
use segl_core::client::{ApiKey, Client};
use segl_core::id::{ClientId, Sha256};
use segl_core::ports::{Clients, Clock, PortError};
use segl_core::root_key::RootKey;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::call::Call;

/// How long a token that a client made itself is good, counted from its `iat`.
const TOKEN_AGE_SECONDS: i64 = 3600;
/// By how much clocks may differ.
const LEEWAY_SECONDS: i64 = 60;

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No credential, or none that is good.
    #[error("no valid credential")]
    Unauthenticated,
    /// Could not be found out.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The client that makes a call.
pub async fn authenticate<P: Clients + Clock>(ports: &P, root: &RootKey, call: &Call) -> Result<Client, Denied> {
    let credential = Credential::of(call).ok_or(Denied::Unauthenticated)?;
    let client = ports.client(credential.client()).await?;
    if credential.is_good_for(client.as_ref(), root, ports.now())
        && let Some(client) = client.filter(|client| client.enabled)
    {
        return Ok(client);
    }
    Err(Denied::Unauthenticated)
}

/// What a caller brought along.
enum Credential {
    ApiKey { client: ClientId, key: ApiKey },
    Secret { client: ClientId, secret: String },
    Token { client: ClientId, token: String },
}

/// What is read from a token before its signature is checked: who it says made it, and nothing else.
#[derive(Deserialize)]
struct UnverifiedIssuer {
    iss: Option<String>,
    client_id: Option<String>,
}

/// What is read from a token once its signature is good.
#[derive(Deserialize)]
struct Times {
    iat: Option<f64>,
    exp: Option<f64>,
    nbf: Option<f64>,
}

impl Credential {
    fn of(call: &Call) -> Option<Self> {
        if let Some(key) = call.header("x-api-key") {
            let (key, client) = ApiKey::parse(key)?;
            return Some(Self::ApiKey { client, key });
        }
        let (scheme, value) = call.header(header::AUTHORIZATION)?.split_once(' ')?;
        let value = value.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => {
                let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
                let (client, secret) = text.split_once(':')?;
                Some(Self::Secret { client: client.parse().ok()?, secret: secret.to_owned() })
            }
            "bearer" => {
                let claims = value.split('.').nth(1)?;
                let issuer: UnverifiedIssuer = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
                let client = issuer.client_id.or(issuer.iss)?;
                Some(Self::Token { client: client.parse().ok()?, token: value.to_owned() })
            }
            _ => None,
        }
    }

    fn client(&self) -> &ClientId {
        match self {
            Self::ApiKey { client, .. } | Self::Secret { client, .. } | Self::Token { client, .. } => client,
        }
    }

    /// Checks against the stored client, or against one that nobody has, at the same cost.
    fn is_good_for(&self, client: Option<&Client>, root: &RootKey, now: Timestamp) -> bool {
        let generation = client.map_or(1, |client| client.secret_generation);
        let previous =
            client.and_then(|client| client.previous_secret_until).filter(|until| now < *until).map(|_| generation.saturating_sub(1));
        let secrets = [Some(generation), previous].into_iter().flatten().map(|generation| root.client_secret(self.client(), generation));
        match self {
            Self::ApiKey { key, .. } => {
                let stored = client.map_or(Sha256([0; 32]), |client| client.api_key_hash);
                key.digest().0.ct_eq(&stored.0).into()
            }
            // No short cut between the two secrets: both are compared.
            Self::Secret { secret, .. } => {
                secrets.fold(subtle::Choice::from(0), |good, expected| good | expected.as_bytes().ct_eq(secret.as_bytes())).into()
            }
            Self::Token { token, .. } => secrets.fold(false, |good, secret| good | token_is_good(token, &secret, now)),
        }
    }
}

fn token_is_good(token: &str, secret: &str, now: Timestamp) -> bool {
    // One algorithm only, whatever the token's header says. The library would ask the machine for the time: times are checked below.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let Ok(verified) = jsonwebtoken::decode::<Times>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation) else {
        return false;
    };
    // Seconds since 1970 fit a float exactly.
    let now = now.as_second() as f64;
    let (age, leeway) = (TOKEN_AGE_SECONDS as f64, LEEWAY_SECONDS as f64);
    let Times { iat, exp, nbf } = verified.claims;
    iat.is_some_and(|iat| iat <= now + leeway && now < iat + age + leeway)
        && exp.is_none_or(|exp| now < exp + leeway)
        && nbf.is_none_or(|nbf| nbf <= now + leeway)
}
