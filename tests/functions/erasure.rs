//! Removing people's data, keeping orders from removal, and what is left.

use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use segl_core::event::{What, verify_chain};
use segl_core::id::{OrderId, OrganizationId};
use segl_core::ports::{Directory as _, Organizations as _};
use segl_core::signer::{DirectoryKey, Email, Party, Person};
use segl_core::text::Name;
use segl_lambda::call::Call;
use segl_testkit::fake::Fake;
use serde_json::{Value, json};

use crate::cases::{create, create_another, order};
use crate::evidence::evidence;
use crate::faults::every_step_fails;
use crate::platform::{Delivery, Platform};
use crate::world::{OURS, World, json_of, with_body};

const JANE: &str = "jane.doe@example.org";

/// An order in which Jane is a signer and the creator, with another signer.
fn janes() -> Value {
    let mut body = order();
    let jane = json!({"type": "person", "name": "Jane Doe", "email": JANE, "mobile": "+4670000000", "national_id": "200001011907"});
    body["signers"] = json!([jane, {"type": "person", "name": "Kim Other", "email": "kim@example.org"}]);
    body["creator"] = json!({"name": "Jane Doe", "email": JANE});
    body
}

/// The same, cancelled.
async fn cancelled(platform: &Platform) -> OrderId {
    let id = create(platform, &janes()).await;
    platform.wait_for(id, "pending").await;
    let call = platform.world.ours.call("POST", &format!("/v1/orders/{id}/cancel"));
    assert_eq!(platform.world.answer(call).await.status, 200);
    platform.wait_for_tasks(id).await;
    id
}

fn anonymize(world: &World, whom: &Value) -> Call {
    world.ours.json("POST", "/v1/people:anonymize", whom)
}

/// Whatever of Jane is left in what is stored of an order.
async fn left_of_jane(world: &World, id: OrderId) -> Vec<&'static str> {
    let order = format!("{:?}", world.order(id).await);
    let events = serde_json::to_string(&world.events(id).await).expect("JSON");
    let view = world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await;
    let view = String::from_utf8(view.body).expect("JSON");
    let automation = world.answer(world.ours.call("GET", &format!("/orders/{id}"))).await;
    let automation = String::from_utf8(automation.body).expect("JSON");
    let traces = ["Jane", JANE, "+4670000000", "200001011907"];
    traces.into_iter().filter(|trace| [&order, &events, &view, &automation].iter().any(|text| text.contains(trace))).collect()
}

#[tokio::test]
async fn a_person_is_anonymised_whatever_fails() {
    let calls =
        ["attempts.failures", "clients.client", "objects.purge_copies", "orders.commit", "orders.order", "orders.orders_of", "tasks.task"];
    let act = async |platform: &Platform, id: OrderId| {
        let call = anonymize(&platform.world, &json!({"email": JANE.to_uppercase()}));
        platform.insist_on("anonymising", &call, StatusCode::OK).await;
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(&calls, cancelled, act, async |world, id| {
        assert_eq!(left_of_jane(world, id).await, [""; 0]);
        let order = world.order(id).await;
        assert_eq!((&order.signers[0].party, order.signers[0].salt.0), (&Party::Erased, [0; 32]), "nobody can open the commitments");
        assert!(matches!(&order.signers[1].party, Party::Person(person) if person.name.is_some()), "others stay");
        assert!(order.creator.is_none() && order.erased_at.is_none() && order.title.as_str() == "Purchase agreement");
        let events = world.events(id).await;
        verify_chain(id, &events, &order.chain).expect("the chain holds");
        assert_eq!(events.iter().filter(|event| matches!(event.what, What::Anonymised { .. })).count(), 1);
        assert!(!world.objects().iter().any(|name| name.starts_with("previews/") || name.starts_with("evidence/")), "no copies are left");
        assert!(world.objects().iter().any(|name| name.starts_with("originals/")), "documents are");
    })
    .await;
}

#[tokio::test]
async fn evidence_after_it_holds_and_names_the_others_only() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = cancelled(&platform).await;
    let zip = evidence(&platform, id, ".zip").await;
    assert!(zip.body.windows(JANE.len()).any(|window| window == JANE.as_bytes()), "evidence names people");
    let reply = platform.world.answer(anonymize(&platform.world, &json!({"email": JANE}))).await;
    assert_eq!(json_of(&reply), json!({"orders": 1}));
    let zip = evidence(&platform, id, ".zip").await;
    assert!(!zip.body.windows(JANE.len()).any(|window| window == JANE.as_bytes()), "but not those who were anonymised");
    assert!(zip.body.windows(15).any(|window| window == b"kim@example.org"));
    let again = platform.world.answer(anonymize(&platform.world, &json!({"email": JANE}))).await;
    assert_eq!(json_of(&again), json!({"orders": 0}), "the same again finds nobody");
}

