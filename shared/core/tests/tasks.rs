//! Tasks, the sweep and removal, against the ports in memory.

use jiff::SignedDuration;
use segl_core::event::{Actor, What};
use segl_core::id::{DocumentIndex, OrderId, Sha256, SignerIndex};
use segl_core::order::OrderState;
use segl_core::ports::{Due, Objects as _, Orders as _, Tasks as _};
use segl_core::refusal::Refusal;
use segl_core::root_key::RootKey;
use segl_core::storage_key::StorageKey;
use segl_core::task::{Task, TaskKind, TaskStatus, WAKE_AGAIN_AFTER};
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::once::{IdempotencyKey, earlier, remember, secret, update_once};
use segl_core::use_case::remove::remove;
use segl_core::use_case::sweep::{Swept, sweep};
use segl_core::use_case::task::{give_up, open_task, put_off, put_off_until, retry};
use segl_core::use_case::tidy::tidy;
use segl_testkit::fake::{Fake, Fault, START};
use segl_testkit::story::{Draft, Story, attempt, facts, system};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const INVITE: TaskKind = TaskKind::Invite(SignerIndex(0));

fn drafting() -> Story {
    let fake = Fake::new(7);
    let mut draft = Draft::of_anybody(&fake, START).people(1);
    draft.new.retention = Some(DAY * 90);
    draft.create(&fake, START)
}

fn pending() -> Story {
    drafting().documents_ready()
}

fn accepted() -> Story {
    let fake = Fake::new(7);
    let mut draft = Draft::of_anybody(&fake, START).group([system("DK01234567")]);
    draft.new.retention = Some(DAY * 90);
    draft.create(&fake, START).documents_ready().signed_by_all().sealed()
}

fn sealing() -> Story {
    let mut story = accepted();
    story.changes.pop();
    story
}

/// A world in which this has happened, at its time.
async fn world(story: &Story) -> Fake {
    let fake = Fake::new(9);
    story.commit_to(&fake).await.expect("no faults");
    fake.set_now(story.now);
    fake.take_wake_ups();
    fake
}

async fn task(fake: &Fake, id: OrderId, kind: TaskKind) -> Option<Task> {
    fake.task(id, kind).await.expect("no faults")
}

async fn whats(fake: &Fake, id: OrderId) -> Vec<What> {
    fake.events(id, 0, 100).await.expect("no faults").into_iter().map(|event| event.what).collect()
}

fn original(id: OrderId) -> StorageKey {
    StorageKey::Original(id, DocumentIndex(0))
}

#[tokio::test]
async fn the_sweep_does_what_an_order_is_due_for_and_nothing_before() {
    let hold = || accepted().then(Actor::Service, Command::Hold);
    let recheck = |story: &Story| match story.order().state {
        OrderState::Drafting { recheck_at } => recheck_at,
        _ => panic!("{}", story.order().state.name()),
    };
    let tidied = accepted().then(Actor::Service, Command::Tidied { at: accepted().order().tidy_at.expect("has ended"), again: false });
    let retained = accepted().order().retained_until().expect("is kept for a time");
    for (what, story, at, swept, state) in [
        ("documents", drafting(), recheck(&drafting()), Swept::LookedForDocuments, "drafting"),
        ("a reminder", pending(), pending().order().reminders[0].at, Swept::Reminded, "pending"),
        ("what was left behind", accepted(), accepted().order().tidy_at.expect("has ended"), Swept::Tidied, "accepted"),
        ("the end of retention", tidied, retained, Swept::Removed, "accepted"),
    ] {
        let fake = world(&story).await;
        for (now, expected) in [(at - SECOND, Swept::Nothing), (at, swept)] {
            fake.set_now(now);
            assert_eq!(sweep(&fake, Due::Order(story.id())).await.expect("no faults"), expected, "{what}, {now}");
        }
        assert_eq!(fake.order(story.id()).await.expect("no faults").expect("is there").state.name(), state, "{what}");
    }
    for (what, story) in [("documents missing", drafting()), ("signatures missing", pending())] {
        let fake = world(&story).await;
        fake.set_now(story.order().deadline - SECOND);
        assert_ne!(sweep(&fake, Due::Order(story.id())).await.expect("no faults"), Swept::Expired, "{what}");
        fake.set_now(story.order().deadline);
        assert_eq!(sweep(&fake, Due::Order(story.id())).await.expect("no faults"), Swept::Expired, "{what}");
        assert_eq!(sweep(&fake, Due::Order(story.id())).await.expect("no faults"), Swept::Nothing, "{what}");
    }
    for (what, story) in [("held", hold()), ("being sealed", sealing())] {
        let fake = world(&story).await;
        fake.set_now(retained + DAY * 1000);
        assert_eq!(sweep(&fake, Due::Order(story.id())).await.expect("no faults"), Swept::Nothing, "{what}");
    }
    let nobody = sweep(&Fake::new(9), Due::Order(pending().id())).await;
    assert_eq!(nobody.expect("no faults"), Swept::Nothing);
}

