//! Tagged documents stay tagged and PDF/A stays PDF/A, as far as programs at hand can tell. A validator of PDF/A is run by hand:
//! `tests/gallery/validate`.

mod support;

use segl_sealing::*;
use support::documents::{self, Builder, stream};
use support::judges::{assert_clean, assert_poppler_valid, assert_sealed, save, structure, uncompressed};
use support::pki::pki;
use support::{page, request, seal, seal_plan};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

fn with_page() -> SealRequest {
    SealRequest { appearance: Appearance::Page(Box::new(page(2))), ..request(&pki().p256, ALGORITHM) }
}

fn with_stamp() -> SealRequest {
    let stamp = Stamp {
        page: StampPage::First,
        position: Position::BottomRight,
        organization: None,
        time_zone: "Europe/Oslo".to_owned(),
        language: "en".to_owned(),
        labels: PageLabels::default(),
    };
    SealRequest { appearance: Appearance::Stamp(Box::new(stamp)), ..request(&pki().p256, ALGORITHM) }
}

/// A tagged document whose root has these entries for `/K` and `/ParentTree`, with objects from number 9.
fn tagged(kids: &str, parents: &str, more: &[&str]) -> Vec<u8> {
    tagged_with("", kids, parents, more)
}

/// The same with more entries in its page.
fn tagged_with(page: &str, kids: &str, parents: &str, more: &[&str]) -> Vec<u8> {
    let page =
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/StructParents 0{page}>>");
    let mut builder = Builder::simple()
        .object(1, "<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>/StructTreeRoot 6 0 R/Lang(en)>>")
        .object(3, &page)
        .object(4, &stream("", "/P <</MCID 0>> BDC BT /F1 24 Tf 72 720 Td (A document) Tj ET EMC"))
        .add(&format!("<</Type/StructTreeRoot/K {kids}{parents}>>"))
        .add("<</Type/StructElem/S/Document/P 6 0 R/K[8 0 R]>>")
        .add("<</Type/StructElem/S/P/P 7 0 R/Pg 3 0 R/K 0>>");
    for object in more {
        builder = builder.add(object);
    }
    builder.build()
}

fn tagged_documents() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("one kid, numbers in the root", tagged("7 0 R", "/ParentTree<</Nums[0[8 0 R]]>>/ParentTreeNextKey 1", &[])),
        ("kids in an array of their own", tagged("9 0 R", "/ParentTree 10 0 R", &["[7 0 R]", "<</Nums[0[8 0 R]]>>"])),
        ("numbers in a leaf", tagged("[7 0 R]", "/ParentTree 9 0 R", &["<</Kids[10 0 R]>>", "<</Limits[0 0]/Nums[0[8 0 R]]>>"])),
        ("a next key that is too low", tagged("[7 0 R]", "/ParentTree<</Nums[0[8 0 R] 7 8 0 R]>>/ParentTreeNextKey 1", &[])),
    ]
}

