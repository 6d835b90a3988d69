//! How people sign: what an order says about its ceremony, and how far each signer is let in.
//!
//! The counts that keep guessing in bounds are part of the order, so that each try is one commit on top of the one before: however many
//! connections guess at once, no more than [`MAX_WRONG_CODES`] are ever looked at.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::id::{DocumentIndex, Sha256};
use crate::language::Language;

/// How long a one-time code is good.
pub const CODE_VALID: SignedDuration = SignedDuration::from_mins(10);
/// After so many wrong codes the signer is blocked. A fresh code does not start the count anew; a right one does.
pub const MAX_WRONG_CODES: u8 = 5;
/// How soon after one code the next may be asked for.
pub const RESEND_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// How many codes a signer may ask for within [`CODES_WINDOW`].
pub const MAX_CODES: u8 = 5;
/// See [`MAX_CODES`].
pub const CODES_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// What an order says about its ceremony.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceremony {
    /// The language of pages and messages, for signers who have none of their own.
    pub language: Option<Language>,
    /// Whether signers see who else signs, and how far the others are.
    pub hide_signers: bool,
    /// Where signers come from and go back to, in the direct flow.
    pub direct: Option<Direct>,
}

/// The direct flow: signers are logged in at the sender already, who sends each to a fresh address and gets each back at one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// Where to go after signing.
    pub completion: ExitUrl,
    /// Where to go after declining.
    pub rejection: ExitUrl,
    /// Where to go when nothing can be signed.
    pub error: ExitUrl,
    /// Whether the sender's own pages, those of the exit addresses, may show the ceremony in a frame.
    pub framed: bool,
}

impl Direct {
    /// The three addresses.
    pub fn exits(&self) -> [&ExitUrl; 3] {
        [&self.completion, &self.rejection, &self.error]
    }
}

/// An address of the sender's to which a signer is sent back: `https`, or `http` on the signer's own machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitUrl(String);

/// Why an address is none to send a signer back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https address of at most 500 characters, without user name and fragment")]
pub struct ExitUrlError;

impl ExitUrl {
    const MAX: usize = 500;

    /// Takes an absolute address (RFC 3986, 4.3) of visible ASCII. Plain `http` is for the loopback address only: what is sent there
    /// crosses no network.
    pub fn parse(raw: &str) -> Result<Self, ExitUrlError> {
        let plain = raw.len() <= Self::MAX && raw.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>' | b'#'));
        let (secure, rest) = match (raw.strip_prefix("https://"), raw.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(ExitUrlError),
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let host_ok = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        let allowed = secure || matches!(host, "127.0.0.1" | "localhost");
        if plain && host_ok && allowed && port.parse::<u16>().is_ok() { Ok(Self(raw.to_owned())) } else { Err(ExitUrlError) }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: what a content security policy names.
    pub fn origin(&self) -> &str {
        let after_scheme = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[after_scheme..].find(['/', '?']).map_or(self.0.len(), |at| after_scheme + at);
        &self.0[..end]
    }

    /// The address with one more parameter in its query. `value` must need no encoding.
    pub fn with(&self, name: &str, value: &str) -> String {
        let joint = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{joint}{name}={value}", self.0)
    }
}

impl fmt::Display for ExitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a signer must bring besides the personal link. It is never weakened: what cannot be had is refused when the order is created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// Nothing.
    #[default]
    None,
    /// A one-time code by e-mail.
    EmailCode,
    /// A one-time code by text message.
    SmsCode,
    /// A log-in with an electronic identity. A personal link is not needed where the signer's national identity number is known.
    Eid,
}

impl Authentication {
    /// Every way there is.
    pub const ALL: [Self; 4] = [Self::None, Self::EmailCode, Self::SmsCode, Self::Eid];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::EmailCode => "email-code",
            Self::SmsCode => "sms-code",
            Self::Eid => "eid",
        }
    }

    /// By which channel the code travels, where there is one.
    pub fn channel(self) -> Option<Channel> {
        match self {
            Self::None | Self::Eid => None,
            Self::EmailCode => Some(Channel::Email),
            Self::SmsCode => Some(Channel::Sms),
        }
    }

    /// For skipping in commitments, so that those made before there were codes stay what they are.
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A way to reach a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
}

