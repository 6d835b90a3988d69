//! Bad input: each with a clear error that names the place, and with nothing left in table or bucket.

use lambda_http::http::StatusCode;
use segl_dialects::content::MAX_INLINE;
use segl_lambda::call::{Call, MAX_REQUEST};
use segl_lambda::reply::Reply;
use serde_json::{Value, json};

use crate::cases::{base64, document, encrypted, order};
use crate::world::{OURS, World, header, json_of, with_body};

const NO_ORDER: &str = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
const PERSON: &str = r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":{"mail":{"value":"signer@example.org"}}}"#;

/// A good order with another value at a place (RFC 6901); null takes the member away.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = order();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match body.pointer_mut(parent).expect("the parent exists") {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        other => panic!("{pointer}: {other}"),
    }
    body
}

fn content(bytes: &[u8]) -> Value {
    with("/documents/0/content_base64", base64(bytes).into())
}

/// A file cut off in its middle.
fn truncated() -> Vec<u8> {
    let whole = document();
    whole[..whole.len() / 2].to_vec()
}

/// Status, code, and the first place that is named.
fn told(reply: &Reply) -> (u16, String, String) {
    let body = json_of(reply);
    let error = &body["errors"][0];
    let place = ["pointer", "parameter", "field"].into_iter().find_map(|name| error[name].as_str());
    // The automation dialect has its own form.
    let place = body["field"].as_str().or(place).unwrap_or_default();
    let code = body["code"].as_str().or(body["error"].as_str()).unwrap_or_default();
    let sentence = body["detail"].as_str().or(body["message"].as_str()).unwrap_or_default();
    assert!(sentence.len() > 10, "a sentence for people: {body}");
    (reply.status.as_u16(), code.to_owned(), place.to_owned())
}

#[tokio::test]
async fn the_good_orders_are_good() {
    let world = World::new().await;
    let native = world.answer(world.ours.json("POST", "/v1/orders", &order())).await;
    assert_eq!(native.status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&native.body));
    let automation = world.answer(form(&world, &fields(&[]))).await;
    assert_eq!(automation.status, StatusCode::OK, "{}", String::from_utf8_lossy(&automation.body));
    assert_eq!((world.fake().order_ids().len(), world.objects().len()), (2, 2));
}

