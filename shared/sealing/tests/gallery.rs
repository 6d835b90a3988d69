//! What people see: a signature page or a stamp for every kind of name and page. `tests/gallery/make` turns the files into pictures.

mod support;

use std::process::Command;

use segl_sealing::*;
use support::documents::{self, Builder};
use support::judges::{assert_clean, assert_poppler_valid, assert_sealed, pdftotext, run, save};
use support::pki::pki;
use support::{page, request, seal};

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaP256Sha256;

fn with_page(page: SignaturePage) -> SealRequest {
    SealRequest { appearance: Appearance::Page(Box::new(page)), ..request(&pki().p256, ALGORITHM) }
}

/// A page whose signers have these names, one of them after the other.
fn page_of(names: &[&str]) -> SignaturePage {
    let mut page = page(names.len());
    for (entry, name) in page.signers.iter_mut().zip(names) {
        entry.name = (*name).to_owned();
    }
    page
}

/// What pdftotext reads on the page behind the document, without white space.
fn text_of(file: &[u8], name: &str) -> String {
    let path = save(name, file);
    assert_clean(&path);
    assert_poppler_valid(&path, 1);
    pdftotext(&path, &[])
}

fn bare(text: &str) -> String {
    // pdftotext marks runs from right to left.
    text.chars().filter(|character| !character.is_whitespace() && !matches!(character, '\u{202a}'..='\u{202e}')).collect()
}

#[test]
fn names_of_any_script_can_be_read_from_the_page() {
    let (_, document) = &documents::all()[0];
    let groups: [(&str, &[&str]); 4] = [
        ("european", &["Łukasz Śliwiński-Brzęczyszczykiewicz", "Ολυμπία Παπαδημητρακοπούλου", "Ганна Щербаківська", "Þóra Ðý Ægisdóttir"]),
        ("right to left", &["יעל בן דוד", "محمد عبد الرحمن الخطيب"]),
        ("caucasus", &["ნინო ბერიძე", "Անահիտ Պետրոսյան"]),
        ("without letter shapes", &["林小明", "अमिताभ बच्चन", "สมชาย ใจดี", "Tom 👩🏽\u{200d}💻 Smith"]),
    ];
    for (group, names) in groups {
        let file = seal(document, |_| with_page(page_of(names)), &pki().p256);
        let text = bare(&text_of(&file, &format!("names {group}")));
        for name in names {
            // poppler gives text from right to left in reading order.
            assert!(text.contains(&bare(name)), "{name}: {text}");
        }
        let is_explained = text.contains(&bare("written as their Unicode numbers"));
        assert_eq!(is_explained, group == "without letter shapes", "{group}");
    }
}

#[test]
fn the_code_can_be_scanned_and_clicked() {
    let address = "https://sign.example.org/proof/01a20286-8353-70de-97f0-79d7b8f03df5/hVgQ9sXw2Jw3nq9m0bqv0y";
    let page = SignaturePage { link: Some(address.to_owned()), ..page_of(&["Jane Doe"]) };
    let (_, document) = &documents::all()[0];
    let path = save("code", &seal(document, |_| with_page(page.clone()), &pki().p256));
    assert_clean(&path);
    let picture = path.with_extension("");
    let mut command = Command::new("pdftoppm");
    command.args(["-png", "-r", "100", "-f", "2", "-singlefile"]).arg(&path).arg(&picture);
    run(command, "apt-get install poppler-utils");
    let mut command = Command::new("zbarimg");
    command.args(["--quiet", "--raw", "--nodbus"]).arg(path.with_extension("png"));
    let scanned = run(command, "apt-get install zbar-tools");
    assert!(scanned.lines().any(|line| line == address), "{scanned}");
    let mut command = Command::new("pdfinfo");
    command.arg("-url").arg(&path);
    let links = run(command, "apt-get install poppler-utils");
    assert_eq!(links.matches(address).count(), 1, "{links}");
}

#[test]
fn lists_of_any_length_flow_over_pages() {
    let (_, document) = &documents::all()[0];
    for signers in [1, 10, 50] {
        let file = seal(document, |_| with_page(page(signers)), &pki().p256);
        let text = text_of(&file, &format!("{signers} signers"));
        assert_eq!(text.matches("Date of birth").count(), signers);
        let pages = inspect(&file, PrefixDigest::of(&file), &Limits::default()).expect("can be read").pages - 1;
        for number in 1..=pages {
            assert!(text.contains(&format!("Page {number} / {pages}")), "{text}");
        }
    }
}

