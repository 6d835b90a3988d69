//! `token`: access tokens for API clients (OAuth 2, RFC 6749, 4.4), and what others need to verify them.

mod assertion;
mod client;

use lambda_http::http::header::HeaderName;
use lambda_http::http::{StatusCode, header};
use segl_core::jwk::PublicKey;
use segl_core::jws;
use segl_core::ports::{Answer, PortError, SigningKey};
use segl_core::refusal::Remedy;
use segl_dialects::oauth::access_token::{AccessToken, LIFETIME, scope};
use segl_dialects::oauth::error::{Code, OAuthError};
use segl_dialects::oauth::metadata::{key_set, metadata};
use segl_dialects::oauth::request::{MAX_FORM, MEDIA_TYPE, TokenRequest};
use segl_dialects::oauth::{KEYS_PATH, METADATA_PATH, TOKEN_PATH, misled};
use segl_dialects::problem::Problem;
use segl_lambda::authentication::Denied;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, log, told};
use segl_lambda::service::{Service, Storage};
use serde::Serialize;

/// For how long others may keep the key set and the description: five minutes. A key is published for longer before it signs.
const CACHED: &str = "public, max-age=300";

/// Answers a call. `key` is the first of [`segl_core::ports::TokenKeys::access_token_keys`].
pub async fn handle<P: Storage, K: SigningKey>(service: &Service<P>, key: &K, call: Call) -> Reply {
    match (call.method.as_str(), call.raw_path.as_str()) {
        ("POST", TOKEN_PATH) => issue(service, key, &call).await.unwrap_or_else(|error| refusal(&error)),
        ("GET", METADATA_PATH) => cacheable(&metadata(&service.settings.issuer(&call))),
        ("GET", KEYS_PATH) => match published(&service.ports).await {
            Ok(keys) => cacheable(&key_set(&keys)),
            Err(error) => Reply::problem(&call, &told(&error.into())),
        },
        _ => Reply::problem(&call, &misled(&call.raw_path)),
    }
}

/// A successful answer (RFC 6749, 5.1).
#[derive(Serialize)]
struct Issued {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
}

/// Nothing is stored of a token: a crash anywhere here leaves at most an assertion that is used up, and its maker makes another one.
async fn issue<P: Storage, K: SigningKey>(service: &Service<P>, key: &K, call: &Call) -> Result<Reply, OAuthError> {
    if call.media_type().as_deref() != Some(MEDIA_TYPE) {
        return Err(OAuthError::invalid_request(format!("the Content-Type must be {MEDIA_TYPE}")));
    }
    if call.body.len() > MAX_FORM {
        return Err(OAuthError::invalid_request(format!("the form may have at most {MAX_FORM} bytes")));
    }
    let request = TokenRequest::parse(&call.body)?;
    let (client, proof) = client::of(service, call, &request.claimed).await?;
    let privileges = request.granted(&client.privileges)?;
    let ports = &service.ports;
    let token = AccessToken {
        client: client.id,
        privileges,
        proof,
        certificate: call.certificate.as_ref().map(|certificate| certificate.thumbprint),
        issued: ports.now(),
        id: ports.array(),
    };
    let info = key.public_key().await.map_err(failed)?;
    let public = PublicKey::from_p256_info(&info)
        .map_err(|error| failed(PortError::Rejected { service: "the access token key", source: error.into() }))?;
    let (header, claims) = token.to_sign(&service.settings.issuer(call), &public.thumbprint());
    let signed = jws::sign(key, &header, &claims).await.map_err(failed)?;
    let issued = Issued { access_token: signed, token_type: "Bearer", expires_in: LIFETIME.as_secs(), scope: scope(&token.privileges) };
    Ok(uncached(Reply::json(StatusCode::OK, &issued)))
}

/// All keys by which somebody may want to verify a token of ours.
async fn published<P: Storage>(ports: &P) -> Answer<Vec<PublicKey>> {
    let mut keys = ports.access_token_keys().await?;
    keys.extend(ports.workflow_token_keys().await?);
    Ok(keys)
}

fn denied(denied: Denied) -> OAuthError {
    match denied {
        Denied::NoCredential | Denied::BadCredential => OAuthError::invalid_client(),
        Denied::TooManyFailures(delay) => {
            OAuthError::new(Code::SlowDown, "credentials from this address were wrong too often; correct them and wait").retry_after(delay)
        }
        Denied::Port(error) => failed(error),
    }
}

/// The cause is logged here, once, where it leaves the service.
fn failed(error: PortError) -> OAuthError {
    log(&error);
    let problem = Problem::from(&error);
    match error.remedy() {
        Remedy::Retry | Remedy::Conflict => {
            OAuthError { retry_after: problem.retry_after, ..OAuthError::new(Code::TemporarilyUnavailable, problem.detail) }
        }
        Remedy::Caller | Remedy::NotReady | Remedy::Corrupt => OAuthError::new(Code::ServerError, problem.detail),
    }
}

fn refusal(error: &OAuthError) -> Reply {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reply = uncached(Reply::with_body(status, "application/json", error.body()));
    error.headers().into_iter().fold(reply, |reply, (name, value)| reply.header(HeaderName::from_static(name), &value))
}

/// RFC 6749, 5.1 asks for `Pragma` beside the `Cache-Control: no-store` that every answer has.
fn uncached(reply: Reply) -> Reply {
    reply.header(header::PRAGMA, "no-cache")
}

fn cacheable(document: &serde_json::Value) -> Reply {
    Reply::json(StatusCode::OK, document).header(header::CACHE_CONTROL, CACHED)
}
