//! How people sign: codes, the direct flow, signing in order, reminders, corrections, languages.

use jiff::{SignedDuration, Timestamp};
use lambda_http::http::{StatusCode, header};
use segl_core::id::{OrderId, SignerIndex};
use segl_core::order::OrderState;
use segl_core::ports::Clock as _;
use segl_core::signer::{Method, SignerStatus};
use serde_json::{Value, json};

use crate::browser::{Browser, text};
use crate::cases::{create, order};
use crate::platform::{Delivery, Platform};
use crate::world::{PNG, World, json_of};

pub const MAIL: &str = "signer@example.org";
pub const MOBILE: &str = "+4790000042";

/// An order for these people.
pub fn people(signers: Value) -> Value {
    let mut body = order();
    body["signers"] = signers;
    body
}

/// A person with mail and telephone who must bring a code.
pub fn person(authentication: &str) -> Value {
    json!({"type": "person", "name": "Åse Ødegård", "email": MAIL, "mobile": MOBILE, "authentication": authentication})
}

/// An order that is open for its signers, and the link in the newest mail.
pub async fn open(platform: &Platform, body: &Value) -> (OrderId, String) {
    let id = create(platform, body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    (id, platform.link_for(MAIL).await)
}

/// The code in the newest text message.
pub fn newest_code(world: &World) -> String {
    let texts = world.fake().texts();
    let (_, message) = texts.last().expect("a text message");
    let digits: String = message.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 6, "{message}");
    digits
}

/// Another code of six digits.
pub fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000)
}

async fn status(platform: &Platform, id: OrderId, signer: u16) -> SignerStatus {
    platform.world.order(id).await.signer(SignerIndex(signer)).expect("the signer").status.clone()
}

#[tokio::test]
async fn a_link_and_a_code_on_another_channel_make_a_signature() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("sms-code")]))).await;
    assert!(world.fake().texts().is_empty(), "the link goes by e-mail alone, because the code goes by text message");

    let mut browser = Browser::default();
    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("Is it you?") && page.contains("ending in 42"), "{page}");
    for secret in ["Purchase", "Agreement", "/documents/", "digests"] {
        assert!(!page.contains(secret), "{secret} is told before the code: {page}");
    }
    for path in ["/documents/0", "/documents/0/pages/0"] {
        let reply = world.answer(browser.get(&format!("{link}{path}"))).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(browser.send(world, &link, &[("act", "sign"), ("consent", "yes"), ("digests", ""), ("images", "")]).await.status, 400);

    assert_eq!(browser.send(world, &link, &[("act", "send-code")]).await.status, StatusCode::SEE_OTHER);
    let code = newest_code(world);
    browser.load(world, &link).await;
    let reply = browser.send(world, &link, &[("act", "enter-code"), ("code", &wrong(&code))]).await;
    assert!(text(&reply).contains("Tries left: 4"), "{}", text(&reply));
    let before = browser.clone();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(browser.send(world, &link, &[("act", "enter-code"), ("code", &spaced)]).await.status, StatusCode::SEE_OTHER);
    assert!(!text(&world.answer(before.get(&link)).await).contains("Purchase"), "the session of before has not become more");

    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("Purchase agreement") && page.contains("This is page 2."), "{page}");
    assert!(!page.contains("<script") && page.len() < 100_000);
    let image = world.answer(browser.get(&format!("{link}/documents/0/pages/1"))).await;
    assert!(image.body.starts_with(PNG) && image.headers[header::CONTENT_TYPE] == "image/png");
    assert_eq!(world.answer(browser.get(&format!("{link}/documents/0/pages/2"))).await.status, StatusCode::NOT_FOUND);

    let reply = browser.send(world, &link, &[("act", "sign")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "consent is asked for");
    let reply = browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let SignerStatus::Signed(signature) = status(&platform, id, 0).await else { panic!("signed") };
    assert_eq!((signature.method, signature.images.len()), (Method::SmsCode, 1));
    let page = browser.load(world, &link).await;
    assert!(page.headers.contains_key(header::REFRESH), "the page comes again by itself while the seal is made");
    platform.wait_for(id, "accepted").await;
    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("The sealed documents are here"), "{page}");

    let events = world.events(id).await;
    let names: Vec<_> =
        events.iter().map(|event| serde_json::to_value(&event.what).unwrap()["type"].as_str().unwrap().to_owned()).collect();
    for name in ["code-sent", "code-wrong", "code-confirmed", "opened", "read", "signed"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
}

