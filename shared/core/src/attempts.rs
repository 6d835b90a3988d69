//! Slowing down who guesses credentials.
//!
//! Failures are counted for a client id as called from one network, and for the network as a whole, whichever ids it tries. Beyond a few
//! that are free, each failure doubles the time for which nothing from there is looked at, up to a minute.
//!
//! No count is of a client id alone: with that, a stranger who knows an id could keep its owner out for ever. What a stranger does at one
//! address does nothing to the client at another. Who shares an address with the client can delay it, by at most a minute at a time.
//! Secrets and keys have 256 random bits, so that guessing from many addresses leads nowhere either; the delays bound what trying costs.
//!
//! Ids that do not exist are counted like others, so that counting tells nothing about them.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::id::{ClientId, Sha256};

/// After so long without a failure all is forgotten.
pub const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(15);
/// The longest delay.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// Failures for one client id from one network that cost nothing: a wrong setting is tried again a few times.
const FREE_FOR_CLIENT: u32 = 5;
/// The same for a network with any ids: several clients may be behind one address.
const FREE_FOR_NETWORK: u32 = 50;

/// What is counted. It is stored as a digest, so that the table tells no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter {
    digest: Sha256,
    free: u32,
}

/// What has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last: Timestamp,
}

impl Counter {
    /// Failures with a client's id, from one network.
    pub fn of_client(client: &ClientId, address: Option<IpAddr>) -> Self {
        Self { digest: Sha256::of(format!("{client}/{}", network(address)).as_bytes()), free: FREE_FOR_CLIENT }
    }

    /// Failures with any id, from one network.
    pub fn of_network(address: Option<IpAddr>) -> Self {
        Self { digest: Sha256::of(network(address).as_bytes()), free: FREE_FOR_NETWORK }
    }

    /// Its name in the table.
    pub fn digest(&self) -> &Sha256 {
        &self.digest
    }

    /// For how long nothing is looked at, after these failures.
    pub fn delay(&self, failures: Failures, now: Timestamp) -> Option<SignedDuration> {
        let beyond = failures.count.checked_sub(self.free)?;
        let whole = SignedDuration::from_secs(1_i64.checked_shl(beyond.min(30)).unwrap_or(i64::MAX)).min(LONGEST_DELAY);
        let left = (failures.last + whole).duration_since(now);
        left.is_positive().then_some(left)
    }
}

/// An IPv4 address, or the /64 in which an IPv6 address lies: its holder has all of it.
fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_minute_and_pass() {
        let client: ClientId = "client-a".parse().unwrap();
        let counter = Counter::of_client(&client, "192.0.2.1".parse().ok());
        let last = Timestamp::UNIX_EPOCH;
        let delay = |count, now| counter.delay(Failures { count, last }, now).map(|delay| delay.as_secs());
        let delays: Vec<_> = (4..14).map(|count| delay(count, last)).collect();
        assert_eq!(delays, [None, Some(1), Some(2), Some(4), Some(8), Some(16), Some(32), Some(60), Some(60), Some(60)]);
        assert_eq!(delay(u32::MAX, last), Some(60));
        assert_eq!(delay(8, last + SignedDuration::from_secs(7)), Some(1));
        assert_eq!(delay(8, last + SignedDuration::from_secs(8)), None);
    }

    #[test]
    fn counters_are_of_a_client_in_a_network() {
        let (a, b): (ClientId, ClientId) = ("client-a".parse().unwrap(), "client-b".parse().unwrap());
        let at = |client, address: &str| Counter::of_client(client, address.parse().ok());
        assert_ne!(at(&a, "192.0.2.1"), at(&b, "192.0.2.1"));
        assert_ne!(at(&a, "192.0.2.1"), at(&a, "192.0.2.2"));
        assert_eq!(at(&a, "2001:db8::1"), at(&a, "2001:db8::2"));
        assert_ne!(at(&a, "2001:db8::1"), at(&a, "2001:db8:0:1::1"));
        assert_ne!(Counter::of_network(None), Counter::of_network("192.0.2.1".parse().ok()));
    }
}
