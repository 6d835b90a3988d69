//! Seals and extends up the levels of PAdES (ETSI EN 319 142-1), without doing I/O: the session says what it needs next, and the
//! caller signs and fetches.
//!
//! ```text
//! let mut session = Session::seal(plan, request, goal)?;      or Session::extend(sealed_plan, goal)?
//! loop { match session.step() {
//!     Step::Sign(to_be_signed) => session.signed(&signature)?,
//!     Step::Fetch(fetch) => session.fetched(answer, now)?,
//!     Step::Done(outcome) => break,
//! } }
//! ```
//!
//! What others fail to give never fails a seal: the outcome says which level was reached, and why it is not more. An answer that
//! does not hold is like none. Nothing is kept outside the session, so a crash loses the session and nothing else. The number of
//! steps is bounded, whatever the answers are.

mod authorities;
mod collect;
mod goal;
mod outcome;
mod stamp;
mod store;

use std::collections::VecDeque;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::certificate::Certificate;
use crate::hex;
use crate::plan::Plan;
use crate::request::SealRequest;
use crate::seal::{Prepared, SealError, Sealed};
use crate::verify::Level;

use authorities::{Question, Token};
use collect::{Collection, Next};
use outcome::Kept;
use stamp::PreparedStamp;

pub use goal::{Fetch, FetchFailure, Goal, Purpose, Step, TimeStampAuthority};
pub use outcome::{Cause, Failure, Missing, Outcome, SealedPlan, Shortfall};

/// Room for a token in bytes. Most authorities' tokens with their certificates have 3 to 7 KB.
const TOKEN_ROOM: usize = 8 << 10;
/// How often a gap is widened. A token is as long as the one before but for the length of its time and serial number.
const MAX_WIDENINGS: u32 = 2;
/// What a second token of the same authority may be longer than the first.
const TOKEN_SLACK: usize = 256;

/// Work that is still to be done once the seal is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    ValidationData,
    DocumentStamp,
}

/// A seal, or an extension, under way.
#[derive(Debug)]
pub struct Session {
    goal: Goal,
    state: State,
    /// What follows, in this order. What cannot be done ends the session.
    tasks: VecDeque<Task>,
    /// How many questions were asked: each has its own nonce.
    questions: u32,
    increment: Vec<u8>,
    byte_range: Option<[u64; 4]>,
    shortfall: Option<Shortfall>,
    /// The plan before an extension: where nothing was gained, nothing is added.
    before: Option<Box<SealedPlan>>,
}

#[derive(Debug)]
enum State {
    /// The seal waits for its signature.
    Signing(Box<Sealing>),
    /// The seal has its signature and waits for a time-stamp.
    Stamping(Box<Sealing>, Vec<u8>, Asking),
    /// Validation data are collected.
    Collecting(Box<SealedPlan>, Box<Collection>, Fetch),
    /// The document waits for a time-stamp.
    DocumentStamping(Box<SealedPlan>, Box<PreparedStamp>, Asking),
    Done(Box<SealedPlan>),
    /// An error ended the session.
    Failed,
}

/// The seal while it is made.
#[derive(Debug)]
struct Sealing {
    plan: Plan,
    request: SealRequest,
    prepared: Prepared,
    widenings: u32,
}

/// A question to the authorities and who failed to answer it so far.
#[derive(Debug)]
struct Asking {
    question: Question,
    fetch: Fetch,
    failures: Vec<Failure>,
    widenings: u32,
}

impl Session {
    /// A new seal.
    ///
    /// # Errors
    /// As [`Plan::prepare`].
    pub fn seal(plan: Plan, request: SealRequest, goal: Goal) -> Result<Self, SealError> {
        let room = if goal.level > Level::BB && !goal.authorities.is_empty() { TOKEN_ROOM } else { 0 };
        let prepared = plan.prepare_with_room(request.clone(), room)?;
        let tasks = match goal.level {
            Level::BB | Level::BT => vec![],
            Level::BLT => vec![Task::ValidationData],
            Level::BLTA => vec![Task::ValidationData, Task::DocumentStamp],
        };
        Ok(Self::new(goal, State::Signing(Box::new(Sealing { plan, request, prepared, widenings: 0 })), tasks, None))
    }

