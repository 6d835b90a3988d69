//! `segl seal` and `segl verify` as people call them.

mod support;

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use support::{assert_poppler_valid, document, file, folder, outcome, segl, segl_with, tool};

/// Seals `a.pdf` into `b.pdf`.
fn sealed(folder: &Path, identity: &str, more: &[&str]) {
    fs::write(folder.join("a.pdf"), document("A document")).expect("writes");
    let (key, certificate) = (file(&format!("{identity}.key")), file(&format!("{identity}.pem")));
    let mut arguments = vec!["seal", "a.pdf", "b.pdf", "--key", &key, "--cert", &certificate];
    arguments.extend(more);
    segl(folder, &arguments).expect(0);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).expect("reads").map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn every_kind_of_key_with_every_look() {
    for identity in ["rsa", "p256", "p384"] {
        for (look, more) in [("none", [].as_slice()), ("page", &[]), ("stamp", &["--stamp-at", "top-right", "--stamp-page", "last"])] {
            let folder = folder(&format!("{identity}-{look}"));
            sealed(&folder, identity, &[&["--appearance", look], more].concat());
            let (before, after) = (fs::read(folder.join("a.pdf")).expect("reads"), fs::read(folder.join("b.pdf")).expect("reads"));
            assert!(after.starts_with(&before));
            assert_poppler_valid(&folder.join("b.pdf"), 1);
            let report = segl(&folder, &["verify", "b.pdf", "--trust", &file("root.pem"), "--json"]).expect(0).json();
            assert_eq!(report["good"], true);
            let signature = &report["signatures"][0];
            assert_eq!(signature["kind"], "certification");
            assert_eq!(signature["coverage"], "whole-file");
            assert_eq!(signature["level"], "B-B");
            assert_eq!(signature["signer"]["subject"], format!("CN=Segl test {identity},O=Segl test"));
            let pages = tool(&folder, "qpdf", &["--show-npages", "b.pdf"], "apt-get install qpdf");
            assert_eq!(pages.trim(), if look == "page" { "2" } else { "1" });
            assert_eq!(names(&folder), ["a.pdf", "b.pdf"], "nothing else is left");
        }
    }
}

#[test]
fn the_title_stands_on_the_page() {
    let folder = folder("title");
    sealed(&folder, "p256", &["--appearance", "page", "--title", "Lease of a harbour crane", "--json"]);
    let text = tool(&folder, "pdftotext", &["b.pdf", "-"], "apt-get install poppler-utils");
    assert!(text.contains("Lease of a harbour crane") && text.contains("Segl test p256") && text.contains("a.pdf"), "{text}");
}

#[test]
fn a_document_can_be_sealed_in_place_through_a_link_and_again() {
    let folder = folder("in-place");
    sealed(&folder, "p256", &[]);
    symlink("b.pdf", folder.join("link.pdf")).expect("links");
    segl(&folder, &["seal", "link.pdf", "link.pdf", "--key", &file("rsa.key"), "--cert", &file("rsa.pem")]).expect(0);
    assert!(folder.join("link.pdf").is_symlink(), "the link stays");
    assert_poppler_valid(&folder.join("b.pdf"), 2);
    let report = segl(&folder, &["verify", "b.pdf", "--trust", &file("root.pem"), "--json"]).expect(0).json();
    assert_eq!(report["signatures"][0]["changes"], serde_json::json!(["signature-added"]));
    assert_eq!(report["signatures"][0]["changes_permitted"], true);
    assert_eq!(report["signatures"][1]["kind"], "approval");
    let mode = fs::metadata(folder.join("b.pdf")).expect("is there").permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
    // What earlier signatures do not permit is refused, and the file stays as it was.
    let before = fs::read(folder.join("b.pdf")).expect("reads");
    let page = ["seal", "b.pdf", "b.pdf", "--key", &file("rsa.key"), "--cert", &file("rsa.pem"), "--appearance", "page"];
    assert!(segl(&folder, &page).expect(3).stderr.contains("earlier signatures permit a further signature only"));
    assert_eq!(fs::read(folder.join("b.pdf")).expect("reads"), before);
}

#[test]
fn what_was_tampered_with_is_never_good() {
    let folder = folder("tampered");
    sealed(&folder, "p256", &[]);
    let original = fs::read(folder.join("b.pdf")).expect("reads");
    let verify = |bytes: &[u8]| {
        fs::write(folder.join("t.pdf"), bytes).expect("writes");
        segl(&folder, &["verify", "t.pdf", "--trust", &file("root.pem"), "--json"])
    };
    // The text on the page: the structure stays readable, so that this is a judgement and no refusal.
    let place = original.windows(10).position(|window| window == b"A document").expect("the text");
    let mut changed = original.clone();
    changed[place] = b'B';
    let report = verify(&changed).expect(1).json();
    assert_eq!(report["signatures"][0]["intact"], false);
    assert_eq!(report["signatures"][0]["valid"], true);
    for position in (0..original.len()).step_by(97) {
        let mut changed = original.clone();
        changed[position] ^= 0x01;
        let outcome = verify(&changed);
        assert!([1, 3].contains(&outcome.code), "byte {position}: {} {}", outcome.stdout, outcome.stderr);
    }
    let outcome = verify(&[original.as_slice(), b"% more\n"].concat());
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    for length in [0, 1, 100, original.len() / 2, original.len() - 10] {
        verify(&original[..length]).expect(3);
    }
}

