//! The sender's pages in a real browser, driven by `tests/browser/sender-pages.mjs`. Logging in and uploading need servers of others: that
//! is in `tests/flow/sender.rs`.

use segl_core::id::{DocumentIndex, OrderId};
use segl_core::ports::Objects as _;
use segl_core::storage_key::StorageKey;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cases::{base64, create_another, encrypted};
use crate::chromium::{drive, listen};
use crate::people::{MAIL, newest_code, people, person, wrong};
use crate::platform::{Delivery, Platform};
use crate::sender::enter;
use crate::world::World;

const LONG: &str =
    "Agreement about the lease of the flat on the third floor, with a garage_that_has_a_very_long_name_without_any_blank_in_it_to_break_at";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn senders_create_orders_and_look_after_them_in_chromium() {
    let (listener, base) = listen().await;
    let platform = Platform::around(World::at(&base).await, Delivery::Prompt);
    let scenes = scenes(&platform, &base).await;
    drive("sender-pages.mjs", scenes, listener, platform.world).await;
}

/// An order in each state that looks different, and where its page is.
async fn scenes(platform: &Platform, base: &str) -> Value {
    let world = &platform.world;
    let browser = enter(world, &world.ours).await;
    let mut rich = people(json!([person("none"), {"type": "person", "name": LONG, "email": "b@example.org"}]));
    (rich["title"], rich["description"]) = (json!(LONG), json!("Please read this with care.\n\nIt is about the flat."));
    rich["documents"][0]["title"] = json!(LONG);
    let pending = order(platform, &rich).await;
    let blocked = order(platform, &people(json!([person("sms-code")]))).await;
    block(platform).await;
    let mut unreadable = people(json!([person("none")]));
    unreadable["documents"] = json!([{"title": "Agreement"}]);
    let refused = create_another(platform, &unreadable).await;
    world.fake().put(&StorageKey::Original(refused, DocumentIndex(0)), encrypted()).await.expect("the fake stores");
    platform.settle().await;
    platform.wait_for(refused, "failed").await;
    let accepted = order(platform, &people(json!([person("none")]))).await;
    let link = platform.link_for(MAIL).await;
    let mut signer = Browser::default();
    signer.load(world, &link).await;
    signer.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await;
    platform.wait_for(accepted, "accepted").await;
    let to_cancel = order(platform, &people(json!([person("none")]))).await;
    platform.settle().await;

    let page = |path: &str, status: u16, text: &str| json!({"url": format!("{base}{path}"), "status": status, "text": text});
    let of = |id: OrderId, text: &str| page(&format!("/sender/orders/{id}"), 200, text);
    let evidence = format!("/sender/orders/{accepted}/evidence.pdf");
    json!({
        "base": base,
        "cookies": browser.cookies().iter().map(|(name, value)| json!({"name": name, "value": value, "url": base})).collect::<Vec<_>>(),
        "upload": base64(&crate::cases::document()),
        "to_cancel": format!("{base}/sender/orders/{to_cancel}"),
        "outside": {
            "sender-log-in": page("/sender", 200, "Log in with Test-ID"),
            "sender-logged-out": page("/sender/logged-out/test", 200, "Log out of Test-ID as well"),
            "sender-not-logged-in": page("/sender/logged-in", 400, "You are not logged in"),
        },
        "inside": {
            "sender-list": page("/sender", 200, "Purchase agreement"),
            "sender-none": page("/sender?text=nothing+like+it", 200, "No orders here"),
            "sender-new": page("/sender/new", 200, "Signer 1"),
            "sender-pending": of(pending, "was invited"),
            "sender-blocked": of(blocked, "Let them try again"),
            "sender-refused": of(refused, "A document cannot be used"),
            "sender-accepted": of(accepted, "Download the evidence (PDF)"),
            "sender-evidence": page(&evidence, 202, "The evidence is being made"),
            "sender-nothing": page("/sender/orders/none", 404, "There is nothing here"),
        },
    })
}

async fn order(platform: &Platform, body: &Value) -> OrderId {
    let id = create_another(platform, body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    id
}

/// The one who was invited last enters wrong codes.
async fn block(platform: &Platform) {
    let world = &platform.world;
    let link = platform.link_for(MAIL).await;
    let mut signer = Browser::default();
    signer.load(world, &link).await;
    signer.send(world, &link, &[("act", "send-code")]).await;
    let code = wrong(&newest_code(world));
    for _ in 0..5 {
        signer.send(world, &link, &[("act", "enter-code"), ("code", &code)]).await;
    }
}