#[tokio::test]
async fn an_arrival_that_nobody_heard_of_is_told_again() {
    let fake = Fake::new(7);
    let draft = Draft::of_anybody(&fake, START).documents(2).people(1);
    let (read, awaited) = (DocumentIndex(0), DocumentIndex(1));
    let ready = Command::DocumentReady { document: read, facts: facts(read) };
    let story = draft.create(&fake, START).then(Actor::Service, ready);
    for (what, stored, told) in [("nothing arrived", vec![read], vec![]), ("it did", vec![read, awaited], vec![awaited])] {
        let fake = world(&story).await;
        for document in stored {
            fake.put(&StorageKey::Original(story.id(), document), b"%PDF".to_vec()).await.expect("no faults");
        }
        fake.take_arrivals();
        fake.advance(SignedDuration::from_mins(6));
        sweep(&fake, Due::Order(story.id())).await.expect("no faults");
        let arrivals: Vec<_> = fake.take_arrivals().into_iter().map(|arrival| arrival.key).collect();
        let told: Vec<_> = told.into_iter().map(|document| StorageKey::Original(story.id(), document)).collect();
        assert_eq!(arrivals, told, "{what}");
    }
}

#[tokio::test]
async fn a_task_that_is_due_is_handed_to_its_consumer() {
    let story = pending();
    let fake = world(&story).await;
    let due = task(&fake, story.id(), INVITE).await.and_then(|task| task.due).expect("is owed");
    fake.set_now(due - SECOND);
    assert_eq!(sweep(&fake, Due::Task(story.id(), INVITE)).await.expect("no faults"), Swept::Nothing);
    fake.set_now(due);
    assert_eq!(sweep(&fake, Due::Task(story.id(), INVITE)).await.expect("no faults"), Swept::Woken(SignedDuration::ZERO));
    assert_eq!(fake.take_wake_ups(), [(story.id(), INVITE)]);
    let woken = task(&fake, story.id(), INVITE).await.expect("is there");
    assert_eq!((woken.status, woken.due), (TaskStatus::Ready, Some(due + WAKE_AGAIN_AFTER)));
    fake.replace_task(&woken, &woken.clone().done()).await.expect("no faults");
    fake.advance(DAY);
    assert_eq!(sweep(&fake, Due::Task(story.id(), INVITE)).await.expect("no faults"), Swept::Nothing, "it is over");
}

#[tokio::test]
async fn what_is_removed_goes_from_storage_too_whoever_does_it() {
    let anonymised = pending().then(Actor::Service, Command::Cancel { reason: None });
    let signers = vec![SignerIndex(0)];
    let anonymised = anonymised.then(Actor::Service, Command::Anonymise { signers, creator: false, clerks: Vec::new() });
    let erased = pending().then(Actor::Service, Command::Erase);
    for (what, story, kind, kept) in [("copies", anonymised, TaskKind::PurgeCopies, true), ("all of it", erased, TaskKind::Purge, false)] {
        let fake = world(&story).await;
        let image = StorageKey::PageImage(story.id(), DocumentIndex(0), Sha256([1; 32]), 1);
        for key in [&original(story.id()), &image] {
            fake.put(key, b"bytes".to_vec()).await.expect("no faults");
        }
        assert_eq!(sweep(&fake, Due::Task(story.id(), kind)).await.expect("no faults"), Swept::Purged, "{what}");
        let found = fake.head(&original(story.id())).await.expect("no faults");
        assert_eq!((found.is_some(), fake.head(&image).await.expect("no faults")), (kept, None), "{what}");
        assert_eq!(task(&fake, story.id(), kind).await.map(|task| task.status), Some(TaskStatus::Done), "{what}");
    }
    let story = pending();
    let fake = world(&story).await;
    fake.put(&original(story.id()), b"bytes".to_vec()).await.expect("no faults");
    let removed = remove(&fake, story.id(), Actor::Service).await.expect("no faults");
    assert!(removed.erased_at.is_some() && fake.head(&original(story.id())).await.expect("no faults").is_none());
    let again = remove(&fake, story.id(), Actor::Service).await.expect("removing twice is no error");
    assert_eq!(again.version, fake.order(story.id()).await.expect("no faults").expect("is there").version);
}

