//! Every route that changes something, sent again under the same idempotency key: whatever failed the first time, it is done once, and
//! the answer is that of the first time. A route that is not in the table fails.

use std::collections::BTreeSet;

use segl_core::event::What;
use segl_core::id::OrderId;
use segl_core::ports::{Orders as _, RegisterBook as _, Webhooks as _};
use segl_core::register::RegisterName;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_testkit::fake::Fault;
use segl_testkit::registers;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cases::{base64, create, document, order, sign};
use crate::matrix::{GUARDED, OPEN};
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, OURS, THEIRS, World, header, json_of, with_body};

const KEY: &str = "0190a6c5-again";
const WORKFLOWS: &str = "/transactionsigning/api/workflows";

/// The route, and what makes ready for it.
struct Row {
    route: &'static str,
    ready: Ready,
}

/// What must be there before the call.
#[derive(Clone, Copy)]
enum Ready {
    /// Nothing.
    Nothing,
    /// An order that our system signs.
    Pending,
    /// An order that a person signs.
    Person,
    /// An order of the direct flow.
    Direct,
    /// A client with registers.
    Register,
    /// A webhook.
    Webhook,
    /// A workflow that nobody has been asked to sign.
    Open,
    /// A workflow that the other organization's system was asked to sign.
    Asked,
    /// A workflow that is sealed.
    Sealed,
}

const fn row(route: &'static str, ready: Ready) -> Row {
    Row { route, ready }
}

/// Every route that changes something.
const ROWS: [Row; 27] = [
    row("POST /v1/orders", Ready::Nothing),
    row("POST /v1/orders:batch", Ready::Nothing),
    row("DELETE /v1/orders/{id}", Ready::Pending),
    row("POST /v1/orders/{id}/cancel", Ready::Pending),
    row("POST /v1/orders/{id}/remind", Ready::Person),
    row("POST /v1/orders/{id}/extend", Ready::Pending),
    row("POST /v1/orders/{id}/signers/0/redirect", Ready::Direct),
    row("POST /v1/orders/{id}/signers/0/remind", Ready::Person),
    row("POST /v1/orders/{id}/signers/0/unblock", Ready::Person),
    row("POST /v1/orders/{id}/signers/0/correct", Ready::Person),
    row("POST /v1/orders/{id}/signatures", Ready::Pending),
    row("POST /v1/orders/{id}/hold", Ready::Pending),
    row("POST /v1/orders/{id}/release", Ready::Pending),
    row("POST /v1/webhooks", Ready::Nothing),
    row("PATCH /v1/webhooks/{webhook}", Ready::Webhook),
    row("DELETE /v1/webhooks/{webhook}", Ready::Webhook),
    row("POST /v1/webhooks/{webhook}/rotate-secret", Ready::Webhook),
    row("POST /zgw/ondertekentransacties", Ready::Register),
    row("POST /orders", Ready::Nothing),
    row("DELETE /orders/{id}", Ready::Pending),
    row("POST /transactionsigning/api/workflows/{cvr}", Ready::Nothing),
    row("POST /transactionsigning/api/workflows/{cvr}/{id}/pades", Ready::Sealed),
    row("POST /transactionsigning/api/workflows/{cvr}/{id}/close", Ready::Asked),
    row("POST /transactionsigning/api/workflows/{cvr}/{id}/cancel", Ready::Open),
    row("POST /transactionsigning/api/workflows/{cvr}/signtextid", Ready::Open),
    row("POST /transactionsigning/api/systemsignatures/{handle}/sign", Ready::Asked),
    row("POST /transactionsigning/api/systemsignatures/{handle}/decline", Ready::Asked),
];

/// Routes without an idempotency key: nothing is stored of an access token; and what a signer does on a page shows by the page's form who
/// does it, and counts once for each signer (`a_click_that_is_sent_again_counts_once`). A test message is of no consequence, and a replay
/// sends what receivers tell from the first copy by its id. Who is anonymised again is found nowhere.
/// The sender's form for a new order counts once by what the page put into it
/// (`a_form_that_is_wrong_comes_back_and_one_that_is_sent_twice_counts_once`).
const WITHOUT_KEY: [&str; 11] = [
    "POST /oauth2/token",
    "POST /sign/{link}",
    "POST /portal/orders/{id}/{n}",
    "POST /portal/log-out",
    "POST /v1/webhooks/{webhook}/test",
    "POST /v1/webhooks/{webhook}/replay",
    "POST /v1/people:anonymize",
    "POST /anonymize",
    "POST /sender/log-out",
    "POST /sender/orders",
    "POST /sender/orders/{id}",
];

