//! Verifies seals, and what was done to them afterwards.

mod support;

use segl_sealing::*;
use support::judges::{pdfsig, pyhanko, save};
use support::pki::pki;
use support::{documents, now, request, request_with_page, seal};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

fn policy() -> Policy<'static> {
    Policy::new(now(), std::slice::from_ref(&pki().root))
}

fn judged(file: &[u8]) -> Report {
    verify(&file, &policy()).expect("can be read")
}

/// True when the file passes; a file that cannot be read does not.
fn passes(file: &[u8]) -> bool {
    verify(&file, &policy()).is_ok_and(|report| report.is_good())
}

#[test]
fn every_kind_of_sealed_document() {
    for (name, document) in documents::all() {
        let file = seal(&document, |_| request_with_page(&pki().p256, ALGORITHM, 1), &pki().p256);
        let report = judged(&file);
        let [signature] = report.signatures.as_slice() else {
            panic!("{name}: {report:?}");
        };
        assert!(signature.intact && signature.valid && signature.is_baseline, "{name}: {report:?}");
        assert_eq!(signature.trusted, Trust::Trusted { anchor: pki().root.subject() }, "{name}");
        assert_eq!(signature.coverage, Coverage::WholeFile, "{name}");
        assert_eq!(signature.kind, SignatureKind::Certification { level: 2 }, "{name}");
        assert_eq!(signature.name.as_deref(), Some("Ødegård & Sønner AS"), "{name}");
        assert_eq!(signature.certificate.as_ref(), Some(pki().p256.certificate().leaf()), "{name}");
        assert!(report.is_good(), "{name}: {report:?}");
    }
}

#[test]
fn every_algorithm() {
    let (_, document) = &documents::all()[0];
    for algorithm in SignatureAlgorithm::ALL {
        let identity = pki().identity(algorithm.key_kind());
        assert!(passes(&seal(document, |_| request(identity, algorithm), identity)), "{algorithm:?}");
    }
}

#[test]
fn a_second_seal_is_a_permitted_change() {
    for (name, document) in documents::all() {
        let first = seal(&document, |_| request(&pki().p256, ALGORITHM), &pki().p256);
        let second = seal(&first, |_| request(&pki().rsa, SignatureAlgorithm::RsaPssSha256), &pki().rsa);
        let report = judged(&second);
        assert_eq!(report.signatures.len(), 2, "{name}");
        let bytes_after = (second.len() - first.len()) as u64;
        assert_eq!(report.signatures[0].coverage, Coverage::Revision { bytes_after }, "{name}");
        assert_eq!(report.signatures[0].changes, [Change::SignatureAdded], "{name}");
        assert_eq!(report.signatures[1].kind, SignatureKind::Approval, "{name}");
        assert!(report.is_good(), "{name}: {report:?}");
    }
}

#[test]
fn an_unknown_root_is_not_trusted() {
    let file = seal(&documents::Builder::simple().build(), |_| request(&pki().p256, ALGORITHM), &pki().p256);
    let report = verify(&file, &Policy::new(now(), &[])).expect("can be read");
    let signature = &report.signatures[0];
    assert!(signature.intact && signature.valid);
    assert_eq!(signature.trusted, Trust::Untrusted(Distrust::NoPath));
    assert!(!report.is_good());
}

#[test]
fn an_unsigned_document_is_not_good() {
    let report = judged(&documents::Builder::simple().build());
    assert!(report.signatures.is_empty() && !report.is_good());
}

#[test]
fn no_byte_can_be_changed() {
    let document = documents::Builder::simple().build();
    let file = seal(&document, |_| request(&pki().rsa, SignatureAlgorithm::RsaPkcs1Sha256), &pki().rsa);
    assert!(passes(&file));
    let survivors: Vec<usize> = (0..file.len()).filter(|&at| passes(&flipped(&file, at))).collect();
    assert!(survivors.is_empty(), "changes at these places went unnoticed: {survivors:?}");
}

#[test]
fn no_byte_of_a_container_can_be_changed() {
    let document = documents::Builder::simple().build();
    for algorithm in SignatureAlgorithm::ALL {
        let identity = pki().identity(algorithm.key_kind());
        let file = seal(&document, |_| request(identity, algorithm), identity);
        let start = document.len();
        let gap = file[start..].windows(10).position(|window| window == b"/Contents<").map(|at| start + at + 9).expect("a signature");
        let end = gap + file[gap..].iter().position(|byte| *byte == b'>').expect("ends");
        let survivors: Vec<usize> = (gap..=end).step_by(3).filter(|&at| passes(&flipped(&file, at))).collect();
        assert!(survivors.is_empty(), "{algorithm:?}: changes at these places went unnoticed: {survivors:?}");
    }
}

