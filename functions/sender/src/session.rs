//! Sessions: what a browser shows whose user has logged in. A session is a cookie that only this service can have made; nothing of it is
//! stored. It names the API client as which its holder acts, which is looked up anew at each call.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::header;
use segl_core::clerk::Clerk;
use segl_core::id::ClientId;
use segl_core::ports::Entropy;
use segl_core::root_key::{Mark, RootKey};
use segl_core::signer::Email;
use segl_core::text::Name;
use segl_lambda::call::Call;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// How long a session is good: a day at the office.
const VALID: SignedDuration = SignedDuration::from_hours(8);
/// Keeps these sessions apart from all others that somebody who logged in may have.
const PURPOSE: &str = "sender";

/// Somebody who has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// As which client.
    pub client: ClientId,
    /// Who.
    pub clerk: Clerk,
    /// The cookie's value: `<holder as JSON>.<mark>`, the first in base64url.
    value: String,
}

#[derive(Serialize, Deserialize)]
struct Holder {
    client: String,
    provider: String,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    begun: i64,
    random: String,
}

impl Session {
    /// Begins a session.
    pub fn begin(entropy: &impl Entropy, root: &RootKey, client: ClientId, clerk: Clerk, now: Timestamp) -> Self {
        let random = URL_SAFE_NO_PAD.encode(entropy.array::<16>());
        let holder = Holder {
            client: client.to_string(),
            provider: clerk.provider.clone(),
            subject: clerk.subject.clone(),
            name: clerk.name.as_ref().map(ToString::to_string),
            email: clerk.email.as_ref().map(|email| email.as_str().to_owned()),
            begun: now.as_second(),
            random,
        };
        let stem = URL_SAFE_NO_PAD.encode(serde_json::json!(holder).to_string());
        let value = format!("{stem}.{}", mark(root, &stem));
        Self { client, clerk, value }
    }

    /// The session that a call brings along, if it is good.
    pub fn of(call: &Call, root: &RootKey, now: Timestamp, secure: bool) -> Option<Self> {
        let value = cookie(call, &session_name(secure))?;
        let (stem, given) = value.split_once('.')?;
        if !bool::from(mark(root, stem).as_bytes().ct_eq(given.as_bytes())) {
            return None;
        }
        let holder: Holder = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(stem).ok()?).ok()?;
        let begun = Timestamp::from_second(holder.begun).ok()?;
        let client = holder.client.parse().ok()?;
        let clerk = Clerk {
            provider: holder.provider,
            subject: holder.subject,
            name: holder.name.and_then(|name| Name::parse(&name).ok()),
            email: holder.email.and_then(|email| Email::parse(&email).ok()),
        };
        (now < begun + VALID).then(|| Self { client, clerk, value: value.to_owned() })
    }

    /// `Set-Cookie`.
    pub fn set_cookie(&self, secure: bool) -> String {
        set_cookie(&session_name(secure), &self.value, VALID, secure)
    }

    /// `Set-Cookie` that ends a session.
    pub fn end_cookie(secure: bool) -> String {
        set_cookie(&session_name(secure), "", SignedDuration::ZERO, secure)
    }

    /// What a form of this session's pages carries.
    pub fn form_mark(&self, root: &RootKey) -> String {
        root.mark(Mark::Form, &self.value)
    }

    /// Whether a form is one of this session's pages.
    pub fn accepts(&self, root: &RootKey, mark: &str) -> bool {
        self.form_mark(root).as_bytes().ct_eq(mark.as_bytes()).into()
    }
}

fn mark(root: &RootKey, stem: &str) -> String {
    root.mark(Mark::LoggedIn, &format!("{PURPOSE}/{stem}"))
}

fn session_name(secure: bool) -> String {
    cookie_name("segl-sender", secure)
}

/// Where the service is reached by https, the name begins with `__Host-`: no other host and no plain connection can set it.
pub fn cookie_name(name: &str, secure: bool) -> String {
    format!("{}{name}", if secure { "__Host-" } else { "" })
}

/// `Set-Cookie` (RFC 6265). Lax, so that the cookie comes along when the provider sends the browser back.
pub fn set_cookie(name: &str, value: &str, valid: SignedDuration, secure: bool) -> String {
    let reach = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; Max-Age={}; SameSite=Lax{reach}", valid.as_secs())
}

/// A cookie of a call.
pub fn cookie<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let cookies = call.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(found, value)| (found == name).then_some(value))
}