#[test]
fn the_table_has_every_route_that_changes_something() {
    let guarded = GUARDED.iter().map(|route| (route.method, route.path));
    let open = OPEN.iter().map(|(method, path, _)| (*method, *path));
    let changing = guarded.chain(open).filter(|(method, _)| *method != "GET").map(|(method, path)| format!("{method} {path}"));
    let known = ROWS.iter().map(|row| row.route).chain(WITHOUT_KEY).map(str::to_owned);
    assert_eq!(known.collect::<BTreeSet<_>>(), changing.collect(), "think about what a repeat of the new route must do");
}

#[tokio::test]
async fn the_same_key_and_body_give_the_first_answer_and_anything_else_is_refused() {
    for (route, ready) in ROWS.map(|row| (row.route, row.ready)) {
        let (platform, call) = prepared(route, ready).await;
        let world = &platform.world;
        let first = succeed(world, route, &call).await;
        let done = marks(world).await;
        assert_eq!(plain(&world.answer(call.clone()).await), plain(&first), "{route}: the first answer");
        assert_eq!(marks(world).await, done, "{route}: done once");

        if !call.body.is_empty() && route != "POST /orders" {
            let other = Call { body: [&call.body[..], b" "].concat(), ..call.clone() };
            let reply = world.answer(other).await;
            assert_eq!((reply.status.as_u16(), code(&reply)), (422, json!("idempotency-mismatch")), "{route}: another body");
            assert_eq!(marks(world).await, done, "{route}: nothing done");
        }
        // Another client's key of the same name is another key; whose order it is not does not learn of it.
        let stranger = header(call.clone(), "x-api-key", &world.theirs.api_key);
        assert_ne!(world.answer(stranger).await.status, 422, "{route}: a stranger");
    }
}

#[tokio::test]
pub async fn two_at_the_same_moment_are_one() {
    for (route, ready) in ROWS.map(|row| (row.route, row.ready)) {
        let (platform, call) = prepared(route, ready).await;
        let once = {
            let (platform, call) = prepared(route, ready).await;
            succeed(&platform.world, route, &call).await;
            marks(&platform.world).await.len()
        };
        let world = &platform.world;
        let (one, other) = tokio::join!(world.answer(call.clone()), world.answer(call.clone()));
        assert!(one.status.is_success(), "{route}: {}", String::from_utf8_lossy(&one.body));
        assert_eq!(plain(&one), plain(&other), "{route}");
        assert_eq!(marks(world).await.len(), once, "{route}: done once");
    }
}

#[tokio::test]
pub async fn whatever_fails_the_repeat_finishes_it() {
    let mut rows = 0;
    for (route, ready) in ROWS.map(|row| (row.route, row.ready)) {
        let (expected, status, steps) = {
            let (platform, call) = prepared(route, ready).await;
            platform.world.fake().clear_journal();
            let reply = succeed(&platform.world, route, &call).await;
            let steps = platform.world.fake().journal().len();
            (marks(&platform.world).await.len(), reply.status, steps)
        };
        for step in 1..=steps {
            for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
                let (platform, call) = prepared(route, ready).await;
                let world = &platform.world;
                world.fake().fail_step(step, fault);
                let tried = world.answer(call.clone()).await;
                world.fake().heal();
                assert!(tried.status.is_success() || tried.status == 503 || route.ends_with(":batch"), "{route}, step {step} {fault:?}");
                let reply = world.answer(call).await;
                assert_eq!(reply.status, status, "{route}, step {step} {fault:?}: {}", String::from_utf8_lossy(&reply.body));
                assert_eq!(marks(world).await.len(), expected, "{route}, step {step} {fault:?}: done once");
                rows += 1;
            }
        }
    }
    eprintln!("{rows} rows");
}

#[tokio::test]
async fn a_form_is_the_same_whatever_its_boundary() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let keyed = |boundary: &str, title: &str| header(form(&world.ours, boundary, title), "idempotency-key", KEY);
    let first = world.answer(keyed("X", "Rent")).await;
    assert_eq!(first.status, 200, "{}", String::from_utf8_lossy(&first.body));
    assert_eq!(world.answer(keyed("another-one", "Rent")).await.body, first.body);
    let other = world.answer(keyed("X", "Another")).await;
    assert_eq!((other.status.as_u16(), code(&other)), (422, json!("idempotency-mismatch")));
    assert_eq!(world.fake().order_ids().len(), 1);
}

