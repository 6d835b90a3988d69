//! `segl tasks`: side effects that are owed and do not come about, and what an operator can do about them.
//!
//! Everything that is owed is in the table, and the agenda brings it up until it is done: nothing has to be fetched out of the failure
//! queues, which only say that something was given up there. Messages alone are given up, after some three days; they stay on a list
//! for a month.

use std::fmt;

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use segl_core::id::OrderId;
use segl_core::ports::{AGENDA_SHARDS, Clock, Due, Orders, Tasks};
use segl_core::task::{Task, TaskKind, TaskStatus, WAKE_AGAIN_AFTER};
use segl_core::use_case::task::{give_up, retry};
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::service::ServiceOptions;

/// The longest time for which a task that failed waits ([`Task::failed`]).
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
/// The most entries that are read from one shard of the agenda.
const MOST: usize = 10_000;

/// `segl tasks`.
#[derive(Debug, Args)]
pub struct TaskArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: TaskCommand,
}

#[derive(Debug, Subcommand)]
enum TaskCommand {
    /// List tasks that failed, are late, or were given up
    List {
        /// All tasks of this order instead, also those that are done
        #[arg(long)]
        order: Option<OrderId>,
    },
    /// Have a task done now, also one that was given up
    Retry(Named),
    /// Give a task up for good; sealing and removal cannot be
    Drop(Named),
}

/// Which task.
#[derive(Debug, Args)]
struct Named {
    /// The order's id
    order: OrderId,
    /// The task's id, for example invite-0
    #[arg(value_parser = |raw: &str| raw.parse::<TaskKind>())]
    task: TaskKind,
}

impl TaskArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let store = self.service.store().await?;
        match self.command {
            TaskCommand::List { order: Some(id) } => output.show(&TaskList::new(store.tasks(id).await?)),
            TaskCommand::List { order: None } => output.show(&list(&store).await?),
            TaskCommand::Retry(Named { order, task }) => output.show(&TaskView::new(&retry(&store, order, task).await?)),
            TaskCommand::Drop(Named { order, task }) => output.show(&TaskView::new(&give_up(&store, order, task).await?)),
        }
    }
}

/// Tasks that failed, are late, or were given up.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn list<P: Orders + Tasks + Clock>(ports: &P) -> Result<TaskList, Error> {
    let now = ports.now();
    let mut named = ports.given_up(MOST).await?;
    for shard in 0..AGENDA_SHARDS {
        let due = ports.due(shard, now + LONGEST_WAIT, MOST).await?;
        named.extend(due.into_iter().filter_map(|due| match due {
            Due::Task(order, kind) => Some((order, kind)),
            Due::Order(_) | Due::Delivery(_) => None,
        }));
    }
    let mut troubled = Vec::new();
    for (order, kind) in named {
        troubled.extend(ports.task(order, kind).await?.filter(|task| is_troubled(task, now)));
    }
    troubled.sort_by_key(|task| (task.order, task.kind));
    troubled.dedup();
    Ok(TaskList::new(troubled))
}

/// What the next sweeps will do by themselves is no trouble.
fn is_troubled(task: &Task, now: Timestamp) -> bool {
    match task.status {
        TaskStatus::Done => false,
        TaskStatus::Dead => true,
        TaskStatus::Ready | TaskStatus::Waiting => task.failures > 0 || task.due.is_some_and(|due| due + WAKE_AGAIN_AFTER < now),
    }
}

/// Tasks for an operator.
#[derive(Serialize)]
pub struct TaskList {
    tasks: Vec<TaskView>,
}

/// A task for an operator.
#[derive(Serialize)]
pub struct TaskView {
    order: OrderId,
    task: String,
    consumer: &'static str,
    status: &'static str,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
}

impl TaskList {
    fn new(tasks: Vec<Task>) -> Self {
        Self { tasks: tasks.iter().map(TaskView::new).collect() }
    }
}

impl TaskView {
    pub(crate) fn new(task: &Task) -> Self {
        let Task { order, kind, status, failures, due } = task;
        let (consumer, status) = (kind.consumer().as_str(), status.as_str());
        Self { order: *order, task: kind.to_string(), consumer, status, failures: *failures, due: *due }
    }
}

