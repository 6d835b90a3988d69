//! Who is let in, and who is not: every way of proving who calls, and every way of doing it wrong.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey};
use segl_core::client::{ApiKey, Client};
use segl_core::ports::{Clients as _, SigningKey as _};
use segl_testkit::fake::{Fault, START};
use serde_json::{Value, json};

use crate::world::{World, call, header, json_of};

/// When the tests take place.
fn now() -> i64 {
    START.as_second()
}

fn secret(world: &World, client: &Client, generation: u32) -> String {
    world.fake().root().client_secret(&client.id, generation)
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A token whose header may say what it likes, with an HMAC by `algorithm` under `secret`.
fn token(header: &Value, claims: &Value, secret: &[u8], algorithm: Algorithm) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mac = jsonwebtoken::crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret), algorithm).expect("HMAC");
    format!("Bearer {signed}.{mac}")
}

fn hs256(claims: &Value, secret: &str) -> String {
    token(&json!({"alg": "HS256", "typ": "JWT"}), claims, secret.as_bytes(), Algorithm::HS256)
}

/// The answer to a call with this `Authorization`.
async fn status_with(world: &World, authorization: &str) -> u16 {
    let reply = world.answer(header(call("GET", "/v1/orders"), "authorization", authorization)).await;
    let status = reply.status.as_u16();
    if status == 401 {
        assert!(reply.headers.contains_key("www-authenticate"), "{authorization}");
        assert_eq!(json_of(&reply)["code"], "unauthenticated", "{authorization}");
    }
    status
}

#[tokio::test]
async fn api_keys() {
    let world = World::new().await;
    let (ours, theirs) = (&world.ours, &world.theirs);
    let with = async |key: &str| world.answer(header(call("GET", "/v1/orders"), "x-api-key", key)).await.status.as_u16();
    assert_eq!(with(&ours.api_key).await, 200);
    let other_secret = theirs.api_key.rsplit_once('_').expect("a key has parts").1;
    let forged = ApiKey::new(&ours.client.id, [8; 32]);
    for (what, key) in [
        ("a key that was never issued", forged.reveal().to_owned()),
        ("a client that does not exist", format!("segl_nobody_{other_secret}")),
        ("cut off", ours.api_key[..ours.api_key.len() - 1].to_owned()),
        ("more at its end", format!("{}A", ours.api_key)),
        ("in capitals", ours.api_key.to_uppercase()),
        ("the digest that is stored", ours.client.api_key_hash.to_string()),
        ("the client secret", secret(&world, &ours.client, 1)),
        ("empty", String::new()),
        ("no key at all", "x".to_owned()),
    ] {
        assert_eq!(with(&key).await, 401, "{what}");
    }
    let nothing = world.answer(call("GET", "/v1/orders")).await;
    assert_eq!(nothing.status, 401);
    assert!(
        json_of(&nothing)["detail"].as_str().is_some_and(|detail| detail.contains("X-API-Key")),
        "who sends nothing is told what to send"
    );
}

#[tokio::test]
async fn client_secrets() {
    let world = World::new().await;
    let (ours, theirs) = (&world.ours.client, &world.theirs.client);
    let good = secret(&world, ours, 1);
    assert_eq!(status_with(&world, &basic(ours.id.as_str(), &good)).await, 200);
    assert_eq!(status_with(&world, &basic(ours.id.as_str(), &good).replace("Basic", "bAsIc")).await, 200, "schemes have no case");
    for (what, authorization) in [
        ("another client's secret", basic(ours.id.as_str(), &secret(&world, theirs, 1))),
        ("the next secret", basic(ours.id.as_str(), &secret(&world, ours, 2))),
        ("the secret before the first", basic(ours.id.as_str(), &secret(&world, ours, 0))),
        ("nobody", basic("nobody", &good)),
        ("an id that is none", basic("No Body", &good)),
        ("no secret", basic(ours.id.as_str(), "")),
        ("no colon", format!("Basic {}", STANDARD.encode(ours.id.as_str()))),
        ("no base64", "Basic ???".to_owned()),
        ("no UTF-8", format!("Basic {}", STANDARD.encode([0xff, b':', 0xff]))),
        ("nothing", "Basic".to_owned()),
        ("another scheme", basic(ours.id.as_str(), &good).replace("Basic", "Digest")),
    ] {
        assert_eq!(status_with(&world, &authorization).await, 401, "{what}");
    }
}