#[tokio::test]
async fn a_key_is_good_for_one_route() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (one, other) = (create(&platform, &order()).await, crate::cases::create_another(&platform, &order()).await);
    platform.settle().await;
    let call = |id: OrderId, what: &str| header(world.ours.call("POST", &format!("/v1/orders/{id}/{what}")), "idempotency-key", KEY);
    assert_eq!(world.answer(call(one, "remind")).await.status, 200);
    for (id, what) in [(other, "remind"), (one, "cancel"), (other, "cancel")] {
        let reply = world.answer(call(id, what)).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, json!("idempotency-mismatch")), "{what}");
    }
    assert_eq!(world.answer(call(one, "remind")).await.status, 200);
}

#[tokio::test]
async fn a_click_that_is_sent_again_counts_once() {
    for act in [&[("act", "sign"), ("consent", "yes")][..], &[("act", "decline"), ("reason", "Too dear")]] {
        let platform = Platform::new(Delivery::Prompt).await;
        let world = &platform.world;
        let mut body = order();
        body["signers"] = json!([{"type": "person", "email": "signer@example.org"}, {"type": "system", "organization": OURS}]);
        let id = create(&platform, &body).await;
        platform.wait_for(id, "pending").await;
        let link = platform.link_for("signer@example.org").await;
        let mut browser = Browser::default();
        browser.load(world, &link).await;
        let form = browser.post(&link, act);
        let (one, other) = tokio::join!(world.answer(form.clone()), world.answer(form.clone()));
        assert_eq!(one.status, 303, "{}", String::from_utf8_lossy(&one.body));
        assert_eq!(other, one);
        let done = marks(world).await;
        assert_eq!(world.answer(form).await, one, "{act:?}");
        assert_eq!(marks(world).await, done, "{act:?}");
        let events = world.events(id).await;
        let decisions = events.iter().filter(|event| matches!(event.what, What::Signed { .. } | What::Declined { .. })).count();
        assert_eq!(decisions, 1, "{act:?}");
    }
}

/// A cloud in which the call can succeed, and the call under the key.
async fn prepared(route: &str, ready: Ready) -> (Platform, Call) {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = match ready {
        Ready::Nothing => String::new(),
        Ready::Pending => native(&platform, &order()).await,
        Ready::Person => {
            let mut body = order();
            body["signers"] = json!([{"type": "person", "email": "signer@example.org"}]);
            let id = native(&platform, &body).await;
            // A reminder right after the invitation is one too many.
            platform.world.fake().advance(jiff::SignedDuration::from_hours(26));
            id
        }
        Ready::Direct => {
            let mut body = order();
            body["signers"] = json!([{"type": "person", "email": "signer@example.org"}]);
            body["direct"] = json!({
                "completion_url": "https://shop.example.org/done",
                "rejection_url": "https://shop.example.org/no",
                "error_url": "https://shop.example.org/error",
            });
            native(&platform, &body).await
        }
        Ready::Register => {
            let name = RegisterName::from(&platform.world.ours.client.id);
            platform.world.fake().put_register(&registers::settings(name, "https://zgw.example.nl")).await.expect("stored");
            String::new()
        }
        Ready::Webhook => {
            let created = platform.world.answer(platform.world.ours.json("POST", "/v1/webhooks", &webhook())).await;
            json_of(&created)["id"].as_str().expect("an id").to_owned()
        }
        Ready::Open | Ready::Asked | Ready::Sealed => workflow(&platform).await,
    };
    let mut handle = String::new();
    if matches!(ready, Ready::Asked | Ready::Sealed) {
        let whom = if matches!(ready, Ready::Asked) { json!({"organizationTin": OURS}) } else { json!({"organizationTin": THEIRS}) };
        handle = asked(&platform, &id, whom).await;
    }
    if matches!(ready, Ready::Sealed) {
        sign(&platform, &platform.world.theirs, id.parse().expect("an id")).await;
        let close = platform.world.ours.json("POST", &format!("{WORKFLOWS}/{OURS}/{id}/close"), &json!({}));
        platform.world.answer(close).await;
        platform.wait_for(id.parse().expect("an id"), "accepted").await;
    }
    platform.settle().await;
    let (method, path) = route.split_once(' ').expect("a method and a path");
    let path = path.replace("{id}", &id).replace("{webhook}", &id).replace("{cvr}", OURS).replace("{handle}", &handle);
    let ours = &platform.world.ours;
    let call = match body(route, &id) {
        _ if route == "POST /orders" => form(ours, "X", "Rent"),
        Some(body) => ours.json(method, &path, &body),
        None => ours.call(method, &path),
    };
    let call = header(call, "idempotency-key", KEY);
    (platform, call)
}