impl fmt::Display for TaskList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tasks.len(), if self.tasks.len() == 1 { "task" } else { "tasks" })?;
        self.tasks.iter().try_for_each(|task| write!(f, "\n{task}"))
    }
}

impl fmt::Display for TaskView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order, task, consumer, status, failures, due } = self;
        write!(f, "{order}  {task:<18}{consumer:<8}{status:<9}{failures} failures")?;
        due.map_or(Ok(()), |due| write!(f, ", due {due}"))
    }
}

#[cfg(test)]
mod tests {
    use segl_core::event::What;
    use segl_core::id::SignerIndex;
    use segl_core::transition::Change;
    use segl_testkit::fake::Fake;
    use segl_testkit::story::{Draft, client, organization};

    use super::*;

    /// An order that owes these tasks.
    async fn order_with(fake: &Fake, tasks: impl Fn(OrderId) -> Vec<Task>) -> OrderId {
        let organization = organization(fake);
        let draft = Draft::new(&organization, &client(fake, &organization, "").id, fake.now()).systems(1);
        let story = draft.create(fake, fake.now()).documents_ready();
        fake.commit(&Change { tasks: tasks(story.id()), ..story.as_one_change() }).await.expect("commits");
        story.id()
    }

    fn names(list: &TaskList) -> Vec<(&str, &str)> {
        list.tasks.iter().map(|task| (task.task.as_str(), task.status)).collect()
    }

    #[tokio::test]
    async fn what_is_in_trouble_is_listed_and_nothing_else() {
        let fake = Fake::default();
        let now = fake.now();
        let id = order_with(&fake, |id| {
            let dead = Task { status: TaskStatus::Dead, due: None, failures: 16, ..Task::new(id, TaskKind::TellCreator, now) };
            let failed = Task::new(id, TaskKind::Seal, now).failed(now);
            let fresh = Task::new(id, TaskKind::Invite(SignerIndex(0)), now);
            let late = Task::later(id, TaskKind::Upgrade, now - SignedDuration::from_hours(1));
            let planned = Task::later(id, TaskKind::Renew, now + SignedDuration::from_hours(1));
            vec![dead, failed, fresh, late, planned, Task::new(id, TaskKind::WarnCreator, now).done()]
        })
        .await;
        let listed = list(&fake).await.expect("lists");
        assert_eq!(names(&listed), [("seal", "waiting"), ("upgrade", "waiting"), ("tell-creator", "dead")]);
        assert!(listed.to_string().contains(&id.to_string()), "{listed}");
    }

    #[tokio::test]
    async fn a_message_that_was_given_up_is_sent_after_all_or_leaves_the_list() {
        for takes_up in [true, false] {
            let fake = Fake::default();
            let kind = TaskKind::TellCreator;
            let dead = |id| Task { status: TaskStatus::Dead, due: None, failures: 16, ..Task::new(id, kind, fake.now()) };
            let id = order_with(&fake, |id| vec![dead(id)]).await;
            fake.take_wake_ups();
            if takes_up {
                retry(&fake, id, kind).await.expect("is taken up");
                assert_eq!(fake.take_wake_ups(), [(id, kind)]);
            } else {
                give_up(&fake, id, kind).await.expect("leaves the list");
                assert_eq!(fake.take_wake_ups(), []);
            }
            assert_eq!(names(&list(&fake).await.expect("lists")), []);
        }
    }

    #[tokio::test]
    async fn giving_a_message_up_is_told_in_the_audit_trail_and_a_seal_is_never_given_up() {
        let fake = Fake::default();
        let now = fake.now();
        let id = order_with(&fake, |id| vec![Task::new(id, TaskKind::TellCreator, now), Task::new(id, TaskKind::Seal, now)]).await;
        give_up(&fake, id, TaskKind::TellCreator).await.expect("is given up");
        let events = fake.events(id, 0, usize::MAX).await.expect("events");
        assert!(matches!(&events.last().expect("an event").what, What::DeliveryFailed { task } if task == "tell-creator"), "{events:?}");
        let again = give_up(&fake, id, TaskKind::TellCreator).await.expect_err("it is over");
        assert!(matches!(Error::from(again).code(), "not-found"));
        assert!(give_up(&fake, id, TaskKind::Seal).await.is_err());
        assert_eq!(fake.task(id, TaskKind::Seal).await.expect("reads").expect("is there").status, TaskStatus::Ready);
    }
}