#[test]
fn pages_are_tagged_where_the_document_is() {
    for (name, document) in tagged_documents() {
        let file = seal(&document, |_| with_page(), &pki().p256);
        let path = save(&format!("tagged {name}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
        let tree = structure(&path);
        // The document's own element, and behind it ours, in reading order.
        let wanted = [
            "Document",
            "A document",
            "Sect",
            "Signature page",
            "H1",
            "Aksjeeieravtale og fullmakt for",
            "Table",
            "TH",
            "Order",
            "TD",
            "2026-0012-A7F3",
            "Link",
            "Figure",
            "Form",
            "H2",
            "Documents",
            "H2",
            "Signed by",
            "H3",
            "Kari Nordmann",
            "TH",
            "Role",
            "TD",
            "Styreleder",
            "H3",
            "H2",
            "Decisions",
            "This page was added",
        ];
        let mut rest = tree.as_str();
        for part in wanted {
            let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("{name}: no {part} in the rest of\n{tree}"));
            rest = after;
        }
        // What repeats on every page is not part of it.
        assert!(!tree.contains("Page 1 / 1"), "{name}: {tree}");
    }
}

#[test]
fn a_stamp_is_tagged_where_the_document_is() {
    for (name, document) in tagged_documents() {
        let file = seal(&document, |_| with_stamp(), &pki().p256);
        let path = save(&format!("tagged stamp {name}"), &file);
        assert_clean(&path);
        assert_poppler_valid(&path, 1);
        let tree = structure(&path);
        assert!(tree.contains("A document") && tree.contains("Form"), "{name}: {tree}");
    }
}

/// A seal that puts somebody's mark on the first page, over a place in its text.
fn with_mark(document: &[u8], request: SealRequest) -> Vec<u8> {
    let mark = Mark {
        spot: "Signer1".to_owned(),
        label: "Ondertekend".to_owned(),
        name: "Zwaanstra".to_owned(),
        time: support::now(),
        time_zone: "Europe/Amsterdam".to_owned(),
        language: "nl".to_owned(),
    };
    let mut plan = inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("can be sealed").plan;
    let place = TextPlace { name: mark.spot.clone(), page: 0, x: 100.0, y: 200.0 };
    plan.add_spots(&document, &Limits::default(), std::slice::from_ref(&mark.spot), &[place]).expect("can be read");
    [document, &seal_plan(&plan, SealRequest { marks: vec![mark], ..request }, &pki().p256).increment].concat()
}

#[test]
fn marks_are_tagged_where_the_document_is() {
    let looks = [("page", with_page()), ("stamp", with_stamp()), ("none", request(&pki().p256, ALGORITHM))];
    for (name, document) in tagged_documents() {
        for (look, request) in &looks {
            let file = with_mark(&document, request.clone());
            let path = save(&format!("tagged mark {look} {name}"), &file);
            assert_sealed(&path, &pki().root_path, 1);
            let tree = structure(&path);
            let (_, behind) = tree.split_once("A document").unwrap_or_else(|| panic!("{name}, {look}: {tree}"));
            assert_eq!(behind.matches("Annot").count(), 1, "{name}, {look}: {tree}");
            assert_eq!(behind.matches("Form").count(), usize::from(*look != "none"), "{name}, {look}: {tree}");
            let objects = uncompressed(&path);
            assert_eq!(objects.matches("/Lang (nl)").count(), 1, "{name}, {look}");
            let in_order = if *look == "page" { 2 } else { 1 };
            assert_eq!(objects.matches("/Tabs /S").count(), in_order, "{name}, {look}: the page with the mark is gone through in order");
        }
    }
}

#[test]
fn a_field_that_nobody_sees_leaves_its_page_in_order() {
    for (name, document) in tagged_documents() {
        let path = save(&format!("tagged unseen {name}"), &seal(&document, |_| request(&pki().p256, ALGORITHM), &pki().p256));
        assert_sealed(&path, &pki().root_path, 1);
        assert_eq!(uncompressed(&path).matches("/Tabs /S").count(), 1, "{name}");
    }
}

#[test]
fn a_page_keeps_the_order_that_its_author_gave_it() {
    let document = tagged_with("/Tabs/R", "7 0 R", "/ParentTree<</Nums[0[8 0 R]]>>", &[]);
    let path = save("ordered mark", &with_mark(&document, request(&pki().p256, ALGORITHM)));
    assert_sealed(&path, &pki().root_path, 1);
    let objects = uncompressed(&path);
    assert!(objects.contains("/Tabs /R") && !objects.contains("/Tabs /S"));
}

#[test]
fn a_mark_stands_beside_a_structure_that_cannot_be_added_to() {
    let document = tagged("7 0 R", "/ParentTree<</Kids[9 0 R]>>", &["<</Nums[0[8 0 R]]>>"]);
    let path = save("mark beside", &with_mark(&document, request(&pki().p256, ALGORITHM)));
    assert_sealed(&path, &pki().root_path, 1);
    let objects = uncompressed(&path);
    assert!(objects.contains("(Mark-") && !objects.contains("/StructParent ") && !objects.contains("/Tabs"));
}

#[test]
fn a_document_without_tags_does_not_claim_to_have_any() {
    for (name, document) in documents::all() {
        let inspection = inspect(&document, PrefixDigest::of(&document), &Limits::default()).expect("can be sealed");
        assert!(!inspection.plan.is_tagged(), "{name}");
    }
    let (_, document) = &documents::all()[0];
    let file = seal(document, |_| with_page(), &pki().p256);
    let text = String::from_utf8_lossy(&file);
    assert!(!text.contains("/StructTreeRoot") && !text.contains("/MarkInfo") && !text.contains("/StructParent"));
}

#[test]
fn a_broken_structure_forbids_nothing() {
    for (name, document) in [
        ("keys out of order", tagged("7 0 R", "/ParentTree<</Nums[3 8 0 R 0[8 0 R]]>>", &[])),
        ("a leaf without limits", tagged("7 0 R", "/ParentTree<</Kids[9 0 R]>>", &["<</Nums[0[8 0 R]]>>"])),
        ("the greatest key", tagged("7 0 R", "/ParentTree<</Nums[9223372036854775807 8 0 R]>>", &[])),
        ("a loop", tagged("9 0 R", "/ParentTree 9 0 R", &["9 0 R"])),
    ] {
        let inspection = inspect(&document, PrefixDigest::of(&document), &Limits::default()).expect("can be sealed");
        assert!(!inspection.plan.is_tagged(), "{name}");
    }
}

/// A document that claims a part and a level of PDF/A.
fn archival(part: u8, level: &str) -> Vec<u8> {
    let claim = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" pdfaid:part=\"{part}\" {level}/></rdf:RDF></x:xmpmeta>"
    );
    Builder::simple().object(1, "<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R>>").add(&stream("/Type/Metadata/Subtype/XML", &claim)).build()
}

