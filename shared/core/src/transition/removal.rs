//! Removing personal data: all of an order, or that of single people in it; and the hold that forbids both.
//!
//! The audit trail stays whole: it names people by salted commitments only, and without the salt nobody can open them any more, not even
//! by trying every identity number there is.

use super::Transition;
use crate::commitment::Salt;
use crate::document::DocumentState;
use crate::event::What;
use crate::extension;
use crate::id::{Sha256, SignerIndex};
use crate::order::OrderState;
use crate::refusal::Refusal;
use crate::signer::{Party, Signer, SignerStatus};
use crate::task::TaskKind;
use crate::text::{Description, Title};

impl Transition {
    pub(super) fn erase(&mut self) -> Result<(), Refusal> {
        if self.order.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        self.not_held()?;
        match self.order.state {
            OrderState::Sealing { .. } => return Err(Refusal::BeingSealed),
            OrderState::Drafting { .. } | OrderState::Pending { .. } => {
                self.record(What::Cancelled {});
                self.release(|_| true);
                self.order.state = OrderState::Cancelled { at: self.now, reason: None };
            }
            _ => {}
        }
        self.record(What::Erased {});
        // What is removed is neither raised nor renewed.
        self.tasks.extend(extension::owed_no_more(&self.order, self.now));
        let order = &mut self.order;
        order.erased_at = Some(self.now);
        order.tidy_at = None;
        order.title = Title::parse("(erased)").expect("a constant of eight characters");
        order.description = Description::parse("").expect("a description may be empty");
        order.creator = None;
        order.clerks.clear();
        order.ceremony.direct = None;
        order.tags = serde_json::Value::Null;
        if let OrderState::Cancelled { reason, .. } = &mut order.state {
            *reason = None;
        }
        for document in &mut order.documents {
            document.title = order.title.clone();
            document.file_name = None;
            document.state = DocumentState::Erased { sha256: document.facts().map(|facts| facts.sha256) };
        }
        for signer in &mut order.signers {
            forget_act(signer);
            forget_person(signer);
        }
        self.owe(TaskKind::Purge);
        Ok(())
    }

    /// What names these people in the order's data goes, and so do the copies in storage that can be made again without them: page images
    /// and evidence. Documents stay as they were signed.
    pub(super) fn anonymise(&mut self, signers: Vec<SignerIndex>, creator: bool, clerks: &[Sha256]) -> Result<(), Refusal> {
        if self.order.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        self.not_held()?;
        if self.order.state.ended_at().is_none() {
            return Err(Refusal::PersonPending);
        }
        let is_person = |signer: &Signer| matches!(signer.party, Party::Person(_));
        let found: Vec<_> = signers.into_iter().filter(|index| self.order.signers.get(index.as_usize()).is_some_and(is_person)).collect();
        let creator = creator && self.order.creator.is_some();
        let clerks: Vec<_> =
            clerks.iter().copied().filter(|clerk| self.order.clerks.iter().any(|known| known.commitment() == *clerk)).collect();
        // Whoever was first did all of it.
        if found.is_empty() && !creator && clerks.is_empty() {
            return Err(Refusal::Erased);
        }
        for index in &found {
            let signer = &mut self.order.signers[index.as_usize()];
            forget_act(signer);
            forget_person(signer);
        }
        if creator {
            self.order.creator = None;
        }
        self.order.clerks.retain(|known| !clerks.contains(&known.commitment()));
        for document in &mut self.order.documents {
            if let DocumentState::Ready(facts) = &mut document.state {
                facts.preview = None;
            }
        }
        self.record(What::Anonymised { signers: found, creator, clerks });
        self.owe(TaskKind::PurgeCopies);
        Ok(())
    }

    /// Holding twice is no error, and is one hold.
    pub(super) fn hold(&mut self) -> Result<(), Refusal> {
        if self.order.erased_at.is_some() {
            return Err(Refusal::Erased);
        }
        if self.order.held_since.is_none() {
            self.order.held_since = Some(self.now);
            self.record(What::Held {});
        }
        Ok(())
    }

    /// Where retention is over, the agenda removes the order at its next look.
    pub(super) fn release_hold(&mut self) -> Result<(), Refusal> {
        if self.order.held_since.take().is_some() {
            self.record(What::HoldReleased {});
        }
        Ok(())
    }

    fn not_held(&self) -> Result<(), Refusal> {
        self.order.held_since.map_or(Ok(()), |since| Err(Refusal::Held(since)))
    }
}

/// What a signer brought along, or said.
fn forget_act(signer: &mut Signer) {
    match &mut signer.status {
        SignerStatus::Signed(signature) => {
            signature.claims.clear();
            signature.address = None;
            // A client's own key and signature are no personal data, but what it signed is gone.
            signature.jws = None;
        }
        SignerStatus::Declined { reason, .. } => *reason = None,
        SignerStatus::Waiting | SignerStatus::Open { .. } | SignerStatus::NotNeeded => {}
    }
}

/// A system is no natural person: its organization stays, and so does its salt, with which its commitments can be opened.
fn forget_person(signer: &mut Signer) {
    if matches!(signer.party, Party::Person(_)) {
        signer.party = Party::Erased;
        signer.salt = Salt([0; 32]);
        signer.access.code = None;
    }
}