#[tokio::test]
async fn tokens_by_their_times() {
    let world = World::new().await;
    let id = world.ours.client.id.as_str();
    let good = secret(&world, &world.ours.client, 1);
    let now = now();
    for (what, claims, status) in [
        ("fresh", json!({"iss": id, "iat": now}), 200),
        ("fresh, with client_id", json!({"client_id": id, "iat": now}), 200),
        ("fresh, with more claims", json!({"iss": id, "iat": now, "aud": "anybody", "sub": "anything"}), 200),
        ("with fractions of a second", json!({"iss": id, "iat": now as f64 + 0.5}), 200),
        ("nearly an hour old", json!({"iss": id, "iat": now - 3599}), 200),
        ("too old", json!({"iss": id, "iat": now - 3600 - 60}), 401),
        ("very old", json!({"iss": id, "iat": 0}), 401),
        ("from a clock that is a little fast", json!({"iss": id, "iat": now + 59}), 200),
        ("from the future", json!({"iss": id, "iat": now + 61}), 401),
        ("without iat", json!({"iss": id}), 401),
        ("without iat, though it lapses", json!({"iss": id, "exp": now + 60}), 401),
        ("iat is text", json!({"iss": id, "iat": now.to_string()}), 401),
        ("iat is null", json!({"iss": id, "iat": null}), 401),
        ("iat is huge", json!({"iss": id, "iat": 1e300}), 401),
        ("not lapsed", json!({"iss": id, "iat": now, "exp": now + 10}), 200),
        ("lapsed", json!({"iss": id, "iat": now - 300, "exp": now - 120}), 401),
        ("a later exp makes it no younger", json!({"iss": id, "iat": now - 7200, "exp": now + 7200}), 401),
        ("not good yet", json!({"iss": id, "iat": now, "nbf": now + 120}), 401),
        ("names nobody", json!({"iat": now}), 401),
        ("names somebody else", json!({"iss": "nobody", "iat": now}), 401),
        ("its client_id counts, not its iss", json!({"iss": id, "client_id": world.theirs.client.id.as_str(), "iat": now}), 401),
        ("no object", json!([id, now]), 401),
    ] {
        assert_eq!(status_with(&world, &hs256(&claims, &good)).await, status, "{what}");
    }
}