#[tokio::test]
async fn nothing_changes_while_an_order_is_not_over_or_is_held() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let over = cancelled(&platform).await;
    let pending = create_another(&platform, &janes()).await;
    platform.wait_for(pending, "pending").await;
    let whom = json!({"mobile": "+46 7000 0000"});
    let before = world.order(over).await;
    let refused = world.answer(anonymize(world, &whom)).await;
    assert_eq!((refused.status.as_u16(), &json_of(&refused)["code"]), (409, &json!("person-pending")));
    assert_eq!(world.order(over).await, before, "not even the order that is over");
    let delete = |id: OrderId| world.ours.call("DELETE", &format!("/v1/orders/{id}"));
    assert_eq!(world.answer(delete(pending)).await.status, 204);

    let hold = |what: &str| world.ours.call("POST", &format!("/v1/orders/{over}/{what}"));
    let held = json_of(&world.answer(hold("hold")).await);
    assert!(held["held_since"].is_string(), "{held}");
    for call in [anonymize(world, &whom), delete(over)] {
        let refused = world.answer(call).await;
        assert_eq!((refused.status.as_u16(), &json_of(&refused)["code"]), (409, &json!("order-held")));
    }
    // Retention waits as well.
    world.fake().advance(SignedDuration::from_hours(24 * 365 * 10));
    platform.sweep().await;
    assert!(world.order(over).await.erased_at.is_none());
    assert_eq!(world.answer(hold("hold")).await.status, 200, "holding twice is no error");
    assert_eq!(json_of(&world.answer(hold("release")).await)["held_since"], Value::Null);
    assert_eq!(json_of(&world.answer(anonymize(world, &whom)).await), json!({"orders": 1}));
    let events = world.events(over).await;
    let count = |wanted: fn(&What) -> bool| events.iter().filter(|event| wanted(&event.what)).count();
    assert_eq!((count(|what| matches!(what, What::Held {})), count(|what| matches!(what, What::HoldReleased {}))), (1, 1));
}

#[tokio::test]
async fn retention_ends_when_a_hold_does() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = janes();
    body["retention_days"] = json!(1);
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    for path in ["hold", "cancel"] {
        assert_eq!(world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/{path}"))).await.status, 200, "{path}");
    }
    world.fake().advance(SignedDuration::from_hours(48));
    platform.sweep().await;
    assert!(world.order(id).await.erased_at.is_none(), "held");
    assert_eq!(world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/release"))).await.status, 200);
    platform.sweep().await;
    assert!(world.order(id).await.erased_at.is_some(), "released");
    platform.wait_for_tasks(id).await;
    assert_eq!(world.objects(), [""; 0]);
    let refused = world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/hold"))).await;
    assert_eq!((refused.status.as_u16(), &json_of(&refused)["code"]), (410, &json!("erased")), "there is nothing to be kept");
    assert_eq!(left_of_jane(world, id).await, [""; 0]);
}

#[tokio::test]
async fn an_organization_has_a_retention_of_its_own() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let days = async |body: &Value| {
        let id = create_another(&platform, body).await;
        let reply = world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await;
        json_of(&reply)["retention_days"].clone()
    };
    let ours: OrganizationId = OURS.parse().expect("an organization");
    assert_eq!(days(&order()).await, Value::Null);
    world.fake().set_retention(&ours, Some(SignedDuration::from_hours(24 * 90))).await.expect("the fake stores");
    assert_eq!(days(&order()).await, json!(90));
    let mut own = order();
    own["retention_days"] = json!(7);
    assert_eq!(days(&own).await, json!(7), "an order's own time counts before it");
}

