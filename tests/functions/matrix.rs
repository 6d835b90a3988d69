//! The matrix of access: every route of the template, by every way of authenticating, with every privilege, and with everything that can
//! be wrong with a credential. A route that is not in the table fails.

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, EncodingKey};
use segl_core::client::{Client, Privilege};
use segl_core::ports::{Clients as _, Clock as _};
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_testkit::fake::TokenKey;
use serde_json::{Value, json};

use crate::cases::{create, document, order};
use crate::platform::{Delivery, Platform};
use crate::ways::{Way, access_token, basic, certificate, jws, own_token, part, private, secret};
use crate::world::{OURS, World, call, header, json_of, with_body};

use Privilege::{OrgSignatureRead, OrgSignatureSign, WorkflowRead, WorkflowWrite};

/// A route that needs a credential.
pub struct Guarded {
    /// The method.
    pub method: &'static str,
    /// The path for an order.
    pub path: &'static str,
    /// The privilege.
    pub needs: Privilege,
    /// What answers a client that is let in, where the order is pending.
    pub let_in: u16,
}

const fn guarded(method: &'static str, path: &'static str, needs: Privilege, let_in: u16) -> Guarded {
    Guarded { method, path, needs, let_in }
}

/// Every route that needs a credential.
pub const GUARDED: &[Guarded] = &[
    guarded("POST", "/v1/orders", WorkflowWrite, 201),
    guarded("GET", "/v1/orders", WorkflowRead, 200),
    guarded("GET", "/v1/orders/{id}", WorkflowRead, 200),
    guarded("DELETE", "/v1/orders/{id}", WorkflowWrite, 204),
    guarded("POST", "/v1/orders/{id}/cancel", WorkflowWrite, 200),
    guarded("POST", "/v1/orders/{id}/remind", WorkflowWrite, 200),
    guarded("POST", "/v1/orders/{id}/extend", WorkflowWrite, 200),
    // The order is not one of the direct flow, and its signer is a system.
    guarded("POST", "/v1/orders/{id}/signers/0/redirect", WorkflowWrite, 409),
    guarded("POST", "/v1/orders/{id}/signers/0/remind", WorkflowWrite, 200),
    guarded("POST", "/v1/orders/{id}/signers/0/unblock", WorkflowWrite, 200),
    guarded("POST", "/v1/orders/{id}/signers/0/correct", WorkflowWrite, 400),
    guarded("GET", "/v1/orders/{id}/events", WorkflowRead, 200),
    // Evidence is made when it is asked for.
    guarded("GET", "/v1/orders/{id}/evidence", WorkflowRead, 202),
    guarded("GET", "/v1/orders/{id}/evidence.pdf", WorkflowRead, 202),
    guarded("GET", "/v1/orders/{id}/evidence.zip", WorkflowRead, 202),
    guarded("GET", "/orders/{id}/evidence", WorkflowRead, 202),
    guarded("GET", "/transactionsigning/api/workflows/{cvr}/{id}/evidence", WorkflowRead, 202),
    guarded("POST", "/v1/orders/{id}/hold", WorkflowWrite, 200),
    guarded("POST", "/v1/orders/{id}/release", WorkflowWrite, 200),
    guarded("POST", "/v1/people:anonymize", WorkflowWrite, 200),
    // The form names nobody.
    guarded("POST", "/anonymize", WorkflowWrite, 400),
    guarded("GET", "/v1/orders/{id}/documents/0", WorkflowRead, 200),
    guarded("GET", "/v1/orders/{id}/documents/0/sealed", WorkflowRead, 409),
    guarded("GET", "/v1/orders/{id}/signature-request", OrgSignatureRead, 200),
    guarded("GET", "/v1/orders/{id}/signature-request/documents/0", OrgSignatureRead, 200),
    guarded("POST", "/v1/orders/{id}/signatures", OrgSignatureSign, 200),
    guarded("GET", "/v1/orders/{id}/inclusion", WorkflowRead, 200),
    guarded("GET", "/v1/events", WorkflowRead, 200),
    guarded("POST", "/v1/webhooks", WorkflowWrite, 201),
    guarded("GET", "/v1/webhooks", WorkflowRead, 200),
    // The webhook is nobody's; tests/functions/webhooks.rs has those of somebody.
    guarded("GET", "/v1/webhooks/{webhook}", WorkflowRead, 404),
    guarded("PATCH", "/v1/webhooks/{webhook}", WorkflowWrite, 404),
    guarded("DELETE", "/v1/webhooks/{webhook}", WorkflowWrite, 404),
    guarded("POST", "/v1/webhooks/{webhook}/rotate-secret", WorkflowWrite, 404),
    guarded("POST", "/v1/webhooks/{webhook}/test", WorkflowWrite, 404),
    guarded("POST", "/v1/webhooks/{webhook}/replay", WorkflowWrite, 404),
    guarded("GET", "/v1/webhooks/{webhook}/deliveries", WorkflowRead, 404),
    // The form lacks everything, which is told to who may send one.
    guarded("POST", "/orders", WorkflowWrite, 400),
    guarded("GET", "/orders/{id}", WorkflowRead, 200),
    guarded("GET", "/orders/{id}/state", WorkflowRead, 200),
    guarded("GET", "/orders/{id}/document", WorkflowRead, 409),
    guarded("DELETE", "/orders/{id}", WorkflowWrite, 204),
    guarded("POST", "/v1/orders:batch", WorkflowWrite, 200),
    guarded("GET", "/v1/orders/{id}/workflow-token", WorkflowRead, 409),
    guarded("POST", "/transactionsigning/api/workflows/{cvr}", WorkflowWrite, 201),
    guarded("GET", "/transactionsigning/api/workflows/{cvr}", WorkflowRead, 200),
    guarded("GET", "/transactionsigning/api/workflows/{cvr}/{id}", WorkflowRead, 200),
    guarded("GET", "/transactionsigning/api/workflows/{cvr}/{id}/events", WorkflowRead, 200),
    // The order has all its signers, and is neither complete nor sealed.
    guarded("GET", "/transactionsigning/api/workflows/{cvr}/{id}/workflowtoken", WorkflowRead, 409),
    guarded("POST", "/transactionsigning/api/workflows/{cvr}/{id}/pades", WorkflowRead, 409),
    guarded("POST", "/transactionsigning/api/workflows/{cvr}/{id}/close", WorkflowWrite, 409),
    guarded("POST", "/transactionsigning/api/workflows/{cvr}/{id}/cancel", WorkflowWrite, 200),
    // The body names no workflow.
    guarded("POST", "/transactionsigning/api/workflows/{cvr}/signtextid", WorkflowWrite, 400),
    // The handle is nobody's; tests/functions/workflow.rs has those of somebody.
    guarded("GET", "/transactionsigning/api/systemsignatures/{handle}", OrgSignatureRead, 404),
    guarded("GET", "/transactionsigning/api/systemsignatures/{handle}/digests", OrgSignatureRead, 404),
    guarded("GET", "/transactionsigning/api/systemsignatures/{handle}/documents/0", OrgSignatureRead, 404),
    guarded("POST", "/transactionsigning/api/systemsignatures/{handle}/sign", OrgSignatureSign, 404),
    guarded("POST", "/transactionsigning/api/systemsignatures/{handle}/decline", OrgSignatureSign, 404),
    // The client has no registers, and the order came another way.
    guarded("POST", "/zgw/ondertekentransacties", WorkflowWrite, 403),
    guarded("GET", "/zgw/ondertekentransacties/{id}", WorkflowRead, 404),
];

