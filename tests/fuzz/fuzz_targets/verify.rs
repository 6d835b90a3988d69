//! Whatever the bytes: verifying ends, and nothing that was made up is valid under a root that signed nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segl_fuzz::{identity, policy};
use segl_sealing::{Trust, verify};

fuzz_target!(|data: &[u8]| {
    let (certificate, _) = identity();
    let Ok(report) = verify(&data, &policy(std::slice::from_ref(certificate.leaf()))) else { return };
    for signature in &report.signatures {
        let is_ours = signature.certificate.as_ref().is_some_and(|found| found.der() == certificate.leaf().der());
        let is_trusted = matches!(signature.trusted, Trust::Trusted { .. });
        assert!(!(signature.valid && is_trusted) || is_ours, "{signature:?}");
    }
});
