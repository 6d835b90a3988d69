//! Orders to play with, led from state to state by the transitions of the core.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use segl_core::ceremony::{Authentication, Ceremony, Direct, ExitUrl};
use segl_core::clerk::Clerk;
use segl_core::client::{Client, Privilege};
use segl_core::commitment::Salt;
use segl_core::document::{
    Announced, DocumentFacts, DocumentRefusal, DocumentState, Finding, Level, ObjectVersion, Preview, SealedDocument, Shortfall,
};
use segl_core::event::{Actor, Event};
use segl_core::id::{AttemptId, ClientId, DocumentIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::language::Language;
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::order::{Dialect, LinkTarget, Options, Order, OrderState, Roster};
use segl_core::ports::{Answer, Entropy, Orders};
use segl_core::seal_terms::{Corner, SealAppearance, SealTerms, StampPage, StampPlace};
use segl_core::signer::{Act, Email, Jws, Method, Mobile, NationalId, Party, Person, SignerStatus, ZoneName};
use segl_core::task::{Task, TaskKind};
use segl_core::text::{Description, FileName, Name, Reason, Title};
use segl_core::transition::{Change, Command};

/// How an order came to be what it is: every change, from its creation on. Each step takes one second.
#[derive(Debug, Clone)]
pub struct Story {
    /// The changes, oldest first; never empty.
    pub changes: Vec<Change>,
    /// When the next step is taken.
    pub now: Timestamp,
}

/// An order as requested, about to be created.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What is requested. Free to be changed.
    pub new: NewOrder,
    /// Whose order it will be.
    pub organization: OrganizationId,
    /// The client who creates it.
    pub client: ClientId,
}

/// An organization that nobody else has: `DK`, then 20 hexadecimal digits.
pub fn organization(entropy: &impl Entropy) -> OrganizationId {
    format!("DK{}", hex(&entropy.array::<10>())).parse().expect("two letters and digits")
}

/// An order's id that nobody else has.
pub fn order_id(entropy: &impl Entropy, now: Timestamp) -> OrderId {
    OrderId::new(now, entropy.array())
}

/// A client that nobody else has, with every privilege. Of its API key only the digest of `key` is kept.
pub fn client(entropy: &impl Entropy, organization: &OrganizationId, key: &str) -> Client {
    Client {
        id: format!("client-{}", hex(&entropy.array::<10>())).parse().expect("letters, digits and a hyphen"),
        organization: organization.clone(),
        name: Name::parse("Case system").expect("a constant"),
        privileges: Privilege::ALL.into(),
        api_key_hash: Sha256::of(key.as_bytes()),
        secret_generation: 1,
        previous_secret_until: None,
        keys: BTreeSet::new(),
        certificates: BTreeSet::new(),
        enabled: true,
    }
}

/// The system of any client of an organization.
pub fn system(organization: &str) -> Party {
    Party::System(organization.parse::<OrganizationId>().expect("letters and digits").into())
}

/// A person with everything set.
pub fn person(number: usize) -> Person {
    Person {
        name: Name::parse(&format!("Åsa Signer {number}")).ok(),
        title: Name::parse("Chair of the board").ok(),
        email: Email::parse(&format!("signer{number}@example.org")).ok(),
        mobile: Mobile::parse(&format!("+4670000{number:04}")).ok(),
        national_id: NationalId::parse(&format!("19860305{number:04}")).ok(),
        directory: None,
        authentication: Authentication::SmsCode,
        assurance: None,
        language: Some(Language::Norwegian),
        zone: ZoneName::parse("Europe/Oslo").ok(),
    }
}

/// What ingest may have found out about document number `index`.
pub fn facts(index: DocumentIndex) -> DocumentFacts {
    DocumentFacts {
        sha256: Sha256::of(format!("document {index}").as_bytes()),
        size: 10_000 + u64::from(index.0),
        pages: 3,
        object: ObjectVersion { version: format!("version-{index}"), etag: format!("\"etag-{index}\"") },
        repaired_from: None,
        findings: vec![Finding { code: "javascript".into(), text: "The document contains a script.".into() }],
        preview: Some(Preview { pages: 3, sha256: Sha256::of(format!("images {index}").as_bytes()) }),
    }
}

