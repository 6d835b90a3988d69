//! The workflow dialect over HTTP, in memory: two organizations, and everything that must not be possible.

use lambda_http::http::StatusCode;
use segl_core::client::Privilege;
use segl_core::jwk::PublicKey;
use segl_core::ports::{Clients as _, TokenKeys as _};
use segl_lambda::call::Call;
use segl_testkit::fake::TokenKey;
use segl_tokens::verify::{Claims, Unverified};
use segl_tokens::workflow::{PartyClaims, WorkflowToken};
use serde_json::{Value, json};

use crate::cases::{base64, document};
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, OURS, THEIRS, World, call, json_of};

const BASE: &str = "/transactionsigning/api";

fn workflows(rest: &str) -> String {
    format!("{BASE}/workflows/{OURS}{rest}")
}

fn body() -> Value {
    json!({"title": "Purchase order 4711", "pdfList": [{"title": "Purchase order", "pdfBase64": base64(&document())}]})
}

/// Creates a workflow and waits until its documents are read.
async fn create(platform: &Platform, body: &Value) -> String {
    let reply = platform.world.answer(platform.world.ours.json("POST", &workflows(""), body)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&reply.body));
    platform.settle().await;
    json_of(&reply)["workflowId"].as_str().expect("an id").to_owned()
}

async fn ask(platform: &Platform, id: &str, whom: &Value) -> Value {
    let mut body = whom.clone();
    body["workflowId"] = id.into();
    let reply = platform.world.answer(platform.world.ours.json("POST", &workflows("/signtextid"), &body)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&reply.body));
    json_of(&reply)
}

async fn expect(world: &World, call: Call, status: u16) -> Value {
    let reply = world.answer(call).await;
    assert_eq!(reply.status.as_u16(), status, "{}", String::from_utf8_lossy(&reply.body));
    json_of(&reply)
}

async fn read(world: &World, id: &str) -> Value {
    expect(world, world.ours.call("GET", &workflows(&format!("/{id}"))), 200).await
}

/// Reads the digests behind a handle and signs them.
async fn sign(world: &World, system: &Credential, handle: &str, more: Value) -> (u16, Value) {
    let digests = expect(world, system.call("GET", &format!("{BASE}/systemsignatures/{handle}/digests")), 200).await;
    let mut body = more;
    body["digests"] = digests["digests"].clone();
    let reply = world.answer(system.json("POST", &format!("{BASE}/systemsignatures/{handle}/sign"), &body)).await;
    (reply.status.as_u16(), json_of(&reply))
}

async fn verified(world: &World, token: &str) -> WorkflowToken {
    let keys = world.fake().workflow_token_keys().await.expect("the fake has keys");
    let set = json!({"keys": keys.iter().map(PublicKey::to_jwk).collect::<Vec<_>>()});
    let token = Unverified::parse(token).expect("a token");
    let key = token.find_key(&set).expect("its key is published");
    match token.verify(&key).expect("it verifies") {
        Claims::Structured(token) => *token,
        Claims::Flat(claims) => panic!("{claims}"),
    }
}

