//! Proofs of inclusion: whether the audit trail in a file is among those of a checkpoint, and whether that is the checkpoint that was kept.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use segl_core::checkpoint::Checkpoint;
use segl_core::id::OrderId;
use segl_core::inclusion::{Inclusion, NotIncluded};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::{Trail, signed};
use crate::error::Error;
use crate::files;
use crate::output::Plain;

/// The greatest proof that is read: one by a checkpoint over 2^64 trails has some 6 KB.
const MAX_PROOF: u64 = 64 * 1024;

/// By what proofs are judged.
pub(crate) struct Grounds<'a> {
    /// The service's key set.
    pub(crate) keys: Option<&'a Value>,
    /// The audit trails in the file.
    pub(crate) trails: &'a [Trail],
    /// The checkpoints that were kept, proved to be the service's.
    pub(crate) kept: &'a [Checkpoint],
}

/// What was found out about a proof.
#[derive(Debug, Serialize)]
pub(crate) struct InclusionView {
    /// The file.
    place: String,
    /// It holds for the trail. None where there is nothing to judge it by.
    pub(crate) good: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    /// By the checkpoint of which day (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Date>,
    /// Up to which event the trail is proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to: Option<u64>,
    /// The checkpoint is one that was kept, and not only one that the service says it made.
    kept: bool,
    /// Why it does not hold, or was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Why a proof says nothing.
enum Verdict {
    Bad(String),
    Unjudged(String),
}

/// Judges each of some files.
pub(crate) fn judge_files(paths: &[PathBuf], grounds: &Grounds<'_>) -> Result<Vec<InclusionView>, Error> {
    let judge_file = |path: &Path| Ok(judge(path.display().to_string(), &files::read(path, MAX_PROOF)?, grounds));
    paths.iter().map(|path| judge_file(path)).collect()
}

/// Judges a proof.
pub(crate) fn judge(place: String, bytes: &[u8], grounds: &Grounds<'_>) -> InclusionView {
    let mut view = InclusionView { place, good: None, order: None, day: None, up_to: None, kept: false, problem: None };
    let proof = match read(bytes) {
        Ok(proof) => proof,
        Err(verdict) => return view.with(verdict),
    };
    (view.order, view.day) = (Some(proof.order), Some(proof.day));
    match holds(&proof, grounds) {
        Ok(kept) => InclusionView { good: Some(true), up_to: Some(proof.seq), kept, ..view },
        Err(verdict) => view.with(verdict),
    }
}

fn read(bytes: &[u8]) -> Result<Inclusion, Verdict> {
    #[derive(Deserialize)]
    struct Answer {
        proof: Option<Inclusion>,
    }
    let answer: Answer = serde_json::from_slice(bytes).map_err(|error| Verdict::Bad(format!("it is no proof of inclusion: {error}")))?;
    answer.proof.ok_or_else(|| Verdict::Unjudged("there was no checkpoint yet when it was asked for".to_owned()))
}

/// Whether the checkpoint is one that was kept; fails unless the proof holds.
fn holds(proof: &Inclusion, grounds: &Grounds<'_>) -> Result<bool, Verdict> {
    let keys = grounds.keys.ok_or_else(|| Verdict::Unjudged("give --keys with the service's key set".to_owned()))?;
    let checkpoint = signed(&proof.checkpoint, keys).map_err(Verdict::Bad)?;
    let trails: Vec<_> = grounds.trails.iter().filter(|trail| trail.order == proof.order).collect();
    if trails.is_empty() {
        return Err(Verdict::Bad("the file has no audit trail of this order".to_owned()));
    }
    let mut shorter = 0;
    for trail in &trails {
        match proof.check(trail.order, &trail.events, &checkpoint) {
            Ok(()) => {}
            // What was sealed before the day was over has the beginning only.
            Err(NotIncluded::Longer) => shorter += 1,
            Err(other) => return Err(Verdict::Bad(other.to_string())),
        }
    }
    let kept: Vec<_> = grounds.kept.iter().filter(|kept| kept.day == checkpoint.day).collect();
    if kept.iter().any(|kept| kept.root != checkpoint.root || kept.count != checkpoint.count) {
        return Err(Verdict::Bad("the checkpoint of that day that was kept is another one: history was rewritten".to_owned()));
    }
    if shorter == trails.len() {
        return Err(Verdict::Unjudged(NotIncluded::Longer.to_string()));
    }
    Ok(!kept.is_empty())
}

impl InclusionView {
    fn with(self, verdict: Verdict) -> Self {
        let (good, problem) = match verdict {
            Verdict::Bad(problem) => (Some(false), problem),
            Verdict::Unjudged(problem) => (None, problem),
        };
        Self { good, problem: Some(problem), ..self }
    }
}

impl fmt::Display for InclusionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof of inclusion {}", Plain(&self.place))?;
        if let Some(day) = self.day {
            write!(f, " by the checkpoint of {day}")?;
        }
        let problem = Plain(self.problem.as_deref().unwrap_or_default());
        match self.good {
            Some(true) => f.write_str("\n  holds: the checkpoint is signed by the key of the key set, and has this audit trail")?,
            Some(false) => write!(f, "\n  DOES NOT HOLD: {problem}")?,
            None => write!(f, "\n  not judged: {problem}")?,
        }
        if let (Some(order), Some(seq)) = (self.order, self.up_to) {
            write!(f, "\n  order {order}: the audit trail is proved up to event {seq}")?;
            let whose = if self.kept {
                "is the one that was kept"
            } else {
                "comes with the proof: compare it with one that was kept (--checkpoint)"
            };
            write!(f, "\n  the checkpoint {whose}")?;
        }
        Ok(())
    }
}
