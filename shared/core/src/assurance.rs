//! How sure an electronic identity is: the levels of assurance of Regulation (EU) 910/2014, Article 8.

use serde::{Deserialize, Serialize};

/// A level of assurance. A higher one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// Limited confidence in who somebody is.
    Low,
    /// Substantial confidence.
    Substantial,
    /// Higher than substantial.
    High,
}

impl Assurance {
    /// Every level, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// The level of that name.
    pub fn of(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == raw)
    }
}
