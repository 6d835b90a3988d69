//! Extending sealed documents after the order has ended: to the level that was asked for, and by newer time-stamps as the years go by.
//!
//! An extended document begins with the bytes of the one before, so that a copy kept elsewhere stays good. It lies under the key of the
//! attempt that made it, and the commit says which attempt counts.

use jiff::{SignedDuration, Timestamp};

use crate::document::{Level, SealedDocument};
use crate::event::What;
use crate::id::AttemptId;
use crate::order::{OrderData, OrderState};
use crate::refusal::Refusal;
use crate::task::{Task, TaskKind};

/// How long before the newest time-stamp lapses it is renewed: enough for an authority that is down for weeks, and for people to
/// configure another.
pub const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 120);

/// How long after a seal that fell short the first try to raise it comes.
pub const UPGRADE_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// What came of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// The attempt whose object was extended.
    pub from: AttemptId,
    /// The document as it is now; the same as before where nothing was to be done.
    pub sealed: SealedDocument,
}

/// The task that raises these seals, where one of them is below the order's target.
pub(crate) fn upgrade_owed(order: &OrderData, sealed: &[SealedDocument], now: Timestamp) -> Option<Task> {
    let short = sealed.iter().any(|sealed| sealed.level < order.options.seal.level);
    short.then(|| Task::later(order.id, TaskKind::Upgrade, now + UPGRADE_AFTER))
}

/// The task that renews the time-stamps of archived seals (B-LTA), due before the first of them lapses. Where that is soon, half of the time that is
/// left: an authority that gives out stamps of a few days does not keep the service busy.
pub(crate) fn renewal_owed(order: &OrderData, sealed: &[SealedDocument], now: Timestamp) -> Option<Task> {
    let archived = sealed.iter().filter(|sealed| sealed.level == Level::BLta);
    let lapses_at = archived.filter_map(|sealed| sealed.lapses_at).min()?;
    let left = lapses_at.duration_since(now).max(SignedDuration::ZERO);
    let wait = (left - RENEW_BEFORE).max(left / 2).max(UPGRADE_AFTER);
    Some(Task::later(order.id, TaskKind::Renew, now + wait))
}

/// The tasks of an order that end with its documents' removal, as over.
pub(crate) fn owed_no_more(order: &OrderData, now: Timestamp) -> Vec<Task> {
    let OrderState::Accepted { sealed, .. } = &order.state else { return Vec::new() };
    [upgrade_owed(order, sealed, now), renewal_owed(order, sealed, now)].into_iter().flatten().map(Task::done).collect()
}

/// Whether these documents come of those, and what there is to say of it.
pub(crate) fn check(before: &[SealedDocument], extended: &[Extended]) -> Result<Vec<What>, Refusal> {
    if before.len() != extended.len() {
        return Err(Refusal::NoSuchDocument);
    }
    let mut events = Vec::new();
    for (before, Extended { from, sealed }) in before.iter().zip(extended) {
        if before.document != sealed.document {
            return Err(Refusal::NoSuchDocument);
        }
        if before.attempt != *from {
            return Err(Refusal::Closed("extended by another attempt"));
        }
        if before == sealed {
            continue;
        }
        // What is appended makes a file longer; and nothing that was reached is given up. The newest time-stamp may lapse before the one
        // below it: another authority gave it.
        if sealed.size <= before.size || sealed.level < before.level || (before.lapses_at.is_some() && sealed.lapses_at.is_none()) {
            return Err(Refusal::Closed("sealed, and this is not an extension of it"));
        }
        let (document, sha256, level) = (sealed.document, sealed.sha256, sealed.level);
        match sealed.lapses_at {
            Some(lapses_at) if level == before.level => events.push(What::SealRenewed { document, sha256, lapses_at }),
            _ => events.push(What::SealUpgraded { document, sha256, level }),
        }
    }
    if events.is_empty() { Err(Refusal::Closed("extended no further")) } else { Ok(events) }
}
