//! Seals PDF documents (PAdES, ETSI EN 319 142-1) and verifies them: bytes in, bytes out.
//!
//! Nothing here has a clock, a random source, a network or an async runtime; times are parameters.
//!
//! # The phases
//!
//! ```text
//! bytes of the document --PrefixHasher--> PrefixDigest        while it streams in
//! ReadAt + PrefixDigest --inspect-------> Inspection { plan } once, at ingest; or inspect_or_repair
//! Plan + SealRequest    --Plan::prepare-> Prepared            no document needed from here on; higher levels: [`Session`]
//! Prepared              --to_be_signed--> ToBeSigned          the digest for KMS (MessageType=DIGEST)
//! Prepared + signature  --complete------> Sealed              verified and read again before it is returned
//! ```
//!
//! The sealed file is the original's bytes followed by [`Sealed::increment`]. A [`Plan`] is small and serializes with
//! serde; sealing costs the same for 5 KB and for 300 MB.
//!
//! Documents that come without a layout, as text or as a small part of HTML, are made into a PDF first: [`text_to_pdf`], [`html_to_pdf`].
//!
//! # What is promised
//!
//! - Nothing of the original is touched; the increment has the original's kind of cross-reference section.
//! - The first signature certifies (DocMDP, P = 2); later ones approve. The form is that of PAdES B-B.
//! - No seal is returned before its signature was verified with the certificate's key and before a second reader (lopdf) has
//!   found every object of the increment in its place.
//! - Reading a document is bounded by [`Limits`], whatever its bytes are. What cannot be sealed is refused with a [`Refusal`],
//!   which has a `code()` for machines and a sentence for the sender.
//! - Where earlier signatures stand ([`Plan::permits`]), neither pages nor attachments are added; a stamp is, unless one of them
//!   certifies ([`Plan::permits_stamp`]).
//! - A tagged document stays tagged: what is added is appended to its structure tree. One without tags does not claim any.
//! - PDF/A stays PDF/A: what is added keeps to the part that the document claims ([`Plan::archival`]), and attachments are
//!   refused where that part forbids them ([`Plan::permits_attachments`]).
//! - What [`verify`] reports holds at the moment that its [`Policy`] names, by what is in the file: time-stamps carry the judgement
//!   of what they cover back to their time, so that certificates may lapse.
//!
//! # What is not done
//!
//! - Files in which one dictionary has two values for a key, or in which two lists of objects contradict one another, are refused.
//!   Broken lists of objects are replaced by [`inspect_or_repair`], unless the file is signed or encrypted or lost content.
//! - Of what lies above what on a page, only images, fields and annotations are looked at; content within content is not.
//! - Fetching anything: [`verify`] judges by what is in the file. Where nothing tells whether a certificate was revoked, that is
//!   said, and the signature is good all the same.
//! - Certificate policies and qualified certificates: [`verify`] takes any certificate below an anchor. Revocation data in a
//!   signature's own attributes (`adbe-revocationInfoArchival`) and in `/VRI` are not looked at; those in `/DSS` are.
//! - Algorithms that become weak over the years: what is refused is refused at any time (SHA-1, RSA below 2048 bits).
//! - Telling whether an object that is new since a signature was referred to all along; only objects that were there before, or
//!   whose number was free, are compared.
//! - Letter shapes for scripts other than Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic: their characters are
//!   written as Unicode numbers, and are copied, searched and read aloud as the characters themselves.
//! - Stamps on pages between the first and the last.

mod algorithm;
mod archive;
mod attach;
mod catalog;
mod certificate;
mod certificate_request;
mod check;
mod cms;
mod compose;
mod dn;
mod embedded;
mod finding;
mod form;
mod hex;
mod increment;
mod inspect;
mod leaf;
mod limits;
mod local_key;
mod marks;
mod page;
mod pages;
mod pdf;
mod plan;
mod prefix;
mod refusal;
mod repair;
mod request;
mod revocation;
mod seal;
mod session;
mod source;
mod spot;
mod structure;
mod verify;

pub use algorithm::{HashAlgorithm, KeyKind, SignatureAlgorithm};
pub use archive::PdfA;
pub use certificate::{Certificate, CertificateError, SealCertificate};
pub use certificate_request::{CertificateRequest, CertificateRequestError};
pub use check::CheckError;
pub use cms::parsed::ContainerError;
pub use cms::time_stamp::{TimeStampError, TimeStampToken};
pub use compose::{ComposeError, html_to_pdf, text_to_pdf};
pub use dn::{Subject, SubjectError};
pub use embedded::embedded_files;
pub use finding::{Finding, Standing};
pub use increment::TooLarge;
pub use inspect::{Inspection, inspect};
pub use limits::Limits;
pub use local_key::{LocalKey, LocalKeyError};
pub use marks::Mark;
pub use page::font::FontError;
pub use page::{IdentityClaim, PageLabels, SignaturePage, SignedDocument, SignerEntry, SignerOrganization};
pub use plan::{Permits, Plan};
pub use prefix::{PrefixDigest, PrefixHasher, PrefixState};
pub use refusal::{Damage, Refusal};
pub use repair::{Examined, inspect_or_repair, repair, repaired_from};
pub use request::{Appearance, Attachment, Position, Relationship, SealRequest, Stamp, StampPage};
pub use revocation::{Answer, OcspResponse, Reason, RevocationError, RevocationList, Sources, Status};
pub use seal::{Prepared, SealError, Sealed, ToBeSigned};
pub use session::{
    Cause, Failure, Fetch, FetchFailure, Goal, Missing, Outcome, Purpose, SealedPlan, Session, Shortfall, Step, TimeStampAuthority,
};
pub use source::ReadAt;
pub use spot::TextPlace;
pub use verify::{
    Change, Coverage, Distrust, Level, Policy, Problem, ProvenTime, Report, Revocation, SignatureKind, SignatureReport, TimeStampReport,
    Trust, verify,
};
