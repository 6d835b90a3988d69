//! What `segl verify` found, as JSON. Names and codes are stable: they are added to, not changed.

use std::path::Path;

use jiff::Timestamp;
use segl_sealing::{
    Certificate, Change, Coverage, Distrust, Level, Reason, Report, Revocation, SignatureKind, SignatureReport, TimeStampReport, Trust,
};
use serde::Serialize;

use crate::bundle::{BundleView, FileView};
use crate::checkpoint::CheckpointView;
use crate::evidence::EvidenceView;
use crate::inclusion::InclusionView;
use crate::token::TokenView;

/// What is known of a document's signatures.
#[derive(Debug, Serialize)]
pub struct Judgement {
    /// The file, as it was named.
    pub(super) file: String,
    /// Every signature is good, the whole file is covered (but for validation data, which prove themselves), and the evidence
    /// holds where there is some; so do workflow tokens.
    pub good: bool,
    /// The moment of judging.
    pub(super) judged_at: Timestamp,
    /// Until when the file can be judged as it was now: when the newest good time-stamp lapses, or without one the first
    /// certificate of a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) judgeable_until: Option<Timestamp>,
    /// Signatures and document time-stamps, in the order of their fields.
    pub(super) signatures: Vec<SignatureView>,
    /// Signatures beyond the first hundred, which were not judged.
    pub(super) not_judged: usize,
    /// Certificates and revocation data of the file (`/DSS`) that could not be used.
    pub(super) unusable_data: usize,
    /// The evidence of signing orders in the file.
    pub(super) evidence: Vec<EvidenceView>,
    /// Why nothing is known of evidence. What the signatures are worth does not depend on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) evidence_problem: Option<String>,
    /// The workflow tokens in it and beside it.
    pub(super) tokens: Vec<TokenView>,
    /// The bundles of evidence in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) bundles: Vec<BundleView>,
    /// The other files of an archive of evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<FileView>,
    /// The checkpoints that were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) checkpoints: Vec<CheckpointView>,
    /// The proofs of inclusion that were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) inclusions: Vec<InclusionView>,
}

/// What is known of one signature, or of one document time-stamp.
#[derive(Debug, Serialize)]
pub(super) struct SignatureView {
    pub(super) field: String,
    /// `certification`, `approval` or `document-time-stamp`.
    pub(super) kind: &'static str,
    /// DocMDP's `/P` of a certification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) permission: Option<i64>,
    pub(super) intact: bool,
    pub(super) valid: bool,
    #[serde(flatten)]
    pub(super) trust: TrustView,
    /// The moment at which the certificate was judged.
    pub(super) certificate_judged_at: Timestamp,
    /// What the file tells of the revocation of the signer and its issuers.
    pub(super) revocation: RevocationView,
    /// `whole-file`, `revision` or `broken`.
    pub(super) coverage: &'static str,
    pub(super) bytes_after: u64,
    /// What was changed after it: codes of [`change_code`].
    pub(super) changes: Vec<&'static str>,
    pub(super) changes_permitted: bool,
    /// The PAdES level, `B-B`, `B-T`, `B-LT` or `B-LTA`: what is in the file, and holds. Absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signer: Option<CertificateView>,
    /// The time that the signer claims; by itself it proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claimed_time: Option<Timestamp>,
    /// The earliest time by which it is proved to have existed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proven_time: Option<ProvenView>,
    /// The time-stamps over the signature's value; for a document time-stamp that one.
    pub(super) time_stamps: Vec<TimeStampView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct CertificateView {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) valid_from: Timestamp,
    pub(super) valid_until: Timestamp,
}

/// Whether a certificate is trusted, and by whom or why not.
#[derive(Debug, Serialize)]
pub(super) struct TrustView {
    pub(super) trusted: bool,
    /// The certificate that was trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) anchor: Option<String>,
    /// `not-judged`, `no-path`, `not-valid-then`, `revoked`, `key-usage`, `constraint`, `algorithm`, `future` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distrust: Option<&'static str>,
}

