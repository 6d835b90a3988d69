//! Metrics: lines on standard output in CloudWatch's embedded metric format, of which the platform makes metrics without a call by us.
//!
//! Dimensions are names of our own, a few of each; nothing of an order stands in them. Where `SEGL_METRICS` names no namespace, nothing is
//! written.

use std::io::Write as _;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use segl_core::document::Level;
use segl_core::event::What;
use segl_core::id::GroupIndex;
use segl_core::transition::Change;
use serde_json::{Value, json};

static NAMESPACE: OnceLock<String> = OnceLock::new();

/// One value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    name: &'static str,
    unit: &'static str,
    value: f64,
    /// Name and value; each value is a series of its own.
    dimension: Option<(&'static str, &'static str)>,
}

/// What became of a try to tell somebody something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Told.
    Delivered,
    /// To be tried again.
    PutOff,
    /// Never.
    GivenUp,
}

impl Metric {
    /// An order came to a state.
    pub const fn order(state: &'static str) -> Self {
        Self { name: "Orders", unit: "Count", value: 1.0, dimension: Some(("State", state)) }
    }

    /// Somebody was told something, or was to be.
    pub const fn delivery(outcome: Delivery) -> Self {
        let outcome = match outcome {
            Delivery::Delivered => "delivered",
            Delivery::PutOff => "put-off",
            Delivery::GivenUp => "given-up",
        };
        Self { name: "Deliveries", unit: "Count", value: 1.0, dimension: Some(("Outcome", outcome)) }
    }

    /// From the last signature to the seal.
    pub fn seal_time(level: Level, took: SignedDuration) -> Self {
        Self { name: "SealTime", unit: "Seconds", value: took.as_secs_f64(), dimension: Some(("Level", level.as_str())) }
    }

    /// How long the task has been owed that is owed longest of those that came up ([`segl_core::task::Task::owed_for`]).
    pub fn oldest_task(owed_for: SignedDuration) -> Self {
        Self { name: "OldestTask", unit: "Seconds", value: owed_for.as_secs_f64(), dimension: None }
    }

    /// Writes the metric.
    pub fn write(self, at: Timestamp) {
        let Some(namespace) = NAMESPACE.get() else { return };
        // A metric that is lost is no reason to fail.
        let _ = writeln!(std::io::stdout().lock(), "{}", self.line(namespace, at));
    }

    /// As the embedded metric format wants it.
    fn line(self, namespace: &str, at: Timestamp) -> Value {
        let dimensions: Vec<_> = self.dimension.iter().map(|(name, _)| *name).collect();
        let mut line = json!({
            "_aws": {
                "Timestamp": at.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": namespace,
                    "Dimensions": [dimensions],
                    "Metrics": [{"Name": self.name, "Unit": self.unit}],
                }],
            },
        });
        line[self.name] = json!(self.value);
        if let Some((name, value)) = self.dimension {
            line[name] = json!(value);
        }
        line
    }
}

/// Writes metrics from now on.
pub(crate) fn switch_on(namespace: String) {
    // The second of two would be the same: both are this process's configuration.
    let _ = NAMESPACE.set(namespace);
}

/// Writes what a change that was committed means.
pub(crate) fn committed(change: &Change) {
    for event in &change.events {
        if let Some(metric) = milestone(&event.what) {
            metric.write(event.at);
        }
    }
}

fn milestone(what: &What) -> Option<Metric> {
    match what {
        What::Created { .. } => Some(Metric::order("drafting")),
        What::GroupOpened { group: GroupIndex(0) } => Some(Metric::order("pending")),
        What::EveryoneSigned {} => Some(Metric::order("sealing")),
        What::Accepted {} => Some(Metric::order("accepted")),
        What::Rejected {} => Some(Metric::order("rejected")),
        What::Cancelled {} => Some(Metric::order("cancelled")),
        What::Expired {} => Some(Metric::order("expired")),
        What::Failed { .. } => Some(Metric::order("failed")),
        What::Invited { .. } | What::Reminded { .. } | What::OutcomeSent { .. } => Some(Metric::delivery(Delivery::Delivered)),
        What::DeliveryFailed { .. } => Some(Metric::delivery(Delivery::GivenUp)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_the_embedded_metric_format() {
        let took = SignedDuration::from_millis(1500);
        assert_eq!(
            Metric::seal_time(Level::BT, took).line("Segl/test", Timestamp::UNIX_EPOCH),
            json!({
                "_aws": {"Timestamp": 0, "CloudWatchMetrics": [{
                    "Namespace": "Segl/test",
                    "Dimensions": [["Level"]],
                    "Metrics": [{"Name": "SealTime", "Unit": "Seconds"}],
                }]},
                "SealTime": 1.5,
                "Level": "B-T",
            })
        );
        let without = Metric::oldest_task(took).line("Segl/test", Timestamp::UNIX_EPOCH);
        assert_eq!(without["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }

    #[test]
    fn every_end_of_an_order_is_counted_once() {
        use segl_core::order::OrderState;
        let fake = segl_testkit::fake::Fake::default();
        let organization = segl_testkit::story::organization(&fake);
        let creator = segl_testkit::story::client(&fake, &organization, "").id;
        for story in segl_testkit::story::Story::in_every_state(&fake, &organization, &creator, segl_testkit::fake::START) {
            let counted: Vec<_> =
                story.events().iter().filter_map(|event| milestone(&event.what)).filter(|one| one.name == "Orders").collect();
            let last = counted.last().and_then(|metric| metric.dimension).map(|(_, state)| state);
            assert_eq!(last, Some(story.order().state.name()), "{counted:?}");
            let ends = counted.iter().filter(|metric| !matches!(metric.dimension, Some((_, "drafting" | "pending" | "sealing"))));
            assert_eq!(ends.count(), usize::from(story.order().state.ended_at().is_some()), "{:?}", story.order().state);
            assert!(matches!(story.order().state, OrderState::Drafting { .. }) || counted.len() > 1, "{counted:?}");
        }
    }
}
