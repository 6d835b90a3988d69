//! The list of signers while it is open: who comes to it, and that it is closed.

use super::{NewSigner, Transition};
use crate::ceremony::Access;
use crate::event::What;
use crate::id::{GroupIndex, SignerIndex};
use crate::order::{Group, MAX_SIGNERS, OrderState, Roster, is_complete, members};
use crate::refusal::Refusal;
use crate::signer::{Party, Signer, SignerStatus};

impl Transition {
    pub(super) fn add_signer(&mut self, new: NewSigner) -> Result<(), Refusal> {
        self.roster_is_open()?;
        let NewSigner { party, group, required_claims, salt } = new;
        if self.order.signers.len() >= MAX_SIGNERS {
            return Err(Refusal::invalid("/signers", format!("must be at most {MAX_SIGNERS} signers")));
        }
        // At most as many groups as signers, which fit.
        let after_last = GroupIndex(u16::try_from(self.order.groups.len()).unwrap_or(u16::MAX));
        let turn = match self.order.state {
            OrderState::Pending { group } => group,
            _ => GroupIndex(0),
        };
        let group = group.unwrap_or(GroupIndex(after_last.0.saturating_sub(1)));
        if group < turn || group > after_last {
            return Err(Refusal::invalid("/group", format!("must be {turn} to {after_last}: earlier groups are complete")));
        }
        if members(&self.order.signers, group).any(|signer| matches!(party, Party::System(_)) && signer.party == party) {
            return Err(Refusal::invalid("/organization", "is asked in this group already"));
        }
        let signer = SignerIndex(u16::try_from(self.order.signers.len()).unwrap_or(u16::MAX));
        let committed = party.commitment(&salt).ok_or_else(|| Refusal::invalid("", "must be a person or a system"))?;
        // A group after the one whose turn it is opens at once where that one is complete.
        let is_turn = group == turn || (group.0 == turn.0 + 1 && is_complete(&self.order, turn));
        self.record(What::SignerAdded { signer, party: committed, group });
        let (access, status) = (Access::default(), SignerStatus::Waiting);
        self.order.signers.push(Signer { party, group, salt, required_claims, ahead: None, status, access });
        if group == after_last {
            self.order.groups.push(Group { quorum: 1, time: None });
        } else {
            self.order.groups[group.as_usize()].quorum += 1;
        }
        if matches!(self.order.state, OrderState::Pending { .. }) && is_turn {
            if group == after_last {
                self.open_group(group);
            } else {
                self.open_signer(signer);
            }
        }
        Ok(())
    }

    pub(super) fn close_roster(&mut self) -> Result<(), Refusal> {
        self.roster_is_open()?;
        if self.order.signers.is_empty() {
            return Err(Refusal::NobodyAsked);
        }
        self.order.roster = Roster::Closed;
        self.record(What::RosterClosed {});
        if let OrderState::Pending { group } = self.order.state
            && is_complete(&self.order, group)
        {
            self.everyone_signed();
        }
        Ok(())
    }

    /// Whether signers may be added, and the list be closed.
    fn roster_is_open(&self) -> Result<(), Refusal> {
        match (&self.order.state, self.order.roster) {
            (OrderState::Drafting { .. } | OrderState::Pending { .. }, _) if self.now >= self.order.deadline => {
                Err(Refusal::DeadlinePassed(self.order.deadline))
            }
            (OrderState::Drafting { .. } | OrderState::Pending { .. }, Roster::Open) => Ok(()),
            (OrderState::Drafting { .. } | OrderState::Pending { .. }, Roster::Closed) => Err(Refusal::Closed("complete in its signers")),
            (state, _) => Err(Refusal::Closed(state.name())),
        }
    }
}
