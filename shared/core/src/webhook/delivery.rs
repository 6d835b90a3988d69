//! Deliveries: one message on its way to one endpoint, and the log of its tries.

use jiff::{SignedDuration, Timestamp};

use crate::id::OrganizationId;
use crate::task::{TaskStatus, WAKE_AGAIN_AFTER};
use crate::webhook::endpoint::{Endpoint, EndpointId, WhyDisabled};
use crate::webhook::message::{About, Message};

/// How long after a try that failed the next one comes, in seconds (Standard Webhooks, "Deliverability and reliability"): 5 seconds,
/// 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours. The first try is at once.
const SCHEDULE: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How many tries a message gets: the first one, and one after each wait of the schedule, over some three days.
pub const GIVE_UP_AFTER: u32 = 1 + SCHEDULE.len() as u32;

/// The longest wait that a receiver may ask for.
const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How many of its last tries a delivery remembers. Replays add to those of the schedule.
const REMEMBERED: usize = 30;

/// One message on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which.
    pub key: DeliveryKey,
    /// Counts its changes, from 1.
    pub version: u64,
    /// What is delivered.
    pub message: Message,
    /// Whether it is to be tried now, later, arrived, or was given up.
    pub status: TaskStatus,
    /// How many tries failed since it was owed, or replayed.
    pub failures: u32,
    /// When the agenda should look at it next; none when it is over.
    pub due: Option<Timestamp>,
    /// What came of the tries, the newest last.
    pub attempts: Vec<Attempt>,
}

/// The name of a delivery: for each position of the feed an endpoint has one at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// Whose event it is.
    pub organization: OrganizationId,
    /// Where it goes.
    pub endpoint: EndpointId,
    /// The message's place in the feed.
    pub position: u64,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// What came of it.
    pub reception: Reception,
}

/// How a receiver took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// It answered. Only 2xx means that the message arrived; redirects are not followed.
    Answered {
        /// The status code.
        status: u16,
        /// When it wants to be asked again, where it says so (RFC 9110, 10.2.3).
        retry_at: Option<Timestamp>,
    },
    /// It did not answer, or not wholly and in time. The name of the failure is stable.
    NoAnswer(String),
}

impl Reception {
    /// Whether the message arrived.
    pub fn arrived(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=299, .. })
    }

    /// Whether there will never be anybody (RFC 9110, 15.5.11).
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Answered { status: 410, .. })
    }
}

/// Spreads what would come back all at once: a random part of a fifth of each wait is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter(pub [u8; 2]);

impl Jitter {
    fn spread(self, wait: SignedDuration) -> SignedDuration {
        let part = i64::from(u16::from_be_bytes(self.0));
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 65_536);
        wait + SignedDuration::from_millis(millis / 5 * part / 65_536)
    }
}

impl Delivery {
    /// A delivery to be tried now; to an endpoint in trouble, when that is to be tried again.
    pub fn new(endpoint: &Endpoint, message: Message, now: Timestamp) -> Self {
        let key = DeliveryKey { organization: endpoint.organization.clone(), endpoint: endpoint.id, position: message.position };
        let later = endpoint.retry_at.filter(|at| *at > now && endpoint.is_troubled());
        let (status, due) = match later {
            Some(at) => (TaskStatus::Waiting, at),
            None => (TaskStatus::Ready, now + WAKE_AGAIN_AFTER),
        };
        Self { key, version: 1, message, status, failures: 0, due: Some(due), attempts: Vec::new() }
    }

    /// A delivery by which the owner of an endpoint that was switched off is told so by mail: the message about an endpoint that goes to
    /// the endpoint itself, where nothing else is delivered any more.
    pub fn notice(endpoint: &Endpoint, message: Message, now: Timestamp) -> Self {
        Self { status: TaskStatus::Ready, due: Some(now + WAKE_AGAIN_AFTER), ..Self::new(endpoint, message, now) }
    }

    /// Why the endpoint was switched off, where this is the mail that says so ([`Self::notice`]).
    pub fn noticed(&self) -> Option<WhyDisabled> {
        match self.message.about {
            About::Endpoint { endpoint, reason } if endpoint == self.key.endpoint => reason,
            _ => None,
        }
    }

    /// Whether it is still to arrive.
    pub fn is_open(&self) -> bool {
        matches!(self.status, TaskStatus::Ready | TaskStatus::Waiting)
    }

    /// Whether it is to be tried now. One that waits is not, however often an old record of the stream says so.
    pub fn is_ready(&self) -> bool {
        self.status == TaskStatus::Ready
    }

    /// The delivery after a try. One that failed waits, longer each time, and at least as long as the receiver asks for; the last one is
    /// given up.
    #[must_use]
    pub fn attempted(mut self, began: Timestamp, now: Timestamp, reception: Reception, jitter: Jitter) -> Self {
        self.version += 1;
        let arrived = reception.arrived();
        let wanted = match &reception {
            Reception::Answered { retry_at: Some(at), .. } => Some((*at).min(now + MAX_RETRY_AFTER)),
            _ => None,
        };
        self.attempts.push(Attempt { at: began, reception });
        if self.attempts.len() > REMEMBERED {
            self.attempts.remove(0);
        }
        if arrived {
            (self.status, self.due) = (TaskStatus::Done, None);
            return self;
        }
        let wait = usize::try_from(self.failures).ok().and_then(|step| SCHEDULE.get(step).copied());
        self.failures = self.failures.saturating_add(1);
        match wait {
            Some(seconds) => {
                let scheduled = now + jitter.spread(SignedDuration::from_secs(seconds));
                (self.status, self.due) = (TaskStatus::Waiting, Some(wanted.map_or(scheduled, |wanted| wanted.max(scheduled))));
            }
            None => (self.status, self.due) = (TaskStatus::Dead, None),
        }
        self
    }

