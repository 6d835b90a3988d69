//! Tasks: side effects that are owed. They are the outbox of the one transaction that owed them.
//!
//! A task's id follows from what it does, so that owing or doing it twice is harmless. A new task is `Ready` and wakes its consumer
//! through the table's stream. It has a due time all the same: should the wake-up be lost, the agenda finds it then and wakes the
//! consumer again. The first try and every further one take that same path.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::id::{DocumentIndex, OrderId, SignerIndex};

/// A side effect that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The order that owes it.
    pub order: OrderId,
    /// What is to be done; within an order, also the task's identity.
    pub kind: TaskKind,
    /// Whether it is to be done now, later, or is over.
    pub status: TaskStatus,
    /// How often it was tried and failed.
    pub failures: u32,
    /// When the agenda should look at it next; none when it is over.
    pub due: Option<Timestamp>,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskKind {
    /// Fetch a document from the register in which it lies.
    Fetch(DocumentIndex),
    /// Seal the order's documents.
    Seal,
    /// Raise the seals to the level that the order asks for.
    Upgrade,
    /// Put a new time-stamp over the seals before the newest one lapses.
    Renew,
    /// Tell a signer that the order awaits the signature.
    Invite(SignerIndex),
    /// Remind a signer, by e-mail where there is an address.
    Remind(SignerIndex),
    /// Remind a signer by text message.
    RemindBySms(SignerIndex),
    /// Tell the creator that the time for signing is nearly over.
    WarnCreator,
    /// Tell a signer how the order ended.
    TellSigner(SignerIndex),
    /// Tell the creator how the order ended.
    TellCreator,
    /// Put an event of the order into the organization's feed, and owe its deliveries.
    Announce(u64),
    /// Write the signed documents back to the register that they came from, and tell the case system how signing ended.
    TellRegister,
    /// Remove the order's objects from storage.
    Purge,
    /// Remove the copies that name people and can be made again: page images and evidence.
    PurgeCopies,
    /// Make the file of evidence of the order as it stands.
    Evidence,
}

/// Which function does a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    /// `seal`, woken by the stream.
    Seal,
    /// `notify`, woken by the stream.
    Notify,
    /// `registers`, woken by the stream.
    Registers,
    /// `expire`, by the agenda.
    Expire,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskStatus {
    /// To be done now.
    Ready,
    /// To be tried again when due.
    Waiting,
    /// Done.
    Done,
    /// Given up.
    Dead,
}

/// How long a `Ready` task may stay undone before the agenda wakes its consumer again. Longer than any consumer's time-out.
pub const WAKE_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(5);

impl Task {
    /// A task to be done now.
    pub fn new(order: OrderId, kind: TaskKind, now: Timestamp) -> Self {
        Self { order, kind, status: TaskStatus::Ready, failures: 0, due: Some(now + WAKE_AGAIN_AFTER) }
    }

    /// A task to be done when `due`.
    pub fn later(order: OrderId, kind: TaskKind, due: Timestamp) -> Self {
        Self { order, kind, status: TaskStatus::Waiting, failures: 0, due: Some(due) }
    }

    /// The task after a try that failed for a passing reason: it waits, longer each time. Messages are given up after some three days;
    /// sealing, announcing, registers and removal never are.
    #[must_use]
    pub fn failed(mut self, now: Timestamp) -> Self {
        const GIVE_UP_AFTER: u32 = 16;
        let wait = backoff(self.failures);
        self.failures = self.failures.saturating_add(1);
        if self.kind.is_message() && self.failures >= GIVE_UP_AFTER {
            self.status = TaskStatus::Dead;
            self.due = None;
        } else {
            self.status = TaskStatus::Waiting;
            self.due = Some(now + wait);
        }
        self
    }

    /// How long the task has been owed at least: the waits after each of its failures, and for how long it has been due again.
    pub fn owed_for(&self, now: Timestamp) -> SignedDuration {
        let waits = (0..self.failures).fold(SignedDuration::ZERO, |sum, failures| sum.saturating_add(backoff(failures)));
        let late = self.due.map_or(SignedDuration::ZERO, |due| now.duration_since(due).max(SignedDuration::ZERO));
        waits.saturating_add(late)
    }