/// Every other route, and what answers who brings nothing along.
pub const OPEN: &[(&str, &str, u16)] = &[
    ("GET", "/v1/openapi.json", 200),
    ("GET", "/transactionsigning/api/openapi.json", 200),
    // There is none of that day.
    ("GET", "/v1/checkpoints/{day}", 404),
    ("GET", "/zgw/openapi.json", 200),
    ("GET", "/.well-known/jwks.json", 200),
    ("GET", "/.well-known/oauth-authorization-server", 200),
    // The form is missing; tests/functions/token.rs has the ways of proving oneself here.
    ("POST", "/oauth2/token", 400),
    // The link is the credential, and this one leads nowhere.
    ("GET", "/sign/{link}", 404),
    ("GET", "/sign/{link}/documents/{n}", 404),
    ("GET", "/sign/{link}/documents/{n}/pages/{page}", 404),
    ("POST", "/sign/{link}", 404),
    ("GET", "/proof/{order}/{token}", 404),
    // Without a log-in there is the way to it, and no provider has this name; tests/functions/portal.rs has who is let in.
    ("GET", "/portal", 200),
    ("GET", "/portal/log-in/{provider}", 404),
    ("GET", "/portal/logged-in", 400),
    ("POST", "/portal/log-out", 303),
    ("GET", "/portal/logged-out", 200),
    ("GET", "/portal/logged-out/{provider}", 200),
    ("GET", "/portal/orders/{id}/{n}", 200),
    ("POST", "/portal/orders/{id}/{n}", 400),
    ("GET", "/portal/orders/{id}/{n}/documents/{document}", 400),
    ("GET", "/portal/orders/{id}/{n}/documents/{document}/pages/{page}", 400),
    ("GET", "/portal/orders/{id}/{n}/log-in/{provider}", 404),
    ("GET", "/sign/{link}/log-in/{provider}", 404),
    // Who has not logged in is shown where to; what was to be done is not done.
    ("GET", "/sender", 200),
    ("GET", "/sender/new", 200),
    ("GET", "/sender/upload.js", 200),
    ("GET", "/sender/log-in/{provider}", 404),
    ("GET", "/sender/logged-in", 400),
    ("POST", "/sender/log-out", 401),
    ("POST", "/sender/orders", 401),
    ("GET", "/sender/orders/{id}", 200),
    ("POST", "/sender/orders/{id}", 401),
    ("GET", "/sender/orders/{id}/documents/{n}", 200),
    ("GET", "/sender/orders/{id}/events", 200),
    ("GET", "/sender/orders/{id}/evidence.pdf", 200),
    ("GET", "/sender/orders/{id}/evidence.zip", 200),
    ("GET", "/sender/orders/{id}/workflow-token", 200),
    ("GET", "/sender/logged-out", 200),
    ("GET", "/sender/logged-out/{provider}", 404),
];

