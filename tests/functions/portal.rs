//! The signer's portal: logging in, what awaits one, signing at the level that is asked for, and what somebody tries who is not the
//! signer.

use jiff::SignedDuration;
use lambda_http::http::{StatusCode, header};
use segl_core::assurance::Assurance;
use segl_core::event::{Event, What};
use segl_core::id::{OrderId, SignerIndex};
use segl_core::ports::Clock as _;
use segl_core::signer::{Method, SignerStatus};
use segl_lambda::reply::Reply;
use serde_json::{Value, json};

use crate::browser::{Browser, text};
use crate::cases::{create, create_another};
use crate::people::{MAIL, MOBILE, people};
use crate::platform::{Delivery, Platform};
use crate::world::{ISSUER, World, json_of};

const NUMBER: &str = "01017012345";

/// A person who logs in, by number.
fn signer(assurance: &str) -> Value {
    json!({
        "type": "person", "name": "Åse Ødegård", "email": MAIL, "mobile": MOBILE, "national_id": "010170 12345", "authentication": "eid",
        "assurance": assurance,
    })
}

/// What the provider says of that person.
fn identity(acr: &str) -> Value {
    json!({"sub": "subject-1", "pid": NUMBER, "name": "Åse Ødegård", "acr": acr, "picture": "x".repeat(5000)})
}

/// An order that is open, and the page of its first signer.
async fn open(platform: &Platform, body: &Value) -> (OrderId, String) {
    let id = create(platform, body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    (id, format!("/portal/orders/{id}/0"))
}

fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", text(reply));
    reply.headers[header::LOCATION].to_str().expect("an address").to_owned()
}

/// The way to the provider, and with which answer it sends the browser back.
async fn to_provider(world: &World, browser: &mut Browser, at: &str, who: Value) -> String {
    let reply = browser.load(world, at).await;
    let address = location(&reply);
    let provider = if address.starts_with("https://broker.") { &world.identities.broker } else { &world.identities.test };
    let query = provider.log_in(&address, who, world.fake().now());
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("/portal/logged-in?{}", query.join("&"))
}

/// Logs in; answers the page to which it leads.
async fn log_in(world: &World, browser: &mut Browser, at: &str, who: Value) -> String {
    let back = to_provider(world, browser, at, who).await;
    location(&browser.load(world, &back).await)
}

async fn status(world: &World, id: OrderId) -> SignerStatus {
    world.order(id).await.signer(SignerIndex(0)).expect("the signer").status.clone()
}

/// How often the order's trail says that somebody else logged in.
async fn refused(world: &World, id: OrderId) -> usize {
    world.events(id).await.iter().filter(|event| matches!(event.what, What::LogInRefused { .. })).count()
}

