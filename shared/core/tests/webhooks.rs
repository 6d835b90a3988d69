//! Endpoints and deliveries: what each change of them leaves.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use segl_core::document::Level;
use segl_core::event::{Actor, ChainHead, What};
use segl_core::id::{DocumentIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::ports::{Due, Webhooks as _};
use segl_core::task::{TaskKind, TaskStatus, WAKE_AGAIN_AFTER};
use segl_core::use_case::announce::announce;
use segl_core::use_case::sweep::{Swept, sweep};
use segl_core::webhook::{About, Delivery, Disabled, Endpoint, EndpointId, EndpointUrl, Jitter, Message, Reception, Topic, WhyDisabled};
use segl_testkit::fake::{Fake, START};
use segl_testkit::story::{Draft, client, organization};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const NO_JITTER: Jitter = Jitter([0, 0]);

fn ours() -> OrganizationId {
    "DK01234567".parse().unwrap()
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: EndpointId::new(START, [1; 10]),
        version: 5,
        organization: ours(),
        client: "client-a".parse().unwrap(),
        url: EndpointUrl::parse("https://example.org/hooks").unwrap(),
        topics: BTreeSet::new(),
        created_at: START,
        secret_generation: 3,
        previous_secret_until: None,
        last_request: None,
        failures: 0,
        failing_since: None,
        retry_at: None,
        disabled: None,
    }
}

fn off(why: WhyDisabled) -> Option<Disabled> {
    Some(Disabled { at: START, why })
}

fn about(endpoint: EndpointId, reason: Option<WhyDisabled>) -> Message {
    Message { position: 7, topic: Topic::WebhookDisabled, at: START, about: About::Endpoint { endpoint, reason } }
}

fn delivery() -> Delivery {
    Delivery { version: 5, failures: 4, ..Delivery::new(&endpoint(), about(endpoint().id, None), START) }
}

fn answered(status: u16) -> Reception {
    Reception::Answered { status, retry_at: None }
}

#[test]
fn an_endpoint_gets_what_it_chose_while_it_is_on() {
    let chosen = |topics: &[Topic]| Endpoint { topics: topics.iter().copied().collect(), ..endpoint() };
    for (what, endpoint, topic, wanted) in [
        ("everything", endpoint(), Topic::SignerSigned, true),
        ("what was chosen", chosen(&[Topic::SignerSigned]), Topic::SignerSigned, true),
        ("something else", chosen(&[Topic::OrderAccepted]), Topic::SignerSigned, false),
        ("while it is off", Endpoint { disabled: off(WhyDisabled::ByOwner), ..endpoint() }, Topic::SignerSigned, false),
        ("a test of another", endpoint(), Topic::WebhookTest, false),
        ("a test that was chosen", chosen(&[Topic::WebhookTest]), Topic::WebhookTest, false),
    ] {
        assert_eq!(endpoint.wants(topic), wanted, "{what}");
    }
    for (why, ours) in [(WhyDisabled::ByOwner, false), (WhyDisabled::Gone, true), (WhyDisabled::Failing, true)] {
        assert_eq!(Disabled { at: START, why }.is_ours(), ours, "{}", why.as_str());
    }
}

#[test]
fn two_secrets_sign_until_the_older_one_ends() {
    let rotated = Endpoint { previous_secret_until: Some(START + MINUTE), ..endpoint() };
    let before = START + MINUTE - SignedDuration::from_nanos(1);
    for (what, endpoint, now, generations) in [
        ("never rotated", endpoint(), START, vec![3]),
        ("during the overlap", rotated.clone(), before, vec![3, 2]),
        ("at its end", rotated.clone(), START + MINUTE, vec![3]),
        ("after it", rotated, START + MINUTE * 2, vec![3]),
    ] {
        assert_eq!(endpoint.secret_generations(now).collect::<Vec<_>>(), generations, "{what}");
    }
}

