//! Bad input over the running service: a clear error, and nothing left in table or bucket. The table of what is bad and what is said to
//! it is tested in memory, request by request; here a few go all the way, so that gateway, function and storage are seen together.

use segl_aws::config::Aws;
use segl_aws::store::Store;
use segl_core::id::OrganizationId;
use segl_core::ports::{Clock as _, Orders as _};
use segl_tests::pdf;
use segl_tests::stack::{caller, variable};
use serde_json::json;

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_behind() {
    let ours = caller();
    let organization: OrganizationId = variable("SEGL_ORGANIZATION").parse().expect("an organization");
    let store = Store::new(&Aws::load().await, variable("SEGL_TABLE"), variable("SEGL_BUCKET"), None);
    let before = store.orders_of(&organization, None, 1).await.expect("the table answers").pop();
    let started = store.now();

    let good = pdf::one_page("Good", 0);
    let order = |title: &str, content: &[u8]| {
        let signer = json!({"type": "system", "organization": organization.as_str()});
        json!({"title": title, "documents": [{"title": "D", "content_base64": base64(content)}], "signers": [signer]}).to_string()
    };
    for (what, status, code, media_type, body) in [
        ("not a PDF", 400, "is not a PDF", "application/json", order("T", b"hello")),
        ("cut off", 400, "truncated", "application/json", order("T", &good[..300])),
        ("empty", 400, "empty", "application/json", order("T", b"")),
        ("no title", 400, "/title", "application/json", order("", &good)),
        ("a title that is too long", 400, "/title", "application/json", order(&"x".repeat(201), &good)),
        ("not JSON", 400, "malformed", "application/json", "{".to_owned()),
        ("another media type", 415, "application/json", "text/plain", order("T", &good)),
        ("too large for a document in a request", 413, "upload", "application/json", order("T", &vec![b'x'; 4_300_000])),
        ("too large for the gateway", 413, "Too Large", "application/json", order("T", &vec![b'x'; 5_000_000])),
    ] {
        let answer = ours.send("POST", "/v1/orders", &[("content-type", media_type)], body.as_bytes());
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert!(answer.text().contains(code), "{what}: {}", answer.text());
    }
    let after = store.orders_of(&organization, None, 1).await.expect("the table answers").pop();
    assert_eq!(before, after, "no order since {started}");
}