#[tokio::test]
async fn a_person_logs_in_finds_the_document_signs_it_and_logs_out() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("high")]))).await;
    let (_, mail) = world.fake().mails().last().cloned().expect("an invitation");
    assert!(mail.text.contains(&format!("{ISSUER}{page}")) && !mail.text.contains("/sign/"), "{}", mail.text);
    assert!(!mail.text.contains("Purchase") && !mail.text.contains("personal"), "{}", mail.text);
    assert_eq!(world.fake().texts().len(), 1, "by both channels: there is no code to keep apart");

    let mut browser = Browser::default();
    let reply = browser.load(world, &page).await;
    assert!(text(&reply).contains("Log in with Test-ID") && !text(&reply).contains("Purchase"), "{}", text(&reply));
    for path in ["/documents/0", "/documents/0/pages/0"] {
        assert_eq!(world.answer(browser.get(&format!("{page}{path}"))).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(browser.send(world, &page, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::BAD_REQUEST);

    // Too low at first: the list names no title, and the page asks for more.
    assert_eq!(log_in(world, &mut browser, "/portal/log-in/test", identity("one")).await, "/portal");
    let list = text(&browser.load(world, "/portal").await);
    assert!(list.contains("more secure log-in") && list.contains(&page) && !list.contains("Purchase"), "{list}");
    let low = text(&browser.load(world, &page).await);
    assert!(low.contains("level high") && !low.contains("Purchase") && !low.contains("Broker"), "{low}");
    assert_eq!(browser.send(world, &page, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.answer(browser.get(&format!("{page}/documents/0"))).await.status, StatusCode::BAD_REQUEST);

    let again = format!("{page}/log-in/test");
    let address = location(&browser.load(world, &again).await);
    assert!(address.contains("&prompt=login") && address.contains("&acr_values=three"), "the provider shall ask again: {address}");
    assert_eq!(log_in(world, &mut browser, &again, identity("three")).await, page, "back to where the log-in began");
    let list = text(&browser.load(world, "/portal").await);
    assert!(list.contains("Purchase agreement") && list.contains("You are logged in as Åse Ødegård."), "{list}");
    let shown = text(&browser.load(world, &page).await);
    assert!(shown.contains("This is page 2.") && shown.contains("All your documents") && shown.contains("Log out"), "{shown}");
    let document = world.answer(browser.get(&format!("{page}/documents/0"))).await;
    assert_eq!(document.status, StatusCode::OK);
    let reply = browser.send(world, &page, &[("act", "sign"), ("consent", "yes")]).await;
    assert_eq!(location(&reply), page);

    let SignerStatus::Signed(signature) = status(world, id).await else { panic!("signed") };
    let Method::Eid { provider, name, level, authenticated_at } = &signature.method else { panic!("{:?}", signature.method) };
    assert_eq!((provider.as_str(), name.as_str(), *level), ("test", "Test-ID", Some(Assurance::High)));
    assert!(authenticated_at.is_some_and(|at| at <= signature.at));
    let claim = |name: &str| signature.claims.get(name).map(String::as_str);
    assert_eq!([claim("idp"), claim("loa"), claim("acr"), claim("pid")], [Some("test"), Some("high"), Some("three"), Some(NUMBER)]);
    assert!(!signature.claims.contains_key("nonce") && !signature.claims.contains_key("picture"));

    platform.wait_for(id, "accepted").await;
    let list = text(&browser.load(world, "/portal").await);
    assert!(list.contains("Nothing awaits") && list.contains("Signed or declined lately"), "{list}");
    let sealed = world.answer(browser.get(&format!("{page}/documents/0"))).await;
    assert!(sealed.body.starts_with(b"%PDF-"), "the sealed document can be fetched");
    let view = json_of(&world.answer(world.ours.call("GET", &format!("/v1/orders/{id}"))).await);
    assert_eq!(view["signers"][0]["method"], "eid");
    assert_eq!((&view["signers"][0]["authentication"], &view["signers"][0]["assurance"]), (&json!("eid"), &json!("high")));

    browser.load(world, "/portal").await;
    let before = browser.clone();
    let out = location(&browser.send(world, "/portal/log-out", &[]).await);
    assert_eq!(out, "/portal/logged-out/test");
    let reply = browser.load(world, &out).await;
    let refresh = reply.headers[header::REFRESH].to_str().unwrap();
    assert!(refresh.contains("https://id.example.org/end?client_id=segl&post_logout_redirect_uri="), "{refresh}");
    let again = text(&world.answer(before.get("/portal")).await);
    assert!(!again.contains("Purchase"), "the session is over in every browser: {again}");
}

#[tokio::test]
async fn a_person_declines_with_a_reason() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("substantial")]))).await;
    let mut browser = Browser::default();
    log_in(world, &mut browser, &format!("{page}/log-in/test"), identity("two")).await;
    browser.load(world, &page).await;
    browser.send(world, &page, &[("act", "decline"), ("reason", "Too dear")]).await;
    let SignerStatus::Declined { reason, .. } = status(world, id).await else { panic!("declined") };
    assert_eq!(reason.as_ref().map(|reason| reason.as_str()), Some("Too dear"));
    assert!(text(&browser.load(world, "/portal").await).contains("You declined"));
}

