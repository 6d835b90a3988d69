//! What holds whatever happens to an order: generated orders meet generated commands.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use segl_core::bundle::Bundle;
use segl_core::ceremony::{Authentication, Ceremony, MAX_WRONG_CODES};
use segl_core::clerk::{Clerk, KnownClerk};
use segl_core::commitment::Salt;
use segl_core::document::{Announced, DocumentFacts, DocumentRefusal, Level, ObjectVersion, Preview, SealedDocument};
use segl_core::event::{Actor, BrokenChain, ChainHead, Event, What, verify_chain};
use segl_core::extension::Extended;
use segl_core::id::{DocumentIndex, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::order::{Dialect, NextAction, Options, Order, OrderState, Roster};
use segl_core::refusal::Refusal;
use segl_core::seal_terms::SealTerms;
use segl_core::signer::{Act, Email, Method, Party, Person, SignerStatus};
use segl_core::task::{Task, TaskKind};
use segl_core::text::{Description, Name, Reason, Title};
use segl_core::transition::{Change, Command, NewSigner, PeopleCommand};
use segl_core::webhook::Topic;

/// A command, told without knowing the order that it will meet.
#[derive(Debug, Clone)]
enum Step {
    DocumentReady(u16),
    DocumentRefused(u16),
    LookedFor,
    Sign(u16, bool),
    Decline(u16),
    Cancel,
    Expire,
    Sealed(u16),
    Extended { level: u16, right: bool, renewal: bool },
    CannotSeal,
    Erase,
    Anonymise(u16, bool),
    Hold,
    ReleaseHold,
    MakeEvidence,
    SendCode(u16),
    EnterCode(u16, bool),
    Open(u16),
    Read(u16, u16),
    RemindAsPlanned,
    Remind(Option<u16>),
    Extend(i64),
    Unblock(u16),
    Correct(u16),
    AddSigner(u16, Option<u16>),
    CloseRoster,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..4u16).prop_map(Step::DocumentReady),
        1 => (0..4u16).prop_map(Step::DocumentRefused),
        1 => Just(Step::LookedFor),
        8 => (0..7u16, prop::bool::weighted(0.9)).prop_map(|(signer, right)| Step::Sign(signer, right)),
        2 => (0..7u16).prop_map(Step::Decline),
        1 => Just(Step::Cancel),
        1 => Just(Step::Expire),
        3 => (0..4u16).prop_map(Step::Sealed),
        4 => (0..4u16, prop::bool::weighted(0.8), any::<bool>())
            .prop_map(|(level, right, renewal)| Step::Extended { level, right, renewal }),
        1 => Just(Step::CannotSeal),
        1 => Just(Step::Erase),
        2 => (0..7u16, any::<bool>()).prop_map(|(signer, creator)| Step::Anonymise(signer, creator)),
        1 => Just(Step::Hold),
        1 => Just(Step::ReleaseHold),
        1 => Just(Step::MakeEvidence),
        3 => (0..7u16).prop_map(Step::SendCode),
        6 => (0..7u16, prop::bool::weighted(0.1)).prop_map(|(signer, right)| Step::EnterCode(signer, right)),
        1 => (0..7u16).prop_map(Step::Open),
        1 => (0..7u16, 0..4u16).prop_map(|(signer, document)| Step::Read(signer, document)),
        2 => Just(Step::RemindAsPlanned),
        1 => prop::option::of(0..7u16).prop_map(Step::Remind),
        1 => (-50..400i64).prop_map(Step::Extend),
        1 => (0..7u16).prop_map(Step::Unblock),
        1 => (0..7u16).prop_map(Step::Correct),
        3 => (0..5u16, prop::option::of(0..4u16)).prop_map(|(who, group)| Step::AddSigner(who, group)),
        2 => Just(Step::CloseRoster),
        2 => (1..40i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..60)
}