#[tokio::test]
async fn tokens_by_their_signatures() {
    let world = World::new().await;
    let id = world.ours.client.id.as_str();
    let good = secret(&world, &world.ours.client, 1);
    let claims = json!({"iss": id, "iat": now()});
    let fine = hs256(&claims, &good);
    assert_eq!(status_with(&world, &fine).await, 200);
    let (head, mac) = fine.rsplit_once('.').expect("three parts");
    let header_of = |alg: &str| json!({"alg": alg, "typ": "JWT"});
    let unsigned = |alg: &str| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("Bearer {}.{}.", part(&header_of(alg)), part(&claims))
    };
    let by = |alg: &str| token(&header_of(alg), &claims, good.as_bytes(), Algorithm::HS256);
    let mut altered = mac.to_owned().into_bytes();
    altered[0] = if altered[0] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).expect("ASCII");
    let others = hs256(&json!({"iss": id, "iat": now() + 1}), &good);
    let public_key = world.fake().public_key().await.expect("no faults");
    for (what, authorization) in [
        ("another client's secret", hs256(&claims, &secret(&world, &world.theirs.client, 1))),
        ("an empty secret", hs256(&claims, "")),
        ("the client's id as secret", hs256(&claims, id)),
        ("what is stored of the API key as secret", hs256(&claims, &world.ours.client.api_key_hash.to_string())),
        ("the public key of the seal as secret", token(&header_of("HS256"), &claims, &public_key, Algorithm::HS256)),
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg none with a signature", by("none")),
        ("alg HS256 without a signature", unsigned("HS256")),
        ("alg RS256 over an HMAC", by("RS256")),
        ("alg ES256 over an HMAC", by("ES256")),
        ("alg HS384 over a right HMAC of that kind", token(&header_of("HS384"), &claims, good.as_bytes(), Algorithm::HS384)),
        ("alg HS512 over a right HMAC of that kind", token(&header_of("HS512"), &claims, good.as_bytes(), Algorithm::HS512)),
        ("no alg", token(&json!({"typ": "JWT"}), &claims, good.as_bytes(), Algorithm::HS256)),
        ("an altered signature", format!("{head}.{altered}")),
        ("claims of another token", format!("{}.{mac}", others.rsplit_once('.').expect("three parts").0)),
        ("cut off", head.to_owned()),
        ("four parts", format!("{fine}.x")),
        ("no token", "Bearer".to_owned()),
        ("nonsense", "Bearer a.b.c".to_owned()),
    ] {
        assert_eq!(status_with(&world, &authorization).await, 401, "{what}");
    }
}

#[tokio::test]
async fn a_secret_that_was_rotated_is_good_until_its_overlap_ends() {
    let world = World::new().await;
    let mut client = world.ours.client.clone();
    client.secret_generation = 2;
    client.previous_secret_until = Some(START + SignedDuration::from_hours(1));
    world.fake().put_client(&client).await.expect("the fake stores");
    let id = client.id.as_str();
    let each = async |generation: u32| {
        let secret = secret(&world, &client, generation);
        let now = segl_core::ports::Clock::now(world.fake()).as_second();
        let by_basic = status_with(&world, &basic(id, &secret)).await;
        assert_eq!(status_with(&world, &hs256(&json!({"iss": id, "iat": now}), &secret)).await, by_basic, "both ways alike");
        by_basic
    };
    assert_eq!([each(1).await, each(2).await, each(3).await], [200, 200, 401], "while both are good");
    world.fake().advance(SignedDuration::from_mins(60) - SignedDuration::from_millis(1));
    assert_eq!([each(1).await, each(2).await], [200, 200], "to the last moment");
    world.fake().advance(SignedDuration::from_millis(1));
    assert_eq!([each(1).await, each(2).await], [401, 200], "and no longer");
}

#[tokio::test]
async fn a_client_that_is_switched_off_is_nobody() {
    let world = World::new().await;
    let mut client = world.ours.client.clone();
    client.enabled = false;
    world.fake().put_client(&client).await.expect("the fake stores");
    let good = secret(&world, &client, 1);
    let off = world.answer(world.ours.call("GET", "/v1/orders")).await;
    let unknown = world.answer(header(call("GET", "/v1/orders"), "x-api-key", &format!("segl_nobody_{}", "A".repeat(43)))).await;
    assert_eq!(off, unknown, "word for word the answer to somebody who does not exist");
    assert_eq!(status_with(&world, &basic(client.id.as_str(), &good)).await, 401);
    assert_eq!(status_with(&world, &hs256(&json!({"iss": client.id.as_str(), "iat": now()}), &good)).await, 401);
}

#[tokio::test]
async fn whoever_cannot_be_checked_is_told_to_try_again() {
    let world = World::new().await;
    world.fake().fail("clients.client", 1, Fault::BeforeEffect);
    let reply = world.answer(world.ours.call("GET", "/v1/orders")).await;
    assert_eq!(reply.status, 503, "neither let in nor turned away");
    assert!(reply.headers.contains_key("retry-after"));
}
