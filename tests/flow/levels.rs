//! Every level of PAdES, from the request to the sealed PDF, with the stack's time-stamp authority and revocation list; also when one of
//! them is down.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use segl_cli::arguments::Arguments;
use segl_cli::output::Output;
use segl_tests::judge::{LEVELS, Level, assert_level};
use segl_tests::pdf;
use segl_tests::stack::{Caller, caller, variable};
use serde_json::{Value, json};

/// The stack has one authority: an outage of one test must not meet the orders of another.
static AUTHORITY: Mutex<()> = Mutex::new(());

/// Lets the authority fail under these paths from now on, and nowhere else.
fn outage(paths: &str) {
    let authority = variable("SEGL_TIME_STAMP_AUTHORITY");
    let address = format!("{}/outage", authority.strip_suffix("/tsa").expect("the authority's address"));
    assert_eq!(Caller::new(vec![]).send("PUT", &address, &[], paths.as_bytes()).status, 204);
}

/// Creates an order that asks for a level, and signs it. Answers its id and the document.
fn signed(ours: &Caller, level: &str) -> (String, Vec<u8>) {
    let original = pdf::one_page(level, 0);
    let created = ours.post(
        "/v1/orders",
        &json!({
            "title": format!("Archive {level}"),
            "documents": [{"title": level, "content_base64": STANDARD.encode(&original)}],
            "signers": [{"type": "system", "organization": variable("SEGL_ORGANIZATION")}],
            "seal": {"level": level},
        }),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    ours.wait_for(&id, "pending");
    assert!((200..300).contains(&ours.sign(&id).status));
    (id, original)
}

/// What the order tells of its sealed document, and the file.
fn sealed(ours: &Caller, order: &Value) -> (Value, Vec<u8>) {
    let told = order["documents"][0]["sealed"].clone();
    let file = ours.get(told["href"].as_str().expect("an address"));
    assert_eq!((file.status, Some(file.body.len() as u64)), (200, told["size"].as_u64()), "{told}");
    (told, file.body)
}

fn assert_sealed(file: &[u8], level: Level) {
    assert_level(file, level, Path::new(&variable("SEGL_ROOT_CERTIFICATE")));
}

#[test]
fn every_level_is_reached() {
    let _alone = AUTHORITY.lock().unwrap_or_else(PoisonError::into_inner);
    outage("");
    let ours = caller();
    // All at once, as the service is used.
    let orders: Vec<_> = LEVELS.iter().map(|level| (level, signed(&ours, level.name))).collect();
    for (level, (id, original)) in orders {
        let (told, file) = sealed(&ours, &ours.wait_for(&id, "accepted"));
        assert_eq!((&told["level"], &told["shortfall"]), (&json!(level.name), &Value::Null), "{told}");
        assert!(file.starts_with(&original));
        assert_sealed(&file, *level);
    }
}

#[test]
fn an_outage_costs_a_level_and_the_seal_climbs_when_it_is_over() {
    let _alone = AUTHORITY.lock().unwrap_or_else(PoisonError::into_inner);
    let ours = caller();
    let [basic, stamped, _, archived] = LEVELS;
    for (down, reached, code, after) in [
        // The seal's own value is stamped no more once it is given out: a time-stamp over the document takes that place.
        ("/tsa", basic, "time-stamp-unavailable", basic.archived(2)),
        ("/root.crl", stamped, "revocation-unavailable", archived),
    ] {
        outage(down);
        let (id, original) = signed(&ours, archived.name);
        let (told, before) = sealed(&ours, &ours.wait_for(&id, "accepted"));
        assert_eq!((&told["level"], &told["target_level"]), (&json!(reached.name), &json!(archived.name)), "{down}: {told}");
        assert_eq!(told["shortfall"]["code"], code, "{down}: {told}");
        assert!(before.starts_with(&original));
        assert_sealed(&before, reached);

        outage("");
        // The agenda does the same a minute later; here an operator does not wait for it.
        retry(&id);
        let order = ours.poll(&format!("/v1/orders/{id}"), "the upgrade", |answer| {
            let order = answer.json();
            (order["documents"][0]["sealed"]["level"] == archived.name).then_some(order)
        });
        let (told, file) = sealed(&ours, &order);
        assert_eq!(told["shortfall"], Value::Null, "{down}: {told}");
        assert!(file.starts_with(&before), "who has the shorter file has no other document");
        assert_sealed(&file, after);
        let trail = ours.get(&format!("/v1/orders/{id}/events")).text();
        assert!(trail.contains("seal-upgraded"), "{down}: {trail}");
    }
}

/// `segl tasks retry ID upgrade`, with what the stack's file tells.
fn retry(id: &str) {
    let command = Arguments::try_parse_from(["segl", "tasks", "retry", id, "upgrade"]).expect("a command line").command;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut said = Vec::new();
    runtime.block_on(segl_cli::arguments::run(command, &mut Output::new(false, &mut said))).expect("the task is woken");
}
