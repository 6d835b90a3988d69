//! What happens while people sign, beside signing itself: codes, reading, reminders, more time, corrections.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Change, Transition};
use crate::ceremony::{Access, CODES_WINDOW, Channel, Code, CodesSent, MAX_CODES, MAX_WRONG_CODES};
use crate::event::{Event, What};
use crate::id::{DocumentIndex, Sha256, SignerIndex};
use crate::order::{OrderState, members};
use crate::refusal::Refusal;
use crate::reminder::{self, Reminder, ReminderKind};
use crate::signer::{NationalId, Party, Person, Signer, SignerStatus};
use crate::task::TaskKind;

/// Something about how people sign.
#[derive(Debug, Clone, PartialEq)]
pub enum PeopleCommand {
    /// A code is about to be sent. The one before it is void from now on.
    SendCode {
        /// To whom.
        signer: SignerIndex,
        /// Its keyed hash.
        hash: Sha256,
    },
    /// A code was entered. Whether it was the right one, [`Access::accepts`] tells of the order before.
    EnterCode {
        /// For whom.
        signer: SignerIndex,
        /// Its keyed hash.
        hash: Sha256,
    },
    /// Somebody logged in to sign for a signer, and was not the signer.
    RefuseLogIn {
        /// For whom.
        signer: SignerIndex,
        /// The id of the provider at which it was.
        provider: String,
    },
    /// A signer looks at the order.
    Open {
        /// Who.
        signer: SignerIndex,
    },
    /// A signer fetches a document.
    Read {
        /// Who.
        signer: SignerIndex,
        /// Which.
        document: DocumentIndex,
    },
    /// The time of the earliest planned reminder has come.
    RemindAsPlanned,
    /// The sender wants those reminded whose turn it is: all, or one.
    Remind {
        /// Who; all where none.
        signer: Option<SignerIndex>,
    },
    /// The sender gives more time.
    Extend {
        /// Until when it can be signed.
        deadline: Timestamp,
    },
    /// The sender lets a blocked signer try again.
    Unblock {
        /// Who.
        signer: SignerIndex,
    },
    /// The sender corrects who a signer is, or how to reach the signer. Links and sessions made before are void.
    Correct {
        /// Which.
        signer: SignerIndex,
        /// Who that is.
        person: Box<Person>,
    },
}

impl Change {
    /// The national identity numbers under which the order is listed from this change on, for people who find it by logging in: those of a
    /// new order or a new signer, and all again where the time until which the list has them moves.
    pub fn people(&self) -> BTreeSet<&NationalId> {
        let lists = |event: &Event| {
            matches!(
                event.what,
                What::Created { .. } | What::SignerAdded { .. } | What::SignerCorrected { .. } | What::DeadlineExtended { .. }
            )
        };
        let signers = self.order.signers.iter().filter(|_| self.events.iter().any(lists));
        fn number(signer: &Signer) -> Option<&NationalId> {
            match &signer.party {
                Party::Person(person) if person.signs_in_portal() => person.national_id.as_ref(),
                _ => None,
            }
        }
        signers.filter_map(number).collect()
    }
}

impl Transition {
    pub(super) fn people(&mut self, command: PeopleCommand) -> Result<(), Refusal> {
        match command {
            PeopleCommand::SendCode { signer, hash } => self.send_code(signer, hash),
            PeopleCommand::EnterCode { signer, hash } => self.enter_code(signer, hash),
            PeopleCommand::RefuseLogIn { signer, provider } => self.refuse_log_in(signer, provider),
            PeopleCommand::Open { signer } => self.open(signer),
            PeopleCommand::Read { signer, document } => self.read(signer, document),
            PeopleCommand::RemindAsPlanned => self.remind_as_planned(),
            PeopleCommand::Remind { signer } => self.remind(signer),
            PeopleCommand::Extend { deadline } => self.extend(deadline),
            PeopleCommand::Unblock { signer } => self.unblock(signer),
            PeopleCommand::Correct { signer, person } => self.correct(signer, *person),
        }
    }

