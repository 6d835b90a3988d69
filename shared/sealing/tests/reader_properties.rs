//! Whatever the bytes, reading ends, within its limits, without a panic.

mod support;

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;

use jiff::Timestamp;
use proptest::prelude::*;
use segl_sealing::*;
use support::documents;

/// Counts what is read.
struct Counted<'a> {
    bytes: &'a [u8],
    read: Cell<u64>,
}

impl ReadAt for Counted<'_> {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let count = ReadAt::read_at(self.bytes, offset, buf)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

const LIMITS: Limits = Limits { bytes: 4 << 20, work: 200_000, depth: 50 };

fn samples() -> &'static [(&'static str, Vec<u8>)] {
    static SAMPLES: OnceLock<Vec<(&'static str, Vec<u8>)>> = OnceLock::new();
    SAMPLES.get_or_init(documents::all)
}

fn survives(bytes: &[u8]) {
    let source = Counted { bytes, read: Cell::new(0) };
    let outcome = inspect(&source, PrefixDigest::of(bytes), &LIMITS);
    assert!(source.read.get() <= LIMITS.bytes, "{} bytes were read", source.read.get());
    if let Ok(inspection) = outcome {
        // What is accepted can be stored and read again.
        let stored = serde_json::to_string(&inspection.plan).expect("serializes");
        serde_json::from_str::<Plan>(&stored).expect("deserializes");
    }
    let _ = verify(&bytes, &Policy { limits: LIMITS, ..Policy::new(Timestamp::UNIX_EPOCH, &[]) });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        survives(&bytes);
    }

    #[test]
    fn random_bytes_between_header_and_end(body in proptest::collection::vec(any::<u8>(), 0..2000), place in 0u64..2000) {
        let end = format!("\nstartxref\n{place}\n%%EOF\n");
        survives(&[b"%PDF-1.7\n".as_slice(), &body, end.as_bytes()].concat());
    }

    #[test]
    fn changed_documents(sample in 0usize..19, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        let mut bytes = samples()[sample % samples().len()].1.clone();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        survives(&bytes);
    }

    #[test]
    fn documents_with_pieces_moved(sample in 0usize..19, from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), len in 1usize..300) {
        let original = &samples()[sample % samples().len()].1;
        let start = from.index(original.len());
        let piece = original[start..(start + len).min(original.len())].to_vec();
        let mut bytes = original.clone();
        let at = to.index(bytes.len());
        bytes.splice(at..at, piece);
        survives(&bytes);
    }

    #[test]
    fn numbers_replaced(sample in 0usize..19, which in any::<prop::sample::Index>(), number in prop_oneof![Just("0"), Just("-1"), Just("2147483647"), Just("9223372036854775807"), Just("1 0 R")]) {
        let text = &samples()[sample % samples().len()].1;
        let digits: Vec<usize> = (1..text.len()).filter(|&at| text[at].is_ascii_digit() && !text[at - 1].is_ascii_digit()).collect();
        let at = digits[which.index(digits.len())];
        let len = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut bytes = text.clone();
        bytes.splice(at..at + len, number.bytes());
        survives(&bytes);
    }
}
