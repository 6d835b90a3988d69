//! Golden tokens: what was given out once is given out today, and verifies. Made by `cargo run -p segl-tokens --example golden`; a
//! change of these files is a change of what others read.

mod golden_tokens;

use std::path::Path;

use segl_core::claim_filter::ClaimFilter;
use segl_core::order::OrderState;
use segl_testkit::fake::TokenKey;
use segl_tokens::verify::{BadToken, Claims, Unverified};
use segl_tokens::workflow::{NoToken, WorkflowToken};

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn tokens_are_what_they_were() {
    for (name, content) in golden_tokens::files().await {
        assert_eq!(content, golden(&name), "{name}");
    }
}

#[test]
fn golden_tokens_verify_by_the_key_set() {
    let set: serde_json::Value = serde_json::from_str(&golden("keys.json")).expect("a key set");
    for filter in ClaimFilter::ALL {
        let token = Unverified::parse(&golden(&format!("workflow-token-{}.jwt", filter.as_str()))).expect("a token");
        let key = token.find_key(&set).expect("its key");
        let Ok(Claims::Structured(told)) = token.verify(&key) else { panic!("{filter:?}") };
        assert_eq!(*told, golden_tokens::token(filter));
        let text = serde_json::to_string(&told).expect("JSON");
        assert_eq!(text.contains("@example.org"), filter == ClaimFilter::All, "{filter:?}: addresses");
        assert_eq!(text.contains("19860305"), filter == ClaimFilter::All, "{filter:?}: identity numbers");
        assert!(text.contains("Åsa Signer"), "{filter:?}: names");
        let flat = Unverified::parse(&golden(&format!("workflow-token-v1-{}.jwt", filter.as_str()))).expect("a token");
        let Ok(Claims::Flat(flat)) = flat.verify(&key) else { panic!("{filter:?}") };
        assert_eq!(flat["signature_1"]["UserClaims"]["name"], "Åsa Signer 0");
        assert!(flat["document_1"]["sha256Hex"].is_string() && flat["signature_1"].is_object(), "real JSON values");
    }
}

#[test]
fn what_is_not_a_good_token_is_refused() {
    let set: serde_json::Value = serde_json::from_str(&golden("keys.json")).expect("a key set");
    let good = golden("workflow-token-All.jwt").trim().to_owned();
    let key = Unverified::parse(&good).expect("a token").find_key(&set).expect("its key");
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let other_body = golden("workflow-token-Restricted.jwt").split('.').nth(1).expect("a body").to_owned();
    for (what, token) in [
        ("empty", String::new()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.")),
        ("not base64url", format!("{head}.{body}.=")),
        ("another body", format!("{head}.{other_body}.{signature}")),
        ("no signature", format!("{head}.{body}.")),
        // {"alg":"none","typ":"workflow-token+jwt"}
        ("alg none", format!("eyJhbGciOiJub25lIiwidHlwIjoid29ya2Zsb3ctdG9rZW4rand0In0.{body}.")),
        // {"alg":"HS256","typ":"workflow-token+jwt"}
        ("alg HS256", format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IndvcmtmbG93LXRva2VuK2p3dCJ9.{body}.{signature}")),
        // {"alg":"ES256","typ":"at+jwt"}
        ("another type of token", format!("eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.{body}.{signature}")),
        ("too long", format!("{head}.{}.{signature}", "A".repeat(2_000_000))),
    ] {
        let outcome = Unverified::parse(&token).and_then(|token| token.verify(&key));
        assert!(outcome.is_err(), "{what}");
    }
    let elsewhere = Unverified::parse(&good).expect("a token").verify(&TokenKey::new(2).public());
    assert!(matches!(elsewhere, Err(BadToken::Signature)), "another key");
    assert!(Unverified::parse(&good).expect("a token").find_key(&serde_json::json!({"keys": []})).is_none());
}

#[test]
fn only_what_everyone_has_signed_has_a_token() {
    use segl_testkit::fake::{Fake, START};
    use segl_testkit::story::Story;
    let (organization, client) = ("DK01234567".parse().expect("an organization"), "case-system".parse().expect("a client"));
    for story in Story::in_every_state(&Fake::new(1), &organization, &client, START) {
        let order = story.order();
        let signed = matches!(order.state, OrderState::Sealing { .. } | OrderState::Accepted { .. }) && order.erased_at.is_none();
        let token = WorkflowToken::new(order, order.chain, ClaimFilter::All, "https://sign.example.org");
        assert_eq!(token.err(), (!signed).then_some(NoToken), "{}", order.state.name());
    }
}