#[tokio::test]
async fn service_a_makes_a_document_and_service_b_accepts_it() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut with_own = body();
    with_own["systemSignature"] = json!({"reference": "4711", "rule": "within budget"});
    let id = create(&platform, &with_own).await;
    let seen = read(world, &id).await;
    assert_eq!((&seen["state"], &seen["nextAction"], &seen["signersClosed"]), (&json!("pending"), &json!("signers"), &json!(false)));
    assert_eq!(seen["signatures"][0]["userClaims"]["rule"], "within budget", "A signed with the creation");

    let asked = ask(&platform, &id, &json!({"organizationTin": THEIRS})).await;
    let handle = asked["signtextId"].as_str().expect("a handle");
    assert!(asked.get("url").is_none() && asked["signatureId"] == 1, "{asked}");

    let metadata = expect(world, world.theirs.call("GET", &format!("{BASE}/systemsignatures/{handle}")), 200).await;
    assert_eq!((&metadata["organizationTin"], &metadata["title"]), (&json!(OURS), &json!("Purchase order 4711")));
    assert!(!metadata.to_string().contains("within budget"), "B learns nothing of other signers");
    let href = metadata["documents"][0]["href"].as_str().expect("an address");
    assert_eq!(world.answer(world.theirs.call("GET", href)).await.body, document());

    let (status, signed) = sign(world, &world.theirs, handle, json!({"rule": "credit check", "case": "17", "reference": "b-1"})).await;
    assert_eq!((status, &signed["signature"]["status"]), (200, &json!("signed")), "{signed}");

    // Everybody asked has signed, and the list is still open: asking for the result closes it.
    let pades = workflows(&format!("/{id}/pades"));
    let early = world.answer(world.ours.json("POST", &pades, &json!({}))).await;
    assert_eq!((early.status.as_u16(), early.headers["retry-after"].to_str().ok()), (409, Some("2")));
    platform.settle().await;
    let filter = json!({"workflowTokenClaimParameters": {"claimOutputFilter": "All"}});
    let result = expect(world, world.ours.json("POST", &pades, &filter), 200).await;
    assert_eq!((&result["workflowResultInfo"]["documentCount"], &result["workflowResultInfo"]["signatureCount"]), (&json!(1), &json!(2)));

    let token = verified(world, result["workflowToken"].as_str().expect("a token")).await;
    assert_eq!((token.claim_filter.as_str(), token.signatures.len()), ("All", 2));
    assert_eq!(token.documents[0].sha256, segl_core::id::Sha256::of(&document()));
    let sealed = token.documents[0].sealed.as_ref().expect("an accepted order");
    assert_eq!(sealed.sha256.to_string(), result["padesDocument"]["sha256Hex"].as_str().unwrap_or_default());
    let PartyClaims::System { organization, client, .. } = &token.signatures[1].party else { panic!("a system") };
    assert_eq!((organization.as_str(), client.as_ref()), (THEIRS, Some(&world.theirs.client.id)));
    assert_eq!(token.signatures[1].claims["case"], "17");

    // The same claims each time, whoever asks.
    let again = expect(world, world.ours.call("GET", &workflows(&format!("/{id}/workflowtoken?claimOutputFilter=All"))), 200).await;
    assert_eq!(verified(world, again["workflowToken"].as_str().expect("a token")).await, token);
    let native = world.answer(world.ours.call("GET", &format!("/v1/orders/{id}/workflow-token?claims=All"))).await;
    assert_eq!(verified(world, std::str::from_utf8(&native.body).expect("ASCII")).await, token);

    // The token inside the document tells the same, but for the digest of what it is inside of.
    use base64::Engine as _;
    let pdf =
        base64::engine::general_purpose::STANDARD.decode(result["padesDocument"]["padesB64"].as_str().expect("a PDF")).expect("base64");
    let attached = segl_sealing::embedded_files(&pdf, "workflow-token.jwt", &segl_sealing::Limits::default()).expect("it can be read");
    let inside = verified(world, std::str::from_utf8(&attached[0]).expect("ASCII")).await;
    assert_eq!((inside.claim_filter.as_str(), &inside.signatures), ("Restricted", &token.signatures));
    assert!(inside.documents[0].sealed.is_none() && inside.audit_trail.events < token.audit_trail.events);
}

