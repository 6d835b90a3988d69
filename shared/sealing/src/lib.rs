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
//! # The public interface
//!
//! - [`ReadAt`]: a document that can be read anywhere: `[u8]`, `Vec<u8>`, `std::fs::File`.
//! - [`PrefixHasher`]: `new`, `update(&[u8])`, `finish() -> PrefixDigest { sha256, state, len }`.
//! - `inspect(&dyn ReadAt, PrefixDigest, &Limits) -> Result<Inspection { plan, pages, pdf_version, findings }, Refusal>`.
//! - [`Refusal`]: `code()` for machines, `Display` for the sender.
//! - `Plan::permits() -> Permits`: where earlier signatures stand, only a further signature may be added.
//! - `Plan::prepare(SealRequest) -> Result<Prepared, SealError>`.
//! - `Prepared::to_be_signed() -> ToBeSigned { digest, algorithm }`, `Prepared::complete(&[u8]) -> Result<Sealed, SealError>`.
//! - `Sealed { increment, byte_range, total_len, sha256 }`.
//! - [`SealCertificate`]: `from_pem`, `check_at(time)`, `key_kind`, `matches_public_key(spki_der)`.
//! - `LocalKey`: `from_pem` (PKCS #8), `sign(&Prepared)`; for tests and the command line.
//! - `verify(&dyn ReadAt, trust: &[Certificate], &Limits) -> Result<Report, Refusal>`.

mod algorithm;
mod attach;
mod catalog;
mod certificate;
mod check;
mod cms;
mod dn;
mod finding;
mod form;
mod hex;
mod increment;
mod inspect;
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
mod verify;

pub use algorithm::{HashAlgorithm, KeyKind, SignatureAlgorithm};
pub use certificate::{Certificate, CertificateError, SealCertificate};
pub use check::CheckError;
pub use cms::parsed::ContainerError;
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
pub use request::{Appearance, Attachment, Relationship, SealRequest};
pub use seal::{Prepared, SealError, Sealed, ToBeSigned};
pub use source::ReadAt;
pub use verify::{Change, Coverage, Distrust, Problem, Report, SignatureKind, SignatureReport, Trust, verify};
