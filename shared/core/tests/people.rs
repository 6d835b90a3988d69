//! What happens while people sign, beside signing itself: codes, reading, reminders, more time, corrections.

use jiff::{SignedDuration, Timestamp};
use segl_core::ceremony::{Access, Authentication, CODE_VALID, CODES_WINDOW, Channel, CodesSent, MAX_CODES, MAX_WRONG_CODES, RESEND_AFTER};
use segl_core::event::{Actor, What};
use segl_core::id::{DocumentIndex, Sha256, SignerIndex};
use segl_core::order::Order;
use segl_core::refusal::Refusal;
use segl_core::reminder::ReminderKind;
use segl_core::signer::{Act, Email, Method, Mobile, Party, Person};
use segl_core::task::TaskKind;
use segl_core::transition::{Change, Command, PeopleCommand};
use segl_testkit::fake::{Fake, START};
use segl_testkit::story::{Draft, Story, act, person, system};

const A: SignerIndex = SignerIndex(0);
const B: SignerIndex = SignerIndex(1);
const NOBODY: SignerIndex = SignerIndex(9);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

const RIGHT: Sha256 = Sha256([7; 32]);
const WRONG: Sha256 = Sha256([8; 32]);

/// An order about to be created, without signers.
fn empty() -> Draft {
    Draft::of_anybody(&Fake::new(7), START)
}

/// With so many people, each of whom must bring a code by text message.
fn draft(people: usize) -> Draft {
    empty().people(people)
}

fn drafting(draft: Draft) -> Story {
    draft.create(&Fake::new(8), START)
}

fn pending(draft: Draft) -> Order {
    drafting(draft).documents_ready().order().clone()
}

fn apply(order: &Order, now: Timestamp, command: PeopleCommand) -> Result<Change, Refusal> {
    order.clone().apply(Actor::Service, now, Command::People(command))
}

/// Lets something happen that is allowed. Answers the order and what the audit trail gained.
fn then(order: &Order, now: Timestamp, command: PeopleCommand) -> (Order, Vec<What>) {
    let change = apply(order, now, command).expect("a step that the rules allow");
    (change.order, change.events.into_iter().map(|event| event.what).collect())
}

fn send_code(signer: SignerIndex) -> PeopleCommand {
    PeopleCommand::SendCode { signer, hash: RIGHT }
}

fn enter(signer: SignerIndex, hash: Sha256) -> PeopleCommand {
    PeopleCommand::EnterCode { signer, hash }
}

fn correct(signer: SignerIndex, person: Person) -> PeopleCommand {
    PeopleCommand::Correct { signer, person: Box::new(person) }
}

fn refuse_log_in(signer: SignerIndex) -> PeopleCommand {
    PeopleCommand::RefuseLogIn { signer, provider: "eid".to_owned() }
}

/// Too many wrong codes were entered for the first signer.
fn blocked(order: &Order) -> Order {
    let (mut order, _) = then(order, START, send_code(A));
    for _ in 0..MAX_WRONG_CODES {
        (order, _) = then(&order, START, enter(A, WRONG));
    }
    order
}

fn email_only(name: &str) -> Person {
    Person { email: Email::parse(name).ok(), ..Person::default() }
}

fn mobile_only(number: &str) -> Person {
    Person { mobile: Mobile::parse(number).ok(), ..Person::default() }
}

/// Nobody can write to this person.
fn number_only() -> Person {
    Person { email: None, mobile: None, authentication: Authentication::Eid, ..person(3) }
}

/// The open tasks that a change owes, but for announcements.
fn owed(change: &Change) -> Vec<TaskKind> {
    change.tasks.iter().map(|task| task.kind).filter(|kind| !matches!(kind, TaskKind::Announce(_))).collect()
}

#[test]
fn codes_are_sent_slowly_and_a_few_times_an_hour() {
    let mut order = pending(draft(1));
    let at = |seconds: i64| START + SignedDuration::from_secs(seconds);
    let window = CODES_WINDOW.as_secs();
    let resend = RESEND_AFTER.as_secs();
    for (seconds, count, sooner) in [
        (0, 1, None),
        (resend - 1, 1, Some(resend)),
        (resend, 2, None),
        (2 * resend, 3, None),
        (3 * resend, 4, None),
        (4 * resend, MAX_CODES, None),
        (5 * resend, MAX_CODES, Some(window)),
        (window - 1, MAX_CODES, Some(window)),
        (window, 1, None),
        (window + resend, 2, None),
    ] {
        let sent = apply(&order, at(seconds), send_code(A));
        match sooner {
            Some(next) => assert_eq!(sent, Err(Refusal::TooSoon(at(next))), "{seconds} s"),
            None => {
                let change = sent.expect("a code at this time");
                assert_eq!(change.events[0].what, What::CodeSent { signer: A, channel: Channel::Sms }, "{seconds} s");
                order = change.order;
            }
        }
        let since = at(if seconds < window { 0 } else { window });
        assert_eq!(order.signers[0].access.codes, Some(CodesSent { since, count }), "{seconds} s");
    }
}

