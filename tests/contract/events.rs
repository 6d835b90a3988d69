//! The sample events, decoded as the functions decode them. `sam local invoke` and `cargo lambda invoke` take the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_lambda_events::event::dynamodb;
use aws_lambda_events::event::s3::S3Event;
use segl_core::storage_key::StorageKey;
use segl_core::task::Consumer;
use segl_dialects::{automation, native};
use segl_lambda::call::Call;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folders(path: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.expect("a folder's entry").file_name().into_string().expect("a name of ASCII")).collect()
}

/// Every sample of a function, by name.
fn samples(function: &str) -> BTreeMap<String, String> {
    let folder = root().join("events").join(function);
    let read = |name: &String| std::fs::read_to_string(folder.join(name)).expect("a sample");
    folders(&folder).into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn call(sample: &str) -> Call {
    Call::from_lambda(lambda_http::request::from_str(sample).expect("an event of the HTTP API"))
}

#[test]
fn every_function_has_a_sample() {
    assert_eq!(folders(&root().join("events")), folders(&root().join("functions")));
}

#[test]
fn calls_find_their_routes() {
    let expected = BTreeMap::from([
        ("create-order/native.json", "CreateOrder"),
        ("create-order/automation.json", "CreateOrder"),
        ("status/order.json", "Order("),
        ("status/list.json", "ListOrders"),
        ("status/automation-state.json", "State("),
        ("status/no-such-path.json", "NoSuchRoute"),
        ("system-sign/request.json", "SignatureRequest("),
        ("system-sign/sign.json", "Sign("),
        ("ceremony/page.json", "GET sign"),
        ("ceremony/sign.json", "POST sign"),
        ("manage/cancel.json", "CancelOrder("),
        ("manage/automation-delete.json", "DeleteOrder("),
    ]);
    let mut seen = BTreeSet::new();
    for function in ["create-order", "status", "system-sign", "ceremony", "manage"] {
        for (name, sample) in samples(function) {
            let call = call(&sample);
            let (method, path) = (call.method.as_str(), call.raw_path.as_str());
            let route = match call.segments().as_slice() {
                ["v1", ..] => format!("{:?}", native::route::Route::find(method, path).expect("a route")),
                ["orders", ..] => format!("{:?}", automation::route::Route::find(method, path).expect("a route")),
                ["sign", ..] => format!("{method} sign"),
                _ => format!("{:?}", native::route::Route::find(method, path).expect_err("no route").kind),
            };
            let key = format!("{function}/{name}");
            let wanted = expected.get(key.as_str()).unwrap_or_else(|| panic!("{key} is not in the table"));
            assert!(route.starts_with(wanted), "{key}: {route}");
            assert_eq!(call.address.map(|address| address.to_string()).as_deref(), Some("192.0.2.17"), "{key}");
            seen.insert(key);
        }
    }
    assert_eq!(seen.len(), expected.len());
}

#[test]
fn requests_in_samples_are_understood() {
    let now = "2026-11-22T09:11:19Z".parse().expect("a time");
    let native = call(&samples("create-order")["native.json"]);
    let parsed = native::request::parse(&native.body, now, 4 << 20).expect("a request");
    assert!(parsed.contents[0].as_deref().is_some_and(|content| content.starts_with(b"%PDF-")));

    let form = call(&samples("create-order")["automation.json"]);
    let zone = jiff::tz::TimeZone::get("Europe/Stockholm").expect("a zone");
    let request = automation::form::parse(form.header("content-type"), form.body.clone().into(), now, &zone, 4 << 20).expect("a form");
    assert_eq!(request.title.as_str(), "A new signing order");

    let sign = call(&samples("system-sign")["sign.json"]);
    assert!(matches!(native::decision::decision(&sign.body), Ok(native::decision::Decision::Sign { .. })));
}

#[test]
fn what_wakes_a_function_is_understood() {
    for (_, sample) in samples("ingest") {
        let event: S3Event = serde_json::from_str(&sample).expect("an event of the bucket");
        let arrival = segl_aws::records::arrival(&event.records[0]).expect("an object of ours");
        assert!(matches!(arrival.key, StorageKey::Original(..)));
    }
    for (function, consumer) in [("seal", Consumer::Seal), ("notify", Consumer::Notify)] {
        for (name, sample) in samples(function) {
            let event: dynamodb::Event = serde_json::from_str(&sample).expect("an event of the table's stream");
            for record in &event.records {
                let (_, kind) = segl_aws::records::task(record).expect("a task");
                assert_eq!(kind.consumer(), consumer, "{function}/{name}");
            }
        }
    }
    for (_, sample) in samples("expire") {
        let event: serde_json::Value = serde_json::from_str(&sample).expect("an event of the schedule");
        assert_eq!(event["detail-type"], "Scheduled Event");
    }
}
