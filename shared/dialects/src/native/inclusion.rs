//! Proofs of inclusion on the wire. The form is the same in an archive of evidence.

use schemars::JsonSchema;
use segl_core::inclusion::Inclusion;
use serde::{Deserialize, Serialize};

/// How far checkpoints vouch for the audit trail of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Inclusion")]
pub struct InclusionView {
    /// The proof by the newest checkpoint of a day on which the trail grew. Absent until there is one: each is made when its day (UTC) is
    /// over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofView>,
}

/// That a trail is among those of a checkpoint: an inclusion proof by RFC 9162, 2.1.3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "InclusionProof")]
pub struct ProofView {
    /// The version of this format: 1.
    pub format: u32,
    /// The order.
    pub order: String,
    /// The day (UTC) of the checkpoint.
    pub day: String,
    /// The last event of the trail on that day: it and all before it are proved.
    pub seq: u64,
    /// The hash of that event. The leaf is SHA-256 over a zero byte and the canonical JSON (RFC 8785) of `hash`, `order` and `seq`.
    pub hash: String,
    /// The place of the leaf, from 0.
    pub index: u64,
    /// From the leaf up to the root, the node beside each.
    pub path: Vec<String>,
    /// The checkpoint's token: a JWS (ES256) that names the root and the number of leaves.
    pub checkpoint: String,
}

/// A proof, or that there is none yet.
pub fn inclusion(proof: Option<&Inclusion>) -> InclusionView {
    InclusionView { proof: proof.map(ProofView::from) }
}

impl From<&Inclusion> for ProofView {
    fn from(proof: &Inclusion) -> Self {
        let Inclusion { format, order, day, seq, hash, index, path, checkpoint } = proof;
        Self {
            format: *format,
            order: order.to_string(),
            day: day.to_string(),
            seq: *seq,
            hash: hash.to_string(),
            index: *index,
            path: path.iter().map(ToString::to_string).collect(),
            checkpoint: checkpoint.clone(),
        }
    }
}
