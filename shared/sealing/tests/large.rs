//! 300 MB cost as much as 5 KB. One test in a program of its own, since it measures the program's memory.

mod support;

use std::cell::Cell;
use std::io;

use segl_sealing::*;
use support::large::LargeDocument;
use support::pki::pki;
use support::{request_with_page, seal_plan};

/// Counts what is read.
struct Counted<'a> {
    document: &'a LargeDocument,
    read: Cell<u64>,
}

impl ReadAt for Counted<'_> {
    fn len(&self) -> u64 {
        self.document.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.document.read_at(offset, buf)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

/// The most memory that this program ever had, in KB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells the memory of a program");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak is told");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn a_document_of_300_mb_is_sealed_in_constant_memory() {
    pki();
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let mut plans = Vec::new();
    let before = peak_memory();
    for padding in [5_000, 300_000_000] {
        let document = LargeDocument::new(padding);
        let mut hasher = PrefixHasher::new();
        document.stream(|piece| hasher.update(piece));
        let counted = Counted { document: &document, read: Cell::new(0) };
        let plan = inspect(&counted, hasher.finish(), &Limits::default()).expect("can be sealed").plan;
        assert!(counted.read.get() < 20_000, "{} bytes were read of {}", counted.read.get(), document.len());
        let sealed = seal_plan(&plan, request_with_page(&pki().p256, algorithm, 3), &pki().p256);
        plans.push((serde_json::to_string(&plan).expect("serializes").len(), sealed.increment.len()));
        let whole = document.followed_by(&sealed.increment);
        assert_eq!(whole.len(), sealed.total_len);
        let mut hasher = PrefixHasher::new();
        whole.stream(|piece| hasher.update(piece));
        assert_eq!(hasher.finish().sha256, sealed.sha256);
        let report = verify(&whole, &Policy::new(support::now(), std::slice::from_ref(&pki().root))).expect("can be read");
        assert!(report.is_good(), "{report:?}");
    }
    let used = peak_memory() - before;
    assert!(used < 32_000, "{used} KB");
    let [(small_plan, small), (large_plan, large)] = plans[..] else { panic!("two documents") };
    assert!(small_plan < 4_000 && small_plan.abs_diff(large_plan) < 40, "{small_plan} and {large_plan} bytes of plan");
    assert!(small.abs_diff(large) < 200, "{small} and {large} bytes of increment");
}
