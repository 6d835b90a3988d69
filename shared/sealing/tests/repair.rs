//! Broken lists of objects: mended where every reader then agrees, refused where not.

mod support;

use std::process::Command;

use segl_sealing::*;
use support::documents::{Builder, append, stream};
use support::judges::{assert_clean, assert_sealed, qpdf_made, run, save};
use support::pki::pki;
use support::{request_with_page, seal_plan};

/// Every pair of equal length, so that offsets stay as they are.
fn replaced(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = document.to_vec();
    let at = out.windows(from.len()).rposition(|piece| piece == from.as_bytes()).expect("is there");
    out.splice(at..at + from.len(), to.bytes());
    out
}

fn up_to(document: &[u8], word: &str) -> Vec<u8> {
    let at = document.windows(word.len()).rposition(|piece| piece == word.as_bytes()).expect("is there");
    document[..at].to_vec()
}

fn examine(document: &[u8]) -> Result<Examined, Refusal> {
    let mut hasher = PrefixHasher::new();
    hasher.update(document);
    inspect_or_repair(&document, hasher, &Limits::default())
}

fn text_of(path: &std::path::Path) -> String {
    let mut command = Command::new("pdftotext");
    command.arg(path).arg("-");
    run(command, "apt-get install poppler-utils").lines().skip(1).collect()
}

fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let plain = Builder::simple().build();
    let compressed = qpdf_made("compressed", &plain, &["--object-streams=generate"]);
    let two = append(&plain, &[(4, &stream("", "BT /F1 24 Tf 72 720 Td (A changed document) Tj ET"))], 6);
    vec![
        ("no startxref", replaced(&plain, "startxref", "         ")),
        ("startxref into nothing", replaced(&plain, "startxref\n", "startxref\n1")),
        ("startxref of zero", [up_to(&plain, "startxref").as_slice(), b"startxref\n0\n%%EOF\n"].concat()),
        ("wrong offsets", replaced(&plain, "xref\n0 6\n0000000000 65535 f \n00000000", "xref\n0 6\n0000000000 65535 f \n00000001")),
        ("no table", up_to(&plain, "xref\n0")),
        ("no trailer", up_to(&plain, "trailer")),
        ("cut off in the table", plain[..plain.len() - 200].to_vec()),
        ("cut off in the last line", plain[..plain.len() - 4].to_vec()),
        ("size missing", replaced(&plain, "/Size 6", "/Saze 6")),
        ("no list before the last", replaced(&two, "/Prev ", "/Prev 9")),
        ("much behind the end", [plain.as_slice(), &b"<!-- sent by a mail gateway -->\r\n".repeat(300)].concat()),
        ("table with another word", replaced(&plain, "xref\n0 6", "xray\n0 6")),
        ("object streams, no startxref", replaced(&compressed, "startxref", "startxxxx")),
        ("object streams, list missing", replaced(&compressed, "/XRef", "/XRay")),
        ("lines in front", [b"\n\n".as_slice(), &replaced(&plain, "startxref", "startxxxx")].concat()),
    ]
}

#[test]
fn what_is_mended_is_read_alike_by_all() {
    for (name, document) in broken() {
        let Examined { inspection, repair, .. } = examine(&document).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(inspection.findings.first(), Some(&Finding::Repaired), "{name}");
        let suffix = repair.expect("was mended");
        let mended = [document.as_slice(), &suffix].concat();
        assert_eq!(inspection.plan.document_sha256(), PrefixDigest::of(&mended).sha256, "{name}");

        let path = save(name, &mended);
        assert_clean(&path);
        assert!(text_of(&path).contains(if name.contains("before the last") { "A changed document" } else { "A document" }), "{name}");
        let second = lopdf::Document::load_mem(&mended).expect("a second reader reads it");
        assert_eq!(second.get_pages().len(), 1, "{name}");

        let sealed = seal_plan(&inspection.plan, request_with_page(&pki().p256, SignatureAlgorithm::EcdsaP256Sha256, 1), &pki().p256);
        if !name.contains("in front") {
            assert_sealed(&save(&format!("{name} sealed"), &[mended.as_slice(), &sealed.increment].concat()), &pki().root_path, 1);
        }
    }
}

