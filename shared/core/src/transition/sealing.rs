//! What becomes of the seal of an order that everyone has signed: what hinders it, that it is there, and what is added to it later.

use super::Transition;
use super::ending::TIDY_AFTER;
use crate::document::{Hindrance, SealedDocument};
use crate::event::What;
use crate::extension::{self, Extended};
use crate::id::DocumentIndex;
use crate::order::OrderState;
use crate::refusal::Refusal;
use crate::task::{Task, TaskKind};

impl Transition {
    pub(super) fn sealed(&mut self, sealed: Vec<SealedDocument>, task: Task) -> Result<(), Refusal> {
        self.sealing()?;
        let each_once = sealed.len() == self.order.documents.len()
            && (0..).map(DocumentIndex).zip(&sealed).all(|(index, sealed)| sealed.document == index);
        if !each_once {
            return Err(Refusal::NoSuchDocument);
        }
        for sealed in &sealed {
            self.record(What::Sealed { document: sealed.document, sha256: sealed.sha256, level: sealed.level });
        }
        self.record(What::Accepted {});
        self.done.push(task.done());
        if let Some(upgrade) = extension::upgrade_owed(&self.order, &sealed, self.now) {
            self.tasks.push(upgrade);
        }
        if let Some(renewal) = extension::renewal_owed(&self.order, &sealed, self.now) {
            self.tasks.push(renewal);
        }
        self.end(OrderState::Accepted { at: self.now, sealed });
        Ok(())
    }

    /// Nothing has happened that the audit trail tells of; those who look are told what the seal waits for.
    pub(super) fn hindered(&mut self, found: Hindrance) -> Result<(), Refusal> {
        self.sealing()?;
        if let OrderState::Sealing { hindrance, .. } = &mut self.order.state {
            *hindrance = Some(found);
        }
        Ok(())
    }

    /// The outcome stays: accepted, at the same time. Only what lies in storage is more than before.
    pub(super) fn extended(&mut self, extended: Vec<Extended>, task: Task) -> Result<(), Refusal> {
        if self.order.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        let OrderState::Accepted { at, sealed: before } = &self.order.state else {
            return Err(Refusal::Closed(self.order.state.name()));
        };
        let at = *at;
        let events = extension::check(before, &extended)?;
        let upgrade = extension::upgrade_owed(&self.order, before, self.now);
        let sealed: Vec<_> = extended.into_iter().map(|one| one.sealed).collect();
        let renewal = extension::renewal_owed(&self.order, &sealed, self.now);
        let reached = extension::upgrade_owed(&self.order, &sealed, self.now).is_none();
        for event in events {
            self.record(event);
        }
        let task_kind = task.kind;
        match task_kind {
            // Short of the target the task stays open, as it is.
            TaskKind::Upgrade if reached => self.done.push(task.done()),
            // The next renewal takes the place of this one; without a next one, this was the last.
            TaskKind::Renew if renewal.is_none() => self.done.push(task.done()),
            _ => {}
        }
        // A renewal raises, too, what was short among the documents: then nothing is left to be raised.
        if task_kind == TaskKind::Renew && reached {
            self.tasks.extend(upgrade.map(Task::done));
        }
        self.tasks.extend(renewal);
        self.order.state = OrderState::Accepted { at, sealed };
        self.order.tidy_at = Some(self.now + TIDY_AFTER);
        Ok(())
    }

    pub(super) fn sealing(&self) -> Result<(), Refusal> {
        match self.order.state {
            OrderState::Sealing { .. } => Ok(()),
            _ => Err(Refusal::Closed(self.order.state.name())),
        }
    }
}
