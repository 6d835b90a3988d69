//! Endpoints: where messages are delivered.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{ClientId, IdError, OrganizationId, Sha256};
use crate::webhook::message::Topic;

/// The most endpoints that the clients of one organization may have together: an event and its deliveries are one transaction.
pub const MAX_ENDPOINTS: usize = 20;

/// After how many failures in a row an endpoint is tried by one delivery at a time, and the others wait.
pub const TROUBLED_AFTER: u32 = 3;

/// How long an endpoint may fail without a single success until it is switched off: as long as a message is tried.
pub const DISABLE_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// The id of an endpoint: a UUID (RFC 9562).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EndpointId(Uuid);

impl EndpointId {
    /// Makes an id from the time of creation and 80 random bits.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The id that follows from a request that may be sent again: a UUID of version 8.
    pub(crate) fn of_request(mark: &Sha256) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mark.0[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for EndpointId {
    type Err = IdError;

    /// Takes the hyphenated form in either case, and no other, so that one endpoint has one name.
    fn from_str(raw: &str) -> Result<Self, IdError> {
        if raw.len() != 36 {
            return Err(IdError::NotAUuid);
        }
        Uuid::try_parse(raw).map(Self).map_err(|_| IdError::NotAUuid)
    }
}

/// Where an endpoint is: an absolute `https` address, or an `http` one, of at most 1,000 characters, without credentials or fragment.
/// Whoever connects checks where it leads.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointUrl(String);

/// Why something is no address of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an absolute https URL of at most 1000 characters, without credentials and fragment")]
pub struct EndpointUrlError;

impl EndpointUrl {
    /// Takes an address.
    pub fn parse(raw: &str) -> Result<Self, EndpointUrlError> {
        let rest = raw.strip_prefix("https://").or_else(|| raw.strip_prefix("http://")).ok_or(EndpointUrlError)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let plain = raw.len() <= 1000 && raw.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'#'));
        if plain && !authority.is_empty() && !authority.contains('@') { Ok(Self(raw.to_owned())) } else { Err(EndpointUrlError) }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there is encrypted on its way.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The name or address of the host, in lower case, without brackets and port.
    pub fn host(&self) -> String {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        host.to_ascii_lowercase()
    }
}

/// An address may hold a token in its path or query, and is not printed.
impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointUrl(..)")
    }
}

/// A place to which a client has the events of its organization's orders delivered. Its secret is derived from the service's root key
/// and not stored ([`crate::root_key::RootKey::webhook_secret`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Whose events are delivered.
    pub organization: OrganizationId,
    /// The client that owns it. It must still be let in and may read orders, or nothing is delivered.
    pub client: ClientId,
    /// Where it is.
    pub url: EndpointUrl,
    /// What is delivered; everything where empty.
    pub topics: BTreeSet<Topic>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Counts the rotations of its secret, from 1.
    pub secret_generation: u32,
    /// Until when deliveries are signed by the secret before the present one, too.
    pub previous_secret_until: Option<Timestamp>,
    /// The last request under an idempotency key that changed it.
    pub last_request: Option<Sha256>,
    /// How many deliveries failed in a row.
    pub failures: u32,
    /// Since when nothing succeeded.
    pub failing_since: Option<Timestamp>,
    /// While it is in trouble: before this time nothing is tried.
    pub retry_at: Option<Timestamp>,
    /// Why nothing is delivered, where it is switched off.
    pub disabled: Option<Disabled>,
}

/// That an endpoint is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: WhyDisabled,
}

impl Disabled {
    /// Whether the service did it, and not the owner.
    pub fn is_ours(&self) -> bool {
        self.why != WhyDisabled::ByOwner
    }
}

/// Why an endpoint is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyDisabled {
    /// Its owner wanted it so.
    ByOwner,
    /// It answered 410 Gone.
    Gone,
    /// Nothing succeeded for [`DISABLE_AFTER`].
    Failing,
}

impl WhyDisabled {
    /// The reason's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByOwner => "by-owner",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl Endpoint {
    /// Whether a message is for this endpoint. A test is for the endpoint that asked for it only.
    pub fn wants(&self, topic: Topic) -> bool {
        let chosen = self.topics.is_empty() || self.topics.contains(&topic);
        self.disabled.is_none() && chosen && topic != Topic::WebhookTest
    }

    /// The generations of its secret by which a delivery is signed: the present one first, then the one before during its overlap.
    pub fn secret_generations(&self, now: Timestamp) -> impl Iterator<Item = u32> {
        let previous = self.previous_secret_until.filter(|until| now < *until).map(|_| self.secret_generation.saturating_sub(1));
        [Some(self.secret_generation), previous].into_iter().flatten()
    }

    /// Whether so many deliveries failed that one at a time is enough.
    pub fn is_troubled(&self) -> bool {
        self.failures >= TROUBLED_AFTER
    }

    /// While the endpoint is in trouble, one delivery tries it and the others wait for what comes of that, longer each time: a minute up
    /// to half an hour. The endpoint as it is while that one is under way.
    #[must_use]
    pub fn probed(mut self, now: Timestamp) -> Self {
        let doublings = (self.failures - self.failures.min(TROUBLED_AFTER)).min(5);
        let wait = SignedDuration::from_mins(1 << doublings).min(SignedDuration::from_mins(30));
        self.version += 1;
        self.retry_at = Some(now + wait);
        self
    }

    /// The endpoint after a delivery arrived; none where that is nothing new.
    #[must_use]
    pub fn succeeded(&self) -> Option<Self> {
        let news = self.failures > 0 || self.failing_since.is_some() || self.retry_at.is_some();
        news.then(|| Self { version: self.version + 1, failures: 0, failing_since: None, retry_at: None, ..self.clone() })
    }

    /// The endpoint after a delivery failed. It is switched off when it is gone, and when nothing succeeded for [`DISABLE_AFTER`].
    #[must_use]
    pub fn failed(&self, now: Timestamp, gone: bool) -> Self {
        let since = self.failing_since.unwrap_or(now);
        let why = match gone {
            true => Some(WhyDisabled::Gone),
            false => (now.duration_since(since) >= DISABLE_AFTER).then_some(WhyDisabled::Failing),
        };
        Self {
            version: self.version + 1,
            failures: self.failures.saturating_add(1),
            failing_since: Some(since),
            disabled: self.disabled.or(why.map(|why| Disabled { at: now, why })),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_absolute_and_without_credentials() {
        for (raw, host) in [
            ("https://hooks.example.org/segl?token=1", Some("hooks.example.org")),
            ("https://Hooks.Example.org:8443", Some("hooks.example.org")),
            ("http://[::1]:80/x", Some("::1")),
            ("http://127.0.0.1:8080/", Some("127.0.0.1")),
            ("https://example.org?x", Some("example.org")),
            ("ftp://example.org/", None),
            ("https://", None),
            ("https:///x", None),
            ("https://user:password@example.org/", None),
            ("https://example.org/#here", None),
            ("https://example.org/a b", None),
            ("https://example.org/\r\nX: y", None),
            ("/hooks", None),
            ("", None),
        ] {
            assert_eq!(EndpointUrl::parse(raw).ok().map(|url| url.host()).as_deref(), host, "{raw}");
        }
        assert!(EndpointUrl::parse(&format!("https://example.org/{}", "x".repeat(1000))).is_err());
    }
}
