//! The ways in which a client shows who it is, done right.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use segl_core::client::{CertificateName, Client, Privilege};
use segl_core::id::Sha256;
use segl_core::ports::{Clients as _, Clock as _};
use segl_lambda::authentication::certificate::ClientCertificate;
use segl_lambda::call::Call;
use segl_testkit::fake::TokenKey;
use serde_json::{Value, json};

use crate::world::{Credential, World, call, header, json_of, with_body};

/// A way of authenticating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An API key.
    ApiKey,
    /// HTTP Basic with id and secret.
    Basic,
    /// A token that the client signs with its secret.
    OwnToken,
    /// A token that the client got for its secret, with all that the client may do.
    AccessToken,
    /// The same with less than the client may do.
    ScopedToken,
    /// A TLS certificate.
    Certificate,
}

impl Way {
    /// Every way there is.
    pub const ALL: [Self; 6] = [Self::ApiKey, Self::Basic, Self::OwnToken, Self::AccessToken, Self::ScopedToken, Self::Certificate];

    /// Whether the credential is a bearer token.
    pub fn is_bearer(self) -> bool {
        matches!(self, Self::OwnToken | Self::AccessToken | Self::ScopedToken)
    }

    /// The call as a client makes it that may do `held` and no more.
    pub async fn show(self, world: &World, caller: &Credential, held: &BTreeSet<Privilege>, call: Call) -> Call {
        let privileges = if self == Self::ScopedToken { Privilege::ALL.into() } else { held.clone() };
        let name = CertificateName::Thumbprint(certificate(&caller.client).thumbprint);
        let client = Client { privileges, certificates: [name].into(), ..caller.client.clone() };
        world.fake().put_client(&client).await.expect("the fake stores");
        match self {
            Self::ApiKey => header(call, "x-api-key", &caller.api_key),
            Self::Basic => header(call, "authorization", &basic(world, &client)),
            Self::OwnToken => header(call, "authorization", &own_token(world, &client)),
            Self::AccessToken => header(call, "authorization", &format!("Bearer {}", access_token(world, &client, "").await)),
            Self::ScopedToken => {
                let scope = segl_dialects::oauth::access_token::scope(held).replace(' ', "+");
                header(call, "authorization", &format!("Bearer {}", access_token(world, &client, &scope).await))
            }
            Self::Certificate => Call { certificate: Some(certificate(&client)), ..call },
        }
    }
}

/// The secret that a client has after so many rotations.
pub fn secret(world: &World, client: &Client, generation: u32) -> String {
    world.fake().root().client_secret(&client.id, generation)
}

/// `Authorization` with id and secret.
pub fn basic(world: &World, client: &Client) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", client.id, secret(world, client, client.secret_generation))))
}

/// `Authorization` with a token that the client makes itself.
pub fn own_token(world: &World, client: &Client) -> String {
    let claims = json!({"iss": client.id.as_str(), "iat": world.fake().now().as_second()});
    let key = EncodingKey::from_secret(secret(world, client, client.secret_generation).as_bytes());
    format!("Bearer {}", jws(&json!({"alg": "HS256", "typ": "JWT"}), &claims, &key, Algorithm::HS256))
}

/// The certificate of a client, as the gateway tells of it.
pub fn certificate(client: &Client) -> ClientCertificate {
    ClientCertificate { thumbprint: Sha256::of(client.id.as_str().as_bytes()), subject: None }
}

/// A request for a token by a client's secret.
pub fn token_call(form: &str) -> Call {
    with_body(call("POST", "/oauth2/token"), "application/x-www-form-urlencoded", form.as_bytes().to_vec())
}

/// A token that the service gives to a client.
pub async fn access_token(world: &World, client: &Client, scope: &str) -> String {
    let form = format!("grant_type=client_credentials&scope={scope}");
    let reply = world.answer(header(token_call(&form), "authorization", &basic(world, client))).await;
    let body = json_of(&reply);
    assert_eq!(reply.status, 200, "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

/// A token of any header and claims, signed with any key.
pub fn jws(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), key, algorithm).expect("the key goes with the algorithm");
    format!("{signed}.{signature}")
}

/// The private key of a [`TokenKey`], for signing what the service would not sign.
pub fn private(key: &TokenKey) -> EncodingKey {
    EncodingKey::from_ec_der(&key.private())
}

/// A part of a token, read.
pub fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}
