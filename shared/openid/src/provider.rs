//! What is configured of providers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use segl_core::assurance::Assurance;
use segl_core::signer::NationalId;
use segl_outbound::Target;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A provider of identities, and what we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// By which name orders and addresses name it, e.g. `mitid`.
    pub id: String,
    /// By which name people know it, e.g. `MitID`.
    pub name: String,
    /// Its issuer identifier: an https address.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// By what we show who we are.
    pub proof: Proof,
    /// What we ask for; has `openid`.
    pub scopes: Vec<String>,
    /// The claim that has the national identity number, where the provider tells it.
    pub number_claim: Option<String>,
    /// The claim that has the name.
    pub name_claim: String,
    /// The claim that has the level of assurance.
    pub level_claim: String,
    /// What the values of that claim mean. Others mean nothing.
    pub levels: BTreeMap<String, Assurance>,
}

/// By what we show the provider who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A shared secret.
    Secret(Secret),
    /// A key on P-256, by the name by which its keeper knows it.
    Key(String),
}

/// A secret. It stays out of logs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a configuration of providers was not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadProviders {
    /// Not a list of providers.
    #[error("must be a JSON list of providers: {0}")]
    Json(#[from] serde_json::Error),
    /// One of them makes no sense.
    #[error("provider {id}: {problem}")]
    Provider {
        /// Which.
        id: String,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    name: Option<String>,
    issuer: String,
    client_id: String,
    client_secret: Option<Secret>,
    client_key: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    number_claim: Option<String>,
    name_claim: Option<String>,
    level_claim: Option<String>,
    #[serde(default)]
    levels: BTreeMap<String, Assurance>,
}

/// Reads a list of providers: `[{"id", "name", "issuer", "client_id", "client_secret" or "client_key", "scopes", "number_claim",
/// "name_claim", "level_claim", "levels": {"<value>": "low" | "substantial" | "high"}}]`.
///
/// # Errors
/// [`BadProviders`], which names the provider.
pub fn parse(json: &str) -> Result<Vec<Provider>, BadProviders> {
    let wires: Vec<Wire> = serde_json::from_str(json)?;
    let mut ids = BTreeSet::new();
    let mut providers = Vec::new();
    for wire in wires {
        let id = wire.id.clone();
        let bad = |problem| BadProviders::Provider { id: id.clone(), problem };
        if !ids.insert(wire.id.clone()) {
            return Err(bad("is there twice"));
        }
        providers.push(Provider::try_from(wire).map_err(bad)?);
    }
    Ok(providers)
}

impl TryFrom<Wire> for Provider {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let id_ok = (1..=40).contains(&wire.id.len()) && wire.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !id_ok {
            return Err("the id must be 1 to 40 small letters, digits and hyphens");
        }
        let issuer: Target = wire.issuer.parse().map_err(|_| "the issuer is no address")?;
        if wire.issuer.contains(['?', '#']) {
            return Err("the issuer must have neither query nor fragment");
        }
        if !issuer.is_secure() && !matches!(issuer.host(), "127.0.0.1" | "localhost" | "::1") {
            return Err("the issuer must be https");
        }
        let proof = match (wire.client_secret, wire.client_key) {
            (Some(secret), None) => Proof::Secret(secret),
            (None, Some(key)) => Proof::Key(key),
            _ => return Err("must have either client_secret or client_key"),
        };
        let mut scopes = wire.scopes;
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        Ok(Self {
            name: wire.name.unwrap_or_else(|| wire.id.clone()),
            id: wire.id,
            issuer: wire.issuer,
            client_id: wire.client_id,
            proof,
            scopes,
            number_claim: wire.number_claim,
            name_claim: wire.name_claim.unwrap_or_else(|| "name".to_owned()),
            level_claim: wire.level_claim.unwrap_or_else(|| "acr".to_owned()),
            levels: wire.levels,
        })
    }
}