    /// A level more for a document that was sealed before; for one of B-LTA, the time-stamp that keeps it alive when the newest one
    /// lapses. From B-B, a document time-stamp proves the time (EN 319 142-1, 6.3). A document that has the level already is left
    /// alone, but for this renewal.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when the document cannot grow any more.
    pub fn extend(plan: SealedPlan, goal: Goal) -> Result<Self, SealError> {
        use Task::{DocumentStamp, ValidationData};
        let tasks = match (plan.level, goal.level) {
            (Level::BB, Level::BT) => vec![DocumentStamp],
            (Level::BB, Level::BLT) => vec![DocumentStamp, ValidationData],
            (Level::BB, Level::BLTA) => vec![DocumentStamp, ValidationData, DocumentStamp],
            (Level::BT, Level::BLT) => vec![ValidationData],
            (Level::BT | Level::BLTA, Level::BLTA) => vec![ValidationData, DocumentStamp],
            (Level::BLT, Level::BLTA) => vec![DocumentStamp],
            _ => vec![],
        };
        let mut session = Self::new(goal, State::Failed, tasks, Some(Box::new(plan.clone())));
        session.go_on(Box::new(plan))?;
        Ok(session)
    }

    fn new(goal: Goal, state: State, tasks: Vec<Task>, before: Option<Box<SealedPlan>>) -> Self {
        Self { goal, state, tasks: tasks.into(), questions: 0, increment: Vec::new(), byte_range: None, shortfall: None, before }
    }

    /// What is needed next. Asked again, it says the same.
    ///
    /// # Panics
    /// After [`signed`](Self::signed) or [`fetched`](Self::fetched) returned an error, which ends a session.
    pub fn step(&self) -> Step {
        match &self.state {
            State::Signing(sealing) => Step::Sign(sealing.prepared.to_be_signed()),
            State::Stamping(_, _, asking) | State::DocumentStamping(_, _, asking) => Step::Fetch(asking.fetch.clone()),
            State::Collecting(_, _, fetch) => Step::Fetch(fetch.clone()),
            State::Done(plan) => Step::Done(Box::new(self.outcome(plan))),
            State::Failed => panic!("a session that failed has no next step"),
        }
    }

    fn outcome(&self, plan: &SealedPlan) -> Outcome {
        Outcome {
            increment: self.increment.clone(),
            byte_range: self.byte_range,
            total_len: plan.document_len(),
            sha256: plan.document_sha256(),
            level: plan.level,
            shortfall: self.shortfall.clone(),
            lapses: plan.lapses,
            plan: plan.clone(),
        }
    }

    /// Takes the signature for [`Step::Sign`], as [`Prepared::complete`] does. Ignored when no signature was asked for.
    ///
    /// # Errors
    /// [`SealError::WrongSignature`], or a [`SealError`] that is a defect of this crate. The session is over then.
    pub fn signed(&mut self, signature: &[u8]) -> Result<(), SealError> {
        let sealing = match std::mem::replace(&mut self.state, State::Failed) {
            State::Signing(sealing) => sealing,
            other => {
                self.state = other;
                return Ok(());
            }
        };
        if !sealing.prepared.is_signed_by(signature) {
            return Err(SealError::WrongSignature);
        }
        if self.goal.level == Level::BB {
            return self.sealed(*sealing, signature, None);
        }
        match self.ask(&Sha256::digest(signature), 0)? {
            Some(asking) => self.state = State::Stamping(sealing, signature.to_vec(), asking),
            None => {
                self.shortfall = Some(Shortfall { missing: Missing::NoAuthority, failures: Vec::new() });
                self.sealed(*sealing, signature, None)?;
            }
        }
        Ok(())
    }

