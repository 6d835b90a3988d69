//! What is mended stays mended: the same bytes always, recognised afterwards, and never mended a second time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segl_fuzz::LIMITS;
use segl_sealing::{PrefixHasher, inspect_or_repair, repair, repaired_from};

fuzz_target!(|data: &[u8]| {
    let _ = repaired_from(&data, &LIMITS);
    let mut hasher = PrefixHasher::new();
    hasher.update(data);
    let Ok(examined) = inspect_or_repair(&data, hasher, &LIMITS) else { return };
    let Some(suffix) = examined.repair else { return };
    assert_eq!(repair(&data, &LIMITS).expect("mended once, mended always"), suffix);
    let mended = [data, &suffix].concat();
    assert_eq!(repaired_from(&mended, &LIMITS).expect("memory can be read"), Some(data.len() as u64));
    let mut hasher = PrefixHasher::new();
    hasher.update(&mended);
    assert!(inspect_or_repair(&mended, hasher, &LIMITS).expect("what was mended is fine").repair.is_none());
});
