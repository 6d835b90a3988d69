//! What cannot be sealed, and why.

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use segl_sealing::*;
use support::documents::{Builder, append, stream};
use support::judges::qpdf_made;

fn code(document: &[u8]) -> &'static str {
    match inspect(&document, PrefixDigest::of(document), &Limits::default()) {
        Ok(_) => "accepted",
        Err(refusal) => {
            let sentence = refusal.to_string();
            assert!(sentence.ends_with('.') && sentence.len() > 30, "{sentence}");
            refusal.code()
        }
    }
}

fn text_document(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// A document whose cross-reference section is a stream with these entries and this data.
fn with_xref_stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    let place = out.len();
    out.extend_from_slice(format!("9 0 obj\n<</Type/XRef/Root 1 0 R{entries}/Length {}>>\nstream\n", data.len()).as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{place}\n%%EOF\n").as_bytes());
    out
}

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("writes");
    encoder.finish().expect("finishes")
}

#[test]
fn the_table_of_refusals() {
    let simple = Builder::simple;
    let plain = simple().build();
    let certified = |level: &str| {
        simple()
            .object(1, "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 6 0 R>>/AcroForm<</Fields[7 0 R]/SigFlags 3>>>>")
            .add(&format!(
                "<</Type/Sig/Filter/Adobe.PPKLite/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<<{level}/V/1.2>>>>]>>"
            ))
            .add("<</FT/Sig/T(S)/V 6 0 R>>")
            .build()
    };
    let locked = |lock: &str| {
        simple()
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[7 0 R]/SigFlags 3>>>>")
            .add("<</Type/Sig/Filter/Adobe.PPKLite>>")
            .add(&format!("<</FT/Sig/T(S)/V 6 0 R/Lock<</Type/SigFieldLock{lock}>>>>"))
            .build()
    };
    let xfa = simple().object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA 6 0 R>>>>").add(&stream("", "<xdp/>")).build();
    let encrypted = qpdf_made("encrypted", &plain, &["--encrypt", "", "owner", "256", "--"]);
    let same_section = {
        let mut builder = simple();
        let place =
            String::from_utf8_lossy(&plain).rsplit("startxref\n").next().and_then(|rest| rest.lines().next()).expect("a place").to_owned();
        // The trailer points to its own section.
        builder.trailer = format!("/Prev {place}");
        builder.build()
    };
    let deep = "[".repeat(100_000);
    let bomb = deflated(&vec![0u8; 200 << 20]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "empty"),
        ("one byte", text_document("%"), "not-a-pdf"),
        ("HTML", text_document("<!doctype html><title>Not found</title>"), "not-a-pdf"),
        ("a ZIP", b"PK\x03\x04 and so on".to_vec(), "not-a-pdf"),
        ("header alone", text_document("%PDF-1.7\n"), "truncated"),
        ("half of it", plain[..plain.len() / 2].to_vec(), "truncated"),
        ("without its last line", plain[..plain.len() - 8].to_vec(), "truncated"),
        ("update cut short", [plain.as_slice(), b"9 0 obj\n<</Type/Cat"].concat(), "truncated"),
        ("encrypted", encrypted, "encrypted"),
        ("XFA", xfa, "xfa"),
        ("certified, nothing allowed", certified("/P 1"), "certified-no-changes"),
        ("certified, signing allowed", certified("/P 2"), "accepted"),
        ("certified, by default", certified(""), "accepted"),
        ("all fields locked", locked("/Action/All"), "locked-by-signature"),
        ("document locked", locked("/Action/Include/Fields[(A)]/P 1"), "locked-by-signature"),
        ("one field locked", locked("/Action/Include/Fields[(A)]"), "accepted"),
        ("startxref past the end", text_document("%PDF-1.7\nstartxref\n99999\n%%EOF\n"), "broken-structure"),
        ("startxref into nothing", text_document("%PDF-1.7\nhello\nstartxref\n3\n%%EOF\n"), "broken-structure"),
        ("startxref beyond all numbers", text_document("%PDF-1.7\nstartxref\n99999999999999999999999\n%%EOF\n"), "broken-structure"),
        ("sections in a loop", same_section, "broken-structure"),
        (
            "huge size",
            {
                let mut builder = simple();
                builder.trailer = "/Size 2147483647".to_owned();
                builder.build()
            },
            "ambiguous",
        ),
        ("huge /Size in a stream", with_xref_stream("/Size 2147483647/W[1 1 1]", b"\x01\x00\x00"), "broken-structure"),
        ("huge widths", with_xref_stream("/Size 3/W[9000000000000000000 1 1]", b"abc"), "broken-structure"),
        ("no widths", with_xref_stream("/Size 3/W[0 0 0]", b"abc"), "broken-structure"),
        ("negative widths", with_xref_stream("/Size 3/W[-1 1 1]", b"abc"), "broken-structure"),
        ("huge index", with_xref_stream("/Size 3/W[1 1 1]/Index[0 9000000000000000000]", b"abc"), "broken-structure"),
        ("odd index", with_xref_stream("/Size 3/W[1 1 1]/Index[0 1 2]", b"abc"), "broken-structure"),
        ("bomb in the cross-reference stream", with_xref_stream("/Size 3/W[1 1 1]/Filter/FlateDecode", &bomb), "over-budget"),
        (
            "predictor with huge rows",
            with_xref_stream("/Size 3/W[1 1 1]/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2000000000>>", &deflated(b"abc")),
            "unsupported",
        ),
        ("other filter", with_xref_stream("/Size 3/W[1 1 1]/Filter/LZWDecode", b"abc"), "unsupported"),
        ("deep nesting", simple().object(1, &deep).build(), "over-budget"),
        ("catalog missing", simple().object(1, "null").build(), "broken-structure"),
        ("pages missing", simple().object(2, "null").build(), "broken-structure"),
        ("no page", simple().object(2, "<</Type/Pages/Kids[]/Count 0>>").build(), "broken-structure"),
        ("kids in a loop", simple().object(2, "<</Type/Pages/Kids[2 0 R]/Count 1>>").build(), "broken-structure"),
        (
            "kids in a wider loop",
            simple().object(3, "<</Type/Pages/Kids[6 0 R]/Count 1>>").add("<</Type/Pages/Kids[3 0 R]/Count 1>>").build(),
            "broken-structure",
        ),
        ("references in a loop", simple().object(2, "<</Type/Pages/Kids 6 0 R/Count 1>>").add("6 0 R").build(), "broken-structure"),
        (
            "fields in a loop",
            simple().object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>").add("<</T(a)/Kids[6 0 R]>>").build(),
            "accepted",
        ),
        ("a form that is the catalog", simple().object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 1 0 R>>").build(), "broken-structure"),
        (
            "fields that are the annotations",
            simple()
                .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 6 0 R>>>>")
                .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots 6 0 R>>")
                .add("[]")
                .build(),
            "broken-structure",
        ),
        ("a key twice", simple().object(1, "<</Type/Catalog/Pages 2 0 R/Pages 3 0 R>>").build(), "ambiguous"),
        ("catalog moved to nowhere", append(&plain, &[(1, "<</Type/Catalog>>")], 6), "broken-structure"),
    ];
    for (name, document, expected) in cases {
        assert_eq!(code(&document), expected, "{name}");
    }
}

