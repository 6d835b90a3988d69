//! What is to be written, where, and on which terms.

use std::str::FromStr;

use jiff::civil::Date;
use segl_core::id::Sha256;
use segl_core::register_settings::RegisterSettings;

/// All that a write-back needs to know beforehand. It is the same each time the write-back goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The registers.
    pub terms: RegisterTerms,
    /// The case's address in the ZRC.
    pub case_url: String,
    /// The documents, in the order's sequence.
    pub documents: Vec<Target>,
    /// The evidence document, where the case system named a type for it.
    pub evidence: Option<EvidenceDocument>,
    /// The day on which the last signer signed, in the Netherlands.
    pub signed_on: Date,
}

/// How a client's registers are spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterTerms {
    /// Address of the Documenten API, up to and with the version and a slash. Our token goes to no other address.
    pub documents: String,
    /// Address of the Zaken API, in the same way.
    pub cases: String,
    /// Address of the Notificaties API, in the same way.
    pub notifications: String,
    /// The version of the Documenten API.
    pub version: ApiVersion,
    /// What happens when a document got a newer version while it was signed.
    pub newer_version: NewerVersion,
    /// Documents larger than this many bytes go in parts, where the register can take them so.
    pub parts_above: u64,
}

/// The version of a Documenten API, e.g. `1.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
}

/// What happens when a document got a newer version while it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewerVersion {
    /// Nothing is written, and the case system is told.
    Refuse,
    /// The signed document becomes the newest version.
    Write,
}

/// A document that is written back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its address in the DRC.
    pub url: String,
    /// Its title, for people.
    pub title: String,
    /// The file name it gets; see [`pdf_file_name`].
    pub file_name: String,
    /// The version that was signed.
    pub version: u32,
    /// The sealed document.
    pub content: Content,
}

/// What is known about bytes in our storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Their digest.
    pub sha256: Sha256,
    /// How many.
    pub size: u64,
}

/// The document that proves how signing went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceDocument {
    /// Its type in the catalogue, an address.
    pub document_type: String,
    /// Our own identification of at most 40 characters, the same each time: by it a repeat is found.
    pub identification: String,
    /// At most 200 characters.
    pub title: String,
    /// Who made it, at most 200 characters.
    pub author: String,
    /// Its file name.
    pub file_name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Itself.
    pub content: Content,
}

/// Documents larger than this go in parts.
const PARTS_ABOVE: u64 = 8 * 1024 * 1024;

impl From<&RegisterSettings> for RegisterTerms {
    fn from(settings: &RegisterSettings) -> Self {
        let (major, minor) = settings.documents_version;
        Self {
            documents: settings.documents.as_str().to_owned(),
            cases: settings.cases.as_str().to_owned(),
            notifications: settings.notifications.as_str().to_owned(),
            version: ApiVersion { major, minor },
            newer_version: if settings.overwrites_newer { NewerVersion::Write } else { NewerVersion::Refuse },
            parts_above: PARTS_ABOVE,
        }
    }
}

impl RegisterTerms {
    /// Whether our token may go to this address of a document or a part of one.
    pub(crate) fn is_ours(&self, url: &str) -> bool {
        // What follows must be a path below: no `..` that leads out of it again.
        url.strip_prefix(self.documents.as_str()).is_some_and(|rest| self.documents.ends_with('/') && !rest.contains(".."))
    }

    /// Whether a document of this size goes in parts.
    pub(crate) fn in_parts(&self, size: u64) -> bool {
        size > self.parts_above && self.version >= ApiVersion { major: 1, minor: 1 }
    }

    /// Whether a request to lock must have a JSON body. Later versions want none.
    pub(crate) fn lock_has_body(&self) -> bool {
        self.version < ApiVersion { major: 1, minor: 2 }
    }
}

/// Not `major.minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a version such as 1.4")]
pub struct NotAVersion;

impl FromStr for ApiVersion {
    type Err = NotAVersion;

    /// Reads `1.4` and `1.4.2`.
    fn from_str(raw: &str) -> Result<Self, NotAVersion> {
        let mut numbers = raw.split('.').map(|number| number.parse().map_err(|_| NotAVersion));
        let mut next = || numbers.next().unwrap_or(Err(NotAVersion));
        Ok(Self { major: next()?, minor: next()? })
    }
}

/// The name of the signed document, which is a PDF: where the original was something else, its extension gives way.
///
/// At most 255 characters, as the register takes them.
pub fn pdf_file_name(original: &str) -> String {
    const MAX: usize = 255;
    let stem = match original.rsplit_once('.') {
        Some((_, extension)) if extension.eq_ignore_ascii_case("pdf") && original.chars().count() <= MAX => return original.to_owned(),
        // An extension is short and has no spaces; the rest of `Nota v1. definitief` is not one.
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 && extension.bytes().all(|b| b.is_ascii_alphanumeric()) => stem,
        _ => original,
    };
    let stem: String = stem.chars().take(MAX - ".pdf".len()).collect();
    format!("{stem}.pdf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_documents_are_named_pdf() {
        let long = "a".repeat(300);
        for (original, name) in [
            ("besluit.pdf", "besluit.pdf"),
            ("Besluit.PDF", "Besluit.PDF"),
            ("some file.docx", "some file.pdf"),
            ("Nota v1. definitief", "Nota v1. definitief.pdf"),
            (".docx", ".docx.pdf"),
            ("brief", "brief.pdf"),
            ("besluit.pdf.odt", "besluit.pdf.pdf"),
        ] {
            assert_eq!(pdf_file_name(original), name);
        }
        assert_eq!(pdf_file_name(&long).chars().count(), 255);
        assert_eq!(pdf_file_name(&format!("{long}.pdf")).chars().count(), 255);
    }

    #[test]
    fn the_token_goes_to_the_register_and_to_nobody_else() {
        let terms = RegisterTerms {
            documents: "https://zgw.example.nl/documenten/api/v1/".to_owned(),
            cases: String::new(),
            notifications: String::new(),
            version: "1.4.2".parse().unwrap(),
            newer_version: NewerVersion::Refuse,
            parts_above: 0,
        };
        assert!(terms.is_ours("https://zgw.example.nl/documenten/api/v1/bestandsdelen/1"));
        for url in [
            "https://zgw.example.nl.evil.example/documenten/api/v1/bestandsdelen/1",
            "http://zgw.example.nl/documenten/api/v1/bestandsdelen/1",
            "https://zgw.example.nl/documenten/api/v1/../../../elsewhere",
            "",
        ] {
            assert!(!terms.is_ours(url), "{url}");
        }
        assert!(!RegisterTerms { documents: "https://zgw.example.nl".to_owned(), ..terms }.is_ours("https://zgw.example.nl.evil.example/"));
    }

    #[test]
    fn versions_are_compared_by_number() {
        let version = |raw: &str| raw.parse::<ApiVersion>().unwrap();
        assert!(version("1.10") > version("1.2.3"));
        assert!("1".parse::<ApiVersion>().is_err() && "1.x".parse::<ApiVersion>().is_err());
    }
}
