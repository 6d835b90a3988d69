//! Collects what is needed to judge signers later: the certificates of their paths, and for each below the root its status.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::certificate::Certificate;
use crate::revocation::{Answer, OcspResponse, RevocationList, Status, ocsp_request};
use crate::session::goal::{Fetch, FetchFailure, Purpose};
use crate::session::outcome::{Cause, Failure, Missing};
use crate::session::store::ValidationData;

/// How many certificates are asked about, delegates of OCSP among them.
const MAX_CERTIFICATES: usize = 24;
/// How much an issuer's clock may be ahead.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The collection while it goes on.
#[derive(Debug)]
pub(super) struct Collection {
    /// Certificates whose status is still to be found, with their issuer once it is known.
    ahead: VecDeque<Subject>,
    /// Every certificate that may be an issuer.
    known: Vec<Certificate>,
    /// Certificates whose status was looked for.
    covered: Vec<Certificate>,
    lists: Vec<RevocationList>,
    data: ValidationData,
    /// The time of the last answer.
    now: Option<Timestamp>,
    pub(super) failures: Vec<Failure>,
}

/// A certificate with the places where its issuer or its status may be had.
#[derive(Debug)]
struct Subject {
    certificate: Certificate,
    /// A delegate of OCSP is not asked about over OCSP, which would have no end.
    is_delegate: bool,
    issuer: Option<Certificate>,
    places: VecDeque<(Purpose, String)>,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    Fetch(Fetch),
    Complete(ValidationData),
    Missing(Missing),
}

impl Collection {
    /// For these signers. `known` are certificates that may be of use.
    pub(super) fn new(signers: Vec<Certificate>, known: Vec<Certificate>) -> Self {
        let ahead = signers.into_iter().map(|certificate| Subject::new(certificate, false)).collect();
        Self { ahead, known, covered: Vec::new(), lists: Vec::new(), data: ValidationData::default(), now: None, failures: Vec::new() }
    }

    /// Goes on until something must be fetched or the end is reached.
    pub(super) fn next(&mut self) -> Result<Next, der::Error> {
        while let Some(mut subject) = self.ahead.pop_front() {
            if self.covered.contains(&subject.certificate) {
                continue;
            }
            if subject.certificate.is_self_issued() {
                // A root: nobody could take it back. It is kept for readers that know its key alone.
                self.cover(subject.certificate);
                continue;
            }
            if self.covered.len() == MAX_CERTIFICATES {
                return Ok(Next::Missing(Missing::TooMuch));
            }
            if subject.issuer.is_none()
                && let Some(issuer) = self.known.iter().find(|issuer| issuer.issued(&subject.certificate)).cloned()
            {
                subject.found_issuer(issuer);
                // A list that was fetched for another certificate will do for this one.
                if self.is_told_by_known_list(&subject) {
                    self.finish(subject, None);
                    continue;
                }
            }
            let name = subject.certificate.subject();
            let Some((purpose, url)) = subject.places.front() else {
                let missing = if subject.issuer.is_some() { Missing::Revocation(name) } else { Missing::Issuer(name) };
                return Ok(Next::Missing(missing));
            };
            let body = match (purpose, &subject.issuer) {
                (Purpose::Ocsp, Some(issuer)) => Some(ocsp_request(&subject.certificate, issuer)?),
                _ => None,
            };
            let fetch = purpose.fetch(url, body);
            self.ahead.push_front(subject);
            return Ok(Next::Fetch(fetch));
        }
        Ok(Next::Complete(std::mem::take(&mut self.data)))
    }

    /// Takes the answer to the last fetch. Returns what ends the collection, if it does.
    pub(super) fn fetched(&mut self, answer: Result<Vec<u8>, FetchFailure>, now: Timestamp) -> Option<Missing> {
        self.now = Some(now);
        let mut subject = self.ahead.pop_front()?;
        let (purpose, url) = subject.places.pop_front()?;
        let outcome = answer.map_err(Cause::Fetch).and_then(|answer| match (purpose, subject.issuer.clone()) {
            (Purpose::Ocsp, Some(issuer)) => self.take_response(&subject.certificate, &issuer, &answer, now).map(Some),
            (Purpose::Crl, Some(issuer)) => self.take_list(&subject.certificate, &issuer, &answer, now).map(Some),
            _ => self.take_issuers(&subject.certificate, &answer).map(|()| None),
        });
        match outcome {
            Ok(Some(Answer { status: Status::Revoked { .. }, .. })) => return Some(Missing::Revoked(subject.certificate.subject())),
            Ok(Some(answer)) => self.finish(subject, answer.delegate),
            // The issuer is among the known ones now.
            Ok(None) => self.ahead.push_front(subject),
            Err(cause) => {
                self.failures.push(Failure { purpose, url, cause });
                self.ahead.push_front(subject);
            }
        }
        None
    }

