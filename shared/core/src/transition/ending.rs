//! How an order ends, and what is tidied up after it.

use jiff::{SignedDuration, Timestamp};

use super::Transition;
use crate::document::DocumentRefusal;
use crate::event::What;
use crate::id::SignerIndex;
use crate::order::{Dialect, OrderState};
use crate::signer::{Party, Signer, SignerStatus};
use crate::task::TaskKind;

/// How long after its end, and after each extension of its seals, storage is tidied of what was left behind. Attempts that were under way
/// are long over then.
pub(super) const TIDY_AFTER: SignedDuration = SignedDuration::from_hours(24);

impl Transition {
    pub(super) fn fail(&mut self, refusal: DocumentRefusal) {
        self.record_as_service(What::Failed { code: refusal.code.clone() });
        self.end(OrderState::Failed { at: self.now, code: refusal.code, reason: refusal.text });
    }

    /// Ends the order: nobody can sign any more, and those who should know are told.
    pub(super) fn end(&mut self, state: OrderState) {
        self.release(|_| true);
        let accepted = matches!(state, OrderState::Accepted { .. });
        self.order.state = state;
        self.order.tidy_at = Some(self.now + TIDY_AFTER);
        if self.order.creator.as_ref().is_some_and(|creator| creator.is_reachable()) {
            self.owe(TaskKind::TellCreator);
        }
        if self.order.dialect == Dialect::Zgw {
            self.owe(TaskKind::TellRegister);
        }
        if accepted && self.order.options.tell_signers {
            let signed = |status: &SignerStatus| matches!(status, SignerStatus::Signed(_));
            let told: Vec<_> = (0..)
                .map(SignerIndex)
                .zip(&self.order.signers)
                .filter(|(_, signer)| signed(&signer.status) && matches!(&signer.party, Party::Person(person) if person.is_reachable()))
                .map(|(index, _)| index)
                .collect();
            for signer in told {
                self.owe(TaskKind::TellSigner(signer));
            }
        }
    }

    /// Those of the undecided for whom `which` holds need not sign any more.
    pub(super) fn release(&mut self, which: impl Fn(&Signer) -> bool) {
        for signer in &mut self.order.signers {
            if which(signer) && matches!(signer.status, SignerStatus::Open { .. } | SignerStatus::Waiting) {
                signer.status = SignerStatus::NotNeeded;
                signer.ahead = None;
            }
        }
    }

    /// Nothing has happened that the audit trail tells of: what was removed never counted.
    pub(super) fn tidied(&mut self, planned: Timestamp, again: bool) {
        if self.order.tidy_at == Some(planned) {
            self.order.tidy_at = again.then(|| self.now + TIDY_AFTER);
        }
    }
}
