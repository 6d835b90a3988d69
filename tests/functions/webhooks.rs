//! Webhooks and the feed: nothing is lost or told out of turn, signatures hold, and one bad receiver is nobody else's trouble.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use notify::courier::HttpCourier;
use segl_core::id::OrderId;
use segl_core::language::Language;
use segl_core::ports::{Clients as _, Clock as _, Contact, Courier as _, Letter, Organizations as _, Webhooks as _};
use segl_core::signer::Email;
use segl_core::task::TaskStatus;
use segl_core::webhook::{Delivery, EndpointId, EndpointUrl, Reception};
use segl_outbound::{Client, PrivateHosts};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::cases::{create, create_another, order, sign};
use crate::faults::every_step_fails;
use crate::platform::{self, Platform};
use crate::world::{Credential, OURS, World, json_of};

pub const HOOK: &str = "https://hooks.example.org/segl";
const OTHER: &str = "https://other.example.org/segl";

/// The calls of a delivery that ends with a mail to the organization.
const CALLS_OF_A_NOTICE: [&str; 11] = [
    "clients.client",
    "courier.carry",
    "mailer.send_mail",
    "organizations.contact",
    "tasks.due",
    "webhooks.delivery",
    "webhooks.endpoint",
    "webhooks.endpoints",
    "webhooks.feed_head",
    "webhooks.publish",
    "webhooks.put_delivery",
];

/// What is called on the way. A new name fails the test until somebody has thought about what its failure means.
const CALLS: [&str; 26] = [
    "attempts.failures",
    "clients.client",
    "courier.carry",
    "objects.announce_again",
    "objects.append_to_copy",
    "objects.head",
    "objects.put",
    "objects.read",
    "objects.stream",
    "orders.commit",
    "orders.events",
    "orders.idempotency",
    "orders.order",
    "organizations.retention",
    "seal_key.public_key",
    "seal_key.sign",
    "tasks.due",
    "tasks.replace_task",
    "tasks.task",
    "webhooks.delivery",
    "webhooks.endpoint",
    "webhooks.endpoints",
    "webhooks.feed_head",
    "webhooks.publish",
    "webhooks.put_delivery",
    "webhooks.put_endpoint",
];

async fn call(platform: &Platform, by: &Credential, method: &str, target: &str, body: Value, status: u16) -> Value {
    let reply = platform.world.answer(by.json(method, target, &body)).await;
    assert_eq!(reply.status.as_u16(), status, "{method} {target}: {}", String::from_utf8_lossy(&reply.body));
    if reply.body.is_empty() { Value::Null } else { json_of(&reply) }
}

pub async fn hook(platform: &Platform, by: &Credential, url: &str) -> (EndpointId, String) {
    let created = call(platform, by, "POST", "/v1/webhooks", json!({"url": url}), 201).await;
    let text = |member: &str| created[member].as_str().expect(member).to_owned();
    (text("id").parse().expect("an id"), text("secret"))
}

/// An order that our system signs, up to its end.
async fn whole_order(platform: &Platform) -> OrderId {
    let id = create_another(platform, &order()).await;
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    platform.settle().await;
    id
}

/// Lets time pass until nothing is owed to an endpoint.
async fn wait_for_deliveries(platform: &Platform, id: EndpointId) -> Vec<Delivery> {
    platform.settle().await;
    for _ in 0..2000 {
        let deliveries = platform.world.fake().deliveries_to(id);
        if deliveries.iter().all(|delivery| !delivery.is_open()) {
            return deliveries;
        }
        platform.sweep().await;
    }
    panic!("never delivered: {:?}", platform.world.fake().deliveries_to(id));
}