/// The id of no webhook.
const WEBHOOK: &str = "0190a6c5-9d01-7f4e-a2b3-7c6d5e4f3a2b";

impl Guarded {
    /// A well-formed call of the route, without a credential.
    pub fn call(&self, id: &str) -> Call {
        let path = self.path.replace("{id}", id).replace("{cvr}", OURS).replace("{handle}", &"A".repeat(43)).replace("{webhook}", WEBHOOK);
        let call = call(self.method, &path);
        let json = |body: Value| with_body(call.clone(), "application/json", body.to_string().into_bytes());
        match (self.method, self.path) {
            ("POST", "/orders") => with_body(call, "multipart/form-data; boundary=X", b"--X--".to_vec()),
            ("POST", "/v1/webhooks") => json(json!({"url": "https://hooks.example.org/"})),
            ("PATCH", _) => json(json!({})),
            ("POST", path) if path.ends_with("/rotate-secret") => json(json!({})),
            ("POST", path) if path.ends_with("/replay") => json(json!({"first": 1})),
            ("POST", path) if path.ends_with("/signatures") => {
                let digest = segl_core::id::Sha256::of(&document()).to_string();
                json(json!({"decision": "sign", "digests": [digest]}))
            }
            ("POST", path) if path.ends_with(":anonymize") => json(json!({"email": "nobody@example.org"})),
            ("POST", "/anonymize") => call,
            ("POST", path) if path.ends_with(":batch") => json(json!({"orders": [{"order": order()}]})),
            ("POST", path) if path.ends_with("/workflows/{cvr}") => {
                json(json!({"title": "Offer", "pdfList": [{"title": "Offer", "pdfBase64": crate::cases::base64(&document())}]}))
            }
            ("POST", path) if path.ends_with("/sign") => json(json!({"digests": [segl_core::id::Sha256::of(&document()).to_string()]})),
            ("POST", path) if path.ends_with("/close") || path.ends_with("/pades") || path.ends_with("/signtextid") => json(json!({})),
            ("POST", path) if path.ends_with("/decline") => json(json!({"reason": "No"})),
            ("POST", path) if path.ends_with("/extend") => json(json!({"deadline": "2026-06-30T12:00:00Z"})),
            ("POST", path) if path.ends_with("/correct") => json(json!({"email": "right@example.org"})),
            ("POST", path) if path.ends_with("/cancel") => json(json!({"reason": "A mistake"})),
            ("POST", _) => json(order()),
            _ => call,
        }
    }