#[test]
fn a_code_lets_in_once_and_for_a_while() {
    let (sent, _) = then(&pending(draft(1)), START, send_code(A));
    let lapsed = Err(Refusal::invalid("code", "has lapsed; ask for another"));
    assert_eq!(apply(&pending(draft(1)), START, enter(A, RIGHT)), lapsed, "no code was sent");
    assert_eq!(apply(&sent, START + CODE_VALID, enter(A, RIGHT)), lapsed, "it is too late");
    let (tried, _) = then(&sent, START, enter(A, WRONG));
    let (confirmed, events) = then(&tried, START + CODE_VALID - SECOND, enter(A, RIGHT));
    assert_eq!(events, [What::CodeConfirmed { signer: A }]);
    assert_eq!((&confirmed.signers[0].access.code, confirmed.signers[0].access.wrong), (&None, 0));
    assert_eq!(apply(&confirmed, START, enter(A, RIGHT)), lapsed, "it was used");
}

#[test]
fn who_guesses_is_blocked_until_the_sender_unblocks() {
    let (mut order, _) = then(&pending(draft(2)), START, send_code(A));
    for tries in 1..=MAX_WRONG_CODES {
        let events;
        (order, events) = then(&order, START, enter(A, WRONG));
        let is_last = tries == MAX_WRONG_CODES;
        let expected = [What::CodeWrong { signer: A }, What::Blocked { signer: A }];
        assert_eq!(events, expected[..if is_last { 2 } else { 1 }], "{tries}");
        let access = &order.signers[0].access;
        assert_eq!((access.wrong, access.blocked_at, access.code.is_none()), (tries, is_last.then_some(START), is_last), "{tries}");
    }
    let open = || PeopleCommand::Open { signer: A };
    let read = || PeopleCommand::Read { signer: A, document: DocumentIndex(0) };
    for command in [enter(A, RIGHT), send_code(A), open(), read(), refuse_log_in(A), PeopleCommand::Remind { signer: Some(A) }] {
        assert_eq!(apply(&order, START, command.clone()), Err(Refusal::Blocked(A)), "{command:?}");
    }
    assert!(apply(&order, START, PeopleCommand::Open { signer: B }).is_ok(), "the others go on");
    let (order, events) = then(&order, START, PeopleCommand::Unblock { signer: A });
    assert_eq!(events, [What::Unblocked { signer: A }]);
    assert_eq!((order.signers[0].access.wrong, order.signers[0].access.blocked_at), (0, None));
    let (_, events) = then(&order, START, PeopleCommand::Unblock { signer: A });
    assert_eq!(events, [], "nobody is blocked any more");
}

#[test]
fn codes_are_for_people_who_must_bring_one() {
    let link = Person { authentication: Authentication::None, ..person(1) };
    let order = pending(empty().group([Party::Person(link), system("DK01234567")]));
    for signer in [A, B, NOBODY] {
        for command in [send_code(signer), enter(signer, RIGHT)] {
            assert_eq!(apply(&order, START, command), Err(Refusal::NoSuchSigner), "{signer}");
        }
    }
}

#[test]
fn looking_is_noted_once() {
    let order = pending(draft(1));
    let (open, read) = (PeopleCommand::Open { signer: A }, PeopleCommand::Read { signer: A, document: DocumentIndex(0) });
    for (command, what) in [(open, What::Opened { signer: A }), (read, What::Read { signer: A, document: DocumentIndex(0) })] {
        let (looked, events) = then(&order, START, command.clone());
        assert_eq!(events, [what]);
        let (again, events) = then(&looked, START + SECOND, command);
        assert_eq!((&again.signers, events), (&looked.signers, Vec::new()));
    }
    let missing = PeopleCommand::Read { signer: A, document: DocumentIndex(1) };
    assert_eq!(apply(&order, START, missing), Err(Refusal::NoSuchDocument));
}

#[test]
fn a_log_in_as_somebody_else_is_noted_by_the_service() {
    let change = apply(&pending(draft(1)), START, refuse_log_in(A)).expect("is noted");
    assert_eq!(change.events[0].what, What::LogInRefused { signer: A, provider: "eid".to_owned() });
}

