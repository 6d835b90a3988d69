//! OAuth 2 as far as we speak it: the client credentials grant (RFC 6749, 4.4), its access tokens (RFC 9068), and the documents by which
//! others find their way (RFC 8414, RFC 7517).

pub mod access_token;
pub mod error;
pub mod metadata;
pub mod request;

use crate::problem::Problem;

pub use error::OAuthError;

/// The path of the token endpoint.
pub const TOKEN_PATH: &str = "/oauth2/token";
/// The path of the key set.
pub const KEYS_PATH: &str = "/.well-known/jwks.json";
/// The path of the description of the authorization server (RFC 8414, 3).
pub const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";

/// What is wrong with a call that is none of these: another method, or another path.
pub fn misled(path: &str) -> Problem {
    match path {
        TOKEN_PATH => Problem::method_not_allowed(vec!["POST"]),
        KEYS_PATH | METADATA_PATH => Problem::method_not_allowed(vec!["GET"]),
        _ => Problem::no_such_route(),
    }
}
