//! Log-ins against a provider in memory: as they should go, and every way in which they should not.

use jiff::{SignedDuration, Timestamp};
use segl_core::assurance::Assurance;
use segl_core::ports::{Clock as _, Entropy as _};
use segl_core::root_key::RootKey;
use segl_openid::attempt::Attempt;
use segl_openid::exchange::{Exchange, Request, Response};
use segl_openid::failure::Failure;
use segl_openid::provider;
use segl_openid::relying_party::{Identity, Moment, RelyingParty};
use segl_outbound::Failure as NoAnswer;
use segl_testkit::fake::Fake;
use segl_testkit::identity_provider::{CLIENT, IdentityProvider};
use serde_json::{Value, json};

const BACK: &str = "https://sign.example.org/portal/logged-in";
type Query = Vec<(String, String)>;

/// The provider as it answers over the network.
struct Online(IdentityProvider);

impl Exchange for &Online {
    async fn exchange(&self, request: Request) -> Result<Response, NoAnswer> {
        let (status, body) = self.0.answer(&request.url, request.form.as_deref(), request.authorization.as_deref());
        Ok(Response { status, body })
    }
}

/// A browser, the service and a provider.
struct World<'a> {
    online: &'a Online,
    party: RelyingParty<&'a Online, Fake>,
    fake: Fake,
    root: RootKey,
}

impl<'a> World<'a> {
    fn new(online: &'a Online) -> Self {
        Self::with(online, json!({"client_secret": CLIENT.1}))
    }

    fn with(online: &'a Online, proof: Value) -> Self {
        let mut one = json!({
            "id": "test", "name": "Test-ID", "issuer": "https://id.example.org", "client_id": CLIENT.0, "number_claim": "pid",
            "levels": {"two": "substantial", "three": "high"},
        });
        one.as_object_mut().unwrap().extend(proof.as_object().unwrap().clone());
        let mut other = one.clone();
        (other["id"], other["issuer"]) = ("other".into(), "https://other.example.org".into());
        let providers = provider::parse(&json!([one, other]).to_string()).unwrap();
        Self { online, party: RelyingParty::new(providers, online, |_| Fake::new(2)), fake: Fake::new(1), root: RootKey::new([9; 32]) }
    }

    fn attempt(&self, level: Option<Assurance>) -> Attempt {
        Attempt::begin(&self.fake, "portal", "test", level, "/portal", self.fake.now())
    }

    fn moment(&self, now: Timestamp) -> Moment<'_> {
        Moment { root: &self.root, now, random: self.fake.array() }
    }

    /// From the click until the browser comes back.
    async fn answer(&self, attempt: &Attempt, person: Value) -> Query {
        let address = self.party.begin(attempt, BACK, "nb", &self.moment(self.fake.now())).await.unwrap();
        self.online.0.log_in(&address, person, self.fake.now())
    }

    async fn finish(&self, attempt: &Attempt, query: &Query) -> Result<Identity, Failure> {
        self.party.finish(attempt, query, BACK, &self.moment(self.fake.now())).await
    }

    async fn log_in(&self) -> Result<Identity, Failure> {
        let attempt = self.attempt(None);
        let query = self.answer(&attempt, jane()).await;
        self.finish(&attempt, &query).await
    }
}

fn jane() -> Value {
    json!({"sub": "subject-1", "pid": "010170-12345", "name": "Jane Doe", "acr": "two"})
}

fn online() -> Online {
    Online(IdentityProvider::new("https://id.example.org"))
}

#[tokio::test]
async fn a_person_is_logged_in() {
    let online = online();
    let world = World::new(&online);
    let attempt = world.attempt(Some(Assurance::High));
    let address = world.party.begin(&attempt, BACK, "nb", &world.moment(world.fake.now())).await.unwrap();
    assert!(address.contains("&acr_values=three") && address.contains("&ui_locales=nb"), "{address}");
    let query = online.0.log_in(&address, jane(), world.fake.now());
    let identity = world.finish(&attempt, &query).await.unwrap();
    assert_eq!((identity.provider.as_str(), identity.subject.as_str(), identity.name.as_deref()), ("test", "subject-1", Some("Jane Doe")));
    assert_eq!(identity.number.map(|number| number.as_str().to_owned()).as_deref(), Some("01017012345"));
    assert_eq!(identity.level, Some(Assurance::Substantial), "what was reached, not what was asked for");
    assert!(identity.authenticated_at.is_some());
    let again = world.finish(&attempt, &query).await;
    assert!(matches!(again, Err(Failure::NotOurs(_))), "a code is good once: {again:?}");
    // What the provider says of itself is asked for once.
    world.log_in().await.unwrap();
    let asked = |path: &str| online.0.asked().iter().filter(|asked| *asked == path).count();
    assert_eq!((asked("/.well-known/openid-configuration"), asked("/keys"), asked("/token")), (1, 1, 3));
    let out = world.party.log_out("test", "https://sign.example.org/portal", world.fake.now()).await.unwrap();
    assert_eq!(out, "https://id.example.org/end?client_id=segl&post_logout_redirect_uri=https%3A%2F%2Fsign.example.org%2Fportal");
}

#[tokio::test]
async fn the_service_shows_itself_by_a_key() {
    let online = online();
    World::with(&online, json!({"client_key": "alias/log-in"})).log_in().await.unwrap();
}