#[test]
fn what_people_do_ends_with_the_order() {
    let pending = pending(draft(1));
    let late = pending.deadline;
    let cancelled = pending.clone().apply(Actor::Service, START, Command::Cancel { reason: None }).expect("is pending").order;
    let erased = cancelled.clone().apply(Actor::Service, START, Command::Erase).expect("has ended").order;
    let later = || PeopleCommand::Extend { deadline: late + DAY };
    let commands = || [refuse_log_in(A), PeopleCommand::Remind { signer: None }, later(), correct(A, person(5))];
    for command in commands() {
        assert!(apply(&pending, late - SECOND, command.clone()).is_ok(), "{command:?}");
        assert_eq!(apply(&pending, late, command.clone()), Err(Refusal::DeadlinePassed(late)), "{command:?}");
        assert_eq!(apply(&cancelled, START, command.clone()), Err(Refusal::Closed("cancelled")), "{command:?}");
    }
    assert!(apply(&cancelled, START, PeopleCommand::Open { signer: A }).is_ok(), "a signer may look at what has ended");
    for command in [PeopleCommand::Open { signer: A }, PeopleCommand::Unblock { signer: A }, send_code(A)] {
        assert_eq!(apply(&erased, START, command.clone()), Err(Refusal::Erased), "{command:?}");
    }
}

#[test]
fn reminders_are_planned_for_whom_they_reach() {
    use ReminderKind::{Creator, Signers, SignersBySms};
    let mut with_creator = draft(1);
    with_creator.new.creator = Some(person(8));
    let mut unreachable_creator = draft(1);
    unreachable_creator.new.creator = Some(number_only());
    let mut direct = draft(1).complete();
    direct.new.groups[0].time = None;
    for (what, draft, kinds) in [
        ("nobody but signers", draft(1), vec![Signers, SignersBySms]),
        ("the creator, too", with_creator, vec![Signers, SignersBySms, Creator]),
        ("a creator without an address", unreachable_creator, vec![Signers, SignersBySms]),
        ("signers whom the sender brings along", direct, vec![Creator]),
    ] {
        let mut planned: Vec<_> = pending(draft).reminders.iter().map(|reminder| reminder.kind).collect();
        planned.sort();
        assert_eq!(planned, kinds, "{what}");
    }
}

#[test]
fn a_planned_reminder_reaches_whom_its_channel_reaches() {
    let mut draft = empty().group([
        Party::Person(email_only("a@example.org")),
        Party::Person(mobile_only("+4670000001")),
        Party::Person(number_only()),
        system("DK01234567"),
        Party::Person(person(4)),
    ]);
    draft.new.groups[0].quorum = Some(1);
    draft.new.creator = Some(person(8));
    let mut order = pending(draft);
    order =
        order.apply(Actor::Service, START, Command::Decline { signer: SignerIndex(4), method: Method::Link, reason: None }).unwrap().order;
    let due: Vec<_> = order.reminders.iter().map(|reminder| (reminder.at, reminder.kind)).collect();
    assert_eq!(due.len(), 3);
    for (at, kind) in due {
        assert_eq!(apply(&order, at - SECOND, PeopleCommand::RemindAsPlanned), Err(Refusal::Closed("not due for a reminder")));
        let change = apply(&order, at, PeopleCommand::RemindAsPlanned).expect("is due");
        let expected = match kind {
            ReminderKind::Signers => TaskKind::Remind(A),
            ReminderKind::SignersBySms => TaskKind::RemindBySms(B),
            ReminderKind::Creator => TaskKind::WarnCreator,
        };
        assert_eq!(owed(&change), [expected], "{kind:?}");
        order = change.order;
    }
    assert_eq!(apply(&order, order.deadline, PeopleCommand::RemindAsPlanned), Err(Refusal::Closed("not due for a reminder")));
}

#[test]
fn the_sender_reminds_all_or_one() {
    let order = pending(draft(2).group([system("DK01234567")]));
    for (only, reminded) in [(None, vec![TaskKind::Remind(A), TaskKind::Remind(B)]), (Some(B), vec![TaskKind::Remind(B)])] {
        let change = apply(&order, START, PeopleCommand::Remind { signer: only }).expect("people are open");
        assert_eq!(change.events[0].what, What::ReminderRequested { signer: only });
        assert_eq!(owed(&change), reminded);
    }
    assert_eq!(apply(&order, START, PeopleCommand::Remind { signer: Some(SignerIndex(2)) }), Err(Refusal::NotYourTurn));
}

