//! Access tokens over the running service: signed in KMS by the role that may, verified by the roles that may only verify.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use segl_tests::pdf;
use segl_tests::stack::{Answer, Caller, basic, variable};
use serde_json::{Value, json};

fn ask(prefix: &str, form: &str) -> Answer {
    let client = basic(&variable(&format!("{prefix}_CLIENT_ID")), &variable(&format!("{prefix}_CLIENT_SECRET")));
    client.send("POST", "/oauth2/token", &[("content-type", "application/x-www-form-urlencoded")], form.as_bytes())
}

fn token(prefix: &str, scope: &str) -> String {
    let answer = ask(prefix, &format!("grant_type=client_credentials&scope={scope}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

fn with(token: &str) -> Caller {
    Caller::new(vec![("authorization".into(), format!("Bearer {token}"))])
}

#[test]
fn two_organizations_sign_with_access_tokens_alone() {
    let ours = with(&token("SEGL", ""));
    let theirs = with(&token("SEGL_OTHER", "orgsignature:read+orgsignature:sign"));
    let signers = [variable("SEGL_ORGANIZATION"), variable("SEGL_OTHER_ORGANIZATION")];
    let id = ours.order("By token", &[&pdf::one_page("By token", 0)], &signers.each_ref().map(String::as_str));
    ours.wait_for(&id, "pending");
    for system in [&ours, &theirs] {
        let signed = system.sign(&id);
        assert_eq!(signed.status, 200, "{}", signed.text());
    }
    ours.wait_for(&id, "accepted");
    let cancel = theirs.post(&format!("/v1/orders/{id}/cancel"), &json!({}));
    assert_eq!((cancel.status, &cancel.json()["code"]), (403, &json!("privilege-missing")));
    assert_eq!(cancel.header("www-authenticate"), r#"Bearer realm="segl", error="insufficient_scope", scope="workflow:write""#);
    assert_eq!(ours.send("DELETE", &format!("/v1/orders/{id}"), &[], b"").status, 204);
}

#[test]
fn tokens_verify_by_what_is_published() {
    let anybody = Caller::new(Vec::new());
    let metadata = anybody.get("/.well-known/oauth-authorization-server").json();
    let issuer = metadata["issuer"].as_str().expect("an issuer");
    assert_eq!(issuer, anybody.url);
    let keys: JwkSet = serde_json::from_slice(&anybody.get(metadata["jwks_uri"].as_str().expect("an address")).body).expect("a key set");
    let token = token("SEGL_READER", "");
    let kid = jsonwebtoken::decode_header(&token).expect("a header").kid.expect("a kid");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[issuer]);
    validation.set_issuer(&[issuer]);
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key is published")).expect("a key");
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).expect("it verifies").claims;
    assert_eq!((&claims["scope"], &claims["client_id"]), (&json!("workflow:read"), &json!(variable("SEGL_READER_CLIENT_ID"))));
    let more = ask("SEGL_READER", "grant_type=client_credentials&scope=workflow:write");
    assert_eq!((more.status, &more.json()["error"]), (400, &json!("invalid_scope")));
}

/// All callers of the emulator have one address: the id is one that nobody else here uses, and the few failures slow nobody down.
#[test]
fn whoever_guesses_is_told_to_wait() {
    let guesser = basic("guessed-client", "guess");
    let statuses: Vec<_> = (0..6).map(|_| guesser.get("/v1/orders").status).collect();
    assert_eq!(statuses[..5], [401; 5]);
    assert!([401, 429].contains(&statuses[5]), "the counters may lag");
    guesser.poll("/v1/orders", "the delay", |answer| (answer.status == 429 && !answer.header("retry-after").is_empty()).then_some(()));
    assert_eq!(with(&token("SEGL", "")).get("/v1/orders").status, 200, "and nobody else is");
}
