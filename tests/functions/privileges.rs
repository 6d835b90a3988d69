//! Dialects that are off, and personal links: what the matrix of access leaves.

use lambda_http::http::header::LOCATION;
use segl_core::ports::Clients as _;
use serde_json::json;

use crate::cases::{create, order};
use crate::matrix::GUARDED;
use crate::platform::{Delivery, Platform};
use crate::world::{World, call, function, header};

#[tokio::test]
async fn a_dialect_that_is_off_has_no_routes() {
    let world = World::new().await;
    let settings =
        segl_lambda::service::Settings { dialects: [segl_core::order::Dialect::Native].into(), ..world.service.settings.clone() };
    let fake = segl_testkit::fake::Fake::default();
    fake.put_client(&world.ours.client).await.expect("the fake stores");
    let service = segl_lambda::service::Service { root_key: fake.root(), ports: fake, settings };
    for route in GUARDED {
        let (method, path) = (route.method, route.path);
        let call = header(route.call("0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d"), "x-api-key", &world.ours.api_key);
        let other =
            path.starts_with("/orders") || path == "/anonymize" || path.starts_with("/transactionsigning/") || path.starts_with("/zgw/");
        let reply = match function(method, &call.raw_path) {
            "create-order" => create_order::handle(&service, call).await,
            "system-sign" => system_sign::handle(&service, call).await,
            "manage" => manage::handle(&service, &crate::world::workflow_token_key(), call).await,
            _ => status::handle(&service, &crate::world::workflow_token_key(), call).await,
        };
        let off = reply.status == 404 && String::from_utf8_lossy(&reply.body).contains("no-such-route");
        assert_eq!(off, other, "{method} {path}: {}", reply.status);
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