#[test]
fn trust_is_a_question_of_its_own() {
    let folder = folder("trust");
    sealed(&folder, "p256", &[]);
    let nobody: &[&str] = &["verify", "b.pdf", "--json"];
    let other: &[&str] = &["verify", "b.pdf", "--json", "--trust", &file("rsa.pem")];
    for arguments in [nobody, other] {
        let report = segl(&folder, arguments).expect(1).json();
        let signature = &report["signatures"][0];
        assert_eq!((&signature["intact"], &signature["valid"], &signature["trusted"]), (&true.into(), &true.into(), &false.into()));
        assert_eq!(signature["distrust"], "no-path");
    }
    segl(&folder, &["verify", "b.pdf", "--trust", &file("rsa.pem"), "--trust", &file("root.pem")]).expect(0);
    let text = segl(&folder, &["verify", "b.pdf"]).expect(1).stdout;
    assert!(text.contains("intact     yes") && text.contains("valid      yes") && text.contains("trusted    NO"), "{text}");
    let unsigned = segl(&folder, &["verify", "a.pdf"]).expect(1).stdout;
    assert!(unsigned.contains("has no signature"), "{unsigned}");
}

#[test]
fn a_broken_list_of_objects_is_repaired_and_told() {
    let folder = folder("repaired");
    let mut broken = document("A document");
    let at = broken.windows(9).rposition(|bytes| bytes == b"startxref").expect("a PDF");
    broken.truncate(at);
    broken.extend(b"startxref\n7\n%%EOF\n");
    fs::write(folder.join("a.pdf"), &broken).expect("writes");
    let (key, certificate) = (file("p256.key"), file("p256.pem"));
    let told = segl(&folder, &["seal", "a.pdf", "b.pdf", "--key", &key, "--cert", &certificate, "--json"]).expect(0).json();
    assert_eq!(told["repaired"], true, "{told}");
    assert_eq!(told["original_size"], broken.len(), "{told}");
    assert!(fs::read(folder.join("b.pdf")).expect("reads").starts_with(&broken));
    assert_poppler_valid(&folder.join("b.pdf"), 1);
}