/// Somebody of the organization who logged in.
pub fn clerk(subject: &str) -> Clerk {
    Clerk {
        provider: "entra".to_owned(),
        subject: subject.to_owned(),
        name: Name::parse(&format!("{subject} Nordmann")).ok(),
        email: Email::parse(&format!("{subject}@example.org")).ok(),
    }
}

/// Why a document may never be sealed.
pub fn refusal() -> DocumentRefusal {
    DocumentRefusal { code: "encrypted".into(), text: "Remove the password and upload the file again.".into() }
}

impl Draft {
    /// One document, no signers yet, thirty days to sign.
    pub fn new(organization: &OrganizationId, client: &ClientId, now: Timestamp) -> Self {
        let new = NewOrder {
            dialect: Dialect::Native,
            title: Title::parse("Purchase agreement").expect("a constant"),
            description: Description::parse("").expect("a constant"),
            creator: None,
            clerk: None,
            deadline: now + SignedDuration::from_hours(30 * 24),
            retention: None,
            options: Options::default(),
            ceremony: Ceremony::default(),
            tags: serde_json::Value::Null,
            documents: Vec::new(),
            groups: Vec::new(),
            roster: Roster::Closed,
            ahead: None,
            warnings: Vec::new(),
        };
        Self { new, organization: organization.clone(), client: client.clone() }.documents(1)
    }

    /// The same, of an organization and a client that nobody else has.
    pub fn of_anybody(entropy: &impl Entropy, now: Timestamp) -> Self {
        let organization = organization(entropy);
        Self::new(&organization, &client(entropy, &organization, "key").id, now)
    }

    /// So many documents.
    #[must_use]
    pub fn documents(mut self, count: usize) -> Self {
        self.new.documents = (0..count)
            .map(|number| NewDocument {
                title: Title::parse(&format!("Document {number}")).expect("short"),
                file_name: FileName::parse(&format!("document-{number}.pdf")).ok(),
                announced: Announced::default(),
            })
            .collect();
        self
    }

    /// One more group, all of whom must sign.
    #[must_use]
    pub fn group(mut self, signers: impl IntoIterator<Item = Party>) -> Self {
        self.new.groups.push(NewGroup { quorum: None, time: None, signers: signers.into_iter().collect() });
        self
    }

    /// One more group of so many systems, no two of them of one organization. Nobody needs to be told of anything.
    #[must_use]
    pub fn systems(self, count: usize) -> Self {
        let group = self.new.groups.len();
        self.group((0..count).map(|number| system(&format!("SE{group:04}{number:06}"))))
    }

    /// One more group of so many people, who can be reached and therefore are invited.
    #[must_use]
    pub fn people(self, count: usize) -> Self {
        self.group((0..count).map(|number| Party::Person(person(number))))
    }

    /// Everything set that can be left out.
    #[must_use]
    pub fn complete(mut self) -> Self {
        self.new.dialect = Dialect::Automation;
        self.new.description = Description::parse("Please sign.\nÆrø, Ελλάδα, 🖋").expect("a constant");
        self.new.creator = Some(person(9000));
        self.new.clerk = Some(clerk("kari"));
        self.new.retention = Some(SignedDuration::new(86_400 * 90, 5));
        self.new.options = Options {
            tell_signers: true,
            link: LinkTarget::List,
            seal: SealTerms {
                level: Level::BLta,
                appearance: SealAppearance::Stamp(StampPlace { page: StampPage::Last, corner: Corner::TopLeft }),
            },
        };
        let exit = |name: &str| ExitUrl::parse(&format!("https://example.org/{name}?case=7")).expect("a constant");
        let direct = Direct { completion: exit("done"), rejection: exit("declined"), error: exit("failed"), framed: true };
        self.new.ceremony = Ceremony { language: Some(Language::Danish), hide_signers: true, direct: Some(direct) };
        self.new.groups[0].time = Some(SignedDuration::from_hours(24 * 20));
        self.new.tags = serde_json::json!({"": null, "case": {"number": 17, "ratio": 1e300, "list": [true, "x", [], {}]}});
        self.new.warnings = vec!["colour is not supported".into()];
        for document in &mut self.new.documents {
            document.announced = Announced { sha256: Some(Sha256::of(b"announced")), size: Some(u64::MAX) };
        }
        self
    }