fn body(route: &str, id: &str) -> Option<Value> {
    let digests = json!([segl_core::id::Sha256::of(&document()).to_string()]);
    match route.rsplit('/').next().expect("a last segment") {
        "orders" => Some(order()),
        "orders:batch" => Some(json!({"orders": [{"order": order()}, {"order": order()}]})),
        "cancel" => Some(json!({"reason": "A mistake"})),
        "extend" => Some(json!({"deadline": "2026-06-30T12:00:00Z"})),
        "correct" => Some(json!({"email": "right@example.org"})),
        "signatures" => Some(json!({"decision": "sign", "digests": digests})),
        "{cvr}" => Some(workflow_body()),
        "webhooks" => Some(webhook()),
        "ondertekentransacties" => Some(trigger()),
        "{webhook}" if route.starts_with("PATCH") => Some(json!({"enabled": false})),
        "pades" | "close" | "rotate-secret" => Some(json!({})),
        "signtextid" => Some(json!({"workflowId": id, "organizationTin": THEIRS})),
        "sign" => Some(json!({"digests": digests})),
        "decline" => Some(json!({"reason": "Too dear"})),
        _ => None,
    }
}

/// What a case system sends.
fn trigger() -> Value {
    let event: Value = serde_json::from_str(include_str!("../../events/create-order/zgw.json")).expect("a sample event");
    serde_json::from_str(event["body"].as_str().expect("a body")).expect("JSON")
}

fn webhook() -> Value {
    json!({"url": "https://receiver.example.org/hook"})
}

async fn native(platform: &Platform, body: &Value) -> String {
    let id = create(platform, body).await;
    platform.wait_for(id, "pending").await;
    id.to_string()
}

fn workflow_body() -> Value {
    json!({"title": "Purchase order", "pdfList": [{"title": "Purchase order", "pdfBase64": base64(&document())}]})
}

async fn workflow(platform: &Platform) -> String {
    let reply = platform.world.answer(platform.world.ours.json("POST", &format!("{WORKFLOWS}/{OURS}"), &workflow_body())).await;
    platform.settle().await;
    json_of(&reply)["workflowId"].as_str().expect("an id").to_owned()
}

async fn asked(platform: &Platform, id: &str, mut whom: Value) -> String {
    whom["workflowId"] = json!(id);
    let reply = platform.world.answer(platform.world.ours.json("POST", &format!("{WORKFLOWS}/{OURS}/signtextid"), &whom)).await;
    json_of(&reply)["signtextId"].as_str().expect("a handle").to_owned()
}

fn form(client: &Credential, boundary: &str, title: &str) -> Call {
    let file = document();
    let mut bytes = Vec::new();
    for (name, value) in [
        ("title", title),
        ("dueDate", "2030-12-24T00:00:00"),
        ("signers", r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":{"mail":{"value":"signer@example.org"}}}"#),
    ] {
        bytes.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    bytes.extend(
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
        )
        .bytes(),
    );
    bytes.extend(file);
    bytes.extend(format!("\r\n--{boundary}--\r\n").bytes());
    with_body(client.call("POST", "/orders"), &format!("multipart/form-data; boundary={boundary}"), bytes)
}

async fn succeed(world: &World, route: &str, call: &Call) -> Reply {
    let reply = world.answer(call.clone()).await;
    assert!(reply.status.is_success(), "{route}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
    reply
}

/// What was done: each event of each order, each task, and each webhook as it is.
async fn marks(world: &World) -> Vec<String> {
    let mut marks = Vec::new();
    for id in world.fake().order_ids() {
        let events = world.fake().events(id, 0, usize::MAX).await.expect("no fault is left");
        marks.extend(events.iter().map(|event| format!("{id} {}", event.seq)));
        marks.extend(world.fake().tasks_of(id).iter().map(|task| format!("{id} {}", task.kind)));
    }
    let endpoints = world.fake().endpoints(&OURS.parse().expect("an organization")).await.expect("no fault is left");
    marks.extend(endpoints.iter().map(|endpoint| format!("{} {}", endpoint.id, endpoint.version)));
    marks
}

/// Status and body; a workflow token is signed anew each time it is told.
fn plain(reply: &Reply) -> (u16, Value) {
    let mut body = serde_json::from_slice(&reply.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&reply.body)));
    if let Some(body) = body.as_object_mut() {
        body.remove("workflowToken");
    }
    (reply.status.as_u16(), body)
}

fn code(reply: &Reply) -> Value {
    let body = json_of(reply);
    // In the trigger's dialect, codes are those of the standard; the type has ours.
    if let Some(code) = body["type"].as_str().and_then(|uri| uri.strip_prefix("urn:segl:problem:")) {
        return json!(code);
    }
    [&body["code"], &body["error"]].into_iter().find(|code| code.is_string()).cloned().unwrap_or_default()
}
