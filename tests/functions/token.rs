//! The token endpoint: every way of getting a token, and every way of not getting one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use segl_core::client::{CertificateName, Client, Privilege, Subject};
use segl_core::ports::Clients as _;
use segl_lambda::authentication::certificate::ClientCertificate;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_testkit::fake::{Fault, START, TokenKey};
use serde_json::{Value, json};

use crate::ways::{access_token, basic, certificate, jws, own_token, part, private, secret, token_call};
use crate::world::{ISSUER, World, call, header, json_of};

const GRANT: &str = "grant_type=client_credentials";

async fn form(world: &World, more: &str) -> Reply {
    world.answer(token_call(&format!("{GRANT}&{more}"))).await
}

/// Asserts an error by RFC 6749, 5.2, and that nobody keeps it.
#[track_caller]
fn assert_error(reply: &Reply, status: u16, error: &str, what: &str) {
    assert_eq!((reply.status.as_u16(), &json_of(reply)["error"]), (status, &json!(error)), "{what}");
    assert_eq!(reply.headers["cache-control"], "no-store", "{what}");
    assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401, "{what}");
}

async fn opens(world: &World, token: &str, certificate: Option<ClientCertificate>) -> u16 {
    let call = header(call("GET", "/v1/orders"), "authorization", &format!("Bearer {token}"));
    world.answer(Call { certificate, ..call }).await.status.as_u16()
}

async fn stored(world: &World, client: &Client) {
    world.fake().put_client(client).await.expect("the fake stores");
}

#[tokio::test]
async fn secrets_get_tokens_in_the_header_and_in_the_form() {
    let world = World::new().await;
    let client = &world.ours.client;
    let in_form = format!("client_id={}&client_secret={}", client.id, secret(&world, client, 1));
    let by_header = header(token_call(GRANT), "authorization", &basic(&world, client));
    for (what, call) in [("client_secret_post", token_call(&format!("{GRANT}&{in_form}"))), ("client_secret_basic", by_header)] {
        let reply = world.answer(call).await;
        let body = json_of(&reply);
        assert_eq!((reply.status.as_u16(), &body["token_type"], &body["expires_in"]), (200, &json!("Bearer"), &json!(3600)), "{what}");
        assert_eq!(body["scope"], "workflow:read workflow:write orgsignature:read orgsignature:sign", "{what}");
        assert_eq!(
            (&reply.headers["cache-control"], &reply.headers["pragma"]),
            (&"no-store".parse().unwrap(), &"no-cache".parse().unwrap())
        );
        assert_eq!(opens(&world, body["access_token"].as_str().expect("a token"), None).await, 200, "{what}");
    }
    let both = header(token_call(&format!("{GRANT}&{in_form}")), "authorization", &basic(&world, client));
    assert_error(&world.answer(both).await, 400, "invalid_request", "two ways at once");
    for (what, more) in [
        ("nothing", String::new()),
        ("an id alone", format!("client_id={}", client.id)),
        ("a wrong secret", format!("{in_form}A")),
        ("nobody", format!("client_id=nobody&client_secret={}", secret(&world, client, 1))),
        ("an id that is none", "client_id=No+Body&client_secret=x".to_owned()),
    ] {
        assert_error(&form(&world, &more).await, 401, "invalid_client", what);
    }
    let api_key = header(token_call(GRANT), "x-api-key", &world.ours.api_key);
    assert_error(&world.answer(api_key).await, 401, "invalid_client", "an API key gets no token");
    let bearer = header(token_call(GRANT), "authorization", &own_token(&world, client));
    assert_error(&world.answer(bearer).await, 401, "invalid_client", "a token gets no token");
    let json = Call { headers: call("POST", "/").headers, ..token_call(GRANT) };
    assert_error(&world.answer(json).await, 400, "invalid_request", "no form");
    let mut narrow = client.clone();
    narrow.privileges.remove(&Privilege::OrgSignatureSign);
    stored(&world, &narrow).await;
    let more = header(token_call(&format!("{GRANT}&scope=orgsignature:sign")), "authorization", &basic(&world, client));
    assert_error(&world.answer(more).await, 400, "invalid_scope", "more than the client may do");
}

