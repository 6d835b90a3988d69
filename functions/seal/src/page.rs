//! What the signature page says.

use jiff::tz::TimeZone;
use segl_core::order::EveryoneSigned;
use segl_core::signer::{Method, Party, Signature, Signer};
use segl_sealing::{IdentityClaim, PageLabels, SignaturePage, SignedDocument, SignerEntry, SignerOrganization};

/// The page for an order.
pub fn signature_page(signed: EveryoneSigned<'_>, zone: &TimeZone) -> SignaturePage {
    let order = signed.order();
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
        signers: signers.into_iter().map(|(signer, signature)| entry(signer, signature, zone)).collect(),
        decisions: Vec::new(),
        link: None,
        language: "en".to_owned(),
        labels: PageLabels::default(),
    }
}

fn entry(signer: &Signer, signature: &Signature, zone: &TimeZone) -> SignerEntry {
    let (name, organization) = match (&signer.party, &signature.method) {
        (Party::Person(person), _) => {
            let name = person.name.as_ref().map(ToString::to_string);
            let address = || person.email.as_ref().map(|email| email.as_str().to_owned());
            let number = || person.mobile.as_ref().map(|mobile| mobile.as_str().to_owned());
            (name.or_else(address).or_else(number).unwrap_or_else(|| "Person".to_owned()), None)
        }
        (Party::System(system), Method::Client { name, .. }) => {
            (name.clone(), Some(SignerOrganization { name: system.organization.to_string(), number: None }))
        }
        (Party::System(system), Method::Link) => (system.organization.to_string(), None),
        (Party::Erased, _) => ("(erased)".to_owned(), None),
    };
    SignerEntry {
        name,
        roles: match &signer.party {
            Party::Person(person) => person.title.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        },
        organization,
        method: method(&signature.method),
        time: signature.at,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        claims: signature.claims.iter().map(|(label, value)| IdentityClaim { label: label.clone(), value: value.clone() }).collect(),
    }
}

fn method(method: &Method) -> String {
    match method {
        Method::Link => "Personal link".to_owned(),
        Method::Client { client, .. } => format!("System signature (API client {client})"),
    }
}