    /// The code of a problem in the form of the route's dialect.
    fn code(&self, reply: &Reply) -> Value {
        if self.path.starts_with("/zgw") {
            // Its codes are those of the standard; the type has ours.
            return json!(json_of(reply)["type"].as_str().and_then(|uri| uri.strip_prefix("urn:segl:problem:")));
        }
        let member = if self.path.starts_with("/orders") || self.path == "/anonymize" { "error" } else { "code" };
        json_of(reply)[member].clone()
    }
}

#[test]
fn the_table_has_every_route_of_the_template() {
    let template = segl_local::template::Template::read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml"))
        .expect("a template");
    let routes: BTreeSet<_> = template.functions().into_iter().flat_map(|function| function.routes).collect();
    let guarded = GUARDED.iter().map(|route| {
        format!(
            "{} {}",
            route.method,
            route.path.replace("/documents/0", "/documents/{n}").replace("/signers/0", "/signers/{n}").replace("{webhook}", "{id}")
        )
    });
    let open = OPEN.iter().map(|(method, path, _)| format!("{method} {path}"));
    // What leads nowhere is answered by the default route, for everybody alike.
    let table: BTreeSet<_> = guarded.chain(open).chain(["$default".to_owned()]).collect();
    assert_eq!(table, routes);
}

#[test]
fn the_dialects_ask_for_the_privileges_of_the_table() {
    use segl_dialects::{automation, native, workflow, zgw};
    for route in GUARDED {
        let path = route.call("0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d").raw_path;
        let needs = if path.starts_with("/v1/") {
            native::route::Route::find(route.method, &path).expect("a route").privilege()
        } else if path.starts_with("/transactionsigning/") {
            workflow::route::Route::find(route.method, &path).expect("a route").privilege()
        } else if path.starts_with("/zgw/") {
            zgw::route::Route::find(route.method, &path).expect("a route").privilege()
        } else {
            Some(automation::route::Route::find(route.method, &path).expect("a route").privilege())
        };
        assert_eq!(needs, Some(route.needs), "{} {path}", route.method);
    }
}

#[tokio::test]
async fn open_routes_answer_everybody() {
    let world = World::new().await;
    for &(method, path, status) in OPEN {
        let reply = world
            .answer(call(
                method,
                &path.replace("{link}", &"A".repeat(43)).replace("{n}", "0").replace("{page}", "0").replace("{day}", "2026-01-14"),
            ))
            .await;
        assert_eq!(reply.status, status, "{method} {path}");
    }
    let nowhere = world.answer(call("GET", "/v2/orders")).await;
    assert_eq!((nowhere.status.as_u16(), &json_of(&nowhere)["code"]), (404, &json!("no-such-route")));
}

