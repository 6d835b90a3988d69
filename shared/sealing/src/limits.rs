//! How much one document may cost to read.

use crate::refusal::Refusal;

/// Bounds for reading one document. They are totals, so no nesting and no repetition gets around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes fetched from the source plus bytes that decompression gives.
    pub bytes: u64,
    /// Steps of work: tokens, cross-reference rows, tree nodes.
    pub work: u64,
    /// How deep arrays and dictionaries may nest.
    pub depth: usize,
}

impl Default for Limits {
    /// 64 MiB, five million steps, 100 levels: more than any honest document among thousands needed.
    fn default() -> Self {
        Self { bytes: 64 << 20, work: 5_000_000, depth: 100 }
    }
}

/// What is left of the limits.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    bytes: u64,
    work: u64,
    pub(crate) depth: usize,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { bytes: limits.bytes, work: limits.work, depth: limits.depth }
    }

    /// Leaves one part of `parts` and returns the rest, to be given back with [`Budget::merge`].
    pub(crate) fn split_off(&mut self, parts: u64) -> Self {
        let kept = Self { bytes: self.bytes / parts, work: self.work / parts, depth: self.depth };
        let rest = Self { bytes: self.bytes - kept.bytes, work: self.work - kept.work, depth: self.depth };
        *self = kept;
        rest
    }

    /// Adds what was split off.
    pub(crate) fn merge(&mut self, rest: Self) {
        self.bytes += rest.bytes;
        self.work += rest.work;
    }

    pub(crate) fn spend_bytes(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Refusal::OverBudget)?;
        Ok(())
    }

    pub(crate) fn spend_work(&mut self, steps: u64) -> Result<(), Refusal> {
        self.work = self.work.checked_sub(steps).ok_or(Refusal::OverBudget)?;
        Ok(())
    }
}