fn parties() -> impl Strategy<Value = Vec<NewGroup>> {
    let group = (1..4usize, 0..4u16, prop::option::of(1..200i64)).prop_map(|(size, quorum, hours)| {
        let party = |number: usize| match number {
            0 => system("DK01234567"),
            _ => Party::Person(person(number)),
        };
        let quorum = (1..=u16::try_from(size).unwrap()).contains(&quorum).then_some(quorum);
        NewGroup { quorum, time: hours.map(SignedDuration::from_hours), signers: (0..size).map(party).collect() }
    });
    prop::collection::vec(group, 1..3)
}

/// A person who must bring a code by e-mail, but for the first.
fn person(number: usize) -> Person {
    let authentication = if number == 1 { Authentication::None } else { Authentication::EmailCode };
    Person { email: Email::parse(&format!("person{number}@example.org")).ok(), authentication, ..Person::default() }
}

fn system(organization: &str) -> Party {
    Party::System(organization.parse::<OrganizationId>().unwrap().into())
}

fn start() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

fn create(documents: u16, groups: Vec<NewGroup>, tell_signers: bool, level: Level) -> Change {
    create_with(documents, groups, Roster::Closed, tell_signers, level)
}

/// The same signers, all of whom must sign, and others may come.
fn create_open(documents: u16, mut groups: Vec<NewGroup>, tell_signers: bool, level: Level) -> Change {
    groups.iter_mut().for_each(|group| group.quorum = None);
    create_with(documents, groups, Roster::Open, tell_signers, level)
}

fn create_with(documents: u16, groups: Vec<NewGroup>, roster: Roster, tell_signers: bool, level: Level) -> Change {
    let new = NewOrder {
        dialect: Dialect::Native,
        title: Title::parse("Lease").unwrap(),
        description: Description::parse("").unwrap(),
        creator: Some(Person { email: Email::parse("creator@example.org").ok(), ..Person::default() }),
        clerk: Some(clerk(0)),
        deadline: start() + SignedDuration::from_hours(24 * 7),
        retention: Some(SignedDuration::from_hours(24 * 40)),
        options: Options { tell_signers, seal: SealTerms { level, ..SealTerms::default() }, ..Options::default() },
        ceremony: Ceremony::default(),
        tags: serde_json::json!({"case": 7}),
        documents: (0..documents)
            .map(|_| NewDocument { title: Title::parse("Page").unwrap(), file_name: None, announced: Announced::default() })
            .collect(),
        groups,
        roster,
        ahead: None,
        warnings: Vec::new(),
    };
    let mut salt = 0;
    let salts = || {
        salt += 1;
        Salt([salt; 32])
    };
    new.create(OrderId::new(start(), [1; 10]), "NO984661185".parse().unwrap(), "client-a".parse().unwrap(), start(), salts).unwrap()
}

fn digest(document: u16) -> Sha256 {
    Sha256::of(&document.to_be_bytes())
}

fn method() -> Method {
    Method::Client { client: "client-b".parse().unwrap(), name: "ERP".into() }
}

fn people(command: PeopleCommand) -> Command {
    Command::People(command)
}

fn document_ready(document: u16) -> Command {
    let object = ObjectVersion { version: "v1".into(), etag: "\"e\"".into() };
    let facts = DocumentFacts {
        sha256: digest(document),
        size: 1,
        pages: 1,
        object,
        repaired_from: None,
        findings: Vec::new(),
        preview: Some(Preview { pages: 1, sha256: digest(document + 100) }),
    };
    Command::DocumentReady { document: DocumentIndex(document), facts }
}

/// What an attempt to extend could make of the sealed documents; not right when it extends what another attempt made.
fn extended(order: &Order, level: Level, right: bool, now: Timestamp) -> Vec<Extended> {
    let OrderState::Accepted { sealed, .. } = &order.state else { return Vec::new() };
    let one = |before: &SealedDocument| {
        let from = if right { before.attempt.clone() } else { "ffffffffff".parse().unwrap() };
        let mut sealed = before.clone();
        if level >= before.level {
            sealed.attempt = format!("{:010x}", before.size).parse().unwrap();
            sealed.size += 1;
            sealed.level = level;
            // Now longer, now shorter than the one before.
            let days = [400, 30, 900][usize::try_from(before.size % 3).unwrap()];
            sealed.lapses_at = (level > Level::BB).then(|| now + SignedDuration::from_hours(24 * days));
        }
        Extended { from, sealed }
    };
    sealed.iter().map(one).collect()
}

