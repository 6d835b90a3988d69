//! What somebody tries who is not the signer.

use std::net::Ipv4Addr;

use lambda_http::http::{StatusCode, header};
use segl_core::event::What;
use segl_core::id::OrderId;
use segl_core::signer::SignerStatus;
use segl_lambda::call::Call;
use serde_json::json;

use crate::browser::{Browser, text};
use crate::cases::order;
use crate::people::{MAIL, newest_code, open, people, person};
use crate::platform::{Delivery, Platform};
use crate::world::{World, call, json_of};

async fn assert_unsigned(world: &World, id: OrderId) {
    let order = world.order(id).await;
    assert!(order.signers.iter().all(|signer| matches!(signer.status, SignerStatus::Open { .. })), "{:?}", order.signers);
}

#[tokio::test]
async fn guessed_links_lead_nowhere_and_are_rationed() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (_, link) = open(&platform, &people(json!([person("none")]))).await;
    let flipped = format!("{}{}", &link[..link.len() - 1], if link.ends_with('A') { 'B' } else { 'A' });
    for path in ["/sign/", "/sign/x", &flipped, &link.to_uppercase(), &format!("/sign/{}", "A".repeat(43))] {
        assert_eq!(world.answer(call("GET", path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let from_one_place = |target: &str| Call { address: Some(Ipv4Addr::new(192, 0, 2, 1).into()), ..call("GET", target) };
    let mut answers = Vec::new();
    for number in 0..110 {
        answers.push(world.answer(from_one_place(&format!("/sign/{number}"))).await.status);
    }
    assert_eq!(answers.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(world.answer(from_one_place(&link)).await.status, StatusCode::OK, "whoever has a link is not kept from it");
}

#[tokio::test]
async fn parallel_guesses_of_a_code_are_five_at_most() {
    let platform = Platform::new(Delivery::Prompt).await;
    let (id, link) = open(&platform, &people(json!([person("sms-code")]))).await;
    let mut browser = Browser::default();
    browser.load(&platform.world, &link).await;
    browser.send(&platform.world, &link, &[("act", "send-code")]).await;
    browser.load(&platform.world, &link).await;
    let code = newest_code(&platform.world);
    let guesses: Vec<_> = (1..=40).map(|number| format!("{:06}", (code.parse::<u32>().unwrap() + number) % 1_000_000)).collect();
    let calls = guesses.iter().map(|guess| platform.world.answer(browser.post(&link, &[("act", "enter-code"), ("code", guess)])));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|reply| !reply.headers.contains_key(header::LOCATION)), "none was let in");
    let wrong = platform.world.events(id).await.iter().filter(|event| matches!(event.what, What::CodeWrong { .. })).count();
    assert_eq!(wrong, 5);
    let reply = platform.world.answer(browser.post(&link, &[("act", "enter-code"), ("code", &code)])).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "not even the right one is taken any more");
}

#[tokio::test]
async fn a_form_without_its_mark_or_its_session_does_nothing() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("none")]))).await;
    let mut victim = Browser::default();
    victim.load(world, &link).await;
    let mut attacker = Browser::default();
    attacker.load(world, &link).await;
    let sign = [("act", "sign"), ("consent", "yes")];
    let mut without_mark = victim.clone();
    without_mark.hidden.remove("form");
    let mut with_other_mark = victim.clone();
    with_other_mark.hidden.insert("form".to_owned(), attacker.hidden["form"].clone());
    let mut without_cookie = Browser::default();
    without_cookie.hidden = victim.hidden.clone();
    for (what, browser) in [("no mark", without_mark), ("another session's mark", with_other_mark), ("no cookie", without_cookie)] {
        assert_eq!(world.answer(browser.post(&link, &sign)).await.status, StatusCode::BAD_REQUEST, "{what}");
        assert_unsigned(world, id).await;
    }
    let mut other_digests = victim.clone();
    other_digests.hidden.insert("digests".to_owned(), "0".repeat(64));
    let mut other_images = victim.clone();
    other_images.hidden.insert("images".to_owned(), "0".repeat(64));
    for browser in [other_digests, other_images] {
        assert_eq!(world.answer(browser.post(&link, &sign)).await.status, StatusCode::BAD_REQUEST);
        assert_unsigned(world, id).await;
    }
    assert_eq!(world.answer(victim.post(&link, &sign)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_is_good_for_its_own_link_only() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = people(
        json!([person("sms-code"), {"type": "person", "email": "b@example.org", "mobile": "+4790000043", "authentication": "sms-code"}]),
    );
    body["title"] = json!("Two of them");
    let (id, link) = open(&platform, &body).await;
    let other = platform.link_for("b@example.org").await;
    let mut browser = Browser::default();
    browser.load(world, &link).await;
    browser.send(world, &link, &[("act", "send-code")]).await;
    browser.load(world, &link).await;
    let code = newest_code(&platform.world);
    browser.send(world, &link, &[("act", "enter-code"), ("code", &code)]).await;
    assert!(text(&browser.load(world, &link).await).contains("Two of them"));
    // The cookie under the name that the other link's session would have.
    let mine = browser.get(&link).headers[header::COOKIE].to_str().unwrap().to_owned();
    let mut stranger = Browser::default();
    stranger.load(world, &other).await;
    let theirs = stranger.get(&other).headers[header::COOKIE].to_str().unwrap().to_owned();
    let renamed = format!("{}={}", theirs.split_once('=').unwrap().0, mine.split_once('=').unwrap().1);
    let reply = world.answer(crate::world::header(call("GET", &other), "cookie", &renamed)).await;
    assert!(!text(&reply).contains("Two of them"), "another signer's session opens nothing");
    let reply = browser.send(world, &other, &[("act", "sign"), ("consent", "yes")]).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_unsigned(world, id).await;
    // And a code is its signer's alone.
    stranger.send(world, &other, &[("act", "send-code")]).await;
    stranger.load(world, &other).await;
    assert_ne!(newest_code(&platform.world), code);
    let reply = stranger.send(world, &other, &[("act", "enter-code"), ("code", &code)]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn two_tabs_that_sign_and_decline_at_once_decide_once() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, link) = open(&platform, &people(json!([person("none")]))).await;
    let mut browser = Browser::default();
    browser.load(world, &link).await;
    let sign = || world.answer(browser.post(&link, &[("act", "sign"), ("consent", "yes")]));
    let decline = || world.answer(browser.post(&link, &[("act", "decline")]));
    let (one, two, three) = futures_util::join!(sign(), decline(), sign());
    for reply in [one, two, three] {
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
    }
    let decided = world.events(id).await.iter().filter(|event| matches!(event.what, What::Signed { .. } | What::Declined { .. })).count();
    assert_eq!(decided, 1);
}

#[tokio::test]
async fn nobody_is_sent_where_the_order_does_not_say() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    for url in [
        "http://evil.example/",
        "javascript:alert(1)",
        "//evil.example",
        "https://user@evil.example",
        "https://a.example/\r\nX: y",
        "data:text/html,x",
    ] {
        for member in ["completion_url", "rejection_url", "error_url"] {
            let mut body = order();
            let good = "https://sender.example/";
            body["direct"] = json!({"completion_url": good, "rejection_url": good, "error_url": good});
            body["direct"][member] = json!(url);
            let reply = world.answer(world.ours.json("POST", "/v1/orders", &body)).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{member} {url}");
            assert_eq!(json_of(&reply)["errors"][0]["pointer"], format!("/direct/{member}"), "{}", text(&reply));
        }
    }
    let (_, link) = open(&platform, &people(json!([person("none")]))).await;
    let mut browser = Browser::default();
    browser.load(world, &format!("{link}?completion_url=https://evil.example")).await;
    let reply = browser
        .send(world, &format!("{link}?next=https://evil.example"), &[("act", "sign"), ("consent", "yes"), ("next", "https://evil.example")])
        .await;
    assert_eq!(reply.headers[header::LOCATION], link.as_str());
}

