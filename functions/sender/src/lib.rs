//! `sender`: the pages on which an organization's people create signing orders, follow them, and look after their signers.
//!
//! Whoever logs in acts as an API client of the organization ([`member`]), with its privileges: there is nothing here that the client
//! could not do by the native API, and it is done by the same use cases. Pages work without scripts, but for sending large files.

mod create;
mod download;
mod list;
mod log_in;
mod log_out;
pub mod member;
mod notice;
mod order;
mod page;
mod session;
mod timeline;
mod wrong;

use lambda_http::http::{Method as HttpMethod, StatusCode, header};
use segl_core::client::{Client, Privilege};
use segl_core::commitment::Salt;
use segl_core::event::Actor;
use segl_core::language::Language;
use segl_core::order::Order;
use segl_core::ports::SigningKey;
use segl_core::refusal::Refusal;
use segl_dialects::native::route::EvidenceForm;
use segl_lambda::brand::Brand;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_openid::relying_party::RelyingParty;
use segl_pages::look::{Look, Surroundings};

use crate::member::Member;
use crate::notice::Notice;
use crate::session::Session;

/// Sends large files, and tells how far it is.
const SCRIPT: &str = include_str!("../templates/upload.js");

/// What the pages need besides storage.
pub struct Desk<E, K> {
    look: Look,
    party: RelyingParty<E, K>,
    members: Vec<Member>,
    /// By which workflow tokens are signed.
    token_key: K,
}

impl<E: Exchange, K: SigningKey> Desk<E, K> {
    /// A desk that looks as the organization wants. Without providers, nobody gets in and there are no pages.
    pub fn new(brand: Brand, party: RelyingParty<E, K>, members: Vec<Member>, token_key: K) -> Self {
        Self { look: Look::with_style(brand, include_str!("../templates/sender.css")), party, members, token_key }
    }
}

/// Somebody who is let in, at one call.
pub(crate) struct Visit {
    pub session: Session,
    /// As whom.
    pub client: Client,
    pub language: Language,
    /// Whether signers can be asked to log in with an electronic identity.
    pub has_eid: bool,
    /// What the forms carry.
    pub mark: String,
}

/// Answers a call.
pub async fn handle<P: Storage, E: Exchange, K: SigningKey>(service: &Service<P>, desk: &Desk<E, K>, call: Call) -> Reply {
    route(service, desk, &call).await.unwrap_or_else(|notice| {
        let page = page::notice(&desk.look, notice, browser_language(&call));
        desk.look.html(notice.status(), page, Surroundings::default())
    })
}

async fn route<P: Storage, E: Exchange, K: SigningKey>(service: &Service<P>, desk: &Desk<E, K>, call: &Call) -> Result<Reply, Notice> {
    if desk.party.providers().next().is_none() {
        return Err(Notice::Nothing);
    }
    let plain = |reply: Reply| desk.look.guard(reply, Surroundings::default());
    let path = call.segments();
    match (&call.method, path.as_slice()) {
        (&HttpMethod::GET, ["sender", "log-in", provider]) => return log_in::begin(service, desk, call, provider).await.map(plain),
        (&HttpMethod::GET, ["sender", "logged-in"]) => return log_in::finish(service, desk, call).await.map(plain),
        (&HttpMethod::GET, ["sender", "logged-out"]) => return log_out::there(service, desk, call, None).await,
        (&HttpMethod::GET, ["sender", "logged-out", provider]) => return log_out::there(service, desk, call, Some(provider)).await,
        (&HttpMethod::GET, ["sender", "upload.js"]) => {
            return Ok(plain(Reply::with_body(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT.into())));
        }
        _ => {}
    }
    let Some(visit) = enter(service, call).await? else {
        let page = page::log_in(desk, browser_language(call));
        // What somebody wanted to send who is logged out by now is lost, and must not look as if it had been done.
        let status = if call.method == HttpMethod::GET { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        return Ok(desk.look.html(status, page, Surroundings::default()));
    };
    let needs = if call.method == HttpMethod::GET { Privilege::WorkflowRead } else { Privilege::WorkflowWrite };
    match (&call.method, path.as_slice()) {
        (&HttpMethod::POST, ["sender", "log-out"]) => return log_out::here(service, call, &visit).map(plain),
        _ => visit.client.require(needs).map_err(|_| Notice::Stranger)?,
    }
    match (&call.method, path.as_slice()) {
        (&HttpMethod::GET, ["sender"]) => list::show(service, desk, call, &visit).await,
        (&HttpMethod::GET, ["sender", "new"]) => create::show(service, desk, &visit).await,
        (&HttpMethod::POST, ["sender", "orders"]) => create::create(service, desk, call, &visit).await,
        (&HttpMethod::GET, ["sender", "orders", id]) => order::show(service, desk, &visit, id, Vec::new()).await,
        (&HttpMethod::POST, ["sender", "orders", id]) => order::act(service, desk, call, &visit, id).await,
        (&HttpMethod::GET, ["sender", "orders", id, "documents", number]) => download::sealed(service, &visit, id, number).await.map(plain),
        (&HttpMethod::GET, ["sender", "orders", id, "events"]) => download::events(service, &visit, id).await.map(plain),
        (&HttpMethod::GET, ["sender", "orders", id, "evidence.pdf"]) => download::proof(service, desk, &visit, id, EvidenceForm::Pdf).await,
        (&HttpMethod::GET, ["sender", "orders", id, "evidence.zip"]) => download::proof(service, desk, &visit, id, EvidenceForm::Zip).await,
        (&HttpMethod::GET, ["sender", "orders", id, "workflow-token"]) => download::token(service, desk, call, &visit, id).await,
        _ => Err(Notice::Nothing),
    }
}

/// Who calls, if somebody who has logged in. A client that was switched off or removed meanwhile lets nobody in.
async fn enter<P: Storage>(service: &Service<P>, call: &Call) -> Result<Option<Visit>, Notice> {
    let Some(session) = Session::of(call, &service.root_key, service.ports.now(), service.settings.is_secure(call)) else {
        return Ok(None);
    };
    let client = service.ports.client(&session.client).await?.filter(|client| client.enabled);
    let mark = session.form_mark(&service.root_key);
    let (language, has_eid) = (browser_language(call), service.settings.eid.is_some());
    Ok(client.map(|client| Visit { session, client, language, has_eid, mark }))
}

impl Visit {
    /// The order as one to which whoever is logged in is known, and who acts. The audit trail names the person, not the client alone.
    pub fn acts_on<P: Storage>(&self, ports: &P, order: Order) -> Result<(Order, Actor), Refusal> {
        order.with_clerk(&self.client.id, &self.session.clerk, Salt(ports.array()))
    }

    /// Refuses a form of another site's, or of another session's page.
    pub fn check<P>(&self, service: &Service<P>, mark: &str) -> Result<(), Notice> {
        if self.session.accepts(&service.root_key, mark) { Ok(()) } else { Err(Notice::Malformed) }
    }
}

/// The language that the browser asks for.
pub(crate) fn browser_language(call: &Call) -> Language {
    call.header(header::ACCEPT_LANGUAGE).and_then(Language::preferred).unwrap_or_default()
}
