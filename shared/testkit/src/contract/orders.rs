//! What [`Orders`] promises.

use futures_util::future::join_all;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use segl_core::event::{Actor, ChainHead, verify_chain};
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::ports::{AGENDA_SHARDS, Clock, Entropy, Heads, Orders, PortError, Tasks};
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::{Change, Command, Idempotency};

use super::expect_conflict;
use crate::story::{Draft, Story, client, order_id, organization};

/// The whole contract of [`Orders`].
pub async fn orders<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    created_once(ports).await;
    versions(ports).await;
    one_of_many_wins(ports).await;
    tasks_that_are_over(ports).await;
    events_in_pages(ports).await;
    events_are_never_replaced(ports).await;
    orders_of_an_organization(ports).await;
    idempotency(ports).await;
    largest_transaction(ports).await;
}

/// An order read is the order stored, in each of the given states.
pub async fn restored<P: Orders>(ports: &P, stories: &[Story]) {
    for story in stories {
        ports.commit(&story.as_one_change()).await.expect("a new order can be stored");
        let found = ports.order(story.id()).await.expect("an order can be read").expect("an order that was stored is there");
        assert_eq!(found, *story.order(), "an order read is the order stored ({})", story.order().state.name());
        let events = ports.events(story.id(), 0, 1000).await.expect("events can be read");
        assert_eq!(events, story.events(), "events read are the events stored");
        verify_chain(story.id(), &events, &found.chain).expect("the chain of what was read holds");
    }
}

fn draft(ports: &(impl Clock + Entropy)) -> Draft {
    let organization = organization(ports);
    Draft::new(&organization, &client(ports, &organization, "").id, ports.now()).systems(2)
}

fn pending(ports: &(impl Clock + Entropy)) -> Story {
    draft(ports).create(ports, ports.now()).documents_ready()
}

/// A task that waits for a day that never comes.
fn waiting(story: &Story) -> Task {
    let mut task = Task::new(story.id(), TaskKind::TellCreator, story.now);
    task.status = TaskStatus::Waiting;
    task.due = Some(far_future());
    task
}

/// Later than anything else is due, so that nothing that sweeps the agenda touches it.
pub(super) fn far_future() -> jiff::Timestamp {
    jiff::Timestamp::constant(4_102_444_800, 0)
}

async fn created_once<P: Orders + Clock + Entropy>(ports: &P) {
    let story = pending(ports);
    assert_eq!(ports.order(story.id()).await.unwrap(), None, "an order that was never stored is not there");
    ports.commit(&story.as_one_change()).await.unwrap();
    expect_conflict(ports.commit(&story.as_one_change()).await, "the id exists");
    let never_stored = pending(ports).then(Actor::Service, Command::Cancel { reason: None });
    expect_conflict(ports.commit(never_stored.changes.last().unwrap()).await, "a version is expected of an order that does not exist");
    assert_eq!(ports.order(never_stored.id()).await.unwrap(), None, "what conflicts leaves nothing");
    assert_eq!(ports.events(never_stored.id(), 0, 10).await.unwrap(), [], "and no events");
}

async fn versions<P: Orders + Clock + Entropy>(ports: &P) {
    let story = pending(ports);
    story.commit_to(ports).await.expect("a story without tasks can be stored change by change");
    let cancelled = story.clone().then(Actor::Service, Command::Cancel { reason: None });
    let signed = story.clone().signed_by(SignerIndex(0));
    ports.commit(cancelled.changes.last().unwrap()).await.unwrap();
    expect_conflict(ports.commit(signed.changes.last().unwrap()).await, "the version has moved on");
    expect_conflict(ports.commit(cancelled.changes.last().unwrap()).await, "the same change again");
    assert_eq!(ports.order(story.id()).await.unwrap().as_ref(), Some(cancelled.order()), "a conflict changes nothing");
    let events = ports.events(story.id(), 0, 100).await.unwrap();
    assert_eq!(events, cancelled.events(), "a conflict leaves no events");
}

