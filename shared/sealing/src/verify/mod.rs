//! Verifies the signatures of a document.
//!
//! *Intact* (the bytes are those that were signed), *valid* (the signature was made with the certificate's key) and
//! *trusted* (the certificate leads to an anchor) are kept apart, and so is what came after a signature.
//!
//! A document is judged at a moment, with what is in the file alone. Time-stamps carry the judgement back (ETSI EN 319 102-1, 5.6, in
//! its simple form): the newest document time-stamp is judged now, each older one at the moment that the one after it proves, and a
//! signature at the earliest moment that is proved for it. A certificate that lapsed since does not matter then. Without a proof,
//! a signature is judged now: what it claims about its time proves nothing.

mod byte_range;
mod changes;
mod date;
pub(crate) mod effort;
mod metadata;
mod name_constraints;
mod policy;
mod report;
mod revocation;
mod store_changes;
mod time_stamps;
pub(crate) mod trust;
mod validation_data;

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::cms::parsed::Container;
use crate::cms::time_stamp::{TimeStampError, TimeStampToken};
use crate::form::{self, SignedField};
use crate::inspect::{catalog, held_array, optional_dictionary};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::source::ReadAt;

use byte_range::ByteRange;
use revocation::{Moments, PathStatus};
use trust::Path;
use validation_data::ValidationData;

pub use changes::Change;
pub use policy::Policy;
pub use report::{Coverage, Level, Problem, Report, SignatureKind, SignatureReport};
pub use revocation::Revocation;
pub use time_stamps::{ProvenTime, TimeStampReport};
pub use trust::{Distrust, Trust};

/// How many signatures of one document are judged; each may mean to read the whole document.
const MAX_SIGNATURES: usize = 100;