#[test]
fn what_was_mended_is_recognised_and_not_mended_again() {
    for (name, document) in broken() {
        let suffix = repair(&document, &Limits::default()).expect("can be mended");
        let mended = [document.as_slice(), &suffix].concat();
        let from = |document: &[u8]| repaired_from(&document, &Limits::default()).expect("memory can be read");
        assert_eq!(from(&mended), Some(document.len() as u64), "{name}");
        assert!(examine(&mended).expect("is fine now").repair.is_none(), "{name}");
        assert_eq!(from(&document), None, "{name}");
        // Whoever pretends is found out.
        let mut other = mended.clone();
        let in_the_list = document.len() + suffix.len() / 2;
        other[in_the_list] ^= 1;
        assert_eq!(from(&other), None, "{name}");
        let longer = [mended.as_slice(), b"\n"].concat();
        assert_eq!(from(&longer), None, "{name}");
    }
}

#[test]
fn what_cannot_be_mended() {
    let simple = Builder::simple;
    let without_end = |document: &[u8]| replaced(document, "startxref", "startxxxx");
    let plain = simple().build();
    let signature = "<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>";
    let signed = simple().object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]/SigFlags 3>>>>");
    let signed = signed.add(signature).add("<</FT/Sig/T(S)/V 6 0 R>>").build();
    let signed_in_streams = qpdf_made("signed", &signed, &["--object-streams=generate"]);
    let encrypted = qpdf_made("encrypted", &plain, &["--encrypt", "", "owner", "256", "--"]);
    let inner = String::from_utf8_lossy(&simple().object(4, &stream("", "BT ET")).build()).into_owned().replace('\u{fffd}', "?");
    let attached = simple().add(&stream("/Type/EmbeddedFile", &inner)).build();
    let attached_later = simple().add(&stream("/Type/EmbeddedFile", &inner).replace(&format!("/Length {}", inner.len()), "/Length 7 0 R"));
    let attached_later = attached_later.add(&inner.len().to_string()).build();
    let two_catalogs = simple().add("<</Type/Catalog/Pages 2 0 R>>").build();
    let mut generations = up_to(&plain, "xref\n0");
    generations
        .extend_from_slice(b"4 1 obj\n<</Length 0>>stream\n\nendstream\nendobj\n4 0 obj\n<</Length 0>>stream\n\nendstream\nendobj\n");
    let cases = [
        ("cut off in an object", up_to(&plain, "endstream"), "truncated"),
        ("cut off before an object", up_to(&plain, "5 0 obj"), "truncated"),
        ("cut off in the catalog", plain[..30].to_vec(), "truncated"),
        ("signed", without_end(&signed), "broken-and-signed"),
        ("signed, in object streams", without_end(&signed_in_streams), "broken-and-signed"),
        ("encrypted", without_end(&encrypted), "encrypted"),
        ("a PDF in the PDF", without_end(&attached), "ambiguous"),
        ("a PDF in the PDF, its length elsewhere", without_end(&attached_later), "ambiguous"),
        ("two catalogs and no trailer", up_to(&two_catalogs, "trailer"), "ambiguous"),
        ("an older generation behind a newer one", generations, "ambiguous"),
        ("no catalog", without_end(&simple().object(1, "<<>>").build()), "truncated"),
        ("nothing at all", b"%PDF-1.7\n".to_vec(), "truncated"),
    ];
    for (name, document, expected) in cases {
        match examine(&document) {
            Ok(_) => panic!("{name}: was accepted"),
            Err(refusal) => assert_eq!(refusal.code(), expected, "{name}: {refusal}"),
        }
    }
}
