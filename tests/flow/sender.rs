//! A sender logs in at a real provider, creates an order and follows it, in a real Chromium against the deployed stack:
//! `tests/browser/sender-flow.mjs` walks, and what it fetches is judged here.

use std::path::Path;

use segl_tests::{browser, judge, pdf};

#[test]
fn from_upload_to_sealed_document_on_the_senders_pages() {
    browser::start_identity_provider();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (large, small) = (scratch.path().join("agreement.pdf"), scratch.path().join("small.pdf"));
    // More than a request can have, so that the file goes straight to storage.
    let original = pdf::one_page("Lease of an office", 8 * 1024 * 1024);
    std::fs::write(&large, &original).expect("a scratch file");
    std::fs::write(&small, pdf::one_page("Lease of a desk", 0)).expect("a scratch file");
    let mut script = browser::script("sender-flow.mjs");
    script.env("SEGL_DOCUMENT", &large).env("SEGL_SMALL", &small).env("SEGL_FETCHED", scratch.path());
    script.env("SEGL_SCREENSHOTS", Path::new(env!("CARGO_TARGET_TMPDIR")).join("flows"));
    let output = script.output().expect("apt-get install nodejs npm");
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));

    let fetched = |name: &str| std::fs::read(scratch.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let sealed = fetched("sealed.pdf");
    judge::assert_sealed(&original, &sealed);
    let page = judge::text(&sealed);
    assert!(page.contains("Bo Berg") && page.contains("Nieuwenhuijzen"), "{page}");
    let evidence = judge::text(&fetched("evidence.pdf"));
    assert!(evidence.contains("Kari Nordmann") && evidence.contains("reminder-requested"), "{evidence}");
    assert!(fetched("evidence.zip").starts_with(b"PK"), "an archive");
    assert_eq!(String::from_utf8_lossy(&fetched("token.jwt")).split('.').count(), 3, "a signed token");
}