#[tokio::test]
async fn what_does_not_count_and_is_old_is_removed() {
    let story = accepted();
    let id = story.id();
    let fake = world(&story).await;
    let sealed = |number| StorageKey::Sealed(id, DocumentIndex(0), attempt(number));
    for number in [1, 2] {
        fake.put(&sealed(number), b"a seal".to_vec()).await.expect("no faults");
    }
    let at = story.order().tidy_at.expect("has ended");
    fake.set_now(at - SECOND);
    fake.put(&sealed(3), b"a seal".to_vec()).await.expect("no faults");
    for (now, left, next) in [(at, [true, false, true], true), (at + SignedDuration::from_hours(1) - SECOND, [true, false, false], false)] {
        fake.set_now(now);
        tidy(&fake, id).await.expect("no faults");
        for (number, left) in (1..).zip(left) {
            let found = fake.head(&sealed(number)).await.expect("no faults");
            assert_eq!(found.is_some(), left, "{now}: {number}");
        }
        let order = fake.order(id).await.expect("no faults").expect("is there");
        assert_eq!(order.tidy_at, next.then_some(now + DAY), "{now}");
    }
}

#[tokio::test]
async fn a_task_is_put_off_unless_somebody_knows_better() {
    let story = pending();
    let fake = world(&story).await;
    let first = open_task(&fake, story.id(), INVITE).await.expect("no faults").expect("is open");
    let later = story.now + DAY;
    put_off_until(&fake, &first, later).await.expect("no faults");
    let waiting = task(&fake, story.id(), INVITE).await.expect("is there");
    assert_eq!((waiting.status, waiting.due, waiting.failures), (TaskStatus::Waiting, Some(later), 0));
    put_off_until(&fake, &first, later + DAY).await.expect("the other knows better");
    put_off(&fake, &first).await.expect("the other knows better");
    assert_eq!(task(&fake, story.id(), INVITE).await, Some(waiting.clone()));
    let failed = put_off(&fake, &waiting).await.expect("no faults");
    assert_eq!((failed.status, failed.failures), (TaskStatus::Waiting, 1));
    assert_eq!(task(&fake, story.id(), INVITE).await, Some(failed.clone()));
    let last = Task { failures: 15, ..failed.clone() };
    fake.replace_task(&failed, &last).await.expect("no faults");
    assert_eq!(put_off(&fake, &last).await.expect("no faults").status, TaskStatus::Dead);
    assert_eq!(task(&fake, story.id(), INVITE).await, Some(last.clone()), "the commit that says so stores it");
    for fault in [Fault::BeforeEffect, Fault::Rejected] {
        fake.fail("tasks.replace_task", 1, fault);
        assert!(matches!(put_off_until(&fake, &last, later).await, Err(Error::Port(_))), "{fault:?}");
        fake.fail("tasks.replace_task", 1, fault);
        let early = Task { failures: 1, ..last.clone() };
        assert!(matches!(put_off(&fake, &early).await, Err(Error::Port(_))), "{fault:?}");
    }
    fake.replace_task(&last, &last.clone().done()).await.expect("no faults");
    assert_eq!(open_task(&fake, story.id(), INVITE).await.expect("no faults"), None);
}

/// The same task as if it were so.
async fn with(fake: &Fake, id: OrderId, kind: TaskKind, status: TaskStatus) -> Task {
    let before = task(fake, id, kind).await.expect("is there");
    let due = matches!(status, TaskStatus::Ready | TaskStatus::Waiting).then_some(START);
    let after = Task { status, failures: 7, due, ..before.clone() };
    fake.replace_task(&before, &after).await.expect("no faults");
    fake.take_wake_ups();
    after
}

