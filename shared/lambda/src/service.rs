//! What a function is handed: its ports and the configuration that all share.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use segl_core::assurance::Assurance;
use segl_core::client::Client;
use segl_core::document::Level;
use segl_core::offer::Offer;
use segl_core::order::Dialect;
use segl_core::ports::{
    Attempts, Clients, Clock, Directory, Entropy, Heads, Limits, Links, Objects, Orders, Organizations, RegisterBook, RegisterWorks,
    Replays, Sessions, Tasks, TokenKeys, Webhooks,
};
use segl_core::root_key::RootKey;
use segl_core::seal_terms::SealOffer;
use segl_dialects::problem::Problem;

use crate::authentication;
use crate::call::Call;
use crate::reply;
use crate::variables::{ConfigurationError, Variables};

/// Everything that a function may need of storage, and of the machine.
pub trait Storage:
    Orders
    + Tasks
    + Webhooks
    + Objects
    + Clients
    + Attempts
    + Replays
    + TokenKeys
    + Directory
    + Organizations
    + Heads
    + Links
    + Sessions
    + Limits
    + RegisterBook
    + RegisterWorks
    + Clock
    + Entropy
{
}

impl<P> Storage for P where
    P: Orders
        + Tasks
        + Webhooks
        + Objects
        + Clients
        + Attempts
        + Replays
        + TokenKeys
        + Directory
        + Organizations
        + Heads
        + Links
        + Sessions
        + Limits
        + RegisterBook
        + RegisterWorks
        + Clock
        + Entropy
{
}

/// A function's ports with the configuration that goes with them.
pub struct Service<P> {
    /// Storage, clock and randomness.
    pub ports: P,
    /// From which client secrets are derived.
    pub root_key: RootKey,
    /// What is configured.
    pub settings: Settings,
}

/// What is configured for all functions alike.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The wire formats that are switched on.
    pub dialects: BTreeSet<Dialect>,
    /// The zone of times that come without one, and in which times are shown beside UTC.
    pub zone: TimeZone,
    /// How long documents and personal data are kept after an order's end, where the order does not say.
    pub retention: Option<SignedDuration>,
    /// The levels that seals can reach here.
    pub seal: SealOffer,
    /// The highest level of assurance of electronic identities; none where nobody can log in.
    pub eid: Option<Assurance>,
    /// Hosts to which webhooks may go although their addresses are private, and without TLS; in lower case.
    pub webhook_private_hosts: BTreeSet<String>,
    /// Scheme and host by which the service is known, without a slash at the end, where that is not the gateway's own address.
    pub public_url: Option<String>,
}

impl Settings {
    /// Reads `SEGL_DIALECTS`, `SEGL_TIME_ZONE`, `SEGL_RETENTION_DAYS`, `SEGL_PUBLIC_URL`, `SEGL_WEBHOOK_PRIVATE_HOSTS`,
    /// `SEGL_SEAL_LEVEL`, `SEGL_EID_LEVEL`, and whether there are `SEGL_TIME_STAMP_AUTHORITIES`.
    pub fn read<F: Fn(&str) -> Option<String>>(variables: &Variables<F>) -> Result<Self, ConfigurationError> {
        let dialect = |name: &str| Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name);
        let zone = variables.optional("SEGL_TIME_ZONE").unwrap_or_else(|| "UTC".to_owned());
        let zone =
            TimeZone::get(&zone).map_err(|problem| ConfigurationError::Invalid { name: "SEGL_TIME_ZONE", problem: problem.to_string() })?;
        let retention = match variables.optional("SEGL_RETENTION_DAYS") {
            None => None,
            Some(_) => Some(SignedDuration::from_hours(24 * i64::from(variables.parsed::<u32>("SEGL_RETENTION_DAYS")?))),
        };
        let level = match variables.optional("SEGL_SEAL_LEVEL") {
            None => Level::BB,
            Some(_) => variables.parsed("SEGL_SEAL_LEVEL")?,
        };
        // Every level above the first needs a time-stamp.
        let highest = if variables.optional("SEGL_TIME_STAMP_AUTHORITIES").is_some() { Level::BLta } else { Level::BB };
        let seal = SealOffer::new(level, highest)
            .map_err(|problem| ConfigurationError::Invalid { name: "SEGL_SEAL_LEVEL", problem: problem.to_string() })?;
        let eid = match variables.optional("SEGL_EID_LEVEL") {
            None => None,
            Some(level) => Some(
                Assurance::of(&level)
                    .ok_or_else(|| ConfigurationError::Invalid { name: "SEGL_EID_LEVEL", problem: format!("does not know {level}") })?,
            ),
        };
        let webhook_private_hosts = variables.sequence("SEGL_WEBHOOK_PRIVATE_HOSTS").iter().map(|host| host.to_ascii_lowercase()).collect();
        let public_url = variables.optional("SEGL_PUBLIC_URL");
        Ok(Self { dialects: variables.list("SEGL_DIALECTS", dialect)?, zone, retention, seal, eid, webhook_private_hosts, public_url })
    }

    /// What orders can ask for.
    pub fn offer(&self) -> Offer {
        Offer { seal: self.seal, eid: self.eid }
    }

    /// Who issues and takes access tokens: the service by its address.
    pub fn issuer(&self, call: &Call) -> String {
        self.address(call)
    }

    /// Scheme and host by which people and systems reach the service. Where none is configured, that at which the gateway was reached,
    /// which the gateway tells; what the caller says in `Host` counts for nothing.
    pub fn address(&self, call: &Call) -> String {
        let gateway = || format!("https://{}", call.domain.as_deref().unwrap_or("localhost"));
        self.public_url.clone().unwrap_or_else(gateway)
    }

    /// Whether that is by https.
    pub fn is_secure(&self, call: &Call) -> bool {
        self.address(call).starts_with("https:")
    }
}

impl<P: Storage> Service<P> {
    /// The client that makes a call.
    pub async fn authenticate(&self, call: &Call) -> Result<Client, Problem> {
        authentication::authenticate(self, call).await.map_err(reply::denied)
    }

    /// Whether a dialect is switched on. One that is off has no routes at all.
    pub fn speaks(&self, dialect: Dialect) -> Result<(), Problem> {
        if self.settings.dialects.contains(&dialect) { Ok(()) } else { Err(Problem::no_such_route()) }
    }
}
