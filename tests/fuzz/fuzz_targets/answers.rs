//! What authorities and responders answer: whatever the bytes, reading ends, and nothing that was made up is genuine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segl_fuzz::identity;
use segl_sealing::{Certificate, OcspResponse, RevocationList, TimeStampToken};

fuzz_target!(|data: &[u8]| {
    let leaf = identity().0.leaf();
    if let Ok(token) = TimeStampToken::read(data) {
        let is_ours = token.signer().der() == leaf.der();
        assert!(!token.is_of(b"something else") || !token.is_genuine().unwrap_or(false) || is_ours);
    }
    if let Ok(response) = OcspResponse::read(data) {
        assert!(response.judge(leaf, leaf).is_err(), "nobody else has the key");
    }
    if let Ok(list) = RevocationList::read(data) {
        assert!(list.judge(leaf, leaf).is_err(), "nobody else has the key");
    }
    if let Ok(certificate) = Certificate::from_der(data) {
        let _ = certificate.sources();
    }
});
