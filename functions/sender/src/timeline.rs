//! The audit trail in words.

use jiff::tz::TimeZone;
use segl_core::event::Event;
use segl_core::id::{DocumentIndex, SignerIndex};
use segl_core::language::Language;
use segl_core::order::Order;
use segl_core::signer::Party;
use segl_wording::{event, words};

/// What an event says.
pub fn sentence(order: &Order, event: &Event, language: Language, zone: &TimeZone) -> String {
    let signer = |signer| signer_name(order, signer, language);
    event::sentence(&event.what, language, zone, signer, |document| document_name(order, document))
}

/// How a signer is called: by name, or by what is known.
pub fn signer_name(order: &Order, signer: SignerIndex, language: Language) -> String {
    let somebody = || words(language).somebody.to_owned();
    let Ok(signer) = order.signer(signer) else { return somebody() };
    match &signer.party {
        Party::Person(person) => {
            let known = [
                person.name.as_ref().map(|name| name.as_str()),
                person.email.as_ref().map(|email| email.as_str()),
                person.mobile.as_ref().map(|mobile| mobile.as_str()),
            ];
            known.into_iter().flatten().next().map_or_else(somebody, str::to_owned)
        }
        Party::System(system) => system.organization.to_string(),
        Party::Erased => somebody(),
    }
}

fn document_name(order: &Order, document: DocumentIndex) -> String {
    order.document(document).map(|document| document.title.as_str().to_owned()).unwrap_or_default()
}