    /// The plan for the group whose turn it is, from now on.
    pub(super) fn plan_reminders(&mut self) {
        let signers = self.order.ceremony.direct.is_none();
        let creator = self.order.creator.as_ref().is_some_and(Person::is_reachable);
        let wanted = |reminder: &Reminder| match reminder.kind {
            ReminderKind::Signers | ReminderKind::SignersBySms => signers,
            ReminderKind::Creator => creator,
        };
        let plan = reminder::plan(self.now, self.order.signing_deadline());
        self.order.reminders = plan.into_iter().filter(wanted).collect();
    }

    fn send_code(&mut self, signer: SignerIndex, hash: Sha256) -> Result<(), Refusal> {
        let now = self.now;
        let (one, channel) = self.must_bring_code(signer)?;
        let next = one.access.next_code_at(now);
        if now < next {
            return Err(Refusal::TooSoon(next));
        }
        let codes = match one.access.codes {
            Some(CodesSent { since, count }) if now < since + CODES_WINDOW => CodesSent { since, count: count.saturating_add(1) },
            _ => CodesSent { since: now, count: 1 },
        };
        debug_assert!(codes.count <= MAX_CODES);
        one.access.codes = Some(codes);
        one.access.code = Some(Code { hash, sent_at: now });
        self.record(What::CodeSent { signer, channel });
        Ok(())
    }

    fn enter_code(&mut self, signer: SignerIndex, hash: Sha256) -> Result<(), Refusal> {
        let now = self.now;
        let (one, _) = self.must_bring_code(signer)?;
        // Only a code that could be right counts as a try.
        if !one.access.code.as_ref().is_some_and(|code| code.is_good(now)) {
            return Err(Refusal::invalid("code", "has lapsed; ask for another"));
        }
        if one.access.accepts(&hash, now) {
            one.access.code = None;
            one.access.wrong = 0;
            self.record(What::CodeConfirmed { signer });
            return Ok(());
        }
        one.access.wrong = one.access.wrong.saturating_add(1);
        let blocked = one.access.wrong >= MAX_WRONG_CODES;
        if blocked {
            one.access.code = None;
            one.access.blocked_at = Some(now);
        }
        self.record(What::CodeWrong { signer });
        if blocked {
            self.record_as_service(What::Blocked { signer });
        }
        Ok(())
    }

    fn refuse_log_in(&mut self, signer: SignerIndex, provider: String) -> Result<(), Refusal> {
        self.can_still_be_signed()?;
        self.let_in(signer)?;
        self.record_as_service(What::LogInRefused { signer, provider });
        Ok(())
    }

    fn open(&mut self, signer: SignerIndex) -> Result<(), Refusal> {
        let now = self.now;
        let one = self.let_in(signer)?;
        if one.access.opened_at.is_none() {
            one.access.opened_at = Some(now);
            self.record(What::Opened { signer });
        }
        Ok(())
    }

    fn read(&mut self, signer: SignerIndex, document: DocumentIndex) -> Result<(), Refusal> {
        if document.as_usize() >= self.order.documents.len() {
            return Err(Refusal::NoSuchDocument);
        }
        if self.let_in(signer)?.access.read.insert(document) {
            self.record(What::Read { signer, document });
        }
        Ok(())
    }

    /// One reminder at a time: a group may have fifty signers, and a transaction a hundred items.
    fn remind_as_planned(&mut self) -> Result<(), Refusal> {
        match self.order.reminders.first() {
            Some(reminder) if reminder.at <= self.now => {
                let kind = self.order.reminders.remove(0).kind;
                match kind {
                    ReminderKind::Signers => self.owe_reminders(|_, person| person.email.is_some(), TaskKind::Remind),
                    ReminderKind::SignersBySms => self.owe_reminders(|_, person| person.mobile.is_some(), TaskKind::RemindBySms),
                    ReminderKind::Creator => self.owe(TaskKind::WarnCreator),
                }
                Ok(())
            }
            _ => Err(Refusal::Closed("not due for a reminder")),
        }
    }

    fn remind(&mut self, only: Option<SignerIndex>) -> Result<(), Refusal> {
        self.can_still_be_signed()?;
        if let Some(signer) = only {
            self.may_decide(signer)?;
        }
        self.record(What::ReminderRequested { signer: only });
        self.owe_reminders(|signer, _| only.is_none_or(|only| only == signer), TaskKind::Remind);
        Ok(())
    }

