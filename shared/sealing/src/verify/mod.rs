//! Verifies the signatures of a document.
//!
//! *Intact* (the bytes are those that were signed), *valid* (the signature was made with the certificate's key) and
//! *trusted* (the certificate leads to an anchor) are kept apart, and so is what came after a signature.

mod changes;
mod trust;

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::cms::parsed::{Container, ContainerError};
use crate::form::{self, SignedField};
use crate::inspect::{catalog, held_array, optional_dictionary};
use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::source::ReadAt;

pub use changes::Change;
pub use trust::{Distrust, Trust};

/// How many signatures of one document are judged; each may mean to read the whole document.
const MAX_SIGNATURES: usize = 100;

/// The longest `/Contents` that is read.
const MAX_GAP: u64 = 8 << 20;

/// What is known of a document's signatures.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The signatures, in the order of their fields.
    pub signatures: Vec<SignatureReport>,
    /// Signatures beyond the first hundred, which were not judged.
    pub not_judged: usize,
}

impl Report {
    /// True when there is a signature, all are intact, valid and trusted, what came after each was permitted, and nothing
    /// came after the last.
    pub fn is_good(&self) -> bool {
        let each = self.signatures.iter().all(SignatureReport::is_good);
        let covered = self.signatures.iter().any(|signature| signature.coverage == Coverage::WholeFile);
        self.not_judged == 0 && each && covered
    }
}

/// What is known of one signature.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignatureReport {
    /// The field's name.
    pub field: String,
    /// What the signature is for.
    pub kind: SignatureKind,
    /// The bytes that it covers are those that were signed.
    pub intact: bool,
    /// It was made with the key of its certificate.
    pub valid: bool,
    /// Whether the certificate leads to a trust anchor.
    pub trusted: Trust,
    /// How much of the file it covers.
    pub coverage: Coverage,
    /// What was changed after it.
    pub changes: Vec<Change>,
    /// The signer's certificate.
    pub certificate: Option<Certificate>,
    /// `/M`: the time that the signer claims.
    pub claimed_time: Option<Timestamp>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// The signature has the form of PAdES B-B (ETSI EN 319 142-1, 6.3), leaving time-stamps and validation data aside.
    pub is_baseline: bool,
    /// Why it could not be judged; `intact` and `valid` are false then.
    pub problem: Option<Problem>,
}

impl SignatureReport {
    /// True when it is intact, valid and trusted and all that came after it was permitted.
    pub fn is_good(&self) -> bool {
        self.intact && self.valid && matches!(self.trusted, Trust::Trusted { .. }) && self.permits_changes()
    }

    /// True when all that was changed after it is what it leaves open.
    pub fn permits_changes(&self) -> bool {
        let permits_forms = !matches!(self.kind, SignatureKind::Certification { level: 1 });
        self.changes.iter().all(|change| change.is_permitted(permits_forms))
    }
}

/// What a signature is for (ISO 32000-1, 12.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// The author's signature, which says what may still change.
    Certification {
        /// DocMDP's `/P`: 1 nothing, 2 form filling and signing, 3 annotations too.
        level: i64,
    },
    /// Any other signature.
    Approval,
    /// A document time-stamp.
    DocumentTimeStamp,
}

/// How much of the file a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All but the signature itself.
    WholeFile,
    /// An earlier revision; this many bytes follow.
    Revision {
        /// Bytes after the end of what is covered.
        bytes_after: u64,
    },
    /// The byte range is not one that covers a revision; the signature says nothing about the document.
    Broken,
}

/// Why a signature could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// `/ByteRange` does not leave out exactly `/Contents`.
    #[error("the byte range does not leave out exactly the signature")]
    ByteRange,
    /// The format is not a detached CMS signature.
    #[error("the format {0} is not supported")]
    Format(String),
    /// The container.
    #[error(transparent)]
    Container(#[from] ContainerError),
}

