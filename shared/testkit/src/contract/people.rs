//! What [`Clients`], [`Attempts`], [`Replays`], [`Directory`], [`Links`], [`Sessions`] and [`Limits`] promise.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use segl_core::assurance::Assurance;
use segl_core::attempts::{Counter, FORGOTTEN_AFTER, Failures};
use segl_core::client::{CertificateName, Client, Privilege, Subject};
use segl_core::id::{Sha256, SignerIndex};
use segl_core::language::Language;
use segl_core::logged_in::LoggedIn;
use segl_core::ports::{
    Attempts, Clients, Clock, Contact, Directory, Entropy, Limits, Link, LinkKind, Links, Organizations, Replays, Sessions,
};
use segl_core::signer::{DirectoryKey, Email, NationalId, Person};
use segl_core::text::Name;

use super::expect_rejected;
use crate::fake::TokenKey;
use crate::story::{client, order_id, organization, person};

/// The whole contract of [`Clients`].
pub async fn clients<P: Clients + Clock + Entropy>(ports: &P) {
    let organization = organization(ports);
    let plain = client(ports, &organization, "key");
    assert_eq!(ports.client(&plain.id).await.unwrap(), None, "a client that was never stored");
    let by_thumbprint = CertificateName::Thumbprint(Sha256(ports.array()));
    let by_subject = CertificateName::Subject(Subject::parse(&format!("CN={},O=Æ", plain.id)).expect("a subject"));
    for name in [&by_thumbprint, &by_subject] {
        assert_eq!(ports.client_of_certificate(name).await.unwrap(), None, "a certificate that nobody has");
    }
    let changed = Client {
        name: Name::parse("Sagssystem Æ").unwrap(),
        privileges: [Privilege::OrgSignatureSign].into(),
        secret_generation: 2,
        previous_secret_until: Some(ports.now()),
        keys: [TokenKey::new(7).public()].into(),
        certificates: [by_thumbprint.clone(), by_subject.clone()].into(),
        enabled: false,
        ..plain.clone()
    };
    let other = Client { privileges: BTreeSet::new(), ..client(ports, &organization, "other") };
    ports.put_client(&other).await.unwrap();
    for version in [&plain, &changed] {
        ports.put_client(version).await.unwrap();
        assert_eq!(ports.client(&plain.id).await.unwrap().as_ref(), Some(version), "a client read is the client stored last");
        let all = ports.clients().await.unwrap();
        let mine: Vec<_> = all.iter().filter(|client| client.organization == organization).collect();
        assert_eq!(mine.len(), 2, "every client is listed once");
        assert!(mine.contains(&version) && mine.contains(&&other), "as it was stored last");
    }
    for name in [&by_thumbprint, &by_subject] {
        assert_eq!(ports.client_of_certificate(name).await.unwrap(), Some(plain.id.clone()), "the client of a certificate is found");
    }
}

/// The whole contract of [`Attempts`].
pub async fn attempts<P: Attempts + Clock + Entropy>(ports: &P) {
    let one = client(ports, &organization(ports), "one").id;
    let counter = Counter::of_client(&one, "192.0.2.1".parse().ok());
    let other = Counter::of_client(&one, "192.0.2.2".parse().ok());
    assert_eq!(ports.failures(&counter).await.unwrap(), None, "nothing has been counted");
    let start = ports.now();
    for count in 1..=3 {
        let now = start + SignedDuration::from_secs(i64::from(count));
        ports.count_failure(&counter, now).await.unwrap();
        assert_eq!(ports.failures(&counter).await.unwrap(), Some(Failures { count, last: now }), "each failure counts once");
    }
    let late = start + SignedDuration::from_secs(3) + FORGOTTEN_AFTER;
    ports.count_failure(&counter, late).await.unwrap();
    assert_eq!(ports.failures(&counter).await.unwrap(), Some(Failures { count: 1, last: late }), "what is forgotten begins anew");
    assert_eq!(ports.failures(&other).await.unwrap(), None, "counters are apart");
}

