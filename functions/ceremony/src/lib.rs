//! `ceremony`: the pages on which people sign. Whoever holds a personal link reads the documents, and signs or declines.
//!
//! The secret in the link is the credential. It is in the path, so pages send no referrer, are never cached, and load nothing from
//! elsewhere; no script runs.

mod page;

use lambda_http::http::{Method as HttpMethod, StatusCode, header};
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, Sha256, SignerIndex};
use segl_core::order::{Order, OrderState};
use segl_core::refusal::Refusal;
use segl_core::signer::{Act, Method, SignerStatus};
use segl_core::storage_key::StorageKey;
use segl_core::text::Reason;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::update::update;
use segl_lambda::call::Call;
use segl_lambda::file;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

use crate::page::{Notice, render_notice, render_order};

/// Pages may use the style sheet that they bring along, and send forms to themselves. Nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The greatest form: three fields.
const MAX_FORM: usize = 16 * 1024;

/// Answers a call.
pub async fn handle<P: Storage>(service: &Service<P>, call: Call) -> Reply {
    route(service, &call).await.unwrap_or_else(notice)
}

async fn route<P: Storage>(service: &Service<P>, call: &Call) -> Result<Reply, Notice> {
    match (&call.method, call.segments().as_slice()) {
        (&HttpMethod::GET, ["sign", secret]) => {
            let (order, signer) = find(service, secret).await?;
            Ok(show(service, &order, signer, secret, None))
        }
        (&HttpMethod::GET, ["sign", secret, "documents", number]) => {
            let (order, signer) = find(service, secret).await?;
            document(service, &order, signer, number).await
        }
        (&HttpMethod::POST, ["sign", secret]) => {
            let (order, signer) = find(service, secret).await?;
            decide(service, call, order, signer, secret).await
        }
        _ => Err(Notice::Unknown),
    }
}

/// The order and signer of a link that is good. All that are not good look the same.
async fn find<P: Storage>(service: &Service<P>, secret: &str) -> Result<(Order, SignerIndex), Notice> {
    let link = service.ports.link(&Sha256::of(secret.as_bytes())).await.map_err(|error| failed(error.into()))?;
    let link = link.filter(|link| service.ports.now() < link.until).ok_or(Notice::Unknown)?;
    let order = service.ports.order(link.order).await.map_err(|error| failed(error.into()))?.ok_or(Notice::Unknown)?;
    if order.erased_at.is_some() {
        return Err(Notice::Removed);
    }
    Ok((order, link.signer))
}

fn show<P: Storage>(service: &Service<P>, order: &Order, signer: SignerIndex, secret: &str, problem: Option<&str>) -> Reply {
    let now = service.ports.now();
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    html(status, render_order(order, signer, secret, &service.settings.zone, now, problem))
}

/// Hands out what is to be signed, and once it is sealed, what was.
async fn document<P: Storage>(service: &Service<P>, order: &Order, signer: SignerIndex, number: &str) -> Result<Reply, Notice> {
    let index = number.parse().map(DocumentIndex).map_err(|_| Notice::Unknown)?;
    let one = order.document(index).map_err(|_| Notice::Unknown)?;
    if matches!(order.signer(signer).map(|signer| &signer.status), Ok(SignerStatus::Waiting) | Err(_)) {
        return Err(Notice::NotYet);
    }
    let name = file::name(
        one.file_name.as_ref().map(|name| name.as_str()),
        one.title.as_str(),
        matches!(order.state, OrderState::Accepted { .. }),
    );
    let (key, version, size) = match order.sealed_document(index) {
        Ok(sealed) => (StorageKey::Sealed(order.id, index, sealed.attempt.clone()), sealed.object.version.clone(), sealed.size),
        Err(_) => {
            let (_, facts) = order.readable_document(index).map_err(|_| Notice::Unknown)?;
            (StorageKey::Original(order.id, index), facts.object.version.clone(), facts.size)
        }
    };
    let reply = file::reply(&service.ports, &key, &version, size, &name).await.map_err(failed)?;
    // A page that the reader opened from here must not learn the link.
    Ok(reply.header(header::REFERRER_POLICY, "no-referrer"))
}

async fn decide<P: Storage>(service: &Service<P>, call: &Call, order: Order, signer: SignerIndex, secret: &str) -> Result<Reply, Notice> {
    let form = Form::read(call).ok_or(Notice::Malformed)?;
    let command = match form.decision.as_str() {
        "sign" if form.consent => Command::Sign {
            signer,
            act: Act {
                method: Method::Link,
                claims: [].into(),
                digests: form.digests.ok_or(Notice::Malformed)?,
                address: call.address,
                jws: None,
            },
        },
        "sign" => {
            let problem = "Tick the box to say that you have read the documents and want to sign them.";
            return Ok(show(service, &order, signer, secret, Some(problem)));
        }
        "decline" => Command::Decline { signer, method: Method::Link, reason: form.reason },
        _ => return Err(Notice::Malformed),
    };
    let ports = &service.ports;
    match update(ports, order.id, |order| order.apply(Actor::Signer { signer }, ports.now(), command.clone())).await {
        // The page after is fetched anew, so that a reload does not send the form again.
        Ok(_) => Ok(page_headers(Reply::see_other(&format!("/sign/{secret}")))),
        Err(Error::Refused(Refusal::AlreadyDecided(_))) => Ok(page_headers(Reply::see_other(&format!("/sign/{secret}")))),
        Err(Error::Refused(Refusal::DigestsDiffer)) => Err(Notice::Malformed),
        Err(Error::Refused(_)) => {
            let order = ports.order(order.id).await.map_err(|error| failed(error.into()))?.ok_or(Notice::Unknown)?;
            Ok(show(service, &order, signer, secret, Some("This cannot be done any more; below you see how things stand.")))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What the form sends.
struct Form {
    decision: String,
    consent: bool,
    digests: Option<Vec<Sha256>>,
    reason: Option<Reason>,
}

impl Form {
    fn read(call: &Call) -> Option<Self> {
        if call.media_type().as_deref() != Some("application/x-www-form-urlencoded") || call.body.len() > MAX_FORM {
            return None;
        }
        let mut form = Self { decision: String::new(), consent: false, digests: None, reason: None };
        for (name, value) in serde_urlencoded::from_bytes::<Vec<(String, String)>>(&call.body).ok()? {
            match name.as_str() {
                "decision" => form.decision = value,
                "consent" => form.consent = value == "yes",
                "digests" => form.digests = value.split_whitespace().map(|digest| digest.parse().ok()).collect(),
                "reason" if !value.trim().is_empty() => form.reason = Some(Reason::parse(&value).ok()?),
                _ => {}
            }
        }
        Some(form)
    }
}

fn notice(notice: Notice) -> Reply {
    html(notice.status(), render_notice(&notice))
}

fn failed(error: Error) -> Notice {
    let problem = told(&error);
    if problem.status() == 503 { Notice::Busy } else { Notice::Failed }
}

fn html(status: StatusCode, page: String) -> Reply {
    page_headers(Reply::with_body(status, "text/html; charset=utf-8", page.into_bytes()))
}

fn page_headers(reply: Reply) -> Reply {
    reply
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::X_FRAME_OPTIONS, "DENY")
        .header(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000")
}
