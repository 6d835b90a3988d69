//! Checkpoints: made when a day is over, whatever fails; and history that was rewritten afterwards is found out.

use std::path::Path;

use jiff::SignedDuration;
use segl_cli::verify::Judgement;
use segl_core::checkpoint::{Published, root};
use segl_core::id::OrderId;
use segl_core::ports::{Clock as _, Objects as _};
use segl_core::use_case::checkpoint::make_due;
use segl_lambda::reply::Reply;
use segl_testkit::fake::Fault;
use serde_json::{Value, json};

use crate::cases::{create, create_another, decide, document, order, sign};
use crate::evidence::{evidence, verify};
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, World, call, json_of, workflow_token_key};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Files that somebody keeps, the service's key set among them.
struct Shelf {
    folder: tempfile::TempDir,
    keys: String,
    now: jiff::Timestamp,
}

impl Shelf {
    async fn new(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let keys = world.answer(call("GET", "/.well-known/jwks.json")).await;
        let shelf = Self { folder, keys: String::new(), now: world.fake().now() };
        Self { keys: shelf.save("keys.json", &keys.body), ..shelf }
    }

    /// Puts a file there, and answers its path.
    fn save(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("the scratch folder takes files");
        path.to_str().expect("a path of ASCII").to_owned()
    }