/// Judges every signature and document time-stamp of a document.
///
/// The document is read once for each, in constant memory; its structure and `/DSS` are read under the policy's limits.
///
/// # Errors
/// A [`Refusal`] when the document cannot be read at all.
pub fn verify(source: &dyn ReadAt, policy: &Policy<'_>) -> Result<Report, Refusal> {
    let mut reader = Reader::open(source, &policy.limits)?;
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
    let read = fields.into_iter().take(MAX_SIGNATURES);
    let mut found = read.map(|field| Found::read(source, &mut reader, &field, certification.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let data = ValidationData::read(&mut reader, &catalog.value)?;
    let judge = Judge { data: &data, policy };
    judge.document_time_stamps(&mut found);
    let proofs = Proofs::of(&found);
    for found in &mut found {
        judge.signature(found, &proofs);
    }
    let signatures: Vec<SignatureReport> = found.into_iter().map(|found| found.report).collect();
    let judgeable_until = judge.until(&signatures);
    Ok(Report { signatures, not_judged, unusable_data: data.unusable, judgeable_until })
}

/// A signature whose bytes were read and hashed; its certificates are judged afterwards.
struct Found {
    report: SignatureReport,
    /// Where the bytes that it covers end; zero when it covers no revision.
    end: u64,
    content: Content,
}

/// What stands in `/Contents`.
enum Content {
    Signature(Container),
    TimeStamp(TimeStampToken),
    Unreadable,
}

impl Found {
    fn read(
        source: &dyn ReadAt,
        reader: &mut Reader<'_>,
        field: &SignedField,
        certification: Option<&Dictionary>,
    ) -> Result<Self, Refusal> {
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
        let report = SignatureReport {
            field: field.name.clone(),
            kind,
            intact: false,
            valid: false,
            trusted: Trust::Untrusted(Distrust::NotJudged),
            coverage: Coverage::Broken,
            changes: Vec::new(),
            certificate: None,
            claimed_time: text(reader, "M")?.and_then(|date| date::time_of(&date)),
            proven_time: None,
            judged_at: Timestamp::MAX,
            revocation: Revocation::Unknown,
            time_stamps: Vec::new(),
            name: text(reader, "Name")?,
            reason: text(reader, "Reason")?,
            is_baseline: false,
            level: None,
            problem: None,
        };
        let mut found = Self { report, end: 0, content: Content::Unreadable };
        let Some(range) = ByteRange::read(reader, field)? else {
            found.report.problem = Some(Problem::ByteRange);
            return Ok(found);
        };
        found.end = range.end();
        found.report.coverage = match reader.bytes.len_of_file() - range.end() {
            0 => Coverage::WholeFile,
            bytes_after => Coverage::Revision { bytes_after },
        };
        if let Coverage::Revision { .. } = found.report.coverage {
            found.report.changes = changes::after(reader, range.end())?;
        }
        let contents = signature.get("Contents").and_then(Object::as_string).unwrap_or_default();
        if kind == SignatureKind::DocumentTimeStamp {
            found.read_time_stamp(source, contents, range)?;
        } else if format.is_name("ETSI.CAdES.detached") || format.is_name("adbe.pkcs7.detached") {
            found.read_signature(source, contents, range)?;
            found.report.is_baseline &= format.is_name("ETSI.CAdES.detached") && signature.get("Cert").is_none();
        } else {
            let name = format.as_name().map(|name| String::from_utf8_lossy(name).into_owned());
            found.report.problem = Some(Problem::Format(name.unwrap_or_default()));
        }
        Ok(found)
    }

    fn read_signature(&mut self, source: &dyn ReadAt, contents: &[u8], range: ByteRange) -> Result<(), Refusal> {
        let report = &mut self.report;
        let outcome = Container::read(contents);
        match outcome.and_then(|container| Ok((container.hasher()?, container.is_valid()?, container))) {
            Err(error) => report.problem = Some(error.into()),
            Ok((mut hasher, valid, container)) => {
                range.hash(source, &mut hasher)?;
                report.intact = container.is_intact(&hasher.finish());
                report.valid = valid;
                report.is_baseline = report.claimed_time.is_some() && container.has_baseline_attributes();
                report.certificate = Some(container.signer.clone());
                self.content = Content::Signature(container);
            }
        }
        Ok(())
    }

    fn read_time_stamp(&mut self, source: &dyn ReadAt, contents: &[u8], range: ByteRange) -> Result<(), Refusal> {
        let report = &mut self.report;
        let outcome = TimeStampToken::read(contents);
        match outcome.and_then(|token| Ok((token.is_genuine()?, token))) {
            Err(error) => report.problem = Some(error.into()),
            Ok((valid, token)) => {
                let mut hasher = token.hasher();
                range.hash(source, &mut hasher)?;
                report.intact = token.is_of_digest(&hasher.finish());
                report.valid = valid;
                report.certificate = Some(token.signer().clone());
                self.content = Content::TimeStamp(token);
            }
        }
        Ok(())
    }
}

/// A good document time-stamp: all that ends before it existed at its time.
struct Proof {
    end: u64,
    proven: ProvenTime,
}

/// The good document time-stamps of a document.
struct Proofs(Vec<Proof>);

impl Proofs {
    fn of(found: &[Found]) -> Self {
        let stamps = found.iter().filter(|found| found.report.kind == SignatureKind::DocumentTimeStamp);
        Self(stamps.filter_map(|found| Some(Proof { end: found.end, proven: found.report.proven_time.clone()? })).collect())
    }

    /// The earliest time by which what ends at `end` existed.
    fn earliest(&self, end: u64) -> Option<&ProvenTime> {
        self.0.iter().filter(|proof| proof.end >= end).map(|proof| &proof.proven).min_by_key(|proven| proven.time)
    }

    /// True when one covers the place.
    fn covers(&self, place: u64) -> bool {
        self.0.iter().any(|proof| proof.end > place)
    }
}

struct Judge<'a> {
    data: &'a ValidationData,
    policy: &'a Policy<'a>,
}

impl Judge<'_> {
    /// Judges the document time-stamps from the newest to the oldest, each at the moment that those after it prove.
    fn document_time_stamps(&self, found: &mut [Found]) {
        let mut stamps: Vec<&mut Found> = found.iter_mut().filter(|found| found.report.kind == SignatureKind::DocumentTimeStamp).collect();
        stamps.sort_by_key(|found| std::cmp::Reverse(found.end));
        let mut moment = self.policy.at;
        for Found { report, content, .. } in stamps {
            report.judged_at = moment;
            let Content::TimeStamp(token) = content else {
                continue;
            };
            let stamp = time_stamps::judge(token, report.intact, self.data, self.policy, moment);
            report.valid = stamp.valid;
            report.trusted = stamp.trusted.clone();
            report.revocation = stamp.revocation;
            report.proven_time = stamp.proof();
            if let Some(proven) = &report.proven_time {
                moment = moment.min(proven.time);
            }
            report.time_stamps = vec![stamp];
        }
    }

    /// Judges a signature at the earliest moment that is proved for it.
    fn signature(&self, found: &mut Found, proofs: &Proofs) {
        let Found { report, content: Content::Signature(container), end } = found else {
            if found.report.kind != SignatureKind::DocumentTimeStamp {
                found.report.judged_at = self.policy.at;
            }
            return;
        };
        let by_document = proofs.earliest(*end).cloned();
        let moment = by_document.as_ref().map_or(self.policy.at, |proven| proven.time);
        report.time_stamps = time_stamps::of_signature(container, self.data, self.policy, moment);
        let by_signature = report.time_stamps.iter().filter_map(TimeStampReport::proof).min_by_key(|proven| proven.time);
        report.proven_time = by_signature.into_iter().chain(by_document).min_by_key(|proven| proven.time);
        report.judged_at = report.proven_time.as_ref().map_or(self.policy.at, |proven| proven.time.min(self.policy.at));

        let signer = &container.signer;
        let others: Vec<Certificate> = container.certificates.iter().chain(&self.data.certificates).cloned().collect();
        let path = match signer.may_sign() {
            true => Path::find(signer, &others, self.policy.anchors, report.judged_at, &self.data.effort),
            false => Err(Distrust::KeyUsage),
        };
        let mut data_at = None;
        report.trusted = match path {
            Err(distrust) => Trust::Untrusted(distrust),
            Ok(path) => {
                let moments = Moments { used: report.judged_at, proven: report.judged_at, now: self.policy.at };
                let status: PathStatus = revocation::judge(&path, self.data, moments, false);
                report.revocation = status.revocation;
                data_at = status.data_at;
                match status.revocation {
                    Revocation::Revoked { at, .. } => Trust::Untrusted(Distrust::Revoked { at }),
                    _ => Trust::Trusted { anchor: path.anchor.subject() },
                }
            }
        };
        report.level = level(report, data_at, proofs);
    }

    /// Until when the document can be judged as it was now.
    fn until(&self, signatures: &[SignatureReport]) -> Option<Timestamp> {
        let stamps = signatures.iter().flat_map(|signature| &signature.time_stamps).filter(|stamp| stamp.is_good());
        // A newer time-stamp proves the older ones; those over signatures have nobody after them when there is none over the document.
        let newest = stamps.max_by_key(|stamp| stamp.time).and_then(|stamp| stamp.expires);
        newest.or_else(|| {
            let trusted = signatures.iter().filter(|signature| matches!(signature.trusted, Trust::Trusted { .. }));
            trusted.filter_map(|signature| signature.certificate.as_ref()).map(|certificate| certificate.validity().1).min()
        })
    }
}

/// The level of a signature (ETSI EN 319 142-1, 6): what is in the file, and holds. `data_at` is where the data end by which its
/// certificates are known to be good.
fn level(report: &SignatureReport, data_at: Option<u64>, proofs: &Proofs) -> Option<Level> {
    if !(report.is_baseline && report.intact && report.valid) {
        return None;
    }
    let Some(proven) = &report.proven_time else {
        return Some(Level::BB);
    };
    // The time-stamp that proves the time needs data as well. Where none over the signature does, a document time-stamp does.
    let stamp = report.time_stamps.iter().find(|stamp| stamp.is_good() && stamp.time == Some(proven.time));
    let stamp_data = stamp.map_or(Some(0), |stamp| stamp.data_at);
    match data_at.zip(stamp_data).map(|(one, other)| one.max(other)) {
        None => Some(Level::BT),
        Some(place) if proofs.covers(place) => Some(Level::BLTA),
        Some(_) => Some(Level::BLT),
    }
}

impl From<TimeStampError> for Problem {
    fn from(error: TimeStampError) -> Self {
        match error {
            TimeStampError::Container(error) => Self::Container(error),
            error => Self::TimeStamp(error),
        }
    }
}
