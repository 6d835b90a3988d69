//! Orders for the tests, and their documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_core::id::OrderId;
use serde_json::{Value, json};

use crate::platform::Platform;
use crate::world::{Credential, OURS, World, header, json_of};

/// A document that can be sealed.
pub fn document() -> Vec<u8> {
    segl_tests::pdf::one_page("Purchase agreement", 0)
}

/// The same, encrypted by `qpdf --encrypt '' owner 256 --`: everybody can open it, and not everybody may change it.
pub fn encrypted() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (plain, locked) = (folder.path().join("plain.pdf"), folder.path().join("locked.pdf"));
    std::fs::write(&plain, document()).expect("the scratch folder takes files");
    let status = std::process::Command::new("qpdf")
        .args(["--encrypt", "", "owner", "256", "--"])
        .args([&plain, &locked])
        .status()
        .expect("qpdf is missing; install it with: sudo apt-get install -y qpdf");
    assert!(status.success(), "qpdf encrypts");
    std::fs::read(locked).expect("what qpdf wrote")
}

/// Base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// An order with one document in the request, which our own system signs.
pub fn order() -> Value {
    json!({
        "title": "Purchase agreement",
        "documents": [{"title": "Agreement", "file_name": "agreement.pdf", "content_base64": base64(&document())}],
        "signers": [{"type": "system", "organization": OURS}],
    })
}

/// Creates an order as our client would, insisting, under an idempotency key.
pub async fn create(platform: &Platform, body: &Value) -> OrderId {
    let call = header(platform.world.ours.json("POST", "/v1/orders", body), "idempotency-key", "the-one-key");
    let reply = platform.insist_on("creation", &call, lambda_http::http::StatusCode::CREATED).await;
    json_of(&reply)["id"].as_str().expect("an id").parse().expect("an id")
}

/// Creates one more order, without an idempotency key.
pub async fn create_another(platform: &Platform, body: &Value) -> OrderId {
    let reply = platform.world.answer(platform.world.ours.json("POST", "/v1/orders", body)).await;
    assert_eq!(reply.status, lambda_http::http::StatusCode::CREATED, "{}", String::from_utf8_lossy(&reply.body));
    json_of(&reply)["id"].as_str().expect("an id").parse().expect("an id")
}

/// Signs as a system, insisting. Who is told that it has signed already is content: the answer to the first try was lost.
pub async fn sign(platform: &Platform, system: &Credential, id: OrderId) {
    let request = system.call("GET", &format!("/v1/orders/{id}/signature-request"));
    let digests = platform.insist("the signer's turn", &request, |reply| Some(json_of(reply)["digests"].clone()).filter(Value::is_array));
    let body = json!({"decision": "sign", "digests": digests.await, "claims": {"rule": "below the limit"}});
    decide(platform, system, id, &body).await;
}

/// Sends a system's decision, insisting.
pub async fn decide(platform: &Platform, system: &Credential, id: OrderId, body: &Value) {
    let call = system.json("POST", &format!("/v1/orders/{id}/signatures"), body);
    let decided = |reply: &segl_lambda::reply::Reply| match reply.status.as_u16() {
        200 => Some(()),
        409 if json_of(reply)["code"] == "already-decided" => Some(()),
        _ => panic!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)),
    };
    platform.insist("the decision", &call, decided).await;
}

/// How many mails went to an address.
pub fn mails_to(world: &World, address: &str) -> usize {
    world.fake().mails().iter().filter(|(to, _)| to.as_str() == address).count()
}
