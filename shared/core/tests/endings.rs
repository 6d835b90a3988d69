//! How an order ends, who is told of it, and what is removed from it later.

use jiff::SignedDuration;
use segl_core::ceremony::Authentication;
use segl_core::clerk::KnownClerk;
use segl_core::commitment::Salt;
use segl_core::document::{DocumentState, Hindrance, Level, SealedDocument};
use segl_core::event::{Actor, What};
use segl_core::extension::Extended;
use segl_core::id::{DocumentIndex, Sha256, SignerIndex};
use segl_core::new_order::RECHECK_DOCUMENTS_AFTER;
use segl_core::order::{Dialect, Order, OrderState};
use segl_core::refusal::Refusal;
use segl_core::signer::{Party, Person, SignerStatus};
use segl_core::task::{Task, TaskKind};
use segl_core::transition::{Change, Command, PeopleCommand};
use segl_testkit::fake::{Fake, START};
use segl_testkit::story::{Draft, Story, clerk, facts, person, refusal, system};

const A: SignerIndex = SignerIndex(0);
const B: SignerIndex = SignerIndex(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn empty() -> Draft {
    Draft::of_anybody(&Fake::new(7), START)
}

/// Two people, the first of whom is enough; a creator and a clerk.
fn full() -> Draft {
    let mut draft = empty().people(2);
    draft.new.groups[0].quorum = Some(1);
    draft.new.creator = Some(person(8));
    draft.new.clerk = Some(clerk("kari"));
    draft
}

fn pending(draft: Draft) -> Story {
    draft.create(&Fake::new(8), START).documents_ready()
}

fn sealing(draft: Draft) -> Order {
    pending(draft).signed_by_all().order().clone()
}

fn accepted(draft: Draft) -> Order {
    pending(draft).signed_by_all().sealed().order().clone()
}

fn apply(order: &Order, command: Command) -> Result<Change, Refusal> {
    order.clone().apply(Actor::Service, START, command)
}

fn then(order: &Order, command: Command) -> Order {
    apply(order, command).expect("a step that the rules allow").order
}

/// The open tasks that a change owes, but for announcements.
fn owed(change: &Change) -> Vec<TaskKind> {
    change.tasks.iter().filter(|task| task.is_open()).map(|task| task.kind).filter(|kind| !matches!(kind, TaskKind::Announce(_))).collect()
}

fn whats(change: &Change) -> Vec<&What> {
    change.events.iter().map(|event| &event.what).collect()
}

fn seal_task(order: &Order) -> Task {
    Task::new(order.id, TaskKind::Seal, START)
}

fn seals_of(order: &Order) -> Vec<SealedDocument> {
    let OrderState::Accepted { sealed, .. } = &order.state else { panic!("{}", order.state.name()) };
    sealed.clone()
}

fn anonymise(signers: &[SignerIndex], creator: bool, clerks: &[Sha256]) -> Command {
    Command::Anonymise { signers: signers.to_vec(), creator, clerks: clerks.to_vec() }
}

#[test]
fn those_who_should_know_are_told_of_the_end() {
    use TaskKind::{TellCreator, TellRegister, TellSigner};
    let created_by = |creator: Person| {
        let mut draft = empty().systems(1);
        draft.new.creator = Some(creator);
        draft
    };
    let unreachable = Person { email: None, mobile: None, authentication: Authentication::None, ..person(3) };
    let mut register = empty().systems(1);
    register.new.dialect = Dialect::Zgw;
    let plain = Person { authentication: Authentication::None, ..person(1) };
    let parties = [Party::Person(plain), Party::Person(unreachable.clone()), system("DK01234567"), Party::Person(person(2))];
    let mut untold = empty().group(parties);
    untold.new.groups[0].quorum = Some(3);
    let mut told = untold.clone();
    told.new.options.tell_signers = true;
    for (what, draft, cancelled, accepted) in [
        ("nobody", empty().systems(1), vec![], vec![]),
        ("the creator", created_by(person(8)), vec![TellCreator], vec![TellCreator]),
        ("a creator whom nothing reaches", created_by(unreachable), vec![], vec![]),
        ("a register", register, vec![TellRegister], vec![TellRegister]),
        ("people who signed and can be reached", told, vec![], vec![TellSigner(A)]),
        ("signers who are not to be told", untold, vec![], vec![]),
    ] {
        let change = apply(pending(draft.clone()).order(), Command::Cancel { reason: None }).expect(what);
        assert_eq!(owed(&change), cancelled, "{what}");
        let change = pending(draft).signed_by_all().sealed().changes.pop().expect("a change");
        assert_eq!(owed(&change), accepted, "{what}");
        let at = change.order.state.ended_at().expect("has ended");
        assert_eq!(change.order.tidy_at, Some(at + DAY), "{what}: what was left behind is removed a day later");
    }
}

#[test]
fn nobody_can_sign_what_has_ended() {
    let mut draft = empty().systems(2).systems(1);
    draft.new.groups[0].quorum = Some(1);
    let one_declined = pending(draft).declined_by(A).order().clone();
    let cancelled = then(&one_declined, Command::Cancel { reason: None });
    let needed: Vec<_> = cancelled.signers.iter().map(|signer| signer.status == SignerStatus::NotNeeded).collect();
    assert_eq!(needed, [false, true, true], "who decided before did so");
    for command in [Command::Cancel { reason: None }, Command::Expire, Command::Hindered(hindrance())] {
        assert_eq!(apply(&cancelled, command.clone()), Err(Refusal::Closed("cancelled")), "{command:?}");
    }
}

fn hindrance() -> Hindrance {
    Hindrance { code: "certificate-expired".into(), text: "Renew the certificate.".into() }
}

#[test]
fn a_seal_is_one_of_each_document() {
    let order = sealing(empty().documents(2).systems(1));
    let whole = seals_of(&accepted(empty().documents(2).systems(1)));
    let seal = |sealed: &[SealedDocument]| Command::Sealed { sealed: sealed.to_vec(), task: seal_task(&order) };
    let swapped: Vec<_> = whole.iter().rev().cloned().collect();
    let twice = [whole[0].clone(), whole[0].clone()];
    let more = [&whole[..], &whole[..1]].concat();
    for (what, sealed) in [("none", &[][..]), ("one", &whole[..1]), ("swapped", &swapped), ("one twice", &twice), ("three", &more)] {
        assert_eq!(apply(&order, seal(sealed)), Err(Refusal::NoSuchDocument), "{what}");
    }
    let change = apply(&order, seal(&whole)).expect("is whole");
    assert_eq!(change.done, [seal_task(&order).done()]);
    let pending = pending(empty().documents(2).systems(1)).order().clone();
    for command in [seal(&whole), Command::Hindered(hindrance()), Command::CannotSeal { refusal: refusal(), task: seal_task(&order) }] {
        assert_eq!(apply(&pending, command.clone()), Err(Refusal::Closed("pending")), "{command:?}");
    }
}

#[test]
fn what_hinders_the_seal_is_told_to_who_looks() {
    let order = sealing(empty().systems(1));
    let change = apply(&order, Command::Hindered(hindrance())).expect("is being sealed");
    assert_eq!(change.order.hindrance(), Some(&hindrance()));
    assert_eq!((change.events, change.tasks, change.done), (vec![], vec![], vec![]));
    let change = apply(&order, Command::CannotSeal { refusal: refusal(), task: seal_task(&order) }).expect("is being sealed");
    assert_eq!((change.order.state.name(), change.done), ("failed", vec![seal_task(&order).done()]));
}

#[test]
fn a_task_of_extension_is_over_when_there_is_nothing_left_to_do() {
    let mut wanted = empty().documents(1).systems(1);
    wanted.new.options.seal.level = Level::BLta;
    let short = accepted(wanted);
    let before = seals_of(&short);
    assert_eq!(before[0].level, Level::BB, "less than was asked for");
    let one = |level: Level, lapses: bool| {
        let lapses_at = lapses.then_some(START + DAY * 400);
        let sealed =
            SealedDocument { attempt: "2222222222".parse().unwrap(), size: before[0].size + 1, level, lapses_at, ..before[0].clone() };
        vec![Extended { from: before[0].attempt.clone(), sealed }]
    };
    let task = |kind| Task::new(short.id, kind, START);
    for (what, kind, level, lapses, done, opened, closed) in [
        ("raised, but not enough", TaskKind::Upgrade, Level::BT, true, vec![], vec![], vec![]),
        ("raised", TaskKind::Upgrade, Level::BLta, true, vec![TaskKind::Upgrade], vec![TaskKind::Renew], vec![]),
        ("raised for good", TaskKind::Upgrade, Level::BLta, false, vec![TaskKind::Upgrade], vec![], vec![]),
        ("raised by a renewal", TaskKind::Renew, Level::BLta, true, vec![], vec![TaskKind::Renew], vec![TaskKind::Upgrade]),
        ("raised by the last renewal", TaskKind::Renew, Level::BLta, false, vec![TaskKind::Renew], vec![], vec![TaskKind::Upgrade]),
        ("renewed, and still short", TaskKind::Renew, Level::BT, true, vec![TaskKind::Renew], vec![], vec![]),
    ] {
        let change = apply(&short, Command::Extended { extended: one(level, lapses), task: task(kind) }).expect(what);
        let kinds = |tasks: &[Task], open: bool| -> Vec<_> {
            let tasks = tasks.iter().filter(|task| task.is_open() == open).map(|task| task.kind);
            tasks.filter(|kind| !matches!(kind, TaskKind::Announce(_))).collect()
        };
        assert_eq!(kinds(&change.done, false), done, "{what}");
        assert_eq!(kinds(&change.tasks, true), opened, "{what}");
        assert_eq!(kinds(&change.tasks, false), closed, "{what}");
        let renewal = change.tasks.iter().find(|task| task.kind == TaskKind::Renew && task.is_open());
        assert!(renewal.is_none_or(|task| task.due == Some(START + DAY * (400 - 120))), "{what}: months before the time-stamp lapses");
        assert_eq!(change.order.state.ended_at(), short.state.ended_at(), "{what}");
        assert_eq!(change.order.tidy_at, Some(START + DAY), "{what}");
    }
    let erased = then(&short, Command::Erase);
    let late = Command::Extended { extended: one(Level::BLta, true), task: task(TaskKind::Upgrade) };
    assert_eq!(apply(&erased, late), Err(Refusal::Erased));
}

#[test]
fn what_was_left_behind_is_looked_for_as_planned() {
    let order = accepted(empty().systems(1));
    let planned = order.tidy_at.expect("has ended");
    for (what, at, again, next) in [
        ("all of it is gone", planned, false, None),
        ("something may still come to its end", planned, true, Some(START + DAY)),
        ("it was planned anew", planned - DAY, false, Some(planned)),
    ] {
        let change = apply(&order, Command::Tidied { at, again }).expect(what);
        assert_eq!((change.order.tidy_at, change.events), (next, vec![]), "{what}");
    }
}

#[test]
fn what_is_removed_says_nothing_any_more() {
    for (what, order, state, events) in [
        ("while it is signed", pending(full()).order().clone(), "cancelled", vec![What::Cancelled {}, What::Erased {}]),
        ("when it is over", accepted(full()), "accepted", vec![What::Erased {}]),
    ] {
        let change = apply(&order, Command::Erase).expect(what);
        assert_eq!(whats(&change), events.iter().collect::<Vec<_>>(), "{what}");
        assert_eq!(owed(&change), [TaskKind::Purge], "{what}");
        let erased = &change.order;
        assert_eq!((erased.state.name(), erased.erased_at, erased.tidy_at), (state, Some(START), None), "{what}");
        assert_eq!((&erased.creator, erased.clerks.len(), erased.title.as_str()), (&None, 0, "(erased)"), "{what}");
        assert_eq!(erased.documents[0].state, DocumentState::Erased { sha256: Some(facts(DocumentIndex(0)).sha256) }, "{what}");
        for signer in &erased.signers {
            assert_eq!((&signer.party, &signer.salt), (&Party::Erased, &Salt([0; 32])), "{what}");
            assert!(says_nothing(&signer.status), "{what}: {:?}", signer.status);
        }
        for command in [Command::Erase, Command::Hold, anonymise(&[A], true, &[])] {
            assert_eq!(apply(erased, command.clone()), Err(Refusal::Erased), "{what}: {command:?}");
        }
    }
    assert_eq!(apply(&sealing(full()), Command::Erase), Err(Refusal::BeingSealed));
}

fn says_nothing(status: &SignerStatus) -> bool {
    match status {
        SignerStatus::Signed(signature) => signature.claims.is_empty() && signature.address.is_none() && signature.jws.is_none(),
        SignerStatus::Declined { reason, .. } => reason.is_none(),
        _ => true,
    }
}

#[test]
fn one_person_leaves_and_everything_else_stays() {
    let order = accepted(full());
    let kari = order.clerks[0].commitment();
    let nobody = Sha256([5; 32]);
    for (what, signers, creator, clerks, found, clerks_found) in [
        ("a signer", vec![A], false, vec![], vec![A], vec![]),
        ("the creator", vec![], true, vec![], vec![], vec![]),
        ("a clerk", vec![], false, vec![kari], vec![], vec![kari]),
        ("everybody, and others", vec![A, B, SignerIndex(7)], true, vec![nobody, kari], vec![A, B], vec![kari]),
    ] {
        let change = apply(&order, anonymise(&signers, creator, &clerks)).expect(what);
        let expected = What::Anonymised { signers: found.clone(), creator, clerks: clerks_found.clone() };
        assert_eq!((whats(&change), owed(&change)), (vec![&expected], vec![TaskKind::PurgeCopies]), "{what}");
        let after = &change.order;
        for (index, signer) in order.signers() {
            let now = &after.signers[index.as_usize()];
            match found.contains(&index) {
                true => assert!(now.party == Party::Erased && now.salt == Salt([0; 32]) && says_nothing(&now.status), "{what}"),
                false => assert_eq!(now, signer, "{what}"),
            }
        }
        assert_eq!(after.creator.is_none(), creator, "{what}");
        assert_eq!(after.clerks.iter().map(KnownClerk::commitment).any(|known| known == kari), clerks_found.is_empty(), "{what}");
        let DocumentState::Ready(kept) = &after.documents[0].state else { panic!("{what}") };
        assert_eq!((kept.sha256, kept.preview), (facts(DocumentIndex(0)).sha256, None), "{what}");
        assert_eq!(apply(after, anonymise(&signers, creator, &clerks)), Err(Refusal::Erased), "{what}: whoever was first did it");
    }
    let systems = accepted(empty().systems(1));
    assert_eq!(apply(&systems, anonymise(&[A], true, &[kari])), Err(Refusal::Erased), "nobody of these was in it");
    assert_eq!(apply(pending(full()).order(), anonymise(&[A], false, &[])), Err(Refusal::PersonPending));
}

#[test]
fn a_hold_keeps_everything_until_it_is_released() {
    let order = accepted(full());
    let change = apply(&order, Command::Hold).expect("is there");
    assert_eq!((whats(&change), change.order.held_since), (vec![&What::Held {}], Some(START)));
    let held = change.order;
    for command in [Command::Erase, anonymise(&[A], false, &[])] {
        assert_eq!(apply(&held, command.clone()), Err(Refusal::Held(START)), "{command:?}");
    }
    let later = START + DAY;
    let again = held.clone().apply(Actor::Service, later, Command::Hold).expect("is there");
    assert_eq!((again.events, again.order.held_since), (vec![], Some(START)), "two holds are one");
    let released = apply(&held, Command::ReleaseHold).expect("is held");
    assert_eq!((whats(&released), released.order.held_since), (vec![&What::HoldReleased {}], None));
    assert_eq!(apply(&released.order, Command::ReleaseHold).expect("is there").events, [], "nothing is held any more");
}

#[test]
fn an_order_is_due_for_what_comes_next_and_for_nothing_once_it_is_held_or_removed() {
    let draft = || {
        let mut draft = full();
        draft.new.retention = Some(DAY * 90);
        draft
    };
    let drafting = draft().create(&Fake::new(8), START).order().clone();
    let pending = pending(draft()).order().clone();
    let over = accepted(draft());
    let (ended, planned) = (over.state.ended_at().expect("has ended"), over.tidy_at.expect("has ended"));
    let tidied = then(&over, Command::Tidied { at: planned, again: false });
    let mut unplanned = pending.clone();
    while !unplanned.reminders.is_empty() {
        let at = unplanned.reminders[0].at;
        let remind = Command::People(PeopleCommand::RemindAsPlanned);
        unplanned = unplanned.apply(Actor::Service, at, remind).expect("is due").order;
    }
    let mut late = draft();
    late.new.deadline = START + SignedDuration::from_mins(1);
    let late = late.create(&Fake::new(8), START).order().clone();
    for (what, order, due) in [
        ("missing documents", &drafting, Some(START + RECHECK_DOCUMENTS_AFTER)),
        ("its deadline, which comes before", &late, Some(late.deadline)),
        ("a reminder", &pending, Some(pending.reminders[0].at)),
        ("its deadline, when all are reminded", &unplanned, Some(pending.deadline)),
        ("a seal, which is a task", &sealing(draft()), None),
        ("what was left behind", &over, Some(planned)),
        ("the end of retention", &tidied, Some(ended + DAY * 90)),
        ("nothing while it is held", &then(&over, Command::Hold), None),
        ("nothing when it is removed", &then(&over, Command::Erase), None),
    ] {
        assert_eq!(order.next_due(), due, "{what}");
    }
}