#[tokio::test]
async fn codes_lapse_are_rationed_and_block() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("sms-code")]))).await;
    let mut browser = Browser::default();
    browser.load(world, &link).await;
    browser.send(world, &link, &[("act", "send-code")]).await;
    let first = newest_code(world);
    let again = browser.send(world, &link, &[("act", "send-code")]).await;
    assert!(text(&again).contains("a moment ago"), "{}", text(&again));
    assert_eq!(world.fake().texts().len(), 1);

    world.fake().advance(SignedDuration::from_mins(10));
    browser.load(world, &link).await;
    let lapsed = browser.send(world, &link, &[("act", "enter-code"), ("code", &first)]).await;
    assert!(text(&lapsed).contains("does not count any more"), "{}", text(&lapsed));
    for _ in 0..4 {
        browser.load(world, &link).await;
        assert_eq!(browser.send(world, &link, &[("act", "send-code")]).await.status, StatusCode::SEE_OTHER);
        world.fake().advance(SignedDuration::from_secs(31));
    }
    let sixth = browser.send(world, &link, &[("act", "send-code")]).await;
    assert_eq!((sixth.status, world.fake().texts().len()), (StatusCode::UNPROCESSABLE_ENTITY, 5), "five an hour");

    let code = newest_code(world);
    for left in (0..5).rev() {
        browser.load(world, &link).await;
        let reply = browser.send(world, &link, &[("act", "enter-code"), ("code", &wrong(&code))]).await;
        let expected = if left == 0 { StatusCode::FORBIDDEN } else { StatusCode::UNPROCESSABLE_ENTITY };
        assert_eq!(reply.status, expected, "{left} left");
    }
    assert_eq!(browser.send(world, &link, &[("act", "enter-code"), ("code", &code)]).await.status, StatusCode::FORBIDDEN);
    assert!(text(&browser.load(world, &link).await).contains("This link is blocked"));

    let signer = format!("/v1/orders/{id}/signers/0");
    let view = json_of(&world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await);
    assert!(view["signers"][0]["blocked_at"].is_string(), "{view}");
    assert_eq!(world.answer(world.theirs.call("POST", &format!("{signer}/unblock"))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.answer(world.ours.call("POST", &format!("{signer}/unblock"))).await.status, StatusCode::OK);
    world.fake().advance(SignedDuration::from_hours(1));
    browser.load(world, &link).await;
    browser.send(world, &link, &[("act", "send-code")]).await;
    browser.load(world, &link).await;
    let code = newest_code(world);
    assert_eq!(browser.send(world, &link, &[("act", "enter-code"), ("code", &code)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_direct_flow_leads_back_to_the_sender() {
    for (fields, exit) in [
        (vec![("act", "sign"), ("consent", "yes")], "https://sender.example/done?case=7&status_query_token="),
        (vec![("act", "decline"), ("reason", "Too dear")], "https://sender.example/declined?status_query_token="),
    ] {
        let platform = Platform::new(Delivery::Prompt).await;
        let world = &platform.world;
        let mut body = people(json!([{"type": "person", "name": "Åse", "email": MAIL}]));
        body["direct"] = json!({
            "completion_url": "https://sender.example/done?case=7",
            "rejection_url": "https://sender.example/declined",
            "error_url": "https://other.example/error",
        });
        let id = create(&platform, &body).await;
        platform.wait_for(id, "pending").await;
        platform.settle().await;
        assert!(world.fake().mails().is_empty(), "the sender brings its signers along");

        let redirect = || world.ours.call("POST", &format!("/v1/orders/{id}/signers/0/redirect"));
        let url = json_of(&world.answer(redirect()).await)["url"].as_str().expect("an address").to_owned();
        let link = url.strip_prefix(crate::world::ISSUER).expect("our address").to_owned();
        let mut browser = Browser::default();
        let page = browser.load(world, &link).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("form-action 'self' https://sender.example https://other.example;"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-segl-") && cookie.contains("; Secure; SameSite=Lax") && cookie.contains("HttpOnly"), "{cookie}");
        assert_eq!(browser.load(world, &link).await.status, StatusCode::OK, "a reload works in the same browser");
        assert_eq!(Browser::default().load(world, &link).await.status, StatusCode::GONE, "and in no other");
        let fresh = json_of(&world.answer(redirect()).await)["url"].clone();
        assert_ne!(fresh, url, "each click has an address of its own");

        let reply = browser.send(world, &link, &fields).await;
        let location = reply.headers[header::LOCATION].to_str().unwrap().to_owned();
        let token = location.strip_prefix(exit).unwrap_or_else(|| panic!("{location}"));
        let with = |token: &str| world.ours.call("GET", &format!("/v1/orders/{id}?status_query_token={token}"));
        assert_eq!(world.answer(with(token)).await.status, StatusCode::OK);
        assert_eq!(world.answer(with("forged")).await.status, StatusCode::BAD_REQUEST);
        if exit.contains("done") {
            let SignerStatus::Signed(signature) = status(&platform, id, 0).await else { panic!("signed") };
            assert_eq!(signature.method, Method::Sender);
        }
    }
}

#[tokio::test]
async fn the_direct_flow_is_for_orders_that_ask_for_it() {
    let platform = Platform::new(Delivery::Prompt).await;
    let (id, _) = open(&platform, &people(json!([person("none")]))).await;
    let reply = platform.world.answer(platform.world.ours.call("POST", &format!("/v1/orders/{id}/signers/0/redirect"))).await;
    assert_eq!((reply.status.as_u16(), json_of(&reply)["code"].as_str()), (409, Some("not-direct")));
}

#[tokio::test]
async fn groups_sign_in_order_each_within_its_time() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = order();
    body.as_object_mut().unwrap().remove("signers");
    body["groups"] = json!([
        {"signers": [{"type": "person", "email": "first@example.org"}], "hours_to_sign": 48},
        {"signers": [{"type": "person", "email": MAIL}]},
    ]);
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    assert_eq!(world.fake().mails().len(), 1, "the second group is invited when its turn has come");
    let view = json_of(&world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await);
    assert_ne!(view["deadline"], view["signing_deadline"]);

    let late = (world.fake().now() + SignedDuration::from_hours(24 * 10)).to_string();
    let extend = |deadline: &str| world.ours.json("POST", &format!("/v1/orders/{id}/extend"), &json!({"deadline": deadline}));
    let view = json_of(&world.answer(extend(&late)).await);
    assert_eq!(view["signing_deadline"].as_str().map(|raw| raw.parse::<Timestamp>().unwrap()), late.parse().ok(), "{view}");
    assert_eq!(world.answer(extend("2026-01-15T10:00:00Z")).await.status, StatusCode::BAD_REQUEST, "time is given, not taken");

    world.fake().advance(SignedDuration::from_hours(24 * 10));
    platform.sweep().await;
    platform.settle().await;
    assert!(matches!(world.order(id).await.state, OrderState::Expired { .. }), "the group's time is over before the order's");
}

#[tokio::test]
async fn reminders_come_as_planned_and_never_at_night() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let signer = json!({"type": "person", "email": MAIL, "mobile": MOBILE, "time_zone": "America/Los_Angeles"});
    let (id, _) = open(&platform, &people(json!([signer]))).await;
    // It is one in the morning in Los Angeles: the plan's times are, too.
    let mails = || world.fake().mails().len();
    let texts = || world.fake().texts().len();
    assert_eq!((mails(), texts()), (1, 1), "the invitation");
    let days = |days: i64| world.fake().advance(SignedDuration::from_hours(24 * days));
    days(25);
    platform.sweep().await;
    platform.settle().await;
    assert_eq!((mails(), texts()), (1, 1), "not at night");
    world.fake().advance(SignedDuration::from_hours(7));
    platform.sweep().await;
    platform.settle().await;
    assert_eq!((mails(), texts()), (2, 1), "in the morning");
    days(3);
    platform.sweep().await;
    platform.settle().await;
    assert_eq!((mails(), texts()), (2, 2), "the last one is a text message");

    let remind = world.ours.call("POST", &format!("/v1/orders/{id}/remind"));
    assert_eq!(world.answer(remind).await.status, StatusCode::OK);
    platform.settle().await;
    assert_eq!(mails(), 3, "and whenever the sender wants");
    let reminded = world.events(id).await.iter().filter(|event| matches!(event.what, segl_core::event::What::Reminded { .. })).count();
    assert_eq!(reminded, 3);
}

#[tokio::test]
async fn a_corrected_signer_has_a_new_link_and_the_old_one_is_void() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("none")]))).await;
    let mut browser = Browser::default();
    assert_eq!(browser.load(world, &link).await.status, StatusCode::OK);
    let correct = json!({"name": "Åse Ødegård", "email": "right@example.org", "language": "da"});
    let reply = world.answer(world.ours.json("POST", &format!("/v1/orders/{id}/signers/0/correct"), &correct)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", text(&reply));
    assert_eq!(browser.load(world, &link).await.status, StatusCode::NOT_FOUND, "the session is void, too");
    platform.settle().await;
    let fresh = platform.link_for("right@example.org").await;
    let page = text(&Browser::default().load(world, &fresh).await);
    assert!(page.contains("<html lang=\"da\">") && page.contains("beder dig om at underskrive"), "{page}");
}

