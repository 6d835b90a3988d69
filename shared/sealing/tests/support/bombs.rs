//! Small files that cost a careless reader much.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::documents::{Builder, stream};

/// Compresses `count` bytes without ever holding them.
pub fn deflated(byte: u8, count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![byte; 1 << 16];
    for start in (0..count).step_by(piece.len()) {
        encoder.write_all(&piece[..piece.len().min(count - start)]).expect("memory can be written");
    }
    encoder.finish().expect("memory can be written")
}

/// A document whose cross-reference section is a stream with these entries and these data.
pub fn with_xref_stream(objects: &[u8], entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    out.extend_from_slice(objects);
    let place = out.len();
    out.extend_from_slice(format!("9 0 obj\n<</Type/XRef/Root 1 0 R{entries}/Length {}>>\nstream\n", data.len()).as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{place}\n%%EOF\n").as_bytes());
    out
}

/// The same without a list of its objects, so that it has to be mended.
fn without_list(document: &[u8]) -> Vec<u8> {
    let at = document.windows(9).rposition(|piece| piece == b"startxref").expect("is there");
    [&document[..at], b"startxref\n0\n%%EOF\n"].concat()
}

/// An object with bytes that are no text.
fn binary(number: usize, entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("{number} 0 obj\n<<{entries}/Length {}>>\nstream\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    out
}

/// Sections that name one another as the one before.
fn sections_in_a_circle() -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    let first = out.len();
    let section = |previous: usize| format!("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9/Root 1 0 R/Prev {previous:010}>>\n");
    let second = first + section(0).len();
    out.extend_from_slice(section(second).as_bytes());
    out.extend_from_slice(section(first).as_bytes());
    out.extend_from_slice(format!("startxref\n{second}\n%%EOF\n").as_bytes());
    out
}

fn many_sections(count: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    let mut previous = None::<usize>;
    for _ in 0..count {
        let place = out.len();
        let entry = previous.map(|place| format!("/Prev {place}")).unwrap_or_default();
        out.extend_from_slice(format!("xref\n0 0\ntrailer\n<</Size 9/Root 1 0 R{entry}>>\n").as_bytes());
        previous = Some(place);
    }
    out.extend_from_slice(format!("startxref\n{}\n%%EOF\n", previous.unwrap_or_default()).as_bytes());
    out
}

fn deep_page_tree(levels: usize) -> Builder {
    let mut builder = Builder::simple();
    builder.objects[1] = "<</Type/Pages/Kids[6 0 R]/Count 1>>".to_owned();
    builder.objects.extend((0..levels).map(|level| format!("<</Type/Pages/Kids[{} 0 R]/Count 1>>", level + 7)));
    builder.add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>")
}

/// Every object stream inflates to ten megabytes; there are as many as ten megabytes hold.
fn object_stream_bombs() -> Vec<u8> {
    let bomb = deflated(b' ', 10 << 20);
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
    for number in 10..10 + (10 << 20) / bomb.len() {
        out.extend(binary(number, "/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &bomb));
    }
    out.extend_from_slice(b"trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n");
    out
}

/// All bombs, by name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let simple = Builder::simple;
    let catalog = |entries: &str| simple().object(1, &format!("<</Type/Catalog/Pages 2 0 R{entries}>>"));
    let million = "3 0 R ".repeat(1_000_000);
    let deep_arrays = "[".repeat(100_000);
    let deep_dictionaries = "<</A".repeat(100_000);
    let long = "x".repeat(40_000_000);
    let xref = |entries: &str, data: &[u8]| with_xref_stream(b"", entries, data);
    let mut twice = ZlibEncoder::new(Vec::new(), Compression::best());
    twice.write_all(&deflated(0, 500 << 20)).expect("memory can be written");
    let twice = twice.finish().expect("memory can be written");
    let with_size = |size: &str| {
        let mut builder = simple();
        builder.trailer = size.to_owned();
        String::from_utf8_lossy(&builder.build()).replacen("/Size 6", "", 1).into_bytes()
    };
    let in_itself = with_xref_stream(&binary(5, "/Type/ObjStm/N 1/First 4", b"1 0 <<>>"), "/Size 6/W[1 1 1]", &[2, 5, 0].repeat(6));
    let names = |nodes: &str| catalog("/Names<</EmbeddedFiles 6 0 R/JavaScript 6 0 R>>").add(nodes).add("<</Kids[6 0 R 7 0 R]>>").build();
    let marks = |text: &str| [b"%PDF-1.7\n".as_slice(), text.as_bytes(), b"startxref\n0\n%%EOF\n"].concat();
    vec![
        ("sections in a circle", sections_in_a_circle()),
        ("a hundred thousand sections", many_sections(100_000)),
        ("kids in a circle", simple().object(2, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>").build()),
        ("page tree of 20,000 levels", deep_page_tree(20_000).build()),
        ("page tree of 20,000 levels, to be mended", without_list(&deep_page_tree(20_000).build())),
        ("size of 2^31-1", with_size("/Size 2147483647")),
        ("size of 2^63-1", with_size("/Size 9223372036854775807")),
        ("huge widths", xref("/Size 3/W[9223372036854775807 9223372036854775807 2]", b"abc")),
        ("huge index", xref("/Size 3/W[1 1 1]/Index[0 9223372036854775807 4294967295 9223372036854775807]", b"abc")),
        ("stream of 2^32 rows", xref("/Size 4294967296/W[0 1 0]/Filter/FlateDecode", &deflated(0, 1 << 30))),
        ("table of 2^32 rows", marks("xref\n0 4294967295\n0000000000 65535 f \ntrailer<</Root 1 0 R>>\n")),
        ("a million indexes", xref(&format!("/Size 3/W[1 1 1]/Index[{}]", "0 1 ".repeat(500_000)), b"abc")),
        ("object stream in itself", in_itself),
        ("ten megabytes of object streams", object_stream_bombs()),
        ("Flate in Flate", xref("/Size 3/W[1 1 1]/Filter[/FlateDecode/FlateDecode]", &twice)),
        (
            "predictor with long rows",
            xref("/Size 3/W[1 1 1]/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 65536/Colors 4>>", &deflated(0, 200 << 20)),
        ),
        (
            "predictor with short rows",
            xref("/Size 3/W[1 1 1]/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 1>>", &deflated(0, 15 << 20)),
        ),
        ("arrays of 100,000 levels", simple().object(1, &deep_arrays).build()),
        ("dictionaries of 100,000 levels", simple().object(1, &deep_dictionaries).build()),
        ("arrays of 100,000 levels, to be mended", without_list(&simple().add(&deep_arrays).build())),
        ("a million kids", simple().object(2, &format!("<</Type/Pages/Kids[{million}]/Count 1000000>>")).build()),
        ("a million annotations", simple().object(3, &format!("<</Type/Page/Parent 2 0 R/Annots[{million}]>>")).build()),
        ("a million fields", catalog(&format!("/AcroForm<</Fields[{million}]>>")).build()),
        ("a million keys", simple().object(1, &format!("<<{}>>", (0..1_000_000).map(|n| format!("/K{n} 0")).collect::<String>())).build()),
        ("a long string", simple().object(1, &format!("({long})")).build()),
        ("a long name", simple().object(1, &format!("/{long}")).build()),
        ("a long comment", simple().object(1, &format!("%{long}")).build()),
        ("names in a circle", names("<</Kids[6 0 R 7 0 R]/Limits[(a)(b)]>>")),
        ("fields in a circle", catalog("/AcroForm<</Fields[6 0 R]>>").add("<</T(a)/Kids[6 0 R 7 0 R]>>").add("<</Kids[6 0 R]>>").build()),
        ("actions in a circle", catalog("/OpenAction 6 0 R").add(&format!("<</S/Launch/Next[{}]>>", "6 0 R ".repeat(1000))).build()),
        ("objects without end", marks(&(1..400_000).map(|n| format!("{n} 0 obj [ ")).collect::<String>())),
        ("streams without end", marks(&(1..100_000).map(|n| format!("{n} 0 obj <<>> stream\n")).collect::<String>())),
        ("the same object", marks(&"1 0 obj <<>>\n".repeat(500_000))),
        ("trailers", marks(&"trailer <</Root 1 0 R>>\n".repeat(300_000))),
        (
            "streams with a length elsewhere",
            marks(&(1..50_000).map(|n| format!("{n} 0 obj\n{}\n", stream("/Length 1 0 R", ""))).collect::<String>()),
        ),
    ]
}