fn command(step: &Step, order: &Order, now: Timestamp) -> Command {
    let seal = Task::new(order.id, TaskKind::Seal, start());
    let refusal = DocumentRefusal { code: "encrypted".into(), text: "The file is encrypted.".into() };
    match *step {
        Step::DocumentReady(document) => document_ready(document),
        Step::DocumentRefused(document) => Command::DocumentRefused { document: DocumentIndex(document), refusal },
        Step::LookedFor => Command::DocumentsLookedFor,
        Step::Sign(signer, right) => {
            let count = u16::try_from(order.documents.len()).unwrap();
            let digests = (0..count).map(|document| digest(if right { document } else { document + 1 })).collect();
            Command::Sign {
                signer: SignerIndex(signer),
                act: Act { method: method(), claims: [].into(), digests, images: Vec::new(), address: None, jws: None },
            }
        }
        Step::Decline(signer) => Command::Decline { signer: SignerIndex(signer), method: method(), reason: Reason::parse("No.").ok() },
        Step::Cancel => Command::Cancel { reason: None },
        Step::Expire => Command::Expire,
        Step::Extended { level, right, renewal } => Command::Extended {
            extended: extended(order, Level::ALL[usize::from(level)], right, now),
            task: Task::new(order.id, if renewal { TaskKind::Renew } else { TaskKind::Upgrade }, start()),
        },
        Step::Sealed(level) => Command::Sealed {
            sealed: order
                .documents()
                .map(|(document, _)| SealedDocument {
                    document,
                    attempt: "0123456789".parse().unwrap(),
                    object: ObjectVersion { version: "v2".into(), etag: "\"e\"".into() },
                    sha256: digest(99),
                    size: 2,
                    level: Level::ALL[usize::from(level)],
                    shortfall: None,
                    lapses_at: (level > 0).then(|| now + SignedDuration::from_hours(24 * 400)),
                })
                .collect(),
            task: seal,
        },
        Step::CannotSeal => Command::CannotSeal { refusal, task: seal },
        Step::Erase => Command::Erase,
        Step::Anonymise(signer, creator) => {
            let clerks = order.clerks.first().filter(|_| creator).map(KnownClerk::commitment);
            Command::Anonymise { signers: vec![SignerIndex(signer)], creator, clerks: clerks.into_iter().collect() }
        }
        Step::Hold => Command::Hold,
        Step::ReleaseHold => Command::ReleaseHold,
        Step::MakeEvidence => Command::MakeEvidence,
        Step::SendCode(signer) => people(PeopleCommand::SendCode { signer: SignerIndex(signer), hash: digest(7) }),
        Step::EnterCode(signer, right) => {
            people(PeopleCommand::EnterCode { signer: SignerIndex(signer), hash: digest(if right { 7 } else { 8 }) })
        }
        Step::Open(signer) => people(PeopleCommand::Open { signer: SignerIndex(signer) }),
        Step::Read(signer, document) => people(PeopleCommand::Read { signer: SignerIndex(signer), document: DocumentIndex(document) }),
        Step::RemindAsPlanned => people(PeopleCommand::RemindAsPlanned),
        Step::Remind(signer) => people(PeopleCommand::Remind { signer: signer.map(SignerIndex) }),
        Step::Extend(hours) => people(PeopleCommand::Extend { deadline: order.deadline + SignedDuration::from_hours(hours) }),
        Step::Unblock(signer) => people(PeopleCommand::Unblock { signer: SignerIndex(signer) }),
        Step::Correct(signer) => people(PeopleCommand::Correct { signer: SignerIndex(signer), person: Box::new(person(50)) }),
        Step::AddSigner(who, group) => Command::AddSigner(NewSigner {
            party: system(&format!("SE{who:010}")),
            group: group.map(GroupIndex),
            required_claims: [].into(),
            salt: Salt([9; 32]),
        }),
        Step::CloseRoster => Command::CloseRoster,
        Step::Wait(_) => unreachable!("waiting is no command"),
    }
}

