//! `segl csr` as people call it, judged by openssl.

mod support;

use std::fs;
use std::path::Path;

use segl_cli::csr::signed_by;
use segl_testkit::fake::Fake;
use support::{file, folder, segl, tool};

const SUBJECT: &str = r"CN=Seal\, one,O=Ødegård,organizationIdentifier=NTRDK-12345678,C=DK";

/// Asserts that openssl takes the signature for valid, and the subject for [`SUBJECT`].
#[track_caller]
fn assert_good(folder: &Path, form: &str, name: &str) -> String {
    let arguments = ["req", "-verify", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb,utf8", "-inform", form, "-in", name];
    let said = tool(folder, "openssl", &arguments, "apt-get install openssl");
    assert!(said.contains("verify OK"), "{said}");
    let subject = [r"CN=Seal\, one,O=Ødegård,organizationIdentifier=NTRDK-12345678,C=DK", r"CN=Seal\, one,O=Ødegård,2.5.4.97="];
    assert!(subject.iter().any(|subject| said.contains(subject)), "{said}");
    said
}

#[test]
fn every_kind_of_key_makes_a_request_that_openssl_verifies() {
    let cases = [
        ("rsa", [].as_slice(), "sha256WithRSAEncryption"),
        ("rsa", &["--pss"], "rsassaPss"),
        ("p256", &[], "ecdsa-with-SHA256"),
        ("p384", &[], "ecdsa-with-SHA384"),
    ];
    for (identity, more, algorithm) in cases {
        let folder = folder(&format!("{identity}{}", more.concat()));
        let key = file(&format!("{identity}.key"));
        let arguments = [&["csr", "--subject", SUBJECT, "--key", &key], more].concat();
        let shown = segl(&folder, &arguments).expect(0).stdout;
        fs::write(folder.join("shown.pem"), shown).expect("writes");
        segl(&folder, &[&arguments[..], &["--out", "written.pem"]].concat()).expect(0);
        for name in ["shown.pem", "written.pem"] {
            let said = assert_good(&folder, "PEM", name);
            assert!(said.contains(algorithm), "{said}");
        }
    }
}

#[tokio::test]
async fn a_key_of_the_service_makes_one_too() {
    let folder = folder("service");
    let der = signed_by(&Fake::new(1), SUBJECT.parse().expect("a name"), false).await.expect("a request");
    fs::write(folder.join("request.der"), der).expect("writes");
    assert_good(&folder, "DER", "request.der");
}

#[test]
fn what_is_wrong_with_the_command_line_is_a_usage_error() {
    let folder = folder("usage");
    let key = file("p256.key");
    for subject in ["", "Seal", "CN=", "CN=a,", "CN=a,C=Denmark", "nonsense=a", r"CN=\ff", "C=\u{e6}"] {
        segl(&folder, &["csr", "--subject", subject, "--key", &key]).expect(2);
    }
    segl(&folder, &["csr", "--subject", "CN=a", "--key", &key, "--pss"]).expect(2);
    let said = segl(&folder, &["csr", "--subject", "CN=a"]).expect(2).stderr;
    assert!(said.contains("SEGL_SEAL_KEY_ID"), "{said}");
}
