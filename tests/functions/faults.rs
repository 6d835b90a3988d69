//! Fault tables: a story is told once without faults, which lists its steps; then again for each step and each way in which that step
//! can fail. However it fails, the end must be the same.

use std::collections::BTreeSet;

use segl_core::id::OrderId;
use segl_testkit::fake::Fault;

use crate::platform::{Delivery, Platform};
use crate::world::World;

/// How one step fails.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// The call has no effect and answers that nobody is there.
    Refuses,
    /// The call takes effect and answers that nobody is there.
    LosesItsAnswer,
    /// The call takes effect, and the function dies before it learns of that.
    Kills,
}

/// For how many sweeps an outage lasts.
const OUTAGE: usize = 8;

/// Tells the story with every fault in turn, and asserts that its steps are calls of exactly these ports.
///
/// `prepare` is not part of the story and meets no faults. `check` sees the end, with all faults gone.
pub async fn every_step_fails<S>(
    calls: &[&'static str],
    prepare: impl AsyncFn(&Platform) -> S,
    act: impl AsyncFn(&Platform, S) -> OrderId,
    check: impl AsyncFn(&World, OrderId),
) {
    let run = async |delivery, arrange: &dyn Fn(&Platform)| {
        let platform = Platform::new(delivery).await;
        let prepared = prepare(&platform).await;
        platform.world.fake().clear_journal();
        arrange(&platform);
        let id = act(&platform, prepared).await;
        let journal = platform.world.fake().journal();
        platform.world.fake().heal();
        check(&platform.world, id).await;
        journal
    };
    let mut plain = Vec::new();
    for delivery in [Delivery::Prompt, Delivery::LosesTheFirst] {
        let _row = Row(format!("{delivery:?}, no fault"));
        plain.push((delivery, run(delivery, &|_| {}).await));
    }
    let found: BTreeSet<_> = plain.iter().flat_map(|(_, journal)| journal).copied().collect();
    assert_eq!(found, calls.iter().copied().collect(), "a story has other steps than this test knows: think about how each may fail");

    let mut rows = 0;
    for (delivery, journal) in plain {
        for (step, name) in (1..).zip(journal) {
            for way in [Way::Refuses, Way::LosesItsAnswer, Way::Kills] {
                let _row = Row(format!("{delivery:?}, step {step} ({name}) {way:?}"));
                let journal = run(delivery, &|platform| match way {
                    Way::Refuses => platform.world.fake().fail_step(step, Fault::BeforeEffect),
                    Way::LosesItsAnswer => platform.world.fake().fail_step(step, Fault::AfterEffect),
                    Way::Kills => platform.kill_after(step),
                })
                .await;
                assert_eq!(journal.get(step - 1), Some(&name), "the fault meets the step that it is meant for");
                rows += 1;
            }
        }
    }
    for name in calls.iter().copied() {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            let _row = Row(format!("{name} is out of order, {fault:?}"));
            run(Delivery::Prompt, &|platform| {
                platform.world.fake().fail_always(name, fault);
                platform.heal_after(OUTAGE);
            })
            .await;
            rows += 1;
        }
    }
    assert!(rows > 3 * calls.len(), "there are rows");
    eprintln!("{rows} rows");
}

/// Says which row failed.
struct Row(String);

impl Drop for Row {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in this row: {}", self.0);
        }
    }
}