#[test]
fn attachments_go_only_where_pdf_a_allows_them() {
    let attachment = Attachment {
        name: "evidence.json".to_owned(),
        media_type: "application/json".to_owned(),
        description: "What was signed".to_owned(),
        bytes: b"{}".to_vec(),
        relationship: Relationship::Supplement,
    };
    for (part, level, told, allowed) in [
        (1, "pdfaid:conformance=\"B\"", "PDF/A-1b", false),
        (2, "pdfaid:conformance=\"U\"", "PDF/A-2u", false),
        (3, "pdfaid:conformance=\"A\"", "PDF/A-3a", true),
        (4, "", "PDF/A-4", false),
        (4, "pdfaid:conformance=\"F\"", "PDF/A-4f", true),
    ] {
        let document = archival(part, level);
        let plan = inspect(&document, PrefixDigest::of(&document), &Limits::default()).expect("can be sealed").plan;
        assert_eq!(plan.archival().map(|archival| archival.to_string()).as_deref(), Some(told));
        assert_eq!(plan.permits_attachments(), allowed, "{told}");
        let outcome = plan.prepare(SealRequest { attachments: vec![attachment.clone()], ..with_page() });
        assert_eq!(matches!(outcome, Err(SealError::NoAttachmentsIn(_))), !allowed, "{told}");
    }
}

#[test]
fn colours_of_a_device_are_named_nowhere() {
    // They would need an output intent, which a document may lack or have for another device.
    for make in [with_page, with_stamp] {
        let file = seal(&archival(1, "pdfaid:conformance=\"B\""), |_| make(), &pki().p256);
        let path = save("colours", &file);
        assert_sealed(&path, &pki().root_path, 1);
        let contents = support::judges::uncompressed(&path);
        assert!(contents.contains("/CalRGB") && contents.contains("/CIDSet"), "the fonts list their glyphs, as part 1 asks");
        for operator in [" rg\n", " RG\n", " rg ", " RG ", " g ", " k "] {
            assert!(!contents.contains(operator), "{operator}");
        }
    }
}
