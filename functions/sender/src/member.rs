//! Who of those who log in belongs to which organization.
//!
//! A rule names a claim, its value, and an API client. Whoever has the claim acts as that client: for its organization, with its
//! privileges, for as long as it is switched on. So there is one place that says what an organization may do.

use segl_core::id::ClientId;
use segl_openid::relying_party::Identity;
use serde::Deserialize;
use serde_json::Value;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    provider: String,
    claim: String,
    value: String,
    client: ClientId,
}

/// Why a list of rules was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadMembers {
    /// Not a list of rules.
    #[error("must be a JSON list of rules: {0}")]
    Json(#[from] serde_json::Error),
    /// A rule names no client.
    #[error("{0} is no client's id")]
    Client(String),
}

/// Reads `[{"provider", "claim", "value", "client"}]`.
///
/// # Errors
/// [`BadMembers`].
pub fn parse(json: &str) -> Result<Vec<Member>, BadMembers> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        provider: String,
        claim: String,
        value: String,
        client: String,
    }
    let wires: Vec<Wire> = serde_json::from_str(json)?;
    let member = |Wire { provider, claim, value, client }| match client.parse() {
        Ok(client) => Ok(Member { provider, claim, value, client }),
        Err(_) => Err(BadMembers::Client(client)),
    };
    wires.into_iter().map(member).collect()
}

/// As which client somebody acts: by the first rule that fits. A claim may be a list, such as the groups of a directory.
pub fn client_of<'a>(members: &'a [Member], identity: &Identity) -> Option<&'a ClientId> {
    let has = |member: &&Member| match identity.claims.all.get(&member.claim) {
        Some(Value::String(value)) => *value == member.value,
        Some(Value::Array(values)) => values.iter().any(|value| value.as_str() == Some(&member.value)),
        _ => false,
    };
    members.iter().filter(|member| member.provider == identity.provider).find(has).map(|member| &member.client)
}