#[test]
fn poppler_notices_changes_as_well() {
    let document = documents::Builder::simple().build();
    let file = seal(&document, |_| request(&pki().rsa, SignatureAlgorithm::RsaPkcs1Sha256), &pki().rsa);
    for at in (0..document.len()).step_by(document.len() / 25) {
        let path = save("flipped", &flipped(&file, at));
        let said = pdfsig(&path);
        assert!(!said.contains("Signature is Valid"), "{at}: {said}");
    }
}

fn flipped(file: &[u8], at: usize) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[at] ^= 1;
    changed
}

#[test]
fn what_is_appended_is_told() {
    let document = documents::Builder::simple().build();
    let file = seal(&document, |_| request_with_page(&pki().p256, ALGORITHM, 1), &pki().p256);
    let size = 40;
    let shown = documents::stream("", "BT /F1 24 Tf 72 720 Td (Another document) Tj ET");
    type Case<'a> = (&'a str, &'a [(u32, &'a str)], Change);
    let cases: [Case<'_>; 4] = [
        ("content", &[(4, &shown)], Change::Content),
        ("pages", &[(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")], Change::Pages),
        ("font", &[(5, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")], Change::Content),
        (
            "catalog",
            &[(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]/SigFlags 3>>/OCProperties<<>>/Perms<</DocMDP 6 0 R>>>>")],
            Change::Catalog,
        ),
    ];
    for (name, objects, expected) in cases {
        let changed = documents::append(&file, objects, size);
        let report = judged(&changed);
        let signature = &report.signatures[0];
        assert!(signature.intact && signature.valid, "{name}");
        assert!(matches!(signature.coverage, Coverage::Revision { .. }), "{name}");
        assert!(signature.changes.contains(&expected), "{name}: {:?}", signature.changes);
        assert!(!report.is_good(), "{name}");
        let (satisfied, said) = pyhanko(&save(&format!("appended {name}"), &changed), &pki().root_path);
        assert!(!satisfied, "{name}: {said}");
    }
}

#[test]
fn a_signature_over_a_hole_is_worth_nothing() {
    // The wrapping attack: the gap in the byte range is widened so that other content fits in.
    let document = documents::Builder::simple().build();
    let file = seal(&document, |_| request(&pki().p256, ALGORITHM), &pki().p256);
    let text = String::from_utf8_lossy(&file).into_owned();
    let start = text.find("/Contents<").expect("a signature") + "/Contents".len();
    let end = start + text[start..].find('>').expect("ends") + 1;
    let mut wrapped = file.clone();
    wrapped.splice(end..end, b"/Planted(content)".iter().copied());
    assert!(!passes(&wrapped));
}

#[test]
fn a_wrong_signature_is_never_released() {
    let document = documents::Builder::simple().build();
    let plan = inspect(&document, PrefixDigest::of(&document), &Limits::default()).expect("can be sealed").plan;
    let other = seal(&document, |_| request(&pki().p384, SignatureAlgorithm::EcdsaP384Sha384), &pki().p384);
    assert!(passes(&other));
    let prepared = plan.prepare(request(&pki().p256, ALGORITHM)).expect("prepares");
    let mut message = prepared.to_be_signed();
    message.message.push(0);
    let signature = pki().p256.key().sign(&message).expect("signs");
    assert!(matches!(prepared.clone().complete(&signature), Err(SealError::WrongSignature)));
    assert!(matches!(prepared.complete(&[]), Err(SealError::WrongSignature)));
    let mismatch = SealRequest { algorithm: SignatureAlgorithm::RsaPssSha256, ..request(&pki().p256, ALGORITHM) };
    assert!(matches!(plan.prepare(mismatch), Err(SealError::AlgorithmMismatch)));
    let late = SealRequest { time: "2099-01-01T00:00:00Z".parse().expect("a time"), ..request(&pki().p256, ALGORITHM) };
    assert!(matches!(plan.prepare(late), Err(SealError::Certificate(CertificateError::NotValid { .. }))));
}

#[test]
fn pages_are_not_added_to_a_signed_document() {
    let document = documents::Builder::simple().build();
    let first = seal(&document, |_| request(&pki().p256, ALGORITHM), &pki().p256);
    let plan = inspect(&first, PrefixDigest::of(&first), &Limits::default()).expect("can be sealed").plan;
    let with_page = plan.prepare(request_with_page(&pki().p256, ALGORITHM, 1));
    assert!(matches!(with_page, Err(SealError::NotPermitted)));
}