impl Provider {
    pub(crate) fn is_secure(&self) -> bool {
        self.issuer.starts_with("https:")
    }

    /// The `acr_values` by which at least this level is asked for, the lowest that does first (OpenID Connect Core 1.0, 3.1.2.1). Whether
    /// it was reached, the ID token tells.
    pub fn values_for(&self, level: Assurance) -> Vec<&str> {
        let mut values: Vec<_> = self.levels.iter().filter(|(_, reached)| **reached >= level).collect();
        values.sort_by_key(|(_, reached)| **reached);
        values.into_iter().map(|(value, _)| value.as_str()).collect()
    }

    /// Whether the provider can reach a level at all.
    pub fn reaches(&self, level: Assurance) -> bool {
        self.levels.values().any(|reached| *reached >= level)
    }

    /// The level at which somebody was logged in. A value that is not configured is none.
    pub fn level(&self, claims: &Map<String, Value>) -> Option<Assurance> {
        claims.get(&self.level_claim).and_then(Value::as_str).and_then(|value| self.levels.get(value)).copied()
    }

    /// The national identity number of who logged in.
    pub fn number(&self, claims: &Map<String, Value>) -> Option<NationalId> {
        let value = claims.get(self.number_claim.as_deref()?).and_then(Value::as_str)?;
        NationalId::parse(value).ok()
    }

    /// The name of who logged in.
    pub fn person_name<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a str> {
        claims.get(&self.name_claim).and_then(Value::as_str).map(str::trim).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(change: impl Fn(&mut Value)) -> String {
        let mut provider = serde_json::json!({
            "id": "idporten", "issuer": "https://login.example.org", "client_id": "segl", "client_secret": "s", "number_claim": "pid",
            "levels": {"loa-low": "low", "loa-substantial": "substantial", "loa-high": "high"},
        });
        change(&mut provider);
        Value::from(vec![provider]).to_string()
    }

    #[test]
    fn what_is_left_out_and_what_is_wrong() {
        let provider = parse(&one(|_| {})).unwrap().remove(0);
        assert_eq!((provider.name.as_str(), provider.name_claim.as_str(), provider.level_claim.as_str()), ("idporten", "name", "acr"));
        assert_eq!(provider.scopes, ["openid"]);
        assert_eq!(provider.values_for(Assurance::Substantial), ["loa-substantial", "loa-high"]);
        assert!(!format!("{provider:?}").contains("\"s\""));
        type Spoil = fn(&mut Value);
        let table: [(&str, Spoil); 8] = [
            ("the id", |p| p["id"] = "ID".into()),
            ("no address", |p| p["issuer"] = "login".into()),
            ("must be https", |p| p["issuer"] = "http://login.example.org".into()),
            ("fragment", |p| p["issuer"] = "https://login.example.org?a".into()),
            ("either", |p| p["client_key"] = "k".into()),
            ("either", |p| drop(p.as_object_mut().unwrap().remove("client_secret"))),
            ("unknown variant", |p| p["levels"]["x"] = "huge".into()),
            ("unknown field", |p| p["secret"] = "x".into()),
        ];
        for (problem, change) in table {
            let error = parse(&one(change)).unwrap_err().to_string();
            assert!(error.contains(problem), "{problem}: {error}");
        }
        assert!(parse(&one(|p| p["issuer"] = "http://127.0.0.1:3000".into())).is_ok(), "on this machine nothing crosses a network");
        assert!(parse("[]").unwrap().is_empty());
    }

    #[test]
    fn levels_that_are_not_configured_are_none() {
        let provider = parse(&one(|_| {})).unwrap().remove(0);
        let level = |acr: Value| provider.level(serde_json::json!({"acr": acr}).as_object().unwrap());
        assert_eq!(level("loa-high".into()), Some(Assurance::High));
        for other in [Value::from("loa-supreme"), 4.into(), Value::Null] {
            assert_eq!(level(other), None);
        }
    }
}
