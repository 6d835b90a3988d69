//! `ceremony`: the pages on which people sign. Whoever holds a personal link, and brings the code or the log-in where one is asked for,
//! reads the documents, and signs or declines. So does whoever finds them in the [`portal`]. Whoever holds a sealed document sees that it
//! was sealed here: see [`proof`].
//!
//! The secret in the link is a credential. It is in the path, so pages send no referrer, are never cached, and load nothing from
//! elsewhere; no script runs. What a visitor does needs the session that opened the page: see [`session`].

mod code;
mod document;
mod form;
mod notice;
mod page;
mod portal;
mod proof;
mod session;
mod visit;

use lambda_http::http::{Method as HttpMethod, StatusCode, header};
use segl_core::ceremony::Authentication;
use segl_core::event::Actor;
use segl_core::id::SignerIndex;
use segl_core::order::{Order, OrderState};
use segl_core::ports::{Link, Mailer, SigningKey, Texter};
use segl_core::refusal::Refusal;
use segl_core::signer::{Act, SignerStatus};
use segl_core::transition::{Command, PeopleCommand};
use segl_core::use_case::Error;
use segl_core::use_case::update::update;
use segl_lambda::brand::Brand;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_openid::provider::Provider;
use segl_openid::relying_party::RelyingParty;
use segl_pages::look;
use segl_wording::message::Voice;
use segl_wording::words;

use crate::form::Form;
use crate::look::{Look, Surroundings};
use crate::notice::{Ending, Notice};
use crate::page::log_in::{log_in_page, stranger_page};
use crate::page::{Scene, code_page, notice_page, order_page};
use crate::portal::log_in::Need;
use crate::portal::{PORTAL, log_in};
use crate::session::Session;
use crate::visit::{Door, Stranger, Visit, browser_language};

/// What the pages need besides storage.
pub struct Desk<M, T> {
    /// Sends codes by e-mail.
    pub mail: M,
    /// Sends codes by text message.
    pub sms: T,
    look: Look,
    /// Where people can log in.
    providers: Vec<Provider>,
}

impl<M, T> Desk<M, T> {
    /// A desk that looks as the organization wants.
    pub fn new(mail: M, sms: T, brand: Brand, providers: Vec<Provider>) -> Self {
        Self { mail, sms, look: Look::new(brand), providers }
    }
}

/// Answers a call. `party` is the service as its providers of identities see it.
pub async fn handle<P, M, T, E, K>(service: &Service<P>, desk: &Desk<M, T>, party: &RelyingParty<E, K>, call: Call) -> Reply
where
    P: Storage,
    M: Mailer,
    T: Texter,
    E: Exchange,
    K: SigningKey,
{
    route(service, desk, party, &call).await.unwrap_or_else(|notice| {
        let page = notice_page(&desk.look, notice, browser_language(&call));
        desk.look.html(notice.status(), page, Surroundings::default())
    })
}

async fn route<P: Storage, M: Mailer, T: Texter, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    party: &RelyingParty<E, K>,
    call: &Call,
) -> Result<Reply, Notice> {
    match call.segments().as_slice() {
        ["sign", secret, rest @ ..] => {
            let visit = Visit::find(service, call, secret).await?;
            at_order(service, desk, party, call, visit, rest).await
        }
        ["portal", "orders", order, signer, rest @ ..] if !desk.providers.is_empty() => {
            match (Visit::find_in_portal(service, call, order, signer).await, rest) {
                (Ok(visit), _) => at_order(service, desk, party, call, visit, rest).await,
                // Which order this is, and whether there is one, shows after the log-in.
                (Err(Stranger::NotLoggedIn), ["log-in", provider]) if call.method == HttpMethod::GET => {
                    let target = format!("{PORTAL}/orders/{order}/{signer}");
                    let reply = log_in::begin(service, party, call, provider, &Need::PORTAL, &target).await?;
                    Ok(desk.look.guard(reply, Surroundings::default()))
                }
                (Err(Stranger::NotLoggedIn), []) if call.method == HttpMethod::GET => {
                    let page = stranger_page(desk, &format!("{PORTAL}/orders/{order}/{signer}"), browser_language(call));
                    Ok(desk.look.html(StatusCode::OK, page, Surroundings::default()))
                }
                (Err(Stranger::NotLoggedIn), _) => Err(Notice::NotLoggedIn),
                (Err(Stranger::Told(notice)), _) => Err(notice),
            }
        }
        ["portal", ..] => portal::answer(service, desk, party, call).await,
        ["proof", order, token] if call.method == HttpMethod::GET => proof::show(service, &desk.look, call, order, token).await,
        _ => Err(Notice::Unknown),
    }
}