/// Checks `v1` by the specification's own words: base64 of HMAC-SHA-256 over id, timestamp and body.
fn is_signed_by(letter: &Letter, secret: &str) -> bool {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("any length");
    mac.update(format!("{}.{}.{}", letter.id, letter.at.as_second(), String::from_utf8_lossy(&letter.body)).as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    letter.signature.split(' ').any(|one| one == expected)
}

fn kinds(letters: &[Letter]) -> Vec<String> {
    let kind = |letter: &Letter| serde_json::from_slice::<Value>(&letter.body).expect("JSON")["type"].as_str().expect("a type").to_owned();
    letters.iter().map(kind).collect()
}

#[tokio::test]
async fn whatever_fails_every_event_is_published_once_and_delivered() {
    let prepare = async |platform: &Platform| hook(platform, &platform.world.ours, HOOK).await.0;
    let act = async |platform: &Platform, endpoint: EndpointId| {
        // The first try fails, so that the table has further ones.
        platform.world.fake().receive(HOOK, Reception::Answered { status: 500, retry_at: None });
        let id = create(platform, &order()).await;
        platform.settle().await;
        platform.world.fake().receive(HOOK, Reception::Answered { status: 200, retry_at: None });
        platform.wait_for(id, "pending").await;
        sign(platform, &platform.world.ours, id).await;
        platform.wait_for(id, "accepted").await;
        platform.wait_for_tasks(id).await;
        wait_for_deliveries(platform, endpoint).await;
        id
    };
    every_step_fails(&CALLS, prepare, act, async |world, id| {
        let organization = OURS.parse().expect("an organization");
        let feed = world.fake().feed(&organization, 0, 100).await.expect("no fault is left");
        let topics: Vec<_> = feed.iter().map(|message| message.topic.as_str()).collect();
        let told: BTreeSet<_> = topics.iter().copied().collect();
        assert_eq!(topics.len(), told.len(), "each once: {topics:?}");
        assert_eq!(told, BTreeSet::from(["order.created", "order.pending", "signer.signed", "order.accepted"]));
        assert!(feed.iter().zip(1..).all(|(message, position)| message.position == position), "without gaps");
        let ids: BTreeSet<_> = feed.iter().map(|message| message.id(&organization)).collect();
        let arrived: BTreeSet<_> = world.fake().letters().into_iter().map(|letter| letter.id).collect();
        assert_eq!(ids, arrived, "every event reached the receiver, and nothing else did");
        assert!(ids.iter().all(|one| one.starts_with(&format!("msg_{id}_"))));
    })
    .await;
}

#[tokio::test]
async fn deliveries_are_thin_and_signed_also_while_the_secret_changes() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let ours = platform.world.ours.clone();
    let (id, first) = hook(&platform, &ours, HOOK).await;
    let order = whole_order(&platform).await;
    let letters = platform.world.fake().letters();
    assert_eq!(kinds(&letters), ["order.created", "order.pending", "signer.signed", "order.accepted"]);
    for letter in &letters {
        assert!(is_signed_by(letter, &first));
        let body: Value = serde_json::from_slice(&letter.body).expect("JSON");
        assert_eq!(body["data"]["order"], order.to_string());
        let members: Vec<_> = body["data"].as_object().expect("data").keys().map(String::as_str).collect();
        assert!(members.iter().all(|name| ["order", "seq", "signer"].contains(name)), "{members:?}");
    }
    // Both secrets sign during the overlap, and the new one alone after it.
    let rotated = call(&platform, &ours, "POST", &format!("/v1/webhooks/{id}/rotate-secret"), json!({"overlap_seconds": 3600}), 200).await;
    let second = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(first, second);
    for (advance, both) in [(0, true), (3601, false)] {
        platform.world.fake().advance(SignedDuration::from_secs(advance));
        call(&platform, &ours, "POST", &format!("/v1/webhooks/{id}/test"), json!({}), 202).await;
        platform.settle().await;
        let last = platform.world.fake().letters().pop().expect("a letter");
        assert_eq!((is_signed_by(&last, &first), is_signed_by(&last, &second)), (both, true));
        assert_eq!(last.signature.split(' ').count(), if both { 4 } else { 2 }, "v1 and v1a for each");
    }
    let shown = call(&platform, &ours, "GET", &format!("/v1/webhooks/{id}"), json!({}), 200).await;
    assert!(shown.get("secret").is_none() && shown["public_key"].as_str().is_some_and(|key| key.starts_with("whpk_")));
}

