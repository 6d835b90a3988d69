//! Everything that is stored is read back as it was, and the largest order fits an item.

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;
use segl_core::ceremony::Authentication;
use segl_core::clerk::{Clerk, MAX_CLERKS};
use segl_core::commitment::Salt;
use segl_core::document::{DocumentFacts, DocumentState, Finding};
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, SignerIndex};
use segl_core::language::Language;
use segl_core::order::{MAX_DOCUMENTS, MAX_SIGNERS, Order};
use segl_core::ports::{Clock as _, Entropy as _, PortError};
use segl_core::signer::{DirectoryKey, Email, Method, Mobile, NationalId, Party, Person, ZoneName};
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::text::{Description, FileName, Name, Reason, Title};
use segl_core::transition::Command;
use segl_testkit::fake::Fake;
use segl_testkit::story::{Draft, Story, client, facts, organization};

use super::{StoredOrder, task_from_row, task_item};
use crate::item::{Attributes, Item, ItemKey, Row};

/// DynamoDB's limit for an item: names and values of all attributes together.
const MAX_ITEM: usize = 400 * 1024;

fn item(order: &Order) -> Attributes {
    Item::new(&ItemKey::order(order.id)).number("version", order.version).body(&StoredOrder::from(order)).into_attributes()
}

fn read(attributes: Attributes) -> Result<Order, PortError> {
    Row::new(attributes)?.read(|row| row.body::<StoredOrder>()?.try_into())
}

fn size(attributes: &Attributes) -> usize {
    let value = |value: &AttributeValue| value.as_s().or(value.as_n()).map_or(0, String::len);
    attributes.iter().map(|(name, one)| name.len() + value(one)).sum()
}

fn draft(fake: &Fake) -> Draft {
    let organization = organization(fake);
    Draft::new(&organization, &client(fake, &organization, "").id, fake.now())
}

#[test]
fn orders_are_read_back_in_every_state() {
    let fake = Fake::default();
    let organization = organization(&fake);
    for story in Story::in_every_state(&fake, &organization, &client(&fake, &organization, "").id, fake.now()) {
        for change in &story.changes {
            assert_eq!(read(item(&change.order)).ok().as_ref(), Some(&change.order));
        }
    }
}

#[test]
fn tasks_are_read_back_and_expire_when_they_are_over() {
    let fake = Fake::default();
    let new = Task::new(draft(&fake).systems(1).create(&fake, fake.now()).id(), TaskKind::Invite(SignerIndex(7)), fake.now());
    let mut dead = new.clone().failed(fake.now());
    (dead.status, dead.due) = (TaskStatus::Dead, None);
    for (task, expires) in [(new.clone(), false), (new.clone().failed(fake.now()), false), (new.done(), true), (dead, true)] {
        let attributes = task_item(&task, fake.now()).into_attributes();
        assert_eq!(attributes.contains_key("ttl"), expires, "{task:?}");
        let list = attributes.get("agenda").and_then(|name| name.as_s().ok()).map(|name| name.starts_with("agenda#"));
        let expected = [task.is_open().then_some(true), (task.status == TaskStatus::Dead).then_some(false)];
        assert_eq!(list, expected.into_iter().flatten().next(), "{task:?}");
        assert_eq!(attributes["consumer"], AttributeValue::S("notify".to_owned()));
        assert_eq!(Row::new(attributes).unwrap().read(task_from_row).unwrap(), task);
    }
}

#[test]
fn an_impossible_item_is_an_error_that_names_its_key() {
    let fake = Fake::default();
    let order = draft(&fake).systems(1).create(&fake, fake.now()).order().clone();
    let with = |name: &str, value: AttributeValue| {
        let mut attributes = item(&order);
        attributes.insert(name.to_owned(), value);
        attributes
    };
    let body = item(&order)["body"].as_s().unwrap().clone();
    let altered = |from: &str, to: &str| {
        assert!(body.contains(from), "{from} is in {body}");
        with("body", AttributeValue::S(body.replace(from, to)))
    };
    for (case, attributes) in [
        ("another format", with("format", AttributeValue::N("2".to_owned()))),
        ("no JSON", with("body", AttributeValue::S("{".to_owned()))),
        ("a body of another type", with("body", AttributeValue::N("1".to_owned()))),
        ("a version that cannot be", altered("\"version\":1", "\"version\":0")),
        ("an unknown dialect", altered("\"native\"", "\"esperanto\"")),
        ("a title without text", altered("Purchase agreement", " ")),
        ("a quorum that no group can have", altered("\"quorums\":[1]", "\"quorums\":[2]")),
        ("no groups", altered("\"quorums\":[1]", "\"quorums\":[]")),
    ] {
        let error = read(attributes).expect_err(case);
        assert!(matches!(&error, PortError::Corrupt { key, .. } if *key == format!("ORDER#{} / META", order.id)), "{case}: {error}");
    }
}

