//! From the documents to the last signature: what is refused at which limit, and what is owed on the way.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use segl_core::ceremony::Authentication;
use segl_core::commitment::Salt;
use segl_core::document::DocumentState;
use segl_core::event::{Actor, What};
use segl_core::id::{DocumentIndex, GroupIndex, Sha256, SignerIndex};
use segl_core::new_order::RECHECK_DOCUMENTS_AFTER;
use segl_core::order::{Order, OrderState, Roster};
use segl_core::refusal::Refusal;
use segl_core::signer::{Act, Jws, Method, Party, Person};
use segl_core::task::{Task, TaskKind, WAKE_AGAIN_AFTER};
use segl_core::transition::{Change, Command, NewSigner, PeopleCommand};
use segl_testkit::fake::{Fake, START};
use segl_testkit::story::{Draft, act, facts, person, refusal, system};

const A: SignerIndex = SignerIndex(0);
const B: SignerIndex = SignerIndex(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn empty() -> Draft {
    Draft::of_anybody(&Fake::new(7), START)
}

fn drafting(draft: Draft) -> Order {
    draft.create(&Fake::new(8), START).order().clone()
}

fn pending(draft: Draft) -> Order {
    draft.create(&Fake::new(8), START).documents_ready().order().clone()
}

fn open_roster(mut draft: Draft) -> Draft {
    draft.new.roster = Roster::Open;
    draft
}

fn apply(order: &Order, now: Timestamp, command: Command) -> Result<Change, Refusal> {
    order.clone().apply(Actor::Service, now, command)
}

fn then(order: &Order, command: Command) -> Order {
    apply(order, START, command).expect("a step that the rules allow").order
}

fn sign(signer: SignerIndex, act: Act) -> Command {
    Command::Sign { signer, act }
}

fn decline(signer: SignerIndex) -> Command {
    Command::Decline { signer, method: Method::Link, reason: None }
}

fn add(party: Party, group: Option<u16>) -> Command {
    let group = group.map(GroupIndex);
    Command::AddSigner(NewSigner { party, group, required_claims: BTreeMap::new(), salt: Salt([9; 32]) })
}

/// The tasks that a change owes, but for announcements.
fn owed(change: &Change) -> Vec<TaskKind> {
    change.tasks.iter().map(|task| task.kind).filter(|kind| !matches!(kind, TaskKind::Announce(_))).collect()
}

fn whats(change: &Change) -> Vec<&What> {
    change.events.iter().map(|event| &event.what).collect()
}

#[test]
fn documents_that_are_missing_are_looked_for_again() {
    let now = START + SECOND;
    let looked = apply(&drafting(empty().systems(1)), now, Command::DocumentsLookedFor).expect("documents are awaited");
    assert_eq!(looked.order.state, OrderState::Drafting { recheck_at: now + RECHECK_DOCUMENTS_AFTER });
    assert_eq!(apply(&pending(empty().systems(1)), now, Command::DocumentsLookedFor), Err(Refusal::Closed("pending")));
}

#[test]
fn a_document_that_can_never_be_sealed_ends_the_order() {
    let order = drafting(empty().documents(2).systems(1));
    let (document, refusal) = (DocumentIndex(1), refusal());
    let task = Task::new(order.id, TaskKind::Fetch(document), START);
    let refused = Command::DocumentRefused { document, refusal: refusal.clone() };
    let not_fetched = Command::NotFetched { document, refusal: refusal.clone(), task: task.clone() };
    let held = then(&order, Command::Hold);
    for (what, order, command, owes, done) in [
        ("it was read", &order, refused.clone(), vec![TaskKind::Purge], vec![]),
        ("it cannot be fetched", &order, not_fetched, vec![TaskKind::Purge], vec![task.done()]),
        ("what is held is kept", &held, refused.clone(), vec![], vec![]),
    ] {
        let change = apply(order, START, command).expect(what);
        assert!(matches!(&change.order.state, OrderState::Failed { code, .. } if *code == refusal.code), "{what}");
        assert_eq!(change.order.documents[1].state, DocumentState::Refused(refusal.clone()), "{what}");
        let expected = [&What::DocumentRefused { document, refusal: refusal.clone() }, &What::Failed { code: refusal.code.clone() }];
        assert_eq!(whats(&change), expected, "{what}");
        assert_eq!((owed(&change), change.done), (owes, done), "{what}");
    }
    let ready = then(&order, Command::DocumentReady { document, facts: facts(document) });
    assert_eq!(apply(&ready, START, refused.clone()), Err(Refusal::Closed("in possession of this document")));
    assert_eq!(apply(&drafting(empty().systems(1)), START, refused), Err(Refusal::NoSuchDocument));
}

#[test]
fn what_no_stream_wakes_is_due_at_once() {
    let order = drafting(empty().people(1));
    let due = |change: &Change, kind| change.tasks.iter().find(|task| task.kind == kind).map(|task| task.due);
    let refused = apply(&order, START, Command::DocumentRefused { document: DocumentIndex(0), refusal: refusal() }).expect("is awaited");
    assert_eq!(due(&refused, TaskKind::Purge), Some(Some(START)));
    let ready = apply(&order, START, Command::DocumentReady { document: DocumentIndex(0), facts: facts(DocumentIndex(0)) });
    assert_eq!(due(&ready.expect("is awaited"), TaskKind::Invite(A)), Some(Some(START + WAKE_AGAIN_AFTER)));
}

#[test]
fn who_can_be_reached_is_invited_when_the_turn_comes() {
    let by_number = Person { email: None, mobile: None, authentication: Authentication::Eid, ..person(3) };
    let draft = || empty().group([Party::Person(person(1)), Party::Person(by_number.clone()), system("DK01234567")]).people(1);
    let mut direct = draft();
    direct.new.ceremony = draft().complete().new.ceremony;
    for (what, draft, invited) in
        [("the first group", draft(), vec![TaskKind::Invite(A)]), ("signers whom the sender brings along", direct, vec![])]
    {
        let document = DocumentIndex(0);
        let change = apply(&drafting(draft), START, Command::DocumentReady { document, facts: facts(document) }).expect(what);
        assert_eq!(owed(&change), invited, "{what}");
        assert_eq!(whats(&change).last(), Some(&&What::GroupOpened { group: GroupIndex(0) }), "{what}");
    }
    let nobody = apply(
        &drafting(open_roster(empty())),
        START,
        Command::DocumentReady { document: DocumentIndex(0), facts: facts(DocumentIndex(0)) },
    );
    assert!(matches!(whats(&nobody.expect("is awaited"))[..], [What::DocumentReady { .. }]), "there is no group to tell of");
}

#[test]
fn a_signature_brings_along_what_fits() {
    let order = pending(empty().systems(1));
    let jws_of = |size: usize| {
        let jwk = serde_json::json!({"kty": "EC"});
        Some(Jws { detached: "x".repeat(size - jwk.to_string().len()), jwk })
    };
    let plain = || Act { claims: BTreeMap::new(), jws: None, ..act(&order) };
    let claims = |sizes: &[(usize, usize)]| -> BTreeMap<String, String> {
        let claim = |(number, (name, value)): (usize, &(usize, usize))| (number.to_string().repeat(*name), "v".repeat(*value));
        sizes.iter().enumerate().map(claim).collect()
    };
    for (what, act, refused) in [
        ("nothing", plain(), None),
        ("one claim", Act { claims: claims(&[(48, 2000)]), ..plain() }, None),
        ("one claim too long", Act { claims: claims(&[(49, 2000)]), ..plain() }, Some("/claims")),
        ("two claims", Act { claims: claims(&[(24, 1000), (24, 1000)]), ..plain() }, None),
        ("two claims too long together", Act { claims: claims(&[(24, 1000), (24, 1001)]), ..plain() }, Some("/claims")),
        ("a signature", Act { jws: jws_of(2560), ..plain() }, None),
        ("a signature too long", Act { jws: jws_of(2561), ..plain() }, Some("/jws")),
    ] {
        match (apply(&order, START, sign(A, act)), refused) {
            (Ok(_), None) => {}
            (Err(Refusal::Invalid { field, .. }), Some(expected)) if field == expected => {}
            (other, _) => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn a_signer_signs_what_was_shown_and_as_asked() {
    let order = pending(empty().documents(2).people(1));
    let shown = || Act { method: Method::SmsCode, ..act(&order) };
    let mut swapped = shown();
    swapped.digests.reverse();
    let eid = Method::Eid { provider: "eid".into(), name: "Åsa".into(), level: None, authenticated_at: None };
    let method = Refusal::invalid("/method", "is not how this signer must show who it is");
    for (what, act, refused) in [
        ("what was shown", shown(), None),
        ("the images, too", Act { images: order.images(), ..shown() }, None),
        ("other images", Act { images: vec![Sha256([1; 32])], ..shown() }, Some(Refusal::DigestsDiffer)),
        ("one image of two", Act { images: order.images()[..1].to_vec(), ..shown() }, Some(Refusal::DigestsDiffer)),
        ("another sequence", swapped, Some(Refusal::DigestsDiffer)),
        ("nothing", Act { digests: Vec::new(), ..shown() }, Some(Refusal::DigestsDiffer)),
        ("a way that was not asked for", Act { method: eid, ..shown() }, Some(method)),
    ] {
        assert_eq!(apply(&order, START, sign(A, act)).err(), refused, "{what}");
    }
}

#[test]
fn a_signer_decides_once_and_in_turn() {
    let mut draft = empty().systems(2).systems(1);
    draft.new.groups[0].quorum = Some(1);
    let drafting = drafting(draft.clone());
    let order = pending(draft);
    let (signed, declined) = (then(&order, sign(A, act(&order))), then(&order, decline(A)));
    let cancelled = then(&order, Command::Cancel { reason: None });
    let deadline = order.deadline;
    for (what, order, now, signer, refused) in [
        ("a moment before the deadline", &order, deadline - SECOND, A, None),
        ("at the deadline", &order, deadline, A, Some(Refusal::DeadlinePassed(deadline))),
        ("at the deadline, documents missing", &drafting, deadline, A, Some(Refusal::DeadlinePassed(deadline))),
        ("before the documents", &drafting, START, A, Some(Refusal::DocumentsAwaited)),
        ("a group that waits", &order, START, SignerIndex(2), Some(Refusal::NotYourTurn)),
        ("nobody", &order, START, SignerIndex(3), Some(Refusal::NoSuchSigner)),
        ("who signed", &signed, START, A, Some(Refusal::AlreadyDecided(A))),
        ("who declined", &declined, START, A, Some(Refusal::AlreadyDecided(A))),
        ("who is not needed", &signed, START, B, Some(Refusal::Closed("signed by enough of this group"))),
        ("what has ended", &cancelled, START, A, Some(Refusal::Closed("cancelled"))),
    ] {
        assert_eq!(apply(order, now, sign(signer, act(order))).err(), refused, "{what}: signing");
        assert_eq!(apply(order, now, decline(signer)).err(), refused, "{what}: declining");
    }
}

#[test]
fn an_order_expires_at_its_deadline() {
    let (drafting, pending) = (drafting(empty().systems(1)), pending(empty().systems(1)));
    let deadline = pending.deadline;
    for (what, order, events) in [
        ("documents missing", &drafting, vec![What::DocumentsMissing {}, What::Expired {}]),
        ("signatures missing", &pending, vec![What::Expired {}]),
    ] {
        assert_eq!(apply(order, deadline - SECOND, Command::Expire), Err(Refusal::Closed(order.state.name())), "{what}");
        let change = apply(order, deadline, Command::Expire).expect(what);
        assert_eq!(whats(&change), events.iter().collect::<Vec<_>>(), "{what}");
        assert_eq!(change.order.state, OrderState::Expired { at: deadline }, "{what}");
    }
}

#[test]
fn messages_are_noted_by_what_they_said() {
    let order = pending(empty().people(1));
    let channels = || vec!["email".to_owned()];
    for (kind, what) in [
        (TaskKind::Invite(A), What::Invited { signer: A, channels: channels() }),
        (TaskKind::Remind(A), What::Reminded { signer: A, channels: channels() }),
        (TaskKind::RemindBySms(A), What::Reminded { signer: A, channels: channels() }),
        (TaskKind::WarnCreator, What::OutcomeSent { task: "warn-creator".into(), channels: channels() }),
    ] {
        let task = Task::new(order.id, kind, START);
        let sent = apply(&order, START, Command::MessageSent { task: task.clone(), channels: channels() }).expect("is allowed");
        assert_eq!((whats(&sent), sent.done.clone()), (vec![&what], vec![task.clone().done()]), "{kind}");
        let unsaid = apply(&order, START, Command::MessageSent { task: task.clone(), channels: Vec::new() }).expect("is allowed");
        assert_eq!((whats(&unsaid), unsaid.done.clone()), (vec![], vec![task.clone().done()]), "{kind}");
        let failed = apply(&order, START, Command::MessageFailed { task: task.clone() }).expect("is allowed");
        let expected = What::DeliveryFailed { task: kind.to_string() };
        assert_eq!((whats(&failed), failed.done.clone()), (vec![&expected], vec![task]), "{kind}");
    }
}

#[test]
fn the_list_takes_signers_until_it_is_full_closed_or_late() {
    let some = open_roster(empty().systems(2));
    let order = pending(some.clone());
    let mut full = drafting(some);
    for number in 2..50 {
        full = then(&full, add(system(&format!("NO{number:09}")), None));
    }
    let invalid = |field: &str, problem: &str| Some(Refusal::invalid(field, problem));
    let late = Some(Refusal::DeadlinePassed(order.deadline));
    let closed = then(&order, Command::CloseRoster);
    let (before, after) = (order.deadline - SECOND, order.deadline);
    let new = || system("DK01234567");
    let Party::System(asked) = order.signers[0].party.clone() else { panic!("a system") };
    for (what, order, now, command, refused) in [
        ("in time", &order, before, add(new(), None), None),
        ("too late", &order, after, add(new(), None), late.clone()),
        ("closed in time", &order, before, Command::CloseRoster, None),
        ("closed too late", &order, after, Command::CloseRoster, late),
        ("closed before", &closed, START, add(new(), None), Some(Refusal::Closed("complete in its signers"))),
        ("closed twice", &closed, START, Command::CloseRoster, Some(Refusal::Closed("complete in its signers"))),
        ("full", &full, START, add(new(), None), invalid("/signers", "must be at most 50 signers")),
        ("a group too far", &order, START, add(new(), Some(2)), invalid("/group", "must be 0 to 1: earlier groups are complete")),
        ("the same system", &order, START, add(Party::System(asked), None), invalid("/organization", "is asked in this group already")),
        ("the same person", &pending(open_roster(empty().people(1))), START, add(Party::Person(person(0)), None), None),
        ("nobody any more", &order, START, add(Party::Erased, None), invalid("", "must be a person or a system")),
    ] {
        assert_eq!(apply(order, now, command).err(), refused, "{what}");
    }
}

#[test]
fn a_signer_who_is_added_is_asked_when_it_is_the_turn() {
    let one = pending(open_roster(empty().people(1)));
    let signed = then(&one, sign(A, Act { method: Method::SmsCode, ..act(&one) }));
    let two = then(&one, add(Party::Person(person(1)), Some(1)));
    let nobody = pending(open_roster(empty()));
    let waiting = drafting(open_roster(empty().people(1)));
    let opened = |group| Some(What::GroupOpened { group: GroupIndex(group) });
    for (what, order, group, quorums, asked, event) in [
        ("the group whose turn it is", &one, None, vec![2], true, None),
        ("that group, which had signed", &signed, None, vec![2], true, None),
        ("a group after it", &one, Some(1), vec![1, 1], false, None),
        ("a group that waits", &two, None, vec![1, 2], false, None),
        ("a group after one that has signed", &signed, Some(1), vec![1, 1], true, opened(1)),
        ("the first of all", &nobody, None, vec![1], true, opened(0)),
        ("before the documents", &waiting, None, vec![2], false, None),
        ("a group before the documents", &waiting, Some(1), vec![1, 1], false, None),
    ] {
        let change = apply(order, START, add(Party::Person(person(7)), group)).expect(what);
        let signer = SignerIndex(u16::try_from(order.signers.len()).expect("few"));
        let quorums_now: Vec<_> = change.order.groups.iter().map(|group| group.quorum).collect();
        assert_eq!(quorums_now, quorums, "{what}");
        assert_eq!(owed(&change), if asked { vec![TaskKind::Invite(signer)] } else { vec![] }, "{what}");
        assert_eq!(whats(&change).get(1), event.as_ref().as_ref(), "{what}");
    }
    assert_eq!(apply(&nobody, START, Command::CloseRoster), Err(Refusal::NobodyAsked));
}

#[test]
fn what_happens_at_the_same_moment_is_one_commit() {
    let order = pending(empty().people(1));
    let open = Command::People(PeopleCommand::Open { signer: A });
    let change = apply(&order, START, open).expect("is open").and(Actor::Service, START, Command::Hold).expect("is not erased");
    assert_eq!((change.expected, change.order.version), (Some(order.version), order.version + 1));
    assert_eq!(whats(&change), [&What::Opened { signer: A }, &What::Held {}]);
}