#[tokio::test]
async fn a_receiver_that_answers_500_for_a_day_gets_everything_in_the_end() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let (bad, _) = hook(&platform, &platform.world.ours.clone(), HOOK).await;
    let (good, _) = hook(&platform, &platform.world.theirs.clone(), OTHER).await;
    let fake = platform.world.fake();
    fake.receive(HOOK, Reception::Answered { status: 500, retry_at: None });
    let began = fake.now();
    let mut orders = Vec::new();
    while fake.now().duration_since(began) < SignedDuration::from_hours(24) {
        if orders.len() < 5 {
            orders.push(whole_order(&platform).await);
        }
        platform.sweep().await;
    }
    let tries = fake.letters().len();
    assert!(tries < 150, "an endpoint in trouble is tried by one delivery at a time: {tries}");
    fake.receive(HOOK, Reception::Answered { status: 200, retry_at: None });
    let deliveries = wait_for_deliveries(&platform, bad).await;
    assert_eq!(deliveries.len(), 4 * orders.len());
    assert!(deliveries.iter().all(|delivery| delivery.status == TaskStatus::Done));
    assert_eq!(fake.deliveries_to(good).len(), 0, "another organization hears nothing");
    let listed = call(&platform, &platform.world.ours, "GET", &format!("/v1/webhooks/{bad}"), json!({}), 200).await;
    assert!(listed["enabled"] == true && listed.get("failing_since").is_none(), "{listed}");
}

/// Whom our organization wants told.
fn operations() -> Contact {
    Contact { email: Email::parse("ops@example.org").expect("an address"), language: Language::Danish }
}

