//! Files that pyHanko and certomancer made: see `tests/golden/levels/make.py`.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use segl_sealing::Certificate;

/// The levels, the moments between which each is good, and what it says of its level while it is.
pub const LEVELS: [(&str, &str, &str, &str); 6] = [
    ("b-b", "2026-06-02", "2027-12-31", "B-B"),
    ("b-t", "2026-06-02", "2029-12-31", "B-T"),
    ("b-lt", "2026-06-02", "2029-12-31", "B-LT"),
    ("b-lta", "2026-06-02", "2029-12-31", "B-LTA"),
    ("b-lta-2029", "2029-06-02", "2039-12-31", "B-LTA"),
    ("b-lta-2039", "2039-06-02", "2049-12-31", "B-LTA"),
];

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/levels")).join(name)
}

pub fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&fs::read_to_string(path(&format!("{name}.pem"))).expect("reads")).expect("parses")
}

/// Noon of a day.
pub fn day(date: &str) -> Timestamp {
    format!("{date}T12:00:00Z").parse().expect("a date")
}
