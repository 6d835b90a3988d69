//! The task of telling a register: the documents go back, then the case system is told, however signing ended.
//!
//! One task does both, so that nobody is told of documents that are not there yet. Its progress is stored before each request that
//! changes something, on the condition that nobody else stored his in the meantime: of two processes that are woken for the same task,
//! the second stops before it does any harm.

mod contents;
mod evidence;
mod reason;
mod settle;

use std::future::Future;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::id::OrderId;
use segl_core::order::{Order, OrderState};
use segl_core::ports::{Answer, Clock, Entropy, Objects, Orders, PortError, RegisterWorks, Tasks};
use segl_core::refusal::Refusal;
use segl_core::register::{RegisterName, RegisterWork};
use segl_core::task::{Task, TaskKind};
use segl_core::use_case::Error;
use segl_core::use_case::task::open_task;
use serde::{Deserialize, Serialize};

use crate::http::{Contents, NoAnswer, Request, Response};
use crate::journal::Journal;
use crate::notification::{Delivery, Notification};
use crate::plan::{Plan, RegisterTerms};
use crate::task::{close, put_off};
use crate::trouble::{Pause, Trouble};
use crate::work::contents::Documents;
use crate::work::settle::{Frozen, plan};
use crate::write_back::{Outcome, Step, WriteBack};

/// After how many tries a write-back is given up: some three days. The notification that says so never is.
const GIVE_UP_AFTER: u32 = 16;

/// The registers, by the name of their settings.
pub trait Registers: Sync {
    /// The settings; nothing when there are none of that name any more.
    fn terms(&self, name: &RegisterName) -> impl Future<Output = Answer<Option<RegisterTerms>>> + Send;
    /// Sends one request, once. `token` is chance, for tokens that have names.
    fn send<C: Contents>(
        &self,
        name: &RegisterName,
        request: &Request,
        contents: &C,
        now: Timestamp,
        token: [u8; 16],
    ) -> impl Future<Output = Result<Response, NoAnswer>> + Send;
}

/// What must be stored to do it.
pub trait Ports: Orders + Tasks + Objects + RegisterWorks + Clock + Entropy {}

impl<P: Orders + Tasks + Objects + RegisterWorks + Clock + Entropy> Ports for P {}

/// How far it is, as it is stored.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    /// The sealed files that go back. Seals climb to higher levels meanwhile; what goes back is decided once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Vec<Frozen>>,
    /// The file of evidence that goes into the register, once the documents are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<evidence::Frozen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<Journal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notification: Option<Notification>,
}

/// How one try ended.
enum Try {
    Done,
    Later(Pause),
}

/// Does the task, if it is still to be done. `zone` is where the day of signing is told.
///
/// # Errors
/// When not even the next try could be stored; the stream delivers the record again then.
pub async fn tell_register<P: Ports, R: Registers>(ports: &P, registers: &R, zone: &TimeZone, id: OrderId) -> Result<(), Error> {
    let Some(task) = open_task(ports, id, TaskKind::TellRegister).await? else { return Ok(()) };
    let order = ports.order(id).await?.ok_or(Refusal::NotFound)?;
    // Stored before the order was: without it there is nobody to tell.
    let Some(work) = ports.register_work(id).await? else { return close(ports, &task).await };
    match attempt(ports, registers, zone, &order, work, &task).await {
        Ok(Try::Done) => close(ports, &task).await,
        Ok(Try::Later(pause)) => {
            tracing::warn!(order = %id, trouble = ?pause.trouble, "the register was not told");
            put_off(ports, &task, pause.after).await
        }
        // Somebody else is at it, or was.
        Err(Error::Port(PortError::Conflict)) => Ok(()),
        Err(error) => {
            tracing::warn!(order = %id, %error, "the register was not told");
            put_off(ports, &task, None).await
        }
    }
}

async fn attempt<P: Ports, R: Registers>(
    ports: &P,
    registers: &R,
    zone: &TimeZone,
    order: &Order,
    work: RegisterWork,
    task: &Task,
) -> Result<Try, Error> {
    let terms = registers.terms(&work.register).await?.ok_or_else(|| no_settings(&work))?;
    let mut desk = Desk { ports, registers, progress: read(&work)?, work, terms };
    if desk.progress.notification.is_none() {
        let reason = match &order.state {
            OrderState::Accepted { .. } => match desk.write_back(order, zone, task).await? {
                Ok(Outcome::Written) => None,
                Ok(Outcome::Ended(reason)) => Some(reason),
                Err(pause) => return Ok(Try::Later(pause)),
            },
            _ => Some(reason::of(order)),
        };
        desk.fix_notification(order, reason).await?;
    }
    desk.notify().await
}

fn no_settings(work: &RegisterWork) -> PortError {
    PortError::Unavailable {
        service: "the settings of registers",
        source: format!("there is no register {}", work.register.as_str()).into(),
    }
}