/// Answers a call at an order's page. `rest` is the path below it.
async fn at_order<P: Storage, M: Mailer, T: Texter, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    party: &RelyingParty<E, K>,
    call: &Call,
    visit: Visit,
    rest: &[&str],
) -> Result<Reply, Notice> {
    match (&call.method, rest) {
        (&HttpMethod::GET, []) => {
            let visit = opened(service, visit).await?;
            let reply = show(service, desk, call, &visit, None).await?;
            Ok(match &visit.door {
                Door::Link { link, session, is_new: true } => with_session(reply, &visit, link, session),
                _ => reply,
            })
        }
        (&HttpMethod::GET, ["documents", number]) => Ok(desk.look.guard(document::file(service, &visit, number).await?, visit.around())),
        (&HttpMethod::GET, ["documents", number, "pages", page]) => {
            Ok(desk.look.guard(document::image(service, &visit, number, page).await?, visit.around()))
        }
        (&HttpMethod::GET, ["log-in", provider]) => {
            let person = visit.person()?;
            if person.authentication != Authentication::Eid {
                return Err(Notice::Unknown);
            }
            let reply = log_in::begin(service, party, call, provider, &Need::of(person), &visit.path).await?;
            Ok(desk.look.guard(reply, visit.around()))
        }
        (&HttpMethod::POST, []) => act(service, desk, call, visit).await,
        _ => Err(Notice::Unknown),
    }
}

/// Notes that the signer has seen the order, the first time.
async fn opened<P: Storage>(service: &Service<P>, visit: Visit) -> Result<Visit, Notice> {
    let may_sign = matches!(visit.signer().status, SignerStatus::Open { .. });
    if !may_sign || visit.signer().access.opened_at.is_some() || visit.method()?.is_none() {
        return Ok(visit);
    }
    let command = PeopleCommand::Open { signer: visit.index };
    Ok(Visit { order: note(service, &visit, command).await?, ..visit })
}

/// Commits something that the visitor did and that changes nothing else.
async fn note<P: Storage>(service: &Service<P>, visit: &Visit, command: PeopleCommand) -> Result<Order, Notice> {
    let (ports, actor, command) = (&service.ports, Actor::Signer { signer: visit.index }, Command::People(command));
    let noted = update(ports, visit.order.id, |order| order.apply(actor.clone(), ports.now(), command.clone())).await;
    noted.map_err(|error| match error {
        Error::Refused(Refusal::Blocked(_)) => Notice::Blocked,
        Error::Refused(Refusal::Erased) => Notice::Removed,
        other => failed(other),
    })
}

/// The page of a visit: the order, or the question who it is.
async fn show<P: Storage, M, T>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    call: &Call,
    visit: &Visit,
    problem: Option<&str>,
) -> Result<Reply, Notice> {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let scene = Scene {
        look: &desk.look,
        visit,
        language: visit.language(call),
        zone: visit.zone(&service.settings.zone),
        now: service.ports.now(),
        mark: visit.form_mark(&service.root_key),
        log_out_mark: visit.logged_in.as_ref().map(|session| session.form_mark(&service.root_key)).unwrap_or_default(),
        problem,
    };
    if visit.method()?.is_none() {
        return match Ending::of(&visit.order.state) {
            Some(ending) => Err(Notice::Ended(ending)),
            None if visit.person()?.authentication == Authentication::Eid => {
                Ok(desk.look.html(status, log_in_page(&scene, desk, visit.log_in_reason())?, visit.around()))
            }
            None => Ok(desk.look.html(status, code_page(&scene)?, visit.around())),
        };
    }
    let lists = document::page_lists(service, &visit.order).await?;
    let reply = desk.look.html(status, order_page(&scene, &lists), visit.around());
    // What the service is at will be done in a moment. A header, so that a reader who is at the page's end is not thrown out of it by
    // anything in the page.
    let waits = matches!(visit.order.state, OrderState::Drafting { .. } | OrderState::Sealing { .. });
    Ok(if waits { reply.header(header::REFRESH, "3") } else { reply })
}