/// What the file tells of revocation.
#[derive(Debug, Serialize)]
pub(super) struct RevocationView {
    /// `good`, `revoked`, `revoked-later` (after the moment that counts) or `unknown`.
    pub(super) status: &'static str,
    /// Since when it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    /// Why, in the words of RFC 5280, 5.3.1, where that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
}

/// A time, and the time-stamp authority that vouches for it.
#[derive(Debug, Serialize)]
pub(super) struct ProvenView {
    pub(super) time: Timestamp,
    pub(super) authority: String,
}

/// What is known of one time-stamp.
#[derive(Debug, Serialize)]
pub(super) struct TimeStampView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authority: Option<CertificateView>,
    pub(super) intact: bool,
    pub(super) valid: bool,
    #[serde(flatten)]
    pub(super) trust: TrustView,
    pub(super) revocation: RevocationView,
    /// When the first certificate between the authority and the anchor lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    /// Why it could not be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

impl Judgement {
    pub(super) fn new<P: std::fmt::Display>(
        file: &Path,
        judged_at: Timestamp,
        report: &Report,
        evidence: Result<Vec<EvidenceView>, P>,
        tokens: Vec<TokenView>,
    ) -> Self {
        let (evidence, evidence_problem) = match evidence {
            Ok(evidence) => (evidence, None),
            Err(problem) => (Vec::new(), Some(problem.to_string())),
        };
        let holds = evidence.iter().all(|evidence| evidence.good) && tokens.iter().all(|token| token.good != Some(false));
        Self {
            file: file.display().to_string(),
            good: report.is_good() && holds,
            judged_at,
            judgeable_until: report.judgeable_until,
            signatures: report.signatures.iter().map(SignatureView::from).collect(),
            not_judged: report.not_judged,
            unusable_data: report.unusable_data,
            evidence,
            evidence_problem,
            tokens,
            bundles: Vec::new(),
            files: Vec::new(),
            checkpoints: Vec::new(),
            inclusions: Vec::new(),
        }
    }

    /// Of a token by itself.
    pub(super) fn of_token(file: &Path, judged_at: Timestamp, token: TokenView) -> Self {
        Self {
            file: file.display().to_string(),
            good: token.good == Some(true),
            judged_at,
            judgeable_until: None,
            signatures: Vec::new(),
            not_judged: 0,
            unusable_data: 0,
            evidence: Vec::new(),
            evidence_problem: None,
            tokens: vec![token],
            bundles: Vec::new(),
            files: Vec::new(),
            checkpoints: Vec::new(),
            inclusions: Vec::new(),
        }
    }

    /// With what evidence bundles tell, and the files beside them.
    pub(super) fn with_bundles(self, bundles: Vec<BundleView>, files: Vec<FileView>) -> Self {
        let hold = bundles.iter().all(|bundle| bundle.good) && files.iter().all(|file| file.good);
        Self { good: self.good && hold, bundles, files, ..self }
    }

    /// With what checkpoints say. One that was not judged for want of keys says nothing.
    pub(super) fn with_checkpoints(self, checkpoints: Vec<CheckpointView>) -> Self {
        let hold = checkpoints.iter().all(|checkpoint| checkpoint.good != Some(false));
        Self { good: self.good && hold, checkpoints, ..self }
    }

    /// With what proofs of inclusion are worth. One that was not judged says nothing.
    pub(super) fn with_inclusions(self, inclusions: Vec<InclusionView>) -> Self {
        let hold = inclusions.iter().all(|inclusion| inclusion.good != Some(false));
        Self { good: self.good && hold, inclusions, ..self }
    }

    pub(super) fn is_token(&self) -> bool {
        self.signatures.is_empty() && self.not_judged == 0 && self.evidence.is_empty() && !self.tokens.is_empty()
    }
}

