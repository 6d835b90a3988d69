//! Logging out: here, and then at the provider as well, who would otherwise let the next one in who sits down at this browser.
//!
//! Two steps, for a form may lead to this service only (`form-action`): the form ends the session here, and a link of the page that follows
//! ends it there (OpenID Connect RP-Initiated Logout 1.0).

use lambda_http::http::{StatusCode, header};
use segl_core::ports::SigningKey;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_pages::form::Fields;
use segl_pages::look::Surroundings;

use crate::notice::Notice;
use crate::session::Session;
use crate::{Desk, Visit, browser_language, page};

/// Ends the session here.
pub fn here<P: Storage>(service: &Service<P>, call: &Call, visit: &Visit) -> Result<Reply, Notice> {
    let form = Fields::read(call).ok_or(Notice::Malformed)?;
    visit.check(service, form.text("form"))?;
    let end = Session::end_cookie(service.settings.is_secure(call));
    Ok(Reply::see_other(&format!("/sender/logged-out/{}", visit.session.clerk.provider)).header(header::SET_COOKIE, &end))
}

/// The page after it, and, without a provider, after logging out there. A provider that does not answer, or knows no log-out, leaves the link out.
pub async fn there<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    provider: Option<&str>,
) -> Result<Reply, Notice> {
    let there = match provider {
        Some(provider) => {
            let known = desk.party.provider(provider).ok_or(Notice::Nothing)?;
            let afterwards = format!("{}/sender/logged-out", service.settings.address(call));
            desk.party.log_out(&known.id, &afterwards, service.ports.now()).await.map(|address| (address, known.name.as_str()))
        }
        None => None,
    };
    let page = page::logged_out(&desk.look, browser_language(call), there);
    Ok(desk.look.html(StatusCode::OK, page, Surroundings::default()))
}