/// An entry of the directory for Jane.
async fn in_the_directory(fake: &Fake) {
    let jane = Person {
        name: Name::parse("Jane Doe").ok(),
        email: Email::parse(JANE).ok(),
        directory: DirectoryKey::parse("sAMAccountName=jane.doe").ok(),
        ..Person::default()
    };
    fake.put_person(&OURS.parse().expect("an organization"), &jane).await.expect("the fake stores");
}

/// The form of an order of the automation API that Jane is to sign.
fn automation_order(world: &World) -> Call {
    let mut form = Vec::new();
    for (name, value) in [
        ("title", "Lease"),
        ("dueDate", "2026-06-01T12:00:00"),
        ("signers", r#"{"source":"INTERNAL","identifier":"sAMAccountName=jane.doe","attributes":{}}"#),
    ] {
        form.extend(format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    form.extend(b"--X\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n");
    form.extend(crate::cases::document());
    form.extend(b"\r\n--X--\r\n");
    with_body(world.ours.call("POST", "/orders"), "multipart/form-data; boundary=X", form)
}

#[tokio::test]
async fn the_automation_api_names_a_person_in_three_ways() {
    for way in 0..3 {
        let platform = Platform::new(Delivery::Prompt).await;
        let world = &platform.world;
        in_the_directory(world.fake()).await;
        let created = world.answer(automation_order(world)).await;
        let id: OrderId = String::from_utf8(created.body).expect("text").parse().expect("an id");
        platform.settle().await;
        let read = world.answer(world.ours.call("GET", &format!("/orders/{id}"))).await;
        let internal_id = json_of(&read)["signers"][0]["internalId"].as_str().expect("an id").to_owned();
        let form = match way {
            0 => format!("internalId={}", internal_id.to_uppercase()),
            1 => "externalId=INTERNAL%3Ajane.doe".to_owned(),
            _ => "ldapSearch=%7B%22source%22%3A%22INTERNAL%22%2C%22identifier%22%3A%22sAMAccountName%3Djane.doe%22%7D".to_owned(),
        };
        let call = || with_body(world.ours.call("POST", "/anonymize"), "application/x-www-form-urlencoded", form.clone().into_bytes());
        let refused = world.answer(call()).await;
        assert_eq!((refused.status.as_u16(), &json_of(&refused)["error"]), (409, &json!("person-pending")), "{form}");
        assert_eq!(world.answer(world.ours.call("DELETE", &format!("/orders/{id}"))).await.status, 204);
        // Deleting removed her from that order; another one is over and keeps her.
        let created = world.answer(automation_order(world)).await;
        let id: OrderId = String::from_utf8(created.body).expect("text").parse().expect("an id");
        platform.settle().await;
        assert_eq!(world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/cancel"))).await.status, 200);
        let done = world.answer(call()).await;
        assert_eq!((done.status.as_u16(), json_of(&done)), (200, json!({"orders": 1})), "{form}");
        assert_eq!(left_of_jane(world, id).await, [""; 0], "{form}");
        let entry = DirectoryKey::parse("sAMAccountName=jane.doe").expect("an entry");
        let left = world.fake().look_up(&OURS.parse().expect("an organization"), &entry).await.expect("no fault");
        assert!(left.is_none(), "{form}: nor is she in the directory");
    }
}