    /// The delivery when others are tried first. That is no failure.
    #[must_use]
    pub fn put_off_until(mut self, at: Timestamp, jitter: Jitter) -> Self {
        self.version += 1;
        (self.status, self.due) = (TaskStatus::Waiting, Some(at + jitter.spread(SignedDuration::from_mins(1))));
        self
    }

    /// The delivery when there is nobody to take it any more.
    #[must_use]
    pub fn given_up(mut self) -> Self {
        self.version += 1;
        (self.status, self.due) = (TaskStatus::Dead, None);
        self
    }

    /// The delivery as it is handed to its consumer again: by the agenda, or because somebody wants it replayed from the beginning.
    #[must_use]
    pub fn woken(mut self, now: Timestamp) -> Self {
        self.version += 1;
        (self.status, self.due) = (TaskStatus::Ready, Some(now + WAKE_AGAIN_AFTER));
        self
    }

    /// The delivery as if it had never been tried, but for what it remembers.
    #[must_use]
    pub fn replayed(self, now: Timestamp) -> Self {
        Self { failures: 0, ..self.woken(now) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::webhook::{EndpointUrl, Topic};

    const ANSWERED_500: Reception = Reception::Answered { status: 500, retry_at: None };

    fn endpoint() -> Endpoint {
        Endpoint {
            id: EndpointId::new(Timestamp::UNIX_EPOCH, [1; 10]),
            version: 1,
            organization: "DK01234567".parse().unwrap(),
            client: "client-a".parse().unwrap(),
            url: EndpointUrl::parse("https://example.org/hooks").unwrap(),
            topics: BTreeSet::new(),
            created_at: Timestamp::UNIX_EPOCH,
            secret_generation: 1,
            previous_secret_until: None,
            last_request: None,
            failures: 0,
            failing_since: None,
            retry_at: None,
            disabled: None,
        }
    }

    fn delivery() -> Delivery {
        let endpoint = endpoint();
        let about = About::Endpoint { endpoint: endpoint.id, reason: None };
        let message = Message { position: 1, topic: Topic::WebhookTest, at: Timestamp::UNIX_EPOCH, about };
        Delivery::new(&endpoint, message, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn tries_follow_the_schedule_and_end() {
        let mut now = Timestamp::UNIX_EPOCH;
        let (mut plain, mut waits) = (delivery(), Vec::new());
        while plain.is_open() {
            plain = plain.attempted(now, now, ANSWERED_500, Jitter([0, 0]));
            if let Some(due) = plain.due {
                waits.push(due.duration_since(now).as_secs());
                now = due;
            }
        }
        assert_eq!(waits, SCHEDULE);
        assert_eq!((plain.status, plain.failures), (TaskStatus::Dead, GIVE_UP_AFTER));
        assert_eq!(plain.attempts.len(), GIVE_UP_AFTER as usize);
        let replayed = plain.replayed(now);
        assert_eq!((replayed.status, replayed.failures), (TaskStatus::Ready, 0));
    }

    #[test]
    fn jitter_adds_a_fifth_at_most() {
        let wait = |jitter| delivery().attempted(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, ANSWERED_500, Jitter(jitter)).due.unwrap();
        assert_eq!(wait([0, 0]).as_millisecond(), 5000);
        assert_eq!(wait([128, 0]).as_millisecond(), 5500);
        assert!((5900..6000).contains(&wait([255, 255]).as_millisecond()));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_and_not_for_a_shorter_one() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let due = |wanted| {
            let answer = Reception::Answered { status: 503, retry_at: Some(at(wanted)) };
            delivery().attempted(at(0), at(0), answer, Jitter([0, 0])).due.unwrap().as_second()
        };
        assert_eq!([due(1), due(120), due(1_000_000)], [5, 120, 86_400]);
    }

    #[test]
    fn only_2xx_is_an_arrival() {
        for (status, arrived) in
            [(200, true), (204, true), (299, true), (199, false), (301, false), (307, false), (404, false), (410, false)]
        {
            let after = delivery().attempted(
                Timestamp::UNIX_EPOCH,
                Timestamp::UNIX_EPOCH,
                Reception::Answered { status, retry_at: None },
                Jitter([0, 0]),
            );
            assert_eq!(after.status == TaskStatus::Done, arrived, "{status}");
        }
    }

    #[test]
    fn an_endpoint_is_switched_off_when_it_is_gone_or_failed_for_three_days() {
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(endpoint().failed(start, true).disabled.map(|disabled| disabled.why), Some(WhyDisabled::Gone));
        let day_later = endpoint().failed(start, false).failed(start + SignedDuration::from_hours(24), false);
        assert_eq!((day_later.disabled, day_later.failures), (None, 2));
        let later = day_later.failed(start + SignedDuration::from_hours(72), false);
        assert_eq!(later.disabled.map(|disabled| disabled.why), Some(WhyDisabled::Failing));
        let healed = day_later.succeeded().expect("news").failed(start + SignedDuration::from_hours(72), false);
        assert_eq!(healed.disabled, None);
        assert_eq!(endpoint().succeeded(), None);
    }

    #[test]
    fn an_endpoint_in_trouble_is_tried_by_one_delivery_at_a_time() {
        let start = Timestamp::UNIX_EPOCH;
        let mut troubled = endpoint();
        let mut waits = Vec::new();
        for _ in 0..10 {
            troubled = troubled.failed(start, false);
            if troubled.is_troubled() {
                let probed = troubled.clone().probed(start);
                waits.push(probed.retry_at.unwrap().duration_since(start).as_secs() / 60);
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        let probed = troubled.probed(start);
        let message = delivery().message;
        assert_eq!(Delivery::new(&probed, message, start).status, TaskStatus::Waiting);
    }
}