#[tokio::test]
async fn native_orders() {
    let invalid = |place: &'static str| (400, "invalid-request", place);
    let document_content = "/documents/0/content_base64";
    let system = json!({"type": "system", "organization": OURS});
    let rows = [
        ("not a PDF", content(b"<html></html>"), invalid(document_content)),
        ("truncated", content(&truncated()), invalid(document_content)),
        ("only a header", content(b"%PDF-1.7\n"), invalid(document_content)),
        ("empty", content(b""), invalid(document_content)),
        ("encrypted", content(&encrypted()), invalid(document_content)),
        ("no base64", with(document_content, "!!!".into()), invalid(document_content)),
        ("base64 without padding", with(document_content, "JVBERi0".into()), invalid(document_content)),
        ("no text", with(document_content, 5.into()), invalid(document_content)),
        ("another digest", with("/documents/0/sha256", "0".repeat(64).into()), invalid("/documents/0/sha256")),
        ("no digest", with("/documents/0/sha256", "x".into()), invalid("/documents/0/sha256")),
        ("another size", with("/documents/0/size", 5.into()), invalid("/documents/0/size")),
        ("no document", with("/documents", json!([])), invalid("/documents")),
        ("no documents at all", with("/documents", Value::Null), invalid("/documents")),
        ("a document without a title", with("/documents/0/title", Value::Null), invalid("/documents/0/title")),
        ("too many documents", with("/documents", vec![json!({"title": "One"}); 21].into()), invalid("/documents")),
        ("no title", with("/title", Value::Null), invalid("/title")),
        ("an empty title", with("/title", " ".into()), invalid("/title")),
        ("a title too long", with("/title", "å".repeat(201).into()), invalid("/title")),
        ("a title with a control character", with("/title", "a\u{0}b".into()), invalid("/title")),
        ("a description too long", with("/description", "x".repeat(4001).into()), invalid("/description")),
        ("signers that are no list", with("/signers", "Jane".into()), invalid("/signers")),
        ("a signer that is no object", with("/signers/0", "Jane".into()), invalid("/signers/0")),
        ("a signer of an unknown kind", with("/signers/0/type", "robot".into()), invalid("/signers/0/type")),
        ("a signer with an unknown member", with("/signers/0/colour", "red".into()), invalid("/signers/0/colour")),
        ("a system without organization", with("/signers/0", json!({"type": "system"})), invalid("/signers/0/organization")),
        ("an organization that is none", with("/signers/0/organization", "D/K".into()), invalid("/signers/0/organization")),
        ("a person nobody can tell", with("/signers/0", json!({"type": "person", "name": "Jane"})), invalid("/signers/0")),
        ("a bad address", with("/signers/0", json!({"type": "person", "email": "jane"})), invalid("/signers/0/email")),
        ("a bad number", with("/signers/0", json!({"type": "person", "mobile": "12"})), invalid("/signers/0/mobile")),
        ("the same system twice", with("/signers", json!([system, system])), invalid("/signers/1/organization")),
        ("too many signers", with("/signers", vec![json!({"type": "person", "email": "a@example.org"}); 51].into()), invalid("/signers")),
        ("no signer", with("/signers", json!([])), invalid("/signers")),
        ("no signers at all", with("/signers", Value::Null), invalid("/signers")),
        ("signers and groups", with("/groups", json!([{"signers": [system]}])), invalid("/groups")),
        ("a due date in the past", with("/deadline", "2020-01-01T00:00:00Z".into()), invalid("/deadline")),
        ("a due date now", with("/deadline", "2026-01-15T09:00:00Z".into()), invalid("/deadline")),
        ("a due date that is none", with("/deadline", "tomorrow".into()), invalid("/deadline")),
        ("a due date without a zone", with("/deadline", "2030-01-01T00:00:00".into()), invalid("/deadline")),
        ("a day of no calendar", with("/deadline", "2030-02-30T00:00:00Z".into()), invalid("/deadline")),
        ("a due date beyond all use", with("/deadline", "9999-01-01T00:00:00Z".into()), invalid("/deadline")),
        ("an unknown option", with("/options", json!({"seal_twice": true})), invalid("/options/seal_twice")),
        ("an option of another type", with("/options", json!({"tell_signers": "yes"})), invalid("/options/tell_signers")),
        ("no retention", with("/retention_days", 0.into()), invalid("/retention_days")),
        ("tags that are no object", with("/tags", "x".into()), invalid("/tags")),
        ("tags too large", with("/tags", json!({"x": "y".repeat(9000)})), invalid("/tags")),
        ("a creator without an address", with("/creator", json!({"name": "Jane"})), invalid("/creator/email")),
        ("an unknown member", with("/colour", "red".into()), invalid("/colour")),
        ("documents too large together", content(&segl_tests::pdf::one_page("Large", MAX_INLINE + 2_000)), (413, "body-too-large", "")),
    ];
    let world = World::new().await;
    for (what, body, expected) in rows {
        let reply = world.answer(world.ours.json("POST", "/v1/orders", &body)).await;
        let (status, code, place) = told(&reply);
        assert_eq!((status, code.as_str(), place.as_str()), expected, "{what}: {}", String::from_utf8_lossy(&reply.body));
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{what}");
        world.assert_nothing_stored(what);
    }
}

#[tokio::test]
async fn native_requests() {
    let world = World::new().await;
    let post = |media_type: &str, body: &[u8]| with_body(world.ours.call("POST", "/v1/orders"), media_type, body.to_vec());
    let good = order().to_string();
    let mut large = post("application/json", good.as_bytes());
    large.travelled = MAX_REQUEST + 1;
    let without_type = {
        let mut call = post("x/x", good.as_bytes());
        call.headers.remove("content-type");
        call
    };
    let keyed = |key: &str| header(post("application/json", good.as_bytes()), "idempotency-key", key);
    let rows = [
        ("malformed JSON", post("application/json", b"{\"title\": "), (400, "malformed-json", "")),
        ("no JSON", post("application/json", b"title=x"), (400, "malformed-json", "")),
        ("nothing", post("application/json", b""), (400, "malformed-json", "")),
        ("no UTF-8", post("application/json", b"{\"title\": \"\xff\"}"), (400, "malformed-json", "")),
        ("more after the end", post("application/json", format!("{good} x").as_bytes()), (400, "malformed-json", "")),
        ("a list", post("application/json", b"[]"), (400, "invalid-request", "")),
        ("nested without end", post("application/json", "[".repeat(100_000).as_bytes()), (400, "invalid-request", "")),
        (
            "a member twice",
            post("application/json", good.replacen('{', "{\"title\": \"Twice\", ", 1).as_bytes()),
            (400, "invalid-request", "/title"),
        ),
        ("a wrong content type", post("text/plain", good.as_bytes()), (415, "unsupported-media-type", "")),
        ("a form", post("multipart/form-data; boundary=X", b"--X--"), (415, "unsupported-media-type", "")),
        ("no content type", without_type, (415, "unsupported-media-type", "")),
        ("a body over the limit", large, (413, "body-too-large", "")),
        ("an empty Idempotency-Key", keyed(""), (400, "invalid-request", "Idempotency-Key")),
        ("an Idempotency-Key with a blank", keyed("a b"), (400, "invalid-request", "Idempotency-Key")),
        ("an Idempotency-Key too long", keyed(&"k".repeat(256)), (400, "invalid-request", "Idempotency-Key")),
    ];
    for (what, call, expected) in rows {
        let reply = world.answer(call).await;
        let (status, code, place) = told(&reply);
        assert_eq!((status, code.as_str(), place.as_str()), expected, "{what}: {}", String::from_utf8_lossy(&reply.body));
        world.assert_nothing_stored(what);
    }
}

