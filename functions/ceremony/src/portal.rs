//! The signer's portal: people log in with an electronic identity, and find what awaits their signature.
//!
//! There is no address to come back to but those that are made here: whoever logs in goes on to the page from which the log-in began.

mod list;
pub mod log_in;
mod refused;
pub mod session;

use lambda_http::http::{Method as HttpMethod, StatusCode};
use segl_core::ports::SigningKey;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_openid::relying_party::RelyingParty;
use segl_pages::form::Fields;

use crate::Desk;
use crate::look::Surroundings;
use crate::notice::Notice;
use crate::page::log_in::{Reason, logged_out_page, portal_log_in_page};
use crate::visit::browser_language;
use log_in::Need;
use session::PortalSession;

/// The portal's own page.
pub const PORTAL: &str = "/portal";

/// Answers calls that are about no one order.
pub async fn answer<P: Storage, M, T, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    party: &RelyingParty<E, K>,
    call: &Call,
) -> Result<Reply, Notice> {
    if desk.providers.is_empty() {
        return Err(Notice::Unknown);
    }
    match (&call.method, call.segments().as_slice()) {
        (&HttpMethod::GET, ["portal"]) => home(service, desk, call).await,
        (&HttpMethod::GET, ["portal", "log-in", provider]) => {
            Ok(plain(desk, log_in::begin(service, party, call, provider, &Need::PORTAL, PORTAL).await?))
        }
        (&HttpMethod::GET, ["portal", "logged-in"]) => Ok(plain(desk, log_in::finish(service, party, call).await?)),
        (&HttpMethod::POST, ["portal", "log-out"]) => log_out(service, desk, call).await,
        (&HttpMethod::GET, ["portal", "logged-out"]) => Ok(logged_out(desk, call, None)),
        (&HttpMethod::GET, ["portal", "logged-out", provider]) => {
            let back = format!("{}{PORTAL}/logged-out", service.settings.address(call));
            let address = party.log_out(provider, &back, service.ports.now()).await;
            let name = party.provider(provider).map(|provider| provider.name.as_str());
            Ok(logged_out(desk, call, address.as_deref().zip(name)))
        }
        _ => Err(Notice::Unknown),
    }
}

async fn home<P: Storage, M, T>(service: &Service<P>, desk: &Desk<M, T>, call: &Call) -> Result<Reply, Notice> {
    let language = browser_language(call);
    let page = match PortalSession::of(service, call).await? {
        Some(session) if session.who.number.is_some() => list::page(service, desk, &session, language).await?,
        // Somebody whose provider tells no number is nobody's signer here.
        Some(_) => portal_log_in_page(desk, Reason::SomebodyElse, language),
        None => portal_log_in_page(desk, Reason::NotYet, language),
    };
    Ok(desk.look.html(StatusCode::OK, page, Surroundings::default()))
}

/// Ends the session here, then leads to where the one at the provider ends. A page of its own does that, because no form may lead to another
/// site.
async fn log_out<P: Storage, M, T>(service: &Service<P>, desk: &Desk<M, T>, call: &Call) -> Result<Reply, Notice> {
    let Some(session) = PortalSession::of(service, call).await? else {
        return Ok(plain(desk, Reply::see_other("/portal/logged-out")));
    };
    let fields = Fields::read(call).ok_or(Notice::Malformed)?;
    if !session.accepts(&service.root_key, fields.text("form")) {
        return Err(Notice::Malformed);
    }
    session.end(service).await?;
    Ok(plain(desk, Reply::see_other(&format!("/portal/logged-out/{}", session.who.provider))))
}

/// `there` is where to log out at the provider, and its name. The browser goes there by itself, and at once: a page that goes away while one
/// reads it keeps slow readers out (WCAG 2.2, 2.2.1).
fn logged_out<M, T>(desk: &Desk<M, T>, call: &Call, there: Option<(&str, &str)>) -> Reply {
    let page = logged_out_page(&desk.look, browser_language(call), there);
    let reply = desk.look.html(StatusCode::OK, page, Surroundings::default());
    match there {
        Some((address, _)) => reply.header(lambda_http::http::header::REFRESH, &format!("0; url={address}")),
        None => reply,
    }
}

fn plain<M, T>(desk: &Desk<M, T>, reply: Reply) -> Reply {
    desk.look.guard(reply, Surroundings::default())
}
