//! What an inspection tells about a document that can be sealed.

mod support;

use segl_sealing::*;
use support::documents::{Builder, append, stream};
use support::judges::{assert_clean, assert_poppler_valid, save};
use support::pki::pki;
use support::{request, seal};

/// What is found, but for the font that most documents here have not embedded.
fn findings(document: &[u8]) -> Vec<Finding> {
    let mut found = all_findings(document);
    found.retain(|finding| *finding != Finding::FontsNotEmbedded);
    found
}

fn all_findings(document: &[u8]) -> Vec<Finding> {
    inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("can be sealed").findings
}

#[test]
fn what_belongs_into_the_audit_trail() {
    let simple = Builder::simple;
    let catalog = |entries: &str| {
        simple().object(1, &format!("<</Type/Catalog/Pages 2 0 R{entries}>>")).add("<</S/JavaScript/JS(app.alert\\(1\\))>>").build()
    };
    let annotation = |entries: &str| {
        simple()
            .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R]>>")
            .add(&format!("<</Type/Annot/Subtype/Link/Rect[0 0 1 1]{entries}>>"))
            .add("<</S/Launch/F(calc.exe)/Next 7 0 R>>")
            .build()
    };
    let mut many = simple();
    let kids: Vec<String> = (0..300).map(|page| format!("{} 0 R", page + 6)).collect();
    many.objects[1] = format!("<</Type/Pages/Kids[{}]/Count 300>>", kids.join(" "));
    many.objects.extend((0..300).map(|_| "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_owned()));
    let cases: Vec<(&str, Vec<u8>, Vec<Finding>)> = vec![
        ("nothing", simple().build(), vec![]),
        ("a place to open at", catalog("/OpenAction[3 0 R/Fit]"), vec![]),
        ("a script on opening", catalog("/OpenAction 6 0 R"), vec![Finding::JavaScript, Finding::OpenAction]),
        ("named scripts", catalog("/Names<</JavaScript<</Names[(a) 6 0 R]>>>>"), vec![Finding::JavaScript]),
        ("a script on closing", catalog("/AA<</WC 6 0 R>>"), vec![Finding::JavaScript, Finding::AdditionalActions]),
        ("layers", catalog("/OCProperties<</OCGs[]/D<<>>>>"), vec![Finding::OptionalContent]),
        ("files", catalog("/Names<</EmbeddedFiles<</Names[(a)<<>>]>>>>"), vec![Finding::EmbeddedFiles]),
        ("usage rights", catalog("/Perms<</UR3<<>>>>"), vec![Finding::UsageRights]),
        ("a form", catalog("/AcroForm<</Fields[<</FT/Tx/T(a)>>]>>"), vec![Finding::Form]),
        ("a program, in a circle", annotation("/A 7 0 R"), vec![Finding::Launch]),
        ("a form that is sent", annotation("/A<</S/SubmitForm/F(https://example.org)>>"), vec![Finding::SubmitForm]),
        ("a link", annotation("/A<</S/URI/URI(https://example.org)>>"), vec![]),
        ("many pages", many.build(), vec![Finding::PartlyExamined { pages: 200 }, Finding::UnusedContent]),
    ];
    for (name, document, expected) in cases {
        assert_eq!(findings(&document), expected, "{name}");
    }
}

#[test]
fn an_earlier_signature_is_told() {
    let document = Builder::simple().build();
    let sealed = seal(&document, |_| request(&pki().p256, SignatureAlgorithm::EcdsaP256Sha256), &pki().p256);
    let found = findings(&sealed);
    let [Finding::EarlierSignature { field, standing: Standing::Intact }] = found.as_slice() else { panic!("{found:?}") };
    assert!(field.starts_with("Seal-"));

    let broken = {
        let mut broken = sealed.clone();
        let at = broken.windows(10).position(|piece| piece == b"A document").expect("the text is there");
        broken[at] = b'B';
        broken
    };
    let changed = append(&sealed, &[(4, &stream("", "BT /F1 24 Tf 72 720 Td (Another document) Tj ET"))], 20);
    for (document, standing) in [(broken, Standing::Broken), (changed, Standing::ChangedSince)] {
        let found = findings(&document);
        assert!(
            found.iter().any(|finding| matches!(finding, Finding::EarlierSignature { standing: told, .. } if *told == standing)),
            "{found:?}"
        );
    }
}

/// The mechanisms of shadow attacks, and what else may come to look different.
#[test]
fn what_could_change_its_look() {
    let page = |entries: &str| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</I 6 0 R>>>>{entries}>>"
        )
    };
    let image = stream("/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", "x");
    let drawn = |content: &str| Builder::simple().object(3, &page("")).object(4, &stream("", content)).add(&image).build();
    let text = "BT /F1 24 Tf 72 720 Td (You are fired) Tj ET";
    let field = |rect: &str, value: &str| format!("<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V({value})/Rect[{rect}]/AP<</N 9 0 R>>>>");
    let form = |first: &str, second: &str, shown: &str| {
        Builder::simple()
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R 8 0 R]>>>>")
            .object(3, &page("/Annots[7 0 R 8 0 R]"))
            .add(&image)
            .add(first)
            .add(second)
            .add(&stream("/Type/XObject/Subtype/Form/BBox[0 0 100 20]", &format!("/Tx BMC q BT /F1 9 Tf ({shown}) Tj ET Q EMC")))
            .build()
    };
    let (left, right) = ("10 10 110 30", "310 10 410 30");
    let font = "<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor 7 0 R>>";
    let cases: Vec<(&str, Vec<u8>, Vec<Finding>)> = vec![
        ("an image above text", drawn(&format!("{text} q 500 0 0 800 10 10 cm /I Do Q")), vec![Finding::CoveredText]),
        ("an image beside text", drawn(&format!("{text} q 50 0 0 80 10 10 cm /I Do Q")), vec![]),
        ("an image below text", drawn(&format!("q 500 0 0 800 10 10 cm /I Do Q {text}")), vec![]),
        ("a scan with its text", drawn(&format!("3 Tr {text} q 500 0 0 800 10 10 cm /I Do Q")), vec![]),
        ("a field above text", form(&field("70 710 200 750", "x"), &field(right, "x"), "x"), vec![Finding::Form, Finding::CoveredText]),
        ("fields", form(&field(left, "10 USD"), &field(right, "10 USD"), "10 USD"), vec![Finding::Form]),
        ("fields above one another", form(&field(left, "x"), &field(left, "x"), "x"), vec![Finding::Form, Finding::OverlappingFields]),
        (
            "a field with two texts",
            form(&field(left, "Attacker"), &field(right, "WHO"), "WHO"),
            vec![Finding::Form, Finding::FieldShowsOtherText],
        ),
        (
            "a form without a look",
            Builder::simple().object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/NeedAppearances true>>>>").build(),
            vec![Finding::NeedsAppearances],
        ),
        ("a page in reserve", Builder::simple().add("<</Type/Page/MediaBox[0 0 9 9]>>").build(), vec![Finding::UnusedContent]),
        ("a font in reserve", Builder::simple().add("<</Type/Font/Subtype/Type3>>").build(), vec![Finding::UnusedContent]),
        ("content in reserve", Builder::simple().add(&stream("", text)).build(), vec![Finding::UnusedContent]),
        ("content elsewhere", Builder::simple().object(4, &stream("/F(content.bin)", "")).build(), vec![Finding::ExternalContent]),
        (
            "a script deep inside",
            Builder::simple().object(1, "<</Type/Catalog/Pages 2 0 R/Outlines<</First<</A<</S/JavaScript/JS(x)>>>>>>>>").build(),
            vec![Finding::JavaScript],
        ),
    ];
    for (name, document, mut expected) in cases {
        expected.sort();
        assert_eq!(findings(&document), expected, "{name}");
    }
    assert_eq!(all_findings(&Builder::simple().build()), [Finding::FontsNotEmbedded]);
    let embedded = Builder::simple().object(5, font).add(&stream("", "a font")).add("<</Type/FontDescriptor/FontFile2 6 0 R>>").build();
    assert_eq!(all_findings(&embedded), []);
}