async fn act<P: Storage, M: Mailer, T: Texter>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    call: &Call,
    visit: Visit,
) -> Result<Reply, Notice> {
    visit.count_form(service, call).await?;
    let form = Form::read(call).ok_or(Notice::Malformed)?;
    // A form of another site's, or of another session's page.
    if !visit.accepts(&service.root_key, &form.mark) {
        return Err(Notice::Malformed);
    }
    let language = visit.language(call);
    let words = words(language);
    let problem = match form.act {
        form::Act::SendCode => {
            let sender = desk.look.brand.name_or(visit.order.organization.as_str());
            let (zone, colour) = (visit.zone(&service.settings.zone), desk.look.brand.colour());
            code::send(service, desk, &visit, &Voice { language, zone, sender, colour }, words).await?
        }
        form::Act::EnterCode(code) => match code::enter(service, &visit, &code, words).await? {
            Ok(session) => return Ok(with_session(back_to_page(desk, &visit), &visit, visit.link()?, &session)),
            Err(problem) => Some(problem),
        },
        form::Act::Sign { consent: false, .. } => Some(words.tick_first.to_owned()),
        form::Act::Sign { consent: true, digests, images } => {
            let act = Act { method: visit.admitted()?, claims: visit.claims(), digests, images, address: call.address, jws: None };
            return decide(service, desk, call, visit, |signer| Command::Sign { signer, act: act.clone() }).await;
        }
        form::Act::Decline(reason) => {
            let method = visit.admitted()?;
            let decline = |signer| Command::Decline { signer, method: method.clone(), reason: reason.clone() };
            return decide(service, desk, call, visit, decline).await;
        }
    };
    match problem {
        // The page after is fetched anew, so that a reload does not send the form again.
        None => Ok(back_to_page(desk, &visit)),
        Some(problem) => show_again(service, desk, call, visit, &problem).await,
    }
}

async fn decide<P: Storage, M, T>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    call: &Call,
    visit: Visit,
    command: impl Fn(SignerIndex) -> Command + Send + Sync,
) -> Result<Reply, Notice> {
    let (ports, signer) = (&service.ports, visit.index);
    match update(ports, visit.order.id, |order| order.apply(Actor::Signer { signer }, ports.now(), command(signer))).await {
        Ok(order) => Ok(after(service, desk, &Visit { order, ..visit })),
        // Two tabs, or a repeat after a lost answer: what was decided first counts, and is what the signer is shown.
        Err(Error::Refused(Refusal::AlreadyDecided(_))) => {
            let order = ports.order(visit.order.id).await.map_err(|error| failed(error.into()))?.ok_or(Notice::Unknown)?;
            Ok(after(service, desk, &Visit { order, ..visit }))
        }
        Err(Error::Refused(Refusal::DigestsDiffer)) => Err(Notice::Malformed),
        Err(Error::Refused(Refusal::Blocked(_))) => Err(Notice::Blocked),
        Err(Error::Refused(_)) => {
            let problem = words(visit.language(call)).too_late;
            show_again(service, desk, call, visit, problem).await
        }
        Err(error) => Err(failed(error)),
    }
}

/// Where a signer goes who has decided: back to the sender in the direct flow, otherwise to the page that says how things stand.
fn after<P, M, T>(service: &Service<P>, desk: &Desk<M, T>, visit: &Visit) -> Reply {
    match exit(service, visit) {
        Some(address) => desk.look.guard(Reply::see_other(&address), visit.around()),
        None => back_to_page(desk, visit),
    }
}

/// The sender's address for one who is done, in the direct flow.
fn exit<P>(service: &Service<P>, visit: &Visit) -> Option<String> {
    let direct = visit.direct()?;
    let exit = match visit.signer().status {
        SignerStatus::Signed(_) => &direct.completion,
        SignerStatus::Declined { .. } => &direct.rejection,
        SignerStatus::Waiting | SignerStatus::Open { .. } | SignerStatus::NotNeeded => &direct.error,
    };
    Some(exit.with("status_query_token", &service.root_key.status_query_token(visit.order.id, visit.index)))
}

fn back_to_page<M, T>(desk: &Desk<M, T>, visit: &Visit) -> Reply {
    desk.look.guard(Reply::see_other(&visit.path), visit.around())
}

/// The page as things stand now, with what went wrong.
async fn show_again<P: Storage, M, T>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    call: &Call,
    visit: Visit,
    problem: &str,
) -> Result<Reply, Notice> {
    let order = service.ports.order(visit.order.id).await.map_err(|error| failed(error.into()))?.ok_or(Notice::Unknown)?;
    show(service, desk, call, &Visit { order, ..visit }, Some(problem)).await
}

fn with_session(reply: Reply, visit: &Visit, link: &Link, session: &Session) -> Reply {
    let framed = visit.direct().is_some_and(|direct| direct.framed);
    reply.header(header::SET_COOKIE, &session.set_cookie(link, visit.secure, framed))
}

/// What a visitor is told of something that failed. The cause is in the log.
pub(crate) fn failed(error: Error) -> Notice {
    let problem = told(&error);
    if problem.status() == 503 { Notice::Busy } else { Notice::Broken }
}
