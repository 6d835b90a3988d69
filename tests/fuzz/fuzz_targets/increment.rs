//! What is accepted is sealed, and the seal holds: by the engine's own verifier over the whole file, behind the check that the engine
//! makes by itself with a second reader.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segl_fuzz::{LIMITS, add_spot, identity, policy, request};
use segl_sealing::{Coverage, PrefixDigest, inspect, verify};

fuzz_target!(|data: &[u8]| {
    let Ok(mut inspection) = inspect(&data, PrefixDigest::of(data), &LIMITS) else { return };
    add_spot(&mut inspection.plan, data);
    let (certificate, key) = identity();
    let Ok(prepared) = inspection.plan.prepare(request(certificate, inspection.plan.permits())) else { return };
    let signature = key.sign(&prepared.to_be_signed()).expect("the key signs what its certificate is for");
    // The self-check may find that a second reader reads the document otherwise, which is why it is there.
    let Ok(sealed) = prepared.complete(&signature) else { return };
    let file = [data, &sealed.increment].concat();
    assert_eq!(sealed.sha256, PrefixDigest::of(&file).sha256);
    let report = verify(&file, &policy(&[])).expect("what was sealed can be read");
    // The input may be a sealed document itself, with an earlier seal that is broken.
    let last = report.signatures.iter().find(|signature| signature.coverage == Coverage::WholeFile).expect("the seal is found");
    assert!(last.intact && last.valid, "{last:?}");
});
