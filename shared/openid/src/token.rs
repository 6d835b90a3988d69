//! Exchanging a code for an ID token (OpenID Connect Core 1.0, 3.1.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use segl_core::jwk::PublicKey;
use segl_core::jws;
use segl_core::ports::{PortError, SigningKey};
use serde::Deserialize;
use serde_json::json;

use crate::callback::Code;
use crate::discovery::Metadata;
use crate::exchange::{Request, Response};
use crate::failure::Failure;
use crate::provider::{Provider, Secret};

/// How long an assertion is good, in seconds: it is used at once.
const ASSERTION_SECONDS: i64 = 60;

/// How the service shows itself to the provider.
#[derive(Debug, Clone)]
pub enum Shown<'a> {
    /// By a secret in the field `Authorization`: `client_secret_basic` (RFC 6749, 2.3.1).
    Secret(&'a Secret),
    /// By an assertion in the form: `private_key_jwt` (OpenID Connect Core 1.0, 9).
    Assertion(String),
}

/// What the token endpoint answers.
#[derive(Deserialize)]
pub struct Tokens {
    /// Who logged in.
    pub id_token: String,
    /// With which more can be asked of the provider.
    pub access_token: Option<String>,
}

/// Makes the request.
pub fn request(provider: &Provider, metadata: &Metadata, code: &Code, verifier: &str, redirect_uri: &str, shown: &Shown<'_>) -> Request {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", &code.0),
        ("redirect_uri", redirect_uri),
        ("client_id", &provider.client_id),
        ("code_verifier", verifier),
    ];
    let authorization = match shown {
        Shown::Secret(secret) => {
            let pair = format!("{}:{}", form_encoded(&provider.client_id), form_encoded(secret.reveal()));
            Some(format!("Basic {}", STANDARD.encode(pair)))
        }
        Shown::Assertion(assertion) => {
            form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
            form.push(("client_assertion", assertion));
            None
        }
    };
    Request { url: metadata.token_endpoint.clone(), form: Some(encoded(&form)), authorization }
}

/// Makes an assertion with a key on P-256 that its keeper holds. `id` is drawn anew each time.
pub async fn assertion<K: SigningKey>(
    key: &K,
    provider: &Provider,
    metadata: &Metadata,
    id: &str,
    now: Timestamp,
) -> Result<String, Failure> {
    let info = key.public_key().await.map_err(Failure::Key)?;
    let public = PublicKey::from_p256_info(&info)
        .map_err(|error| Failure::Key(PortError::Rejected { service: "the client's key", source: error.into() }))?;
    let (client, second) = (&provider.client_id, now.as_second());
    let header = json!({"alg": "ES256", "kid": public.thumbprint()});
    let claims = json!({
        "iss": client, "sub": client, "aud": metadata.token_endpoint, "jti": id, "iat": second, "exp": second + ASSERTION_SECONDS,
    });
    jws::sign(key, &header, &claims).await.map_err(Failure::Key)
}

/// Reads the answer. A code that was used before, or without its verifier, is refused by the provider (400).
///
/// # Errors
/// [`Failure::NotOurs`] where the provider does not take the code; [`Failure::Status`], [`Failure::Unreadable`].
pub fn read(response: &Response) -> Result<Tokens, Failure> {
    #[derive(Deserialize)]
    struct Refused {
        error: String,
    }
    match response.status {
        200 => serde_json::from_slice(&response.body).map_err(Failure::unreadable("token answer")),
        400 if serde_json::from_slice::<Refused>(&response.body).is_ok_and(|refused| refused.error == "invalid_grant") => {
            Err(Failure::NotOurs("the provider does not take the code"))
        }
        status => Err(Failure::Status { endpoint: "token", status }),
    }
}

/// Pairs as a form or a query.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(pairs).expect("pairs of strings can be encoded")
}

fn form_encoded(text: &str) -> String {
    encoded(&[("", text)]).trim_start_matches('=').to_owned()
}