#[tokio::test]
async fn a_handle_is_nobody_elses() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &body()).await;
    let handle = ask(&platform, &id, &json!({"organizationTin": THEIRS})).await["signtextId"].as_str().expect("a handle").to_owned();
    let unknown = "A".repeat(43);
    let before = read(world, &id).await;
    for rest in ["", "/digests", "/documents/0"] {
        let with = async |handle: &str| world.answer(world.ours.call("GET", &format!("{BASE}/systemsignatures/{handle}{rest}"))).await;
        let (theirs, none) = (with(&handle).await, with(&unknown).await);
        assert_eq!(theirs.status, 404, "{rest}");
        assert_eq!(theirs, none, "{rest}: word for word");
    }
    for (rest, body) in [("sign", json!({"digests": ["0".repeat(64)]})), ("decline", json!({}))] {
        let with =
            async |handle: &str| world.answer(world.ours.json("POST", &format!("{BASE}/systemsignatures/{handle}/{rest}"), &body)).await;
        let (theirs, none) = (with(&handle).await, with(&unknown).await);
        assert_eq!((theirs.status.as_u16(), &theirs), (404, &none), "{rest}");
    }
    // What is a system's opens no page, and what is a person's is no system's.
    assert_eq!(world.answer(call("GET", &format!("/sign/{handle}"))).await.status, 404);
    let person = ask(&platform, &id, &json!({"signerName": "Jane Doe", "signerTitle": "Chair"})).await;
    let secret = person["signtextId"].as_str().expect("a handle");
    assert!(person["url"].as_str().is_some_and(|url| url.ends_with(&format!("/sign/{secret}"))), "{person}");
    assert_eq!(world.answer(call("GET", &format!("/sign/{secret}"))).await.status, 200);
    for system in [&world.ours, &world.theirs] {
        assert_eq!(world.answer(system.call("GET", &format!("{BASE}/systemsignatures/{secret}"))).await.status, 404);
    }
    // Nor does another organization see the workflow, in its own path or in ours.
    for path in [format!("{BASE}/workflows/{THEIRS}/{id}"), workflows(&format!("/{id}")), workflows("")] {
        assert_eq!(world.answer(world.theirs.call("GET", &path)).await.status, 404, "{path}");
    }
    assert_eq!(read(world, &id).await["signatures"], before["signatures"]);
    let stored = format!("{:?}", world.order(id.parse().expect("an id")).await);
    assert!(!stored.contains(&handle) && !stored.contains(secret), "handles are not stored");
}

#[tokio::test]
async fn a_system_declines_with_a_reason_and_the_creator_cancels() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &body()).await;
    let handle =
        ask(&platform, &id, &json!({"organizationTin": THEIRS, "last": true})).await["signtextId"].as_str().expect("a handle").to_owned();
    let target = format!("{BASE}/systemsignatures/{handle}/decline");
    let declined = expect(world, world.theirs.json("POST", &target, &json!({"reason": "The price is wrong"})), 200).await;
    assert_eq!((&declined["signature"]["status"], &declined["state"]), (&json!("declined"), &json!("rejected")));
    assert_eq!(read(world, &id).await["signers"][0]["signature"]["reason"], "The price is wrong");
    expect(world, world.theirs.json("POST", &target, &json!({})), 409).await;

    let other = create(&platform, &body()).await;
    let cancelled = expect(world, world.ours.json("POST", &workflows(&format!("/{other}/cancel")), &json!({"reason": "Twice"})), 200).await;
    assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &json!("Twice")));
    let events = expect(world, world.ours.call("GET", &workflows(&format!("/{other}/events"))), 200).await;
    assert_eq!(events["events"].as_array().and_then(|events| events.last()).map(|event| &event["what"]["type"]), Some(&json!("cancelled")));
}

