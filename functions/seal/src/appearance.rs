//! What readers of a sealed document see of the seal: what the order asks for, as far as earlier signatures permit it.

use jiff::tz::TimeZone;
use segl_core::order::EveryoneSigned;
use segl_core::seal_terms::{Corner, SealAppearance, StampPage, StampPlace};
use segl_core::signer::{Signature, Signer};
use segl_dialects::zgw::request::identifications;
use segl_sealing::{Appearance, Mark, Permits, Plan, Position, Stamp};

use crate::{page, words};

/// The appearance of an order's seal on the document of a plan. Where earlier signatures stand, what they do not permit would make
/// viewers report them as broken; the seal is invisible then.
pub fn appearance(signed: EveryoneSigned<'_>, plan: &Plan, zone: &TimeZone, language: &str, link: Option<String>) -> Appearance {
    let order = signed.order();
    match order.options.seal.appearance {
        SealAppearance::Page if plan.permits() == Permits::Everything => {
            Appearance::Page(Box::new(page::signature_page(signed, zone, language, link)))
        }
        SealAppearance::Stamp(place) if plan.permits_stamp() => {
            Appearance::Stamp(Box::new(stamp(place, order.organization.to_string(), zone, language)))
        }
        SealAppearance::Page | SealAppearance::Stamp(_) | SealAppearance::None => Appearance::Invisible,
    }
}

/// The marks of those who signed and are named in documents, for whichever document has a spot for them.
pub fn marks(signed: EveryoneSigned<'_>, zone: &TimeZone, language: &str) -> Vec<Mark> {
    let names = identifications(signed.order());
    let (labels, label_language) = page::labels(language);
    let label = labels.signed;
    let mark = |spot: &String, signer: &Signer, signature: &Signature| Mark {
        spot: spot.clone(),
        label: label.clone(),
        name: page::name(signer, signature, words::Words::for_language(language)).0,
        time: signature.at,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        language: label_language.to_owned(),
    };
    signed
        .signatures()
        .filter_map(|(index, signer, signature)| {
            let spot = names.get(usize::from(index.0)).filter(|name| !name.is_empty())?;
            Some(mark(spot, signer, signature))
        })
        .collect()
}

fn stamp(place: StampPlace, organization: String, zone: &TimeZone, language: &str) -> Stamp {
    let (labels, language) = page::labels(language);
    Stamp {
        page: match place.page {
            StampPage::First => segl_sealing::StampPage::First,
            StampPage::Last => segl_sealing::StampPage::Last,
        },
        position: match place.corner {
            Corner::TopLeft => Position::TopLeft,
            Corner::TopRight => Position::TopRight,
            Corner::BottomLeft => Position::BottomLeft,
            Corner::BottomRight => Position::BottomRight,
        },
        organization: Some(organization),
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        language: language.to_owned(),
        labels,
    }
}
