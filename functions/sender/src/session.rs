//! Sessions: what a browser shows whose user has logged in. A session is a cookie that only this service can have made; nothing of it is
//! stored. It names the API client as which its holder acts, which is looked up anew at each call.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use segl_core::clerk::Clerk;
use segl_core::id::ClientId;
use segl_core::ports::Entropy;
use segl_core::root_key::{Mark, RootKey};
use segl_core::signer::Email;
use segl_core::text::Name;
use segl_lambda::call::Call;
use segl_pages::cookie;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// How long a session is good: a day at the office.
const VALID: SignedDuration = SignedDuration::from_hours(8);
/// Keeps these sessions apart from all others that somebody who logged in may have.
const PURPOSE: &str = "sender";
const COOKIE: &str = "segl-sender";

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
        let value = cookie::read(call, COOKIE, secure)?;
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
        cookie::set(COOKIE, &self.value, VALID, secure)
    }

    /// `Set-Cookie` that ends a session.
    pub fn end_cookie(secure: bool) -> String {
        cookie::set(COOKIE, "", SignedDuration::ZERO, secure)
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
