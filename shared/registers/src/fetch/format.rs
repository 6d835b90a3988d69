//! What a file is, told by its content alone. Nothing is converted that is not one of these.

use super::package::{Package, package};
use super::{LOOKED_AT, MAX_CONVERTED, Obstacle};

/// A format of which the converter makes PDFs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Word (ISO/IEC 29500).
    Docx,
    /// Word up to 2003.
    Doc,
    /// OpenDocument text (ISO/IEC 26300).
    Odt,
    /// Rich text.
    Rtf,
    /// Plain text in UTF-8.
    Text,
    /// An image.
    Png,
    /// An image.
    Jpeg,
    /// An image.
    Tiff,
}

/// What files of a format begin with.
const BEGINNINGS: [(&[u8], Format); 6] = [
    // Compound files [MS-CFB], of which Word's is one; the converter tells the others apart.
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format::Doc),
    (b"{\\rtf", Format::Rtf),
    (b"\x89PNG\r\n\x1a\n", Format::Png),
    (b"\xff\xd8\xff", Format::Jpeg),
    (b"II*\0", Format::Tiff),
    (b"MM\0*", Format::Tiff),
];

impl Format {
    /// The format of a file. A package is unpacked once, as far as its limits, and nothing of it is kept.
    pub(super) fn of(content: &[u8]) -> Result<Self, Obstacle> {
        if content.len() > MAX_CONVERTED {
            return Err(Obstacle::TooLarge);
        }
        if content.starts_with(b"PK\x03\x04") {
            return match package(content)? {
                Package::Word => Ok(Self::Docx),
                Package::OpenDocumentText => Ok(Self::Odt),
                Package::Other => Err(Obstacle::UnknownFormat),
            };
        }
        let known = BEGINNINGS.iter().find(|(beginning, _)| content.starts_with(beginning)).map(|(_, format)| *format);
        known.or_else(|| is_plain_text(content).then_some(Self::Text)).ok_or(Obstacle::UnknownFormat)
    }

    /// The extension by which the converter knows it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Doc => "doc",
            Self::Odt => "odt",
            Self::Rtf => "rtf",
            Self::Text => "txt",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
        }
    }
}

/// Whether a file that begins so is a PDF: the header of ISO 32000-2, 7.5.2 stands among the first 1,024 bytes.
pub(super) fn is_pdf(start: &[u8]) -> bool {
    start[..start.len().min(LOOKED_AT)].windows(5).any(|window| window == b"%PDF-")
}

/// Text for people: in UTF-8, without control characters, and no markup, which a converter could take for a page with addresses to call.
fn is_plain_text(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    let is_markup = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<');
    !text.chars().any(is_odd) && !is_markup
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_content_is() {
        let long = vec![b'a'; MAX_CONVERTED + 1];
        for (content, format) in [
            (b"\x89PNG\r\n\x1a\n...".as_slice(), Ok(Format::Png)),
            (b"\xff\xd8\xff\xe0", Ok(Format::Jpeg)),
            (b"II*\0....", Ok(Format::Tiff)),
            (b"{\\rtf1 Besluit}", Ok(Format::Rtf)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", Ok(Format::Doc)),
            ("Besluit: één\r\n".as_bytes(), Ok(Format::Text)),
            ("\u{feff}Besluit".as_bytes(), Ok(Format::Text)),
            (b"Besluit: \xe9\xe9n", Err(Obstacle::UnknownFormat)),
            (b"<html><img src='http://169.254.169.254/'></html>", Err(Obstacle::UnknownFormat)),
            ("\u{feff} <svg/>".as_bytes(), Err(Obstacle::UnknownFormat)),
            (b"MZ\x90\0", Err(Obstacle::UnknownFormat)),
            (b"PK\x03\x04", Err(Obstacle::NotConvertible)),
            (&long, Err(Obstacle::TooLarge)),
        ] {
            assert_eq!(Format::of(content), format, "{:?}", String::from_utf8_lossy(&content[..content.len().min(20)]));
        }
    }

    #[test]
    fn a_pdf_has_its_header_at_its_beginning() {
        let late = [vec![b' '; 1020], b"%PDF-1.7".to_vec()].concat();
        assert!(is_pdf(b"%PDF-1.7") && is_pdf(b"\xef\xbb\xbf%PDF-2.0"));
        assert!(!is_pdf(&late) && !is_pdf(b"") && !is_pdf(b"%PDF"));
    }
}