/// The whole contract of [`Replays`].
pub async fn replays<P: Replays + Clock + Entropy>(ports: &P) {
    let (one, other) = (Sha256(ports.array()), Sha256(ports.array()));
    let until = ports.now() + SignedDuration::from_mins(5);
    assert!(ports.first_use(&one, until).await.unwrap(), "the first use");
    assert!(!ports.first_use(&one, until).await.unwrap(), "the second");
    assert!(ports.first_use(&other, until).await.unwrap(), "another token");
}

/// The whole contract of [`Directory`].
pub async fn directory<P: Directory + Entropy>(ports: &P) {
    let (mine, theirs) = (organization(ports), organization(ports));
    let key = |raw: &str| DirectoryKey::parse(raw).unwrap();
    let entry = key("sAMAccountName=cborgstrom");
    assert_eq!(ports.look_up(&mine, &entry).await.unwrap(), None, "an entry that was never stored");
    let full = Person { directory: Some(entry.clone()), ..person(1) };
    let sparse = Person { directory: Some(entry.clone()), ..Person::default() };
    for person in [&full, &sparse] {
        ports.put_person(&mine, person).await.unwrap();
        assert_eq!(ports.look_up(&mine, &entry).await.unwrap().as_ref(), Some(person), "a person read is the person stored last");
    }
    for other in ["sAMAccountName=cborgstro", "mail=cborgstrom", "sAMAccountName=Cborgstrom"] {
        assert_eq!(ports.look_up(&mine, &key(other)).await.unwrap(), None, "{other}");
    }
    assert_eq!(ports.look_up(&theirs, &entry).await.unwrap(), None, "another organization's directory is another directory");
    expect_rejected(ports.put_person(&mine, &person(2)).await, "a person without an entry");
    ports.put_person(&theirs, &full).await.unwrap();
    for _ in 0..2 {
        ports.remove_person(&mine, &entry).await.expect("removing what is gone is no error");
        assert_eq!(ports.look_up(&mine, &entry).await.unwrap(), None, "an entry that was removed is gone");
    }
    assert_eq!(ports.look_up(&theirs, &entry).await.unwrap(), Some(full), "and no other");
}

/// The whole contract of [`Organizations`].
pub async fn organizations<P: Organizations + Entropy>(ports: &P) {
    let (mine, theirs) = (organization(ports), organization(ports));
    assert_eq!(ports.retention(&mine).await.unwrap(), None, "nothing was settled");
    for retention in [Some(SignedDuration::from_hours(24 * 30)), Some(SignedDuration::from_hours(24)), None] {
        ports.set_retention(&mine, retention).await.unwrap();
        assert_eq!(ports.retention(&mine).await.unwrap(), retention, "what was settled last counts");
        assert_eq!(ports.retention(&theirs).await.unwrap(), None, "for that organization alone");
    }
    contacts(ports).await;
}

/// Settings do not stand in one another's way.
async fn contacts<P: Organizations + Entropy>(ports: &P) {
    let (mine, theirs) = (organization(ports), organization(ports));
    let contact = |address: &str, language| Contact { email: Email::parse(address).expect("an address"), language };
    let retention = Some(SignedDuration::from_hours(48));
    ports.set_retention(&mine, retention).await.unwrap();
    assert_eq!(ports.contact(&mine).await.unwrap(), None, "nobody was named");
    let (first, second) = (contact("ops@example.org", Language::Danish), contact("it@example.org", Language::English));
    for named in [Some(&first), Some(&second), None, Some(&first)] {
        ports.set_contact(&mine, named).await.unwrap();
        assert_eq!(ports.contact(&mine).await.unwrap().as_ref(), named, "who was named last counts");
        assert_eq!(ports.contact(&theirs).await.unwrap(), None, "for that organization alone");
        assert_eq!(ports.retention(&mine).await.unwrap(), retention, "and retention stays");
    }
    ports.set_retention(&mine, None).await.unwrap();
    assert_eq!(ports.contact(&mine).await.unwrap(), Some(first), "as does the contact");
}

