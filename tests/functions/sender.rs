//! The sender's pages: logging in, creating an order, looking after it, and what nobody may do there.

use lambda_http::http::{HeaderValue, StatusCode, header};
use segl_core::bundle::Bundle;
use segl_core::clerk::Clerk;
use segl_core::client::Privilege;
use segl_core::event::{Actor, Event};
use segl_core::id::{OrderId, SignerIndex};
use segl_core::ports::{Clients as _, Clock as _};
use segl_core::signer::Party;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use serde_json::{Value, json};

use crate::browser::{Browser, text};
use crate::cases::document;
use crate::people::{MAIL, person};
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, World, call, json_of, with_body};

/// Logs in; answers the browser and what came at the end.
async fn come(world: &World, claims: Value) -> (Browser, Reply) {
    let mut browser = Browser::default();
    let target = logged_in(world, &mut browser, claims).await;
    let reply = browser.load(world, &target).await;
    (browser, reply)
}

/// Goes to the provider and answers where it sends the browser back to.
async fn logged_in(world: &World, browser: &mut Browser, claims: Value) -> String {
    let reply = browser.load(world, "/sender/log-in/test").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", text(&reply));
    let address = reply.headers[header::LOCATION].to_str().expect("an address");
    let query = world.provider.0.log_in(address, claims, world.fake().now());
    let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("/sender/logged-in?{}", pairs.join("&"))
}

/// Somebody who logged in and acts as that client.
pub async fn enter(world: &World, credential: &Credential) -> Browser {
    let organization = credential.client.organization.as_str();
    let claims = json!({"sub": "kari", "name": "Kari Nordmann", "email": "kari@example.org", "departments": ["x", organization]});
    let (browser, reply) = come(world, claims).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", text(&reply));
    browser
}