async fn one_of_many_wins<P: Orders + Clock + Entropy>(ports: &P) {
    for _ in 0..3 {
        let story = pending(ports);
        ports.commit(&story.as_one_change()).await.unwrap();
        let rivals: Vec<_> = (0..8)
            .map(|second| {
                let mut story = story.clone();
                story.now += jiff::SignedDuration::from_secs(second);
                story.then(Actor::Service, Command::Cancel { reason: None })
            })
            .collect();
        let answers = join_all(rivals.iter().map(|rival| ports.commit(rival.changes.last().unwrap()))).await;
        let winners: Vec<_> = rivals.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(rival, _)| rival).collect();
        assert_eq!(winners.len(), 1, "of parallel commits of one version exactly one wins: {answers:?}");
        for answer in answers {
            assert!(matches!(answer, Ok(()) | Err(PortError::Conflict)), "the others learn of a conflict: {answer:?}");
        }
        assert_eq!(ports.order(story.id()).await.unwrap().as_ref(), Some(winners[0].order()), "what is stored is the winner's");
        assert_eq!(ports.events(story.id(), 0, 100).await.unwrap(), winners[0].events(), "and so are the events");
    }
}

async fn tasks_that_are_over<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    let story = pending(ports);
    let task = waiting(&story);
    ports.commit(&Change { tasks: vec![task.clone()], ..story.as_one_change() }).await.unwrap();
    assert_eq!(ports.task(story.id(), task.kind).await.unwrap(), Some(task.clone()), "a task is stored with the change that owes it");

    let finish = |story: &Story| story.clone().then(Actor::Service, Command::Purged { task: task.clone() });
    let sent = finish(&story);
    let change = sent.changes.last().unwrap();
    ports.commit(change).await.unwrap();
    assert_eq!(ports.task(story.id(), task.kind).await.unwrap(), Some(task.clone().done()), "and over with the change that ends it");

    let again = finish(&sent);
    let answer = ports.commit(again.changes.last().unwrap()).await;
    assert!(matches!(answer, Err(PortError::AlreadyDone)), "a task cannot end twice: {answer:?}");
    let answer = ports.commit(change).await;
    assert!(matches!(answer, Err(PortError::AlreadyDone)), "that a task is over counts before a version that differs: {answer:?}");
    assert_eq!(ports.order(story.id()).await.unwrap().as_ref(), Some(sent.order()), "and nothing is stored");

    let never_owed = Task { kind: TaskKind::Purge, ..task.clone() };
    let ends_what_was_never_owed = sent.clone().then(Actor::Service, Command::Purged { task: never_owed });
    let answer = ports.commit(ends_what_was_never_owed.changes.last().unwrap()).await;
    assert!(matches!(answer, Err(PortError::AlreadyDone)), "a task that was never owed is not open: {answer:?}");

    let mut owed_again = sent.clone().then(Actor::Service, Command::Cancel { reason: None });
    let anew = Task { failures: 7, ..task.clone() };
    owed_again.changes.last_mut().unwrap().tasks = vec![anew.clone()];
    ports.commit(owed_again.changes.last().unwrap()).await.unwrap();
    assert_eq!(ports.task(story.id(), task.kind).await.unwrap(), Some(anew), "a task takes the place of one of the same kind");
}

async fn events_in_pages<P: Orders + Clock + Entropy>(ports: &P) {
    let story = draft(ports).documents(9).create(ports, ports.now()).documents_ready();
    let events = story.events();
    assert!(events.len() > 10, "enough that numbers as text would be out of sequence");
    ports.commit(&story.as_one_change()).await.unwrap();
    assert_eq!(ports.events(story.id(), 0, 1000).await.unwrap(), events, "events come in sequence");
    for (after, limit) in [(0, 1), (1, 3), (8, 4), (10, 1), (events.len() as u64, 5), (u64::MAX, 5), (0, 0)] {
        let expected: Vec<_> = events.iter().filter(|event| event.seq > after).take(limit).cloned().collect();
        assert_eq!(ports.events(story.id(), after, limit).await.unwrap(), expected, "events after {after}, at most {limit}");
    }
    let nobody = order_id(ports, ports.now());
    assert_eq!(ports.events(nobody, 0, 5).await.unwrap(), Vec::new(), "no order, no events");
}

