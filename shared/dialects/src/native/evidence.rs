//! Evidence that is still to be made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Evidence is made when it is asked for. Ask again in a second, or wait for it with `Prefer: wait=10` (RFC 7240).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EvidenceBeingMade")]
pub struct BeingMadeView {
    /// `being-made`.
    pub state: String,
}
