//! When signers are reminded. The plan follows from the time that there is; a longer time makes a new plan.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// At this hour the night begins, for text messages as well as e-mails that remind.
const NIGHT_FROM: i8 = 22;
/// And at this one it ends.
const NIGHT_UNTIL: i8 = 8;

/// One reminder that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// When.
    pub at: Timestamp,
    /// Of what kind.
    pub kind: ReminderKind,
}

/// Whom a reminder is for, and how it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReminderKind {
    /// Signers who have not decided, by e-mail.
    Signers,
    /// The same, by text message, shortly before the end.
    SignersBySms,
    /// The creator, who may want to extend the time.
    Creator,
}

/// The plan for signing from `now` until `deadline`, earliest first. Times shorter than two days have no reminders.
pub fn plan(now: Timestamp, deadline: Timestamp) -> Vec<Reminder> {
    let days = deadline.duration_since(now).as_hours() / 24;
    let (mail, sms) = match days {
        ..2 => return Vec::new(),
        2..4 => (1, 1),
        4..6 => (2, 1),
        6..10 => (3, 2),
        10.. => (5, 2),
    };
    let before = |days: i64| deadline - SignedDuration::from_hours(24 * days);
    let mut plan = vec![
        Reminder { at: before(mail), kind: ReminderKind::Signers },
        Reminder { at: before(sms), kind: ReminderKind::SignersBySms },
        Reminder { at: before(1), kind: ReminderKind::Creator },
    ];
    plan.sort();
    plan
}

/// When the night ends in which `at` lies, if it lies in one.
pub fn end_of_night(at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let local = at.to_zoned(zone.clone());
    let day = match local.hour() {
        NIGHT_FROM.. => local.date().checked_add(1.day()).ok()?,
        ..NIGHT_UNTIL => local.date(),
        _ => return None,
    };
    Some(day.at(NIGHT_UNTIL, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_follows_from_the_time_there_is() {
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (days, expected) in [
            (1, vec![]),
            (2, vec![1, 1, 1]),
            (3, vec![2, 2, 2]),
            (4, vec![2, 3, 3]),
            (5, vec![3, 4, 4]),
            (6, vec![3, 4, 5]),
            (9, vec![6, 7, 8]),
            (10, vec![5, 8, 9]),
            (30, vec![25, 28, 29]),
        ] {
            let plan = plan(start, start + SignedDuration::from_hours(24 * days));
            let found: Vec<_> = plan.iter().map(|reminder| reminder.at.duration_since(start).as_hours() / 24).collect();
            assert_eq!(found, expected, "{days} days");
            assert!(plan.iter().all(|reminder| reminder.at > start), "{days} days");
        }
    }

    #[test]
    fn nights_are_those_of_the_reader() {
        let zone = |name: &str| TimeZone::get(name).unwrap();
        for (at, name, morning) in [
            ("2026-03-01T12:00:00Z", "Europe/Oslo", None),
            ("2026-03-01T21:00:00Z", "Europe/Oslo", Some("2026-03-02T07:00:00Z")),
            ("2026-03-01T20:59:59Z", "Europe/Oslo", None),
            ("2026-03-01T06:59:59Z", "Europe/Oslo", Some("2026-03-01T07:00:00Z")),
            ("2026-03-01T07:00:00Z", "Europe/Oslo", None),
            ("2026-03-01T12:00:00Z", "America/Los_Angeles", Some("2026-03-01T16:00:00Z")),
            // The night in which clocks go forward is an hour shorter.
            ("2026-03-28T23:00:00Z", "Europe/Oslo", Some("2026-03-29T06:00:00Z")),
        ] {
            let found = end_of_night(at.parse().unwrap(), &zone(name));
            assert_eq!(found, morning.map(|morning| morning.parse().unwrap()), "{at} {name}");
        }
    }
}