#[test]
fn everything_that_an_order_tells_of_a_signer_stands_on_the_page() {
    let (_, document) = &documents::all()[0];
    let mut page = page(1);
    page.signers[0].roles = vec!["Chair of the board".to_owned(), "Authorised signatory".to_owned()];
    page.signers.push(SignerEntry {
        name: "Case system".to_owned(),
        roles: Vec::new(),
        organization: Some(SignerOrganization { name: "Ørsted Kommune".to_owned(), number: Some("DK01234567".to_owned()) }),
        method: "System signature (API client case-1)".to_owned(),
        time: "2026-07-01T10:00:00Z".parse().expect("a time"),
        time_zone: "Europe/Copenhagen".to_owned(),
        claims: vec![IdentityClaim { label: "Rule".to_owned(), value: "credit check passed ".repeat(12) }],
    });
    let file = seal(document, |_| with_page(page.clone()), &pki().p256);
    let text = bare(&text_of(&file, "system signer"));
    for expected in [
        "Chair of the board",
        "Authorised signatory",
        "Ørsted Kommune (DK01234567)",
        "System signature (API client case-1)",
        "2026-07-01 10:00:00 UTC (2026-07-01 12:00:00 +02:00 Europe/Copenhagen)",
        &"credit check passed ".repeat(12),
        "Check this document",
    ] {
        assert!(text.contains(&bare(expected)), "{expected}: {text}");
    }
}

#[test]
fn every_language_has_its_words() {
    let (_, document) = &documents::all()[0];
    for (tag, expected) in
        [("en", "Signed by"), ("nb", "Signert av"), ("da", "Underskrevet af"), ("sv", "Undertecknat av"), ("nl", "Ondertekend door")]
    {
        let page =
            SignaturePage { language: tag.to_owned(), labels: PageLabels::for_language(tag).expect("a language of the page"), ..page(2) };
        let file = seal(document, |_| with_page(page.clone()), &pki().p256);
        assert!(text_of(&file, &format!("language {tag}")).contains(expected), "{tag}");
    }
}

