//! What [`Tasks`] promises.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use segl_core::id::{OrderId, SignerIndex};
use segl_core::ports::{AGENDA_SHARDS, Clock, Due, Entropy, Orders, Tasks};
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::transition::Change;

use super::expect_conflict;
use super::orders::far_future;
use crate::story::{Draft, Story, client, organization};

/// The whole contract of [`Tasks`].
pub async fn tasks<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    replacing(ports).await;
    giving_up(ports).await;
    agenda(ports).await;
}

async fn story<P: Orders + Clock + Entropy>(ports: &P, tasks: impl FnOnce(&Story) -> Vec<Task>) -> Story {
    let organization = organization(ports);
    let draft = Draft::new(&organization, &client(ports, &organization, "").id, ports.now()).systems(1);
    let story = draft.create(ports, ports.now()).documents_ready();
    ports.commit(&Change { tasks: tasks(&story), ..story.as_one_change() }).await.unwrap();
    story
}

/// A task that waits, so that nobody is woken.
fn waiting(order: OrderId, kind: TaskKind, due: Timestamp) -> Task {
    Task { order, kind, status: TaskStatus::Waiting, failures: 2, due: Some(due) }
}

async fn replacing<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    let kind = TaskKind::TellSigner(SignerIndex(3));
    let story = story(ports, |story| vec![waiting(story.id(), kind, far_future())]).await;
    let before = waiting(story.id(), kind, far_future());
    let later = Task { failures: 3, due: Some(far_future() + SignedDuration::from_millis(1)), ..before.clone() };
    for (case, other) in [
        ("another number of failures", Task { failures: 1, ..before.clone() }),
        ("another time", Task { due: later.due, ..before.clone() }),
        ("another status", Task { status: TaskStatus::Ready, ..before.clone() }),
        ("over", before.clone().done()),
        ("a task that is not there", waiting(story.id(), TaskKind::Seal, far_future())),
    ] {
        let after = Task { kind: other.kind, ..later.clone() };
        expect_conflict(ports.replace_task(&other, &after).await, case);
    }
    assert_eq!(ports.task(story.id(), TaskKind::Seal).await.unwrap(), None, "a conflict leaves no task");
    assert_eq!(ports.task(story.id(), kind).await.unwrap(), Some(before.clone()), "a conflict changes nothing");
    ports.replace_task(&before, &later).await.expect("what is stored is what is to be replaced");
    assert_eq!(ports.task(story.id(), kind).await.unwrap(), Some(later.clone()), "the task was replaced");
    expect_conflict(ports.replace_task(&before, &later).await, "the same again");
    ports.replace_task(&later, &later.clone().done()).await.unwrap();
    assert_eq!(ports.task(story.id(), kind).await.unwrap(), Some(later.clone().done()), "the task is over");
    expect_conflict(ports.replace_task(&later, &before).await, "a task that is over");
    ports.replace_task(&later.clone().done(), &before).await.expect("a task that is over has no time, and can be named all the same");
}

async fn giving_up<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    let (message, other) = (TaskKind::TellSigner(SignerIndex(1)), TaskKind::TellCreator);
    let story = story(ports, |story| vec![waiting(story.id(), message, far_future()), waiting(story.id(), other, far_future())]).await;
    let id = story.id();
    let open = waiting(id, message, far_future());
    let dead = Task { status: TaskStatus::Dead, due: None, ..open.clone() };
    ports.replace_task(&open, &dead).await.expect("what is stored is what is to be replaced");
    assert_eq!(ports.task(id, message).await.unwrap().as_ref(), Some(&dead), "the task was given up");
    assert_eq!(ports.tasks(id).await.unwrap(), [waiting(id, other, far_future()), dead.clone()], "all tasks, by their ids");
    on_the_list(ports, id, &[message], "what was given up is on the list").await;
    expect_conflict(ports.replace_task(&Task { failures: 9, ..dead.clone() }, &open).await, "another number of failures");
    ports.replace_task(&dead, &open).await.expect("a task that was given up can be taken up again");
    on_the_list(ports, id, &[], "what is owed again is not").await;
    eventually(
        ports,
        id,
        far_future(),
        &[story.order().next_due().map(|_| Due::Order(id)).unwrap(), Due::Task(id, other), Due::Task(id, message)],
        "it is due again",
    )
    .await;
}