    /// Creates the order.
    ///
    /// # Panics
    /// When the rules do not allow it, e.g. without signers.
    pub fn create(self, entropy: &impl Entropy, now: Timestamp) -> Story {
        let id = order_id(entropy, now);
        let change =
            self.new.create(id, self.organization, self.client, now, || Salt(entropy.array())).expect("a draft that the rules allow");
        Story { changes: vec![change], now: now + SignedDuration::from_secs(1) }
    }
}

impl Story {
    /// The order as it is now.
    pub fn order(&self) -> &Order {
        &self.changes.last().expect("a story begins with a creation").order
    }

    /// Its id.
    pub fn id(&self) -> OrderId {
        self.order().id
    }

    /// All events.
    pub fn events(&self) -> Vec<Event> {
        self.changes.iter().flat_map(|change| change.events.clone()).collect()
    }

    /// The whole story as if it had happened in one change that nobody has to be told of.
    pub fn as_one_change(&self) -> Change {
        Change {
            order: self.order().clone(),
            expected: None,
            events: self.events(),
            tasks: Vec::new(),
            done: Vec::new(),
            idempotency: None,
        }
    }

    /// Commits every change in turn.
    pub async fn commit_to<P: Orders>(&self, ports: &P) -> Answer<()> {
        for change in &self.changes {
            ports.commit(change).await?;
        }
        Ok(())
    }

    /// Lets something happen.
    ///
    /// # Panics
    /// When the rules do not allow it.
    #[must_use]
    pub fn then(mut self, actor: Actor, command: Command) -> Self {
        let change = self.order().clone().apply(actor, self.now, command).expect("a step that the rules allow");
        self.changes.push(change);
        self.now += SignedDuration::from_secs(1);
        self
    }

    /// Lets a clerk of the creating client do something.
    ///
    /// # Panics
    /// When the rules do not allow it.
    #[must_use]
    pub fn then_by(mut self, clerk: &Clerk, salt: Salt, command: Command) -> Self {
        let order = self.order().clone();
        let client = order.created_by.clone();
        let (order, actor) = order.with_clerk(&client, clerk, salt).expect("an order that is not full of clerks");
        self.changes.push(order.apply(actor, self.now, command).expect("a step that the rules allow"));
        self.now += SignedDuration::from_secs(1);
        self
    }

    /// All documents arrive.
    #[must_use]
    pub fn documents_ready(mut self) -> Self {
        for index in (0..).map(DocumentIndex).take(self.order().documents.len()) {
            if self.order().documents[index.as_usize()].state == DocumentState::Awaited {
                self = self.then(Actor::Service, Command::DocumentReady { document: index, facts: facts(index) });
            }
        }
        self
    }

    /// A signer signs what the order holds.
    #[must_use]
    pub fn signed_by(self, signer: SignerIndex) -> Self {
        let act = act(self.order());
        self.then(Actor::Signer { signer }, Command::Sign { signer, act })
    }

    /// Everyone who must sign does so, group after group.
    #[must_use]
    pub fn signed_by_all(mut self) -> Self {
        let open = |story: &Self| {
            story.order().signers().find(|(_, signer)| matches!(signer.status, SignerStatus::Open { .. })).map(|(index, _)| index)
        };
        while let Some(signer) = open(&self) {
            self = self.signed_by(signer);
        }
        self
    }

    /// A signer declines.
    #[must_use]
    pub fn declined_by(self, signer: SignerIndex) -> Self {
        let reason = Reason::parse("The price is wrong.").ok();
        self.then(Actor::Signer { signer }, Command::Decline { signer, method: Method::Link, reason })
    }