/// A page of its own kind, ruled so that a picture shows where the stamp is.
fn ruled(entries: &str, text: &str) -> Vec<u8> {
    Builder::simple()
        .object(3, &format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{entries}>>"))
        .object(4, &documents::stream("", text))
        .build()
}

fn stamp(page: StampPage, position: Position) -> Stamp {
    Stamp {
        page,
        position,
        organization: Some("Ødegård & Sønner AS (NO 987 654 321)".to_owned()),
        time_zone: "Europe/Oslo".to_owned(),
        language: "en".to_owned(),
        labels: PageLabels::default(),
    }
}

fn with_stamp(stamp: Stamp) -> SealRequest {
    SealRequest { appearance: Appearance::Stamp(Box::new(stamp)), ..request(&pki().p256, ALGORITHM) }
}

#[test]
fn a_stamp_stands_upright_where_it_was_asked_for() {
    let lines = "BT /F1 18 Tf 60 60 Td (Lower left of the plane) Tj ET 0.5 w 20 20 m 300 20 l 300 300 l S";
    let corners = [("tl", Position::TopLeft), ("tr", Position::TopRight), ("bl", Position::BottomLeft), ("br", Position::BottomRight)];
    // The page, and the size that a reader sees in points.
    let pages = [
        ("a4", "/MediaBox[0 0 595 842]", (595.0, 842.0)),
        ("landscape", "/MediaBox[0 0 842 595]", (842.0, 595.0)),
        ("rotated 90", "/MediaBox[0 0 595 842]/Rotate 90", (842.0, 595.0)),
        ("rotated 180", "/MediaBox[0 0 595 842]/Rotate 180", (595.0, 842.0)),
        ("rotated 270", "/MediaBox[0 0 595 842]/Rotate -90", (842.0, 595.0)),
        ("cropped", "/MediaBox[-100 -50 595 842]/CropBox[40 30 540 700]", (500.0, 670.0)),
        ("cropped and rotated", "/MediaBox[0 0 595 842]/CropBox[700 800 40 30]/Rotate 90", (770.0, 555.0)),
        ("tiny", "/MediaBox[0 0 90 60]", (90.0, 60.0)),
        ("huge", "/MediaBox[0 0 4000 6000]", (4000.0, 6000.0)),
        ("units of two points", "/MediaBox[0 0 300 400]/UserUnit 2", (600.0, 800.0)),
    ];
    for (name, entries, (width, height)) in pages {
        for (corner, position) in &corners {
            let file = seal(&ruled(entries, lines), |_| with_stamp(stamp(StampPage::First, *position)), &pki().p256);
            let path = save(&format!("stamp {name} {corner}"), &file);
            assert_clean(&path);
            assert_poppler_valid(&path, 1);
            // poppler says where words are seen; the stamp's are in its corner and run from left to right.
            let words = support::judges::words(&path);
            let found = |word: &str| {
                *words.iter().find(|(text, _)| text == word).map(|(_, place)| place).unwrap_or_else(|| panic!("{name}: {words:?}"))
            };
            let ((x1, y1), (x2, y2)) = (found("Electronically"), found("by"));
            // poppler takes units for points.
            let (width, height) = if name.starts_with("units") { (width / 2.0, height / 2.0) } else { (width, height) };
            assert!(x1 < x2 && (y1 - y2).abs() < 1.0, "{name} {corner}: {words:?}");
            assert_eq!(x1 > width / 2.0 - 1.0, corner.ends_with('r'), "{name} {corner}: {words:?}");
            assert_eq!(y1 > height / 2.0, corner.starts_with('b'), "{name} {corner}: {words:?}");
        }
    }
}

#[test]
fn a_stamp_at_a_point_stays_on_the_page() {
    for (x, y) in [(100.0, 200.0), (-5.0, 1e9), (f32::NAN, f32::INFINITY)] {
        let file = seal(&documents::all()[0].1, |_| with_stamp(stamp(StampPage::Last, Position::At { x, y })), &pki().p256);
        let path = save(&format!("stamp at {x} {y}"), &file);
        assert_sealed(&path, &pki().root_path, 1);
        assert!(pdftotext(&path, &[]).contains("Electronically sealed by"));
    }
}

#[test]
fn a_stamp_beside_an_approval_leaves_it_good() {
    for (name, document) in documents::all().into_iter().step_by(4) {
        let approved = support::judges::approved_by_pyhanko(&document, &pki().p256);
        let file = seal(
            &approved,
            |plan| {
                assert_eq!((plan.permits(), plan.permits_stamp()), (Permits::SignatureOnly, true));
                with_stamp(stamp(StampPage::First, Position::BottomRight))
            },
            &pki().p256,
        );
        let path = save(&format!("stamp after {name}"), &file);
        assert_sealed(&path, &pki().root_path, 2);
        let report = verify(&file, &Policy::new(support::now(), std::slice::from_ref(&pki().root))).expect("can be read");
        assert!(report.is_good(), "{name}: {report:?}");
    }
}

#[test]
fn a_certified_document_gets_no_stamp() {
    let (_, document) = &documents::all()[0];
    let certified = seal(document, |_| with_page(page(1)), &pki().p256);
    let plan = inspect(&certified, PrefixDigest::of(&certified), &Limits::default()).expect("can be sealed").plan;
    assert!(!plan.permits_stamp());
    let outcome = plan.prepare(with_stamp(stamp(StampPage::First, Position::TopLeft)));
    assert!(matches!(outcome, Err(SealError::NoStampOnCertified)));
}

#[test]
fn the_last_page_is_the_last() {
    let two_pages = Builder::simple()
        .object(2, "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 3/Rotate 90>>")
        .add("<</Type/Pages/Parent 2 0 R/Kids[7 0 R 8 0 R]/Count 2/MediaBox[0 0 300 400]>>")
        .add("<</Type/Page/Parent 6 0 R>>")
        .add("<</Type/Page/Parent 6 0 R/Resources<<>>>>")
        .build();
    let file = seal(&two_pages, |_| with_stamp(stamp(StampPage::Last, Position::TopLeft)), &pki().p256);
    let path = save("stamp on the last page", &file);
    assert_sealed(&path, &pki().root_path, 1);
    assert!(pdftotext(&path, &["-f", "3"]).contains("Electronically sealed by"));
    assert!(!pdftotext(&path, &["-l", "2"]).contains("Electronically sealed by"));
}

#[test]
fn a_last_page_that_cannot_be_read_forbids_a_stamp_there_alone() {
    let broken =
        Builder::simple().object(2, "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>").add("<</Type/Pages/Kids[6 0 R]/Count 1>>").build();
    let plan = inspect(&broken, PrefixDigest::of(&broken), &Limits::default()).expect("can be sealed").plan;
    let on = |page| plan.prepare(with_stamp(stamp(page, Position::TopLeft)));
    assert!(matches!(on(StampPage::Last), Err(SealError::NoSuchPage)));
    assert!(on(StampPage::First).is_ok());
}
