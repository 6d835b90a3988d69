//! Writing back: which request comes next, and what follows from its answer.

mod document;
mod evidence;

use segl_core::id::DocumentIndex;

use crate::http::{NoAnswer, Register, Request, Response};
use crate::journal::{Evidence, Journal, Progress};
use crate::message::{self, Case};
use crate::plan::Plan;
use crate::trouble::{Pause, Trouble};
use crate::verdict::{Refusal, Verdict, bounded};

/// A write-back that is under way.
///
/// Ask for the [`step`](Self::step); store the [`journal`](Self::journal) before a request that changes something; say what was
/// [`answered`](Self::answered). After a pause, or after the process died, [`resume`](Self::resume) with the stored journal.
#[derive(Debug)]
pub struct WriteBack<'a> {
    plan: &'a Plan,
    journal: Journal,
    /// A right was refused: perhaps since the case was closed, which is looked at before anything is said.
    suspicion: Option<Trouble>,
    pause: Option<Pause>,
}

/// What is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This request is to be made.
    Request(Request),
    /// It goes on later, from the journal.
    Pause(Pause),
    /// It is over.
    Done(Outcome),
}

/// How a write-back ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every document, and the evidence where it is wanted, is where it belongs.
    Written,
    /// Not everything is; a text in Dutch says why, what was written, and what an official can do.
    Ended(String),
}

/// Which piece of work is under way.
enum Work {
    Case,
    Document(DocumentIndex),
    Evidence,
    Nothing,
}

impl<'a> WriteBack<'a> {
    /// Goes on from a journal. What was under way when it was stored is in doubt.
    ///
    /// A journal of a plan with other documents is as good as none: its documents are looked at anew.
    pub fn resume(plan: &'a Plan, journal: Journal) -> Self {
        let mut journal = journal.in_doubt();
        journal.documents.resize(plan.documents.len(), Progress::Looking);
        journal.evidence = plan.evidence.is_some().then(|| journal.evidence.unwrap_or(Evidence::Searching));
        Self { plan, journal, suspicion: None, pause: None }
    }

    /// All that is to be stored.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What is next. Asked again, it says the same.
    pub fn step(&self) -> Step {
        if let Some(pause) = &self.pause {
            return Step::Pause(pause.clone());
        }
        match self.work() {
            Work::Case => Step::Request(message::case(self.plan)),
            Work::Document(index) => Step::Request(self.document_request(index)),
            Work::Evidence => Step::Request(self.evidence_request()),
            Work::Nothing => Step::Done(self.outcome()),
        }
    }

    /// Takes the answer to [`Step::Request`], or that there is none.
    pub fn answered(&mut self, answer: Result<Response, NoAnswer>) {
        match self.work() {
            Work::Case => self.case_answered(Verdict::of(Register::Cases, answer)),
            Work::Document(index) => self.document_answered(index, Verdict::of(Register::Documents, answer)),
            Work::Evidence => self.evidence_answered(answer),
            Work::Nothing => {}
        }
    }

    /// Ends it because of what made it pause. Locks that we may hold are released first, which takes further steps; where those pause,
    /// giving up a second time ends it with the document named.
    pub fn give_up(&mut self) {
        let Some(pause) = self.pause.take() else { return };
        if self.journal.ended.is_none() {
            self.end(pause.trouble);
            return;
        }
        for (document, progress) in (0..).map(DocumentIndex).zip(&mut self.journal.documents) {
            if progress.may_hold_lock() {
                self.journal.left_locked.push(document);
            }
            *progress = match std::mem::replace(progress, Progress::Looking) {
                Progress::Verifying { version } | Progress::Unlocking { version: Some(version), .. } => Progress::Unverified { version },
                done @ Progress::Written { .. } => done,
                _ => Progress::Looking,
            };
        }
    }

    /// Ends it for a reason that no register gave.
    pub fn abandon(mut self, trouble: Trouble) -> Outcome {
        self.end(trouble);
        self.outcome()
    }

    fn work(&self) -> Work {
        let documents = (0..).map(DocumentIndex).zip(&self.journal.documents);
        if self.journal.ended.is_some() {
            return documents
                .into_iter()
                .find(|(_, progress)| !progress.is_at_rest())
                .map_or(Work::Nothing, |(index, _)| Work::Document(index));
        }
        if self.journal.organization.is_none() || self.suspicion.is_some() {
            return Work::Case;
        }
        if let Some((index, _)) = documents.into_iter().find(|(_, progress)| !matches!(progress, Progress::Written { .. })) {
            return Work::Document(index);
        }
        match self.journal.evidence {
            None | Some(Evidence::Done { .. }) => Work::Nothing,
            Some(_) => Work::Evidence,
        }
    }

