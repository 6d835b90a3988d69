//! What a service offers to orders: what it does not offer is refused when an order asks for it, and never weakened.

use crate::assurance::Assurance;
use crate::seal_terms::SealOffer;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The levels of seals.
    pub seal: SealOffer,
    /// The highest level of assurance of electronic identities; none where nobody can log in.
    pub eid: Option<Assurance>,
}