#[tokio::test]
async fn identifiers_and_routes() {
    let world = World::new().await;
    let bad_id = (400, "invalid-request", "order_id");
    let rows = [
        ("an unknown order", "GET", format!("/v1/orders/{NO_ORDER}"), (404, "not-found", "")),
        ("an unknown order, automation", "GET", format!("/orders/{NO_ORDER}"), (404, "not-found", "")),
        ("the state of an unknown order", "GET", format!("/orders/{NO_ORDER}/state"), (404, "not-found", "")),
        ("an unknown order to delete", "DELETE", format!("/v1/orders/{NO_ORDER}"), (404, "not-found", "")),
        ("an unknown order to delete, automation", "DELETE", format!("/orders/{NO_ORDER}"), (404, "not-found", "")),
        ("a malformed id", "GET", "/v1/orders/1".to_owned(), bad_id),
        ("an id without hyphens", "GET", format!("/v1/orders/{}", NO_ORDER.replace('-', "")), bad_id),
        ("a path as id", "GET", "/v1/orders/..%2F..%2Fetc".to_owned(), bad_id),
        ("a malformed id, automation", "GET", "/orders/1/document".to_owned(), bad_id),
        ("a malformed id to delete", "DELETE", "/orders/1".to_owned(), bad_id),
        ("a malformed document", "GET", format!("/v1/orders/{NO_ORDER}/documents/x"), (400, "invalid-request", "document")),
        ("a route that is none", "GET", "/v1/nothing".to_owned(), (404, "no-such-route", "")),
        ("a method that is none", "PUT", "/v1/orders".to_owned(), (405, "method-not-allowed", "")),
        ("a cursor that is none", "GET", "/v1/orders?cursor=x".to_owned(), (400, "invalid-request", "cursor")),
        ("a limit that is none", "GET", "/v1/orders?limit=0".to_owned(), (400, "invalid-request", "limit")),
    ];
    for (what, method, target, expected) in rows {
        let reply = world.answer(world.ours.call(method, &target)).await;
        let (status, code, place) = told(&reply);
        assert_eq!((status, code.as_str(), place.as_str()), expected, "{what}: {}", String::from_utf8_lossy(&reply.body));
        world.assert_nothing_stored(what);
    }
}

