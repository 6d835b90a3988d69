//! Seals every kind of document and lets other programs judge.

mod support;

use segl_sealing::*;
use support::judges::{assert_clean, assert_poppler_valid, assert_sealed, save};
use support::pki::pki;
use support::{documents, request, request_with_page, seal};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

fn evidence() -> Attachment {
    Attachment {
        name: "evidence.json".to_owned(),
        media_type: "application/json".to_owned(),
        description: "What was signed, by whom and how".to_owned(),
        bytes: b"{\"order\":\"2026-0012\"}".to_vec(),
        relationship: Relationship::Data,
    }
}

#[test]
fn a_document_that_was_hashed_for_another_key_is_hashed_again() {
    let document = documents::Builder::simple().build();
    let mut hasher = PrefixHasher::for_key(KeyKind::Rsa);
    hasher.update(&document);
    let plan = inspect(&document, hasher.finish(), &Limits::default()).expect("a good document").plan;
    let plan: Plan = serde_json::from_slice(&serde_json::to_vec(&plan).expect("serializes")).expect("deserializes");
    let request = || request(&pki().p384, SignatureAlgorithm::EcdsaP384Sha384);
    assert!(matches!(plan.prepare(request()), Err(SealError::NoHashState)));
    assert!(plan.clone().with_prefix(PrefixDigest::of(b"another document")).is_none());
    let plan = plan.with_prefix(PrefixDigest::of(&document)).expect("the same document");
    assert!(plan.prepare(request()).is_ok());
}

#[test]
fn every_kind_of_document_with_an_invisible_seal() {
    for (name, document) in documents::all() {
        let file = seal(&document, |_| request(&pki().p256, ALGORITHM), &pki().p256);
        assert!(file.starts_with(&document), "{name}");
        let path = save(&format!("invisible {name}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
    }
}

#[test]
fn every_kind_of_document_with_a_page_and_an_attachment() {
    for (name, document) in documents::all() {
        let file =
            seal(&document, |_| SealRequest { attachments: vec![evidence()], ..request_with_page(&pki().p256, ALGORITHM, 3) }, &pki().p256);
        assert!(file.starts_with(&document), "{name}");
        let path = save(&format!("page {name}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
        let read = |name: &str| embedded_files(&file, name, &Limits::default()).expect("can be read");
        assert_eq!(read("evidence.json"), [evidence().bytes], "{name}");
        let earlier = read("zebra.txt");
        assert_eq!(!earlier.is_empty(), name.starts_with("attachments"), "{name}");
        assert!(earlier.iter().all(|bytes| bytes == b"striped"), "{name}");
        assert!(read("other.json").is_empty(), "{name}");
    }
}

#[test]
fn embedded_files_in_circles_or_without_measure_end() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 6 0 R>>>>";
    let circle = documents::Builder::simple().object(1, catalog).add("<</Kids[6 0 R 6 0 R 7 0 R]>>").add("<</Kids[6 0 R 7 0 R]>>").build();
    assert!(embedded_files(&circle, "a", &Limits::default()).expect("can be read").is_empty());
    let names = "(a) 7 0 R".repeat(1000);
    let repeated = documents::Builder::simple()
        .object(1, catalog)
        .add(&format!("<</Names[{names}]>>"))
        .add("<</Type/Filespec/F(a)/EF<</F 8 0 R>>>>")
        .add(&documents::stream("", &"x".repeat(100_000)))
        .build();
    assert!(matches!(embedded_files(&repeated, "a", &Limits::default()), Err(Refusal::OverBudget)));
}

#[test]
fn bytes_before_the_header_shift_the_offsets() {
    let document = documents::with_bytes_before_header();
    let file = seal(&document, |_| request_with_page(&pki().p256, ALGORITHM, 1), &pki().p256);
    let path = save("before header", &file);
    assert_clean(&path);
    assert_poppler_valid(&path, 1);
}

#[test]
fn every_algorithm() {
    let (_, document) = &documents::all()[1];
    for algorithm in SignatureAlgorithm::ALL {
        let identity = pki().identity(algorithm.key_kind());
        let file = seal(document, |_| request(identity, algorithm), identity);
        let path = save(&format!("{algorithm:?}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
    }
}

#[test]
fn a_second_seal_leaves_the_first_intact() {
    for (name, document) in documents::all() {
        let first = seal(&document, |_| request_with_page(&pki().p256, ALGORITHM, 1), &pki().p256);
        let second = seal(
            &first,
            |plan| {
                assert_eq!(plan.permits(), Permits::SignatureOnly);
                request(&pki().rsa, SignatureAlgorithm::RsaPkcs1Sha256)
            },
            &pki().rsa,
        );
        let path = save(&format!("second {name}"), &second);
        assert_sealed(&path, &pki().root_path, 2);
    }
}

#[test]
fn ten_signers_flow_over_pages() {
    let (_, document) = &documents::all()[0];
    let file = seal(document, |_| request_with_page(&pki().rsa, SignatureAlgorithm::RsaPssSha256, 10), &pki().rsa);
    let path = save("ten signers", &file);
    assert_sealed(&path, &pki().root_path, 1);
    let inspection = inspect(&file, PrefixDigest::of(&file), &Limits::default()).expect("can be read");
    assert!(inspection.pages > 2);
}

#[test]
fn a_field_that_the_author_prepared_is_used() {
    let document = documents::Builder::simple()
        .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 7 0 R]>>>>")
        .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R 7 0 R]>>")
        .add("<</Type/Annot/Subtype/Widget/FT/Sig/T(Company seal)/Rect[72 100 300 160]/P 3 0 R/F 4>>")
        .add("<</Type/Annot/Subtype/Widget/FT/Sig/T(Others)/Rect[72 200 300 260]/P 3 0 R/F 4/Lock<</Type/SigFieldLock/Action/All>>>>")
        .build();
    let in_field = |name: &str| SealRequest { appearance: Appearance::Field(name.to_owned()), ..request(&pki().p256, ALGORITHM) };
    let file = seal(
        &document,
        |plan| {
            assert_eq!(plan.empty_signature_fields().collect::<Vec<_>>(), ["Company seal"]);
            assert!(matches!(plan.prepare(in_field("Others")), Err(SealError::NoSuchField)));
            in_field("Company seal")
        },
        &pki().p256,
    );
    let path = save("prepared field", &file);
    assert_sealed(&path, &pki().root_path, 1);
    let report = verify(&file, &Policy::new(support::now(), std::slice::from_ref(&pki().root))).expect("can be read");
    assert_eq!(report.signatures[0].field, "Company seal");
    assert!(report.is_good());
}