/// The list may lag behind.
async fn on_the_list<P: Tasks>(ports: &P, order: OrderId, expected: &[TaskKind], case: &str) {
    let mut found = Vec::new();
    for _ in 0..50 {
        let all = ports.given_up(100_000).await.expect("the list can be read");
        found = all.into_iter().filter(|(id, _)| *id == order).map(|(_, kind)| kind).collect();
        if found == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found, expected, "{case}");
}

async fn agenda<P: Orders + Tasks + Clock + Entropy>(ports: &P) {
    let kinds: Vec<_> = (0..5).map(|number| TaskKind::TellSigner(SignerIndex(number))).collect();
    let at = |number: usize| far_future() + SignedDuration::from_mins(10 - 2 * number as i64);
    let story = story(ports, |story| kinds.iter().enumerate().map(|(number, kind)| waiting(story.id(), *kind, at(number))).collect()).await;
    let id = story.id();
    let due = story.order().next_due().expect("time changes a pending order");
    let all = || [Due::Order(id)].into_iter().chain(kinds.iter().rev().map(|kind| Due::Task(id, *kind))).collect::<Vec<_>>();

    let end = far_future() + SignedDuration::from_hours(1);
    eventually(ports, id, end, &all(), "what is due comes earliest first").await;
    eventually(ports, id, at(3), &all()[..3], "what is not due yet does not come, and what is due this instant does").await;
    eventually(ports, id, due, &all()[..1], "an order is due when time changes it: a reminder, or its deadline").await;
    eventually(ports, id, due - SignedDuration::from_secs(1), &[], "and not before").await;

    let mut in_shards = 0;
    for shard in 0..AGENDA_SHARDS {
        in_shards += usize::from(ports.due(shard, end, 100_000).await.unwrap().iter().any(|due| order_of(due) == Some(id)));
        assert!(ports.due(shard, end, 2).await.unwrap().len() <= 2, "at most so many");
    }
    assert_eq!(in_shards, 1, "an order and its tasks are in one shard");

    for (number, kind) in kinds.iter().enumerate().take(3) {
        let task = waiting(id, *kind, at(number));
        ports.replace_task(&task, &task.clone().done()).await.unwrap();
    }
    let rest = [Due::Order(id), Due::Task(id, kinds[4]), Due::Task(id, kinds[3])];
    eventually(ports, id, end, &rest, "what is over vanishes").await;
    let ended = story.then(segl_core::event::Actor::Service, segl_core::transition::Command::Cancel { reason: None });
    // Without its announcement, which would be due.
    ports.commit(&Change { tasks: Vec::new(), ..ended.changes.last().unwrap().clone() }).await.unwrap();
    eventually(ports, id, end, &rest, "storage is tidied after an order that has ended").await;
    let at = ended.changes.last().unwrap().order.tidy_at.unwrap();
    let tidied = ended.then(segl_core::event::Actor::Service, segl_core::transition::Command::Tidied { at, again: false });
    ports.commit(tidied.changes.last().unwrap()).await.unwrap();
    eventually(ports, id, end, &rest[1..], "an order that has ended, was tidied and is kept for ever is not due").await;
}

/// The agenda may lag behind.
async fn eventually<P: Tasks>(ports: &P, order: OrderId, now: Timestamp, expected: &[Due], case: &str) {
    let mut found = Vec::new();
    for _ in 0..50 {
        found.clear();
        for shard in 0..AGENDA_SHARDS {
            let due = ports.due(shard, now, 100_000).await.expect("the agenda can be read");
            found.extend(due.into_iter().filter(|due| order_of(due) == Some(order)));
        }
        if found == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found, expected, "{case}");
}

fn order_of(due: &Due) -> Option<OrderId> {
    match due {
        Due::Order(order) | Due::Task(order, _) => Some(*order),
        Due::Delivery(_) => None,
    }
}
