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

/// What no story calls, and why that needs no row.
const ELSEWHERE: &[(&str, &str)] = &[
    ("attempts.count_failure", "a failure that is not counted lets one more guess through; the caller is not let in either way"),
    ("clients.client_of_certificate", "a read by which a caller is let in: a failure is answered by 503, and nothing was done"),
    ("clients.clients", "`segl` alone"),
    ("clients.put_client", "`segl` alone"),
    ("directory.look_up", "a read before anything is stored: a failure is answered by 503"),
    ("directory.put_person", "`segl` alone"),
    ("directory.remove_person", "removing it again is harmless, and whoever anonymises is told to ask again"),
    ("links.use_up", "a link that is used up for nobody is replaced by another, for which the sender asks at each click"),
    ("objects.download_url", "a read; nothing is stored"),
    ("orders.remember", "every step of every request under a key is broken in `idempotency.rs`"),
    ("orders.orders_of_person", "a read: the list is not shown, and nothing was done"),
    ("organizations.set_contact", "`segl` alone"),
    ("organizations.set_retention", "`segl` alone"),
    ("register_book.put_register", "operators alone"),
    ("register_book.registers", "operators alone"),
    ("register_book.remove_register", "operators alone"),
    ("register_secrets.put_register_secret", "operators alone"),
    ("register_secrets.register_secret", "a read before anything is sent"),
    ("register_secrets.remove_register_secret", "operators alone"),
    ("replays.first_use", "a token that is used up for nobody is replaced by another, which its client makes for each call"),
    ("root_key_source.root_key", "at start: the function does not start, and the platform starts another"),
    ("sessions.end_session", "whoever logs out is told that it failed; what is ended again is ended"),
    ("sessions.put_session", "whoever logs in is told that it failed, and begins again; a session of which no browser knows lapses"),
    ("sessions.session", "a read by which a person is let in: a failure is answered by 503, and nothing was done"),
    ("tasks.given_up", "`segl` alone"),
    ("tasks.tasks", "`segl` alone"),
    ("token_keys.access_token_keys", "a read by which a caller is let in, or keys are published"),
    ("token_keys.workflow_token_keys", "a read; nothing is stored"),
    ("webhooks.deliveries", "a read"),
    ("webhooks.feed", "a read"),
    ("webhooks.remove_endpoint", "every step of every request under a key is broken in `idempotency.rs`"),
];

/// The stories list their steps, and [`every_step_fails`] holds them to it; this holds the stories to the ports.
#[test]
fn every_call_of_a_port_is_broken_in_some_story_or_says_why_not() {
    let ports = [
        include_str!("../../shared/testkit/src/fake/authorities.rs"),
        include_str!("../../shared/testkit/src/fake/keys.rs"),
        include_str!("../../shared/testkit/src/fake/messages.rs"),
        include_str!("../../shared/testkit/src/fake/objects.rs"),
        include_str!("../../shared/testkit/src/fake/orders.rs"),
        include_str!("../../shared/testkit/src/fake/people.rs"),
        include_str!("../../shared/testkit/src/fake/registers.rs"),
        include_str!("../../shared/testkit/src/fake/tasks.rs"),
        include_str!("../../shared/testkit/src/fake/tokens.rs"),
        include_str!("../../shared/testkit/src/fake/webhooks.rs"),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/testkit/src/fake");
    let files = std::fs::read_dir(folder).expect("the fake's folder").count();
    // `defect.rs` is the one that calls nothing.
    assert_eq!(files, ports.len() + 1, "the fake has a file more: name it here");
    let called: BTreeSet<&str> = ports.iter().flat_map(|port| names(port, ".call(\"")).collect();
    let stories = [
        include_str!("life.rs"),
        include_str!("climb.rs"),
        include_str!("endings.rs"),
        include_str!("webhooks.rs"),
        include_str!("evidence.rs"),
        include_str!("checkpoint.rs"),
        include_str!("erasure.rs"),
        include_str!("orphans.rs"),
        include_str!("write_back.rs"),
    ];
    let broken: BTreeSet<&str> = stories.iter().flat_map(|story| names(story, "\"")).filter(|name| called.contains(name)).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(name, _)| *name).collect();
    assert_eq!(broken.intersection(&elsewhere).collect::<Vec<_>>(), [&""; 0], "a row is there after all");
    assert_eq!(broken.union(&elsewhere).copied().collect::<BTreeSet<_>>(), called, "think about how the new call may fail");
}

/// What stands in quotes after `before`.
fn names<'a>(source: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    source.split(before).skip(1).filter_map(|rest| rest.split('"').next())
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