#[tokio::test]
async fn each_route_needs_its_privilege_and_no_other_by_each_way() {
    let everything: BTreeSet<_> = Privilege::ALL.into();
    for route in GUARDED {
        for way in Way::ALL {
            let each = Privilege::ALL.map(|one| BTreeSet::from([one]));
            for held in each.iter().chain([&everything]) {
                let case = format!("{} {} by {way:?} with {held:?}", route.method, route.path);
                let platform = Platform::new(Delivery::Prompt).await;
                let id = create(&platform, &order()).await;
                platform.settle().await;
                let world = &platform.world;
                let call = way.show(world, &world.ours, held, route.call(&id.to_string())).await;
                let before = world.order(id).await;
                let reply = world.answer(call).await;
                let challenge = reply.headers.get("www-authenticate").and_then(|value| value.to_str().ok());
                if held.contains(&route.needs) {
                    assert_eq!(reply.status, route.let_in, "{case}: {}", String::from_utf8_lossy(&reply.body));
                    continue;
                }
                assert_eq!((reply.status.as_u16(), route.code(&reply)), (403, json!("privilege-missing")), "{case}");
                let scope = format!(r#"Bearer realm="segl", error="insufficient_scope", scope="{}""#, route.needs);
                assert_eq!(challenge, way.is_bearer().then_some(scope.as_str()), "{case}: RFC 6750, 3.1");
                assert_eq!(world.order(id).await, before, "{case}: nothing changes");
            }
        }
    }
}

#[tokio::test]
async fn other_organizations_learn_nothing_by_each_way() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &order()).await;
    platform.wait_for(id, "pending").await;
    let before = world.order(id).await;
    let none = segl_testkit::story::order_id(world.fake(), segl_testkit::fake::START).to_string();
    for route in GUARDED.iter().filter(|route| route.path.contains("{id}")) {
        for way in Way::ALL {
            let mut answers = Vec::new();
            for id in [id.to_string(), none.clone()] {
                let call = way.show(world, &world.theirs, &Privilege::ALL.into(), route.call(&id)).await;
                answers.push(world.answer(call).await);
            }
            assert_eq!(answers[0].status, 404, "{} {} by {way:?}", route.method, route.path);
            assert_eq!(answers[0], answers[1], "{} {} by {way:?}: word for word", route.method, route.path);
        }
    }
    assert_eq!(world.order(id).await, before);
    for way in Way::ALL {
        let call = way.show(world, &world.theirs, &Privilege::ALL.into(), call("GET", "/v1/orders")).await;
        assert_eq!(json_of(&world.answer(call).await)["orders"], json!([]), "{way:?}");
    }
}