/// Why the case system is told that signing was broken off, where that is settled; also of an order that was signed, and could not be
/// written back.
///
/// # Errors
/// [`PortError::Corrupt`] when the progress cannot be read.
pub fn broken_off(work: &RegisterWork) -> Result<Option<String>, PortError> {
    Ok(read(work)?.notification.and_then(|notification| notification.reason().map(str::to_owned)))
}

fn read(work: &RegisterWork) -> Result<Progress, PortError> {
    if work.progress.is_empty() {
        return Ok(Progress::default());
    }
    let corrupt =
        |error: serde_json::Error| PortError::Corrupt { key: format!("the register work of {}", work.order), source: error.into() };
    serde_json::from_str(&work.progress).map_err(corrupt)
}

/// One try at the task.
struct Desk<'a, P, R> {
    ports: &'a P,
    registers: &'a R,
    work: RegisterWork,
    progress: Progress,
    terms: RegisterTerms,
}

impl<P: Ports, R: Registers> Desk<'_, P, R> {
    /// Writes back as far as it goes: first the documents, for which people wait, then the evidence.
    async fn write_back(&mut self, order: &Order, zone: &TimeZone, task: &Task) -> Result<Result<Outcome, Pause>, Error> {
        let sealed = self.progress.sealed.get_or_insert_with(|| settle::freeze(order)).clone();
        if self.progress.evidence.is_none() {
            let done = self.go_on(&plan(order, &self.work, &self.terms, &sealed, None, zone)?, &sealed, task).await?;
            if self.work.evidence_type.is_none() || done != Ok(Outcome::Written) {
                return Ok(done);
            }
        }
        self.progress.evidence = evidence::evidence(self.ports, order, self.progress.evidence.take()).await?;
        let plan = plan(order, &self.work, &self.terms, &sealed, self.progress.evidence.as_ref(), zone)?;
        match (&self.progress.evidence, &self.progress.journal) {
            (Some(_), _) => self.go_on(&plan, &sealed, task).await,
            (None, Some(journal)) if task.failures >= GIVE_UP_AFTER => {
                Ok(Ok(WriteBack::resume(&plan, journal.clone()).abandon(Trouble::NoEvidence)))
            }
            (None, _) => {
                self.keep().await?;
                Ok(Err(Pause { trouble: Trouble::NoEvidence, after: None }))
            }
        }
    }

    /// Does what a plan lacks. A crash anywhere goes on from the last journal, whose last request is in doubt.
    async fn go_on(&mut self, plan: &Plan, sealed: &[Frozen], task: &Task) -> Result<Result<Outcome, Pause>, Error> {
        let evidence = self.progress.evidence.clone();
        let documents = Documents { ports: self.ports, order: self.work.order, sealed, evidence: evidence.as_ref() };
        let journal = self.progress.journal.clone().unwrap_or_else(|| Journal::new(plan.documents.len(), plan.evidence.is_some()));
        let mut write_back = WriteBack::resume(plan, journal);
        let mut given_up = 0;
        loop {
            match write_back.step() {
                Step::Request(request) => {
                    if request.changes_something() {
                        self.store(&write_back).await?;
                    }
                    let answer = self.send(&request, &documents).await;
                    write_back.answered(answer);
                }
                // The first time ends it and releases locks, which may pause once more.
                Step::Pause(_) if task.failures >= GIVE_UP_AFTER && given_up < 2 => {
                    given_up += 1;
                    write_back.give_up();
                }
                Step::Pause(pause) => {
                    self.store(&write_back).await?;
                    return Ok(Err(pause));
                }
                Step::Done(outcome) => {
                    self.progress.journal = Some(write_back.journal().clone());
                    return Ok(Ok(outcome));
                }
            }
        }
    }

    /// Decides what the case system is told, once and for all, before it is told anything.
    async fn fix_notification(&mut self, order: &Order, reason: Option<String>) -> Result<(), Error> {
        let (transaction, case, now) = (order.id.to_string(), self.work.case_url.clone(), self.ports.now());
        self.progress.notification = Some(match reason {
            None => Notification::completed(transaction, case, now),
            Some(reason) => Notification::broken_off(transaction, case, &reason, now),
        });
        self.keep().await
    }

    async fn notify(&self) -> Result<Try, Error> {
        let Some(notification) = &self.progress.notification else { return Ok(Try::Done) };
        Ok(match Delivery::of(self.send(&notification.request(&self.terms), &crate::http::NoContents).await) {
            Delivery::Accepted => Try::Done,
            Delivery::Again(pause) => Try::Later(pause),
        })
    }

    async fn store(&mut self, write_back: &WriteBack<'_>) -> Result<(), Error> {
        self.progress.journal = Some(write_back.journal().clone());
        self.keep().await
    }

    async fn keep(&mut self) -> Result<(), Error> {
        self.work.progress = serde_json::to_string(&self.progress).expect("progress has string keys and whole numbers only");
        self.work.revision += 1;
        Ok(self.ports.put_register_work(&self.work).await?)
    }

    async fn send<C: Contents>(&self, request: &Request, contents: &C) -> Result<Response, NoAnswer> {
        self.registers.send(&self.work.register, request, contents, self.ports.now(), self.ports.array()).await
    }
}
