//! People sign in a real Chromium, against the deployed stack: `tests/browser/flows.mjs` walks, and what is sealed is judged here.

use std::path::Path;

use segl_tests::{browser, judge, pdf};

/// Walks a flow. What it leaves behind must be sealed, and the signature page must name who signed, how, and when.
fn walk(flow: &str) {
    browser::start_identity_provider();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (document, sealed) = (scratch.path().join("document.pdf"), scratch.path().join("sealed.pdf"));
    let original = pdf::one_page(flow, 0);
    std::fs::write(&document, &original).expect("a scratch file");
    let mut script = browser::script("flows.mjs");
    script.arg(flow).env("SEGL_DOCUMENT", &document).env("SEGL_SEALED", &sealed);
    script.env("SEGL_SCREENSHOTS", Path::new(env!("CARGO_TARGET_TMPDIR")).join("flows"));
    let output = script.output().expect("apt-get install nodejs npm");
    let (printed, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{flow}: {printed}{failed}");
    let told: Vec<(String, String)> = serde_json::from_str(printed.trim()).unwrap_or_else(|error| panic!("{error}: {printed}"));
    if told.is_empty() {
        assert!(!sealed.exists(), "{flow} ends without a seal");
        return;
    }
    let sealed = std::fs::read(&sealed).expect("the flow ends with a sealed document");
    judge::assert_sealed(&original, &sealed);
    let page = judge::text(&sealed);
    // However the lines are broken.
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, method) in &told {
        assert!(page.contains(name) && page.contains(method), "{flow}: {name}, {method}: {page}");
    }
    assert!(page.matches(" UTC").count() > told.len(), "{flow}: the page tells when each signed, and when it was sealed: {page}");
}

#[test]
fn from_the_senders_site_and_back() {
    walk("direct");
}

#[test]
fn by_a_link_in_a_mail_and_a_code_in_a_text_message() {
    walk("link-and-code");
}

#[test]
fn by_national_identity_number_with_a_log_in_that_is_first_too_low() {
    walk("national-identity-number");
}

#[test]
fn two_groups_in_order_with_one_of_two_in_the_first() {
    walk("groups-in-order");
}

#[test]
fn declined_with_a_reason() {
    walk("declined");
}

#[test]
fn a_wrong_code_five_times() {
    walk("wrong-code");
}

#[test]
fn too_late() {
    walk("expired");
}

#[test]
fn taken_back_while_the_page_is_open() {
    walk("cancelled");
}