#[test]
fn what_cannot_be_used_is_refused_and_nothing_is_written() {
    let folder = folder("refused");
    fs::write(folder.join("good.pdf"), document("A document")).expect("writes");
    fs::write(folder.join("text.pdf"), "hello").expect("writes");
    fs::write(folder.join("empty.pdf"), "").expect("writes");
    fs::write(folder.join("half.pdf"), &document("A document")[..300]).expect("writes");
    fs::create_dir(folder.join("folder.pdf")).expect("makes");
    fs::write(folder.join("there.pdf"), "stays").expect("writes");
    tool(&folder, "qpdf", &["--encrypt", "", "owner", "256", "--", "good.pdf", "locked.pdf"], "apt-get install qpdf");
    let before = names(&folder);
    let [p256_key, p256, rsa, old_key, old] = ["p256.key", "p256.pem", "rsa.pem", "old.key", "old.pem"].map(file);
    let (p256_key, p256, rsa, old_key, old) = (p256_key.as_str(), p256.as_str(), rsa.as_str(), old_key.as_str(), old.as_str());
    let cases = [
        ("text.pdf", "out.pdf", p256_key, p256, "not-a-pdf", "The file is not a PDF"),
        ("text.pdf", "there.pdf", p256_key, p256, "not-a-pdf", "The file is not a PDF"),
        ("empty.pdf", "out.pdf", p256_key, p256, "empty", "The file is empty"),
        ("half.pdf", "out.pdf", p256_key, p256, "truncated", "cut off"),
        ("locked.pdf", "out.pdf", p256_key, p256, "encrypted", "protected by a password"),
        ("folder.pdf", "out.pdf", p256_key, p256, "file", "not a regular file"),
        ("missing.pdf", "out.pdf", p256_key, p256, "file", "cannot read missing.pdf"),
        ("good.pdf", "/dev/null", p256_key, p256, "file", "not a regular file"),
        ("good.pdf", "missing/out.pdf", p256_key, p256, "file", "cannot write missing/out.pdf"),
        ("good.pdf", "out.pdf", p256_key, rsa, "other-key", "another key"),
        ("good.pdf", "out.pdf", old_key, p256, "other-key", "another key"),
        ("good.pdf", "out.pdf", old_key, old, "certificate", "valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z only"),
        ("good.pdf", "out.pdf", p256, p256, "key", "not an unencrypted PKCS #8 private key"),
        ("good.pdf", "out.pdf", "good.pdf", p256, "key", "not PEM"),
        ("good.pdf", "out.pdf", p256_key, p256_key, "certificate", "no certificate"),
        ("good.pdf", "out.pdf", p256_key, "missing.pem", "file", "cannot read missing.pem"),
    ];
    for (input, output, key, certificate, code, sentence) in cases {
        let outcome = segl(&folder, &["seal", input, output, "--key", key, "--cert", certificate, "--json"]).expect(3);
        assert_eq!(outcome.json()["error"]["code"], code, "{input} {output}");
        assert!(outcome.stderr.contains(sentence), "{input} {output}: {}", outcome.stderr);
        assert_eq!(names(&folder), before, "{input} {output}");
    }
    assert_eq!(fs::read_to_string(folder.join("there.pdf")).expect("reads"), "stays");
    for (input, sentence) in [
        ("text.pdf", "The file is not a PDF"),
        ("empty.pdf", "The file is empty"),
        ("half.pdf", "cut off"),
        ("locked.pdf", "protected by a password"),
        ("folder.pdf", "not a regular file"),
        ("missing.pdf", "cannot read missing.pdf"),
    ] {
        let outcome = segl(&folder, &["verify", input]).expect(3);
        assert!(outcome.stderr.contains(sentence), "{input}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty(), "{input}: {}", outcome.stdout);
    }
    let outcome = segl(&folder, &["verify", "good.pdf", "--trust", p256_key]).expect(3);
    assert!(outcome.stderr.contains("no certificate"), "{}", outcome.stderr);
}

#[test]
fn a_wrong_command_line_is_told_from_a_wrong_document() {
    let folder = folder("usage");
    for arguments in [&["verify"][..], &["seal", "a.pdf"], &["client", "list"], &["order", "show", "01a20268-8353-70de-97f0-79d7b8f03df5"]]
    {
        segl(&folder, arguments).expect(2);
    }
    let settings = [("SEGL_TABLE", "t")];
    let outcome = segl_with(&folder, &["client", "list"], &settings).expect(2);
    assert!(outcome.stderr.contains("SEGL_BUCKET"), "{}", outcome.stderr);
    let title = ["seal", "a.pdf", "b.pdf", "--key", "k", "--cert", "c", "--title", "T"];
    assert!(segl(&folder, &title).expect(2).stderr.contains("--appearance page"));
    for arguments in [&["--help"][..], &["seal", "--help"], &["verify", "--help"]] {
        assert!(segl(&folder, arguments).expect(0).stdout.contains("Exit codes:"));
    }
}

#[test]
fn a_service_that_does_not_answer_is_told_apart() {
    let settings = [
        ("SEGL_TABLE", "t"),
        ("SEGL_BUCKET", "b"),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        // Port 1 of this machine: nobody listens.
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ];
    let outcome = segl_with(&folder("service"), &["client", "list", "--json"], &settings).expect(4);
    assert_eq!(outcome.json()["error"]["code"], "try-again");
    assert!(outcome.stderr.contains("DynamoDB did not answer"), "{}", outcome.stderr);
}

#[test]
fn memory_does_not_grow_with_the_document() {
    const PADDING: u64 = 300_000_000;
    // Kilobytes of memory of its own that the program may have, whatever the document.
    const LIMIT: &str = "16384";
    let folder = folder("large");
    large(&folder.join("a.pdf"), PADDING);
    let limited = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -d \"$1\"; shift; exec \"$@\"", "sh", LIMIT, env!("CARGO_BIN_EXE_segl")]);
        outcome(command.args(arguments).current_dir(&folder).env_clear().output().expect("a shell starts"))
    };
    limited(&["seal", "a.pdf", "b.pdf", "--key", &file("p256.key"), "--cert", &file("p256.pem"), "--appearance", "page"]).expect(0);
    assert!(fs::metadata(folder.join("b.pdf")).expect("is there").len() > PADDING);
    limited(&["verify", "b.pdf", "--trust", &file("root.pem")]).expect(0);
    assert_poppler_valid(&folder.join("b.pdf"), 1);
    fs::remove_dir_all(folder).expect("is ours");
}

/// A PDF with a stream of so many zeros, which take no room on the disk.
fn large(path: &Path, padding: u64) {
    let mut file = fs::File::create(path).expect("creates");
    let head = "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n\
         3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>\nendobj\n";
    let offset = |number: u32| head.find(&format!("{number} 0 obj")).expect("an object");
    let start = format!("4 0 obj\n<</Length {padding}>>stream\n");
    file.write_all(format!("{head}{start}").as_bytes()).expect("writes");
    let end = file.seek(SeekFrom::Current(i64::try_from(padding).expect("is small"))).expect("seeks");
    let rows: String = [offset(1), offset(2), offset(3), head.len()].map(|offset| format!("{offset:010} 00000 n \n")).concat();
    let tail = "\nendstream\nendobj\n";
    let table = end + tail.len() as u64;
    let trailer = format!("xref\n0 5\n0000000000 65535 f \n{rows}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
    file.write_all(format!("{tail}{trailer}").as_bytes()).expect("writes");
}