#[test]
fn a_page_tree_of_twenty_thousand_levels_is_walked() {
    let mut builder = Builder::simple();
    builder.objects[1] = "<</Type/Pages/Kids[6 0 R]/Count 1>>".to_owned();
    for level in 0..20_000 {
        builder.objects.push(format!("<</Type/Pages/Kids[{} 0 R]/Count 1>>", level + 7));
    }
    builder.objects.push("<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>".to_owned());
    assert_eq!(code(&builder.build()), "accepted");
}

#[test]
fn object_streams_in_each_other_and_bombs_in_them_are_refused() {
    let with_catalog_in = |stream_row: [u8; 4], entries: &str, data: &[u8]| {
        let mut out = b"%PDF-1.7\n".to_vec();
        let container = out.len() as u8;
        out.extend_from_slice(format!("5 0 obj\n<</Type/ObjStm{entries}/Length {}>>\nstream\n", data.len()).as_bytes());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\nendstream\nendobj\n");
        let place = out.len();
        let mut rows = vec![0, 0, 0, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        rows.extend_from_slice(&if stream_row == [0; 4] { [1, 0, container, 0] } else { stream_row });
        out.extend_from_slice(format!("6 0 obj\n<</Type/XRef/Root 1 0 R/Size 7/W[1 2 1]/Length {}>>\nstream\n", rows.len()).as_bytes());
        out.extend_from_slice(&rows);
        out.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{place}\n%%EOF\n").as_bytes());
        out
    };
    let bomb = deflated(&vec![b' '; 200 << 20]);
    let cases = [
        ("in itself", with_catalog_in([2, 0, 5, 0], "/N 1/First 4", b"1 0 <<>>"), "broken-structure"),
        ("a bomb", with_catalog_in([0; 4], "/N 1/First 4/Filter/FlateDecode", &bomb), "over-budget"),
        ("too many objects", with_catalog_in([0; 4], "/N 2000000000/First 4", b"1 0 <<>>"), "broken-structure"),
        ("first object past the end", with_catalog_in([0; 4], "/N 1/First 999999", b"1 0 <<>>"), "broken-structure"),
        ("length in itself", with_catalog_in([0; 4], "/N 1/First 4/Length 5 0 R", b"1 0 <<>>"), "ambiguous"),
    ];
    for (name, document, expected) in cases {
        assert_eq!(code(&document), expected, "{name}");
    }
}