/// The claims of RFC 9068, 2.2, and the signature by somebody else's code from the published key set alone.
#[tokio::test]
async fn tokens_are_what_the_standard_says_and_verify_by_the_key_set() {
    let world = World::new().await;
    let token = access_token(&world, &world.ours.client, "workflow:read").await;
    let (head, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    let id = world.ours.client.id.as_str();
    for (name, value) in [
        ("iss", json!(ISSUER)),
        ("aud", json!(ISSUER)),
        ("sub", json!(id)),
        ("client_id", json!(id)),
        ("scope", json!("workflow:read")),
        ("iat", json!(START.as_second())),
        ("exp", json!(START.as_second() + 3600)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let other = access_token(&world, &world.ours.client, "workflow:read").await;
    assert_ne!(claims["jti"], part(&other, 1)["jti"], "each has a name of its own");

    let metadata = json_of(&world.answer(call("GET", "/.well-known/oauth-authorization-server")).await);
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["token_endpoint"], format!("{ISSUER}/oauth2/token"));
    let path = metadata["jwks_uri"].as_str().and_then(|uri| uri.strip_prefix(ISSUER)).expect("an address of ours").to_owned();
    let reply = world.answer(call("GET", &path)).await;
    assert_eq!(reply.headers["cache-control"], "public, max-age=300");
    let keys: JwkSet = serde_json::from_slice(&reply.body).expect("a key set");
    assert_eq!(keys.keys.len(), 2, "that of access tokens and that of workflow tokens");
    let key = keys.find(head["kid"].as_str().expect("a kid")).expect("the key is published");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.set_audience(&[ISSUER]);
    jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_jwk(key).expect("a key"), &validation).expect("it verifies");
}

#[tokio::test]
async fn keys_are_changed_with_an_overlap() {
    let world = World::new().await;
    let (old, new) = (TokenKey::new(1), TokenKey::new(2));
    world.fake().set_access_token_keys(vec![new.public(), old.public()]);
    let by_old = access_token(&world, &world.ours.client, "").await;
    assert_eq!(opens(&world, &by_old, None).await, 200, "the key before is still published");
    let (mut head, claims) = (part(&by_old, 0), part(&by_old, 1));
    head["kid"] = new.public().thumbprint().into();
    let by_new = jws(&head, &claims, &private(&new), Algorithm::ES256);
    assert_eq!(opens(&world, &by_new, None).await, 200, "the new key is");
    world.fake().set_access_token_keys(vec![new.public()]);
    assert_eq!([opens(&world, &by_old, None).await, opens(&world, &by_new, None).await], [401, 200], "and then the old one no more");
}

#[tokio::test]
async fn tokens_end_after_an_hour() {
    let world = World::new().await;
    let token = access_token(&world, &world.ours.client, "").await;
    world.fake().advance(jiff::SignedDuration::from_secs(3599));
    assert_eq!(opens(&world, &token, None).await, 200);
    world.fake().advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(opens(&world, &token, None).await, 401);
}

fn assertion_form(assertion: &str) -> String {
    format!("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}")
}

#[tokio::test]
async fn assertions_are_good_once_for_us_and_not_for_long() {
    let world = World::new().await;
    let key = TokenKey::new(42);
    let client = Client { keys: [key.public()].into(), ..world.ours.client.clone() };
    stored(&world, &client).await;
    let (id, now) = (client.id.as_str(), START.as_second());
    let claims = |jti: &str| json!({"iss": id, "sub": id, "aud": format!("{ISSUER}/oauth2/token"), "exp": now + 60, "jti": jti});
    let with = |jti: &str, name: &str, value: Value| {
        let mut claims = claims(jti);
        claims[name] = value;
        claims
    };
    let sign = |claims: &Value| jws(&json!({"alg": "ES256"}), claims, &private(&key), Algorithm::ES256);
    let ask = async |assertion: &str| form(&world, &assertion_form(assertion)).await;

    let good = sign(&claims("1"));
    let reply = ask(&good).await;
    assert_eq!(reply.status, 200, "{}", json_of(&reply));
    let token = json_of(&reply)["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(opens(&world, &token, None).await, 200);
    assert_error(&ask(&good).await, 401, "invalid_client", "the same once more");
    for (what, claims) in [
        ("for the issuer", with("2", "aud", json!(ISSUER))),
        ("for several", with("3", "aud", json!(["https://other.example.org", ISSUER]))),
        ("at most five minutes ahead", with("4", "exp", json!(now + 300))),
    ] {
        assert_eq!(ask(&sign(&claims)).await.status, 200, "{what}");
    }
    for (what, claims) in [
        ("for somebody else", with("5", "aud", json!("https://other.example.org"))),
        ("for nobody", with("6", "aud", json!([]))),
        ("expired", with("7", "exp", json!(now - 60))),
        ("too far ahead", with("8", "exp", json!(now + 361))),
        ("without exp", with("9", "exp", Value::Null)),
        ("without jti", with("10", "jti", Value::Null)),
        ("from the future", with("11", "iat", json!(now + 61))),
        ("not good yet", with("12", "nbf", json!(now + 61))),
        ("of another subject", with("13", "sub", json!("somebody"))),
        ("of another client", with("14", "iss", json!(world.theirs.client.id.as_str()))),
    ] {
        assert_error(&ask(&sign(&claims)).await, 401, "invalid_client", what);
    }
    let hmac = jws(&json!({"alg": "HS256"}), &claims("15"), &EncodingKey::from_secret(&key.info()), Algorithm::HS256);
    let others = jws(&json!({"alg": "ES256"}), &claims("16"), &private(&TokenKey::new(43)), Algorithm::ES256);
    let unsigned = format!("{}.", sign(&claims("17")).rsplit_once('.').expect("three parts").0);
    for (what, assertion) in [("keyed with the public key", hmac), ("another key", others), ("no signature", unsigned), ("x", "x".into())] {
        assert_error(&ask(&assertion).await, 401, "invalid_client", what);
    }
    let named = format!("{}&client_id={}", assertion_form(&sign(&claims("18"))), world.theirs.client.id);
    assert_error(&form(&world, &named).await, 401, "invalid_client", "another id beside it");
    stored(&world, &Client { keys: [].into(), ..client.clone() }).await;
    assert_error(&ask(&sign(&claims("19"))).await, 401, "invalid_client", "a key that was removed");
    assert_eq!(opens(&world, &token, None).await, 401, "and the token that was got by it");
}

/// Keys made and assertions signed by OpenSSL.
#[tokio::test]
async fn assertions_by_each_kind_of_key() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let openssl = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).current_dir(folder.path()).output();
        let output = output.expect("openssl is missing; install it with: sudo apt-get install -y openssl");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"]);
    openssl(&["genpkey", "-algorithm", "ED25519", "-out", "ed.pem"]);
    let modulus = String::from_utf8(openssl(&["rsa", "-in", "rsa.pem", "-noout", "-modulus"])).expect("ASCII");
    let modulus: Vec<u8> = modulus.trim().trim_start_matches("Modulus=").as_bytes().chunks(2).map(hex).collect();
    let rsa = json!({"kty": "RSA", "n": text(&modulus), "e": "AQAB"});
    let point = openssl(&["pkey", "-in", "ed.pem", "-pubout", "-outform", "DER"]);
    let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": text(&point[point.len() - 32..])});
    let keys = [rsa, ed].map(|jwk| segl_core::jwk::PublicKey::from_jwk(&jwk).expect("a key"));
    let client = Client { keys: keys.into(), ..world.ours.client.clone() };
    stored(&world, &client).await;
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"];
    for (alg, file, options) in [("RS256", "rsa.pem", [].as_slice()), ("PS256", "rsa.pem", &pss), ("EdDSA", "ed.pem", &[])] {
        let claims =
            json!({"iss": client.id.as_str(), "sub": client.id.as_str(), "aud": ISSUER, "exp": START.as_second() + 60, "jti": alg});
        let signed = format!("{}.{}", text(json!({"alg": alg}).to_string().as_bytes()), text(claims.to_string().as_bytes()));
        std::fs::write(folder.path().join("signed"), &signed).expect("the scratch folder takes files");
        let signature = if alg == "EdDSA" {
            openssl(&["pkeyutl", "-sign", "-inkey", file, "-rawin", "-in", "signed"])
        } else {
            openssl(&[&["dgst", "-sha256", "-sign", file], options, &["signed"]].concat())
        };
        let reply = form(&world, &assertion_form(&format!("{signed}.{}", text(&signature)))).await;
        assert_eq!(reply.status, 200, "{alg}: {}", json_of(&reply));
    }
}