    /// The status of a certificate is known.
    fn finish(&mut self, subject: Subject, delegate: Option<Certificate>) {
        self.cover(subject.certificate);
        self.ahead.extend(subject.issuer.map(|issuer| Subject::new(issuer, false)));
        match delegate {
            Some(delegate) if delegate.needs_no_revocation_check() => self.cover(delegate),
            Some(delegate) => self.ahead.push_back(Subject::new(delegate, true)),
            None => {}
        }
    }

    fn cover(&mut self, certificate: Certificate) {
        if !self.covered.contains(&certificate) {
            self.data.certificates.push(certificate.der().to_vec());
            self.covered.push(certificate);
        }
    }

    fn take_response(&mut self, certificate: &Certificate, issuer: &Certificate, answer: &[u8], now: Timestamp) -> Result<Answer, Cause> {
        let response = OcspResponse::read(answer).map_err(|_| Cause::Unreadable)?;
        let answer = usable(response.judge(certificate, issuer).map_err(|_| Cause::NoStatus)?, now)?;
        self.data.responses.push(response.der().to_vec());
        Ok(answer)
    }

    fn take_list(&mut self, certificate: &Certificate, issuer: &Certificate, answer: &[u8], now: Timestamp) -> Result<Answer, Cause> {
        let list = RevocationList::read(answer).map_err(|_| Cause::Unreadable)?;
        let answer = usable(list.judge(certificate, issuer).map_err(|_| Cause::NoStatus)?, now)?;
        self.data.lists.push(list.der().to_vec());
        self.lists.push(list);
        Ok(answer)
    }

    /// Takes certificates from an answer when one of them is the issuer's.
    fn take_issuers(&mut self, certificate: &Certificate, answer: &[u8]) -> Result<(), Cause> {
        let found = match Certificate::from_der(answer) {
            Ok(found) => vec![found],
            Err(_) => std::str::from_utf8(answer).ok().and_then(|pem| Certificate::all_from_pem(pem).ok()).ok_or(Cause::Unreadable)?,
        };
        if !found.iter().any(|found| found.issued(certificate)) {
            return Err(Cause::OtherCertificate);
        }
        self.known.extend(found);
        Ok(())
    }

    fn is_told_by_known_list(&self, subject: &Subject) -> bool {
        let (Some(issuer), Some(now)) = (&subject.issuer, self.now) else {
            return false;
        };
        let mut answers = self.lists.iter().filter_map(|list| usable(list.judge(&subject.certificate, issuer).ok()?, now).ok());
        answers.any(|answer| answer.status == Status::Good)
    }
}

impl Subject {
    fn new(certificate: Certificate, is_delegate: bool) -> Self {
        let places = certificate.sources().issuers.into_iter().map(|url| (Purpose::IssuerCertificate, url)).collect();
        Self { certificate, is_delegate, issuer: None, places }
    }

    /// From now on its status is looked for: over OCSP first, which is smaller, then in lists.
    fn found_issuer(&mut self, issuer: Certificate) {
        let sources = self.certificate.sources();
        let responders = sources.ocsp.into_iter().filter(|_| !self.is_delegate).map(|url| (Purpose::Ocsp, url));
        self.places = responders.chain(sources.crls.into_iter().map(|url| (Purpose::Crl, url))).collect();
        self.issuer = Some(issuer);
    }
}

/// An answer that tells something about now.
fn usable(answer: Answer, now: Timestamp) -> Result<Answer, Cause> {
    if answer.since > now + SKEW || answer.until.is_some_and(|until| until < now) {
        return Err(Cause::Stale);
    }
    if answer.status == Status::Unknown { Err(Cause::NoStatus) } else { Ok(answer) }
}