#[tokio::test]
async fn an_operator_has_a_task_done_now_or_given_up() {
    use TaskStatus::{Dead, Done, Ready, Waiting};
    let erased = pending().then(Actor::Service, Command::Erase);
    let created = TaskKind::Announce(1);
    for (what, kind, status, retried, given_up, noted) in [
        ("a message that waits", INVITE, Waiting, Some(Ready), Some(Done), true),
        ("a message that was given up", INVITE, Dead, Some(Ready), Some(Done), false),
        ("a message that was sent", INVITE, Done, None, None, false),
        ("an announcement", created, Waiting, Some(Ready), Some(Done), true),
        ("a purge", TaskKind::Purge, Waiting, Some(Waiting), None, false),
    ] {
        let id = erased.id();
        let fake = world(&erased).await;
        with(&fake, id, kind, status).await;
        match (retry(&fake, id, kind).await, retried) {
            (Ok(task_now), Some(status)) => {
                assert_eq!((task_now.status, task_now.failures), (status, 0), "{what}");
                assert_eq!(task(&fake, id, kind).await, Some(task_now), "{what}");
                assert_eq!(fake.take_wake_ups().len(), usize::from(status == Ready), "{what}");
            }
            (Err(Error::Refused(Refusal::NotFound)), None) => {}
            (other, _) => panic!("{what}: {other:?}"),
        }
        with(&fake, id, kind, status).await;
        let outcome = give_up(&fake, id, kind).await;
        assert_eq!(outcome.is_ok(), given_up.is_some(), "{what}: {outcome:?}");
        let now = task(&fake, id, kind).await.expect("is there");
        assert_eq!(now.status, given_up.unwrap_or(status), "{what}");
        let failed = whats(&fake, id).await.contains(&What::DeliveryFailed { task: kind.to_string() });
        assert_eq!(failed, noted, "{what}: noted in the audit trail");
    }
    let fake = world(&erased).await;
    assert!(matches!(give_up(&fake, erased.id(), TaskKind::Seal).await, Err(Error::Refused(Refusal::NotFound))));
    let refused = give_up(&fake, erased.id(), TaskKind::Purge).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid { field, .. })) if field == "/task"));
}

fn key(name: &str, fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey { client: "client-a".parse().unwrap(), key: name.to_owned(), fingerprint: Sha256([fingerprint; 32]) }
}

#[tokio::test]
async fn a_request_under_a_key_counts_once() {
    let story = pending();
    let fake = world(&story).await;
    let hold = |key: IdempotencyKey| {
        let fake = &fake;
        async move {
            let decide = |order: segl_core::order::Order| {
                order.apply(Actor::Service, START, Command::Hold).map(|change| (change, Some(SignerIndex(0))))
            };
            update_once(fake, Some(&key), story_id(), decide).await
        }
    };
    let (first, signer) = hold(key("k", 1)).await.expect("no faults");
    assert_eq!((first.version, signer), (story.order().version + 1, Some(SignerIndex(0))));
    let (again, signer) = hold(key("k", 1)).await.expect("no faults");
    assert_eq!((again.version, signer), (first.version, Some(SignerIndex(0))), "the first answer");
    assert!(matches!(hold(key("k", 2)).await, Err(Error::Refused(Refusal::IdempotencyMismatch))));
    assert_eq!(hold(key("l", 1)).await.expect("no faults").0.version, first.version + 1, "another key is another request");
    assert_eq!(hold(key("k", 1).part(1)).await.expect("no faults").0.version, first.version + 2, "a part has a key of its own");

    remember(&fake, Some(&key("m", 1)), None).await.expect("no faults");
    let record = earlier(&fake, &key("m", 1)).await.expect("no faults").expect("is remembered");
    assert_eq!((record.key.as_str(), record.order), ("m", None));
    assert!(matches!(remember(&fake, Some(&key("m", 2)), None).await, Err(Error::Refused(Refusal::IdempotencyMismatch))));
    let (one, other) = (key("n", 1), key("n", 2));
    let (one, other) = tokio::join!(remember(&fake, Some(&one), None), remember(&fake, Some(&other), None));
    assert!(one.is_ok() && matches!(other, Err(Error::Refused(Refusal::IdempotencyMismatch))), "the same key at the same moment");
}

fn story_id() -> OrderId {
    pending().id()
}

#[test]
fn a_secret_follows_from_the_key_of_its_request() {
    let (fake, root) = (Fake::new(9), RootKey::new([7; 32]));
    let of = |key: &IdempotencyKey| secret(&fake, &root, Some(key));
    assert_eq!(of(&key("k", 1)), of(&key("k", 1)));
    assert!(of(&key("k", 1)) != of(&key("k", 2)) && of(&key("k", 1)) != of(&key("l", 1)));
    let drawn = secret(&fake, &root, None);
    assert!(drawn.len() == 43 && drawn != secret(&fake, &root, None), "256 random bits");
}
