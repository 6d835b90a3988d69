//! What a function is handed: its ports and the configuration that all share.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use segl_core::client::Client;
use segl_core::document::Level;
use segl_core::order::Dialect;
use segl_core::ports::{Clients, Clock, Directory, Entropy, Links, Objects, Orders, Tasks};
use segl_core::root_key::RootKey;
use segl_core::seal_terms::SealOffer;
use segl_dialects::problem::Problem;

use crate::authentication;
use crate::call::Call;
use crate::reply;
use crate::variables::{ConfigurationError, Variables};

/// Everything that a function may need of storage, and of the machine.
pub trait Storage: Orders + Tasks + Objects + Clients + Directory + Links + Clock + Entropy {}

impl<P: Orders + Tasks + Objects + Clients + Directory + Links + Clock + Entropy> Storage for P {}

/// Higher levels need a time-stamp authority.
const HIGHEST_LEVEL: Level = Level::BB;

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
}

impl Settings {
    /// Reads `SEGL_DIALECTS`, `SEGL_TIME_ZONE`, `SEGL_RETENTION_DAYS` and `SEGL_SEAL_LEVEL`.
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
        let seal = SealOffer::new(level, HIGHEST_LEVEL)
            .map_err(|problem| ConfigurationError::Invalid { name: "SEGL_SEAL_LEVEL", problem: problem.to_string() })?;
        Ok(Self { dialects: variables.list("SEGL_DIALECTS", dialect)?, zone, retention, seal })
    }
}

impl<P: Clients + Clock> Service<P> {
    /// The client that makes a call.
    pub async fn authenticate(&self, call: &Call) -> Result<Client, Problem> {
        authentication::authenticate(&self.ports, &self.root_key, call).await.map_err(|denied| reply::denied(call, denied))
    }

    /// Whether a dialect is switched on. One that is off has no routes at all.
    pub fn speaks(&self, dialect: Dialect) -> Result<(), Problem> {
        if self.settings.dialects.contains(&dialect) { Ok(()) } else { Err(Problem::no_such_route()) }
    }
}
