//! What an order asks of its seal, and what the service offers.

use serde::{Deserialize, Serialize};

use crate::document::Level;

/// What an order asks of its seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealTerms {
    /// The level that the seal is to reach. A seal that cannot reach it at once is issued all the same, and upgraded later.
    pub level: Level,
    /// What readers of the document see of it.
    pub appearance: SealAppearance,
}

/// What readers of a sealed document see of the seal. Where earlier signatures permit less, it is invisible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SealAppearance {
    /// Pages behind the document, which tell who signed what, when and how.
    #[default]
    Page,
    /// A frame on a page of the document.
    Stamp(StampPlace),
    /// Nothing.
    None,
}

/// Where a stamp stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampPlace {
    /// On which page.
    pub page: StampPage,
    /// In which of its corners, as the reader sees the page.
    pub corner: Corner,
}

/// A page that every document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StampPage {
    /// The first.
    First,
    /// The last.
    Last,
}

/// A corner of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Corner {
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl Default for SealTerms {
    fn default() -> Self {
        Self { level: Level::BB, appearance: SealAppearance::default() }
    }
}

/// The levels that this service offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealOffer {
    default: Level,
    highest: Level,
}

/// The level that would be the default is higher than any that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} is above {}, the highest level that this service can reach", .default.as_str(), .highest.as_str())]
pub struct NotOffered {
    default: Level,
    highest: Level,
}

impl SealOffer {
    /// Orders that name no level get `default`; those that name one, get up to `highest`.
    pub fn new(default: Level, highest: Level) -> Result<Self, NotOffered> {
        if default <= highest { Ok(Self { default, highest }) } else { Err(NotOffered { default, highest }) }
    }

    /// The level of orders that name none.
    pub fn default_level(&self) -> Level {
        self.default
    }

    /// The names of all levels that an order may name, lowest first.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        let highest = self.highest;
        Level::ALL.into_iter().filter(move |level| *level <= highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_among_what_is_offered() {
        let offer = SealOffer::new(Level::BT, Level::BLt).unwrap();
        assert_eq!(offer.default_level(), Level::BT);
        assert_eq!(offer.levels().collect::<Vec<_>>(), [Level::BB, Level::BT, Level::BLt]);
        let error = SealOffer::new(Level::BLta, Level::BB).unwrap_err();
        assert_eq!(error.to_string(), "B-LTA is above B-B, the highest level that this service can reach");
    }
}
