//! Use cases: what the functions call. Each is generic over the ports that it needs and over nothing else.

pub mod announce;
pub mod anonymise;
pub mod ceremony;
pub mod checkpoint;
pub mod clients;
pub mod create;
pub mod deliver;
pub mod evidence;
pub mod inclusion;
pub mod once;
pub mod read;
pub mod remove;
pub mod sign_text;
pub mod sweep;
pub mod task;
pub mod tidy;
pub mod update;
pub mod webhooks;

use crate::ports::PortError;
use crate::refusal::{Refusal, Remedy};

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules do not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something outside failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl Error {
    /// Who must act.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Port(error) => error.remedy(),
        }
    }
}