#[tokio::test]
async fn whatever_fails_the_organization_is_told_by_mail_that_a_webhook_was_switched_off() {
    let prepare = async |platform: &Platform| {
        let ours = platform.world.ours.clone();
        platform.world.fake().set_contact(&ours.client.organization, Some(&operations())).await.expect("no fault yet");
        let order = whole_order(platform).await;
        platform.wait_for_tasks(order).await;
        let (id, _) = hook(platform, &ours, HOOK).await;
        platform.world.fake().receive(HOOK, Reception::Answered { status: 410, retry_at: None });
        call(platform, &ours, "POST", &format!("/v1/webhooks/{id}/test"), json!({}), 202).await;
        (id, order)
    };
    let act = async |platform: &Platform, (id, order): (EndpointId, OrderId)| {
        wait_for_deliveries(platform, id).await;
        order
    };
    every_step_fails(&CALLS_OF_A_NOTICE, prepare, act, async |world, _| {
        let mails = world.fake().mails().into_iter().filter(|(to, _)| *to == operations().email).count();
        assert!(mails >= 1, "a mail of which nobody knows whether it went out goes out again");
        let organization = OURS.parse().expect("an organization");
        let feed = world.fake().feed(&organization, 0, 100).await.expect("no fault is left");
        let told = feed.iter().filter(|message| message.topic.as_str() == "webhook.disabled").count();
        assert_eq!(told, 1, "one event of it");
        let off = world.fake().endpoints(&organization).await.expect("no fault is left");
        assert!(off.iter().all(|endpoint| endpoint.disabled.is_some_and(|off| off.is_ours())));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_written_to_who_need_not_be() {
    for (what, contact, enabled_again) in [("nobody was named", None, false), ("it is on again", Some(operations()), true)] {
        let platform = Platform::new(platform::Delivery::Prompt).await;
        let (ours, fake) = (platform.world.ours.clone(), platform.world.fake());
        let (id, _) = hook(&platform, &ours, HOOK).await;
        fake.set_contact(&ours.client.organization, contact.as_ref()).await.expect("no fault");
        fake.receive(HOOK, Reception::Answered { status: 410, retry_at: None });
        if enabled_again {
            fake.fail_always("mailer.send_mail", segl_testkit::fake::Fault::BeforeEffect);
        }
        create_another(&platform, &order()).await;
        platform.settle().await;
        if enabled_again {
            call(&platform, &ours, "PATCH", &format!("/v1/webhooks/{id}"), json!({"enabled": true}), 200).await;
            fake.receive(HOOK, Reception::Answered { status: 200, retry_at: None });
            fake.heal();
        }
        wait_for_deliveries(&platform, id).await;
        assert!(fake.mails().is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_never_answers_is_switched_off_with_a_notice() {
    for (answer, reason, hours) in [(410, "gone", 1), (500, "failing", 100)] {
        let platform = Platform::new(platform::Delivery::Prompt).await;
        let ours = platform.world.ours.clone();
        let (id, _) = hook(&platform, &ours, HOOK).await;
        let (other, _) = hook(&platform, &ours, OTHER).await;
        let fake = platform.world.fake();
        fake.set_contact(&ours.client.organization, Some(&operations())).await.expect("no fault");
        fake.receive(HOOK, Reception::Answered { status: answer, retry_at: None });
        create_another(&platform, &order()).await;
        platform.settle().await;
        for _ in 0..hours * 10 {
            platform.sweep().await;
        }
        let shown = call(&platform, &ours, "GET", &format!("/v1/webhooks/{id}"), json!({}), 200).await;
        assert_eq!((&shown["enabled"], &shown["disabled_reason"]), (&json!(false), &json!(reason)), "{shown}");
        wait_for_deliveries(&platform, id).await;
        let told = wait_for_deliveries(&platform, other).await;
        let notice = told.iter().find(|delivery| delivery.message.topic.as_str() == "webhook.disabled").expect("a notice");
        assert_eq!(notice.status, TaskStatus::Done);
        let feed = call(&platform, &ours, "GET", "/v1/events", json!({}), 200).await;
        let events = feed["events"].as_array().expect("events");
        let notices: Vec<_> = events.iter().filter(|event| event["type"] == "webhook.disabled").collect();
        assert_eq!(notices.len(), 1, "one notice");
        assert_eq!(notices[0]["data"], json!({"webhook": id.to_string(), "reason": reason}));
        let mails: Vec<_> = fake.mails().into_iter().filter(|(to, _)| *to == operations().email).collect();
        assert_eq!(mails.len(), 1, "and one mail");
        let (subject, text) = (&mails[0].1.subject, &mails[0].1.text);
        assert!(subject.contains("hooks.example.org") && text.contains(&id.to_string()) && text.contains("slået fra"), "{subject}\n{text}");
        assert!(!text.contains(HOOK), "an address may hold a token in its path");
        let log = call(&platform, &ours, "GET", &format!("/v1/webhooks/{id}/deliveries"), json!({}), 200).await;
        let told = log["deliveries"].as_array().expect("a log").iter().find(|one| one["event"]["type"] == "webhook.disabled");
        assert_eq!(told.expect("the mail stands in the log")["attempts"][0]["status"], 250);

        // Switched on again, it gets what it missed.
        fake.receive(HOOK, Reception::Answered { status: 200, retry_at: None });
        let target = format!("/v1/webhooks/{id}");
        call(&platform, &ours, "POST", &format!("{target}/replay"), json!({"first": 1}), 400).await;
        assert_eq!(call(&platform, &ours, "PATCH", &target, json!({"enabled": true}), 200).await["enabled"], true);
        let last = feed["next_after"].as_u64().expect("a position");
        let replay = json!({"first": 1, "last": last, "failed_only": true});
        let replayed = call(&platform, &ours, "POST", &format!("{target}/replay"), replay, 202).await;
        assert!(replayed["replayed"].as_u64().is_some_and(|count| count >= 1), "{replayed}");
        let done = wait_for_deliveries(&platform, id).await;
        assert!(done.iter().all(|delivery| delivery.status == TaskStatus::Done));
    }
}

/// The ways in which a receiver can be bad, as `receivers_that_hang_drip_redirect_or_are_private_fail_by_themselves` finds that the
/// courier tells of them, and one that changes from one to the next.
#[tokio::test]
async fn of_one_organizations_receivers_the_bad_ones_harm_none_of_the_others() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let (ours, fake) = (platform.world.ours.clone(), platform.world.fake());
    let no_answer = |name: &str| Reception::NoAnswer(name.to_owned());
    let answered = |status| Reception::Answered { status, retry_at: None };
    let bad = [
        ("hangs", no_answer("time-out")),
        ("drips", no_answer("time-out")),
        ("redirects", answered(307)),
        ("rebinds", no_answer("private-address")),
        ("fails", answered(500)),
        ("floods", no_answer("answer-too-large")),
        ("stalls", Reception::Answered { status: 503, retry_at: Some(fake.now() + SignedDuration::from_hours(1000)) }),
    ];
    let url = |name: &str| format!("https://{name}.example.org/segl");
    let (good, _) = hook(&platform, &ours, HOOK).await;
    let mut ids = Vec::new();
    for (name, reception) in &bad {
        fake.receive(&url(name), reception.clone());
        ids.push(hook(&platform, &ours, &url(name)).await.0);
    }
    let began = fake.now();
    let mut orders = 0;
    while fake.now().duration_since(began) < SignedDuration::from_hours(24) {
        if orders < 3 {
            whole_order(&platform).await;
            orders += 1;
        }
        platform.sweep().await;
    }
    let delivered = fake.deliveries_to(good);
    assert_eq!(delivered.len(), 4 * orders);
    for delivery in &delivered {
        assert_eq!((delivery.status, delivery.attempts.len()), (TaskStatus::Done, 1), "at the first try: {delivery:?}");
    }
    for (name, _) in &bad {
        fake.receive(&url(name), answered(204));
    }
    for (id, (name, _)) in ids.into_iter().zip(&bad) {
        let delivered = wait_for_deliveries(&platform, id).await;
        assert_eq!(delivered.len(), 4 * orders, "{name}");
        assert!(delivered.iter().all(|delivery| delivery.status == TaskStatus::Done), "{name} gets everything once it is well");
    }
}

/// Records of the stream come twice, and late.
#[tokio::test]
async fn an_old_record_of_the_stream_makes_no_early_try() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let (fake, world) = (platform.world.fake(), &platform.world);
    let (id, _) = hook(&platform, &world.ours.clone(), HOOK).await;
    fake.receive(HOOK, Reception::Answered { status: 503, retry_at: Some(fake.now() + SignedDuration::from_hours(1)) });
    create_another(&platform, &order()).await;
    platform.settle().await;
    let waiting = fake.deliveries_to(id);
    let tries = fake.letters().len();
    assert!(!waiting.is_empty() && waiting.iter().all(|delivery| delivery.status == TaskStatus::Waiting), "{waiting:?}");
    for delivery in &waiting {
        notify::deliver(&world.service, &world.post, fake, &delivery.key).await.expect("no fault");
    }
    assert_eq!((fake.letters().len(), fake.deliveries_to(id)), (tries, waiting), "they wait for their time");
    fake.receive(HOOK, Reception::Answered { status: 200, retry_at: None });
    let delivered = wait_for_deliveries(&platform, id).await;
    assert!(delivered.iter().all(|delivery| delivery.status == TaskStatus::Done));
}

#[tokio::test]
async fn the_log_tells_every_try_and_the_feed_goes_on_where_it_was_left() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let ours = platform.world.ours.clone();
    let (id, _) = hook(&platform, &ours, HOOK).await;
    let fake = platform.world.fake();
    fake.receive(HOOK, Reception::Answered { status: 503, retry_at: None });
    call(&platform, &ours, "POST", &format!("/v1/webhooks/{id}/test"), json!({}), 202).await;
    platform.settle().await;
    fake.receive(HOOK, Reception::NoAnswer("time-out".to_owned()));
    platform.sweep().await;
    let log = call(&platform, &ours, "GET", &format!("/v1/webhooks/{id}/deliveries"), json!({}), 200).await;
    let one = &log["deliveries"][0];
    assert_eq!((&one["event"]["type"], &one["status"]), (&json!("webhook.test"), &json!("pending")));
    assert_eq!(one["attempts"][0]["status"], 503);
    assert_eq!(one["attempts"][1]["failure"], "time-out");

    fake.receive(HOOK, Reception::Answered { status: 200, retry_at: None });
    let (first, second) = (whole_order(&platform).await, whole_order(&platform).await);
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page = call(&platform, &ours, "GET", &format!("/v1/events?after={after}&limit=2"), json!({}), 200).await;
        seen.extend(page["events"].as_array().expect("events").clone());
        after = page["next_after"].as_u64().expect("a position");
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 9, "a test, and four events of each order");
    let end = call(&platform, &ours, "GET", &format!("/v1/events?after={after}"), json!({}), 200).await;
    assert_eq!((&end["events"], &end["next_after"]), (&json!([]), &json!(after)));
    let of_one = call(&platform, &ours, "GET", &format!("/v1/events?order={second}"), json!({}), 200).await;
    assert!(
        of_one["events"]
            .as_array()
            .is_some_and(|events| events.len() == 4 && events.iter().all(|event| event["data"]["order"] == second.to_string()))
    );
    assert_ne!(first, second);
    let theirs = platform.world.theirs.clone();
    assert_eq!(call(&platform, &theirs, "GET", &format!("/v1/events?order={second}"), json!({}), 200).await["events"], json!([]));

    // What came before the endpoint did can be had, too.
    wait_for_deliveries(&platform, id).await;
    let (late, _) = hook(&platform, &ours, OTHER).await;
    let replay = json!({"first": 2, "last": 5});
    assert_eq!(call(&platform, &ours, "POST", &format!("/v1/webhooks/{late}/replay"), replay, 202).await["replayed"], 4);
    let delivered = wait_for_deliveries(&platform, late).await;
    assert!(delivered.len() == 4 && delivered.iter().all(|delivery| delivery.status == TaskStatus::Done));
    for bad in [json!({"first": 0}), json!({"first": 5, "last": 4}), json!({"first": 1, "last": 101})] {
        call(&platform, &ours, "POST", &format!("/v1/webhooks/{late}/replay"), bad, 400).await;
    }
}

#[tokio::test]
async fn a_webhook_is_its_owners_alone_and_ends_with_its_owners_rights() {
    let platform = Platform::new(platform::Delivery::Prompt).await;
    let (ours, theirs) = (platform.world.ours.clone(), platform.world.theirs.clone());
    let (id, _) = hook(&platform, &ours, HOOK).await;
    for (method, path, body) in [
        ("GET", "", json!({})),
        ("PATCH", "", json!({"enabled": false})),
        ("DELETE", "", json!({})),
        ("POST", "/test", json!({})),
        ("POST", "/replay", json!({"first": 1})),
        ("POST", "/rotate-secret", json!({})),
        ("GET", "/deliveries", json!({})),
    ] {
        let refused = call(&platform, &theirs, method, &format!("/v1/webhooks/{id}{path}"), body, 404).await;
        assert_eq!((&refused["code"], &refused["title"]), (&json!("no-such-webhook"), &json!("No such webhook")));
    }
    assert_eq!(call(&platform, &theirs, "GET", "/v1/webhooks", json!({}), 200).await["webhooks"], json!([]));
    // Who may not read orders any more hears nothing of them.
    let mut client = ours.client.clone();
    client.enabled = false;
    platform.world.fake().put_client(&client).await.expect("no fault");
    let theirs_order = json!({
        "title": "Offer",
        "documents": [{"title": "Offer", "content_base64": STANDARD.encode(crate::cases::document())}],
        "signers": [{"type": "system", "organization": OURS}],
    });
    let created = platform.world.answer(theirs.json("POST", "/v1/orders", &theirs_order)).await;
    assert_eq!(created.status, StatusCode::CREATED);
    platform.settle().await;
    assert!(platform.world.fake().letters().is_empty(), "nobody is told of another organization's orders");
    platform.world.fake().put_client(&ours.client).await.expect("no fault");
    create_another(&platform, &order()).await;
    platform.world.fake().put_client(&client).await.expect("no fault");
    platform.settle().await;
    assert!(platform.world.fake().letters().is_empty(), "a client that is switched off hears nothing");
    assert!(platform.world.fake().deliveries_to(id).iter().all(|delivery| delivery.status == TaskStatus::Dead));
}

/// A server on this machine; each connection is handled by `serve`.
async fn server<F, R>(serve: F) -> u16
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    port
}

async fn answer(mut stream: TcpStream, answer: &str) {
    let mut request = vec![0; 4096];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[tokio::test]
async fn receivers_that_hang_drip_redirect_or_are_private_fail_by_themselves() {
    let secret = World::new().await.service.root_key.webhook_secret("0190a6c5-9d01-7f4e-a2b3-7c6d5e4f3a2b".parse().expect("an id"), 1);
    let courier = HttpCourier::with_time(Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []), Duration::from_secs(5));
    let silent = server(|stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let dripping = server(|mut stream| async move {
        let mut request = vec![0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
        while stream.write_all(b".").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let private = server(|_| async { panic!("a redirect was followed") }).await;
    let redirecting = server(move |stream| async move {
        answer(stream, &format!("HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:{private}/\r\nContent-Length: 0\r\n\r\n")).await;
    })
    .await;
    let patient = server(|stream| answer(stream, "HTTP/1.1 503 Later\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n")).await;
    let endless = server(|mut stream| async move {
        let mut request = vec![0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'.'; 4096]).await.is_ok() {}
    })
    .await;
    let fine = server(|stream| answer(stream, "HTTP/1.1 204 Nothing\r\n\r\n")).await;
    let at = segl_testkit::fake::START;
    let letter = |url: String| Letter {
        url: EndpointUrl::parse(&url).expect("an address"),
        id: "msg_1".to_owned(),
        at,
        signature: secret.sign("msg_1", at, b"{}"),
        body: b"{}".to_vec(),
    };
    let local = |port: u16| letter(format!("http://127.0.0.1:{port}/"));
    let no_answer = |name: &str| Reception::NoAnswer(name.to_owned());
    let answered = |status| Reception::Answered { status, retry_at: None };
    let table = [
        (local(silent), no_answer("time-out")),
        (local(dripping), no_answer("time-out")),
        (local(redirecting), answered(307)),
        (local(patient), Reception::Answered { status: 503, retry_at: Some(at + SignedDuration::from_secs(120)) }),
        (local(endless), no_answer("answer-too-large")),
        // What the name leads to is checked when connecting; `shared/outbound/tests/servers.rs` has names that change between the two.
        (letter(format!("http://localhost:{fine}/")), no_answer("private-address")),
        (letter("http://169.254.169.254/latest/meta-data/".to_owned()), no_answer("private-address")),
        (local(fine), answered(204)),
    ];
    // All at once, as in a batch: the slow ones hold up none of the others.
    let tries = table.iter().map(|(letter, expected)| {
        let courier = &courier;
        async move { (courier.carry(letter).await, expected) }
    });
    for (number, (reception, expected)) in futures_util::future::join_all(tries).await.into_iter().enumerate() {
        assert_eq!(reception, *expected, "receiver {number}");
    }
}