    /// The task when it is to be done at a better time. That is no failure.
    #[must_use]
    pub fn put_off_until(mut self, at: Timestamp) -> Self {
        self.status = TaskStatus::Waiting;
        self.due = Some(at);
        self
    }

    /// The task as the agenda hands it to its consumer again.
    #[must_use]
    pub fn woken(mut self, now: Timestamp) -> Self {
        self.status = TaskStatus::Ready;
        self.due = Some(now + WAKE_AGAIN_AFTER);
        self
    }

    /// The task when it is done.
    #[must_use]
    pub fn done(mut self) -> Self {
        self.status = TaskStatus::Done;
        self.due = None;
        self
    }

    /// Whether anything is still to be done.
    pub fn is_open(&self) -> bool {
        matches!(self.status, TaskStatus::Ready | TaskStatus::Waiting)
    }
}

/// How long a task waits after one more failure than so many.
fn backoff(failures: u32) -> SignedDuration {
    const MINUTES: [i64; 6] = [1, 5, 15, 60, 180, 360];
    let step = usize::try_from(failures).unwrap_or(usize::MAX).min(MINUTES.len() - 1);
    SignedDuration::from_mins(MINUTES[step])
}

impl TaskKind {
    /// Which function does it.
    pub fn consumer(self) -> Consumer {
        match self {
            Self::Seal | Self::Upgrade | Self::Renew | Self::Evidence => Consumer::Seal,
            Self::Invite(_)
            | Self::Remind(_)
            | Self::RemindBySms(_)
            | Self::WarnCreator
            | Self::TellSigner(_)
            | Self::TellCreator
            | Self::Announce(_) => Consumer::Notify,
            Self::Fetch(_) | Self::TellRegister => Consumer::Registers,
            Self::Purge | Self::PurgeCopies => Consumer::Expire,
        }
    }

    /// Whether somebody is written to. Other people's mailboxes may fail for ever.
    fn is_message(self) -> bool {
        self.consumer() == Consumer::Notify && !matches!(self, Self::Announce(_))
    }
}

impl Consumer {
    /// The consumer's name, by which the stream's filter selects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Notify => "notify",
            Self::Registers => "registers",
            Self::Expire => "expire",
        }
    }
}

impl TaskStatus {
    /// The status as stored; `ready` is what the stream's filter selects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

/// Not a task or not a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a known kind or status of task")]
pub struct UnknownTask;

impl FromStr for TaskStatus {
    type Err = UnknownTask;

    fn from_str(raw: &str) -> Result<Self, UnknownTask> {
        [Self::Ready, Self::Waiting, Self::Done, Self::Dead].into_iter().find(|status| status.as_str() == raw).ok_or(UnknownTask)
    }
}

/// The task's id within its order, e.g. `seal` or `invite-3`.
impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(document) => write!(f, "fetch-{document}"),
            Self::Seal => f.write_str("seal"),
            Self::Upgrade => f.write_str("upgrade"),
            Self::Renew => f.write_str("renew"),
            Self::Invite(signer) => write!(f, "invite-{signer}"),
            Self::Remind(signer) => write!(f, "remind-{signer}"),
            Self::RemindBySms(signer) => write!(f, "remind-by-sms-{signer}"),
            Self::WarnCreator => f.write_str("warn-creator"),
            Self::TellSigner(signer) => write!(f, "tell-signer-{signer}"),
            Self::TellCreator => f.write_str("tell-creator"),
            Self::Announce(seq) => write!(f, "announce-{seq}"),
            Self::TellRegister => f.write_str("tell-register"),
            Self::Purge => f.write_str("purge"),
            Self::PurgeCopies => f.write_str("purge-copies"),
            Self::Evidence => f.write_str("evidence"),
        }
    }
}

impl FromStr for TaskKind {
    type Err = UnknownTask;

