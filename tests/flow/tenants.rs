//! Nobody learns of another organization's orders.

use segl_tests::pdf;
use segl_tests::stack::{Caller, caller, other, variable};
use serde_json::Value;

/// Every route of an order, by method and path after the order's id. Signing ones are for signers.
const ROUTES: &[(&str, &str)] = &[
    ("GET", ""),
    ("GET", "/events"),
    ("GET", "/documents/0"),
    ("GET", "/documents/0/sealed"),
    ("GET", "/signature-request"),
    ("GET", "/signature-request/documents/0"),
    ("POST", "/signatures"),
    ("POST", "/cancel"),
    ("DELETE", ""),
];
const AUTOMATION: &[(&str, &str)] = &[("GET", ""), ("GET", "/state"), ("GET", "/document"), ("DELETE", "")];

fn body(rest: &str) -> &'static str {
    match rest {
        "/signatures" => r#"{"decision": "decline"}"#,
        "/cancel" => "{}",
        _ => "",
    }
}

fn ask(caller: &Caller, base: &str, id: &str, method: &str, rest: &str) -> (u16, Value) {
    let answer = caller.send(method, &format!("{base}/{id}{rest}"), &[("content-type", "application/json")], body(rest).as_bytes());
    (answer.status, answer.json())
}

#[test]
fn another_organizations_order_does_not_exist() {
    let id = caller().order("Secret", &[&pdf::one_page("Secret", 0)], &[&variable("SEGL_ORGANIZATION")]);
    caller().wait_for(&id, "pending");
    let nobodys = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
    for (base, routes) in [("/v1/orders", ROUTES), ("/orders", AUTOMATION)] {
        for (method, rest) in routes {
            let theirs = ask(&other(), base, &id, method, rest);
            let none = ask(&other(), base, nobodys, method, rest);
            assert_eq!(theirs.0, 404, "{method} {base}{rest}");
            assert_eq!(theirs, none, "word for word: {method} {base}{rest}");
        }
    }
    let listed = other().get("/v1/orders?limit=100").text();
    assert!(!listed.contains(&id), "not in the other organization's list");
    assert_eq!(caller().wait_for(&id, "pending")["state"], "pending", "and nothing was changed");
}

#[test]
fn without_a_credential_every_route_answers_401() {
    let nobody = Caller::new(vec![]);
    let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
    for (base, routes) in [("/v1/orders", ROUTES), ("/orders", AUTOMATION)] {
        for (method, rest) in routes {
            assert_eq!(ask(&nobody, base, id, method, rest).0, 401, "{method} {base}{rest}");
        }
        assert_eq!(nobody.send("POST", base, &[("content-type", "application/json")], b"{}").status, 401);
    }
    assert_eq!(nobody.get("/v1/orders").status, 401);
    assert_eq!(nobody.get("/v1/orders/not-an-id").status, 401);
    assert_eq!(nobody.get("/v1/openapi.json").status, 200, "what the API looks like is no secret");
    assert_eq!(nobody.get("/nothing/here").status, 404);
}

#[test]
fn without_the_privilege_every_route_answers_403() {
    // The other organization's reader may read orders and nothing else.
    let reader = Caller::new(vec![("x-api-key".into(), variable("SEGL_READER_API_KEY"))]);
    let id = caller().order("Readable", &[&pdf::one_page("Readable", 0)], &[&variable("SEGL_ORGANIZATION")]);
    caller().wait_for(&id, "pending");
    for (method, rest) in ROUTES {
        let reads = *method == "GET" && !rest.starts_with("/signature-request");
        let expected = match *rest {
            _ if !reads => 403,
            "/documents/0/sealed" => 409,
            _ => 200,
        };
        let answer = reader.send(method, &format!("/v1/orders/{id}{rest}"), &[("content-type", "application/json")], body(rest).as_bytes());
        assert_eq!(answer.status, expected, "{method} {rest}: {}", answer.text());
    }
    assert_eq!(reader.post("/v1/orders", &serde_json::json!({})).status, 403);
}
