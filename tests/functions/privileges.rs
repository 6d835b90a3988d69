//! Which privilege each route needs, and that an order of others looks like none, in every route of both dialects.

use std::collections::BTreeSet;

use lambda_http::http::header::LOCATION;
use segl_core::client::Privilege;
use segl_core::ports::Clients as _;
use segl_lambda::call::Call;
use serde_json::json;

use crate::cases::{create, document, order};
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, World, call, function, json_of, with_body};

use Privilege::{OrgSignatureRead, OrgSignatureSign, WorkflowRead, WorkflowWrite};

/// Every route that needs a credential: method, path for an order, privilege.
const ROUTES: [(&str, &str, Privilege); 16] = [
    ("POST", "/v1/orders", WorkflowWrite),
    ("GET", "/v1/orders", WorkflowRead),
    ("GET", "/v1/orders/{id}", WorkflowRead),
    ("DELETE", "/v1/orders/{id}", WorkflowWrite),
    ("POST", "/v1/orders/{id}/cancel", WorkflowWrite),
    ("GET", "/v1/orders/{id}/events", WorkflowRead),
    ("GET", "/v1/orders/{id}/documents/0", WorkflowRead),
    ("GET", "/v1/orders/{id}/documents/0/sealed", WorkflowRead),
    ("GET", "/v1/orders/{id}/signature-request", OrgSignatureRead),
    ("GET", "/v1/orders/{id}/signature-request/documents/0", OrgSignatureRead),
    ("POST", "/v1/orders/{id}/signatures", OrgSignatureSign),
    ("POST", "/orders", WorkflowWrite),
    ("GET", "/orders/{id}", WorkflowRead),
    ("GET", "/orders/{id}/state", WorkflowRead),
    ("GET", "/orders/{id}/document", WorkflowRead),
    ("DELETE", "/orders/{id}", WorkflowWrite),
];

/// A well-formed call of a route.
fn request(caller: &Credential, (method, path): (&str, &str), id: &str) -> Call {
    let target = path.replace("{id}", id);
    match (method, path) {
        ("POST", "/orders") => with_body(caller.call(method, &target), "multipart/form-data; boundary=X", b"--X--".to_vec()),
        ("POST", path) if path.ends_with("/signatures") => {
            let digest = segl_core::id::Sha256::of(&document()).to_string();
            caller.json(method, &target, &json!({"decision": "sign", "digests": [digest]}))
        }
        ("POST", path) if path.ends_with("/cancel") => caller.json(method, &target, &json!({"reason": "A mistake"})),
        ("POST", _) => caller.json(method, &target, &order()),
        _ => caller.call(method, &target),
    }
}

#[test]
fn the_table_has_every_route_of_the_template() {
    let template = segl_local::template::Template::read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml"))
        .expect("a template");
    let routes = template.functions().into_iter().flat_map(|function| function.routes);
    // Who holds a link needs no privilege, nor who asks for a token; anybody may read the descriptions.
    let open = ["/sign/", "openapi", "/oauth2/", "/.well-known/"];
    let guarded: BTreeSet<_> =
        routes.filter(|route| route.starts_with(char::is_uppercase) && !open.iter().any(|open| route.contains(open))).collect();
    let table: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, _)| format!("{method} {}", path.replace("/documents/0", "/documents/{n}"))).collect();
    assert_eq!(table, guarded);
}

#[tokio::test]
async fn each_route_needs_its_privilege_and_no_other() {
    for (method, path, needed) in ROUTES {
        for held in Privilege::ALL {
            let platform = Platform::new(Delivery::Prompt).await;
            let id = create(&platform, &order()).await;
            platform.wait_for(id, "pending").await;
            let mut one = platform.world.ours.clone();
            one.client.privileges = [held].into();
            platform.world.fake().put_client(&one.client).await.expect("the fake stores");
            let before = platform.world.order(id).await;
            let reply = platform.world.answer(request(&one, (method, path), &id.to_string())).await;
            let text = String::from_utf8_lossy(&reply.body);
            if held == needed {
                assert!(![401, 403, 404].contains(&reply.status.as_u16()), "{method} {path} with {held}: {} {text}", reply.status);
                continue;
            }
            assert_eq!(reply.status, 403, "{method} {path} with {held}: {text}");
            assert!(text.contains("privilege-missing") && text.contains(needed.as_str()), "{method} {path} with {held}: {text}");
            assert_eq!(platform.world.order(id).await, before, "{method} {path} with {held} changes nothing");
        }
    }
}