#[tokio::test]
async fn pages_and_messages_are_in_the_readers_language() {
    for (tag, language, signer, expected) in [
        ("sv", Value::Null, Value::Null, "ber dig att skriva under"),
        ("sv", json!("nl"), Value::Null, "vraagt u om te ondertekenen"),
        ("sv", json!("nl"), json!("nb"), "ber deg om å signere"),
        ("fr", Value::Null, Value::Null, "asks you to sign"),
    ] {
        let platform = Platform::new(Delivery::Prompt).await;
        let mut person = json!({"type": "person", "email": MAIL});
        if !signer.is_null() {
            person["language"] = signer;
        }
        let mut body = people(json!([person]));
        if !language.is_null() {
            body["language"] = language;
        }
        let (_, link) = open(&platform, &body).await;
        let browser = Browser::default();
        let page = platform.world.answer(crate::world::header(browser.get(&link), "accept-language", tag)).await;
        assert!(text(&page).contains(expected), "{}", text(&page));
    }
}

#[tokio::test]
async fn how_things_stand_is_told_in_every_state() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("none"), {"type": "person", "email": "b@example.org"}]))).await;
    let mut browser = Browser::default();
    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("Who signs") && page.contains("Åse Ødegård</strong> (you)"), "{page}");
    browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await;
    assert!(text(&browser.load(world, &link).await).contains("Others have still to sign"));
    world.answer(world.ours.call("POST", &format!("/v1/orders/{id}/cancel"))).await;
    assert!(text(&browser.load(world, &link).await).contains("The sender has taken this back"));
    world.answer(world.ours.call("DELETE", &format!("/v1/orders/{id}"))).await;
    let reply = browser.load(world, &link).await;
    assert!(reply.status == StatusCode::GONE && text(&reply).contains("The documents are gone"));

    let mut hidden = people(json!([person("none"), {"type": "person", "name": "Someone Else", "email": "b@example.org"}]));
    hidden["options"] = json!({"hide_signers": true});
    let platform = Platform::new(Delivery::Prompt).await;
    let (_, link) = open(&platform, &hidden).await;
    assert!(!text(&Browser::default().load(&platform.world, &link).await).contains("Someone Else"));
}
