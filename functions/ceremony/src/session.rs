//! Sessions: what a browser shows that has opened a personal link, and perhaps brought the right code.
//!
//! A session is a cookie that only this service can have made. It names the link, and so the order and the signer, for which it was made:
//! on another link it is nothing. Nothing of it is stored; a correction of the signer voids it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use segl_core::ports::{Entropy, Link};
use segl_core::root_key::{Mark, RootKey};
use segl_lambda::call::Call;
use segl_pages::cookie;
use subtle::ConstantTimeEq as _;

/// How long a session is good.
const VALID: SignedDuration = SignedDuration::from_hours(2);

/// What the browser has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The link; of one that opens once, that it opened here.
    Link,
    /// The code as well.
    Code,
}

/// A session that is good for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the browser has shown.
    pub level: Level,
    /// The cookie's value: `<seconds since 1970>.<level>.<random>.<mark>`.
    value: String,
}

impl Session {
    /// Begins a session.
    pub fn begin(entropy: &impl Entropy, root: &RootKey, link: &Link, level: Level, now: Timestamp) -> Self {
        let stem = format!("{}.{}.{}", now.as_second(), level.as_str(), URL_SAFE_NO_PAD.encode(entropy.array::<16>()));
        let value = format!("{stem}.{}", mark(root, link, &stem));
        Self { level, value }
    }

    /// The session that a call brings along for a link, if it is good.
    pub fn of(call: &Call, root: &RootKey, link: &Link, now: Timestamp, secure: bool) -> Option<Self> {
        let value = cookie::read(call, &cookie_name(link), secure)?;
        let (stem, given) = value.rsplit_once('.')?;
        if !bool::from(mark(root, link, stem).as_bytes().ct_eq(given.as_bytes())) {
            return None;
        }
        let mut parts = stem.split('.');
        let begun = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
        let level = Level::of(parts.next()?)?;
        (now < begun + VALID).then(|| Self { level, value: value.to_owned() })
    }

    /// `Set-Cookie` (RFC 6265). `framed` is for pages that another site shows in a frame.
    pub fn set_cookie(&self, link: &Link, secure: bool, framed: bool) -> String {
        let name = cookie::full_name(&cookie_name(link), secure);
        let reach = match (secure, framed) {
            (true, true) => "; Secure; SameSite=None; Partitioned",
            (true, false) => "; Secure; SameSite=Lax",
            (false, _) => "; SameSite=Lax",
        };
        format!("{name}={}; Path=/; HttpOnly; Max-Age={}{reach}", self.value, VALID.as_secs())
    }

    /// What a form of this session's pages carries. Another site does not know it, and another session has another.
    pub fn form_mark(&self, root: &RootKey) -> String {
        root.mark(Mark::Form, &self.value)
    }

    /// Whether a form is one of this session's pages.
    pub fn accepts(&self, root: &RootKey, mark: &str) -> bool {
        self.form_mark(root).as_bytes().ct_eq(mark.as_bytes()).into()
    }
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
        }
    }

    fn of(raw: &str) -> Option<Self> {
        [Self::Link, Self::Code].into_iter().find(|level| level.as_str() == raw)
    }
}

fn mark(root: &RootKey, link: &Link, stem: &str) -> String {
    let Link { digest, order, signer, generation, .. } = link;
    root.mark(Mark::Session, &format!("{digest}/{order}/{signer}/{generation}/{stem}"))
}

/// One name a link, so that two links can be open in one browser.
fn cookie_name(link: &Link) -> String {
    format!("segl-{}", &link.digest.to_string()[..16])
}
