//! Seals PDF documents (PAdES, ETSI EN 319 142-1) and verifies them: bytes in, bytes out.
//!
//! Nothing here has a clock, a random source, a network or an async runtime; times are parameters.
//!
//! # The phases
//!
//! ```text
//! bytes of the document --PrefixHasher--> PrefixDigest        while it streams in
//! ReadAt + PrefixDigest --inspect-------> Inspection { plan } once, at ingest
//! Plan + SealRequest    --Plan::prepare-> Prepared            no document needed from here on
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
//! - Where earlier signatures stand ([`Plan::permits`]), neither pages nor attachments are added.
//!
//! # What is not done
//!
//! - Signature and document time-stamps, validation data (B-T, B-LT, B-LTA), and verifying them.
//! - Repairing broken cross-reference sections: such files are refused, as are files in which one dictionary has two values
//!   for a key, or in which two lists of objects contradict one another.
//! - Revocation, certificate policies and name constraints in [`verify`]. Times are those that signers claim.
//! - Telling whether an object that is new since a signature was referred to all along; only objects that were there before, or
//!   whose number was free, are compared.
//! - Fonts for scripts other than Latin, Greek, Cyrillic, Hebrew and Arabic on the signature page.
//! - Tags for accessibility on the signature page.

mod algorithm;
mod archive;
mod attach;
mod catalog;
mod certificate;
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
mod page;
mod pages;
mod pdf;
mod plan;
mod prefix;
mod refusal;
mod request;
mod seal;
mod source;
mod structure;
mod verify;

pub use algorithm::{HashAlgorithm, KeyKind, SignatureAlgorithm};
pub use archive::PdfA;
pub use certificate::{Certificate, CertificateError, SealCertificate};
pub use check::CheckError;
pub use cms::parsed::ContainerError;
pub use compose::{ComposeError, html_to_pdf, text_to_pdf};
pub use embedded::embedded_files;
pub use finding::Finding;
pub use increment::TooLarge;
pub use inspect::{Inspection, inspect};
pub use limits::Limits;
pub use local_key::{LocalKey, LocalKeyError};
pub use page::font::FontError;
pub use page::{IdentityClaim, PageLabels, SignaturePage, SignedDocument, SignerEntry, SignerOrganization};
pub use plan::{Permits, Plan};
pub use prefix::{PrefixDigest, PrefixHasher, PrefixState};
pub use refusal::{Damage, Refusal};
pub use request::{Appearance, Attachment, Position, Relationship, SealRequest, Stamp, StampPage};
pub use seal::{Prepared, SealError, Sealed, ToBeSigned};
pub use source::ReadAt;
pub use verify::{Change, Coverage, Distrust, Problem, Report, SignatureKind, SignatureReport, Trust, verify};
