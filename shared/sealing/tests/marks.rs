//! Marks of people at the spots that the author of a document left for them.

mod support;

use segl_sealing::*;
use support::judges::{assert_sealed, save, uncompressed, words_on};
use support::pki::pki;
use support::{documents, request, request_with_page, seal_plan};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

fn plan(document: &[u8], names: &[&str], places: &[TextPlace]) -> Plan {
    let mut plan = inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("a good document").plan;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    plan.add_spots(&document, &Limits::default(), &names, places).expect("can be read");
    serde_json::from_slice(&serde_json::to_vec(&plan).expect("serializes")).expect("deserializes")
}

fn mark(spot: &str, name: &str) -> Mark {
    Mark {
        spot: spot.to_owned(),
        label: "Ondertekend".to_owned(),
        name: name.to_owned(),
        time: support::now(),
        time_zone: "Europe/Amsterdam".to_owned(),
        language: "nl".to_owned(),
    }
}

fn at(name: &str, page: u32, x: f32, y: f32) -> TextPlace {
    TextPlace { name: name.to_owned(), page, x, y }
}

fn sealed(document: &[u8], plan: &Plan, request: SealRequest) -> Vec<u8> {
    [document, &seal_plan(plan, request, &pki().p256).increment].concat()
}

/// Where a word stands, from the upper left corner of its page.
fn place(words: &[(String, (f32, f32))], word: &str) -> (f32, f32) {
    words.iter().find(|(found, _)| found == word).unwrap_or_else(|| panic!("no {word} in {words:?}")).1
}

/// Two pages, the second turned, and fields that wait for signatures.
fn with_fields() -> Vec<u8> {
    documents::Builder::simple()
        .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 7 0 R 8 0 R]>>>>")
        .object(2, "<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>")
        .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R 8 0 R]>>")
        .add("<</Type/Annot/Subtype/Widget/FT/Sig/T(Signer1)/Rect[72 100 300 160]/P 3 0 R/F 4>>")
        .add("<</Type/Annot/Subtype/Widget/FT/Sig/T(Signer2)/Rect[300 500 420 740]/P 9 0 R/F 4>>")
        .add("<</Type/Annot/Subtype/Widget/FT/Sig/T(Flat)/Rect[72 300 300 302]/P 3 0 R/F 4>>")
        .add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate 90/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots 10 0 R>>")
        .add("[7 0 R]")
        .build()
}

#[test]
fn marks_stand_in_the_fields_of_their_names() {
    let document = with_fields();
    let plan = plan(&document, &["Signer1", "Signer2", "Flat", "Nobody"], &[at("Signer1", 0, 300.0, 10.0)]);
    assert_eq!(plan.spots().collect::<Vec<_>>(), ["Signer1", "Signer2"], "a field goes before a place in the text");
    let marks = vec![mark("Signer1", "Jansen"), mark("Signer2", "Pieters"), mark("Nobody", "Niemand")];
    let file = sealed(&document, &plan, SealRequest { marks, ..request_with_page(&pki().p256, ALGORITHM, 2) });
    let path = save("marks in fields", &file);
    assert_sealed(&path, &pki().root_path, 1);
    let (x, y) = place(&words_on(&path, 1), "Jansen");
    assert!((72.0..300.0).contains(&x) && (842.0 - 160.0..842.0 - 100.0).contains(&y), "{x} {y}");
    // Turned by 90 degrees, its reader sees the plane's y from the left and its x from the top.
    let (x, y) = place(&words_on(&path, 2), "Pieters");
    assert!((500.0..740.0).contains(&x) && (300.0..420.0).contains(&y), "{x} {y}");
    let objects = uncompressed(&path);
    assert_eq!(objects.matches("(Mark-").count(), 2, "who has no spot has no mark");
    assert_eq!(objects.matches("/Ff 1").count(), 2, "nobody fills in what was signed");
}

#[test]
fn marks_stand_over_their_place_in_the_text_of_every_kind_of_document() {
    for (name, document) in documents::all() {
        let plan = plan(&document, &["Signer1"], &[at("Signer1", 0, 100.0, 200.0), at("Signer1", 0, 100.0, 400.0)]);
        assert_eq!(plan.spots().count(), usize::from(plan.permits() == Permits::Everything), "{name}");
        let request = SealRequest { marks: vec![mark("Signer1", "Zwaanstra")], ..request_with_page(&pki().p256, ALGORITHM, 1) };
        if plan.permits() == Permits::SignatureOnly {
            continue;
        }
        let file = sealed(&document, &plan, request);
        assert!(file.starts_with(&document), "{name}");
        let path = save(&format!("mark {name}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
        assert_eq!(uncompressed(&path).matches("(Mark-").count(), 1, "{name}");
    }
}

#[test]
fn a_stamp_and_a_mark_share_a_page() {
    let document = with_fields();
    let plan = plan(&document, &["Signer2"], &[]);
    let stamp = Stamp {
        page: StampPage::Last,
        position: Position::TopLeft,
        organization: None,
        time_zone: "UTC".to_owned(),
        language: "nl".to_owned(),
        labels: PageLabels::for_language("nl").expect("Dutch"),
    };
    let marks = vec![mark("Signer2", "Pieters")];
    let appearance = Appearance::Stamp(Box::new(stamp));
    let file = sealed(&document, &plan, SealRequest { marks, appearance, ..request(&pki().p256, ALGORITHM) });
    let path = save("stamp and mark", &file);
    assert_sealed(&path, &pki().root_path, 1);
    let words = words_on(&path, 2);
    place(&words, "Pieters");
    place(&words, "Sønner");
}

#[test]
fn a_document_that_was_signed_before_gets_no_marks() {
    let document = with_fields();
    let first = sealed(&document, &plan(&document, &[], &[]), request(&pki().p256, ALGORITHM));
    let plan = plan(&first, &["Signer1"], &[at("Signer1", 0, 10.0, 10.0)]);
    assert_eq!(plan.spots().count(), 0);
}

#[test]
fn a_list_of_annotations_that_two_pages_share_is_left_alone() {
    let shared = documents::Builder::simple()
        .object(2, "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>")
        .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots 7 0 R>>")
        .add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots 7 0 R>>")
        .add("[]")
        .build();
    let plan = plan(&shared, &["One", "Two"], &[at("One", 0, 10.0, 10.0), at("Two", 1, 10.0, 10.0)]);
    assert_eq!(plan.spots().count(), 0, "of two versions of one object one would be lost");
}