/// Everything that can be wrong with a credential of our client: what, and the `Authorization` that has it.
async fn bad_tokens(world: &World) -> Vec<(&'static str, String)> {
    let client = &world.ours.client;
    let good = access_token(world, client, "").await;
    let now = world.fake().now().as_second();
    let (head, claims) = (part(&good, 0), part(&good, 1));
    let with = |name: &str, value: Value| {
        let mut changed = claims.clone();
        changed[name] = value;
        changed
    };
    let header_with = |name: &str, value: Value| {
        let mut changed = head.clone();
        changed[name] = value;
        changed
    };
    let ours = private(&TokenKey::new(1));
    let theirs = private(&TokenKey::new(2));
    let workflow = private(&TokenKey::new(1000));
    let es256 = |head: &Value, claims: &Value, key: &EncodingKey| jws(head, claims, key, Algorithm::ES256);
    let hmac = |key: &[u8], head: &Value| jws(head, &claims, &EncodingKey::from_secret(key), Algorithm::HS256);
    let resigned = es256(&head, &claims, &ours);
    let public = TokenKey::new(1).info();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", crate::cases::base64(&public));
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let own = own_token(world, client).replace("Bearer ", "");
    let own_claims = part(&own, 1);
    let own_key = EncodingKey::from_secret(secret(world, client, 1).as_bytes());
    let mut old = own_claims.clone();
    old["iat"] = (now - 7200).into();
    let unsigned = |claims: &Value, alg: &str| {
        let token = es256(&json!({"alg": alg, "typ": "at+jwt", "kid": head["kid"]}), claims, &ours);
        format!("{}.", token.rsplit_once('.').expect("three parts").0)
    };
    // By its own means the test can make a good token, so that each of these is bad for the one thing that it changes.
    let control = header(GUARDED[1].call(""), "authorization", &format!("Bearer {resigned}"));
    assert_eq!(world.answer(control).await.status, 200);
    [
        ("expired", es256(&head, &with("exp", now.into()), &ours)),
        ("issued in the future", es256(&head, &with("iat", (now + 61).into()), &ours)),
        ("tampered: claims", format!("{}.{signature}", es256(&head, &with("scope", "x".into()), &ours).rsplit_once('.').expect("parts").0)),
        ("tampered: signature", format!("{signed}.{other}{}", &signature[1..])),
        ("without a signature", format!("{signed}.")),
        ("wrong audience", es256(&head, &with("aud", "https://other.example.org".into()), &ours)),
        ("wrong issuer", es256(&head, &with("iss", "https://other.example.org".into()), &ours)),
        ("of another subject", es256(&head, &with("sub", world.theirs.client.id.as_str().into()), &ours)),
        (
            "of a client that does not exist",
            es256(
                &head,
                &{
                    let mut nobody = with("sub", "nobody".into());
                    nobody["client_id"] = "nobody".into();
                    nobody
                },
                &ours,
            ),
        ),
        ("alg none", unsigned(&claims, "none")),
        ("alg None", unsigned(&claims, "None")),
        ("HMAC keyed with the public key in DER", hmac(&public, &header_with("alg", "HS256".into()))),
        ("HMAC keyed with the public key in PEM", hmac(pem.as_bytes(), &header_with("alg", "HS256".into()))),
        ("HMAC keyed with the public key, said to be ES256", hmac(&public, &head)),
        ("HMAC keyed with the client's secret, said to be ES256", hmac(secret(world, client, 1).as_bytes(), &head)),
        ("said to be RS256", es256(&header_with("alg", "RS256".into()), &claims, &ours)),
        ("another key under our kid", es256(&head, &claims, &theirs)),
        ("another key under its own kid", es256(&header_with("kid", TokenKey::new(2).public().thumbprint().into()), &claims, &theirs)),
        ("without kid", es256(&json!({"alg": "ES256", "typ": "at+jwt"}), &claims, &ours)),
        ("workflow token used as access token", {
            let kid = TokenKey::new(1000).public().thumbprint();
            es256(&json!({"alg": "ES256", "typ": "at+jwt", "kid": kid}), &claims, &workflow)
        }),
        ("workflow token under the kid of access tokens", es256(&head, &claims, &workflow)),
        ("typ JWT", es256(&header_with("typ", "JWT".into()), &claims, &ours)),
        ("without typ", es256(&json!({"alg": "ES256", "kid": head["kid"]}), &claims, &ours)),
        ("crit", es256(&header_with("crit", json!(["b64"])), &claims, &ours)),
        ("for a secret that there never was", es256(&head, &with("segl_proof", "secret/2".into()), &ours)),
        ("for a key that the client has not", es256(&head, &with("segl_proof", "key/AAAA".into()), &ours)),
        ("for nothing", es256(&head, &with("segl_proof", "".into()), &ours)),
        ("bound to a certificate that is not shown", es256(&head, &with("cnf", json!({"x5t#S256": "AAAA"})), &ours)),
        ("own token, expired", jws(&json!({"alg": "HS256"}), &old, &own_key, Algorithm::HS256)),
        ("own token, tampered", format!("{own}A")),
        ("own token, alg none", unsigned(&own_claims, "none")),
        ("own token, said to be ES256", jws(&json!({"alg": "ES256"}), &own_claims, &own_key, Algorithm::HS256)),
        (
            "own token, keyed with the public key",
            jws(&json!({"alg": "HS256"}), &own_claims, &EncodingKey::from_secret(&public), Algorithm::HS256),
        ),
    ]
    .map(|(what, token)| (what, format!("Bearer {token}")))
    .to_vec()
}