#[test]
fn what_is_known_of_an_endpoint_follows_its_deliveries() {
    let failing = endpoint().failed(START, false);
    assert_eq!((failing.version, failing.failures, failing.failing_since, failing.disabled), (6, 1, Some(START), None));
    let again = failing.failed(START + MINUTE, false);
    assert_eq!((again.version, again.failures, again.failing_since), (7, 2, Some(START)));
    let owners = Endpoint { disabled: off(WhyDisabled::ByOwner), ..endpoint() }.failed(START + MINUTE, true);
    assert_eq!(owners.disabled, off(WhyDisabled::ByOwner), "who was first switched it off");
    for (what, troubled) in [
        ("failures", Endpoint { failures: 1, ..endpoint() }),
        ("a time", Endpoint { failing_since: Some(START), ..endpoint() }),
        ("a wait", Endpoint { retry_at: Some(START), ..endpoint() }),
        ("all of it", again.probed(START)),
    ] {
        let healed = Endpoint { version: troubled.version + 1, ..endpoint() };
        assert_eq!(troubled.succeeded(), Some(healed), "{what}");
    }
    let probed = endpoint().probed(START);
    assert_eq!((probed.version, probed.retry_at), (6, Some(START + MINUTE)));
}

#[test]
fn every_change_of_a_delivery_is_a_version() {
    use TaskStatus::{Dead, Done, Ready, Waiting};
    let later = Some(START + SignedDuration::from_hours(1));
    let tried = |reception| delivery().attempted(START, START, reception, NO_JITTER);
    for (what, after, status, due, failures) in [
        ("arrived", tried(answered(200)), Done, None, 4),
        ("failed", tried(answered(500)), Waiting, Some(START + SignedDuration::from_hours(5)), 5),
        ("put off", delivery().put_off_until(START + MINUTE, NO_JITTER), Waiting, Some(START + MINUTE * 2), 4),
        ("put off with others", delivery().put_off_until(START + MINUTE * 54, Jitter([255, 255])), Waiting, None, 4),
        ("given up", delivery().given_up(), Dead, None, 4),
        ("woken", delivery().woken(START), Ready, Some(START + WAKE_AGAIN_AFTER), 4),
        ("replayed", delivery().replayed(START), Ready, Some(START + WAKE_AGAIN_AFTER), 0),
    ] {
        assert_eq!((after.version, after.status, after.failures), (6, status, failures), "{what}");
        match what {
            "put off with others" => assert!(after.due > Some(START + MINUTE * 55) && after.due < later, "{what}: {:?}", after.due),
            _ => assert_eq!(after.due, due, "{what}"),
        }
        assert_eq!(after.is_open(), matches!(status, Ready | Waiting), "{what}");
        assert_eq!(after.is_ready(), status == Ready, "{what}");
    }
    let mut replayed = delivery();
    for number in 0..40 {
        replayed = replayed.attempted(START + MINUTE * number, START, answered(500), NO_JITTER).replayed(START);
        assert_eq!(replayed.attempts.len(), usize::try_from(number + 1).unwrap().min(30));
    }
    assert_eq!(replayed.attempts.last().map(|attempt| attempt.at), Some(START + MINUTE * 39), "the newest are remembered");
}

#[test]
fn whoever_is_in_trouble_waits_and_a_notice_does_not() {
    let retry_at = Some(START + MINUTE * 20);
    let troubled = |failures| Endpoint { failures, retry_at, ..endpoint() };
    let message = || about(endpoint().id, Some(WhyDisabled::Gone));
    let soon = (TaskStatus::Ready, Some(START + WAKE_AGAIN_AFTER));
    let at = |endpoint: &Endpoint, now| {
        let new = Delivery::new(endpoint, message(), now);
        (new.status, new.due)
    };
    assert_eq!(at(&endpoint(), START), soon);
    assert_eq!(at(&troubled(2), START), soon);
    assert_eq!(at(&troubled(3), START), (TaskStatus::Waiting, retry_at));
    assert_eq!(at(&troubled(3), START + MINUTE * 20).0, TaskStatus::Ready, "the time has come");
    let notice = Delivery::notice(&troubled(3), message(), START);
    assert_eq!((notice.status, notice.due, notice.noticed()), (soon.0, soon.1, Some(WhyDisabled::Gone)));
    let of_another = Delivery::new(&endpoint(), about(EndpointId::new(START, [2; 10]), Some(WhyDisabled::Gone)), START);
    assert_eq!((delivery().noticed(), of_another.noticed()), (None, None));
}

#[test]
fn only_410_says_that_there_is_nobody() {
    for (status, gone) in [(410, true), (404, false), (200, false)] {
        assert_eq!(answered(status).is_gone(), gone, "{status}");
    }
    assert!(!Reception::NoAnswer("timeout".into()).is_gone());
}

