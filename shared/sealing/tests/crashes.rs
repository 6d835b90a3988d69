//! Inputs that once crashed something, kept in `crashes/`, and what fuzzing starts from: each is tried on everything.

use std::fs;
use std::path::Path;

use segl_sealing::*;

const LIMITS: Limits = Limits { bytes: 4 << 20, work: 200_000, depth: 50 };

#[test]
fn nothing_crashes_any_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes");
    let mut tried = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let bytes = fs::read(entry.expect("can be listed").path()).expect("can be read");
        let mut hasher = PrefixHasher::new();
        hasher.update(&bytes);
        let source: &dyn ReadAt = &bytes;
        if let Ok(Examined { repair: Some(suffix), .. }) = inspect_or_repair(source, hasher, &LIMITS) {
            let mended = [bytes.as_slice(), &suffix].concat();
            assert_eq!(repaired_from(&mended, &LIMITS).expect("memory can be read"), Some(bytes.len() as u64));
        }
        let _ = repair(source, &LIMITS);
        let _ = repaired_from(source, &LIMITS);
        let _ = verify(source, &Policy { limits: LIMITS, ..Policy::new(jiff::Timestamp::UNIX_EPOCH, &[]) });
        let _ = embedded_files(source, "evidence.json", &LIMITS);
        tried += 1;
    }
    assert!(tried > 0, "the folder has inputs");
}