/// The form for a new order, as a browser sends it.
fn new_order(browser: &Browser, fields: &[(&str, &str)], file: Option<&[u8]>) -> Call {
    let mut body = Vec::new();
    let hidden = browser.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in hidden.chain(fields.iter().copied()) {
        body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let head =
        "--XX\r\nContent-Disposition: form-data; name=\"document\"; filename=\"agreement.pdf\"\r\nContent-Type: application/pdf\r\n\r\n";
    body.extend(head.bytes().chain(file.unwrap_or_default().iter().copied()));
    body.extend(b"\r\n--XX--\r\n");
    let get = browser.get("/sender/orders");
    with_body(Call { method: lambda_http::http::Method::POST, ..get }, "multipart/form-data; boundary=XX", body)
}

const FIELDS: [(&str, &str); 8] = [
    ("title", "Lease of an office"),
    ("message", "Please sign by Friday"),
    ("deadline", ""),
    ("name", "Åse Ødegård"),
    ("email", MAIL),
    ("mobile", ""),
    ("method", "none"),
    ("turn", "1"),
];

/// Creates an order on the page.
async fn create(platform: &Platform, browser: &mut Browser) -> (OrderId, String) {
    let world = &platform.world;
    browser.load(world, "/sender/new").await;
    let reply = world.answer(new_order(browser, &FIELDS, Some(&document()))).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", text(&reply));
    let page = reply.headers[header::LOCATION].to_str().expect("an address").to_owned();
    let id: OrderId = page.rsplit('/').next().expect("an id").parse().expect("an id");
    platform.wait_for(id, "pending").await;
    platform.settle().await;
    (id, page)
}

#[tokio::test]
async fn from_upload_to_sealed_document() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut browser = enter(world, &world.ours).await;
    assert!(text(&browser.load(world, "/sender").await).contains("No orders here"));
    let (id, page) = create(&platform, &mut browser).await;
    let shown = text(&browser.load(world, &page).await);
    for said in ["Kari Nordmann", "Lease of an office", "Please sign by Friday", "Waiting for the signature of: Åse Ødegård", "was invited"]
    {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let link = platform.link_for(MAIL).await;
    let mut signer = Browser::default();
    signer.load(world, &link).await;
    assert_eq!(signer.send(world, &link, &[("act", "sign"), ("consent", "yes")]).await.status, StatusCode::SEE_OTHER);
    platform.wait_for(id, "accepted").await;
    let shown = text(&browser.load(world, &page).await);
    assert!(
        !shown.contains("{time}")
            && shown.contains("Complete")
            && shown.contains("Åse Ødegård signed")
            && shown.contains("Sealed: agreement"),
        "{shown}"
    );
    let sealed = world.answer(browser.get(&format!("{page}/documents/0"))).await;
    assert!(sealed.status == 200 && sealed.body.starts_with(b"%PDF-") && sealed.body.len() > document().len());
    let trail = json_of(&world.answer(browser.get(&format!("{page}/events"))).await);
    assert_eq!(trail["events"].as_array().map(Vec::len), Some(world.events(id).await.len()));
    assert_eq!(trail["events"][0]["actor"]["kind"], "clerk", "{trail}");
    assert!(!trail.to_string().contains("Kari"), "the trail names people by commitments only");
    for (name, begins, contains) in
        [("evidence.pdf", &b"%PDF-"[..], ""), ("evidence.zip", b"PK", "Kari Nordmann"), ("workflow-token", b"ey", "")]
    {
        assert!(shown.contains(&format!("href=\"{page}/{name}\"")), "{name}: {shown}");
        let mut reply = world.answer(browser.get(&format!("{page}/{name}"))).await;
        while reply.status == StatusCode::ACCEPTED {
            assert!(text(&reply).contains("The evidence is being made") && reply.headers.contains_key(header::REFRESH));
            platform.settle().await;
            reply = world.answer(browser.get(&format!("{page}/{name}"))).await;
        }
        assert!(reply.status == 200 && reply.body.starts_with(begins) && text(&reply).contains(contains), "{name}: {}", reply.status);
    }
    for (query, found) in
        [("text=office", true), ("text=%C3%B8", false), ("state=accepted", true), ("state=pending", false), ("from=2999-01-01", false)]
    {
        let list = text(&browser.load(world, &format!("/sender?{query}")).await);
        assert_eq!(list.contains(&page), found, "{query}");
    }
}

#[tokio::test]
async fn senders_look_after_their_signers() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut browser = enter(world, &world.ours).await;
    let (id, page) = create(&platform, &mut browser).await;
    browser.load(world, &page).await;
    let person = [("signer", "0"), ("name", "Åse Ødegård"), ("email", "right@example.org"), ("mobile", ""), ("method", "none")];
    for (act, fields, status) in [
        ("remind", &[][..], 303),
        ("remind-signer", &[("signer", "0")][..], 303),
        ("extend", &[("deadline", "2001-01-01")][..], 422),
        ("extend", &[("deadline", "2030-06-30")][..], 303),
        ("correct", &[("signer", "0"), ("name", "A"), ("email", "not an address"), ("method", "none")][..], 422),
        ("correct", &[("signer", "0"), ("email", "a@example.org"), ("method", "sms-code")][..], 422),
        ("correct", &person[..], 303),
        ("correct", &[("signer", "x")][..], 400),
        ("invent", &[][..], 400),
        ("cancel", &[("reason", "A mistake")][..], 303),
        ("remind", &[][..], 422),
    ] {
        let fields: Vec<_> = fields.iter().copied().chain([("act", act)]).collect();
        let reply = browser.send(world, &page, &fields).await;
        assert_eq!(reply.status, status, "{fields:?}: {}", text(&reply));
    }
    let events = world.events(id).await;
    let done = ["created", "reminder-requested", "deadline-extended", "signer-corrected", "cancelled"];
    for name in done {
        let kind = |event: &&Event| serde_json::to_value(&event.what).expect("JSON")["type"] == name;
        let event = events.iter().find(kind).unwrap_or_else(|| panic!("{name} is in the trail"));
        let Actor::Clerk { client, clerk } = &event.actor else { panic!("{name}: {:?}", event.actor) };
        let order = world.order(id).await;
        assert_eq!((client, order.clerk(clerk).map(Clerk::label)), (&world.ours.client.id, Some("Kari Nordmann")), "{name}");
    }
    let shown = text(&browser.load(world, &page).await);
    assert_eq!(shown.matches("by Kari Nordmann").count(), events.iter().filter(|event| matches!(event.actor, Actor::Clerk { .. })).count());
    let order = world.order(id).await;
    let Party::Person(corrected) = &order.signer(SignerIndex(0)).expect("the signer").party else { panic!("a person") };
    assert_eq!(corrected.email.as_ref().map(|email| email.as_str()), Some("right@example.org"));
    assert_eq!((order.state.name(), order.deadline.to_string().as_str()), ("cancelled", "2030-06-30T23:59:00Z"));

    let whom = json!({"email": "Kari@example.org"});
    let reply = world.answer(world.ours.json("POST", "/v1/people:anonymize", &whom)).await;
    assert_eq!((reply.status.as_u16(), json_of(&reply)["orders"].as_u64()), (200, Some(1)), "{}", text(&reply));
    assert!(world.order(id).await.clerks.is_empty());
    let shown = text(&browser.load(world, &page).await);
    assert!(!shown.contains("by Kari") && shown.contains("The order was cancelled"), "what happened stays, who it was does not: {shown}");
    let bundle = Bundle::new(&world.order(id).await, world.events(id).await);
    assert_eq!(bundle.check(), Ok(()), "evidence without the person holds");
}