async fn events_are_never_replaced<P: Orders + Clock + Entropy>(ports: &P) {
    let story = pending(ports);
    ports.commit(&story.as_one_change()).await.unwrap();
    let mut forged = story.clone().then(Actor::Service, Command::Cancel { reason: None });
    let change = forged.changes.last_mut().unwrap();
    change.events[0].seq = 1;
    expect_conflict(ports.commit(change).await, "an event with a number that is taken");
    assert_eq!(ports.events(story.id(), 0, 100).await.unwrap(), story.events(), "the event that was there is there still");
    assert_eq!(ports.order(story.id()).await.unwrap().as_ref(), Some(story.order()), "and the order with it");
}

async fn orders_of_an_organization<P: Orders + Clock + Entropy>(ports: &P) {
    let (mine, theirs) = (draft(ports), draft(ports));
    let mut newest_first = Vec::new();
    for step in 0..5 {
        let now = ports.now() - jiff::SignedDuration::from_secs(60 - step);
        for (draft, own) in [(&mine, true), (&theirs, false)] {
            let story = draft.clone().create(ports, now);
            ports.commit(&story.as_one_change()).await.unwrap();
            if own {
                newest_first.insert(0, story.id());
            }
        }
    }
    let of_mine = |before: Option<OrderId>, limit: usize| ports.orders_of(&mine.organization, before, limit);
    assert_eq!(of_mine(None, 100).await.unwrap(), newest_first, "own orders only, newest first");
    assert_eq!(of_mine(None, 2).await.unwrap(), newest_first[..2], "at most so many");
    assert_eq!(of_mine(Some(newest_first[1]), 2).await.unwrap(), newest_first[2..4], "from where the page before ended");
    assert_eq!(of_mine(Some(newest_first[4]), 2).await.unwrap(), [], "until there are none");
    let nobody = organization(ports);
    assert_eq!(ports.orders_of(&nobody, None, 5).await.unwrap(), [], "an organization without orders");
}

async fn idempotency<P: Orders + Clock + Entropy>(ports: &P) {
    for key in ["0190a6c5-8f2e", "with # and / and ø", "", &"long".repeat(600)] {
        let draft = draft(ports);
        let make = |fingerprint: &str| {
            let story = draft.clone().create(ports, ports.now());
            let fingerprint = Sha256::of(fingerprint.as_bytes());
            let record =
                Idempotency { client: draft.client.clone(), key: key.to_owned(), fingerprint, order: Some(story.id()), signer: None };
            Change { idempotency: Some(record), ..story.as_one_change() }
        };
        assert_eq!(ports.idempotency(&draft.client, key).await.unwrap(), None, "a key that was not used");
        let (first, second) = (make("first"), make("second"));
        ports.commit(&first).await.unwrap();
        assert_eq!(ports.idempotency(&draft.client, key).await.unwrap(), first.idempotency, "a key that was used");
        expect_conflict(ports.commit(&second).await, "the idempotency key exists");
        assert_eq!(ports.order(second.order.id).await.unwrap(), None, "the second order was not stored");
        let by_itself =
            Idempotency { key: format!("{key} 1"), order: None, signer: Some(SignerIndex(3)), ..first.idempotency.clone().unwrap() };
        ports.remember(&by_itself).await.unwrap();
        assert_eq!(ports.idempotency(&draft.client, &by_itself.key).await.unwrap().as_ref(), Some(&by_itself), "remembered by itself");
        expect_conflict(ports.remember(&by_itself).await, "the key was used");
        expect_conflict(ports.remember(first.idempotency.as_ref().unwrap()).await, "the key was used, in a transaction");
        let stranger = client(ports, &draft.organization, "").id;
        assert_eq!(ports.idempotency(&stranger, key).await.unwrap(), None, "another client's key is another key");
        let rivals: Vec<_> = (0..4).map(|_| Change { idempotency: None, ..make("rival") }).collect();
        let rivals: Vec<_> = rivals
            .into_iter()
            .map(|change| {
                let record = Idempotency {
                    client: stranger.clone(),
                    key: key.to_owned(),
                    fingerprint: Sha256::of(b""),
                    order: Some(change.order.id),
                    signer: None,
                };
                Change { idempotency: Some(record), ..change }
            })
            .collect();
        let answers = join_all(rivals.iter().map(|rival| ports.commit(rival))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "the same request several times at once: {answers:?}");
    }
}

