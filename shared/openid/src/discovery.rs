//! What a provider says of itself (OpenID Connect Discovery 1.0, RFC 8414).

use segl_outbound::Target;
use serde::Deserialize;

use crate::failure::Failure;
use crate::provider::Provider;

const DOCUMENT: &str = "discovery document";

/// A provider's endpoints and what it can do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where people log in.
    pub authorization_endpoint: String,
    /// Where a code is exchanged.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where more is told of who logged in.
    pub userinfo_endpoint: Option<String>,
    /// Where people log out (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session_endpoint: Option<String>,
    /// Whether each answer names the provider (RFC 9207, 3).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub names_itself: bool,
    #[serde(default)]
    response_types_supported: Option<Vec<String>>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    /// How it signs ID tokens, where it says so.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Option<Vec<String>>,
}

/// Where a provider's discovery document is (OpenID Connect Discovery 1.0, 4).
pub fn address(provider: &Provider) -> String {
    format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'))
}

impl Metadata {
    /// Reads a discovery document. It must be that of the provider whom we asked, word for word: otherwise one provider could hand out the
    /// endpoints of another (OpenID Connect Discovery 1.0, 4.3).
    ///
    /// # Errors
    /// [`Failure::Unreadable`] and [`Failure::Unusable`].
    pub fn parse(provider: &Provider, json: &[u8]) -> Result<Self, Failure> {
        let metadata: Self = serde_json::from_slice(json).map_err(Failure::unreadable(DOCUMENT))?;
        if metadata.issuer != provider.issuer {
            return Err(Failure::unusable(DOCUMENT, "it is of another issuer"));
        }
        let plain = !provider.is_secure();
        let optional = [&metadata.userinfo_endpoint, &metadata.end_session_endpoint].into_iter().flatten();
        for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri].into_iter().chain(optional) {
            let target: Target = endpoint.parse().map_err(|_| Failure::unusable(DOCUMENT, "an endpoint is no address"))?;
            if !target.is_secure() && !plain {
                return Err(Failure::unusable(DOCUMENT, "an endpoint is not https"));
            }
            if endpoint.contains('#') {
                return Err(Failure::unusable(DOCUMENT, "an endpoint has a fragment"));
            }
        }
        let lacks = |list: &Option<Vec<String>>, wanted: &str| list.as_ref().is_some_and(|list| !list.iter().any(|one| one == wanted));
        if lacks(&metadata.response_types_supported, "code") {
            return Err(Failure::unusable(DOCUMENT, "it has no authorization code flow"));
        }
        if lacks(&metadata.code_challenge_methods_supported, "S256") {
            return Err(Failure::unusable(DOCUMENT, "it has no PKCE by S256"));
        }
        Ok(metadata)
    }
}