#[tokio::test]
async fn a_form_that_is_wrong_comes_back_and_one_that_is_sent_twice_counts_once() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut browser = enter(world, &world.ours).await;
    browser.load(world, "/sender/new").await;
    let mut wrong = FIELDS;
    wrong[4].1 = "not an address";
    let reply = world.answer(new_order(&browser, &wrong, Some(&document()))).await;
    let shown = text(&reply);
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{shown}");
    assert!(shown.contains("must be an e-mail address") && shown.contains("value=\"not an address\""), "{shown}");
    assert_eq!(world.answer(new_order(&browser, &FIELDS, None)).await.status, StatusCode::UNPROCESSABLE_ENTITY, "no file");
    world.assert_nothing_stored("wrong forms");
    let form = new_order(&browser, &FIELDS, Some(&document()));
    let (one, other) = (world.answer(form.clone()).await, world.answer(form).await);
    assert_eq!((one.status, &one.headers[header::LOCATION]), (StatusCode::SEE_OTHER, &other.headers[header::LOCATION]));
    // The script sends no file, and learns where to.
    browser.load(world, "/sender/new").await;
    let fields: Vec<_> = FIELDS.into_iter().chain([("announced", r#"{"name": "plans.pdf", "size": 62914560}"#)]).collect();
    let by_script = crate::world::header(new_order(&browser, &fields, None), "accept", "application/json");
    let answer = json_of(&world.answer(by_script).await);
    assert_eq!(answer["uploads"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[tokio::test]
async fn other_organizations_and_other_sites_learn_and_do_nothing() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut ours = enter(world, &world.ours).await;
    let (id, page) = create(&platform, &mut ours).await;
    let before = world.order(id).await;
    let mut theirs = enter(world, &world.theirs).await;
    assert!(!text(&theirs.load(world, "/sender").await).contains("Lease"));
    theirs.load(world, "/sender/new").await;
    let none = page.replace(&id.to_string(), &segl_testkit::story::order_id(world.fake(), segl_testkit::fake::START).to_string());
    for path in ["", "/events", "/documents/0"] {
        let (reply, nothing) =
            (world.answer(theirs.get(&format!("{page}{path}"))).await, world.answer(theirs.get(&format!("{none}{path}"))).await);
        assert_eq!((reply.status.as_u16(), &reply.body), (404, &nothing.body), "{path}");
    }
    assert_eq!(theirs.send(world, &page, &[("act", "cancel")]).await.status, 404);

    ours.load(world, &page).await;
    let (mut foreign, mut none) = (ours.clone(), ours.clone());
    foreign.hidden = theirs.hidden.clone();
    none.hidden.clear();
    for forger in [foreign, none] {
        assert_eq!(world.answer(forger.post(&page, &[("act", "cancel")])).await.status, 400, "another session's mark, or none");
        assert_eq!(world.answer(forger.post("/sender/log-out", &[])).await.status, 400);
        assert_eq!(world.answer(new_order(&forger, &FIELDS, Some(&document()))).await.status, 400);
    }
    assert_eq!(world.answer(Browser::default().post(&page, &[("act", "cancel")])).await.status, 401, "no session");
    assert_eq!(world.order(id).await, before, "nothing happened");
}

#[tokio::test]
async fn who_is_let_in() {
    let world = World::new().await;
    let member = json!({"sub": "a", "name": "A", "departments": [world.ours.client.organization.as_str()]});
    for (claims, status) in [
        (member.clone(), 303),
        (json!({"sub": "a", "name": "A"}), 403),
        (json!({"sub": "a", "name": "A", "departments": ["nowhere"]}), 403),
        (json!({"sub": "a", "name": "A", "departments": 7}), 403),
    ] {
        assert_eq!(come(&world, claims.clone()).await.1.status, status, "{claims}");
    }
    let mut browser = Browser::default();
    let answer = logged_in(&world, &mut browser, member.clone()).await;
    assert_eq!(world.answer(call("GET", &answer)).await.status, 400, "another browser");
    assert_eq!(world.answer(browser.get(&answer)).await.status, 303);
    assert_ne!(world.answer(browser.get(&answer)).await.status, 303, "an answer counts once");
    assert_eq!(world.answer(browser.get("/sender/log-in/other")).await.status, 404);

    let browser = enter(&world, &world.ours).await;
    let reply = world.answer(browser.get("/sender")).await;
    assert!(text(&reply).contains("Signing orders"));
    let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("script") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let mut leaver = browser.clone();
    leaver.load(&world, "/sender").await;
    let reply = leaver.send(&world, "/sender/log-out", &[]).await;
    assert_eq!((reply.status.as_u16(), &reply.headers[header::LOCATION]), (303, &HeaderValue::from_static("/sender/logged-out/test")));
    let page = text(&leaver.load(&world, "/sender/logged-out/test").await);
    assert!(page.contains("Log out of Test-ID as well") && page.contains("post_logout_redirect_uri"), "{page}");
    assert!(text(&world.answer(leaver.get("/sender")).await).contains("Log in with Test-ID"), "the session is over here");
    assert_eq!(world.answer(leaver.get("/sender/logged-out/other")).await.status, 404);
    let mut client = world.ours.client.clone();
    client.privileges = [Privilege::WorkflowRead].into();
    world.fake().put_client(&client).await.expect("the fake stores");
    let mut reader = browser.clone();
    reader.load(&world, "/sender/new").await;
    assert_eq!(world.answer(new_order(&reader, &FIELDS, Some(&document()))).await.status, 403, "a client that may read only");
    client.enabled = false;
    world.fake().put_client(&client).await.expect("the fake stores");
    assert!(text(&world.answer(browser.get("/sender")).await).contains("Log in with Test-ID"), "a client that is switched off");
}

#[tokio::test]
async fn nothing_that_people_wrote_is_markup() {
    const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}";
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let organization = world.ours.client.organization.as_str();
    let (mut browser, _) = come(world, json!({"sub": "a", "name": EVIL, "departments": [organization]})).await;
    let page = text(&browser.load(world, "/sender/new").await);
    let mut person = person("none");
    person["name"] = EVIL.into();
    let mut order = crate::people::people(json!([person]));
    (order["title"], order["description"], order["documents"][0]["title"]) = (EVIL.into(), EVIL.into(), EVIL.into());
    let id = crate::cases::create(&platform, &order).await;
    platform.wait_for(id, "pending").await;
    let mut fields = FIELDS.map(|(name, _)| (name, EVIL));
    fields[7].1 = "1";
    let pages = [
        page,
        text(&world.answer(new_order(&browser, &fields, Some(&document()))).await),
        text(&browser.load(world, &format!("/sender/orders/{id}")).await),
        text(&browser.load(world, "/sender").await),
    ];
    for page in pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && page.contains("alert(1)"), "{page}");
    }
}
