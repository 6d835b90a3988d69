//! Mends a file whose cross-reference sections are broken, once, before anybody has seen it.
//!
//! A new section is appended that lists every object where it really stands; the bytes that came stay as they are in front of it. That
//! was chosen over writing the file anew for three reasons. Whoever sent the file finds its bytes, and so its digest, at the beginning
//! of what was made of it. Nothing has to be copied but by the store itself, whatever the size. And there is one list of objects
//! afterwards: the new section has no `/Prev`, so that every reader takes the same objects from the same places, and none has to guess.
//!
//! Where readers that guess would guess differently, the file is refused ([`Refusal::Ambiguous`]). What was lost is not made up: a file
//! that was cut off within an object, or before one that is referred to, is [`Refusal::Truncated`].

mod compressed;
mod found;
mod marks;
mod scan;
mod write;

use crate::finding::Finding;
use crate::inspect::{Inspection, inspect};
use crate::limits::Limits;
use crate::plan::Permits;
use crate::prefix::PrefixHasher;
use crate::refusal::{Damage, Refusal};
use crate::source::{First, Followed, ReadAt};

/// What came of a document that was examined, and mended where that was needed and permitted.
#[derive(Debug)]
#[non_exhaustive]
pub struct Examined {
    /// What is known of the document, mended or not.
    pub inspection: Inspection,
    /// What has to be appended to the document before it is the one that was examined; `None` where it is fine as it is.
    pub repair: Option<Vec<u8>>,
}

/// [`inspect`]s a document and, where its cross-reference sections are broken, what [`repair`] makes of it. `hasher` has seen the whole
/// document.
///
/// # Errors
/// The [`Refusal`] that tells the sender most: why the document cannot be sealed, or why it cannot be mended.
pub fn inspect_or_repair(source: &dyn ReadAt, hasher: PrefixHasher, limits: &Limits) -> Result<Examined, Refusal> {
    let refusal = match inspect(source, hasher.clone().finish(), limits) {
        Ok(inspection) => return Ok(Examined { inspection, repair: None }),
        Err(refusal @ (Refusal::Truncated | Refusal::BrokenStructure(_))) => refusal,
        Err(refusal) => return Err(refusal),
    };
    let mended = repair(source, limits).and_then(|suffix| {
        let mut hasher = hasher;
        hasher.update(&suffix);
        let mut inspection = inspect(&Followed { source, suffix: &suffix }, hasher.finish(), limits)?;
        if inspection.plan.permits() == Permits::SignatureOnly {
            return Err(Refusal::BrokenAndSigned);
        }
        inspection.findings.insert(0, Finding::Repaired);
        Ok(Examined { inspection, repair: Some(suffix) })
    });
    mended.map_err(|of_repair| match of_repair {
        // That it is still broken afterwards tells the sender nothing new.
        Refusal::BrokenStructure(_) => refusal,
        other => other,
    })
}

/// Finds the objects of a document whose cross-reference sections are broken, and returns the section that lists them: what has to be
/// appended to the document. The same document gives the same bytes, always.
///
/// The document is read from its beginning to its end, in constant memory; `limits` bound what reading its objects may cost beyond that.
///
/// # Errors
/// A [`Refusal`]: nothing is mended that is encrypted or signed, that lost content, or that readers could mend in several ways.
pub fn repair(source: &dyn ReadAt, limits: &Limits) -> Result<Vec<u8>, Refusal> {
    // Reading once, looking for the ends of streams once, and the beginnings of objects.
    let linear = source.len().saturating_mul(4);
    let limits = Limits { bytes: limits.bytes.saturating_add(linear), work: limits.work.saturating_add(source.len() / 4), ..*limits };
    let mut found = scan::scan(source, &limits)?;
    if !found.object_streams.is_empty() {
        // The objects that stand by themselves can be read now, by a list of just those.
        let suffix = write::section(&found, source.len())?;
        compressed::add(&mut found, &Followed { source, suffix: &suffix }, &limits)?;
    }
    found.close()?;
    write::section(&found, source.len())
}

/// How many bytes of a document came from its sender, when the rest is what [`repair`] appended to them; `None` when the document is not
/// one that was repaired. It is told by repairing those bytes again, so that nobody can pretend it.
///
/// # Errors
/// [`Refusal::Unreadable`] when the medium fails.
pub fn repaired_from(source: &dyn ReadAt, limits: &Limits) -> Result<Option<u64>, Refusal> {
    let Some(len) = write::announced_len(source, limits)? else { return Ok(None) };
    match repair(&First { source, len }, limits) {
        Ok(suffix) => Ok(equals(source, len, &suffix)?.then_some(len)),
        Err(refusal @ Refusal::Unreadable(_)) => Err(refusal),
        Err(_) => Ok(None),
    }
}

/// Whether `source` has exactly `rest` from `start` on.
fn equals(source: &dyn ReadAt, start: u64, rest: &[u8]) -> Result<bool, Refusal> {
    if source.len() != start + rest.len() as u64 {
        return Ok(false);
    }
    let mut piece = [0; 8192];
    let mut at = 0;
    while at < rest.len() {
        let wanted = piece.len().min(rest.len() - at);
        match source.read_at(start + at as u64, &mut piece[..wanted]) {
            Ok(0) => return Err(Refusal::Unreadable(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(count) if piece[..count] != rest[at..at + count] => return Ok(false),
            Ok(count) => at += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::Unreadable(error)),
        }
    }
    Ok(true)
}

/// More objects than this are not listed: the list must fit into memory, and no document among thousands has as many.
const MAX_OBJECTS: usize = 400_000;

const NO_CATALOG: Damage = Damage("its catalog is missing");
