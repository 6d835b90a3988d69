//! How each person is written to: in which language and zone, and by which channels.

use jiff::tz::TimeZone;
use segl_core::ceremony::Channel;
use segl_core::order::Order;
use segl_core::signer::Person;
use segl_lambda::brand::Brand;
use segl_wording::message::Voice;

/// The zone of a person, or the service's.
pub fn zone(person: &Person, default: &TimeZone) -> TimeZone {
    let own = person.zone.as_ref().and_then(|zone| TimeZone::get(zone.as_str()).ok());
    own.unwrap_or_else(|| default.clone())
}

/// How a person is written to about an order.
pub fn voice<'a>(brand: &'a Brand, order: &'a Order, person: &Person, default: &TimeZone) -> Voice<'a> {
    Voice {
        language: person.language.or(order.ceremony.language).unwrap_or_default(),
        zone: zone(person, default),
        sender: brand.name_or(order.organization.as_str()),
        colour: brand.colour(),
    }
}

/// By which channels something without a personal link goes: all that are known.
pub fn all(person: &Person) -> Vec<Channel> {
    let email = person.email.as_ref().map(|_| Channel::Email);
    email.into_iter().chain(person.mobile.as_ref().map(|_| Channel::Sms)).collect()
}