    /// The seal is made.
    #[must_use]
    pub fn sealed(self) -> Self {
        let sealed = (0..)
            .map(DocumentIndex)
            .take(self.order().documents.len())
            .map(|document| SealedDocument {
                document,
                attempt: attempt(1),
                object: ObjectVersion { version: format!("sealed-version-{document}"), etag: format!("\"sealed-{document}\"") },
                sha256: Sha256::of(format!("sealed {document}").as_bytes()),
                size: 20_000,
                level: [Level::BB, Level::BT, Level::BLt, Level::BLta][document.as_usize() % 4],
                shortfall: (document.as_usize() == 1)
                    .then(|| Shortfall { code: "no-time-stamp".to_owned(), text: "No authority answered.".to_owned() }),
                lapses_at: (document.as_usize() > 0).then(|| self.now + SignedDuration::from_hours(24 * 365)),
            })
            .collect();
        let task = Task::new(self.id(), TaskKind::Seal, self.now);
        self.then(Actor::Service, Command::Sealed { sealed, task })
    }

    /// The order in every state, with and without everything that can be left out. No task of the first of each pair tells anybody
    /// anything; only systems sign it.
    pub fn in_every_state(entropy: &impl Entropy, organization: &OrganizationId, client: &ClientId, now: Timestamp) -> Vec<Self> {
        let plain = Draft::new(organization, client, now).documents(2).systems(2).systems(1);
        let mut full = Draft::new(organization, client, now).documents(3).people(3).systems(2).complete();
        full.new.groups[0].quorum = Some(2);
        [plain, full].into_iter().flat_map(|draft| every_state(entropy, draft, now)).collect()
    }
}

fn every_state(entropy: &impl Entropy, draft: Draft, now: Timestamp) -> Vec<Story> {
    let drafting = || draft.clone().create(entropy, now);
    let pending = || drafting().documents_ready();
    let sealing = || pending().signed_by_all();
    let cancel = |reason| Command::Cancel { reason };
    let mut late = pending();
    late.now = late.order().deadline;
    let all_decline = |mut story: Story| {
        for (signer, _) in pending().order().signers() {
            if matches!(story.order().state, OrderState::Pending { .. }) {
                story = story.declined_by(signer);
            }
        }
        story
    };
    vec![
        drafting(),
        drafting().then(Actor::Service, Command::DocumentReady { document: DocumentIndex(0), facts: facts(DocumentIndex(0)) }),
        pending(),
        pending().signed_by(SignerIndex(0)),
        sealing(),
        sealing().sealed(),
        sealing().sealed().then(Actor::Service, Command::Erase),
        all_decline(pending()),
        all_decline(pending()).then(Actor::Service, Command::Erase),
        pending().then(Actor::Client { client: draft.client.clone() }, cancel(Reason::parse("A mistake.").ok())),
        pending().signed_by(SignerIndex(0)).then(Actor::Client { client: draft.client.clone() }, cancel(None)),
        late.then(Actor::Service, Command::Expire),
        drafting().then(Actor::Service, Command::DocumentRefused { document: DocumentIndex(1), refusal: refusal() }),
        drafting().then(Actor::Client { client: draft.client.clone() }, Command::Erase),
    ]
}

/// What a signer brings along who saw what the order holds: by link from an address where a person, otherwise as a client.
pub fn act(order: &Order) -> Act {
    let digests = order.digests().unwrap_or_default();
    let claims = BTreeMap::from([("".to_owned(), "empty name".to_owned()), ("rule".to_owned(), "auto-sign: 🖋".to_owned())]);
    if order.creator.is_some() {
        let images = order.images();
        Act { method: Method::SmsCode, claims, digests, images, address: Some(std::net::Ipv6Addr::LOCALHOST.into()), jws: None }
    } else {
        let method = Method::Client { client: order.created_by.clone(), name: "Case system".into() };
        let jws = Jws { detached: "header..signature".into(), jwk: serde_json::json!({"kty": "EC", "crv": "P-256", "x": "", "y": ""}) };
        Act { method, claims, digests, images: Vec::new(), address: None, jws: Some(jws) }
    }
}

/// An attempt's id.
pub fn attempt(number: u32) -> AttemptId {
    format!("attempt-{number:08}").parse().expect("letters, digits and hyphens")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
