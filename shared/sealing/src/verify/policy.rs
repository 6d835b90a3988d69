//! By what a document is judged.

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::limits::Limits;

/// When a document is judged, and whom the judge trusts.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The moment of judging: now, or another.
    pub at: Timestamp,
    /// Certificates that are trusted to issue those of signers.
    pub anchors: &'a [Certificate],
    /// The same for time-stamp authorities; those of signers where there are none.
    pub authorities: Option<&'a [Certificate]>,
    /// What reading may cost.
    pub limits: Limits,
}

impl<'a> Policy<'a> {
    /// Judges at a moment, with one set of anchors for signers and time-stamp authorities.
    pub fn new(at: Timestamp, anchors: &'a [Certificate]) -> Self {
        Self { at, anchors, authorities: None, limits: Limits::default() }
    }

    pub(super) fn authority_anchors(&self) -> &'a [Certificate] {
        self.authorities.unwrap_or(self.anchors)
    }
}
