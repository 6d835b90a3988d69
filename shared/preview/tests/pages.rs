//! Pages are drawn as they look, and read as they say.

use segl_preview::{Limits, PreviewError, pages};

/// A document of these pages, each a width, a height and a line of text.
fn document(of: &[(u32, u32, &str)]) -> Vec<u8> {
    let kids: Vec<_> = (0..of.len()).map(|number| format!("{} 0 R", 4 + 2 * number)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), of.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (number, (width, height, text)) in of.iter().enumerate() {
        let content = format!("0 0 0 rg BT /F1 24 Tf 40 100 Td ({text}) Tj ET");
        let resources = "/Resources << /Font << /F1 3 0 R >> >>";
        objects
            .push(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] {resources} /Contents {} 0 R >>", 5 + 2 * number));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut pdf = "%PDF-1.7\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let xref = pdf.len();
    pdf += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        pdf += &format!("{offset:010} 00000 n \n");
    }
    pdf += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1);
    pdf.into_bytes()
}

fn drawn(document: Vec<u8>, limits: &Limits) -> Result<Vec<segl_preview::Page>, PreviewError> {
    let mut all = Vec::new();
    pages(document, limits, &[], |page| {
        all.push(page);
        true
    })?;
    Ok(all)
}

/// Width and height that a PNG says it has (PNG, 11.2.1).
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn each_page_has_an_image_of_its_shape_and_its_text() {
    let limits = Limits { width: 300, height: 600, ..Limits::default() };
    let all = drawn(document(&[(595, 842, "Lease of flat 12"), (842, 595, "Second page"), (100, 1000, "A strip")]), &limits).unwrap();
    assert_eq!(all.iter().map(|page| page.text.as_str()).collect::<Vec<_>>(), ["Lease of flat 12", "Second page", "A strip"]);
    for (page, (width, height)) in all.iter().zip([(300, 424), (300, 211), (60, 600)]) {
        let (found_width, found_height) = size(&page.png);
        assert_eq!((u32::from(page.width), u32::from(page.height)), (found_width, found_height));
        assert!(found_width.abs_diff(width) <= 1 && found_height.abs_diff(height) <= 1, "{found_width} x {found_height}");
    }
    let blank = drawn(document(&[(595, 842, "")]), &limits).unwrap();
    assert!(all[0].png.len() > blank[0].png.len(), "letters are drawn");
    assert_eq!(blank[0].text, "");
}

#[test]
fn limits_hold() {
    let many: Vec<_> = (0..9).map(|_| (595, 842, "Page")).collect();
    assert_eq!(drawn(document(&many), &Limits { pages: 4, width: 40, ..Limits::default() }).unwrap().len(), 4);
    let mut seen = 0;
    pages(document(&many), &Limits { width: 40, ..Limits::default() }, &[], |_| {
        seen += 1;
        seen < 2
    })
    .unwrap();
    assert_eq!(seen, 2, "who has enough gets no more");
    let short = drawn(document(&[(595, 842, "A long line of text")]), &Limits { text: 6, width: 40, ..Limits::default() }).unwrap();
    assert_eq!(short[0].text, "A long");
}

#[test]
fn what_is_no_document_has_no_pages() {
    for bytes in [&b""[..], b"%PDF-1.7", b"not a document at all"] {
        assert_eq!(drawn(bytes.to_vec(), &Limits::default()).unwrap_or_default(), []);
    }
}