impl Channel {
    /// Its name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// How far a signer is let in, and what the signer has looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Counts corrections of the signer. Links and sessions name it, and those of an earlier one are void.
    pub generation: u32,
    /// The code that was sent last, until it is used.
    pub code: Option<Code>,
    /// How many codes were sent lately.
    pub codes: Option<CodesSent>,
    /// Wrong codes since the last right one.
    pub wrong: u8,
    /// When the signer was blocked, where still so.
    pub blocked_at: Option<Timestamp>,
    /// When the signer first saw the order.
    pub opened_at: Option<Timestamp>,
    /// Which documents the signer fetched or saw.
    pub read: BTreeSet<DocumentIndex>,
}

/// A one-time code. What was sent is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// A keyed hash of it: six digits alone could be found again by trying them all.
    pub hash: Sha256,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// How many codes were sent within one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodesSent {
    /// When the window began.
    pub since: Timestamp,
    /// How many since.
    pub count: u8,
}

impl Access {
    /// Whether this is the code that was sent, and still good. The comparison takes the same time wherever two hashes differ.
    pub fn accepts(&self, hash: &Sha256, now: Timestamp) -> bool {
        self.code.as_ref().is_some_and(|code| code.is_good(now) && bool::from(code.hash.0.ct_eq(&hash.0)))
    }

    /// From when on another code may be sent.
    pub fn next_code_at(&self, now: Timestamp) -> Timestamp {
        let after_last = self.code.as_ref().map_or(now, |code| code.sent_at + RESEND_AFTER);
        let after_window = match self.codes {
            Some(CodesSent { since, count }) if count >= MAX_CODES => since + CODES_WINDOW,
            _ => now,
        };
        after_last.max(after_window)
    }
}

impl Code {
    /// Whether it can still be used.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.sent_at + CODE_VALID
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_are_sent_to_https_or_their_own_machine_only() {
        for (raw, ok) in [
            ("https://example.org", true),
            ("https://example.org:8443/done?a=b", true),
            ("http://127.0.0.1:9000/done", true),
            ("http://localhost/done", true),
            ("http://example.org/done", false),
            ("http://127.0.0.1.example.org/", false),
            ("http://127.0.0.1@example.org/", false),
            ("https://user@example.org/", false),
            ("https://user:pass@example.org/", false),
            ("https:///done", false),
            ("https://", false),
            ("//example.org", false),
            ("javascript:alert(1)", false),
            ("https://example.org/\r\nSet-Cookie: a=b", false),
            ("https://example.org\\@evil.example", false),
            ("https://example.org/#x", false),
            ("https://example.org:99999/", false),
            ("https://exa mple.org/", false),
        ] {
            assert_eq!(ExitUrl::parse(raw).is_ok(), ok, "{raw}");
        }
        assert!(ExitUrl::parse(&format!("https://example.org/{}", "x".repeat(500))).is_err());
    }

    #[test]
    fn exits_keep_their_query() {
        let exit = |raw: &str| ExitUrl::parse(raw).unwrap();
        assert_eq!(exit("https://example.org/done").with("t", "1"), "https://example.org/done?t=1");
        assert_eq!(exit("https://example.org?case=7").with("t", "1"), "https://example.org?case=7&t=1");
        assert_eq!(exit("https://example.org:8443/done?a=b").origin(), "https://example.org:8443");
        assert_eq!(exit("https://example.org?a=b").origin(), "https://example.org");
        assert_eq!(exit("https://example.org").origin(), "https://example.org");
    }
}