impl From<&SignatureReport> for SignatureView {
    fn from(report: &SignatureReport) -> Self {
        let (kind, permission) = match report.kind {
            SignatureKind::Certification { level } => ("certification", Some(level)),
            SignatureKind::Approval => ("approval", None),
            SignatureKind::DocumentTimeStamp => ("document-time-stamp", None),
        };
        let (coverage, bytes_after) = match report.coverage {
            Coverage::WholeFile => ("whole-file", 0),
            Coverage::Revision { bytes_after } => ("revision", bytes_after),
            Coverage::Broken => ("broken", 0),
        };
        Self {
            field: report.field.clone(),
            kind,
            permission,
            intact: report.intact,
            valid: report.valid,
            trust: TrustView::from(&report.trusted),
            certificate_judged_at: report.judged_at,
            revocation: RevocationView::from(report.revocation),
            coverage,
            bytes_after,
            changes: report.changes.iter().copied().map(change_code).collect(),
            changes_permitted: report.permits_changes(),
            level: report.level.map(Level::name),
            signer: report.certificate.as_ref().map(CertificateView::from),
            claimed_time: report.claimed_time,
            proven_time: report.proven_time.as_ref().map(|proven| ProvenView { time: proven.time, authority: proven.authority.clone() }),
            time_stamps: report.time_stamps.iter().map(TimeStampView::from).collect(),
            name: report.name.clone(),
            reason: report.reason.clone(),
            problem: report.problem.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&Certificate> for CertificateView {
    fn from(certificate: &Certificate) -> Self {
        let (valid_from, valid_until) = certificate.validity();
        Self { subject: certificate.subject(), issuer: certificate.issuer(), valid_from, valid_until }
    }
}

impl From<&TimeStampReport> for TimeStampView {
    fn from(report: &TimeStampReport) -> Self {
        Self {
            time: report.time,
            authority: report.authority.as_ref().map(CertificateView::from),
            intact: report.intact,
            valid: report.valid,
            trust: TrustView::from(&report.trusted),
            revocation: RevocationView::from(report.revocation),
            expires: report.expires,
            problem: report.problem.as_ref().map(with_causes),
        }
    }
}

/// An error with what caused it.
fn with_causes(error: &impl std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl From<&Trust> for TrustView {
    fn from(trust: &Trust) -> Self {
        match trust {
            Trust::Trusted { anchor } => Self { trusted: true, anchor: Some(anchor.clone()), distrust: None },
            Trust::Untrusted(why) => Self { trusted: false, anchor: None, distrust: Some(distrust_code(*why)) },
        }
    }
}

impl From<Revocation> for RevocationView {
    fn from(revocation: Revocation) -> Self {
        let (status, revoked) = match revocation {
            Revocation::Good => ("good", None),
            Revocation::Revoked { at, reason } => ("revoked", Some((at, reason))),
            Revocation::RevokedLater { at, reason } => ("revoked-later", Some((at, reason))),
            Revocation::Unknown => ("unknown", None),
        };
        Self { status, at: revoked.map(|(at, _)| at), reason: revoked.and_then(|(_, reason)| reason).map(reason_code) }
    }
}

fn distrust_code(why: Distrust) -> &'static str {
    match why {
        Distrust::NotJudged => "not-judged",
        Distrust::NoPath => "no-path",
        Distrust::NotValidThen => "not-valid-then",
        Distrust::Revoked { .. } => "revoked",
        Distrust::KeyUsage => "key-usage",
        Distrust::Constraint => "constraint",
        Distrust::Algorithm => "algorithm",
        Distrust::Future => "future",
        _ => "other",
    }
}

fn reason_code(reason: Reason) -> &'static str {
    match reason {
        Reason::Unspecified => "unspecified",
        Reason::KeyCompromise => "keyCompromise",
        Reason::CaCompromise => "cACompromise",
        Reason::AffiliationChanged => "affiliationChanged",
        Reason::Superseded => "superseded",
        Reason::CessationOfOperation => "cessationOfOperation",
        Reason::CertificateHold => "certificateHold",
        Reason::PrivilegeWithdrawn => "privilegeWithdrawn",
        Reason::AaCompromise => "aACompromise",
        _ => "other",
    }
}

fn change_code(change: Change) -> &'static str {
    match change {
        Change::SignatureAdded => "signature-added",
        Change::TimeStampAdded => "time-stamp-added",
        Change::ValidationData => "validation-data",
        Change::Metadata => "metadata",
        Change::FormFilled => "form-filled",
        Change::Annotations => "annotations",
        Change::Pages => "pages",
        Change::Content => "content",
        Change::Catalog => "catalog",
        Change::LooseBytes => "loose-bytes",
        _ => "other",
    }
}
