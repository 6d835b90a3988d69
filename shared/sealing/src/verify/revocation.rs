//! Whether the certificates of a path were revoked, by the data that are in the file.

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::revocation::{Answer, Reason, Status};
use crate::verify::trust::Path;
use crate::verify::validation_data::ValidationData;

/// What is known of the revocation of a certificate and of its issuers below the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// None was revoked.
    Good,
    /// One was, by the moment at which it is judged.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why, where that is said.
        reason: Option<Reason>,
    },
    /// One was, but after that moment: what was signed before remains.
    RevokedLater {
        /// Since when.
        at: Timestamp,
        /// Why, where that is said.
        reason: Option<Reason>,
    },
    /// For one at least there are no data that hold for that moment.
    Unknown,
}

/// The moments at which revocation is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    /// When the certificate was used. Data that were out of date by then say nothing.
    pub(super) used: Timestamp,
    /// The moment by which the use is proved. A revocation up to then counts.
    pub(super) proven: Timestamp,
    /// Now. Data of the future are not believed.
    pub(super) now: Timestamp,
}

/// Revocation of a path, and the data that tell it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PathStatus {
    pub(super) revocation: Revocation,
    /// The end of the data that were used: the place in the file of the last of them, when there are data for every certificate.
    pub(super) data_at: Option<u64>,
}

/// Judges a path. `is_stamp` is for time-stamp authorities: what they stamped before a harmless revocation remains (RFC 3161, 4.1).
pub(super) fn judge(path: &Path, data: &ValidationData, moments: Moments, is_stamp: bool) -> PathStatus {
    let mut status = PathStatus { revocation: Revocation::Good, data_at: Some(0) };
    if path.below.is_empty() {
        // An anchor is trusted by itself; nobody above it could take it back.
        return PathStatus { revocation: Revocation::Unknown, data_at: None };
    }
    for (certificate, issuer) in path.links() {
        let (revocation, data_at) = judge_link(certificate, issuer, data, moments, is_stamp);
        status.revocation = worse(status.revocation, revocation);
        status.data_at = status.data_at.zip(data_at).map(|(one, other)| one.max(other));
    }
    status
}

fn worse(one: Revocation, other: Revocation) -> Revocation {
    let rank = |revocation: &Revocation| match revocation {
        Revocation::Good => 0,
        Revocation::RevokedLater { .. } => 1,
        Revocation::Unknown => 2,
        Revocation::Revoked { .. } => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}

fn judge_link(
    certificate: &Certificate,
    issuer: &Certificate,
    data: &ValidationData,
    moments: Moments,
    is_stamp: bool,
) -> (Revocation, Option<u64>) {
    let lapses = certificate.validity().1;
    // Data that were made after a certificate lapsed need not mention it any more (RFC 5280, 3.3).
    let holds = |answer: &Answer| {
        let in_time = answer.since <= moments.now && answer.since <= lapses;
        let fresh = answer.until.map_or(answer.since >= moments.used, |until| until >= moments.used);
        in_time && (fresh || matches!(answer.status, Status::Revoked { .. }))
    };
    let mut outcome: (Revocation, Option<u64>) = (Revocation::Unknown, None);
    for (answer, offset) in answers(certificate, issuer, data).filter(|(answer, _)| holds(answer)) {
        let proven = if is_stamp && is_harmless(&answer.status) { moments.used } else { moments.proven };
        match answer.status {
            Status::Revoked { at, reason } if at <= proven => return (Revocation::Revoked { at, reason }, None),
            Status::Revoked { at, reason } => outcome = (Revocation::RevokedLater { at, reason }, Some(offset)),
            // Of several that say so, the oldest in the file is covered by the most time-stamps.
            Status::Good if outcome.0 == Revocation::Good => outcome.1 = outcome.1.min(Some(offset)),
            Status::Good if outcome.0 == Revocation::Unknown => outcome = (Revocation::Good, Some(offset)),
            Status::Good | Status::Unknown => {}
        }
    }
    outcome
}

/// Reasons that leave what was stamped before as it is: nobody else had the key (RFC 3161, 4.1).
fn is_harmless(status: &Status) -> bool {
    use Reason::{AffiliationChanged, CessationOfOperation, Superseded};
    matches!(status, Status::Revoked { reason: Some(AffiliationChanged | Superseded | CessationOfOperation), .. })
}

/// What the data say about one certificate; what is not about it, or not to be believed, is left out.
fn answers<'a>(
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    data: &'a ValidationData,
) -> impl Iterator<Item = (Answer, u64)> + 'a {
    let responses = data.responses.iter().filter_map(move |stored| {
        let answer = data.effort.spend(0).then(|| stored.value.judge(certificate, issuer).ok())??;
        let delegate_stands = answer.delegate.as_ref().is_none_or(|delegate| stands(delegate, issuer, data));
        delegate_stands.then_some((answer, stored.offset))
    });
    responses.chain(list_answers(certificate, issuer, data))
}

fn list_answers<'a>(
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    data: &'a ValidationData,
) -> impl Iterator<Item = (Answer, u64)> + 'a {
    data.lists.iter().filter(|stored| stored.value.is_named_for(issuer)).filter_map(move |stored| {
        let answer = data.effort.spend(stored.value.der().len()).then(|| stored.value.judge(certificate, issuer).ok())??;
        Some((answer, stored.offset))
    })
}

/// True when an OCSP delegate was not revoked: its issuer says that nobody needs to ask, or has a list without it.
fn stands(delegate: &Certificate, issuer: &Certificate, data: &ValidationData) -> bool {
    if delegate.needs_no_revocation_check() {
        return true;
    }
    let mut answers = list_answers(delegate, issuer, data).map(|(answer, _)| answer.status).peekable();
    answers.peek().is_some() && answers.all(|status| status == Status::Good)
}