fn hex(pair: &[u8]) -> u8 {
    u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal digits")
}

#[tokio::test]
async fn certificates_get_tokens_that_are_bound_to_them() {
    let world = World::new().await;
    let shown = certificate(&world.ours.client);
    let by_subject = ClientCertificate { subject: Subject::parse("CN=case-system,C=DK").ok(), ..certificate(&world.theirs.client) };
    let names = [CertificateName::Thumbprint(shown.thumbprint), CertificateName::Subject(by_subject.subject.clone().expect("a subject"))];
    let client = Client { certificates: names.into(), ..world.ours.client.clone() };
    stored(&world, &client).await;
    let ask = async |id: &str, certificate: &ClientCertificate| {
        let call = token_call(&format!("{GRANT}&client_id={id}"));
        world.answer(Call { certificate: Some(certificate.clone()), ..call }).await
    };
    for certificate in [&shown, &by_subject] {
        let reply = ask(client.id.as_str(), certificate).await;
        assert_eq!(reply.status, 200, "{}", json_of(&reply));
        let token = json_of(&reply)["access_token"].as_str().expect("a token").to_owned();
        let thumbprint = URL_SAFE_NO_PAD.encode(certificate.thumbprint.0);
        assert_eq!(part(&token, 1)["cnf"]["x5t#S256"], thumbprint, "RFC 8705, 3.1");
        let other = if certificate == &shown { &by_subject } else { &shown };
        assert_eq!(opens(&world, &token, Some(certificate.clone())).await, 200);
        assert_eq!([opens(&world, &token, None).await, opens(&world, &token, Some(other.clone())).await], [401, 401], "for nobody else");
    }
    assert_error(&ask(world.theirs.client.id.as_str(), &shown).await, 401, "invalid_client", "another client's id");
    let unknown = ClientCertificate { subject: None, ..by_subject };
    assert_error(&ask(client.id.as_str(), &unknown).await, 401, "invalid_client", "an unknown certificate");
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down_and_shuts_nobody_else_out() {
    let world = World::new().await;
    let good = world.ours.call("GET", "/v1/orders");
    let guess = |id: &str| {
        header(Call { address: good.address, ..call("GET", "/v1/orders") }, "x-api-key", &format!("segl_{id}_{}", "A".repeat(43)))
    };
    let status = async |call: &Call| world.answer(call.clone()).await.status.as_u16();
    let id = world.ours.client.id.as_str();
    for id in [id, "nobody"] {
        let mut statuses = Vec::new();
        for _ in 0..7 {
            statuses.push(status(&guess(id)).await);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429], "{id}: whether there is such a client or not");
    }
    let slowed = world.answer(good.clone()).await;
    assert_eq!((slowed.status.as_u16(), &json_of(&slowed)["code"]), (429, &json!("too-many-failures")), "a right guess shows nothing");
    assert_eq!(slowed.headers["retry-after"], "1");
    assert_eq!(status(&world.ours.call("GET", "/v1/orders")).await, 200, "the client at its own address notices nothing");
    let at_token = Call { address: good.address, ..header(token_call(GRANT), "authorization", &basic(&world, &world.ours.client)) };
    assert_error(&world.answer(at_token).await, 429, "slow_down", "the token endpoint counts along");
    assert_eq!(status(&Call { address: good.address, ..world.theirs.call("GET", "/v1/orders") }).await, 200, "nor another client there");
    world.fake().advance(jiff::SignedDuration::from_secs(1));
    assert_eq!([status(&guess(id)).await, status(&good).await], [401, 429], "the next failure doubles the delay");
    world.fake().advance(jiff::SignedDuration::from_secs(2));
    assert_eq!(status(&good).await, 200, "whoever waits is let in");

    // One id after another.
    for number in 0..60 {
        status(&guess(&format!("client-{number}"))).await;
    }
    assert_eq!(status(&good).await, 429, "the whole address is slowed down");
    world.fake().advance(jiff::SignedDuration::from_secs(60));
    assert_eq!(status(&good).await, 200, "for a minute at most");
}

#[tokio::test]
async fn what_fails_behind_it_is_told_as_such() {
    let world = World::new().await;
    for step in ["clients.client", "attempts.failures"] {
        world.fake().fail(step, 1, Fault::BeforeEffect);
        let reply = world.answer(header(token_call(GRANT), "authorization", &basic(&world, &world.ours.client))).await;
        assert_error(&reply, 503, "temporarily_unavailable", step);
        assert!(reply.headers.contains_key("retry-after"));
    }
}