#[tokio::test]
async fn chains_within_an_organization_and_what_a_signature_must_claim() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut billing = world.ours.clone();
    billing.client.id = "billing".parse().expect("an id");
    let key = segl_core::client::ApiKey::new(&billing.client.id, [8; 32]);
    billing.client.api_key_hash = key.digest();
    billing.api_key = key.reveal().to_owned();
    world.fake().put_client(&billing.client).await.expect("the fake stores");

    let id = create(&platform, &body()).await;
    let legal = ask(
        &platform,
        &id,
        &json!({"organizationTin": OURS, "clientId": world.ours.client.id.as_str(), "requiredClaims": {"rule": "legal"}}),
    )
    .await;
    let next = ask(&platform, &id, &json!({"organizationTin": OURS, "clientId": "billing", "group": 1, "last": true})).await;
    let (legal, next) = (legal["signtextId"].as_str().expect("a handle"), next["signtextId"].as_str().expect("a handle"));

    let early = world.answer(billing.call("GET", &format!("{BASE}/systemsignatures/{next}/digests"))).await;
    assert_eq!((early.status.as_u16(), &json_of(&early)["code"]), (409, &json!("not-your-turn")));
    assert_eq!(world.answer(billing.call("GET", &format!("{BASE}/systemsignatures/{legal}"))).await.status, 404, "bound to another client");
    let (status, problem) = sign(world, &world.ours, legal, json!({"rule": "other"})).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/claims")), "{problem}");
    assert_eq!(sign(world, &world.ours, legal, json!({"rule": "legal"})).await.0, 200);
    assert_eq!(
        world.answer(world.ours.call("GET", &format!("{BASE}/systemsignatures/{next}"))).await.status,
        404,
        "bound to another client"
    );
    assert_eq!(sign(world, &billing, next, json!({})).await.0, 200);
    platform.settle().await;
    assert_eq!(read(world, &id).await["state"], "accepted", "the last was said to be the last");
}

#[tokio::test]
async fn a_system_may_sign_with_a_key_of_its_own() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let own = TokenKey::new(7);
    let mut client = world.theirs.client.clone();
    client.keys = [own.public()].into();
    world.fake().put_client(&client).await.expect("the fake stores");
    let id = create(&platform, &body()).await;
    let handle =
        ask(&platform, &id, &json!({"organizationTin": THEIRS, "last": true})).await["signtextId"].as_str().expect("a handle").to_owned();
    let digests = expect(world, world.theirs.call("GET", &format!("{BASE}/systemsignatures/{handle}/digests")), 200).await;
    let payload = digests["signingPayload"].as_str().expect("a payload").as_bytes();
    for (what, jws) in [
        ("another key", detached(&TokenKey::new(8), payload, false)),
        ("another payload", detached(&own, b"{}", false)),
        ("not detached", "a.b.c".to_owned()),
        ("no JWS", "x".to_owned()),
        ("alg none", format!("{}..", "eyJhbGciOiJub25lIn0")),
        ("b64 that is not critical", detached_with(&own, payload, &json!({"alg": "ES256", "b64": false}), true)),
        ("something else that is critical", detached_with(&own, payload, &json!({"alg": "ES256", "crit": ["exp"], "exp": 1}), false)),
    ] {
        let (status, problem) = sign(world, &world.theirs, &handle, json!({"jws": jws})).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/jws")), "{what}: {problem}");
    }
    let good = detached(&own, payload, true);
    assert_eq!(sign(world, &world.theirs, &handle, json!({"jws": good})).await.0, 200);
    platform.settle().await;
    assert_eq!(read(world, &id).await["signatures"][0]["jws"]["detached"], json!(good));
    let token = expect(world, world.ours.call("GET", &workflows(&format!("/{id}/workflowtoken"))), 200).await;
    let token = verified(world, token["workflowToken"].as_str().expect("a token")).await;
    assert_eq!(token.signatures[0].jws.as_ref().map(|jws| jws.detached.as_str()), Some(good.as_str()), "and the token's check covers it");
}

fn detached(key: &TokenKey, payload: &[u8], plain: bool) -> String {
    let header = if plain { json!({"alg": "ES256", "b64": false, "crit": ["b64"]}) } else { json!({"alg": "ES256"}) };
    detached_with(key, payload, &header, plain)
}

fn detached_with(key: &TokenKey, payload: &[u8], header: &Value, plain: bool) -> String {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let head = encode(header.to_string().as_bytes());
    let body = if plain { payload.to_vec() } else { encode(payload).into_bytes() };
    let message = [head.as_bytes(), b".", &body].concat();
    let signing = jsonwebtoken::EncodingKey::from_ec_der(&key.private());
    let signature = jsonwebtoken::crypto::sign(&message, &signing, jsonwebtoken::Algorithm::ES256).expect("ES256 signs");
    format!("{head}..{signature}")
}