#[test]
fn more_time_is_for_the_group_whose_turn_it_is() {
    let mut timed = draft(1);
    timed.new.groups[0].time = Some(DAY * 3);
    let (order, timed) = (pending(draft(1)), pending(timed));
    let opened = timed.signing_deadline() - DAY * 3;
    for (what, order, deadline, stored, signed_by) in [
        ("the order's deadline moves", &order, order.deadline + DAY, order.deadline + DAY, order.deadline + DAY),
        ("only the group's does", &timed, opened + DAY * 4, timed.deadline, opened + DAY * 4),
        ("both move", &timed, timed.deadline + DAY, timed.deadline + DAY, timed.deadline + DAY),
    ] {
        let same = apply(order, START, PeopleCommand::Extend { deadline: order.signing_deadline() });
        assert_eq!(same, Err(Refusal::invalid("/deadline", "must be later than it is now")), "{what}");
        let (extended, events) = then(order, START, PeopleCommand::Extend { deadline });
        assert_eq!(events, [What::DeadlineExtended { deadline }], "{what}");
        assert_eq!((extended.deadline, extended.signing_deadline()), (stored, signed_by), "{what}");
        assert_ne!(extended.reminders, order.reminders, "{what}: reminders are planned anew");
    }
    let drafting = drafting(draft(1)).order().clone();
    let (extended, _) = then(&drafting, START, PeopleCommand::Extend { deadline: drafting.deadline + DAY });
    assert_eq!(extended.reminders, [], "nobody is reminded before the documents are there");
}

#[test]
fn a_corrected_person_starts_anew_and_is_invited_when_it_is_the_turn() {
    let order = pending(draft(1).people(1));
    let waiting = drafting(draft(1)).order().clone();
    let mut direct = draft(1);
    direct.new.ceremony = draft(1).complete().new.ceremony;
    for (what, order, signer, person, invited) in [
        ("an open signer", &order, A, person(5), vec![TaskKind::Invite(A)]),
        ("one whom nothing reaches", &order, A, number_only(), vec![]),
        ("one whose turn comes later", &order, B, person(5), vec![]),
        ("one who waits for the documents", &waiting, A, person(5), vec![]),
        ("one whom the sender brings along", &pending(direct), A, person(5), vec![]),
        ("one who is blocked", &blocked(&order), A, person(5), vec![TaskKind::Invite(A)]),
    ] {
        let change = apply(order, START, correct(signer, person.clone())).expect(what);
        let corrected = &change.order.signers[signer.as_usize()];
        assert_eq!(corrected.access, Access { generation: 1, ..Access::default() }, "{what}");
        assert_eq!(corrected.party, Party::Person(person), "{what}");
        assert!(matches!(change.events[0].what, What::SignerCorrected { signer: found, .. } if found == signer), "{what}");
        assert_eq!(owed(&change), invited, "{what}");
    }
}

#[test]
fn only_people_who_may_still_sign_are_corrected() {
    let mut draft = draft(2).group([system("DK01234567")]);
    draft.new.groups[0].quorum = Some(1);
    let order = pending(draft);
    let signed = order
        .clone()
        .apply(Actor::Service, START, Command::Sign { signer: A, act: Act { method: Method::SmsCode, ..act(&order) } })
        .expect("may sign")
        .order;
    let decided = Err(Refusal::AlreadyDecided(A));
    let cannot = Err(Refusal::invalid("", "only a person who may still sign can be corrected"));
    let unknown = Err(Refusal::invalid("", "a person needs an address or a number, and one for the code where there is one"));
    let no_mobile = Person { authentication: Authentication::SmsCode, ..email_only("a@example.org") };
    for (what, order, signer, person, refused) in [
        ("who has signed", &signed, A, person(5), decided),
        ("who is not needed any more", &signed, B, person(5), cannot.clone()),
        ("a system", &order, SignerIndex(2), person(5), cannot),
        ("nobody", &order, NOBODY, person(5), Err(Refusal::NoSuchSigner)),
        ("a person without anything", &order, A, Person::default(), unknown.clone()),
        ("a code that cannot be sent", &order, A, no_mobile, unknown),
    ] {
        assert_eq!(apply(order, START, correct(signer, person)), refused, "{what}");
    }
}

#[test]
fn people_find_an_order_by_their_number_when_it_is_about_them() {
    let portal = |number| Person { authentication: Authentication::Eid, ..person(number) };
    let order = pending(empty().group([Party::Person(portal(1)), Party::Person(person(2)), system("DK01234567")]));
    let number = portal(1).national_id.expect("has one");
    let listed = |command| {
        let change = apply(&order, START, command).expect("people are open");
        change.people().into_iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(listed(PeopleCommand::Open { signer: A }), [], "they are listed already");
    assert_eq!(listed(PeopleCommand::Extend { deadline: order.deadline + DAY }), std::slice::from_ref(&number), "for longer");
    assert_eq!(listed(correct(B, portal(5))), [number, portal(5).national_id.expect("has one")], "a new one");
}
