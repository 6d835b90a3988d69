//! The revision that brings a document time-stamp (ISO 32000-2, 12.8.5; EN 319 142-1, 5.4.3).

use crate::check::{self, Expected};
use crate::cms::hash::ContentHasher;
use crate::increment::{Increment, Revision};
use crate::pdf::object::{Dictionary, Object};
use crate::plan::Plan;
use crate::seal::{self, SealError};
use crate::{catalog, pages};

/// The revision without its token.
#[derive(Debug, Clone)]
pub(super) struct PreparedStamp {
    plan: Plan,
    increment: Vec<u8>,
    byte_range: [u64; 4],
    revision: Revision,
    expected: Expected,
    /// SHA-256 of everything but the gap.
    pub(super) digest: Vec<u8>,
}

impl PreparedStamp {
    /// Leaves a gap of `room` bytes.
    pub(super) fn new(plan: &Plan, room: usize) -> Result<Self, SealError> {
        let mut increment = Increment::new(plan.prefix.len, plan.header, plan.size, plan.ends_with_eol);
        let (signature, field) = (increment.new_id(), increment.new_id());
        let dictionary = Dictionary::new()
            .with("Type", Object::name("DocTimeStamp"))
            .with("Filter", Object::name("Adobe.PPKLite"))
            .with("SubFilter", Object::name("ETSI.RFC3161"));
        let places = seal::write_signature(&mut increment, signature, &dictionary, room);
        pages::write_stamp_field(plan, &mut increment, field, signature);
        catalog::write(plan, &mut increment, Some(field), signature, None);
        let (mut increment, revision) = increment.finish(plan.xref, plan.startxref, &plan.next_trailer(b""))?;
        let byte_range = seal::close_byte_range(&mut increment, &places, plan.prefix.len)?;
        let digest = seal::content_digest(ContentHasher::Sha256(plan.prefix.state.sha256.clone()), &increment, plan.prefix.len, byte_range);
        let expected = Expected {
            header: plan.header,
            kind: plan.xref,
            catalog: plan.catalog.id,
            field,
            signature,
            pages: Vec::new(),
            structure: None,
            tagged: Vec::new(),
            marks: Vec::new(),
        };
        Ok(Self { plan: plan.clone(), increment, byte_range, revision, expected, digest })
    }

    /// Puts the token in. Returns the increment and the plan for the next; `None` when the gap is too small.
    pub(super) fn filled(&self, token: &[u8]) -> Result<Option<(Vec<u8>, Plan)>, SealError> {
        let prefix = &self.plan.prefix;
        let mut increment = self.increment.clone();
        if !seal::fill(&mut increment, prefix.len, self.byte_range, token)? {
            return Ok(None);
        }
        check::check_stamp(&increment, prefix.len, &prefix.state, &self.expected, token)?;
        let next = self.plan.after(&increment, &self.revision);
        Ok(Some((increment, next)))
    }
}
