//! Whether earlier signatures hold.

use crate::finding::Standing;
use crate::limits::Limits;
use crate::source::ReadAt;
use crate::verify::{Policy, Problem, SignatureReport, verify};

/// The most bytes that are hashed for all signatures together.
const MAX_HASHED: u64 = 2 << 30;

/// What can be said of each of `count` signatures, in the order of their fields.
pub(crate) fn standings(source: &dyn ReadAt, count: usize, limits: &Limits) -> Vec<Standing> {
    // Each signature may mean to read the whole document.
    if count == 0 || source.len().saturating_mul(count as u64) > MAX_HASHED {
        return vec![Standing::NotJudged; count];
    }
    // Trust is not asked for here, so that the moment does not matter.
    let policy = Policy { limits: *limits, ..Policy::new(jiff::Timestamp::UNIX_EPOCH, &[]) };
    let Ok(report) = verify(source, &policy) else { return vec![Standing::NotJudged; count] };
    report.signatures.iter().map(of).collect()
}

fn of(signature: &SignatureReport) -> Standing {
    match &signature.problem {
        Some(Problem::ByteRange) => Standing::Broken,
        Some(_) => Standing::NotJudged,
        None if !signature.intact || !signature.valid => Standing::Broken,
        None if !signature.permits_changes() => Standing::ChangedSince,
        None => Standing::Intact,
    }
}
