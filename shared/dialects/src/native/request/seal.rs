//! What a request asks of the seal.

use segl_core::document::Level;
use segl_core::seal_terms::{Corner, SealAppearance, SealOffer, SealTerms, StampPage, StampPlace};

use crate::json::Object;
use crate::native::request::wire::{AppearanceRequest, CornerName, SealRequest, StampPageName, StampRequest};
use crate::problem::{FieldError, FieldErrors};

/// What is asked for, with the service's defaults for what is not said.
pub(super) fn terms(request: Option<SealRequest>, offer: SealOffer, errors: &mut FieldErrors) -> SealTerms {
    let (level, appearance, stamp) = match request {
        Some(SealRequest { level, appearance, stamp }) => (level, appearance, stamp),
        None => (None, None, None),
    };
    let appearance = match appearance.unwrap_or(AppearanceRequest::Page) {
        AppearanceRequest::Stamp => SealAppearance::Stamp(place(stamp.map(|Object(stamp)| stamp))),
        other => {
            if stamp.is_some() {
                errors.push(FieldError::pointer("/seal/stamp", "goes with the appearance stamp only"));
            }
            if other == AppearanceRequest::None { SealAppearance::None } else { SealAppearance::Page }
        }
    };
    let level = level.and_then(|raw| errors.take("/seal/level", offered(&raw, offer)));
    SealTerms { level: level.unwrap_or(offer.default_level()), appearance }
}

fn offered(raw: &str, offer: SealOffer) -> Result<Level, String> {
    let level: Level = raw.parse().map_err(|unknown: segl_core::document::UnknownLevel| unknown.to_string())?;
    let names: Vec<_> = offer.levels().map(Level::as_str).collect();
    if names.contains(&level.as_str()) { Ok(level) } else { Err(format!("is not offered by this service, which has {}", names.join(", "))) }
}

fn place(stamp: Option<StampRequest>) -> StampPlace {
    let (page, corner) = stamp.map_or((None, None), |stamp| (stamp.page, stamp.corner));
    StampPlace {
        page: match page.unwrap_or(StampPageName::Last) {
            StampPageName::First => StampPage::First,
            StampPageName::Last => StampPage::Last,
        },
        corner: match corner.unwrap_or(CornerName::BottomRight) {
            CornerName::TopLeft => Corner::TopLeft,
            CornerName::TopRight => Corner::TopRight,
            CornerName::BottomLeft => Corner::BottomLeft,
            CornerName::BottomRight => Corner::BottomRight,
        },
    }
}