/// A hybrid file: the table knows objects 1 to 3, the stream knows 4 and 5 and says something about object `also`.
fn hybrid(also: (u8, u8)) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut places = Vec::new();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        stream("", "BT /F1 24 Tf 72 720 Td (A document) Tj ET"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len() as u16);
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let stream_place = out.len();
    let mut rows = vec![1, 0, also.1, 0];
    for place in [places[3], places[4]] {
        rows.push(1);
        rows.extend_from_slice(&place.to_be_bytes());
        rows.push(0);
    }
    out.extend_from_slice(
        format!("6 0 obj\n<</Type/XRef/Size 7/W[1 2 1]/Index[{} 1 4 2]/Length {}>>\nstream\n", also.0, rows.len()).as_bytes(),
    );
    out.extend_from_slice(&rows);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let place = out.len();
    let mut table = "xref\n0 7\n0000000000 65535 f \n".to_owned();
    for place in &places[..3] {
        table.push_str(&format!("{place:010} 00000 n \n"));
    }
    table.push_str(&"0000000000 65535 f \n".repeat(2));
    table.push_str(&format!("{stream_place:010} 00000 n \n"));
    out.extend_from_slice(format!("{table}trailer\n<</Size 7/Root 1 0 R/XRefStm {stream_place}>>\nstartxref\n{place}\n%%EOF\n").as_bytes());
    out
}

#[test]
fn a_hybrid_file_is_sealed_when_its_lists_agree() {
    let document = hybrid((1, 9));
    assert_eq!(findings(&document), [Finding::HybridFile]);
    let file = seal(&document, |_| request(&pki().p256, SignatureAlgorithm::EcdsaP256Sha256), &pki().p256);
    // pyHanko validates no hybrid file at all, so it is not asked here. Word writes such files, so they are sealed.
    let path = save("hybrid", &file);
    assert_clean(&path);
    assert_poppler_valid(&path, 1);
    assert!(verify(&file, &Policy::new(support::now(), std::slice::from_ref(&pki().root))).expect("can be read").is_good());
    let contradicting = hybrid((1, 60));
    let refusal = inspect(&contradicting, PrefixDigest::of(&contradicting), &Limits::default()).expect_err("is refused");
    assert_eq!(refusal.code(), "ambiguous");
}