#[tokio::test]
async fn no_route_answers_without_a_credential() {
    let world = World::new().await;
    let nobody = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
    for (method, path, _) in ROUTES {
        let mut call = request(&world.ours, (method, path), nobody);
        call.headers.remove("x-api-key");
        let reply = world.answer(call).await;
        assert_eq!(reply.status, 401, "{method} {path}");
        assert!(reply.headers.contains_key("www-authenticate"), "{method} {path}");
        world.assert_nothing_stored(path);
    }
    let open = world.answer(call("GET", "/v1/openapi.json")).await;
    assert_eq!((open.status.as_u16(), &json_of(&open)["openapi"]), (200, &json!("3.1.0")));
}

#[tokio::test]
async fn an_order_of_others_looks_like_none() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &order()).await;
    platform.wait_for(id, "pending").await;
    let before = world.order(id).await;
    let none = segl_testkit::story::order_id(world.fake(), segl_testkit::fake::START).to_string();
    for (method, path, _) in ROUTES.into_iter().filter(|(_, path, _)| path.contains("{id}")) {
        let foreign = world.answer(request(&world.theirs, (method, path), &id.to_string())).await;
        let unknown = world.answer(request(&world.theirs, (method, path), &none)).await;
        assert_eq!(foreign.status, 404, "{method} {path}: {}", String::from_utf8_lossy(&foreign.body));
        assert_eq!(foreign, unknown, "{method} {path}");
    }
    assert_eq!(world.order(id).await, before);
    let list = world.answer(world.theirs.call("GET", "/v1/orders")).await;
    assert_eq!(json_of(&list)["orders"], json!([]));
}

#[tokio::test]
async fn a_dialect_that_is_off_has_no_routes() {
    let world = World::new().await;
    let settings =
        segl_lambda::service::Settings { dialects: [segl_core::order::Dialect::Native].into(), ..world.service.settings.clone() };
    let fake = segl_testkit::fake::Fake::default();
    fake.put_client(&world.ours.client).await.expect("the fake stores");
    let service = segl_lambda::service::Service { root_key: fake.root(), ports: fake, settings };
    for (method, path, _) in ROUTES {
        let call = request(&world.ours, (method, path), "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d");
        let automation = path.starts_with("/orders");
        let reply = match function(method, &call.raw_path) {
            "create-order" => create_order::handle(&service, call).await,
            "system-sign" => system_sign::handle(&service, call).await,
            "manage" => manage::handle(&service, call).await,
            _ => status::handle(&service, call).await,
        };
        let off = reply.status == 404 && String::from_utf8_lossy(&reply.body).contains("no-such-route");
        assert_eq!(off, automation, "{method} {path}: {}", reply.status);
    }
}

#[tokio::test]
async fn a_link_that_is_not_good_leads_nowhere_for_everybody_alike() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = order();
    body["signers"] = json!([{"type": "person", "email": "signer@example.org"}]);
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    let link = platform.link_for("signer@example.org").await;
    let good = world.answer(call("GET", &link)).await;
    assert_eq!(good.status, 200);
    assert_eq!(good.headers["referrer-policy"], "no-referrer", "the link is the credential");
    assert_eq!(good.headers["cache-control"], "no-store");
    assert!(!good.headers.contains_key(LOCATION));
    let unknown = world.answer(call("GET", "/sign/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).await;
    assert_eq!(unknown.status, 404);
    for (method, path) in
        [("GET", link.clone() + "x"), ("GET", link[..link.len() - 1].to_owned()), ("GET", "/sign/".to_owned() + &id.to_string())]
    {
        assert_eq!(world.answer(call(method, &path)).await, unknown, "{path}");
    }
    world.fake().advance(jiff::SignedDuration::from_hours(24 * 80));
    assert_eq!(world.answer(call("GET", &link)).await, unknown, "its time is over");
}