    /// Takes the answer to [`Step::Fetch`], or that there is none; `now` is when it came. Ignored when nothing was asked for.
    ///
    /// # Errors
    /// A [`SealError`] that is a defect of this crate, or [`SealError::TooLarge`]. No answer leads to an error. The session is over
    /// then.
    pub fn fetched(&mut self, answer: Result<Vec<u8>, FetchFailure>, now: Timestamp) -> Result<(), SealError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Stamping(sealing, signature, asking) => self.signature_stamp_came(sealing, signature, asking, answer, now),
            State::DocumentStamping(plan, prepared, asking) => self.document_stamp_came(plan, *prepared, asking, answer, now),
            State::Collecting(plan, mut collection, _) => match collection.fetched(answer, now) {
                Some(missing) => self.stop(plan, missing, collection.failures),
                None => self.collect(plan, collection),
            },
            other => {
                self.state = other;
                Ok(())
            }
        }
    }

    /// A question to the authorities from the one with this number on; `None` when there are no more.
    fn ask(&mut self, digest: &[u8], authority: usize) -> Result<Option<Asking>, SealError> {
        self.questions += 1;
        let Some(question) = Question::new(digest.to_vec(), authority, &self.goal, self.questions) else {
            return Ok(None);
        };
        let fetch = question.fetch(&self.goal)?;
        Ok(Some(Asking { question, fetch, failures: Vec::new(), widenings: 0 }))
    }

    /// The same question to the next authority, or everything that failed.
    fn ask_next(&mut self, mut asking: Asking, cause: Cause) -> Result<Result<Asking, Vec<Failure>>, SealError> {
        asking.failures.push(Failure { purpose: Purpose::TimeStamp, url: asking.fetch.url.clone(), cause });
        self.questions += 1;
        match asking.question.next(&self.goal, self.questions) {
            Some(question) => Ok(Ok(Asking { fetch: question.fetch(&self.goal)?, question, ..asking })),
            None => Ok(Err(asking.failures)),
        }
    }

    fn signature_stamp_came(
        &mut self,
        mut sealing: Box<Sealing>,
        signature: Vec<u8>,
        asking: Asking,
        answer: Result<Vec<u8>, FetchFailure>,
        now: Timestamp,
    ) -> Result<(), SealError> {
        let judged = answer.map_err(Cause::Fetch).and_then(|answer| asking.question.judge(&answer, &self.goal, now));
        let cause = match judged {
            Ok(token) => match sealing.prepared.filled(&signature, Some(&token.der))? {
                Some(done) => return self.seal_is_there(&sealing.request, done, Some(&token)),
                None if sealing.widenings < MAX_WIDENINGS => {
                    // The gap is part of what the signature covers, so it is signed again.
                    sealing.widenings += 1;
                    let Sealing { plan, request, .. } = &*sealing;
                    sealing.prepared = plan.prepare_with_room(request.clone(), token.der.len() + TOKEN_SLACK)?;
                    self.state = State::Signing(sealing);
                    return Ok(());
                }
                None => Cause::Size,
            },
            Err(cause) => cause,
        };
        match self.ask_next(asking, cause)? {
            Ok(asking) => {
                self.state = State::Stamping(sealing, signature, asking);
                Ok(())
            }
            Err(failures) => {
                self.shortfall = Some(Shortfall { missing: Missing::TimeStamp, failures });
                self.sealed(*sealing, &signature, None)
            }
        }
    }

    /// Releases the seal as far as it came.
    fn sealed(&mut self, sealing: Sealing, signature: &[u8], token: Option<&Token>) -> Result<(), SealError> {
        let der = token.map(|token| token.der.as_slice());
        // Without a token the gap is large enough in any case: it was measured with the longest signature.
        let done = sealing.prepared.filled(signature, der)?.ok_or(SealError::WrongSignature)?;
        self.seal_is_there(&sealing.request, done, token)
    }

    fn seal_is_there(&mut self, request: &SealRequest, done: (Sealed, Plan), token: Option<&Token>) -> Result<(), SealError> {
        let (sealed, plan) = done;
        let certificate = &request.certificate;
        self.increment = sealed.increment;
        self.byte_range = Some(sealed.byte_range);
        let mut plan = SealedPlan {
            plan,
            level: Level::BB,
            due: vec![Kept(certificate.leaf().clone())],
            issuers: [certificate.chain(), certificate.roots()].concat().into_iter().map(Kept).collect(),
            stored: Vec::new(),
            lapses: None,
        };
        match token {
            Some(token) => {
                plan.level = Level::BT;
                plan.takes(token);
            }
            // What comes later needs the proof of time.
            None => self.tasks.clear(),
        }
        self.go_on(Box::new(plan))
    }

    /// Begins with the next task.
    fn go_on(&mut self, plan: Box<SealedPlan>) -> Result<(), SealError> {
        match self.tasks.pop_front() {
            None => {
                self.state = State::Done(plan);
                Ok(())
            }
            Some(Task::ValidationData) => {
                let mut known: Vec<Certificate> = plan.issuers.iter().map(|kept| kept.0.clone()).collect();
                known.extend(self.goal.issuers.iter().cloned());
                known.extend(self.goal.authorities.iter().flat_map(|authority| authority.anchors.iter().cloned()));
                let signers = plan.due.iter().map(|kept| kept.0.clone()).collect();
                self.collect(plan, Box::new(Collection::new(signers, known)))
            }
            Some(Task::DocumentStamp) => {
                let prepared = PreparedStamp::new(&plan.plan, TOKEN_ROOM)?;
                match self.ask(&prepared.digest, 0)? {
                    Some(asking) => {
                        self.state = State::DocumentStamping(plan, Box::new(prepared), asking);
                        Ok(())
                    }
                    None => self.stop(plan, Missing::NoAuthority, Vec::new()),
                }
            }
        }
    }

    fn collect(&mut self, mut plan: Box<SealedPlan>, mut collection: Box<Collection>) -> Result<(), SealError> {
        let mut data = match collection.next()? {
            Next::Fetch(fetch) => {
                self.state = State::Collecting(plan, collection, fetch);
                return Ok(());
            }
            Next::Missing(missing) => return self.stop(plan, missing, collection.failures),
            Next::Complete(data) => data,
        };
        let mut is_new = |der: &Vec<u8>| {
            let digest = hex::encode(&Sha256::digest(der));
            let is_new = !plan.stored.contains(&digest);
            if is_new {
                plan.stored.push(digest);
            }
            is_new
        };
        data.certificates.retain(&mut is_new);
        data.responses.retain(&mut is_new);
        data.lists.retain(&mut is_new);
        let (increment, next) = store::write(&plan.plan, &data)?;
        self.increment.extend_from_slice(&increment);
        plan.plan = next;
        plan.due.clear();
        plan.level = plan.level.max(Level::BLT);
        self.go_on(plan)
    }

    fn document_stamp_came(
        &mut self,
        mut plan: Box<SealedPlan>,
        mut prepared: PreparedStamp,
        mut asking: Asking,
        answer: Result<Vec<u8>, FetchFailure>,
        now: Timestamp,
    ) -> Result<(), SealError> {
        let judged = answer.map_err(Cause::Fetch).and_then(|answer| asking.question.judge(&answer, &self.goal, now));
        let cause = match judged {
            Ok(token) => match prepared.filled(&token.der)? {
                Some((increment, next)) => {
                    self.increment.extend_from_slice(&increment);
                    plan.plan = next;
                    plan.takes(&token);
                    plan.level = if plan.level >= Level::BLT { Level::BLTA } else { Level::BT };
                    // The time-stamp before may lapse now.
                    return self.go_on(plan);
                }
                None if asking.widenings < MAX_WIDENINGS => {
                    prepared = PreparedStamp::new(&plan.plan, token.der.len() + TOKEN_SLACK)?;
                    let again = self.ask(&prepared.digest, asking.question.authority())?;
                    let Some(again) = again else { return self.stop(plan, Missing::NoAuthority, asking.failures) };
                    asking = Asking { widenings: asking.widenings + 1, failures: asking.failures, ..again };
                    self.state = State::DocumentStamping(plan, Box::new(prepared), asking);
                    return Ok(());
                }
                None => Cause::Size,
            },
            Err(cause) => cause,
        };
        match self.ask_next(asking, cause)? {
            Ok(asking) => {
                self.state = State::DocumentStamping(plan, Box::new(prepared), asking);
                Ok(())
            }
            Err(failures) => self.stop(plan, Missing::TimeStamp, failures),
        }
    }

    /// Ends with the level reached.
    fn stop(&mut self, plan: Box<SealedPlan>, missing: Missing, failures: Vec<Failure>) -> Result<(), SealError> {
        self.shortfall = Some(Shortfall { missing, failures });
        let unchanged = self.before.take().filter(|before| before.level == plan.level);
        if unchanged.is_some() {
            // Each try would add the same again.
            self.increment.clear();
        }
        self.state = State::Done(unchanged.unwrap_or(plan));
        Ok(())
    }
}

impl SealedPlan {
    /// Notes the signer of a new time-stamp: its validation data are due, and renewal is due before its certificate lapses.
    fn takes(&mut self, token: &Token) {
        let signer = token.parsed.signer();
        self.lapses = Some(signer.validity().1);
        self.due.push(Kept(signer.clone()));
        for certificate in token.parsed.certificates() {
            if certificate != signer && !self.issuers.iter().any(|kept| kept.0 == *certificate) {
                self.issuers.push(Kept(certificate.clone()));
            }
        }
    }
}
