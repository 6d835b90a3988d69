//! An OpenID provider in memory, which keeps its codes and signs its ID tokens: for the flow as it should go, and for every way in
//! which it should not.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use segl_core::id::Sha256;
use segl_core::jwk::PublicKey;
use serde_json::{Value, json};

/// What changes an ID token before it is signed: its header and its claims.
pub type Twist = Box<dyn Fn(&mut Value, &mut Value) + Send>;

/// The provider. It knows one client, by secret.
pub struct IdentityProvider {
    issuer: String,
    inner: Mutex<Inner>,
}

struct Inner {
    key: SigningKey,
    /// The key that its key set shows, where it is another than that which signs.
    shown: Option<SigningKey>,
    codes: BTreeMap<String, Grant>,
    /// What is told at the userinfo endpoint, by access token.
    people: BTreeMap<String, Value>,
    /// What is told there in place of that.
    told: Option<Value>,
    twist: Option<Twist>,
    discovery: Value,
    asked: Vec<String>,
}

/// What a code is good for.
struct Grant {
    challenge: String,
    redirect_uri: String,
    claims: Value,
    used: bool,
}

/// The client's name and secret at the provider.
pub const CLIENT: (&str, &str) = ("segl", "a secret: with/signs");

impl IdentityProvider {
    /// A provider at an address at which nobody needs to listen.
    pub fn new(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}/{path}");
        let discovery = json!({
            "issuer": issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"), "jwks_uri": at("keys"),
            "userinfo_endpoint": at("me"), "end_session_endpoint": at("end"), "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"], "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let inner = Inner {
            key: key(11),
            shown: None,
            codes: BTreeMap::new(),
            people: BTreeMap::new(),
            told: None,
            twist: None,
            discovery,
            asked: Vec::new(),
        };
        Self { issuer: issuer.to_owned(), inner: Mutex::new(inner) }
    }

    /// Changes the ID tokens from now on.
    pub fn twist(&self, twist: impl Fn(&mut Value, &mut Value) + Send + 'static) {
        self.lock().twist = Some(Box::new(twist));
    }

    /// Signs honest tokens again.
    pub fn untwist(&self) {
        self.lock().twist = None;
    }

    /// Signs with another key from now on. `shown` says whether its key set has it.
    pub fn change_key(&self, seed: u8, shown: bool) {
        let mut inner = self.lock();
        if shown {
            inner.shown = None;
        } else if inner.shown.is_none() {
            inner.shown = Some(inner.key.clone());
        }
        inner.key = key(seed);
    }

    /// Changes what the provider says of itself.
    pub fn describe(&self, change: impl Fn(&mut Value)) {
        change(&mut self.lock().discovery);
    }

    /// The paths that were asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    /// What a browser does at the authorization endpoint: somebody logs in there. Answers the query with which it is sent back.
    ///
    /// # Panics
    /// Where the request lacks what a careful client sends.
    pub fn log_in(&self, address: &str, person: Value, now: Timestamp) -> Vec<(String, String)> {
        let (endpoint, query) = address.split_once('?').expect("a query");
        assert_eq!(endpoint, format!("{}/authorize", self.issuer));
        let query = pairs(query);
        let value = |name: &str| query.get(name).unwrap_or_else(|| panic!("{name} is missing")).clone();
        assert_eq!((value("response_type").as_str(), value("client_id").as_str()), ("code", CLIENT.0));
        assert_eq!((value("code_challenge_method").as_str(), value("code_challenge").len()), ("S256", 43));
        assert!(value("scope").split(' ').any(|scope| scope == "openid"));
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT.0, "nonce": value("nonce"), "iat": now.as_second(), "exp": now.as_second() + 120,
            "auth_time": now.as_second(),
        });
        for (name, value) in person.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let mut inner = self.lock();
        let code = format!("code-{}", inner.codes.len());
        let grant = Grant { challenge: value("code_challenge"), redirect_uri: value("redirect_uri"), claims, used: false };
        inner.codes.insert(code.clone(), grant);
        [("code", code), ("state", value("state")), ("iss", self.issuer.clone())].map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// Tells these claims at the userinfo endpoint, whoever is asked for. Otherwise it tells the subject alone.
    pub fn tell_at_userinfo(&self, claims: Value) {
        self.lock().told = Some(claims);
    }

    /// Answers a request: status and body.
    pub fn answer(&self, url: &str, form: Option<&str>, authorization: Option<&str>) -> (u16, Vec<u8>) {
        let path = url.strip_prefix(&self.issuer).unwrap_or(url);
        let mut inner = self.lock();
        inner.asked.push(path.to_owned());
        let (status, body) = match (path, form) {
            ("/.well-known/openid-configuration", None) => (200, inner.discovery.clone()),
            ("/keys", None) => (200, json!({"keys": [jwk(inner.shown.as_ref().unwrap_or(&inner.key))]})),
            ("/token", Some(form)) => inner.token(&pairs(form), authorization),
            ("/me", None) => {
                let person = authorization.and_then(|value| value.strip_prefix("Bearer ")).and_then(|token| inner.people.get(token));
                person.map_or((401, Value::Null), |person| (200, inner.told.as_ref().unwrap_or(person).clone()))
            }
            _ => (404, Value::Null),
        };
        (status, body.to_string().into_bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panics while it holds the lock")
    }
}

impl Inner {
    fn token(&mut self, form: &BTreeMap<String, String>, authorization: Option<&str>) -> (u16, Value) {
        let by_secret =
            authorization == Some(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("segl:a+secret%3A+with%2Fsigns")));
        let by_key = form.contains_key("client_assertion");
        if by_secret == by_key {
            return (401, json!({"error": "invalid_client"}));
        }
        let value = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::of(value("code_verifier").as_bytes()).0);
        let refused = (400, json!({"error": "invalid_grant"}));
        let Some(grant) = self.codes.get_mut(value("code")) else { return refused };
        if grant.used || grant.challenge != challenge || grant.redirect_uri != value("redirect_uri") {
            return refused;
        }
        grant.used = true;
        let (mut header, mut claims) = (json!({"alg": "ES256", "kid": jwk(&self.key)["kid"]}), grant.claims.clone());
        if let Some(twist) = &self.twist {
            twist(&mut header, &mut claims);
        }
        let access = format!("access-{}", value("code"));
        self.people.insert(access.clone(), json!({"sub": claims["sub"]}));
        (200, json!({"token_type": "Bearer", "access_token": access, "id_token": signed(&self.key, &header, &claims)}))
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).expect("a small number is a private key")
}

fn jwk(key: &SigningKey) -> Value {
    let der = key.verifying_key().to_public_key_der().expect("a point can be encoded");
    PublicKey::from_p256_info(der.as_bytes()).expect("a point on P-256").to_jwk()
}

fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature: Signature = key.sign_prehash(&Sha256::of(signed.as_bytes()).0).expect("a digest of 32 bytes can be signed");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    serde_urlencoded::from_str(query).expect("a form")
}