/// Judges every signature of a document. Times are those that the signers claim; nothing proves them here.
///
/// The document is read once for each signature, in constant memory; its structure is read under `limits`.
///
/// # Errors
/// A [`Refusal`] when the document cannot be read at all.
pub fn verify(source: &dyn ReadAt, trust: &[Certificate], limits: &Limits) -> Result<Report, Refusal> {
    let mut reader = Reader::open(source, limits)?;
    if reader.xref.sections.iter().any(|section| section.trailer.get("Encrypt").is_some()) {
        return Err(Refusal::Encrypted);
    }
    let catalog = catalog(&mut reader)?;
    let fields = match optional_dictionary(&mut reader, &catalog.value, "AcroForm")? {
        Some(form) => {
            let roots = held_array(&mut reader, &form, "Fields")?;
            form::signature_fields(&mut reader, &roots.value)?.signed
        }
        None => Vec::new(),
    };
    let certification = match optional_dictionary(&mut reader, &catalog.value, "Perms")? {
        Some(permissions) => optional_dictionary(&mut reader, &permissions, "DocMDP")?,
        None => None,
    };
    let not_judged = fields.len().saturating_sub(MAX_SIGNATURES);
    let judged = fields.into_iter().take(MAX_SIGNATURES);
    let signatures = judged.map(|field| judge(source, &mut reader, &field, certification.as_ref(), trust)).collect::<Result<_, _>>()?;
    Ok(Report { signatures, not_judged })
}

fn judge(
    source: &dyn ReadAt,
    reader: &mut Reader<'_>,
    field: &SignedField,
    certification: Option<&Dictionary>,
    trust: &[Certificate],
) -> Result<SignatureReport, Refusal> {
    let signature = &field.signature;
    let format = reader.entry(signature, "SubFilter")?;
    let kind = if format.is_name("ETSI.RFC3161") {
        SignatureKind::DocumentTimeStamp
    } else if certification == Some(signature) {
        SignatureKind::Certification { level: form::permission_level(reader, signature)? }
    } else {
        SignatureKind::Approval
    };
    let text = |reader: &mut Reader<'_>, key: &str| -> Result<Option<String>, Refusal> {
        Ok(reader.entry(signature, key)?.as_string().map(form::text_of))
    };
    let claimed_time = text(reader, "M")?.and_then(|date| time_of(&date));
    let mut report = SignatureReport {
        field: field.name.clone(),
        kind,
        intact: false,
        valid: false,
        trusted: Trust::Untrusted(Distrust::NotJudged),
        coverage: Coverage::Broken,
        changes: Vec::new(),
        certificate: None,
        claimed_time,
        name: text(reader, "Name")?,
        reason: text(reader, "Reason")?,
        is_baseline: false,
        problem: None,
    };
    let Some(range) = ByteRange::read(reader, field)? else {
        report.problem = Some(Problem::ByteRange);
        return Ok(report);
    };
    report.coverage = match reader.bytes.len_of_file() - range.end() {
        0 => Coverage::WholeFile,
        bytes_after => Coverage::Revision { bytes_after },
    };
    if !(format.is_name("ETSI.CAdES.detached") || format.is_name("adbe.pkcs7.detached")) {
        let name = format.as_name().map(|name| String::from_utf8_lossy(name).into_owned());
        report.problem = Some(Problem::Format(name.unwrap_or_default()));
        return Ok(report);
    }
    if let Coverage::Revision { .. } = report.coverage {
        report.changes = changes::after(reader, range.end())?;
    }
    let outcome = Container::read(signature.get("Contents").and_then(Object::as_string).unwrap_or_default());
    match outcome.and_then(|container| Ok((container.hasher()?, container.is_valid()?, container))) {
        Err(error) => report.problem = Some(error.into()),
        Ok((mut hasher, valid, container)) => {
            hash(source, 0..range.gap_start, &mut hasher)?;
            hash(source, range.gap_end..range.end(), &mut hasher)?;
            report.intact = container.is_intact(&hasher.finish());
            report.valid = valid;
            report.trusted = trust::judge(&container.signer, &container.certificates, trust, claimed_time);
            report.is_baseline = format.is_name("ETSI.CAdES.detached")
                && claimed_time.is_some()
                && signature.get("Cert").is_none()
                && container.has_baseline_attributes();
            report.certificate = Some(container.signer);
        }
    }
    Ok(report)
}

/// A `/ByteRange` that leaves out exactly the `/Contents` of its dictionary.
struct ByteRange {
    gap_start: u64,
    gap_end: u64,
    rest: u64,
}

