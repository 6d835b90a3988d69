//! What a caller brought along in the header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use lambda_http::http::header;
use segl_core::client::{ApiKey, Client, Proof};
use segl_core::id::{ClientId, Sha256};
use segl_core::root_key::RootKey;
use subtle::ConstantTimeEq as _;

use super::{Verdict, own_token};
use crate::call::Call;

/// What a caller brought along.
pub enum Presented<'a> {
    /// Nothing at all.
    Nothing,
    /// Something that is no credential of any kind.
    Malformed,
    /// A token that we may have signed.
    AccessToken(&'a str),
    /// Something that only a client and we know how to make.
    Credential(Credential),
}

/// A credential that names its client and rests on a secret.
pub enum Credential {
    /// An API key.
    ApiKey(ClientId, ApiKey),
    /// The client secret itself.
    Secret(ClientId, String),
    /// A token that the client signed with its secret.
    OwnToken(ClientId, String),
}

impl<'a> Presented<'a> {
    /// Looks at the header. An API key comes before `Authorization`.
    pub fn by(call: &'a Call) -> Self {
        let known = |credential: Option<Credential>| credential.map_or(Self::Malformed, Self::Credential);
        if call.headers.contains_key("x-api-key") {
            return known(call.header("x-api-key").and_then(api_key));
        }
        if !call.headers.contains_key(header::AUTHORIZATION) {
            return Self::Nothing;
        }
        let Some((scheme, value)) = call.header(header::AUTHORIZATION).and_then(|value| value.split_once(' ')) else {
            return Self::Malformed;
        };
        let value = value.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => known(basic(value)),
            // The header only says which of the two it wants to be: each kind has one algorithm, and keys of its own.
            "bearer" => match jsonwebtoken::decode_header(value).map(|header| header.alg) {
                Ok(Algorithm::ES256) => Self::AccessToken(value),
                Ok(_) => known(own_token::client(value).map(|client| Credential::OwnToken(client, value.to_owned()))),
                Err(_) => Self::Malformed,
            },
            _ => Self::Malformed,
        }
    }
}

fn api_key(raw: &str) -> Option<Credential> {
    ApiKey::parse(raw).map(|(key, client)| Credential::ApiKey(client, key))
}

/// RFC 7617, 2. Neither ids nor secrets have a character that RFC 6749, 2.3.1 would encode.
fn basic(value: &str) -> Option<Credential> {
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    Some(Credential::Secret(client.parse().ok()?, secret.to_owned()))
}

impl Credential {
    /// Whose it is said to be.
    pub fn client(&self) -> &ClientId {
        match self {
            Self::ApiKey(client, _) | Self::Secret(client, _) | Self::OwnToken(client, _) => client,
        }
    }

    /// Checks against the stored client, or against one that nobody has, at the same cost.
    pub fn check(&self, client: Option<&Client>, root: &RootKey, now: Timestamp) -> Verdict {
        let generations: Vec<u32> = client.map_or_else(|| vec![1], |client| client.secret_generations(now).collect());
        let secrets = || generations.iter().map(|generation| (*generation, root.client_secret(self.client(), *generation)));
        match self {
            Self::ApiKey(_, key) => {
                let stored = client.map_or(Sha256([0; 32]), |client| client.api_key_hash);
                if key.digest().0.ct_eq(&stored.0).into() { Verdict::Good(None) } else { Verdict::Wrong }
            }
            // No short cut between the two secrets: both are compared.
            Self::Secret(_, secret) => secrets().fold(Verdict::Wrong, |verdict, (generation, expected)| {
                let same: bool = expected.as_bytes().ct_eq(secret.as_bytes()).into();
                if same { Verdict::Good(Some(Proof::Secret(generation))) } else { verdict }
            }),
            Self::OwnToken(_, token) => {
                secrets().fold(Verdict::Wrong, |verdict, (_, secret)| match own_token::check(token, &secret, now) {
                    Verdict::Wrong => verdict,
                    better => better,
                })
            }
        }
    }
}
