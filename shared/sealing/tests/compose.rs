//! PDFs made of text and HTML: readable by others, sealable by us, the same each time. With `SEGL_PICTURES=folder` the files stay there,
//! to be looked at.

use std::process::Command;

use segl_sealing::{ComposeError, Limits, PrefixDigest, html_to_pdf, inspect, text_to_pdf};

const HTML: &str = r#"<!DOCTYPE html><html lang="en"><head><title>Not shown</title></head><body>
<h1>Framework agreement</h1>
<p>Between <b>Example Municipality</b> (DK01234567) and <b>Example Supplier</b> (DK76543210), hereinafter <em>the parties</em>, and
<strong><em>nobody else</em></strong>. Terms are at <a href="https://example.org/terms">our site</a>; write to
<a href="mailto:legal@example.org">legal@example.org</a>.</p>
<h2>1. Delivery</h2>
<ul><li>Within ten days of the order, at the address that the order names</li><li>Partial deliveries are allowed
<ol><li>if both agree in writing</li><li>and the invoice says so</li></ol></li><li>Risk passes on delivery</li></ul>
<h2>2. Prices</h2>
<table><thead><tr><th>Item</th><th>Unit</th><th>Price</th></tr></thead><tbody>
<tr><td>Paper, A4, recycled</td><td>box of 2,500 sheets</td><td>149.00 kr.</td></tr>
<tr><td>Staples</td><td>box</td><td>12.50 kr.</td></tr>
<tr><td>A very long description of an item that does not fit its column on one line</td><td>each</td><td>1.00 kr.</td></tr></tbody></table>
<blockquote>Prices are without VAT &amp; include freight.</blockquote>
<hr><h3>3. Languages</h3>
<p>Ærø, Łódź, Ελλάδα, Київ.<br>A second line of the same paragraph.</p>
<p dir="rtl">שלום עולם, זה חוזה.</p>
<pre>  kept   as it
    is</pre>
</body></html>"#;

fn tool(name: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).output().unwrap_or_else(|error| panic!("{name} is missing ({error}); see .ci/run"));
    assert!(output.status.success(), "{name}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Has a PDF looked at in a scratch file.
fn with_file<T>(name: &str, pdf: &[u8], look: impl FnOnce(&str) -> T) -> T {
    let folder = std::env::var_os("SEGL_PICTURES").map_or_else(std::env::temp_dir, std::path::PathBuf::from);
    let path = folder.join(format!("segl-compose-{}-{name}.pdf", std::process::id()));
    std::fs::write(&path, pdf).expect("a scratch file");
    let seen = look(path.to_str().expect("a path of ASCII"));
    if std::env::var_os("SEGL_PICTURES").is_none() {
        std::fs::remove_file(&path).expect("the scratch file");
    }
    seen
}

/// Judges a PDF and answers its text.
fn judged(name: &str, pdf: &[u8]) -> String {
    inspect(&pdf.to_vec(), PrefixDigest::of(pdf), &Limits::default()).expect("what we make we can seal");
    with_file(name, pdf, |path| {
        tool("qpdf", &["--check", path]);
        tool("pdftotext", &["-layout", path, "-"])
    })
}

#[test]
fn html_is_read_by_others_as_it_was_meant() {
    let pdf = html_to_pdf("Framework agreement", HTML).expect("it is made");
    assert_eq!(pdf, html_to_pdf("Framework agreement", HTML).expect("it is made"), "the same each time");
    let text = judged("html", &pdf);
    for part in [
        "Framework agreement",
        "nobody else",
        "our site (https://example.org/terms)",
        "• ",
        "2. ",
        "149.00 kr.",
        "VAT & include",
        "Ærø, Łódź, Ελλάδα, Київ.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Not shown") && text.matches("legal@example.org").count() == 1, "{text}");
}

