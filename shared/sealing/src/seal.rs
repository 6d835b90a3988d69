//! Seals a document of which only the plan is at hand.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::algorithm::{HashAlgorithm, SignatureAlgorithm};
use crate::archive::PdfA;
use crate::certificate::{CertificateError, SealCertificate};
use crate::check::{self, CheckError};
use crate::cms::container::max_signature_len;
use crate::cms::hash::ContentHasher;
use crate::cms::signature::Scheme;
use crate::cms::{SignedAttributes, container};
use crate::increment::{Increment, Revision, TooLarge};
use crate::page::font::FontError;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::plan::{Permits, Plan};
use crate::request::{Appearance, SealRequest};
use crate::{attach, catalog, pages};

/// Why a seal was not made. No seal leaves this crate with one of these.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The request asks for what the document does not permit; the caller must ask for less.
    #[error("earlier signatures permit a further signature only, neither pages nor attachments")]
    NotPermitted,
    /// The document was certified before, and a stamp would be a change to it; the caller must ask for less.
    #[error("the document is certified, which permits no stamp")]
    NoStampOnCertified,
    /// The document is PDF/A of a part that forbids attachments; the caller must ask for less.
    #[error("the document is {0}, which permits no attachments")]
    NoAttachmentsIn(PdfA),
    /// The page that was to be stamped cannot be read; the caller must ask for another.
    #[error("the page for the stamp cannot be read")]
    NoSuchPage,
    /// The document was hashed for a key of another kind (see [`crate::PrefixHasher::for_key`]); the caller must hash it again and
    /// hand that to [`Plan::with_prefix`].
    #[error("the document was hashed for a key of another kind")]
    NoHashState,
    /// The document has no empty signature field of the name asked for.
    #[error("the document has no such empty signature field")]
    NoSuchField,
    /// The algorithm is not one of the certificate's key; the configuration is wrong.
    #[error("the signature algorithm does not fit the certificate's key")]
    AlgorithmMismatch,
    /// The certificate cannot seal at this time; the configuration is wrong.
    #[error("the seal's certificate cannot be used")]
    Certificate(#[from] CertificateError),
    /// The document has reached a limit of PDF.
    #[error("the document cannot grow any more")]
    TooLarge(#[from] TooLarge),
    /// The signature was not made over this document with this certificate's key.
    #[error("the signature does not verify against the seal's certificate")]
    WrongSignature,
    /// The finished increment did not pass the second reader: a defect in this crate.
    #[error("the sealed document did not pass its check")]
    Check(#[from] CheckError),
    /// The container could not be encoded: a defect in this crate or a certificate with unusual content.
    #[error("the signature container could not be encoded")]
    Encoding(#[from] der::Error),
    /// A font could not be embedded: a defect in this crate.
    #[error("the signature page could not be drawn")]
    Font(#[from] FontError),
}

/// An increment that lacks the signature alone.
#[derive(Debug, Clone)]
pub struct Prepared {
    increment: Vec<u8>,
    byte_range: [u64; 4],
    attributes: SignedAttributes,
    certificate: SealCertificate,
    algorithm: SignatureAlgorithm,
    plan: Plan,
    revision: Revision,
    expected: check::Expected,
}

/// What a key has to sign, for a seal or for a certificate request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToBeSigned {
    /// The DER of the signed attributes or of the request, a few hundred bytes, for signers that hash by themselves.
    pub message: Vec<u8>,
    /// The hash of `message`: 32 bytes of SHA-256 or 48 of SHA-384. For KMS with `MessageType=DIGEST`.
    pub digest: Vec<u8>,
    /// How to sign.
    pub algorithm: SignatureAlgorithm,
}

impl ToBeSigned {
    pub(crate) fn new(message: Vec<u8>, algorithm: SignatureAlgorithm) -> Self {
        let digest = match algorithm.hash() {
            HashAlgorithm::Sha256 => Sha256::digest(&message).to_vec(),
            HashAlgorithm::Sha384 => sha2::Sha384::digest(&message).to_vec(),
        };
        Self { message, digest, algorithm }
    }
}

/// A seal that was verified. The sealed file is the original's bytes followed by `increment`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// What is appended to the original.
    pub increment: Vec<u8>,
    /// `/ByteRange`: two ranges of the sealed file, each as offset and length.
    pub byte_range: [u64; 4],
    /// The sealed file's length in bytes.
    pub total_len: u64,
    /// SHA-256 of the sealed file.
    pub sha256: [u8; 32],
}

impl Plan {
    /// Writes the increment but for the signature. The document is not needed, and the cost does not depend on its size.
    ///
    /// # Errors
    /// [`SealError`], when the document does not permit what is asked or the certificate does not fit.
    pub fn prepare(&self, request: SealRequest) -> Result<Prepared, SealError> {
        self.prepare_with_room(request, 0)
    }

    /// The same with room for a time-stamp token of so many bytes.
    pub(crate) fn prepare_with_room(&self, request: SealRequest, room: usize) -> Result<Prepared, SealError> {
        let SealRequest { time, algorithm, certificate, .. } = &request;
        if algorithm.key_kind() != certificate.key_kind() {
            return Err(SealError::AlgorithmMismatch);
        }
        certificate.check_at(*time)?;
        let hasher = self.prefix.state.hasher(algorithm.hash()).ok_or(SealError::NoHashState)?;
        let asks_for_more = matches!(request.appearance, Appearance::Page(_)) || !request.attachments.is_empty();
        if self.permits == Permits::SignatureOnly && asks_for_more {
            return Err(SealError::NotPermitted);
        }
        if matches!(request.appearance, Appearance::Stamp(_)) && !self.permits_stamp() {
            return Err(SealError::NoStampOnCertified);
        }
        if let Some(archival) = self.archival
            && !archival.permits_attachments()
            && !request.attachments.is_empty()
        {
            return Err(SealError::NoAttachmentsIn(archival));
        }
        let mut increment = Increment::new(self.prefix.len, self.header, self.size, self.ends_with_eol);
        let signature_id = increment.new_id();
        let prepared_field = self.prepared_field(&request.appearance)?;
        let field_id = prepared_field.unwrap_or_else(|| increment.new_id());
        let new_field = prepared_field.is_none().then_some(field_id);
        let reserved = reserved_len(certificate, *algorithm)? + room;
        let places = write_signature(&mut increment, signature_id, &self.signature_dictionary(&request), reserved);
        let shown = pages::write(self, &mut increment, field_id, signature_id, &request)?;
        let attached = attach::write(self, &mut increment, &request);
        catalog::write(self, &mut increment, new_field, signature_id, attached);
        let trailer = self.next_trailer(&time.as_second().to_be_bytes());
        let (mut increment, revision) = increment.finish(self.xref, self.startxref, &trailer)?;
        let byte_range = close_byte_range(&mut increment, &places, self.prefix.len)?;
        let digest = content_digest(hasher, &increment, self.prefix.len, byte_range);
        let attributes = SignedAttributes::new(&digest, certificate)?;
        let expected = check::Expected {
            header: self.header,
            kind: self.xref,
            catalog: self.catalog.id,
            field: field_id,
            signature: signature_id,
            pages: shown.pages,
            marks: shown.marks,
            structure: shown.structure,
            tagged: shown.tagged,
        };
        let SealRequest { certificate, algorithm, .. } = request;
        Ok(Prepared { increment, byte_range, attributes, certificate, algorithm, plan: self.clone(), revision, expected })
    }

    /// The field that the request wants to sign in; `None` when a new one is to be made.
    fn prepared_field(&self, appearance: &Appearance) -> Result<Option<Id>, SealError> {
        let Appearance::Field(name) = appearance else {
            return Ok(None);
        };
        match self.empty_fields.iter().find(|field| field.name == *name) {
            Some(field) => Ok(Some(field.id)),
            None => Err(SealError::NoSuchField),
        }
    }

    /// The signature dictionary but for `/ByteRange` and `/Contents` (ISO 32000-1, table 252; EN 319 142-1, 6.3).
    fn signature_dictionary(&self, request: &SealRequest) -> Dictionary {
        let mut dictionary = Dictionary::new()
            .with("Type", Object::name("Sig"))
            .with("Filter", Object::name("Adobe.PPKLite"))
            .with("SubFilter", Object::name("ETSI.CAdES.detached"))
            .with("M", date(request.time));
        if let Some(name) = &request.name {
            dictionary.set("Name", Object::text(name));
        }
        if let Some(reason) = &request.reason {
            dictionary.set("Reason", Object::text(reason));
        }
        if self.permits == Permits::Everything {
            // The first signature certifies. P = 2, because some viewers take DSS and time-stamps for a violation of P = 1.
            let parameters = Dictionary::new().with("Type", Object::name("TransformParams")).with("P", 2).with("V", Object::name("1.2"));
            let reference = Dictionary::new()
                .with("Type", Object::name("SigRef"))
                .with("TransformMethod", Object::name("DocMDP"))
                .with("TransformParams", parameters);
            dictionary.set("Reference", vec![reference.into()]);
        }
        dictionary
    }

    /// `/Root`, `/Info` and `/ID`, which tells the revision from others with another `salt`. The first half of the identifier stays, the second changes (ISO 32000-1, 14.4).
    pub(crate) fn next_trailer(&self, salt: &[u8]) -> Dictionary {
        let mut trailer = self.trailer.clone();
        let permanent = match trailer.get("ID").and_then(Object::as_array).and_then(|parts| parts.first()) {
            Some(permanent) => permanent.clone(),
            None => Object::String(self.prefix.sha256[..16].to_vec()),
        };
        let changing = Sha256::new().chain_update(self.prefix.sha256).chain_update(salt).finalize();
        trailer.set("ID", vec![permanent, Object::String(changing[..16].to_vec())]);
        trailer
    }
}

impl Prepared {
    /// What the key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        ToBeSigned::new(self.attributes.der.clone(), self.algorithm)
    }

    /// Puts the signature in and returns the seal, once the signature verifies against the certificate and a second reader
    /// has found everything in its place.
    ///
    /// `signature` is as KMS answers: the RSA block, or the DER `ECDSA-Sig-Value` (RFC 3279).
    ///
    /// # Errors
    /// [`SealError::WrongSignature`] and [`SealError::Check`]; nothing is released then.
    pub fn complete(self, signature: &[u8]) -> Result<Sealed, SealError> {
        if !self.is_signed_by(signature) {
            return Err(SealError::WrongSignature);
        }
        // The gap was measured with the longest signature that the key can make.
        let (sealed, _) = self.filled(signature, None)?.ok_or(SealError::WrongSignature)?;
        Ok(sealed)
    }

    /// True when the signature is one of the seal's key over [`to_be_signed`](Self::to_be_signed).
    pub(crate) fn is_signed_by(&self, signature: &[u8]) -> bool {
        Scheme::of_seal(self.algorithm).verifies(self.certificate.leaf(), &self.attributes.der, signature)
    }

    /// Puts signature and time-stamp in, and returns the seal with the plan for what comes after it; `None` when the gap is too
    /// small for both.
    pub(crate) fn filled(&self, signature: &[u8], time_stamp: Option<&[u8]>) -> Result<Option<(Sealed, Plan)>, SealError> {
        let container = container(&self.attributes, &self.certificate, self.algorithm, signature, time_stamp)?;
        let mut increment = self.increment.clone();
        let prefix = &self.plan.prefix;
        if !fill(&mut increment, prefix.len, self.byte_range, &container)? {
            return Ok(None);
        }
        check::check(&increment, prefix.len, &prefix.state, &self.expected, &self.certificate, time_stamp)?;
        let next = self.plan.after(&increment, &self.revision);
        let [_, _, gap_end, rest] = self.byte_range;
        let sealed = Sealed { increment, byte_range: self.byte_range, total_len: gap_end + rest, sha256: next.prefix.sha256 };
        Ok(Some((sealed, next)))
    }
}

/// Writes a container into its gap; false when it does not fit.
pub(crate) fn fill(increment: &mut [u8], base: u64, byte_range: [u64; 4], container: &[u8]) -> Result<bool, TooLarge> {
    let text = crate::hex::encode(container);
    let inside = |offset: u64| usize::try_from(offset - base).map_err(|_| TooLarge::Offset);
    let place = inside(byte_range[1] + 1)?..inside(byte_range[2] - 1)?;
    match increment.get_mut(place).and_then(|gap| gap.get_mut(..text.len())) {
        Some(gap) => {
            gap.copy_from_slice(text.as_bytes());
            Ok(true)
        }
        None => Ok(false),
    }
}

/// A date (ISO 32000-1, 7.9.4) in UTC.
pub(crate) fn date(time: Timestamp) -> Object {
    Object::text(&time.to_zoned(TimeZone::UTC).strftime("D:%Y%m%d%H%M%SZ").to_string())
}

/// The length of the container in bytes, found by building one with the longest signature.
fn reserved_len(certificate: &SealCertificate, algorithm: SignatureAlgorithm) -> Result<usize, SealError> {
    let longest_digest = [0; 48];
    let attributes = SignedAttributes::new(&longest_digest, certificate)?;
    let signature = vec![0; max_signature_len(certificate, algorithm)];
    Ok(container(&attributes, certificate, algorithm, &signature, None)?.len())
}

/// Where the parts of the signature that are filled in later stand in the file.
pub(crate) struct Places {
    /// The text between the brackets of `/ByteRange`.
    byte_range: u64,
    /// The `<` of `/Contents`.
    contents: u64,
    /// Behind its `>`.
    contents_end: u64,
}

/// Room for three numbers of ten digits and the spaces between them; the leading zero is fixed.
const BYTE_RANGE_LEN: usize = 3 * 11;

pub(crate) fn write_signature(increment: &mut Increment, id: Id, dictionary: &Dictionary, reserved: usize) -> Places {
    let mut places = Places { byte_range: 0, contents: 0, contents_end: 0 };
    let mut text = Vec::new();
    dictionary.write(&mut text);
    // The closing brackets come after the two entries below.
    text.truncate(text.len() - 2);
    text.extend_from_slice(b"/ByteRange[0");
    let byte_range = text.len();
    text.extend_from_slice(&[b' '; BYTE_RANGE_LEN]);
    text.extend_from_slice(b"]/Contents");
    let contents = text.len();
    text.push(b'<');
    text.resize(text.len() + reserved * 2, b'0');
    text.push(b'>');
    let contents_end = text.len();
    text.extend_from_slice(b">>");
    increment.put_with(id, |out| out.extend_from_slice(&text));
    // The object ends with its text and `\nendobj\n`.
    let start = increment.position() - b"\nendobj\n".len() as u64 - text.len() as u64;
    places.byte_range = start + byte_range as u64;
    places.contents = start + contents as u64;
    places.contents_end = start + contents_end as u64;
    places
}

/// Fills in `/ByteRange`, now that the length is known.
pub(crate) fn close_byte_range(increment: &mut [u8], places: &Places, base: u64) -> Result<[u64; 4], TooLarge> {
    let end = base + increment.len() as u64;
    let byte_range = [0, places.contents, places.contents_end, end - places.contents_end];
    let text = format!(" {} {} {}", byte_range[1], byte_range[2], byte_range[3]);
    let start = usize::try_from(places.byte_range - base).map_err(|_| TooLarge::Offset)?;
    let room = increment.get_mut(start..start + BYTE_RANGE_LEN).and_then(|room| room.get_mut(..text.len()));
    room.ok_or(TooLarge::Offset)?.copy_from_slice(text.as_bytes());
    Ok(byte_range)
}

/// The digest of everything but the gap. `hasher` goes on from the state that was kept of the original.
pub(crate) fn content_digest(mut hasher: ContentHasher, increment: &[u8], base: u64, byte_range: [u64; 4]) -> Vec<u8> {
    let inside = |offset: u64| usize::try_from(offset.saturating_sub(base)).unwrap_or(usize::MAX).min(increment.len());
    hasher.update(&increment[..inside(byte_range[1])]);
    hasher.update(&increment[inside(byte_range[2])..]);
    hasher.finish()
}
