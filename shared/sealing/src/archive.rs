//! PDF/A: what the document says about itself, and what that forbids to be added (ISO 19005).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;

/// The namespace in which a document states its part and level (ISO 19005-1, 6.7.11).
const NAMESPACE: &str = "http://www.aiim.org/pdfa/ns/id/";
/// The longest metadata that are looked through. Common ones have a few kilobytes.
const MAX_METADATA: i64 = 1 << 20;

/// The part of ISO 19005 that a document claims to follow. That it really does was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PdfA {
    /// 1 to 4.
    pub part: u8,
    /// `A`, `B` or `U`; in part 4 `E` or `F`, or none.
    pub level: Option<char>,
}

impl PdfA {
    /// Whether any file may be embedded: in part 3 (ISO 19005-3, 6.8) and in part 4 of level F or E. Part 1 forbids files, part 2
    /// and plain part 4 allow only ones that are PDF/A themselves.
    pub fn permits_attachments(self) -> bool {
        match self.part {
            1 | 2 => false,
            4 => matches!(self.level, Some('E' | 'F')),
            _ => true,
        }
    }
}

/// As people write it, for example `PDF/A-2b`.
impl fmt::Display for PdfA {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PDF/A-{}", self.part)?;
        self.level.map_or(Ok(()), |level| write!(f, "{}", level.to_ascii_lowercase()))
    }
}

/// What the catalog's metadata claim.
pub(crate) fn claimed(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Option<PdfA>, Refusal> {
    Ok(metadata(reader, catalog)?.as_deref().and_then(find))
}

fn metadata(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Option<String>, Refusal> {
    let Some(id) = catalog.get("Metadata").and_then(Object::as_reference) else { return Ok(None) };
    let Object::Dictionary(dictionary) = reader.object(id)? else { return Ok(None) };
    if reader.entry(&dictionary, "Length")?.as_integer().is_none_or(|length| length > MAX_METADATA) {
        return Ok(None);
    }
    Ok(Some(decode(&reader.stream(id)?.data)))
}

/// XMP is UTF-8, UTF-16 or UTF-32. What is searched is ASCII, which in all of them is the same but for zeros in between.
fn decode(bytes: &[u8]) -> String {
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&plain).into_owned()
}

/// Finds part and level in XMP, where RDF allows them as attributes or as elements.
fn find(xmp: &str) -> Option<PdfA> {
    let (before, after) = xmp.split_once(NAMESPACE)?;
    // xmlns:prefix="namespace"
    let declaration = before.trim_end_matches(['"', '\'']).trim_end().strip_suffix('=')?.trim_end();
    let prefix = declaration.rsplit_once("xmlns:").map(|(_, prefix)| prefix).filter(|prefix| is_name(prefix))?;
    // Attributes may stand before the declaration, elements only behind it.
    let value = |key: &str| value_of(after, prefix, key).or_else(|| value_of(before, prefix, key));
    let part = value("part")?.parse().ok().filter(|part| matches!(part, 1..=4))?;
    let level = value("conformance").and_then(|level| level.chars().next()).map(|level| level.to_ascii_uppercase());
    Some(PdfA { part, level: level.filter(|level| matches!(level, 'A' | 'B' | 'U' | 'E' | 'F')) })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

/// The value of `prefix:key="value"` or `<prefix:key>value</…`.
fn value_of<'a>(text: &'a str, prefix: &str, key: &str) -> Option<&'a str> {
    let name = format!("{prefix}:{key}");
    let rest = text.split(name.as_str()).skip(1).find_map(|rest| {
        let rest = rest.trim_start();
        if let Some(element) = rest.strip_prefix('>') {
            return element.split_once('<');
        }
        let quoted = rest.strip_prefix('=')?.trim_start();
        let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        quoted[1..].split_once(quote)
    });
    rest.map(|(value, _)| value.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn part_and_level_in_every_notation() {
        let named = |body: &str| find(&body.replace("NS", NAMESPACE)).map(|claim| claim.to_string());
        for (xmp, expected) in [
            (r#"<rdf:Description xmlns:pdfaid="NS" pdfaid:part="2" pdfaid:conformance="B"/>"#, Some("PDF/A-2b")),
            (r#"<rdf:Description pdfaid:part='1' pdfaid:conformance='A' xmlns:pdfaid='NS'/>"#, Some("PDF/A-1a")),
            (r#"<d xmlns:x = "NS"><x:part>3</x:part><x:conformance> U </x:conformance></d>"#, Some("PDF/A-3u")),
            (r#"<d xmlns:pdfaid="NS"><pdfaid:part>4</pdfaid:part><pdfaid:rev>2020</pdfaid:rev></d>"#, Some("PDF/A-4")),
            (r#"<d xmlns:pdfaid="NS"><pdfaid:conformance>B</pdfaid:conformance></d>"#, None),
            (r#"<d xmlns:pdfaid="NS"><pdfaid:part>9</pdfaid:part></d>"#, None),
            (r#"<d xmlns:pdfaid="NS" pdfaid:partial="2"/>"#, None),
            (r#"<d pdfaid:part="2" pdfaid:conformance="B"/>"#, None),
            ("NS", None),
            ("", None),
        ] {
            assert_eq!(named(xmp).as_deref(), expected, "{xmp}");
        }
    }

    #[test]
    fn metadata_in_every_encoding() {
        let xmp = format!(r#"<d xmlns:pdfaid="{NAMESPACE}" pdfaid:part="1" pdfaid:conformance="B">é</d>"#);
        let (big, little): (Vec<u8>, Vec<u8>) =
            (xmp.encode_utf16().flat_map(u16::to_be_bytes).collect(), xmp.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let marked = [&[0xfe, 0xff], big.as_slice()].concat();
        let wide: Vec<u8> = xmp.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        for bytes in [xmp.as_bytes(), &big, &little, &marked, &wide] {
            assert_eq!(find(&decode(bytes)), Some(PdfA { part: 1, level: Some('B') }));
        }
    }

    #[test]
    fn attachments_go_where_the_part_allows_them() {
        let allowed = |part: u8, level: Option<char>| PdfA { part, level }.permits_attachments();
        assert!(allowed(3, Some('B')) && allowed(3, Some('A')) && allowed(4, Some('F')) && allowed(4, Some('E')));
        assert!(!allowed(1, Some('B')) && !allowed(2, Some('U')) && !allowed(4, None));
    }

    proptest! {
        #[test]
        fn no_metadata_break_the_search(start in ".{0,40}", rest in "[<>=\"':a-z0-9 é]{0,80}") {
            let _ = find(&format!("{start}xmlns:p=\"{NAMESPACE}{rest} p:part{rest}"));
        }
    }
}
