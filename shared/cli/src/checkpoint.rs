//! Checkpoints of audit trails: whether they are what the service published, and what they say of the trails in a file.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use segl_core::checkpoint::{Checkpoint, Published, TYP, Vouched, root, vouched};
use segl_core::event::Event;
use segl_core::id::OrderId;
use segl_tokens::verify::Unverified;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::files;
use crate::output::Plain;

/// The greatest checkpoint that is read.
const MAX_CHECKPOINT: u64 = 256 * 1024 * 1024;

/// A trail in a file.
pub(crate) struct Trail {
    pub(crate) order: OrderId,
    pub(crate) events: Vec<Event>,
}

/// What was found out about a checkpoint.
#[derive(Debug, Serialize)]
pub(crate) struct CheckpointView {
    /// The file.
    place: String,
    /// It is the service's, and contradicts no trail. None where there is nothing to judge it by.
    pub(crate) good: Option<bool>,
    /// Of which day (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Date>,
    /// How many trails it is about.
    trails: u64,
    /// What it says of each trail in the file.
    says: Vec<SayingView>,
    /// Why it is not good, or was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct SayingView {
    order: OrderId,
    /// `vouches`, `silent`, `outgrown` or `rewritten`.
    says: &'static str,
    /// Up to which event.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to: Option<u64>,
}

type Judged = (CheckpointView, Option<Checkpoint>);

/// Judges a checkpoint in a file.
fn judge_file(path: &Path, keys: Option<&Value>, trails: &[Trail]) -> Result<Judged, Error> {
    let bytes = files::read(path, MAX_CHECKPOINT)?;
    Ok(judge(path.display().to_string(), &bytes, keys, trails))
}

/// Judges each of some files. With each, the checkpoint where it is the service's.
pub(crate) fn judge_files(paths: &[PathBuf], keys: Option<&Value>, trails: &[Trail]) -> Result<Vec<Judged>, Error> {
    paths.iter().map(|path| judge_file(path, keys, trails)).collect()
}

/// Judges a checkpoint by the service's key set.
pub(crate) fn judge(place: String, bytes: &[u8], keys: Option<&Value>, trails: &[Trail]) -> Judged {
    let mut view = CheckpointView { place, good: None, day: None, trails: 0, says: Vec::new(), problem: None };
    let Some(keys) = keys else {
        view.problem = Some("give --keys with the service's key set".to_owned());
        return (view, None);
    };
    match published(bytes, keys) {
        Err(problem) => {
            view.good = Some(false);
            view.problem = Some(problem);
            (view, None)
        }
        Ok((checkpoint, published)) => {
            (view.day, view.trails) = (Some(checkpoint.day), checkpoint.count);
            // Without its leaves it is there to judge proofs by, and says nothing by itself.
            if published.leaves.len() as u64 == checkpoint.count {
                view.says = trails.iter().map(|trail| saying(trail, checkpoint.day, &published)).collect();
            }
            let rewritten = view.says.iter().any(|saying| saying.says == "rewritten");
            view.good = Some(!rewritten);
            view.problem = rewritten.then(|| "the trail is not the one that stood there on that day".to_owned());
            (view, Some(checkpoint))
        }
    }
}

/// The checkpoint, proved to be signed by a key of the set and to be over its leaves, where they were not left out.
fn published(bytes: &[u8], keys: &Value) -> Result<(Checkpoint, Published), String> {
    let published: Published = serde_json::from_slice(bytes).map_err(|error| format!("it is no checkpoint: {error}"))?;
    let checkpoint = signed(&published.checkpoint, keys)?;
    let complete = checkpoint.count == published.leaves.len() as u64 && checkpoint.root == root(&published.leaves);
    if complete || published.leaves.is_empty() {
        Ok((checkpoint, published))
    } else {
        Err("it was not signed over these leaves".to_owned())
    }
}

/// What the token of a checkpoint says, proved to be signed by a key of the set.
pub(crate) fn signed(token: &str, keys: &Value) -> Result<Checkpoint, String> {
    let token = Unverified::parse_as(token, TYP).map_err(|error| error.to_string())?;
    let key = token.find_key(keys).ok_or("the key set has no key of its kid")?;
    let claims = token.signed_claims(&key).map_err(|error| error.to_string())?;
    let checkpoint: Checkpoint = serde_json::from_value(claims).map_err(|error| format!("it is no checkpoint: {error}"))?;
    if checkpoint.format == 1 { Ok(checkpoint) } else { Err("its format is not known to this program".to_owned()) }
}

fn saying(trail: &Trail, day: Date, published: &Published) -> SayingView {
    let (says, up_to) = match vouched(trail.order, &trail.events, day, &published.leaves) {
        Vouched::UpTo(seq) => ("vouches", Some(seq)),
        Vouched::Silent => ("silent", None),
        Vouched::Outgrown => ("outgrown", None),
        Vouched::Rewritten => ("rewritten", None),
    };
    SayingView { order: trail.order, says, up_to }
}

impl fmt::Display for CheckpointView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checkpoint {}", Plain(&self.place))?;
        if let Some(day) = self.day {
            write!(f, " of {day}, over {} audit trails", self.trails)?;
        }
        match (self.good, &self.problem) {
            (Some(true), _) => write!(f, "\n  holds: signed by the key of the key set")?,
            (None, problem) => write!(f, "\n  not judged: {}", Plain(problem.as_deref().unwrap_or_default()))?,
            (Some(false), problem) => write!(f, "\n  DOES NOT HOLD: {}", Plain(problem.as_deref().unwrap_or_default()))?,
        }
        for SayingView { order, says, up_to } in &self.says {
            match (*says, up_to) {
                (_, Some(seq)) => write!(f, "\n  order {order}: vouches for the audit trail up to event {seq}")?,
                ("silent", _) => write!(f, "\n  order {order}: says nothing, no event is of that day")?,
                ("outgrown", _) => {
                    write!(f, "\n  order {order}: says nothing, the trail may have grown on that day after this file was made")?
                }
                _ => write!(f, "\n  order {order}: THE AUDIT TRAIL WAS REWRITTEN")?,
            }
        }
        Ok(())
    }
}
