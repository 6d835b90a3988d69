//! Checkpoints: made when a day is over, whatever fails; and history that was rewritten afterwards is found out.

use jiff::SignedDuration;
use segl_core::checkpoint::{Published, root};
use segl_core::ports::Clock as _;
use segl_core::use_case::checkpoint::make_due;
use segl_testkit::fake::Fault;
use serde_json::{Value, json};

use crate::cases::{create, order, sign};
use crate::evidence::{evidence, verify};
use crate::platform::{Delivery, Platform};
use crate::world::{World, call, json_of, workflow_token_key};

const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn published(world: &World, day: &str) -> Value {
    let reply = world.answer(call("GET", &format!("/v1/checkpoints/{day}"))).await;
    assert_eq!(reply.status, 200, "anybody may read it: {}", String::from_utf8_lossy(&reply.body));
    json_of(&reply)
}

#[tokio::test]
async fn each_day_gets_one_that_vouches_for_the_trails_of_that_day() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &order()).await;
    platform.wait_for(id, "pending").await;
    assert_eq!(make_due(world.fake(), &workflow_token_key()).await.expect("no faults").len(), 1, "a service begins with yesterday");
    world.fake().advance(DAY);
    sign(&platform, &world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    for made in [1, 0] {
        assert_eq!(make_due(world.fake(), &workflow_token_key()).await.expect("no faults").len(), made, "the first day is over");
    }
    world.fake().advance(DAY * 3);
    assert_eq!(make_due(world.fake(), &workflow_token_key()).await.expect("no faults").len(), 3, "missing days are made up for");

    let folder = tempfile::tempdir().expect("a scratch folder");
    let save = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("the scratch folder takes files");
        path
    };
    let keys = world.answer(call("GET", "/.well-known/jwks.json")).await;
    let keys = save("keys.json", &keys.body);
    let keys = keys.to_str().expect("ASCII");
    let zip = evidence(&platform, id, ".zip").await;
    let zip = save("evidence.zip", &zip.body);
    let now = world.fake().now();
    let mut previous = Value::Null;
    for (day, says) in [
        ("2026-01-14", "says nothing, no event is of that day"),
        ("2026-01-15", "vouches for the audit trail up to event 3"),
        ("2026-01-16", "vouches for the audit trail up to event"),
        ("2026-01-17", "says nothing, no event is of that day"),
    ] {
        let checkpoint = published(world, day).await;
        let file = save("checkpoint.json", checkpoint.to_string().as_bytes());
        let judged = verify(&zip, &["--keys", keys, "--checkpoint", file.to_str().expect("ASCII")], now).expect("it is judged");
        assert!(judged.good && judged.to_string().contains(says), "{day}: {judged}");
        let published: Published = serde_json::from_value(checkpoint.clone()).expect("a checkpoint");
        let claims = segl_tokens::verify::Unverified::parse_as(&published.checkpoint, segl_core::checkpoint::TYP)
            .expect("a token")
            .signed_claims(&workflow_token_key().public())
            .expect("signed by the key");
        assert_eq!(claims["previous"]["sha256"], previous, "{day}: each names the one before");
        assert_eq!(claims["root"], root(&published.leaves).to_string(), "{day}");
        assert!(!checkpoint.to_string().contains(&id.to_string()), "it names no order");
        previous = published.digest().to_string().into();

        // One that was not signed so, or over other leaves, holds nothing.
        for (what, altered) in [
            ("a leaf more", with(&checkpoint, |published| published.leaves.push(segl_core::id::Sha256([7; 32])))),
            (
                "another signature",
                with(&checkpoint, |published| published.checkpoint.replace_range(published.checkpoint.len() - 4.., "AAAA")),
            ),
        ] {
            let file = save("altered.json", altered.to_string().as_bytes());
            let judged = verify(&zip, &["--keys", keys, "--checkpoint", file.to_str().expect("ASCII")], now).expect("it is judged");
            assert!(!judged.good && judged.to_string().contains("DOES NOT HOLD"), "{day}: {what}: {judged}");
        }
    }
    let none = world.answer(call("GET", "/v1/checkpoints/2026-01-01")).await;
    assert_eq!((none.status.as_u16(), &json_of(&none)["code"]), (404, &json!("no-such-checkpoint")));
}

fn with(checkpoint: &Value, alter: impl FnOnce(&mut Published)) -> Value {
    let mut published: Published = serde_json::from_value(checkpoint.clone()).expect("a checkpoint");
    alter(&mut published);
    serde_json::to_value(published).expect("JSON")
}

#[tokio::test]
async fn one_is_made_whatever_fails() {
    let prepare = async || {
        let platform = Platform::new(Delivery::Prompt).await;
        let id = create(&platform, &order()).await;
        platform.wait_for(id, "pending").await;
        platform.world.fake().advance(DAY);
        platform.world.fake().clear_journal();
        platform
    };
    let plain = prepare().await;
    make_due(plain.world.fake(), &workflow_token_key()).await.expect("no faults");
    let journal = plain.world.fake().journal();
    let expected = published(&plain.world, "2026-01-15").await;
    assert!(journal.contains(&"heads.heads") && journal.contains(&"objects.put_new"), "{journal:?}");
    for (step, name) in (1..).zip(journal) {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            let platform = prepare().await;
            platform.world.fake().fail_step(step, fault);
            let first = make_due(platform.world.fake(), &workflow_token_key()).await;
            assert!(first.is_err(), "{name} {fault:?} is told");
            make_due(platform.world.fake(), &workflow_token_key()).await.expect("the next minute");
            let found = published(&platform.world, "2026-01-15").await;
            assert_eq!(found["leaves"], expected["leaves"], "{name} {fault:?}");
            assert!(found["leaves"].as_array().is_some_and(|leaves| leaves.len() == 1));
        }
    }
}
