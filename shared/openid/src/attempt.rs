//! One attempt at logging in, from the click to the provider's answer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use segl_core::assurance::Assurance;
use segl_core::id::Sha256;
use segl_core::ports::Entropy;
use segl_core::root_key::{Mark, RootKey};
use subtle::ConstantTimeEq as _;

/// How long a log-in may take.
pub const VALID: SignedDuration = SignedDuration::from_mins(15);
/// The longest cookie that is looked at.
const MAX_COOKIE: usize = 2048;

/// An attempt, as the browser's cookie carries it.
///
/// The cookie is no secret of the browser's and needs no signature: `state`, `nonce` and verifier are keyed hashes of all of it, and of
/// what the log-in is for. Of a cookie that somebody made or altered nobody knows the state, and no provider was ever told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provider's id.
    pub provider: String,
    /// The level that is asked for.
    pub level: Option<Assurance>,
    /// Where to go afterwards: a path of the service's own.
    pub target: String,
    /// When it began.
    begun: Timestamp,
    /// `<seconds since 1970>.<provider>.<level>.<target>.<random>`.
    cookie: String,
    purpose: &'static str,
}

impl Attempt {
    /// Begins an attempt. `purpose` says to which part of the service one logs in; an attempt for one is none for another.
    pub fn begin(
        entropy: &impl Entropy,
        purpose: &'static str,
        provider: &str,
        level: Option<Assurance>,
        target: &str,
        now: Timestamp,
    ) -> Self {
        let random = URL_SAFE_NO_PAD.encode(entropy.array::<32>());
        let name = level.map_or("-", Assurance::as_str);
        let cookie = format!("{}.{provider}.{name}.{}.{random}", now.as_second(), URL_SAFE_NO_PAD.encode(target));
        Self { provider: provider.to_owned(), level, target: target.to_owned(), begun: now, cookie, purpose }
    }

    /// The attempt in a cookie, if it is one and not too old. Whether it was ever begun here shows when an answer fits it.
    pub fn of(cookie: &str, purpose: &'static str, now: Timestamp) -> Option<Self> {
        let parts: Vec<&str> = cookie.split('.').collect();
        let [begun, provider, level, target, _random] = parts[..] else { return None };
        if cookie.len() > MAX_COOKIE {
            return None;
        }
        let begun = Timestamp::from_second(begun.parse().ok()?).ok()?;
        let level = if level == "-" { None } else { Some(Assurance::of(level)?) };
        let target = String::from_utf8(URL_SAFE_NO_PAD.decode(target).ok()?).ok()?;
        let in_time = begun <= now && now.duration_since(begun) < VALID;
        in_time.then(|| Self { provider: provider.to_owned(), level, target, begun, cookie: cookie.to_owned(), purpose })
    }

    /// The cookie's value.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Ties the provider's answer to this browser (RFC 6749, 10.12).
    pub fn state(&self, root: &RootKey) -> String {
        self.secret(root, Mark::LogInState)
    }

    /// Ties the ID token to this attempt (OpenID Connect Core 1.0, 15.5.2).
    pub fn nonce(&self, root: &RootKey) -> String {
        self.secret(root, Mark::LogInNonce)
    }

    /// What only who began can show when the code is exchanged (RFC 7636, 4.1): 43 characters.
    pub fn verifier(&self, root: &RootKey) -> String {
        self.secret(root, Mark::LogInVerifier)
    }

    /// The verifier as the provider is told it first: method `S256` (RFC 7636, 4.2).
    pub fn challenge(&self, root: &RootKey) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::of(self.verifier(root).as_bytes()).0)
    }

    /// By which it is remembered that the attempt was answered, and until when it would be good.
    pub fn use_once(&self) -> (Sha256, Timestamp) {
        (Sha256::of(format!("{}/{}", self.purpose, self.cookie).as_bytes()), self.begun + VALID)
    }

    pub(crate) fn has_state(&self, root: &RootKey, state: &str) -> bool {
        self.state(root).as_bytes().ct_eq(state.as_bytes()).into()
    }

    pub(crate) fn has_nonce(&self, root: &RootKey, nonce: &str) -> bool {
        self.nonce(root).as_bytes().ct_eq(nonce.as_bytes()).into()
    }

    fn secret(&self, root: &RootKey, mark: Mark) -> String {
        root.mark(mark, &format!("{}/{}", self.purpose, self.cookie))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counts;

    impl Entropy for Counts {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_cookie_is_read_back_and_lapses() {
        let attempt = Attempt::begin(&Counts, "portal", "mitid", Some(Assurance::High), "/portal/a.b", at(1000));
        assert_eq!(Attempt::of(attempt.cookie(), "portal", at(1899)), Some(attempt.clone()));
        assert_eq!(Attempt::of(attempt.cookie(), "portal", at(1900)), None);
        assert_eq!(Attempt::of(attempt.cookie(), "portal", at(999)), None, "from the future");
        for bad in ["", "....", "1000.a.-.!.x", "1000.a.top..x", "x.a.-..x", "1000.a.-.x", &"1".repeat(3000)] {
            assert_eq!(Attempt::of(bad, "portal", at(1000)), None, "{bad}");
        }
    }

    #[test]
    fn an_altered_cookie_has_other_secrets() {
        let root = RootKey::new([1; 32]);
        let attempt = Attempt::begin(&Counts, "portal", "mitid", None, "/portal", at(1000));
        let (state, nonce, verifier) = (attempt.state(&root), attempt.nonce(&root), attempt.verifier(&root));
        assert!(state != nonce && nonce != verifier && verifier.len() == 43);
        let read = |cookie: &str, purpose| Attempt::of(cookie, purpose, at(1000)).unwrap();
        assert!(read(attempt.cookie(), "portal").has_state(&root, &state));
        assert!(!read(attempt.cookie(), "sender").has_state(&root, &state), "for another part of the service");
        for altered in [attempt.cookie().replace("mitid", "other"), attempt.cookie().replacen("1000", "0999", 1)] {
            assert!(!read(&altered, "portal").has_state(&root, &state), "{altered}");
        }
        let elsewhere = Attempt::begin(&Counts, "portal", "mitid", None, "/elsewhere", at(1000));
        assert!(!elsewhere.has_state(&root, &state));
    }
}
