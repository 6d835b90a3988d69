//! Documents made in code, one for each way in which a PDF can be built.

use super::judges::qpdf_made;

/// A PDF from objects: number 1 is the catalog.
pub struct Builder {
    pub version: &'static str,
    pub objects: Vec<String>,
    pub trailer: String,
    pub before: &'static str,
    pub end: &'static str,
}

impl Builder {
    /// A catalog, a page tree with a page, its content and a font.
    pub fn simple() -> Self {
        Self {
            version: "1.7",
            objects: vec![
                "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
                "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
                stream("", "BT /F1 24 Tf 72 720 Td (A document) Tj ET"),
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
            ],
            trailer: "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]".to_owned(),
            before: "",
            end: "%%EOF\n",
        }
    }

    /// Replaces an object.
    pub fn object(mut self, number: usize, text: &str) -> Self {
        self.objects[number - 1] = text.to_owned();
        self
    }

    /// Adds an object.
    pub fn add(mut self, text: &str) -> Self {
        self.objects.push(text.to_owned());
        self
    }

    pub fn build(&self) -> Vec<u8> {
        let mut out = format!("%PDF-{}\n%\u{e2}\u{e3}\u{cf}\u{d3}\n", self.version).into_bytes();
        let mut rows = String::from("0000000000 65535 f \n");
        for (index, object) in self.objects.iter().enumerate() {
            rows.push_str(&format!("{:010} 00000 n \n", out.len()));
            out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
        }
        let size = self.objects.len() + 1;
        let place = out.len();
        let end = format!("xref\n0 {size}\n{rows}trailer\n<</Size {size}/Root 1 0 R{}>>\nstartxref\n{place}\n{}", self.trailer, self.end);
        out.extend_from_slice(end.as_bytes());
        [self.before.as_bytes(), &out].concat()
    }
}

/// A stream object.
pub fn stream(entries: &str, data: &str) -> String {
    format!("<<{entries}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

/// Appends objects to a document with a table.
pub fn append(document: &[u8], objects: &[(u32, &str)], size: u32) -> Vec<u8> {
    append_with_trailer(document, objects, size, "")
}

/// The same with more entries in the trailer.
pub fn append_with_trailer(document: &[u8], objects: &[(u32, &str)], size: u32, entries: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(document);
    let previous: u64 =
        text.rsplit("startxref\n").next().and_then(|rest| rest.lines().next()).and_then(|line| line.parse().ok()).expect("a startxref");
    let mut out = document.to_vec();
    let mut rows = String::new();
    for (number, object) in objects {
        rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let place = out.len();
    out.extend_from_slice(
        format!("xref\n{rows}trailer\n<</Size {size}/Root 1 0 R{entries}/Prev {previous}>>\nstartxref\n{place}\n%%EOF\n").as_bytes(),
    );
    out
}

/// Every kind of document that can be sealed.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let simple = Builder::simple;
    let plain = simple().build();
    let form = |form: &str, fields: &str| {
        simple()
            .object(1, &format!("<</Type/Catalog/Pages 2 0 R/AcroForm {form}>>"))
            .object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots[6 0 R]>>")
            .add("<</Type/Annot/Subtype/Widget/FT/Tx/T(Name)/V(Kari)/Rect[72 600 300 620]/P 3 0 R/F 4>>")
            .add(fields)
            .add("[6 0 R]")
            .build()
    };
    let no_id = {
        let mut builder = simple();
        builder.trailer = String::new();
        builder
    };
    let old = {
        let mut builder = simple();
        builder.version = "1.4";
        builder
    };
    let new = {
        let mut builder = simple();
        builder.version = "2.0";
        builder
    };
    let no_eol = {
        let mut builder = simple();
        builder.end = "%%EOF";
        builder
    };
    let inherited = simple()
        .object(
            2,
            "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 400 300]/CropBox[10 10 200 200]/Rotate 90/Resources<</Font<</F1 5 0 R>>>>>>",
        )
        .object(3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>")
        .build();
    let kids = simple().object(2, "<</Type/Pages/Kids 6 0 R/Count 7 0 R>>").add("[3 0 R]").add("1").build();
    let annotations = simple()
        .object(
            3,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Rotate 270/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots 6 0 R>>",
        )
        .add("[7 0 R]")
        .add("<</Type/Annot/Subtype/Link/Rect[0 0 10 10]/Border[0 0 0]/Dest[3 0 R/Fit]>>")
        .build();
    let attached = simple()
        .object(1, "<</Type/Catalog/Pages 2 0 R/Names 6 0 R/AF[8 0 R]/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 3>>>>>>")
        .add("<</EmbeddedFiles 7 0 R/Dests<</Names[(here)[3 0 R/Fit]]>>>>")
        .add("<</Names[(zebra.txt) 8 0 R]>>")
        .add("<</Type/Filespec/F(zebra.txt)/UF(zebra.txt)/EF<</F 9 0 R>>>>")
        .add(&stream("/Type/EmbeddedFile", "striped"))
        .build();
    let attached_tree = simple()
        .object(1, "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Kids[6 0 R]>>>>>>")
        .add("<</Limits[(a.txt)(zebra.txt)]/Names[(a.txt) 7 0 R(zebra.txt) 7 0 R]>>")
        .add("<</Type/Filespec/F(zebra.txt)/UF(zebra.txt)/EF<</F 8 0 R>>>>")
        .add(&stream("/Type/EmbeddedFile", "striped"))
        .build();
    let updated = append(&plain, &[(4, &stream("", "BT /F1 24 Tf 72 720 Td (A changed document) Tj ET"))], 6);
    let objects_in_streams = qpdf_made("objstm", &plain, &["--object-streams=generate"]);
    let streams_updated = qpdf_made("objstm2", &updated, &["--object-streams=generate"]);
    let linearized = qpdf_made("linear", &plain, &["--linearize"]);
    let linearized_streams = qpdf_made("linear-objstm", &plain, &["--linearize", "--object-streams=generate"]);
    let form_in_streams = qpdf_made("form-objstm", &form("7 0 R", "<</Fields 8 0 R/DA(/Helv 0 Tf)>>"), &["--object-streams=generate"]);
    vec![
        ("table", plain),
        ("object streams", objects_in_streams),
        ("object streams, updated", streams_updated),
        ("linearized", linearized),
        ("linearized with object streams", linearized_streams),
        ("updated", updated),
        ("form in the catalog", form("<</Fields[6 0 R]/DA(/Helv 0 Tf)>>", "null")),
        ("form of its own", form("7 0 R", "<</Fields[6 0 R]>>")),
        ("form and fields of their own", form("7 0 R", "<</Fields 8 0 R>>")),
        ("form in object streams", form_in_streams),
        ("version 1.4", old.build()),
        ("version 2.0", new.build()),
        ("no identifier", no_id.build()),
        ("no end of line", no_eol.build()),
        ("inherited attributes", inherited),
        ("kids and count of their own", kids),
        ("annotations of their own, landscape", annotations),
        ("attachments", attached),
        ("attachments in a tree", attached_tree),
    ]
}

/// A document with bytes before its header. Readers that count from the start of the file cannot read it.
pub fn with_bytes_before_header() -> Vec<u8> {
    let mut builder = Builder::simple();
    builder.before = "HTTP/1.1 200 OK\r\n\r\n";
    builder.build()
}
