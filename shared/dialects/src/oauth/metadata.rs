//! The description of the authorization server (RFC 8414), and its key set (RFC 7517).

use segl_core::client::Privilege;
use segl_core::jwk::PublicKey;
use serde_json::{Value, json};

use super::{KEYS_PATH, TOKEN_PATH};

/// The description. `issuer` is the service's public address.
pub fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN_PATH}"),
        "jwks_uri": format!("{issuer}{KEYS_PATH}"),
        "scopes_supported": Privilege::ALL.map(Privilege::as_str),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "tls_client_certificate_bound_access_tokens": true,
        "service_documentation": format!("{issuer}/v1/openapi.json"),
    })
}

/// The key set: each key once, in the given order.
pub fn key_set(keys: &[PublicKey]) -> Value {
    let mut seen = std::collections::BTreeSet::new();
    json!({"keys": keys.iter().filter(|key| seen.insert(*key)).map(PublicKey::to_jwk).collect::<Vec<_>>()})
}
