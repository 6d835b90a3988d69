//! What the signature page says.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use segl_core::claim_filter::ClaimFilter;
use segl_core::order::EveryoneSigned;
use segl_core::signer::{Method, Party, Signature, Signer};
use segl_sealing::{IdentityClaim, PageLabels, SignaturePage, SignedDocument, SignerEntry, SignerOrganization};

use crate::words::Words;

/// The page for an order, in a language told by a BCP 47 tag; in English where that is not known. `link` is where its holder sees that it
/// was sealed here.
pub fn signature_page(signed: EveryoneSigned<'_>, zone: &TimeZone, language: &str, link: Option<String>) -> SignaturePage {
    let order = signed.order();
    let words = Words::for_language(language);
    let (labels, language) = labels(language);
    let mut signers: Vec<_> = signed.signatures().map(|(_, signer, signature)| (signer, signature)).collect();
    signers.sort_by_key(|(_, signature)| signature.at);
    SignaturePage {
        title: order.title.to_string(),
        order: order.id.to_string(),
        organization: Some(order.organization.to_string()),
        documents: signed
            .documents()
            .map(|(_, document, facts)| SignedDocument { title: document.title.to_string(), sha256: facts.sha256.0 })
            .collect(),
        signers: signers.into_iter().map(|(signer, signature)| entry(signer, signature, zone, words)).collect(),
        decisions: Vec::new(),
        link,
        language: language.to_owned(),
        labels,
    }
}

/// The words that do not depend on the order, and the language that they are in.
pub fn labels(language: &str) -> (PageLabels, &str) {
    match PageLabels::for_language(language) {
        Some(labels) => (labels, language),
        None => (PageLabels::default(), "en"),
    }
}

fn entry(signer: &Signer, signature: &Signature, zone: &TimeZone, words: &Words) -> SignerEntry {
    let (name, organization) = name(signer, signature, words);
    SignerEntry {
        name,
        roles: match &signer.party {
            Party::Person(person) => person.title.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        },
        organization,
        method: method(&signature.method, words),
        time: signature.at,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        claims: claims(signature).into_iter().map(|(label, value)| IdentityClaim { label, value }).collect(),
    }
}

/// What the page tells of what was claimed. All who get the document read it: of what a provider of identities knows of a person, it tells
/// names and how surely the person was recognised, and no number or address.
fn claims(signature: &Signature) -> BTreeMap<String, String> {
    match signature.method {
        Method::Eid { .. } => ClaimFilter::Restricted.of_person(&signature.claims),
        _ => signature.claims.clone(),
    }
}

/// Who a signer is to readers of the document, and for which organization.
pub fn name(signer: &Signer, signature: &Signature, words: &Words) -> (String, Option<SignerOrganization>) {
    match (&signer.party, &signature.method) {
        (Party::Person(person), _) => {
            let name = person.name.as_ref().map(ToString::to_string);
            let address = || person.email.as_ref().map(|email| email.as_str().to_owned());
            let number = || person.mobile.as_ref().map(|mobile| mobile.as_str().to_owned());
            (name.or_else(address).or_else(number).unwrap_or_else(|| words.person.to_owned()), None)
        }
        (Party::System(system), Method::Client { name, .. }) => {
            (name.clone(), Some(SignerOrganization { name: system.organization.to_string(), number: None }))
        }
        (Party::System(system), _) => (system.organization.to_string(), None),
        (Party::Erased, _) => (words.erased.to_owned(), None),
    }
}

/// How a signer was recognised.
pub fn method(method: &Method, words: &Words) -> String {
    match method {
        Method::Link => words.personal_link.to_owned(),
        Method::EmailCode => words.email_code.to_owned(),
        Method::SmsCode => words.sms_code.to_owned(),
        Method::Sender => words.sender.to_owned(),
        Method::Eid { name, level, .. } => match level {
            Some(level) => format!("{} {name} ({} {})", words.eid, words.assurance, words.level(*level)),
            None => format!("{} {name}", words.eid),
        },
        Method::Client { client, .. } => format!("{} {client}", words.system_signature),
    }
}