#[tokio::test]
async fn a_credential_that_is_not_good_opens_no_route() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &order()).await;
    platform.wait_for(id, "pending").await;
    let before = world.order(id).await;
    let mut bad = bad_tokens(world).await;
    let theirs = secret(world, &world.theirs.client, 1);
    let pair = crate::cases::base64(format!("{}:{theirs}", world.ours.client.id).as_bytes());
    bad.push(("another client's secret", format!("Basic {pair}")));
    bad.push(("the next secret", basic(world, &Client { secret_generation: 2, ..world.ours.client.clone() })));
    for route in GUARDED {
        let fresh = || route.call(&id.to_string());
        let mut calls: Vec<_> = bad.iter().map(|(what, value)| (*what, header(fresh(), "authorization", value))).collect();
        calls.push(("no credential", fresh()));
        calls.push(("an API key, tampered", header(fresh(), "x-api-key", &format!("{}A", world.ours.api_key))));
        calls.push(("an unknown certificate", Call { certificate: Some(certificate(&world.theirs.client)), ..fresh() }));
        let forwarded = header(fresh(), "x-amzn-mtls-clientcert-subject", "CN=case-system");
        calls.push(("a certificate in a header field", header(forwarded, "x-client-cert", "-----BEGIN CERTIFICATE-----")));
        for (what, call) in calls {
            let case = format!("{} {}: {what}", route.method, route.path);
            let bearer = call.has_bearer_token();
            let reply = world.answer(call).await;
            assert_eq!((reply.status.as_u16(), route.code(&reply)), (401, json!("unauthenticated")), "{case}");
            let challenge = reply.headers["www-authenticate"].to_str().expect("ASCII");
            assert!(challenge.contains("Basic realm=") && challenge.contains("Bearer realm="), "{case}");
            assert_eq!(challenge.contains(r#"error="invalid_token""#), bearer, "{case}: RFC 6750, 3.1");
        }
    }
    assert_eq!(world.order(id).await, before, "nothing changes");
}

#[tokio::test]
async fn what_is_taken_from_a_client_is_gone_at_once_by_each_way() {
    for way in Way::ALL {
        let world = World::new().await;
        let everything = Privilege::ALL.into();
        // The call is made with a credential from before.
        let each = async |change: &dyn Fn(&mut Client)| {
            let mut statuses = Vec::new();
            for route in GUARDED {
                let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
                let call = way.show(&world, &world.ours, &everything, route.call(id)).await;
                let mut client = world.fake().client(&world.ours.client.id).await.expect("no faults").expect("a client");
                change(&mut client);
                world.fake().put_client(&client).await.expect("the fake stores");
                statuses.push(world.answer(call).await.status.as_u16());
            }
            statuses
        };
        assert_eq!(each(&|client| client.enabled = false).await, [401; GUARDED.len()], "{way:?}: switched off");
        assert_eq!(each(&|client| client.privileges.clear()).await, [403; GUARDED.len()], "{way:?}: privileges revoked");
        let rotated = each(&|client| client.secret_generation = 2).await;
        let by_secret = !matches!(way, Way::ApiKey | Way::Certificate);
        assert_eq!(rotated.iter().all(|status| *status == 401), by_secret, "{way:?}: secret rotated without overlap");
        let removed = each(&|client| client.certificates.clear()).await;
        assert_eq!(removed.iter().all(|status| *status == 401), way == Way::Certificate, "{way:?}: certificate removed");
    }
}