#[tokio::test]
async fn somebody_else_learns_nothing() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("low"), {"type": "person", "name": "Bo", "email": "bo@example.org"}]))).await;
    let mut browser = Browser::default();
    let other = json!({"sub": "subject-2", "pid": "02027054321", "name": "Bo", "acr": "three"});
    log_in(world, &mut browser, &format!("{page}/log-in/test"), other).await;
    assert_eq!(refused(world, id).await, 1, "the order's trail says that somebody else tried");
    let nobodys = "/portal/orders/01a20268-8353-70de-97f0-79d7b8f03df5/0".to_owned();
    let of_a_link = format!("/portal/orders/{id}/1");
    let answers = [&page, &nobodys, &of_a_link, &format!("/portal/orders/{id}/7"), &"/portal/orders/x/y".to_owned()];
    let mut pages = Vec::new();
    for path in answers {
        let reply = browser.load(world, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        pages.push(text(&reply));
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "word for word the same");
    assert!(text(&browser.load(world, "/portal").await).contains("Nothing awaits"));
    // Without a number one is nobody's signer.
    let mut nameless = Browser::default();
    log_in(world, &mut nameless, "/portal/log-in/test", json!({"sub": "subject-3", "acr": "three"})).await;
    assert!(text(&nameless.load(world, "/portal").await).contains("not as the person"));
    assert_eq!(nameless.load(world, &page).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_of_providers_count_once_in_one_browser() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (_, page) = open(&platform, &people(json!([signer("low")]))).await;
    let mut browser = Browser::default();
    let good = to_provider(world, &mut browser, &format!("{page}/log-in/test"), identity("three")).await;
    let mut victim = Browser::default();
    let theirs = to_provider(world, &mut victim, "/portal/log-in/test", identity("three")).await;
    let code = |answer: &str| answer.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap().to_owned();
    let table = [
        ("an answer without a log-in", Browser::default(), good.clone()),
        ("an answer of another browser", browser.clone(), theirs.clone()),
        ("a code of another session", browser.clone(), good.replace(&code(&good), &code(&theirs))),
        ("another state", browser.clone(), good.replace("state=", "state=x")),
        ("another issuer", browser.clone(), good.replace("iss=https://id.", "iss=https://broker.")),
        ("no issuer", browser.clone(), good.split("&iss=").next().unwrap().to_owned()),
        ("refused by the provider", browser.clone(), good.replace(&code(&good), "error=access_denied")),
        ("nothing", browser.clone(), "/portal/logged-in".to_owned()),
    ];
    for (what, mut browser, answer) in table {
        let reply = browser.load(world, &answer).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(!reply.headers.contains_key(header::SET_COOKIE), "{what}");
        assert!(text(&browser.load(world, "/portal").await).contains("Log in with"), "{what}: not logged in");
    }
    let replayed = browser.clone();
    assert_eq!(location(&browser.load(world, &good).await), page);
    for mut browser in [replayed, browser] {
        assert_eq!(browser.load(world, &good).await.status, StatusCode::BAD_REQUEST, "an answer counts once");
    }

    // What the provider signs, but should not.
    type Change = fn(&mut Value, &mut Value);
    let table: [(&str, Change, u16); 4] = [
        ("another nonce", |_, claims| claims["nonce"] = "x".into(), 400),
        ("for somebody else", |_, claims| claims["aud"] = "other".into(), 500),
        ("of another issuer", |_, claims| claims["iss"] = "https://broker.example.org".into(), 500),
        ("unsigned", |header, _| header["alg"] = "none".into(), 500),
    ];
    for (what, change, expected) in table {
        world.identities.test.twist(change);
        let mut browser = Browser::default();
        let answer = to_provider(world, &mut browser, "/portal/log-in/test", identity("three")).await;
        assert_eq!(browser.load(world, &answer).await.status.as_u16(), expected, "{what}");
        assert!(text(&browser.load(world, "/portal").await).contains("Log in with"), "{what}: not logged in");
    }

    // Late answers.
    world.identities.test.untwist();
    let mut slow = Browser::default();
    let answer = to_provider(world, &mut slow, "/portal/log-in/test", identity("three")).await;
    world.fake().advance(SignedDuration::from_mins(15));
    assert_eq!(slow.load(world, &answer).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_log_in_leads_to_pages_of_this_service_only() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    for path in [
        "/portal/log-in/test?to=https://evil.example",
        "/portal/log-in/test?target=//evil.example",
        "/portal/log-in/test?redirect_uri=https://evil.example",
    ] {
        let mut browser = Browser::default();
        assert_eq!(log_in(world, &mut browser, path, identity("three")).await, "/portal", "{path}");
    }
    for path in ["/portal/log-in/unknown", "/portal/log-in/", "/portal/orders/a/b/log-in/unknown", "/portal/orders//evil.example/log-in"] {
        assert_eq!(Browser::default().load(world, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // A host that somebody else names changes nothing.
    let mut browser = Browser::default();
    let back = log_in(world, &mut browser, "/portal/orders/evil.example/@/log-in/test", identity("three")).await;
    assert!(back.starts_with("/portal/orders/"), "{back}");
}

#[tokio::test]
async fn sessions_lapse_and_forms_of_others_do_nothing() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("low")]))).await;
    let mut browser = Browser::default();
    log_in(world, &mut browser, &format!("{page}/log-in/test"), identity("three")).await;
    browser.load(world, &page).await;
    let mut other = Browser::default();
    log_in(world, &mut other, "/portal/log-in/test", identity("three")).await;
    other.load(world, "/portal").await;
    let sign = [("act", "sign"), ("consent", "yes")];
    let mut without_mark = browser.clone();
    without_mark.hidden.remove("form");
    let mut with_other_mark = browser.clone();
    with_other_mark.hidden.insert("form".to_owned(), other.hidden["form"].clone());
    let mut without_cookie = Browser::default();
    without_cookie.hidden = browser.hidden.clone();
    for (what, browser) in [("no mark", without_mark), ("another session's mark", with_other_mark), ("no cookie", without_cookie)] {
        assert_eq!(world.answer(browser.post(&page, &sign)).await.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(matches!(status(world, id).await, SignerStatus::Open { .. }), "{what}");
    }
    let mut stolen = other.clone();
    stolen.hidden = browser.hidden.clone();
    assert_eq!(world.answer(stolen.post("/portal/log-out", &[])).await.status, StatusCode::BAD_REQUEST, "nobody logs others out");
    world.fake().advance(SignedDuration::from_mins(60));
    assert_eq!(world.answer(browser.post(&page, &sign)).await.status, StatusCode::BAD_REQUEST, "an hour later");
    assert!(text(&browser.load(world, &page).await).contains("Log in with"));
}

#[tokio::test]
async fn a_session_does_nothing_at_an_order_of_another_and_counts_once_in_two_tabs() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("low")]))).await;
    let other = json!({
        "type": "person", "name": "Bo", "email": "bo@example.org", "national_id": "02027054321", "authentication": "eid", "assurance": "low",
    });
    let others = create_another(&platform, &people(json!([other]))).await;
    platform.wait_for(others, "pending").await;

    let mut browser = Browser::default();
    log_in(world, &mut browser, &format!("{page}/log-in/test"), identity("three")).await;
    // The first tab: the way to the provider. The second one begins a log-in as well, and is the one that is awaited now.
    let mut tabs = browser.clone();
    let first = to_provider(world, &mut tabs, "/portal/log-in/test", identity("three")).await;
    let second = to_provider(world, &mut tabs, "/portal/log-in/test", identity("three")).await;
    assert_eq!(tabs.load(world, &first).await.status, StatusCode::BAD_REQUEST, "the log-in of the first tab");
    assert_eq!(location(&tabs.load(world, &second).await), "/portal");

    browser.load(world, &page).await;
    let sign = [("act", "sign"), ("consent", "yes")];
    for path in [format!("/portal/orders/{others}/0"), format!("/portal/orders/{id}/1")] {
        assert_eq!(world.answer(browser.post(&path, &sign)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(matches!(status(world, others).await, SignerStatus::Open { .. }));
    for _tab in 0..2 {
        assert_eq!(location(&world.answer(browser.post(&page, &sign)).await), page);
    }
    let decline = world.answer(browser.post(&page, &[("act", "decline")])).await;
    assert_eq!(location(&decline), page, "what was decided first counts");
    let decided = |event: &Event| matches!(event.what, What::Signed { .. } | What::Declined { .. });
    assert_eq!(world.events(id).await.iter().filter(|event| decided(event)).count(), 1);
}

#[tokio::test]
async fn a_corrected_number_is_found_by_its_new_owner_only() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let (id, page) = open(&platform, &people(json!([signer("low")]))).await;
    let correction =
        json!({"name": "Bo", "email": "bo@example.org", "national_id": "02027054321", "authentication": "eid", "assurance": "low"});
    let corrected = world.ours.json("POST", &format!("/v1/orders/{id}/signers/0/correct"), &correction);
    assert_eq!(world.answer(corrected).await.status, StatusCode::OK);
    for (pid, found) in [(NUMBER, false), ("02027054321", true)] {
        let mut browser = Browser::default();
        let who = json!({"sub": "s", "pid": pid, "acr": "one"});
        log_in(world, &mut browser, "/portal/log-in/broker", who).await;
        assert_eq!(text(&browser.load(world, "/portal").await).contains("Purchase agreement"), found, "{pid}");
        assert_eq!(browser.load(world, &page).await.status == StatusCode::OK, found, "{pid}");
    }
}

#[tokio::test]
async fn a_link_may_ask_for_a_log_in_as_well() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let body = people(json!([{"type": "person", "email": MAIL, "authentication": "eid", "assurance": "substantial"}]));
    let id = create_another(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    let link = platform.link_for(MAIL).await;
    let mut browser = Browser::default();
    let page = text(&browser.load(world, &link).await);
    assert!(page.contains("Log in with Test-ID") && !page.contains("Broker") && !page.contains("Purchase"), "{page}");
    assert_eq!(browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(log_in(world, &mut browser, &format!("{link}/log-in/test"), identity("two")).await, link);
    browser.load(world, &link).await;
    assert_eq!(browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::SEE_OTHER);
    let SignerStatus::Signed(signature) = status(world, id).await else { panic!("signed") };
    assert!(matches!(signature.method, Method::Eid { level: Some(Assurance::Substantial), .. }));
}

#[tokio::test]
async fn claims_that_a_workflow_requires_must_come_from_the_provider() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let api = "/transactionsigning/api/workflows/DK01234567";
    let body = json!({"title": "Offer", "pdfList": [{"title": "Offer", "pdfBase64": crate::cases::base64(&crate::cases::document())}]});
    let workflow = json_of(&world.answer(world.ours.json("POST", api, &body)).await)["workflowId"].as_str().expect("an id").to_owned();
    let ask = json!({
        "workflowId": workflow, "signerName": "Åse Ødegård", "signerTitle": "Chair", "requiredClaims": {"idp": "test", "pid": NUMBER},
    });
    let asked = json_of(&world.answer(world.ours.json("POST", &format!("{api}/signtextid"), &ask)).await);
    let link = asked["url"].as_str().unwrap_or_else(|| panic!("{asked}")).strip_prefix(ISSUER).expect("our address").to_owned();
    let id: OrderId = workflow.parse().unwrap();
    platform.wait_for(id, "pending").await;
    let mut browser = Browser::default();
    browser.load(world, &link).await;
    let other = json!({"sub": "subject-2", "pid": "02027054321", "acr": "three"});
    for (provider, who) in [("test", other), ("broker", identity("one"))] {
        log_in(world, &mut browser, &format!("{link}/log-in/{provider}"), who).await;
        let page = text(&browser.load(world, &link).await);
        assert!(page.contains("not as the person") && !page.contains("Offer"), "{provider}: {page}");
        assert_eq!(browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(refused(world, id).await, 2, "both are recorded");
    log_in(world, &mut browser, &format!("{link}/log-in/test"), identity("one")).await;
    browser.load(world, &link).await;
    assert_eq!(browser.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::SEE_OTHER);
    let SignerStatus::Signed(signature) = status(world, id).await else { panic!("signed") };
    assert_eq!(signature.claims["idp"], "test");
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_and_never_weakened() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    for (change, place) in [
        (json!({"authentication": "mitid"}), "/signers/0/authentication"),
        (json!({"assurance": "supreme"}), "/signers/0/assurance"),
        (json!({"authentication": "none"}), "/signers/0/assurance"),
    ] {
        let mut one = signer("high");
        one.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = world.answer(world.ours.json("POST", "/v1/orders", &people(json!([one])))).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{change}");
        assert!(text(&reply).contains(place), "{}", text(&reply));
    }
    world.assert_nothing_stored("refused");
    // A service without providers has no portal, and takes no order that needs one.
    let settings = segl_lambda::service::Settings { eid: None, ..world.service.settings.clone() };
    let service =
        segl_lambda::service::Service { ports: segl_testkit::fake::Fake::default(), root_key: world.service.root_key.clone(), settings };
    let party =
        segl_openid::relying_party::RelyingParty::new(Vec::new(), segl_openid::exchange::Nobody, |_| crate::world::workflow_token_key());
    let shared = || crate::world::Shared(world.service.clone());
    let desk = ceremony::Desk::new(shared(), shared(), Default::default(), Vec::new());
    for path in ["/portal", "/portal/logged-in", "/portal/logged-out", "/portal/orders/a/0"] {
        assert_eq!(
            ceremony::handle(&service, &desk, &party, crate::world::call("GET", path)).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}