/// The most of everything that the domain lets through, in characters of four bytes each.
#[test]
fn the_largest_order_fits_an_item() {
    let fake = Fake::default();
    let wide = |count: usize| "🖋".repeat(count);
    let person = |number: usize| Person {
        title: None,
        name: Name::parse(&wide(200)).ok(),
        email: Email::parse(&format!("{number:064}@{}.example", "d".repeat(180))).ok(),
        mobile: Mobile::parse("+123456789012345").ok(),
        national_id: NationalId::parse(&"9".repeat(20)).ok(),
        directory: DirectoryKey::parse(&format!("sAMAccountName={}", "x".repeat(241))).ok(),
        authentication: Authentication::SmsCode,
        assurance: None,
        language: Some(Language::Norwegian),
        zone: ZoneName::parse("America/Argentina/ComodRivadavia").ok(),
    };
    let mut draft = draft(&fake).documents(MAX_DOCUMENTS).group((0..MAX_SIGNERS).map(|number| Party::Person(person(number)))).complete();
    draft.new.groups[0].quorum = Some(1);
    draft.new.title = Title::parse(&wide(200)).unwrap();
    draft.new.description = Description::parse(&wide(4000)).unwrap();
    draft.new.creator = Some(person(0));
    draft.new.tags = serde_json::Value::String("t".repeat(8000));
    for document in &mut draft.new.documents {
        document.title = Title::parse(&wide(200)).unwrap();
        document.file_name = FileName::parse(&wide(255)).ok();
    }
    let clerk = |number: usize| Clerk {
        provider: "p".repeat(40),
        subject: format!("{number:0255}"),
        name: Name::parse(&wide(200)).ok(),
        email: person(number).email,
    };
    draft.new.clerk = Some(clerk(0));
    let mut story = draft.create(&fake, fake.now());
    for number in 1..MAX_CLERKS {
        story = story.then_by(&clerk(number), Salt(fake.array()), Command::Hold);
    }
    for index in (0..20).map(DocumentIndex) {
        let finding = Finding { code: "embedded-files".into(), text: "x".repeat(120) };
        let facts = DocumentFacts { findings: vec![finding; 10], ..facts(index) };
        story = story.then(Actor::Service, Command::DocumentReady { document: index, facts });
        assert!(matches!(story.order().documents[index.as_usize()].state, DocumentState::Ready(_)));
    }
    let all_decline = (0..49).map(SignerIndex).fold(story.clone(), |story, signer| {
        let reason = Reason::parse(&wide(1000)).ok();
        story.then(Actor::Signer { signer }, Command::Decline { signer, method: Method::Link, reason })
    });
    let mut all_sign = story;
    all_sign = all_sign.signed_by(SignerIndex(0));
    for (case, story) in [("49 of 50 decline", all_decline), ("one signs", all_sign)] {
        let attributes = item(story.order());
        let size = size(&attributes);
        assert!(size < MAX_ITEM, "{case}: {size} bytes");
        assert_eq!(read(attributes).ok().as_ref(), Some(story.order()), "{case}");
    }
}

/// A step that may or may not be possible: the ones that are not are left out.
fn step(story: Story, step: &Step) -> Story {
    let signer = |raw: u8| SignerIndex(u16::from(raw) % 6);
    let command = match step {
        Step::Ready(raw) => {
            let document = DocumentIndex(u16::from(*raw) % 3);
            Command::DocumentReady { document, facts: facts(document) }
        }
        Step::Sign(raw, claims) => {
            let mut act = segl_testkit::story::act(story.order());
            act.claims.insert(claims.0.clone(), claims.1.clone());
            Command::Sign { signer: signer(*raw), act }
        }
        Step::Decline(raw, reason) => Command::Decline { signer: signer(*raw), method: Method::Link, reason: Reason::parse(reason).ok() },
        Step::Cancel(reason) => Command::Cancel { reason: Reason::parse(reason).ok() },
        Step::Erase => Command::Erase,
    };
    match story.order().clone().apply(Actor::Service, story.now, command) {
        Ok(change) => {
            let mut changes = story.changes;
            changes.push(change);
            Story { changes, ..story }
        }
        Err(_) => story,
    }
}

#[derive(Debug, Clone)]
enum Step {
    Ready(u8),
    Sign(u8, (String, String)),
    Decline(u8, String),
    Cancel(String),
    Erase,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        6 => any::<u8>().prop_map(Step::Ready),
        8 => (any::<u8>(), (any::<String>(), any::<String>())).prop_map(|(signer, claims)| Step::Sign(signer, claims)),
        2 => (any::<u8>(), any::<String>()).prop_map(|(signer, reason)| Step::Decline(signer, reason)),
        1 => any::<String>().prop_map(Step::Cancel),
        1 => Just(Step::Erase),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever text a caller sends, and whatever happens to the order then.
    #[test]
    fn any_order_is_read_back(
        title in "\\PC{1,200}", description in any::<String>(), name in any::<String>(), number in any::<f64>(),
        label in any::<String>(), seed in any::<u64>(), quorum in 1..=3_u16, steps in steps(),
    ) {
        let fake = Fake::new(seed);
        let mut draft = draft(&fake).documents(3).people(3).systems(3);
        draft.new.groups[0].quorum = Some(quorum);
        if let Ok(title) = Title::parse(&title) {
            draft.new.title = title;
        }
        if let Ok(description) = Description::parse(&description) {
            draft.new.description = description;
        }
        if let Party::Person(person) = &mut draft.new.groups[0].signers[0] {
            person.name = Name::parse(&name).ok();
        }
        draft.new.tags = serde_json::json!({ label: number });
        let story = steps.iter().fold(draft.create(&fake, fake.now()), step);
        let attributes = item(story.order());
        prop_assert_eq!(&read(attributes).unwrap(), story.order());
    }
}