/// The fields of a good form, with these in place of those of the same name. An empty value stands for no field.
fn fields<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [("title", "Purchase agreement"), ("dueDate", "2030-12-24T00:00:00"), ("signers", PERSON)];
    let kept = good.into_iter().filter(|(name, _)| other.iter().all(|(replaced, _)| replaced != name));
    kept.chain(other.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

fn form(world: &World, fields: &[(&str, &str)]) -> Call {
    form_with(world, fields, Some(("application/pdf", &document())))
}

fn form_with(world: &World, fields: &[(&str, &str)], upload: Option<(&str, &[u8])>) -> Call {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
    }
    if let Some((media_type, file)) = upload {
        let head = format!(
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.pdf\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        body.extend([head.as_bytes(), file, b"\r\n"].concat());
    }
    body.extend(b"--BOUNDARY--\r\n");
    with_body(world.ours.call("POST", "/orders"), "multipart/form-data; boundary=BOUNDARY", body)
}

#[tokio::test]
async fn automation_orders() {
    let world = World::new().await;
    let invalid = |place: &'static str| (400, "invalid-request", place);
    let long = "å".repeat(201);
    let row = |other: &[(&str, &str)]| form(&world, &fields(other));
    let pdf = |bytes: &[u8]| form_with(&world, &fields(&[]), Some(("application/pdf", bytes)));
    let cut = {
        let mut call = row(&[]);
        call.body.truncate(call.body.len() / 2);
        call
    };
    let over = {
        let mut call = row(&[]);
        call.travelled = MAX_REQUEST + 1;
        call
    };
    let rows = [
        ("not a PDF", pdf(b"<html></html>"), invalid("upload")),
        ("truncated", pdf(&truncated()), invalid("upload")),
        ("empty", pdf(b""), invalid("upload")),
        ("encrypted", pdf(&encrypted()), invalid("upload")),
        (
            "a wrong content type of the file",
            form_with(&world, &fields(&[]), Some(("text/html", &document()))),
            (415, "unsupported-media-type", "upload"),
        ),
        ("no file", form_with(&world, &fields(&[]), None), invalid("upload")),
        ("no title", row(&[("title", "")]), invalid("title")),
        ("a blank title", row(&[("title", " ")]), invalid("title")),
        ("a title too long", row(&[("title", &long)]), invalid("title")),
        ("two titles", row(&[("title", "One"), ("title", "Two")]), invalid("title")),
        ("malformed signers", row(&[("signers", "{\"source\":")]), invalid("signers[0]")),
        ("signers that are no JSON", row(&[("signers", "Jane")]), invalid("signers[0]")),
        ("signers with an unknown source", row(&[("signers", r#"{"source":"MARS","identifier":"198603052385"}"#)]), invalid("signers[0]")),
        (
            "signers with an unknown member",
            row(&[("signers", r#"{"source":"EXTERNAL","identifier":"198603052385","x":1}"#)]),
            invalid("signers[0]"),
        ),
        ("the second signer is wrong", row(&[("signers", PERSON), ("signers", "{}")]), invalid("signers[1]")),
        (
            "signers nobody knows",
            row(&[("signers", r#"{"source":"INTERNAL","identifier":"sAMAccountName=nobody"}"#)]),
            invalid("signers[0]"),
        ),
        ("no signer", row(&[("signers", "")]), invalid("signers")),
        ("a due date in the past", row(&[("dueDate", "2020-01-01T00:00:00")]), invalid("dueDate")),
        ("a due date that is none", row(&[("dueDate", "tomorrow")]), invalid("dueDate")),
        ("a due date with a zone", row(&[("dueDate", "2030-12-24T00:00:00Z")]), invalid("dueDate")),
        ("a day of no calendar", row(&[("dueDate", "2030-02-30T00:00:00")]), invalid("dueDate")),
        ("no due date", row(&[("dueDate", "")]), invalid("dueDate")),
        ("an unknown option", row(&[("option", r#"{"name":"sealTwice","value":true}"#)]), invalid("option")),
        ("an option that is no JSON", row(&[("option", "notifyAllSigners")]), invalid("option")),
        ("an unknown linkType", row(&[("linkType", "7")]), invalid("linkType")),
        ("tags that are no JSON", row(&[("tags", "{")]), invalid("tags")),
        ("a malformed solicitor", row(&[("solicitor", "{")]), invalid("solicitor")),
        ("an unknown field", row(&[("colour", "red")]), invalid("colour")),
        ("a form that is cut off", cut, (400, "malformed-form", "")),
        (
            "a wrong content type",
            with_body(world.ours.call("POST", "/orders"), "application/json", b"{}".to_vec()),
            (415, "unsupported-media-type", ""),
        ),
        (
            "no boundary",
            with_body(world.ours.call("POST", "/orders"), "multipart/form-data", b"--X--".to_vec()),
            (415, "unsupported-media-type", ""),
        ),
        ("a body over the limit", over, (413, "body-too-large", "")),
        ("an Idempotency-Key with a blank", header(row(&[]), "idempotency-key", "a b"), invalid("Idempotency-Key")),
    ];
    for (what, call, expected) in rows {
        let reply = world.answer(call).await;
        let (status, code, place) = told(&reply);
        assert_eq!((status, code.as_str(), place.as_str()), expected, "{what}: {}", String::from_utf8_lossy(&reply.body));
        assert_eq!(reply.headers["content-type"], "application/json", "{what}");
        world.assert_nothing_stored(what);
    }
}
