//! Sessions of people who logged in. The browser has a secret; what is stored lies under its digest, and ends with the log-out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use segl_core::id::Sha256;
use segl_core::logged_in::LoggedIn;
use segl_core::root_key::{Mark, RootKey};
use segl_lambda::call::Call;
use segl_lambda::service::{Service, Storage};
use segl_pages::cookie;
use subtle::ConstantTimeEq as _;

use crate::failed;
use crate::notice::Notice;

/// How long a session is good.
pub const VALID: SignedDuration = SignedDuration::from_mins(60);
const COOKIE: &str = "segl-portal";

/// A session that is good.
#[derive(Debug, Clone)]
pub struct PortalSession {
    /// Who logged in.
    pub who: LoggedIn,
    secret: String,
}

impl PortalSession {
    /// Begins a session under a fresh secret: one that somebody planted in the browser before becomes nothing by the log-in. Answers it with
    /// its `Set-Cookie`.
    pub async fn begin<P: Storage>(service: &Service<P>, who: LoggedIn, secure: bool) -> Result<String, Notice> {
        let secret = URL_SAFE_NO_PAD.encode(service.ports.array::<32>());
        service.ports.put_session(&digest(&secret), &who).await.map_err(|error| failed(error.into()))?;
        Ok(cookie::set(COOKIE, &secret, VALID, secure))
    }

    /// The session that a call brings along.
    pub async fn of<P: Storage>(service: &Service<P>, call: &Call) -> Result<Option<Self>, Notice> {
        let secure = service.settings.is_secure(call);
        let Some(secret) = cookie::read(call, COOKIE, secure) else { return Ok(None) };
        let stored = service.ports.session(&digest(secret)).await.map_err(|error| failed(error.into()))?;
        let stored = stored.filter(|who| service.ports.now() < who.until);
        Ok(stored.map(|who| Self { who, secret: secret.to_owned() }))
    }

    /// Ends the session, for every browser that has its secret.
    pub async fn end<P: Storage>(&self, service: &Service<P>) -> Result<(), Notice> {
        service.ports.end_session(&digest(&self.secret)).await.map_err(|error| failed(error.into()))
    }

    /// What a form of this session's pages carries.
    pub fn form_mark(&self, root: &RootKey) -> String {
        root.mark(Mark::Form, &format!("{COOKIE}/{}", self.secret))
    }

    /// Whether a form is one of this session's pages.
    pub fn accepts(&self, root: &RootKey, mark: &str) -> bool {
        self.form_mark(root).as_bytes().ct_eq(mark.as_bytes()).into()
    }
}

/// For one part of the service: a session of the portal is none of another part's.
fn digest(secret: &str) -> Sha256 {
    Sha256::of(format!("{COOKIE}/{secret}").as_bytes())
}