#[tokio::test]
async fn signing_with_the_creation_needs_both_privileges() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let mut with_own = body();
    with_own["systemSignature"] = json!({});
    let mut writer = world.ours.clone();
    writer.client.privileges = [Privilege::WorkflowWrite].into();
    world.fake().put_client(&writer.client).await.expect("the fake stores");
    let reply = world.answer(writer.json("POST", &workflows(""), &with_own)).await;
    assert_eq!((reply.status.as_u16(), &json_of(&reply)["code"]), (403, &json!("privilege-missing")));
    world.assert_nothing_stored("without the privilege");
}

#[tokio::test]
async fn texts_become_documents_and_the_same_text_the_same_one() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let html = base64("<h1>Terms</h1><p>The price is <b>100</b> kr.</p>".as_bytes());
    let texts = json!({"title": "Terms", "documents": [
        {"title": "Terms", "signTextType": "html", "signTextBase64": html},
        {"title": "Terms", "signTextType": "text", "signTextBase64": base64("Hello\n\nÆrø".as_bytes())},
    ], "systemSignature": {"rule": "standard terms"}});
    let mut digests = Vec::new();
    for _ in 0..2 {
        let id = create(&platform, &texts).await;
        let seen = read(world, &id).await;
        assert_eq!((seen["documents"].as_array().map(Vec::len), seen["signatures"].as_array().map(Vec::len)), (Some(2), Some(1)), "{seen}");
        digests.push(seen["documents"][0]["sha256Hex"].clone());
    }
    assert_eq!(digests[0], digests[1]);
    for bad in ["<script>1</script>", "<p style='color:white'>x</p>", "<img src=x>", "<p></p>"] {
        let texts = json!({"title": "T", "documents": [{"title": "T", "signTextType": "html", "signTextBase64": base64(bad.as_bytes())}]});
        let problem = expect(world, world.ours.json("POST", &workflows(""), &texts), 400).await;
        assert_eq!(problem["errors"][0]["pointer"], "/documents/0/signTextBase64", "{bad}");
    }
}

#[tokio::test]
async fn each_order_of_a_batch_has_its_own_outcome() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let good = crate::cases::order();
    let batch = json!({"orders": [
        {"idempotency_key": "a", "order": good},
        {"order": {"title": "no documents"}},
        {"idempotency_key": "b", "order": good},
    ]});
    let mut ids = Vec::new();
    for _ in 0..2 {
        let result = expect(world, world.ours.json("POST", "/v1/orders:batch", &batch), 200).await;
        let statuses: Vec<_> = result["results"].as_array().expect("results").iter().map(|one| one["status"].clone()).collect();
        assert_eq!(statuses, [201, 400, 201]);
        assert_eq!(result["results"][1]["problem"]["errors"][0]["pointer"], "/documents");
        ids.push((result["results"][0]["order"]["id"].clone(), result["results"][2]["order"]["id"].clone()));
    }
    assert_eq!(ids[0], ids[1], "a repeat finds the same orders");
    assert_eq!(world.fake().order_ids().len(), 2);
}

#[tokio::test]
async fn a_handle_that_was_lost_is_made_again() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &body()).await;
    ask(&platform, &id, &json!({"organizationTin": THEIRS})).await;
    let again = ask(&platform, &id, &json!({"signatureId": 0})).await;
    let handle = again["signtextId"].as_str().expect("a handle");
    assert_eq!(sign(world, &world.theirs, handle, json!({})).await.0, 200);
    let nobody = json!({"workflowId": id, "signatureId": 7});
    expect(world, world.ours.json("POST", &workflows("/signtextid"), &nobody), 404).await;
    let closed = expect(world, world.ours.json("POST", &workflows(&format!("/{id}/close")), &json!({})), 200).await;
    assert_eq!((&closed["signersClosed"], &closed["state"]), (&json!(true), &json!("sealing")));
    let late = json!({"workflowId": id, "organizationTin": THEIRS});
    expect(world, world.ours.json("POST", &workflows("/signtextid"), &late), 409).await;
}