#[test]
fn what_is_made_is_tagged_in_its_language() {
    let pdf = html_to_pdf("Framework agreement", HTML).expect("it is made");
    let (tree, about, catalog) = with_file("tagged", &pdf, |path| {
        (tool("pdfinfo", &["-struct-text", path]), tool("pdfinfo", &[path]), tool("qpdf", &["--json", path]))
    });
    assert!(about.lines().any(|line| line.split_whitespace().eq(["Tagged:", "yes"])), "{about}");
    assert!(catalog.contains("\"/Lang\": \"u:en\""), "the language of the whole");
    // How deep each element is, and what it is.
    let element = |line: &str| {
        let name = line.trim_start();
        let kind = name.split([' ', ':']).next().filter(|kind| kind.chars().all(|letter| letter.is_ascii_alphanumeric()))?.to_owned();
        Some(((line.len() - name.len()) / 2, kind))
    };
    let elements: Vec<_> = tree.lines().filter_map(element).collect();
    for expected in [
        &[(0, "Document"), (1, "H1"), (1, "P")][..],
        &[(1, "L"), (2, "LI"), (3, "Lbl"), (3, "LBody"), (2, "LI")],
        // A list in a list is in the item before it.
        &[(3, "LBody"), (4, "L"), (5, "LI"), (6, "Lbl"), (6, "LBody")],
        &[(1, "Table"), (2, "TR"), (3, "TH"), (3, "TH"), (3, "TH"), (2, "TR"), (3, "TD")],
        &[(1, "H3")],
    ] {
        let found = elements
            .windows(expected.len())
            .any(|window| window.iter().map(|(depth, kind)| (*depth, kind.as_str())).eq(expected.iter().copied()));
        assert!(found, "{expected:?}: {tree}");
    }
    assert_eq!(tree.matches("/Scope /Column").count(), 3, "{tree}");
    for part in ["\"Paper, A4, recycled\"", "\"•\"", "\"Partial deliveries are allowed\""] {
        assert!(tree.contains(part), "{part}: {tree}");
    }
}

#[test]
fn the_head_of_a_long_table_stands_on_every_page_and_is_said_once() {
    let rows: String = (1..=90).map(|number| format!("<tr><td>{number}</td><td>What happened as number {number}</td></tr>")).collect();
    let html = format!("<table><thead><tr><th>No.</th><th>What</th></tr></thead><tbody>{rows}</tbody></table>");
    let pdf = html_to_pdf("Events", &html).expect("it is made");
    let text = judged("events", &pdf);
    let pages = text.matches('\u{c}').count();
    assert!(pages > 2, "{text}");
    assert_eq!(text.matches("No.").count(), pages);
    for number in 1..=90 {
        assert!(text.contains(&format!("What happened as number {number}\n")), "on one line: {number}");
    }
    let tree = with_file("tree", &pdf, |path| tool("pdfinfo", &["-struct-text", path]));
    assert_eq!((tree.matches("No.").count(), tree.lines().filter(|line| line.trim() == "TR").count()), (1, 91), "{tree}");
}

#[test]
fn a_head_as_tall_as_a_page_is_not_repeated() {
    let rows: String = (1..=200).map(|number| format!("<tr><td>{number}</td></tr>")).collect();
    let html = format!("<table><tr><th>{}</th></tr>{rows}</table>", "long ".repeat(1500));
    let text = judged("tall", &html_to_pdf("Tall", &html).expect("it is made"));
    assert_eq!(text.matches("long").count(), 1500, "once");
    assert!(text.matches('\u{c}').count() < 15, "and pages are full of rows: {text}");
}

#[test]
fn text_of_any_length_is_kept_whole() {
    let long: String = (0..3000)
        .map(|number| format!("Line {number} of many, with something behind it.\n{}", if number % 7 == 0 { "\n" } else { "" }))
        .collect();
    let text = judged("text", &text_to_pdf("Long", &long).expect("it is made"));
    for number in [0, 6, 7, 1499, 2999] {
        assert!(text.contains(&format!("Line {number} of many")), "{number}");
    }
    let paragraph = "word ".repeat(5000);
    let text = judged("paragraph", &text_to_pdf("One paragraph", &paragraph).expect("it is made"));
    assert_eq!(text.matches("word").count(), 5000, "no paragraph is cut");
}

#[test]
fn what_cannot_be_made_is_refused() {
    assert!(matches!(text_to_pdf("T", " \n "), Err(ComposeError::Empty)));
    assert!(matches!(html_to_pdf("T", "<p> </p><hr>"), Err(ComposeError::Empty)));
    assert!(matches!(text_to_pdf("T", &"x".repeat(300_000)), Err(ComposeError::TooLong)));
    assert!(matches!(html_to_pdf("T", "<p>a</p><script>b</script>"), Err(ComposeError::Element(name)) if name == "script"));
}