    /// What `segl verify` says of a file, by the key set.
    fn verify(&self, file: &str, more: &[&str]) -> Judgement {
        verify(Path::new(file), &[&["--keys", &self.keys], more].concat(), self.now).expect("it is judged")
    }
}

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

    let shelf = Shelf::new(world).await;
    let zip = shelf.save("evidence.zip", &evidence(&platform, id, ".zip").await.body);
    let mut previous = Value::Null;
    for (day, says) in [
        ("2026-01-14", "says nothing, no event is of that day"),
        ("2026-01-15", "vouches for the audit trail up to event 3"),
        ("2026-01-16", "vouches for the audit trail up to event"),
        ("2026-01-17", "says nothing, no event is of that day"),
    ] {
        let checkpoint = published(world, day).await;
        let file = shelf.save("checkpoint.json", checkpoint.to_string().as_bytes());
        let judged = shelf.verify(&zip, &["--checkpoint", &file]);
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
            let file = shelf.save("altered.json", altered.to_string().as_bytes());
            let judged = shelf.verify(&zip, &["--checkpoint", &file]);
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

/// A world in which an order was signed with such claims on 15 January 2026, and the checkpoint of that day was made.
async fn signed_on_the_day(rule: &str) -> (Platform, OrderId) {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = create(&platform, &order()).await;
    platform.wait_for(id, "pending").await;
    let digests = json!([segl_core::id::Sha256::of(&document()).to_string()]);
    let decision = json!({"decision": "sign", "digests": digests, "claims": {"rule": rule}});
    decide(&platform, &platform.world.ours, id, &decision).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    // Others sign on that day, too, so that the tree has more than one leaf.
    for _ in 0..4 {
        create_another(&platform, &order()).await;
    }
    platform.settle().await;
    platform.world.fake().advance(DAY);
    (platform, id)
}

async fn inclusion(world: &World, credential: &Credential, id: OrderId) -> Reply {
    world.answer(credential.call("GET", &format!("/v1/orders/{id}/inclusion"))).await
}

#[tokio::test]
async fn an_order_is_proved_to_be_in_its_checkpoint_without_the_service() {
    let (platform, id) = signed_on_the_day("below the limit").await;
    let world = &platform.world;
    assert_eq!(json_of(&inclusion(world, &world.ours, id).await), json!({}), "there is no checkpoint yet");
    make_due(world.fake(), &workflow_token_key()).await.expect("no faults");
    let proof = inclusion(world, &world.ours, id).await;
    let told = json_of(&proof)["proof"].clone();
    let events = world.order(id).await.chain.seq;
    assert_eq!((&told["seq"], &told["day"]), (&json!(events), &json!("2026-01-15")));
    assert_eq!(inclusion(world, &world.theirs, id).await.status, 404, "an order of another organization does not exist");

    let shelf = Shelf::new(world).await;
    let checkpoint = published(world, "2026-01-15").await;
    let token = shelf.save("token.json", json!({"checkpoint": checkpoint["checkpoint"]}).to_string().as_bytes());
    let whole = shelf.save("checkpoint.json", checkpoint.to_string().as_bytes());
    let proof = shelf.save("inclusion.json", &proof.body);
    let zip = shelf.save("evidence.zip", &evidence(&platform, id, ".zip").await.body);
    let pdf = shelf.save("evidence.pdf", &evidence(&platform, id, ".pdf").await.body);
    let sealed = world.answer(world.ours.call("GET", &format!("/v1/orders/{id}/documents/0/sealed"))).await;
    let sealed = shelf.save("sealed.pdf", &sealed.body);
    let proved = format!("is proved up to event {events}");
    for (what, file, more, says) in [
        ("the archive alone", &zip, vec![], vec![proved.as_str(), "compare it with one that was kept"]),
        ("with the token of the day", &zip, vec!["--checkpoint", &token], vec![&proved, "is the one that was kept"]),
        ("with all leaves", &zip, vec!["--checkpoint", &whole], vec![&proved, "is the one that was kept"]),
        ("the PDF and the proof", &pdf, vec!["--inclusion", &proof, "--checkpoint", &token], vec![&proved, "is the one that was kept"]),
        ("the sealed document, which ends earlier", &sealed, vec!["--inclusion", &proof], vec!["not judged: the audit trail ends before"]),
    ] {
        let judged = shelf.verify(file, &more);
        let text = judged.to_string();
        assert!(judged.good && says.iter().all(|says| text.contains(says)), "{what}: {text}");
    }
    let unkeyed = verify(Path::new(&zip), &[], shelf.now).expect("it is judged");
    assert!(unkeyed.good && unkeyed.to_string().contains("give --keys"), "{unkeyed}");

    // Whatever is altered in the proof, it holds no longer.
    let other_digest = json!("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
    for (member, value) in [
        ("order", json!(OrderId::new(jiff::Timestamp::UNIX_EPOCH, [7; 10]))),
        ("day", json!("2026-01-14")),
        ("seq", json!(events - 1)),
        ("hash", other_digest.clone()),
        ("index", json!(told["index"].as_u64().expect("a number") ^ 1)),
        ("path", json!([])),
        ("path", json!([other_digest])),
        ("format", json!(2)),
        ("checkpoint", json!("e30.e30.AAAA")),
    ] {
        let mut altered = told.clone();
        altered[member] = value;
        let file = shelf.save("altered.json", json!({"proof": altered}).to_string().as_bytes());
        let judged = shelf.verify(&pdf, &["--inclusion", &file]);
        assert!(!judged.good && judged.to_string().contains("DOES NOT HOLD"), "{member}: {judged}");
    }
}

/// The service's operator writes another history: the same order, at the same times, with another claim, hashes and seals that fit, and a
/// checkpoint over it by the same key. Within itself nothing is wrong. Whoever kept the checkpoint of the day sees it.
#[tokio::test]
async fn history_that_was_rewritten_does_not_fit_the_checkpoint_that_was_kept() {
    let (truth, id) = signed_on_the_day("below the limit").await;
    make_due(truth.world.fake(), &workflow_token_key()).await.expect("no faults");
    let kept = published(&truth.world, "2026-01-15").await;
    let (rewritten, same) = signed_on_the_day("approved by the board").await;
    assert_eq!(same, id, "the worlds differ in what was claimed alone");
    let world = &rewritten.world;
    make_due(world.fake(), &workflow_token_key()).await.expect("no faults");

    let shelf = Shelf::new(world).await;
    let zip = shelf.save("evidence.zip", &evidence(&rewritten, id, ".zip").await.body);
    let consistent = shelf.verify(&zip, &[]);
    assert!(consistent.good && consistent.to_string().contains("is proved up to event"), "{consistent}");
    // By its leaves alone it cannot be told from a trail that grew later on that day; by the proof in the archive it can.
    let token_alone = json!({"checkpoint": kept["checkpoint"]});
    let says = "the checkpoint of that day that was kept is another one: history was rewritten";
    for (what, kept) in [("its token", &token_alone), ("all of it", &kept)] {
        let file = shelf.save("kept.json", kept.to_string().as_bytes());
        let judged = shelf.verify(&zip, &["--checkpoint", &file]);
        assert!(!judged.good && judged.to_string().contains(says), "{what}: {judged}");
    }
}

#[tokio::test]
async fn the_service_does_not_prove_a_trail_that_its_own_checkpoint_does_not_have() {
    let (truth, id) = signed_on_the_day("below the limit").await;
    make_due(truth.world.fake(), &workflow_token_key()).await.expect("no faults");
    let kept = published(&truth.world, "2026-01-15").await;
    let (rewritten, _) = signed_on_the_day("approved by the board").await;
    let key = segl_core::storage_key::StorageKey::Checkpoint(jiff::civil::date(2026, 1, 15));
    rewritten.world.fake().put_new(&key, kept.to_string().into_bytes()).await.expect("no faults");
    let reply = inclusion(&rewritten.world, &rewritten.world.ours, id).await;
    assert_eq!((reply.status.as_u16(), &json_of(&reply)["code"]), (500, &json!("internal")));
}
