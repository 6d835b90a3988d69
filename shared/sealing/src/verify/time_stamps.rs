//! Judges time-stamps: those over a signature's value (ETSI EN 319 122-1, 5.3) and those over a document.

use jiff::{SignedDuration, Timestamp};

use crate::certificate::Certificate;
use crate::cms::oids;
use crate::cms::parsed::Container;
use crate::cms::time_stamp::{TimeStampError, TimeStampToken};
use crate::verify::policy::Policy;
use crate::verify::revocation::{self, Moments, PathStatus, Revocation};
use crate::verify::trust::{Distrust, Path, Trust};
use crate::verify::validation_data::ValidationData;

/// How many time-stamps of one signature are judged.
const MAX_STAMPS: usize = 8;
/// How far two authorities' clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What is known of one time-stamp.
#[derive(Debug)]
#[non_exhaustive]
pub struct TimeStampReport {
    /// The time that it states.
    pub time: Option<Timestamp>,
    /// The authority's certificate.
    pub authority: Option<Certificate>,
    /// It is of the bytes that it should be of.
    pub intact: bool,
    /// It was made with the key of its certificate, which is for time-stamps.
    pub valid: bool,
    /// Whether that certificate leads to an anchor for time-stamp authorities, at the moment that is proven for the time-stamp.
    pub trusted: Trust,
    /// What the file tells of the revocation of the authority and its issuers.
    pub revocation: Revocation,
    /// When the first certificate between the authority and the anchor lapses. After that the time-stamp proves nothing, unless
    /// another proves it older.
    pub expires: Option<Timestamp>,
    /// Why it could not be judged.
    pub problem: Option<TimeStampError>,
    /// Where the data end by which its revocation is known to be good.
    pub(super) data_at: Option<u64>,
}

impl TimeStampReport {
    pub(super) fn unjudged(problem: Option<TimeStampError>) -> Self {
        Self {
            time: None,
            authority: None,
            intact: false,
            valid: false,
            trusted: Trust::Untrusted(Distrust::NotJudged),
            revocation: Revocation::Unknown,
            expires: None,
            problem,
            data_at: None,
        }
    }

    /// True when it is intact, valid and trusted.
    pub fn is_good(&self) -> bool {
        self.intact && self.valid && matches!(self.trusted, Trust::Trusted { .. })
    }

    /// The time that it proves, with the authority's name.
    pub(super) fn proof(&self) -> Option<ProvenTime> {
        let authority = self.authority.as_ref()?;
        let name = authority.common_name().unwrap_or_else(|| authority.subject());
        self.is_good().then_some(ProvenTime { time: self.time?, authority: name })
    }
}

/// A time by which something existed, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenTime {
    /// The time.
    pub time: Timestamp,
    /// The time-stamp authority's name.
    pub authority: String,
}

/// Judges a token at a moment at which it is known to have existed. `intact` says whether it is of the right bytes.
pub(super) fn judge(
    token: &TimeStampToken,
    intact: bool,
    data: &ValidationData,
    policy: &Policy<'_>,
    moment: Timestamp,
) -> TimeStampReport {
    let mut report =
        TimeStampReport { time: Some(token.time()), authority: Some(token.signer().clone()), ..TimeStampReport::unjudged(None) };
    report.intact = intact;
    match token.is_genuine() {
        Ok(genuine) => report.valid = genuine,
        Err(problem) => report.problem = Some(problem),
    }
    let others: Vec<Certificate> = token.certificates().iter().chain(&data.certificates).cloned().collect();
    let trusted = Path::find(token.signer(), &others, policy.authority_anchors(), moment, &data.effort).and_then(|path| {
        let moments = Moments { used: token.time(), proven: moment, now: policy.at };
        let PathStatus { revocation, data_at } = revocation::judge(&path, data, moments, true);
        report.expires = Some(path.until());
        report.revocation = revocation;
        report.data_at = data_at;
        if token.time() > moment.saturating_add(SKEW).unwrap_or(Timestamp::MAX) {
            return Err(Distrust::Future);
        }
        if !token.signer().is_valid_at(token.time()) {
            return Err(Distrust::NotValidThen);
        }
        match revocation {
            Revocation::Revoked { at, .. } => Err(Distrust::Revoked { at }),
            _ => Ok(path.anchor.subject()),
        }
    });
    report.trusted = match trusted {
        Ok(anchor) => Trust::Trusted { anchor },
        Err(distrust) => Trust::Untrusted(distrust),
    };
    report
}

/// Judges the time-stamps over a signature's value.
pub(super) fn of_signature(container: &Container, data: &ValidationData, policy: &Policy<'_>, moment: Timestamp) -> Vec<TimeStampReport> {
    let tokens = container.unsigned_values(oids::SIGNATURE_TIME_STAMP, MAX_STAMPS);
    let judge_one = |value| match token_of(value) {
        Ok(token) => judge(&token, token.is_of(&container.signature), data, policy, moment),
        Err(problem) => TimeStampReport::unjudged(Some(problem)),
    };
    tokens.map(judge_one).collect()
}

fn token_of(value: &der::Any) -> Result<TimeStampToken, TimeStampError> {
    TimeStampToken::read(&der::Encode::to_der(value).map_err(TimeStampError::Statement)?)
}
