//! Logging in by the organization's OpenID provider.

use lambda_http::http::header;
use segl_core::clerk::Clerk;
use segl_core::ports::SigningKey;
use segl_core::signer::Email;
use segl_core::text::Name;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::attempt::{Attempt, VALID};
use segl_openid::exchange::Exchange;
use segl_openid::failure::Failure;
use segl_openid::relying_party::{Identity, Moment};
use segl_pages::cookie;

use crate::notice::Notice;
use crate::session::Session;
use crate::{Desk, browser_language, member};

/// An attempt to log in here is none to log in elsewhere in the service.
const PURPOSE: &str = "sender";
const ATTEMPT: &str = "segl-sender-log-in";

/// Sends the browser to a provider.
pub async fn begin<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    provider: &str,
) -> Result<Reply, Notice> {
    if desk.party.provider(provider).is_none() {
        return Err(Notice::Nothing);
    }
    let attempt = Attempt::begin(&service.ports, PURPOSE, provider, None, "/sender", service.ports.now());
    let address = desk.party.begin(&attempt, &back(service, call), browser_language(call).tag(), &moment(service)).await;
    let cookie = cookie::set(ATTEMPT, attempt.cookie(), VALID, service.settings.is_secure(call));
    Ok(Reply::see_other(&address.map_err(failed)?).header(header::SET_COOKIE, &cookie))
}

/// Takes the provider's answer. Each attempt is answered once.
pub async fn finish<P: Storage, E: Exchange, K: SigningKey>(service: &Service<P>, desk: &Desk<E, K>, call: &Call) -> Result<Reply, Notice> {
    let (ports, now, secure) = (&service.ports, service.ports.now(), service.settings.is_secure(call));
    let raw = cookie::read(call, ATTEMPT, secure).ok_or(Notice::LogInFailed)?;
    let attempt = Attempt::of(raw, PURPOSE, now).ok_or(Notice::LogInFailed)?;
    let identity = desk.party.finish(&attempt, &call.query, &back(service, call), &moment(service)).await.map_err(failed)?;
    let (once, until) = attempt.use_once();
    if !ports.first_use(&once, until).await? {
        return Err(Notice::LogInFailed);
    }
    let client = member::client_of(&desk.members, &identity).ok_or(Notice::Stranger)?;
    let session = Session::begin(ports, &service.root_key, client.clone(), clerk(&identity), now);
    Ok(Reply::see_other(&attempt.target).header(header::SET_COOKIE, &session.set_cookie(secure)))
}

/// What is kept of who logged in. A name or an address that makes none is left out, and the subject still tells who it is.
fn clerk(identity: &Identity) -> Clerk {
    let email = identity.claims.all.get("email").and_then(serde_json::Value::as_str);
    Clerk {
        provider: identity.provider.clone(),
        subject: identity.subject.clone(),
        name: identity.name.as_deref().and_then(|name| Name::parse(name).ok()),
        email: email.and_then(|email| Email::parse(email).ok()),
    }
}

fn back<P>(service: &Service<P>, call: &Call) -> String {
    format!("{}/sender/logged-in", service.settings.address(call))
}

fn moment<P: Storage>(service: &Service<P>) -> Moment<'_> {
    Moment { root: &service.root_key, now: service.ports.now(), random: service.ports.array() }
}

/// The cause is logged; who logs in, by what, and the codes on the way are not in it.
fn failed(failure: Failure) -> Notice {
    tracing::warn!(error = %failure, "a log-in failed");
    if failure.may_pass() { Notice::Busy } else { Notice::LogInFailed }
}
