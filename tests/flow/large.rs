//! A document that is too large for a request.

use segl_tests::stack::{Caller, caller, variable};
use segl_tests::{judge, pdf};
use serde_json::json;

#[test]
fn sixty_megabytes_go_up_by_presigned_url_and_come_down_by_redirect() {
    let ours = caller();
    let original = pdf::one_page("Large", 60_000_000);
    let body = json!({
        "title": "Large",
        "documents": [{"title": "Large", "file_name": "large.pdf", "size": original.len()}],
        "signers": [{"type": "system", "organization": variable("SEGL_ORGANIZATION")}],
    });
    let created = ours.post("/v1/orders", &body);
    assert_eq!(created.status, 201, "{}", created.text());
    let order = created.json();
    let id = order["id"].as_str().expect("an id");
    assert_eq!((order["state"].as_str(), order["next_action"].is_null()), (Some("drafting"), false));
    let upload = &order["documents"][0]["upload"];
    let anybody = Caller::new(vec![]);
    let put = anybody.send(upload["method"].as_str().expect("a method"), upload["url"].as_str().expect("a url"), &[], &original);
    assert_eq!(put.status, 200, "{}", put.text());

    ours.wait_for(id, "pending");
    assert!((200..300).contains(&ours.sign(id).status));
    ours.wait_for(id, "accepted");
    let redirect = ours.get(&format!("/v1/orders/{id}/documents/0/sealed"));
    assert_eq!(redirect.status, 303, "{}", redirect.text());
    let sealed = anybody.get(redirect.header("location"));
    assert_eq!(sealed.status, 200);
    // The emulator leaves out what the address asks for.
    assert!(redirect.header("location").contains("response-content-disposition=attachment"), "{}", redirect.header("location"));
    judge::assert_sealed(&original, &sealed.body);
}

#[test]
fn what_arrives_and_cannot_be_sealed_ends_the_order_with_a_reason() {
    let ours = caller();
    for (what, content, announced, code) in [
        ("not a PDF", b"hello".to_vec(), None, "not-a-pdf"),
        ("cut off", pdf::one_page("Cut", 0)[..300].to_vec(), None, "truncated"),
        ("another size than announced", pdf::one_page("Size", 0), Some(7), "size-differs"),
    ] {
        let mut document = json!({"title": what});
        if let Some(size) = announced {
            document["size"] = size.into();
        }
        let body =
            json!({"title": what, "documents": [document], "signers": [{"type": "system", "organization": variable("SEGL_ORGANIZATION")}]});
        let order = ours.post("/v1/orders", &body).json();
        let id = order["id"].as_str().expect("an id");
        let url = order["documents"][0]["upload"]["url"].as_str().expect("a url");
        assert_eq!(Caller::new(vec![]).send("PUT", url, &[], &content).status, 200);
        let failed = ours.wait_for(id, "failed");
        assert!(failed.to_string().contains(code), "{what}: {failed}");
    }
}
