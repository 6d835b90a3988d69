//! The provider's answer, as the browser brings it (OpenID Connect Core 1.0, 3.1.2.5).

use segl_core::root_key::RootKey;

use crate::attempt::Attempt;
use crate::discovery::Metadata;
use crate::failure::Failure;
use crate::provider::Provider;

/// The longest code that is handed on.
const MAX_CODE: usize = 4096;

/// An answer that belongs to an attempt and comes from its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(pub(crate) String);

/// Reads the query of the redirect.
///
/// # Errors
/// [`Failure::NotOurs`] where it is not the answer to this attempt, of this provider; [`Failure::NotLoggedIn`] where it is, and says no.
pub fn read(
    query: &[(String, String)],
    attempt: &Attempt,
    provider: &Provider,
    metadata: &Metadata,
    root: &RootKey,
) -> Result<Code, Failure> {
    let state = only(query, "state")?.ok_or(Failure::NotOurs("there is no state"))?;
    if !attempt.has_state(root, state) {
        return Err(Failure::NotOurs("the state is another"));
    }
    if attempt.provider != provider.id {
        return Err(Failure::NotOurs("the attempt was at another provider"));
    }
    // Where a provider names itself, an answer without a name could be another's: the mix-up attack (RFC 9207, 2.4).
    match only(query, "iss")? {
        Some(issuer) if issuer != provider.issuer => return Err(Failure::NotOurs("the issuer is another")),
        None if metadata.names_itself => return Err(Failure::NotOurs("the issuer is missing")),
        Some(_) | None => {}
    }
    if only(query, "error")?.is_some() {
        return Err(Failure::NotLoggedIn);
    }
    let code = only(query, "code")?.filter(|code| !code.is_empty() && code.len() <= MAX_CODE);
    code.map(|code| Code(code.to_owned())).ok_or(Failure::NotOurs("there is no code"))
}

/// A parameter, which must not be there twice (RFC 6749, 3.1).
fn only<'a>(query: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Failure> {
    let mut found = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match (found.next(), found.next()) {
        (value, None) => Ok(value),
        _ => Err(Failure::NotOurs("a parameter is there twice")),
    }
}