#[test]
fn a_message_tells_what_its_event_is_about() {
    let order = OrderId::new(START, [1; 10]);
    let (signer, document) = (SignerIndex(2), DocumentIndex(1));
    let sha256 = Sha256([1; 32]);
    let upgraded = What::SealUpgraded { document, sha256, level: Level::BLt };
    let mut chain = ChainHead::EMPTY;
    for (what, topic, signer, document, level) in [
        (What::Accepted {}, Topic::OrderAccepted, None, None, None),
        (What::Opened { signer }, Topic::SignerOpened, Some(signer), None, None),
        (What::Invited { signer, channels: vec!["sms".into()] }, Topic::SignerInvited, Some(signer), None, None),
        (upgraded, Topic::SealUpgraded, None, Some(document), Some(Level::BLt)),
    ] {
        let event = chain.append(order, at(chain.seq), Actor::Service, what);
        let message = Message::of(&event, 3).expect("others are told");
        let about = About::Order { order, seq: event.seq, signer, document, level };
        assert_eq!(message, Message { position: 3, topic, at: event.at, about });
        assert_eq!(message.id(&ours()), format!("msg_{order}_{}", event.seq));
    }
    assert_eq!(Message::of(&chain.append(order, START, Actor::Service, What::Held {}), 3), None);
    assert_eq!(about(endpoint().id, None).id(&ours()), "msg_DK01234567_7");
}

#[tokio::test]
async fn an_event_is_published_once_and_owed_to_those_who_want_it() {
    let fake = Fake::new(7);
    let organization = organization(&fake);
    let draft = Draft::new(&organization, &client(&fake, &organization, "key").id, START);
    let story = draft.systems(1).create(&fake, START).documents_ready();
    story.commit_to(&fake).await.expect("no faults");
    let hook = |number: u8, topic| Endpoint {
        id: EndpointId::new(START, [number; 10]),
        version: 1,
        organization: organization.clone(),
        topics: BTreeSet::from([topic]),
        ..endpoint()
    };
    for endpoint in [hook(1, Topic::OrderPending), hook(2, Topic::OrderAccepted)] {
        fake.put_endpoint(&endpoint).await.expect("no faults");
    }
    let opened = story.events().into_iter().find(|event| Topic::of(&event.what) == Some(Topic::OrderPending)).expect("it is pending");
    for seq in [opened.seq, opened.seq, 1, 99] {
        announce(&fake, story.id(), seq).await.expect("no faults");
    }
    let feed: Vec<_> = fake.feed(&organization, 0, 9).await.expect("no faults");
    let published: Vec<_> = feed.iter().map(|message| (message.position, message.topic)).collect();
    assert_eq!(published, [(1, Topic::OrderPending), (2, Topic::OrderCreated)]);
    let owed = |number| fake.deliveries_to(hook(number, Topic::OrderPending).id).into_iter().map(|one| one.message).collect::<Vec<_>>();
    assert_eq!((owed(1), owed(2)), (vec![feed[0].clone()], vec![]));
    let owed = fake.deliveries_to(hook(1, Topic::OrderPending).id).remove(0);
    let due = owed.due.expect("is owed");
    for (now, swept) in [(due - MINUTE, Swept::Nothing), (due, Swept::DeliveryWoken)] {
        fake.set_now(now);
        assert_eq!(sweep(&fake, Due::Delivery(owed.key.clone())).await.expect("no faults"), swept, "{now}");
    }
    assert!(fake.tasks_of(story.id()).iter().filter(|task| matches!(task.kind, TaskKind::Announce(_))).all(|task| !task.is_open()));
}

fn at(seconds: u64) -> Timestamp {
    START + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}

#[test]
fn names_are_read_back_and_no_others() {
    for topic in Topic::ALL {
        assert_eq!(topic.to_string().parse(), Ok(topic));
    }
    assert!("order.unknown".parse::<Topic>().is_err());
    let id = endpoint().id;
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    assert!(id.to_string().replace('-', "").parse::<EndpointId>().is_err());
}

#[test]
fn an_address_is_kept_as_it_is_and_not_printed() {
    let url = |raw: &str| EndpointUrl::parse(raw).expect("an address");
    let longest = format!("https://example.org/{}", "x".repeat(980));
    assert_eq!(url(&longest).as_str(), longest);
    assert!(EndpointUrl::parse(&(longest + "x")).is_err());
    assert!(url("https://example.org/").is_secure() && !url("http://example.org/").is_secure());
    assert_eq!(format!("{:?}", url("https://example.org/?token=1")), "EndpointUrl(..)");
}