fn clerk(number: usize) -> Clerk {
    Clerk { provider: "entra".to_owned(), subject: format!("clerk-{number}"), name: Name::parse("Kari").ok(), email: None }
}

/// Lives through all steps. Answers the order, its events, and the tasks it owed.
fn live(mut change: Change, steps: &[Step]) -> (Order, Vec<Event>, Vec<TaskKind>) {
    let mut now = start();
    let mut events = change.events.clone();
    let mut owed: Vec<TaskKind> = Vec::new();
    let mut open: Vec<TaskKind> = Vec::new();
    for step in steps {
        if let Step::Wait(hours) = step {
            now += SignedDuration::from_hours(*hours);
            continue;
        }
        let before = change.order.clone();
        // Two clerks act by turns, until nobody can be known to the order any more.
        let salt = Salt([u8::try_from(events.len() % 200).unwrap(); 32]);
        let known = before.clone().with_clerk(&before.created_by, &clerk(events.len() % 2), salt);
        let (acted_on, actor) = known.unwrap_or_else(|_| (before.clone(), Actor::Service));
        let outcome = acted_on.apply(actor, now, command(step, &before, now));
        if let (Step::Extended { level, right: true, .. }, OrderState::Accepted { sealed, .. }) = (step, &before.state)
            && before.erased_at.is_none()
            && sealed.iter().any(|one| one.level <= Level::ALL[usize::from(*level)])
        {
            assert!(outcome.is_ok(), "what was extended is taken: {outcome:?}");
        }
        let Ok(next) = outcome else { continue };
        let after = &next.order;
        assert_eq!(next.expected, Some(before.version));
        assert_eq!(after.version, before.version + 1);
        Order::restore((**after).clone()).expect("every state that is reached can be stored and read back");
        if let (OrderState::Accepted { sealed: old, .. }, OrderState::Accepted { sealed: new, .. }) = (&before.state, &after.state) {
            let grown = |(old, new): (&SealedDocument, &SealedDocument)| {
                old == new || (old.size < new.size && old.level <= new.level && old.attempt != new.attempt)
            };
            assert!(old.iter().zip(new).all(grown), "what is sealed only ever grows");
            assert!(old == new || before.erased_at.is_none(), "what is removed is left alone");
        }
        for task in next.tasks.iter().chain(&next.done) {
            open.retain(|kind| *kind != task.kind);
            if task.is_open() {
                open.push(task.kind);
            }
        }
        for event in &next.events {
            let is_owed = next.tasks.iter().any(|task| task.kind == TaskKind::Announce(event.seq) && task.is_open());
            assert_eq!(is_owed, Topic::of(&event.what).is_some(), "what concerns others is announced: {:?}", event.what);
        }
        let identities: Vec<_> = next.tasks.iter().chain(&next.done).map(|task| task.kind).collect();
        assert!(identities.iter().all(|kind| identities.iter().filter(|other| *other == kind).count() == 1), "a task is stored once");
        if let OrderState::Accepted { sealed, .. } = &after.state {
            let short = sealed.iter().any(|one| one.level < after.options.seal.level);
            let archived = sealed.iter().any(|one| one.level == Level::BLta);
            assert_eq!(open.contains(&TaskKind::Upgrade), short && after.erased_at.is_none(), "raising is owed while there is a need");
            assert_eq!(open.contains(&TaskKind::Renew), archived && after.erased_at.is_none(), "renewing is owed while there is a need");
        } else {
            assert!(!open.contains(&TaskKind::Upgrade) && !open.contains(&TaskKind::Renew), "only what is sealed is extended");
        }
        if before.state.ended_at().is_some() {
            assert_eq!(before.state.name(), after.state.name(), "an ended order never changes its outcome");
            assert_eq!(before.state.ended_at(), after.state.ended_at());
        }
        for (one, other) in before.signers.iter().zip(&after.signers) {
            if let (SignerStatus::Signed(one), other) = (&one.status, &other.status) {
                let SignerStatus::Signed(other) = other else { panic!("a signature was lost") };
                assert_eq!((one.at, &one.digests), (other.at, &other.digests));
            }
        }
        events.extend(next.events.clone());
        owed.extend(next.tasks.iter().map(|task| task.kind));
        change = next;
    }
    (change.order, events, owed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn whatever_happens_the_order_is_possible_and_its_chain_verifies(
        documents in 1..4u16, mut groups in parties(), open: bool, known in 0..3usize, tell_signers: bool, level in 0..4usize, steps in steps()
    ) {
        let level = Level::ALL[level];
        let change = if open {
            groups.truncate(known);
            create_open(documents, groups, tell_signers, level)
        } else {
            create(documents, groups, tell_signers, level)
        };
        let first = change.order.signers.len();
        let (order, events, owed) = live(change, &steps);
        prop_assert_eq!(verify_chain(order.id, &events, &order.chain), Ok(()));
        // Evidence of whatever state holds, and survives JSON.
        let bundle = Bundle::new(&order, events.clone());
        prop_assert_eq!(bundle.check(), Ok(()));
        prop_assert_eq!(&serde_json::from_str::<Bundle>(&serde_json::to_string(&bundle).unwrap()).unwrap(), &bundle);
        prop_assert!(order.held_since.is_none() || order.erased_at.is_none(), "what is held is not removed");

        let count = |wanted: fn(&What) -> bool| events.iter().filter(|event| wanted(&event.what)).count();
        let signed = order.signers.iter().filter(|signer| matches!(signer.status, SignerStatus::Signed(_))).count();
        prop_assert_eq!(count(|what| matches!(what, What::Signed { .. })), signed, "one event a signature");
        let ends = count(|what| matches!(
            what,
            What::Accepted {} | What::Rejected {} | What::Cancelled {} | What::Expired {} | What::Failed { .. }
        ));
        prop_assert_eq!(ends, usize::from(order.state.ended_at().is_some()), "an order ends once");
        prop_assert!(owed.iter().filter(|task| **task == TaskKind::Seal).count() <= 1, "sealing is owed once");
        // Between two corrections or unblockings, no more wrong codes are taken than allowed.
        for (signer, _) in order.signers() {
            let mut wrong = 0;
            for event in &events {
                match event.what {
                    What::CodeWrong { signer: one } if one == signer => wrong += 1,
                    What::CodeConfirmed { signer: one } | What::Unblocked { signer: one } | What::SignerCorrected { signer: one, .. }
                        if one == signer =>
                    {
                        wrong = 0;
                    }
                    _ => {}
                }
                prop_assert!(wrong <= MAX_WRONG_CODES, "guessing is bounded");
            }
        }
        let added = count(|what| matches!(what, What::SignerAdded { .. }));
        prop_assert_eq!(first + added, order.signers.len(), "one event a signer");
        prop_assert_eq!(count(|what| matches!(what, What::RosterClosed {})), usize::from(open && order.roster == Roster::Closed));
        prop_assert!(order.roster == Roster::Closed || !owed.contains(&TaskKind::Seal), "nothing is sealed while signers may come");
        prop_assert_eq!(order.everyone_signed().is_some(), matches!(order.state, OrderState::Sealing { .. }));

        // Never stuck: unless it has ended, somebody is named who can move the order, or time will.
        match order.next_action() {
            NextAction::Documents(awaited) => prop_assert!(!awaited.is_empty() && order.next_due().is_some()),
            NextAction::Signatures(open) => prop_assert!(!open.is_empty() && order.next_due().is_some_and(|due| due <= order.deadline)),
            // Reminders may be left of those who signed meanwhile; they find nobody.
            NextAction::Signers => {
                prop_assert!(order.roster == Roster::Open && order.next_due().is_some_and(|due| due <= order.deadline));
            }
            NextAction::Seal => prop_assert!(owed.contains(&TaskKind::Seal)),
            NextAction::Nothing => prop_assert!(order.state.ended_at().is_some()),
        }
        if order.erased_at.is_some() {
            prop_assert!(owed.contains(&TaskKind::Purge));
            let is_person = |party: &Party| matches!(party, Party::Person(_));
            prop_assert!(order.creator.is_none() && !order.signers.iter().any(|signer| is_person(&signer.party)));
        }
    }

    #[test]
    fn whoever_alters_an_event_breaks_the_chain(
        groups in parties(), steps in steps(), victim: prop::sample::Index, kind in 0..6u8
    ) {
        let (order, events, _) = live(create(2, groups, false, Level::BB), &steps);
        let mut forged = events.clone();
        let at = victim.index(forged.len());
        match kind {
            0 => forged[at].at += SignedDuration::from_secs(1),
            1 => forged[at].actor = Actor::Signer { signer: SignerIndex(77) },
            2 => forged[at].what = What::Failed { code: "forged".into() },
            3 => drop(forged.remove(at)),
            4 => forged.insert(at, events[at].clone()),
            // Rewritten with a fresh hash: the next event, or the head, tells.
            _ => {
                forged[at].what = What::Failed { code: "forged".into() };
                forged[at].hash = forged[at].computed_hash();
            }
        }
        prop_assert!(verify_chain(order.id, &forged, &order.chain).is_err());
    }

    #[test]
    fn events_survive_json(groups in parties(), steps in steps()) {
        let (_, events, _) = live(create(2, groups, false, Level::BB), &steps);
        for event in events {
            let json = serde_json::to_string(&event).unwrap();
            prop_assert!(!json.contains("example.org"), "no personal data in the audit trail");
            prop_assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        }
    }
}

#[test]
fn a_whole_life_in_a_table() {
    let two_groups = || {
        vec![
            NewGroup { quorum: Some(1), time: None, signers: vec![system("SE1111111111"), system("SE2222222222")] },
            NewGroup { quorum: None, time: None, signers: vec![system("SE3333333333")] },
        ]
    };
    use Step::{Cancel, Decline, DocumentReady, DocumentRefused, Erase, Expire, Sealed, Sign, Wait};
    let ready = [DocumentReady(0), DocumentReady(1)];
    for (what, steps, state) in [
        ("documents are awaited", vec![DocumentReady(0)], "drafting"),
        ("signing before the documents are there", vec![DocumentReady(1), Sign(0, true)], "drafting"),
        ("everything is there", ready.to_vec(), "pending"),
        ("the second group waits for the first", vec![Sign(2, true)], "pending"),
        ("one of two is enough, then the second group", vec![Sign(1, true), Sign(2, true)], "sealing"),
        ("wrong digests are no signature", vec![Sign(1, false), Sign(2, true)], "pending"),
        ("the other is not needed any more", vec![Sign(1, true), Sign(0, true), Sign(2, true), Sealed(0)], "accepted"),
        ("one may decline where one is enough", vec![Decline(0)], "pending"),
        ("and the other still sign", vec![Decline(0), Sign(1, true), Sign(2, true), Sealed(0)], "accepted"),
        ("both decline", vec![Decline(0), Decline(1)], "rejected"),
        ("who declined cannot sign", vec![Decline(0), Sign(0, true), Decline(1)], "rejected"),
        ("cancelled before the last signature", vec![Sign(0, true), Cancel, Sign(2, true)], "cancelled"),
        ("too late to cancel", vec![Sign(0, true), Sign(2, true), Cancel], "sealing"),
        ("expiry before the deadline is refused", vec![Wait(1), Expire], "pending"),
        ("expiry after the deadline", vec![Wait(24 * 8), Expire], "expired"),
        ("signing after the deadline and before the sweep", vec![Wait(24 * 8), Sign(0, true)], "pending"),
        ("sealing is not cut short by the deadline", vec![Sign(0, true), Sign(2, true), Wait(24 * 8), Expire, Sealed(0)], "accepted"),
        ("removed while pending", vec![Erase], "cancelled"),
        ("not removed while being sealed", vec![Sign(0, true), Sign(2, true), Erase, Sealed(0)], "accepted"),
        ("a late answer of ingest changes nothing", vec![DocumentRefused(0)], "pending"),
    ] {
        let all: Vec<_> = if state == "drafting" { steps } else { ready.iter().cloned().chain(steps).collect() };
        let (order, events, _) = live(create(2, two_groups(), false, Level::BB), &all);
        assert_eq!(order.state.name(), state, "{what}");
        assert_eq!(verify_chain(order.id, &events, &order.chain), Ok(()), "{what}");
    }
}

#[test]
fn signers_are_asked_one_after_the_other() {
    use Step::{AddSigner, Cancel, CloseRoster, Decline, DocumentReady, Expire, Sealed, Sign, Wait};
    let ready = [DocumentReady(0)];
    for (what, steps, state, signers) in [
        ("nobody has been asked", vec![], "pending", 0),
        ("a list of nobody cannot be closed", vec![CloseRoster], "pending", 0),
        ("the only one signs, and another may come", vec![AddSigner(0, None), Sign(0, true)], "pending", 1),
        ("who comes later signs as well", vec![AddSigner(0, None), Sign(0, true), AddSigner(1, None), Sign(1, true)], "pending", 2),
        ("the word that there are no more completes it", vec![AddSigner(0, None), Sign(0, true), CloseRoster], "sealing", 1),
        ("or the last signature after it", vec![AddSigner(0, None), CloseRoster, Sign(0, true), Sealed(0)], "accepted", 1),
        ("nobody comes after that", vec![AddSigner(0, None), CloseRoster, AddSigner(1, None)], "pending", 1),
        ("the second group waits", vec![AddSigner(0, Some(0)), AddSigner(1, Some(1)), Sign(1, true)], "pending", 2),
        ("and its turn comes", vec![AddSigner(0, None), AddSigner(1, Some(1)), CloseRoster, Sign(0, true), Sign(1, true)], "sealing", 2),
        (
            "a group after a complete one opens at once",
            vec![AddSigner(0, None), Sign(0, true), AddSigner(1, Some(1)), Sign(1, true)],
            "pending",
            2,
        ),
        ("a group between which there is nothing", vec![AddSigner(0, Some(1))], "pending", 0),
        ("an earlier group is over", vec![AddSigner(0, None), AddSigner(1, Some(1)), Sign(0, true), AddSigner(2, Some(0))], "pending", 2),
        ("the same system twice", vec![AddSigner(0, None), AddSigner(0, None)], "pending", 1),
        ("the same system in a later group", vec![AddSigner(0, None), AddSigner(0, Some(1))], "pending", 2),
        ("one declines", vec![AddSigner(0, None), AddSigner(1, None), Decline(0)], "rejected", 2),
        ("nobody is added to what has ended", vec![Cancel, AddSigner(0, None)], "cancelled", 0),
        ("nor after the deadline", vec![Wait(24 * 8), AddSigner(0, None), Expire], "expired", 0),
    ] {
        let all: Vec<_> = ready.iter().cloned().chain(steps).collect();
        let (order, events, _) = live(create_open(1, Vec::new(), false, Level::BB), &all);
        assert_eq!((order.state.name(), order.signers.len()), (state, signers), "{what}");
        assert_eq!(verify_chain(order.id, &events, &order.chain), Ok(()), "{what}");
    }
    let asked_before = [AddSigner(0, None), DocumentReady(0), Sign(0, true), CloseRoster];
    let (order, ..) = live(create_open(1, Vec::new(), false, Level::BB), &asked_before);
    assert_eq!(order.state.name(), "sealing", "signers may be asked before the documents are read");
}

#[test]
fn what_the_creator_requires_must_be_claimed() {
    let change = create_open(1, Vec::new(), false, Level::BB);
    let order = change.order.apply(Actor::Service, start(), document_ready(0));
    let required_claims = BTreeMap::from([("rule".to_owned(), "credit-check".to_owned())]);
    let new = NewSigner { party: system("DK01234567"), group: None, required_claims, salt: Salt([9; 32]) };
    let order = order.unwrap().order.apply(Actor::Service, start(), Command::AddSigner(new)).unwrap().order;
    let sign = |claims: BTreeMap<String, String>| {
        let act = Act { method: method(), claims, digests: vec![digest(0)], images: Vec::new(), address: None, jws: None };
        order.clone().apply(Actor::Service, start(), Command::Sign { signer: SignerIndex(0), act })
    };
    let claim = |value: &str| BTreeMap::from([("rule".to_owned(), value.to_owned()), ("case".to_owned(), "7".to_owned())]);
    for missing in [BTreeMap::new(), claim("none")] {
        assert!(matches!(sign(missing), Err(Refusal::Invalid { field, .. }) if field == "/claims"));
    }
    assert!(sign(claim("credit-check")).is_ok());
}

#[test]
fn broken_chains_say_where() {
    let mut head = ChainHead::EMPTY;
    let id = OrderId::new(start(), [1; 10]);
    let events: Vec<_> = (0..3).map(|_| head.append(id, start(), Actor::Service, What::Erased {})).collect();
    let other = OrderId::new(start(), [2; 10]);
    assert_eq!(verify_chain(id, &events, &head), Ok(()));
    assert_eq!(verify_chain(id, &events[..2], &head), Err(BrokenChain::WrongHead));
    assert_eq!(verify_chain(id, &events[1..], &head), Err(BrokenChain::Gap { expected: 1, found: 2 }));
    assert_eq!(verify_chain(other, &events, &head), Err(BrokenChain::Altered(1)));
}

#[test]
fn what_a_new_order_may_not_be() {
    let good = || NewOrder {
        dialect: Dialect::Native,
        title: Title::parse("Lease").unwrap(),
        description: Description::parse("").unwrap(),
        creator: None,
        clerk: None,
        deadline: start() + SignedDuration::from_hours(1),
        retention: None,
        options: Options::default(),
        ceremony: Ceremony::default(),
        tags: serde_json::Value::Null,
        documents: vec![NewDocument { title: Title::parse("Page").unwrap(), file_name: None, announced: Announced::default() }],
        groups: vec![NewGroup { quorum: None, time: None, signers: vec![system("DK01234567")] }],
        roster: Roster::Closed,
        ahead: None,
        warnings: Vec::new(),
    };
    let group = |quorum, signers| vec![NewGroup { quorum, time: None, signers }];
    let table: Vec<(&str, NewOrder)> = vec![
        ("/deadline", NewOrder { deadline: start(), ..good() }),
        ("/documents", NewOrder { documents: vec![], ..good() }),
        ("/documents", NewOrder { documents: vec![good().documents[0].clone(); 21], ..good() }),
        ("/signers", NewOrder { groups: vec![], ..good() }),
        ("/signers", NewOrder { groups: group(None, vec![]), ..good() }),
        ("/signers", NewOrder { groups: group(None, (0..51).map(|n| system(&format!("DK{n:08}"))).collect()), ..good() }),
        ("/groups/1", NewOrder { groups: [good().groups, group(None, vec![])].concat(), ..good() }),
        ("/groups/0/quorum", NewOrder { groups: group(Some(0), vec![system("DK01234567")]), ..good() }),
        ("/groups/0/quorum", NewOrder { groups: group(Some(2), vec![system("DK01234567")]), ..good() }),
        ("/groups/0", NewOrder { groups: group(None, vec![system("DK01234567"), system("DK01234567")]), ..good() }),
        ("/groups/0", NewOrder { groups: group(None, vec![Party::Person(Person::default())]), ..good() }),
        ("/groups/0", NewOrder { groups: group(None, vec![Party::Erased]), ..good() }),
        ("/tags", NewOrder { tags: serde_json::json!("x".repeat(9000)), ..good() }),
    ];
    for (pointer, new) in table {
        let refused =
            new.create(OrderId::new(start(), [1; 10]), "NO984661185".parse().unwrap(), "client-a".parse().unwrap(), start(), || {
                Salt([1; 32])
            });
        match refused {
            Err(Refusal::Invalid { field, .. }) => assert_eq!(field, pointer),
            other => panic!("{pointer}: {other:?}"),
        }
    }
}