    /// The case is looked at before anything is written: a closed one stays as it is. It also names whose documents these are.
    fn case_answered(&mut self, verdict: Verdict) {
        let suspicion = self.suspicion.take();
        match verdict {
            Verdict::Done(body) => match message::read::<Case>(&body) {
                Some(case) if case.einddatum.is_some() => self.end(Trouble::CaseClosed),
                Some(case) => {
                    let Case { verantwoordelijke_organisatie, bronorganisatie, .. } = case;
                    let organization = if bronorganisatie.is_empty() { verantwoordelijke_organisatie } else { bronorganisatie };
                    self.journal.organization = Some(organization);
                    if let Some(trouble) = suspicion {
                        self.stop(trouble);
                    }
                }
                None => self.stop(Trouble::Unreadable(Register::Cases)),
            },
            Verdict::Refused(refusal) => match (refusal.status, suspicion) {
                (404 | 410, _) => self.end(Trouble::CaseGone),
                (_, Some(trouble)) => self.stop(trouble),
                (_, None) => self.stop(refusal.trouble()),
            },
            Verdict::Later { pause, .. } => self.pause(pause),
        }
    }

    /// What a refusal means about which nothing more is known.
    fn refused(&mut self, refusal: Refusal) {
        let forbidden = refusal.status == 403;
        let trouble = refusal.trouble();
        if forbidden && self.journal.ended.is_none() {
            self.suspicion = Some(trouble);
        } else {
            self.stop(trouble);
        }
    }

    /// Pauses or ends, as the trouble is.
    fn stop(&mut self, trouble: Trouble) {
        // Once ended, only locks are owed, and those are not forgotten because one request was refused.
        if trouble.can_pass() || self.journal.ended.is_some() {
            self.pause(Pause { trouble, after: None });
        } else {
            self.end(trouble);
        }
    }

    fn pause(&mut self, pause: Pause) {
        self.pause = Some(Pause { after: bounded(pause.after), ..pause });
    }

    /// Nothing more is written. Whatever lock we hold is released.
    fn end(&mut self, trouble: Trouble) {
        self.journal.ended.get_or_insert(trouble);
        for progress in &mut self.journal.documents {
            *progress = match std::mem::replace(progress, Progress::Looking) {
                Progress::Checking { lock } | Progress::Writing { lock, .. } => Progress::Unlocking { lock, version: None },
                // An upload that is not whole: its version is named nowhere as written.
                Progress::Uploading { lock, .. } | Progress::LookingForParts { lock, .. } => Progress::Unlocking { lock, version: None },
                Progress::Locking => Progress::LookingForLock,
                other => other,
            };
        }
    }

    fn outcome(&self) -> Outcome {
        let Some(trouble) = &self.journal.ended else { return Outcome::Written };
        let title = |index: usize| self.plan.documents.get(index).map_or("", |target| target.title.as_str());
        let mut text = trouble.text(self.plan);
        let mut name = |said: &str, version: fn(&Progress) -> Option<u32>| {
            let documents = (0..).zip(&self.journal.documents);
            let named: Vec<_> = documents
                .filter_map(|(index, progress)| version(progress).map(|version| format!("‘{}’ (versie {version})", title(index))))
                .collect();
            if !named.is_empty() {
                text.push_str(&format!(" {said}: {}.", named.join(", ")));
            }
        };
        name("Al ondertekend teruggezet", |progress| match progress {
            Progress::Written { version } => Some(*version),
            _ => None,
        });
        name("Teruggezet maar niet nagekeken", |progress| match progress {
            Progress::Unverified { version } => Some(*version),
            _ => None,
        });
        let locked: Vec<_> = self.journal.left_locked.iter().map(|index| format!("‘{}’", title(index.as_usize()))).collect();
        if !locked.is_empty() {
            text.push_str(&format!(" Nog vergrendeld: {}. Vraag uw beheerder om de vergrendeling op te heffen.", locked.join(", ")));
        }
        Outcome::Ended(text)
    }
}
