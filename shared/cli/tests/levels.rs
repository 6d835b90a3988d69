//! `segl verify` over the years, on files that another maker's program has sealed (`tests/golden/levels`).

mod support;

use serde_json::{Value, json};
use support::{assert_poppler_valid, document, file, folder, segl};

fn golden(name: &str) -> String {
    format!("{}/../../tests/golden/levels/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn verify(name: &str, at: &str, more: &[&str], code: i32) -> Value {
    let (document, root, at) = (golden(name), golden("root.pem"), format!("{at}T12:00:00Z"));
    let arguments = ["verify", &document, "--trust", &root, "--at", &at, "--json"];
    segl(&folder(&format!("{name}-{at}-{}", more.len())), &[&arguments[..], more].concat()).expect(code).json()
}

#[test]
fn the_same_file_in_2027_2032_and_2045() {
    let cases = [
        ("b-b.pdf", [0, 1, 1]),
        ("b-t.pdf", [0, 1, 1]),
        ("b-lt.pdf", [0, 1, 1]),
        ("b-lta.pdf", [0, 1, 1]),
        ("b-lta-2029.pdf", [1, 0, 1]),
        ("b-lta-2039.pdf", [1, 1, 0]),
        ("revoked.pdf", [1, 1, 1]),
        ("revoked-later.pdf", [0, 1, 1]),
    ];
    for (name, codes) in cases {
        for (at, code) in ["2027-06-01", "2032-06-01", "2045-06-01"].into_iter().zip(codes) {
            let report = verify(name, at, &[], code);
            assert_eq!(report["good"], code == 0, "{name} at {at}");
            assert_eq!(report["judged_at"], format!("{at}T12:00:00Z"), "{name} at {at}");
            let signature = &report["signatures"][0];
            assert_eq!((&signature["intact"], &signature["valid"]), (&json!(true), &json!(true)), "{name} at {at}");
        }
    }
}

#[test]
fn what_is_known_of_an_archived_file() {
    let report = verify("b-lta-2029.pdf", "2032-06-01", &[], 0);
    assert_eq!(report["judgeable_until"], "2040-01-01T00:00:00Z");
    assert_eq!((&report["not_judged"], &report["unusable_data"]), (&json!(0), &json!(0)));
    let [seal, first, second] = report["signatures"].as_array().expect("an array").as_slice() else {
        panic!("{report:#}");
    };
    assert_eq!((&seal["level"], &seal["revocation"]), (&json!("B-LTA"), &json!({"status": "good"})));
    assert_eq!(seal["proven_time"]["authority"], "Segl golden authority 2026");
    assert_eq!(seal["changes"], json!(["time-stamp-added", "validation-data"]));
    assert_eq!(seal["certificate_judged_at"], seal["proven_time"]["time"]);
    let stamp = &seal["time_stamps"][0];
    assert_eq!((&stamp["intact"], &stamp["valid"], &stamp["trusted"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!((&stamp["time"], &stamp["expires"]), (&seal["proven_time"]["time"], &json!("2030-01-01T00:00:00Z")));
    for (stamp, authority) in [(first, "CN=Segl golden authority 2026"), (second, "CN=Segl golden authority 2029")] {
        assert_eq!((&stamp["kind"], &stamp["trusted"]), (&json!("document-time-stamp"), &json!(true)));
        assert!(stamp["signer"]["subject"].as_str().is_some_and(|subject| subject.starts_with(authority)), "{stamp:#}");
        assert!(stamp.get("level").is_none());
    }
    let text =
        segl(&folder("text"), &["verify", &golden("b-lta-2029.pdf"), "--trust", &golden("root.pem"), "--at", "2032-06-01T12:00:00Z"]);
    let text = text.expect(0).stdout;
    for line in [
        "  revoked    no, by the data in the file",
        "  after it   a document time-stamp, data for validation (permitted)",
        "  level      PAdES B-LTA",
        "Judged at 2032-06-01T12:00:00Z; can be judged like this until 2040-01-01T00:00:00Z.",
        "Good: ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn why_something_is_not_trusted() {
    let revoked = verify("revoked.pdf", "2027-06-01", &[], 1);
    let signature = &revoked["signatures"][0];
    assert_eq!(signature["distrust"], "revoked");
    assert_eq!(signature["revocation"], json!({"status": "revoked", "at": "2026-07-01T00:00:00Z", "reason": "keyCompromise"}));
    assert_eq!(verify("b-b.pdf", "2032-06-01", &[], 1)["signatures"][0]["distrust"], "not-valid-then");
    // Whoever trusts the time-stamp authority only, or the signer only, gets less.
    let other = golden("seal.pem");
    let report = verify("b-t.pdf", "2027-06-01", &["--tsa-trust", &other], 0);
    let signature = &report["signatures"][0];
    assert_eq!((&signature["level"], &signature["time_stamps"][0]["distrust"]), (&json!("B-B"), &json!("no-path")));
    let root = golden("root.pem");
    assert_eq!(verify("b-t.pdf", "2029-06-01", &["--tsa-trust", &root], 0)["signatures"][0]["level"], "B-T");
}

#[test]
fn a_moment_must_be_one() {
    let folder = folder("moment");
    segl(&folder, &["verify", &golden("b-b.pdf"), "--at", "next year"]).expect(2);
    let help = segl(&folder, &["verify", "--help"]).expect(0).stdout;
    for word in ["--at", "--tsa-trust", "Exit codes", "policies"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn a_level_that_is_not_reached_is_told() {
    let folder = folder("down");
    std::fs::write(folder.join("a.pdf"), document("A document")).expect("writes");
    let (key, certificate) = (file("p256.key"), file("p256.pem"));
    // Port 1 of this machine: nobody listens.
    let tsa = ["--level", "B-T", "--tsa", "http://127.0.0.1:1/", "--json"];
    let outcome = segl(&folder, &[&["seal", "a.pdf", "b.pdf", "--key", &key, "--cert", &certificate], &tsa[..]].concat()).expect(5);
    let report = outcome.json();
    assert_eq!((&report["level"], &report["shortfall"]["code"]), (&json!("B-B"), &json!("time-stamp-unavailable")));
    assert!(outcome.stderr.contains("http://127.0.0.1:1/ did not answer"), "{}", outcome.stderr);
    assert_poppler_valid(&folder.join("b.pdf"), 1);
}
