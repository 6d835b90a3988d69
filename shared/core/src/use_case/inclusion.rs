//! The proof that an order's audit trail is in a checkpoint.

use jiff::civil::Date;

use crate::checkpoint::{Published, day_of};
use crate::event::Event;
use crate::id::OrderId;
use crate::inclusion::Inclusion;
use crate::ports::{Cause, Clock, Objects, PortError};
use crate::storage_key::StorageKey;
use crate::use_case::Error;
use crate::use_case::checkpoint::last_day;

/// The greatest checkpoint that is searched, which is held in memory: two million trails.
const MAX_SEARCHED: u64 = 128 * 1024 * 1024;

/// Proves as much of a trail as checkpoints cover: the newest one that is of a day on which the trail grew. None where there is none yet,
/// or it is too large to be searched here.
///
/// # Errors
/// [`PortError::Corrupt`] where that checkpoint has another trail: then history was rewritten.
pub async fn inclusion<P: Objects + Clock>(ports: &P, order: OrderId, events: &[Event]) -> Result<Option<Inclusion>, Error> {
    for day in days(events).into_iter().filter(|day| *day <= last_day(ports.now())) {
        let key = StorageKey::Checkpoint(day);
        let Some(head) = ports.head(&key).await? else { continue };
        if head.size > MAX_SEARCHED {
            return Ok(None);
        }
        let corrupt = |source: Cause| PortError::Corrupt { key: key.to_string(), source };
        let bytes = ports.read(&key, Some(&head.version.version), MAX_SEARCHED).await?;
        let bytes = bytes.ok_or_else(|| corrupt("a checkpoint is gone".into()))?;
        let published: Published = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.into()))?;
        let rewritten = || PortError::Corrupt { key: format!("the audit trail of {order}"), source: NotThere(day).into() };
        return Ok(Some(Inclusion::prove(order, events, day, published).ok_or_else(rewritten)?));
    }
    Ok(None)
}

/// A checkpoint was made without this trail, or over another.
#[derive(Debug, thiserror::Error)]
#[error("it is not the one that stood there when the checkpoint of {0} was made")]
struct NotThere(Date);

/// The days on which a trail grew, newest first.
fn days(events: &[Event]) -> Vec<Date> {
    let mut days: Vec<_> = events.iter().map(day_of).collect();
    days.sort();
    days.dedup();
    days.reverse();
    days
}
