//! The fault table: a write-back is run once without faults, which lists its requests; then again for each request and each way in which
//! that one can fail. However it fails, the end is the same: every document has one new version, there is one evidence document, no
//! lock is left, and the case system was told once.

mod support;

use segl_registers::Outcome;
use support::{End, WAYS, Way, World};

/// Small documents, one that goes in parts, and both.
const STORIES: [&[usize]; 3] = [&[500, 7000], &[10_000], &[10_000, 500]];

#[test]
fn every_request_fails_in_every_way() {
    let mut rows = 0;
    for sizes in STORIES {
        let mut plain = World::new(sizes);
        assert_eq!(plain.run(0, false), End::Told(Outcome::Written), "{sizes:?} without faults");
        plain.assert_written();
        for step in 1..=plain.sent.len() {
            for way in WAYS {
                let mut world = World::new(sizes);
                world.fault = Some((step, way));
                let end = world.run(3, false);
                let row = format!("{sizes:?}, request {step} ({} {}) {way:?}", plain.sent[step - 1].0.method, plain.sent[step - 1].0.url);
                assert_eq!(end, End::Told(Outcome::Written), "{row}");
                let _row = Row(row);
                world.assert_written();
                rows += 1;
            }
        }
    }
    assert!(rows > 300, "there are rows: {rows}");
    eprintln!("{rows} rows");
}

/// Two requests of one run fail, one after the other: the process that goes on from a doubt dies in it.
#[test]
fn any_two_requests_fail() {
    let sizes = &[500][..];
    let mut plain = World::new(sizes);
    assert_eq!(plain.run(0, false), End::Told(Outcome::Written));
    for first in 1..=plain.sent.len() {
        for way in [Way::Lost, Way::KilledAfter, Way::KilledBefore] {
            let mut once = World::new(sizes);
            once.fault = Some((first, way));
            once.run(3, false);
            for second in first + 1..=once.sent.len() {
                let mut world = World::new(sizes);
                world.fault = Some((first, way));
                world.fault_after = Some((second, Way::Lost));
                let _row = Row(format!("request {first} {way:?}, then request {second} lost"));
                assert_eq!(world.run(4, false), End::Told(Outcome::Written));
                world.assert_written();
            }
        }
    }
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