    fn from_str(raw: &str) -> Result<Self, UnknownTask> {
        let signer = |number: &str| number.parse().map(SignerIndex).map_err(|_| UnknownTask);
        match raw {
            "seal" => Ok(Self::Seal),
            "upgrade" => Ok(Self::Upgrade),
            "renew" => Ok(Self::Renew),
            "tell-creator" => Ok(Self::TellCreator),
            "tell-register" => Ok(Self::TellRegister),
            "purge" => Ok(Self::Purge),
            "purge-copies" => Ok(Self::PurgeCopies),
            "evidence" => Ok(Self::Evidence),
            "warn-creator" => Ok(Self::WarnCreator),
            _ => {
                if let Some(number) = raw.strip_prefix("invite-") {
                    signer(number).map(Self::Invite)
                } else if let Some(number) = raw.strip_prefix("remind-by-sms-") {
                    signer(number).map(Self::RemindBySms)
                } else if let Some(number) = raw.strip_prefix("remind-") {
                    signer(number).map(Self::Remind)
                } else if let Some(number) = raw.strip_prefix("tell-signer-") {
                    signer(number).map(Self::TellSigner)
                } else if let Some(seq) = raw.strip_prefix("announce-") {
                    seq.parse().map(Self::Announce).map_err(|_| UnknownTask)
                } else if let Some(number) = raw.strip_prefix("fetch-") {
                    number.parse().map(|number| Self::Fetch(DocumentIndex(number))).map_err(|_| UnknownTask)
                } else {
                    Err(UnknownTask)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(kind: TaskKind) -> Task {
        Task::new(OrderId::new(Timestamp::UNIX_EPOCH, [0; 10]), kind, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn ids_are_read_back() {
        let signer = SignerIndex(12);
        for kind in [
            TaskKind::Fetch(DocumentIndex(3)),
            TaskKind::Seal,
            TaskKind::Upgrade,
            TaskKind::Renew,
            TaskKind::Invite(signer),
            TaskKind::Remind(signer),
            TaskKind::RemindBySms(signer),
            TaskKind::WarnCreator,
            TaskKind::TellSigner(signer),
            TaskKind::TellCreator,
            TaskKind::Announce(7),
            TaskKind::TellRegister,
            TaskKind::Purge,
            TaskKind::PurgeCopies,
            TaskKind::Evidence,
        ] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for bad in ["", "invite-", "invite-x", "invite-70000", "seal-1"] {
            assert_eq!(bad.parse::<TaskKind>(), Err(UnknownTask), "{bad}");
        }
    }

    #[test]
    fn a_task_waits_longer_each_time() {
        let (now, mut seal) = (Timestamp::UNIX_EPOCH, task(TaskKind::Seal));
        for minutes in [1, 5, 15, 60, 180, 360, 360] {
            seal = seal.failed(now);
            assert_eq!((seal.status, seal.due), (TaskStatus::Waiting, Some(now + SignedDuration::from_mins(minutes))));
        }
        assert_eq!(Task { failures: u32::MAX, ..seal }.failed(now).failures, u32::MAX);
    }

    #[test]
    fn a_task_is_owed_since_it_failed_for_the_first_time() {
        let start = Timestamp::UNIX_EPOCH;
        let mut seal = task(TaskKind::Seal).woken(start);
        let mut now = start;
        for _ in 0..10 {
            seal = seal.failed(now);
            now = seal.due.expect("sealing is never given up");
            assert_eq!(seal.owed_for(now), now.duration_since(start));
        }
        assert_eq!(seal.owed_for(now + SignedDuration::from_mins(7)), now.duration_since(start) + SignedDuration::from_mins(7));
        assert_eq!(task(TaskKind::Seal).owed_for(start), SignedDuration::ZERO);
    }

    #[test]
    fn messages_are_given_up_in_the_end_and_sealing_never_is() {
        let mut message = task(TaskKind::TellCreator);
        let mut seal = task(TaskKind::Seal);
        let mut now = Timestamp::UNIX_EPOCH;
        for _ in 0..40 {
            seal = seal.failed(now);
            if message.is_open() {
                message = message.failed(now);
            }
            now = seal.due.expect("sealing is never given up");
        }
        assert_eq!((message.status, message.due), (TaskStatus::Dead, None));
        assert_eq!(seal.status, TaskStatus::Waiting);
    }
}