/// Inviting the most signers there may be is one transaction.
async fn largest_transaction<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    let story = draft(ports).create(ports, ports.now());
    let tasks: Vec<_> = (0..50).map(|number| Task { kind: TaskKind::TellSigner(SignerIndex(number)), ..waiting(&story) }).collect();
    let story = draft(ports).documents(20).create(ports, ports.now()).documents_ready();
    let tasks: Vec<_> = tasks.into_iter().map(|task| Task { order: story.id(), ..task }).collect();
    ports.commit(&Change { tasks: tasks.clone(), ..story.as_one_change() }).await.unwrap();
    for task in [&tasks[0], &tasks[49]] {
        assert_eq!(ports.task(story.id(), task.kind).await.unwrap().as_ref(), Some(task), "all of a change is stored");
    }
}

/// The whole contract of [`Heads`]. In a store that others use, too, only what was stored here is looked at.
pub async fn heads<P: Orders + Heads + Clock + Entropy>(ports: &P) {
    let day = |story: &Story| story.now.to_zoned(TimeZone::UTC).date();
    let mut stories: Vec<_> = (0..4).map(|_| draft(ports).create(ports, ports.now())).collect();
    for story in &stories {
        ports.commit(&story.as_one_change()).await.unwrap();
    }
    let first_day = day(&stories[0]);
    // One grows on the same day, one the day after; one changes without growing.
    let grow = |story: &Story| story.clone().then(Actor::Service, Command::Cancel { reason: None });
    stories[0] = grow(&stories[0]);
    ports.commit(stories[0].changes.last().unwrap()).await.unwrap();
    let before = stories[1].order().chain;
    stories[1].now += jiff::SignedDuration::from_hours(24);
    stories[1] = grow(&stories[1]);
    ports.commit(stories[1].changes.last().unwrap()).await.unwrap();
    let next_day = first_day.tomorrow().unwrap();
    stories[2].now += jiff::SignedDuration::from_hours(24);
    stories[2] = stories[2].clone().then(Actor::Service, Command::DocumentsLookedFor);
    ports.commit(stories[2].changes.last().unwrap()).await.unwrap();

    let mut expected: Vec<_> = stories.iter().map(|story| (story.id(), story.order().chain)).collect();
    expected[1].1 = before;
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(of_day(ports, first_day, &stories, 1).await, expected, "each as of the last time on that day, however small the pages");
    assert_eq!(of_day(ports, first_day, &stories, 1000).await, expected);
    let grown = vec![(stories[1].id(), stories[1].order().chain)];
    assert_eq!(of_day(ports, next_day, &stories, 1000).await, grown, "and only those that grew on it");
}

/// The heads of these stories on a day, in pages of `limit`, by order id.
async fn of_day<P: Heads>(ports: &P, day: Date, stories: &[Story], limit: usize) -> Vec<(OrderId, ChainHead)> {
    let mut found = Vec::new();
    for shard in 0..AGENDA_SHARDS {
        let mut after = None;
        loop {
            let page = ports.heads(day, shard, after, limit).await.unwrap();
            assert!(page.is_sorted_by_key(|(id, _)| *id), "by order id");
            found.extend(page.iter().filter(|(id, _)| stories.iter().any(|story| story.id() == *id)));
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found
}
