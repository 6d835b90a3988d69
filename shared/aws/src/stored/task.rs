//! A task as stored. It has no body: conditions and the stream's filters look at all that it is.

use jiff::{SignedDuration, Timestamp};
use segl_core::task::{Task, TaskStatus};

use crate::item::{BadItem, Item, ItemKey, Row};

/// How long a task that is over can still be looked at.
const KEPT_WHEN_OVER: SignedDuration = SignedDuration::from_hours(30 * 24);

/// `now` decides when a task that is over expires.
pub(crate) fn task_item(task: &Task, now: Timestamp) -> Item {
    let Task { order, kind, status, failures, due } = task;
    let item = Item::new(&ItemKey::task(*order, *kind))
        .text("consumer", kind.consumer().as_str())
        .text("status", status.as_str())
        .number("failures", failures)
        .due(*order, *due);
    match status {
        TaskStatus::Ready | TaskStatus::Waiting => item,
        TaskStatus::Done => item.expires(now + KEPT_WHEN_OVER),
        TaskStatus::Dead => item.given_up(now).expires(now + KEPT_WHEN_OVER),
    }
}

pub(crate) fn task_from_row(row: &Row) -> Result<Task, BadItem> {
    let status = row.text("status")?.parse::<TaskStatus>().map_err(BadItem::field("status"))?;
    let due = row.optional_number("due")?.map(Timestamp::from_millisecond).transpose().map_err(BadItem::field("due"))?;
    Ok(Task {
        order: row.key().order_id().ok_or(BadItem::Attribute("pk"))?,
        kind: row.key().task_kind().ok_or(BadItem::Attribute("sk"))?,
        status,
        failures: row.number("failures")?,
        due: due.filter(|_| status != TaskStatus::Dead),
    })
}