impl ByteRange {
    fn read(reader: &mut Reader<'_>, field: &SignedField) -> Result<Option<Self>, Refusal> {
        let signature = &field.signature;
        let numbers = reader.entry(signature, "ByteRange")?;
        let whole = |object: &Object| object.as_integer().and_then(|number| u64::try_from(number).ok());
        let numbers: Vec<u64> = numbers.as_array().unwrap_or_default().iter().filter_map(whole).collect();
        let [0, gap_start, gap_end, rest] = numbers[..] else {
            return Ok(None);
        };
        let range = Self { gap_start, gap_end, rest };
        let fits = gap_end.checked_add(rest).is_some_and(|end| end <= reader.bytes.len_of_file());
        let is_readable = gap_start >= reader.bytes.header && gap_start < gap_end && gap_end - gap_start <= MAX_GAP;
        if !is_readable || !fits {
            return Ok(None);
        }
        if let Some(id) = field.signature_id {
            // The dictionary must stand in what it covers, just before the gap.
            let offset = reader.load(id, 0)?.offset;
            if offset.is_none_or(|offset| reader.bytes.header + offset >= gap_start) {
                return Ok(None);
            }
        }
        // What is left out must be the hexadecimal string and nothing else, or content could hide there.
        let gap = reader.bytes.at(gap_start - reader.bytes.header, gap_end - gap_start)?;
        let [b'<', hex @ .., b'>'] = gap.as_slice() else {
            return Ok(None);
        };
        let contents = std::str::from_utf8(hex).ok().and_then(crate::hex::decode);
        let own = signature.get("Contents").and_then(Object::as_string);
        Ok((contents.as_deref() == own && own.is_some()).then_some(range))
    }

    fn end(&self) -> u64 {
        self.gap_end + self.rest
    }
}

fn hash(source: &dyn ReadAt, range: std::ops::Range<u64>, hasher: &mut crate::cms::parsed::ContentHasher) -> Result<(), Refusal> {
    let mut chunk = vec![0; 64 * 1024];
    let mut at = range.start;
    while at < range.end {
        let wanted = usize::try_from(range.end - at).map_or(chunk.len(), |left| left.min(chunk.len()));
        match source.read_at(at, &mut chunk[..wanted]) {
            Ok(0) => return Err(Refusal::Unreadable(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                at += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::Unreadable(error)),
        }
    }
    Ok(())
}

/// A date (ISO 32000-1, 7.9.4). Parts that are missing at the end are the least ones; without an offset it is UTC.
fn time_of(date: &str) -> Option<Timestamp> {
    let date = date.strip_prefix("D:").unwrap_or(date);
    let digits = date.bytes().take_while(u8::is_ascii_digit).count();
    let (numbers, zone) = date.split_at(digits);
    let part = |range: std::ops::Range<usize>, least: i8| match numbers.get(range) {
        Some(text) => text.parse::<i8>().ok(),
        None => Some(least),
    };
    let year: i16 = numbers.get(0..4)?.parse().ok()?;
    let (month, day) = (part(4..6, 1)?, part(6..8, 1)?);
    let (hour, minute, second) = (part(8..10, 0)?, part(10..12, 0)?, part(12..14, 0)?);
    let local = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let offset = match zone.as_bytes().first() {
        Some(sign @ (b'+' | b'-')) => {
            let mut parts = zone[1..].split('\'').filter(|part| !part.is_empty());
            let hours: i32 = parts.next()?.parse().ok()?;
            let minutes: i32 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
            let seconds = hours * 3600 + minutes * 60;
            jiff::tz::Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => jiff::tz::Offset::UTC,
    };
    offset.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::time_of;

    #[test]
    fn dates_of_pdf() {
        let cases = [
            ("D:20260301120000Z", Some("2026-03-01T12:00:00Z")),
            ("D:20260301120000+01'00'", Some("2026-03-01T11:00:00Z")),
            ("D:20260301120000-03'30", Some("2026-03-01T15:30:00Z")),
            ("D:2026", Some("2026-01-01T00:00:00Z")),
            ("D:20261301120000Z", None),
            ("D:", None),
            ("yesterday", None),
            ("D:20260301120000+99999999999'00'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time_of(text), expected.map(|time| time.parse().expect("a timestamp")), "{text}");
        }
    }
}
