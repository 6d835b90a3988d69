//! Orders in every state, for the tests of views.

use jiff::{SignedDuration, Timestamp};
use segl_core::ceremony::Ceremony;
use segl_core::commitment::Salt;
use segl_core::document::{Announced, DocumentFacts, DocumentRefusal, Finding, Level, ObjectVersion, SealedDocument};
use segl_core::event::{Actor, Event};
use segl_core::id::{DocumentIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::offer::Offer;
use segl_core::order::{Dialect, Options, Order, Roster};
use segl_core::seal_terms::SealOffer;
use segl_core::signer::{Act, Email, Method, NationalId, Party, Person, System};
use segl_core::task::{Task, TaskKind};
use segl_core::text::{Description, Name, Reason, Title};
use segl_core::transition::Command;

pub(crate) const PERSON: SignerIndex = SignerIndex(0);
pub(crate) const SYSTEM: SignerIndex = SignerIndex(1);

/// A service that offers all but the last level, and the second unless asked otherwise.
pub(crate) fn offer() -> Offer {
    Offer { seal: SealOffer::new(Level::BT, Level::BLt).expect("the default is among what is offered"), eid: None }
}

pub(crate) fn now() -> Timestamp {
    "2030-06-01T08:00:00Z".parse().unwrap()
}

pub(crate) fn deadline() -> Timestamp {
    now() + SignedDuration::from_hours(24)
}

/// A person signs first, then the system DK01234567.
pub(crate) fn new_order() -> NewOrder {
    let person = Person {
        name: Name::parse("Jane Doe").ok(),
        email: Email::parse("jane.doe@example.org").ok(),
        national_id: NationalId::parse("198603052385").ok(),
        ..Person::default()
    };
    NewOrder {
        dialect: Dialect::Native,
        title: Title::parse("A title").unwrap(),
        description: Description::parse("A message").unwrap(),
        creator: None,
        clerk: None,
        deadline: deadline(),
        retention: Some(SignedDuration::from_hours(48)),
        options: Options::default(),
        ceremony: Ceremony::default(),
        tags: serde_json::json!({"case": 7}),
        documents: vec![NewDocument { title: Title::parse("A document").unwrap(), file_name: None, announced: Announced::default() }],
        groups: vec![
            NewGroup { quorum: None, time: None, signers: vec![Party::Person(person)] },
            NewGroup { quorum: None, time: None, signers: vec![Party::System(system())] },
        ],
        roster: Roster::Closed,
        ahead: None,
        warnings: Vec::new(),
    }
}

/// The system of any client of DK01234567.
pub(crate) fn system() -> System {
    "DK01234567".parse::<OrganizationId>().unwrap().into()
}

/// An order and its audit trail.
pub(crate) struct Story {
    pub(crate) order: Order,
    pub(crate) events: Vec<Event>,
}

impl Story {
    pub(crate) fn drafting() -> Self {
        let id = OrderId::new(now(), [7; 10]);
        let change = new_order().create(id, "SE5566778899".parse().unwrap(), "housing".parse().unwrap(), now(), || Salt([1; 32])).unwrap();
        Self { order: change.order, events: change.events }
    }

    pub(crate) fn then(mut self, command: Command) -> Self {
        let change = self.order.apply(Actor::Service, now(), command).unwrap();
        self.events.extend(change.events);
        Self { order: change.order, events: self.events }
    }

    pub(crate) fn pending() -> Self {
        Self::drafting().then(Command::DocumentReady { document: DocumentIndex(0), facts: facts() })
    }

    pub(crate) fn failed() -> Self {
        let refusal = DocumentRefusal { code: "encrypted".to_owned(), text: "The document is encrypted; remove the password.".to_owned() };
        Self::drafting().then(Command::DocumentRefused { document: DocumentIndex(0), refusal })
    }

    pub(crate) fn signed_by_person() -> Self {
        Self::pending().then(Command::Sign { signer: PERSON, act: act(Method::Link) })
    }

    pub(crate) fn sealing() -> Self {
        let method = Method::Client { client: "bank".parse().unwrap(), name: "Bank".to_owned() };
        Self::signed_by_person().then(Command::Sign { signer: SYSTEM, act: act(method) })
    }

    pub(crate) fn accepted() -> Self {
        let sealing = Self::sealing();
        let task = Task::new(sealing.order.id, TaskKind::Seal, now());
        let sealed = SealedDocument {
            document: DocumentIndex(0),
            attempt: "0123456789abcdef".parse().unwrap(),
            object: ObjectVersion { version: "secret-version".to_owned(), etag: "\"secret-etag\"".to_owned() },
            sha256: Sha256::of(b"sealed"),
            size: 4321,
            level: Level::BB,
            shortfall: None,
            lapses_at: None,
        };
        sealing.then(Command::Sealed { sealed: vec![sealed], task })
    }

    pub(crate) fn declined() -> Self {
        let reason = Reason::parse("Not mine").ok();
        Self::pending().then(Command::Decline { signer: PERSON, method: Method::Link, reason })
    }

    pub(crate) fn cancelled() -> Self {
        Self::pending().then(Command::Cancel { reason: Reason::parse("A mistake").ok() })
    }

    pub(crate) fn erased() -> Self {
        Self::accepted().then(Command::Erase)
    }
}

fn facts() -> DocumentFacts {
    DocumentFacts {
        sha256: Sha256::of(b"original"),
        size: 1234,
        pages: 3,
        object: ObjectVersion { version: "secret-version".to_owned(), etag: "\"secret-etag\"".to_owned() },
        preview: None,
        repaired_from: None,
        findings: vec![Finding { code: "javascript".to_owned(), text: "The document holds a script.".to_owned() }],
    }
}

fn act(method: Method) -> Act {
    Act {
        method,
        claims: [("rule".to_owned(), "7".to_owned())].into(),
        digests: vec![Sha256::of(b"original")],
        images: Vec::new(),
        address: "192.0.2.7".parse().ok(),
        jws: None,
    }
}