/// The whole contract of [`Links`].
pub async fn links<P: Links + Clock + Entropy>(ports: &P) {
    let digest = Sha256(ports.array());
    assert_eq!(ports.link(&digest).await.unwrap(), None, "a link that was never stored");
    let now = ports.now();
    let link = Link {
        digest,
        order: order_id(ports, now),
        signer: SignerIndex(49),
        until: now + SignedDuration::from_hours(1),
        generation: 7,
        kind: LinkKind::Sent,
    };
    ports.put_link(&link).await.unwrap();
    assert_eq!(ports.link(&digest).await.unwrap(), Some(link.clone()), "a link read is the link stored");
    let lapsed = Link { digest: Sha256(ports.array()), until: now - SignedDuration::from_secs(1), ..link.clone() };
    let once = Link { digest: Sha256(ports.array()), kind: LinkKind::Once { used: false }, ..link };
    ports.put_link(&once).await.unwrap();
    let opened = futures_util::future::join_all((0..8).map(|_| ports.use_up(&once.digest))).await;
    let firsts = opened.into_iter().filter(|first| matches!(first, Ok(true))).count();
    assert_eq!(firsts, 1, "of many who use a link up at the same time, one is the first");
    assert_eq!(ports.link(&once.digest).await.unwrap().map(|link| link.kind), Some(LinkKind::Once { used: true }), "it is used up");
    assert!(!ports.use_up(&Sha256(ports.array())).await.unwrap(), "a link that was never stored cannot be used up");
    ports.put_link(&lapsed).await.unwrap();
    assert_eq!(ports.link(&lapsed.digest).await.unwrap(), Some(lapsed), "a link that has lapsed can still be looked at");
}

/// The whole contract of [`Sessions`].
pub async fn sessions<P: Sessions + Clock + Entropy>(ports: &P) {
    let digest = Sha256(ports.array());
    assert_eq!(ports.session(&digest).await.unwrap(), None, "a session that was never stored");
    let full = LoggedIn {
        provider: "mitid".to_owned(),
        provider_name: "MitID".to_owned(),
        subject: "æ/1".to_owned(),
        level: Some(Assurance::High),
        number: NationalId::parse("010170-1234").ok(),
        name: Some("Åse".to_owned()),
        authenticated_at: Some(ports.now()),
        claims: [("loa".to_owned(), "high".to_owned())].into(),
        until: ports.now(),
    };
    let sparse = LoggedIn { level: None, number: None, name: None, authenticated_at: None, claims: Default::default(), ..full.clone() };
    for session in [&full, &sparse] {
        ports.put_session(&digest, session).await.unwrap();
        assert_eq!(
            ports.session(&digest).await.unwrap().as_ref(),
            Some(session),
            "a session read is the session stored, also one that has lapsed"
        );
    }
    for _ in 0..2 {
        ports.end_session(&digest).await.unwrap();
        assert_eq!(ports.session(&digest).await.unwrap(), None, "a session that ended");
    }
}

/// The whole contract of [`Limits`].
pub async fn limits<P: Limits + Entropy>(ports: &P) {
    let window = SignedDuration::from_hours(24 * 365 * 10);
    let key = |name: &str| format!("contract-{name}-{}", Sha256(ports.array()));
    let (one, other) = (key("one"), key("other"));
    let counted = futures_util::future::join_all((0..12).map(|_| ports.count(&one, window, 5))).await;
    let allowed = counted.into_iter().filter(|allowed| matches!(allowed, Ok(true))).count();
    assert_eq!(allowed, 5, "however many count at the same time, no more than the limit get through");
    assert!(!ports.count(&one, window, 5).await.unwrap(), "the limit stays reached");
    assert!(ports.count(&other, window, 5).await.unwrap(), "another key has a count of its own");
}
