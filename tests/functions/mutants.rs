//! Tests of the tests: each condition on which everything rests is taken from the storage in turn, and some test must notice. A condition
//! that can be missing without anybody noticing would be one that is not tested, or not needed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use segl_testkit::fake::Defect;

use crate::{endings, idempotency, late};

/// Whatever races or fails, quick ones first.
const TESTS: [(&str, fn()); 12] = [
    ("two signers at the same moment", late::two_signers_at_the_same_moment_both_sign),
    ("two who send the same message", late::a_message_that_two_send_at_the_same_moment_is_noted_once),
    ("a message whose sender dies", late::a_message_whose_sender_dies_is_noted_once),
    ("a sweep that comes late", late::a_sweep_that_comes_late_wakes_nobody_for_what_is_done),
    ("two who announce at the same moment", late::what_two_announce_at_the_same_moment_is_published_once),
    ("two deliveries at the same moment", late::two_tries_at_the_same_moment_are_both_counted),
    ("two checkpoints of one day", late::of_two_checkpoints_of_one_day_the_first_counts),
    ("two seals at the same time", late::two_seals_at_the_same_time_give_one),
    ("the same request twice at the same moment", idempotency::two_at_the_same_moment_are_one),
    ("the fault table of declining", endings::a_system_declines_whatever_fails),
    ("the fault table of expiry and removal", endings::an_order_expires_and_its_retention_ends_whatever_fails),
    ("the fault table of repeats", idempotency::whatever_fails_the_repeat_finishes_it),
];

#[test]
fn a_condition_that_is_missing_is_noticed() {
    let mut unnoticed = Vec::new();
    for defect in Defect::ALL {
        let notices = |(_, test): &&(&str, fn())| defect.while_running(|| catch_unwind(AssertUnwindSafe(*test)).is_err());
        match TESTS.iter().find(notices) {
            Some((name, _)) => eprintln!("{defect:?}: noticed by {name}"),
            None => unnoticed.push(defect),
        }
    }
    assert_eq!(unnoticed, []);
}
