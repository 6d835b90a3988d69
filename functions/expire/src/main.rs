//! The `expire` function: woken every minute by the schedule.

use segl_core::ports::Clock as _;
use segl_core::use_case::checkpoint::make_due;
use segl_lambda::metrics::Metric;
use segl_lambda::start::{self, Failure};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, store, _) = start::connect().await?;
    let key = start::workflow_token_key(&aws)?;
    let (store, key) = (&store, &key);
    start::consume(|_: serde_json::Value| async move {
        let tally = expire::sweep_all(store).await?;
        Metric::oldest_task(tally.oldest).write(store.now());
        tracing::info!(done = tally.done, idle = tally.idle, failed = tally.failed, "swept all");
        // After what is owed to orders. One that fails is tried again in a minute.
        for day in make_due(store, key).await? {
            tracing::info!(%day, "checkpoint made");
        }
        // Told to the platform, too, so that an alarm rings: the log alone is read by nobody.
        if tally.failed > 0 { Err(Failure::from(format!("{} entries of the agenda failed", tally.failed))) } else { Ok(()) }
    })
    .await
}