#[tokio::test]
async fn claims_come_from_userinfo_where_the_id_token_lacks_them() {
    let online = online();
    let world = World::new(&online);
    online.0.tell_at_userinfo(json!({"sub": "subject-1", "pid": "01017012345", "acr": "three", "name": "Somebody Else"}));
    let attempt = world.attempt(None);
    let query = world.answer(&attempt, json!({"sub": "subject-1", "name": "Jane Doe"})).await;
    let identity = world.finish(&attempt, &query).await.unwrap();
    assert!(identity.number.is_some());
    assert_eq!((identity.level, identity.name.as_deref()), (None, Some("Jane Doe")), "what was signed counts more");
    online.0.tell_at_userinfo(json!({"sub": "subject-2", "pid": "01017012345"}));
    let query = world.answer(&attempt, json!({"sub": "subject-1"})).await;
    assert!(matches!(world.finish(&attempt, &query).await, Err(Failure::Unusable { document: "userinfo answer", .. })));
}

#[tokio::test]
async fn keys_may_change_and_strangers_keys_do_not_count() {
    let online = online();
    let world = World::new(&online);
    world.log_in().await.unwrap();
    online.0.change_key(12, true);
    assert!(world.log_in().await.is_err(), "not fetched again at once");
    world.fake.advance(SignedDuration::from_mins(2));
    world.log_in().await.unwrap();
    online.0.change_key(13, false);
    world.fake.advance(SignedDuration::from_mins(2));
    assert!(matches!(world.log_in().await, Err(Failure::Unusable { document: "ID token", .. })));
}

#[tokio::test]
async fn an_id_token_that_is_not_for_us_is_refused() {
    type Change = fn(&mut Value, &mut Value);
    let table: [(&str, Change); 17] = [
        ("another issuer", |_, claims| claims["iss"] = "https://other.example.org".into()),
        ("for somebody else", |_, claims| claims["aud"] = "other".into()),
        ("for several", |_, claims| claims["aud"] = json!(["segl", "other"])),
        ("for several without us", |_, claims| claims["aud"] = json!(["other"])),
        ("issued to somebody else", |_, claims| claims["azp"] = "other".into()),
        ("lapsed", |_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61)),
        ("from the future", |_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 90)),
        ("not yet", |_, claims| claims["nbf"] = json!(claims["iat"].as_i64().unwrap() + 90)),
        ("wrong nonce", |_, claims| claims["nonce"] = "x".into()),
        ("no nonce", |_, claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
        ("no subject", |_, claims| claims["sub"] = "".into()),
        ("no end", |_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ("none", |header, _| header["alg"] = "none".into()),
        ("shared secret", |header, _| header["alg"] = "HS256".into()),
        ("not the provider's", |header, _| header["alg"] = "RS256".into()),
        ("critical", |header, _| header["crit"] = json!(["exp"])),
        ("another key", |header, _| header["kid"] = "x".into()),
    ];
    let online = online();
    let world = World::new(&online);
    for (name, change) in table {
        online.0.twist(change);
        let outcome = world.log_in().await;
        assert!(outcome.is_err(), "{name}");
    }
    online.0.untwist();
    world.log_in().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_not_to_this_attempt_is_refused() {
    let online = online();
    let world = World::new(&online);
    let attempt = world.attempt(None);
    let good = world.answer(&attempt, jane()).await;
    let set = |name: &str, value: &str| {
        let mut query = good.clone();
        query.iter_mut().find(|(key, _)| key == name).unwrap().1 = value.to_owned();
        query
    };
    let without = |name: &str| good.iter().filter(|(key, _)| key != name).cloned().collect::<Query>();
    let twice = [good.clone(), vec![("code".to_owned(), "x".to_owned())]].concat();
    let theirs = world.answer(&world.attempt(None), jane()).await;
    let code = |query: &Query| query.iter().find(|(key, _)| key == "code").unwrap().1.clone();
    let table = [
        ("wrong state", set("state", "x")),
        ("no state", without("state")),
        ("another issuer", set("iss", "https://other.example.org")),
        ("no issuer", without("iss")),
        ("no code", without("code")),
        ("a code that nobody issued", set("code", "x")),
        ("a code of another session", set("code", &code(&theirs))),
        ("an answer of another session", theirs),
        ("a parameter twice", twice),
    ];
    for (name, query) in table {
        let outcome = world.finish(&attempt, &query).await;
        assert!(matches!(outcome, Err(Failure::NotOurs(_))), "{name}: {outcome:?}");
    }
    let elsewhere = Attempt::begin(&world.fake, "portal", "other", None, "/portal", world.fake.now());
    assert!(world.finish(&elsewhere, &good).await.is_err(), "mixed-up providers");
    let no = [without("code"), vec![("error".to_owned(), "access_denied".to_owned())]].concat();
    assert!(matches!(world.finish(&attempt, &no).await, Err(Failure::NotLoggedIn)));
    world.finish(&attempt, &good).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_describes_itself_wrongly_is_not_used() {
    type Change = fn(&mut Value);
    let table: [(&str, Change); 6] = [
        ("another issuer", |all| all["issuer"] = "https://other.example.org".into()),
        ("a slash more", |all| all["issuer"] = "https://id.example.org/".into()),
        ("plain http", |all| all["token_endpoint"] = "http://id.example.org/token".into()),
        ("no address", |all| all["jwks_uri"] = "keys".into()),
        ("no PKCE", |all| all["code_challenge_methods_supported"] = json!(["plain"])),
        ("no code flow", |all| all["response_types_supported"] = json!(["id_token"])),
    ];
    for (name, change) in table {
        let online = online();
        let world = World::new(&online);
        online.0.describe(change);
        let outcome = world.party.begin(&world.attempt(None), BACK, "nb", &world.moment(world.fake.now())).await;
        assert!(matches!(outcome, Err(Failure::Unusable { document: "discovery document", .. })), "{name}: {outcome:?}");
    }
}
