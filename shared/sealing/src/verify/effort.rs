//! What judging one document may cost beyond reading it: a file could ask for the same costly answer again and again.

use std::cell::Cell;

/// Bytes that may be hashed for one document.
const MOST: u64 = 1 << 30;
/// What verifying one signature costs, in bytes hashed.
const SIGNATURE: u64 = 20_000;

/// What is left of it.
#[derive(Debug)]
pub(crate) struct Effort(Cell<u64>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(MOST))
    }
}

impl Effort {
    /// Takes what verifying a signature over so many bytes costs; false when that is too much.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let rest = self.0.get().checked_sub(SIGNATURE + bytes as u64);
        self.0.set(rest.unwrap_or(0));
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effort_ends() {
        let effort = Effort::default();
        assert!(effort.spend(1 << 29) && !effort.spend(1 << 30) && !effort.spend(0));
    }
}