    fn owe_reminders(&mut self, which: impl Fn(SignerIndex, &Person) -> bool, kind: fn(SignerIndex) -> TaskKind) {
        let open = (0..).map(SignerIndex).zip(&self.order.signers).filter(|(_, signer)| matches!(signer.status, SignerStatus::Open { .. }));
        let reminded: Vec<_> = open
            .filter(|(index, signer)| matches!(&signer.party, Party::Person(person) if person.is_reachable() && which(*index, person)))
            .map(|(index, _)| index)
            .collect();
        for signer in reminded {
            self.owe(kind(signer));
        }
    }

    fn extend(&mut self, deadline: Timestamp) -> Result<(), Refusal> {
        self.can_still_be_signed()?;
        if deadline <= self.order.signing_deadline() {
            return Err(Refusal::invalid("/deadline", "must be later than it is now"));
        }
        if let OrderState::Pending { group } = self.order.state {
            let opened = members(&self.order.signers, group).find_map(|signer| match signer.status {
                SignerStatus::Open { since } => Some(since),
                _ => None,
            });
            // While nobody has been asked there is no group.
            if let Some(group) = self.order.groups.get_mut(group.as_usize()) {
                group.time = group.time.and(opened).map(|opened| deadline.duration_since(opened));
            }
        }
        self.order.deadline = self.order.deadline.max(deadline);
        self.record(What::DeadlineExtended { deadline });
        if matches!(self.order.state, OrderState::Pending { .. }) {
            self.plan_reminders();
        }
        Ok(())
    }

    fn unblock(&mut self, signer: SignerIndex) -> Result<(), Refusal> {
        let one = self.signer(signer)?;
        if one.access.blocked_at.take().is_some() {
            one.access.wrong = 0;
            self.record(What::Unblocked { signer });
        }
        Ok(())
    }

    fn correct(&mut self, signer: SignerIndex, person: Person) -> Result<(), Refusal> {
        self.can_still_be_signed()?;
        let one = self.signer(signer)?;
        match (&one.party, &one.status) {
            (_, SignerStatus::Signed(_) | SignerStatus::Declined { .. }) => return Err(Refusal::AlreadyDecided(signer)),
            (Party::Person(_), SignerStatus::Open { .. } | SignerStatus::Waiting) => {}
            _ => return Err(Refusal::invalid("", "only a person who may still sign can be corrected")),
        }
        if !person.is_identified() || !person.can_authenticate() {
            return Err(Refusal::invalid("", "a person needs an address or a number, and one for the code where there is one"));
        }
        let invites = matches!(one.status, SignerStatus::Open { .. }) && person.is_reachable();
        one.party = Party::Person(person);
        one.access = Access { generation: one.access.generation.saturating_add(1), ..Access::default() };
        let party = one.party.commitment(&one.salt).ok_or(Refusal::Erased)?;
        self.record(What::SignerCorrected { signer, party });
        if invites && self.order.ceremony.direct.is_none() {
            self.owe(TaskKind::Invite(signer));
        }
        Ok(())
    }

    fn can_still_be_signed(&self) -> Result<(), Refusal> {
        match &self.order.state {
            OrderState::Drafting { .. } | OrderState::Pending { .. } if self.now >= self.order.signing_deadline() => {
                Err(Refusal::DeadlinePassed(self.order.signing_deadline()))
            }
            OrderState::Drafting { .. } | OrderState::Pending { .. } => Ok(()),
            state => Err(Refusal::Closed(state.name())),
        }
    }

    fn signer(&mut self, signer: SignerIndex) -> Result<&mut Signer, Refusal> {
        if self.order.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        self.order.signers.get_mut(signer.as_usize()).ok_or(Refusal::NoSuchSigner)
    }

    /// A signer who is not blocked.
    fn let_in(&mut self, signer: SignerIndex) -> Result<&mut Signer, Refusal> {
        let one = self.signer(signer)?;
        if one.access.blocked_at.is_some() { Err(Refusal::Blocked(signer)) } else { Ok(one) }
    }

    /// A signer of whom a code is asked, and how it travels.
    fn must_bring_code(&mut self, signer: SignerIndex) -> Result<(&mut Signer, Channel), Refusal> {
        let one = self.let_in(signer)?;
        let channel = match &one.party {
            Party::Person(person) => person.authentication.channel(),
            Party::System(_) | Party::Erased => None,
        };
        channel.map(|channel| (one, channel)).ok_or(Refusal::NoSuchSigner)
    }
}
