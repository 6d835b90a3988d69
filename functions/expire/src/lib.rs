//! `expire`: the sweep over everything that time drives.

use jiff::SignedDuration;
use segl_core::ports::{AGENDA_SHARDS, Due};
use segl_core::use_case::Error;
use segl_core::use_case::sweep::{Swept, sweep};
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;

/// How many entries are read from a shard at a time.
const PAGE: usize = 100;

/// What one sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries that something was done about.
    pub done: usize,
    /// Entries that were not due any more.
    pub idle: usize,
    /// Entries that failed. They stay due, and the next sweep finds them again.
    pub failed: usize,
    /// For how long the task has been owed that is owed longest, of those whose consumers were woken.
    pub oldest: SignedDuration,
}

/// Sweeps all shards once. An entry that fails does not keep the others from their turn.
pub async fn sweep_all<P: Storage>(ports: &P) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    for shard in 0..AGENDA_SHARDS {
        loop {
            let page = ports.due(shard, ports.now(), PAGE).await?;
            let done_before = tally.done;
            for due in &page {
                count(&mut tally, due, sweep(ports, due.clone()).await);
            }
            // Another page only where this one was full and got shorter: otherwise it would be the same one again.
            if page.len() < PAGE || tally.done == done_before {
                break;
            }
        }
    }
    Ok(tally)
}

fn count(tally: &mut Tally, due: &Due, outcome: Result<Swept, Error>) {
    match outcome {
        Ok(Swept::Nothing) => tally.idle += 1,
        Ok(swept) => {
            tally.done += 1;
            if let Swept::Woken(owed_for) = swept {
                tally.oldest = tally.oldest.max(owed_for);
            }
            tracing::info!(?due, ?swept, "swept");
        }
        Err(error) => {
            tally.failed += 1;
            tracing::error!(?due, error = %Causes(&error), "not swept");
        }
    }
}