#[tokio::test]
async fn nothing_that_others_wrote_is_markup() {
    const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}";
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut body = people(json!([
        {"type": "person", "name": EVIL, "email": MAIL},
        {"type": "person", "name": EVIL, "email": "b@example.org"},
    ]));
    body["title"] = json!(EVIL);
    body["description"] = json!(EVIL);
    body["documents"][0]["title"] = json!(EVIL);
    body["documents"][0]["file_name"] = json!("a.pdf");
    body["creator"] = json!({"email": "creator@example.org"});
    let (_, link) = open(&platform, &body).await;
    let mut browser = Browser::default();
    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"), "{page}");
    browser.send(world, &link, &[("act", "decline"), ("reason", EVIL)]).await;
    platform.settle().await;
    let after = text(&browser.load(world, &link).await);
    let mails: Vec<_> = world.fake().mails().into_iter().filter_map(|(_, message)| message.html).collect();
    assert!(mails.iter().any(|mail| mail.contains("alert(1)")), "the creator reads the reason");
    for html in mails.iter().chain([&page, &after]) {
        assert!(!html.contains("<script") && !html.contains("<img src=x"), "{html}");
    }
    assert!(!page.contains(">49"), "nor is it evaluated");
}

#[tokio::test]
async fn no_page_may_run_or_load_or_tell_anything() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (_, link) = open(&platform, &people(json!([person("none")]))).await;
    let mut browser = Browser::default();
    let page = browser.load(world, &link).await;
    let file = world.answer(browser.get(&format!("{link}/documents/0"))).await;
    let notice = world.answer(call("GET", "/sign/none")).await;
    for reply in [&page, &file, &notice] {
        let field = |name: header::HeaderName| reply.headers[name].to_str().unwrap().to_owned();
        let policy = field(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(field(header::REFERRER_POLICY), "no-referrer");
        assert_eq!(field(header::X_FRAME_OPTIONS), "DENY");
        assert_eq!(field(header::CACHE_CONTROL), "no-store");
        assert!(field(header::STRICT_TRANSPORT_SECURITY).starts_with("max-age="));
    }
    for absent in ["<script", "style=", "javascript:", "http://"] {
        assert!(!text(&page).contains(absent), "{absent}");
    }
}
