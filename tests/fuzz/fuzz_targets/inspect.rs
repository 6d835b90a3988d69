//! Whatever the bytes: inspecting ends within its limits, and what it accepts can be stored and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segl_fuzz::LIMITS;
use segl_sealing::{Plan, PrefixDigest, embedded_files, inspect};

fuzz_target!(|data: &[u8]| {
    if let Ok(inspection) = inspect(&data, PrefixDigest::of(data), &LIMITS) {
        let stored = serde_json::to_string(&inspection.plan).expect("a plan can be stored");
        serde_json::from_str::<Plan>(&stored).expect("a stored plan can be read");
        for finding in &inspection.findings {
            assert!(!finding.code().is_empty() && finding.to_string().ends_with('.'));
        }
    }
    let _ = embedded_files(&data, "evidence.json", &LIMITS);
});
