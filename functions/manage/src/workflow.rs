//! Changing workflows, and their result, which may change them too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use lambda_http::http::StatusCode;
use segl_core::client::{Client, Privilege};
use segl_core::event::Actor;
use segl_core::id::OrderId;
use segl_core::order::{NextAction, Order, OrderState, Roster};
use segl_core::ports::{PortError, SigningKey};
use segl_core::signer::Party;
use segl_core::storage_key::StorageKey;
use segl_core::transition::{Command, NewSigner};
use segl_core::use_case::Error;
use segl_core::use_case::once::{remember, secret};
use segl_core::use_case::read::own_order;
use segl_core::use_case::sign_text::{self, SignText};
use segl_core::use_case::update::update;
use segl_dialects::native::decision::cancellation;
use segl_dialects::problem::Problem;
use segl_dialects::token::TokenQuery;
use segl_dialects::workflow::result::{self, PadesDocument, PadesView};
use segl_dialects::workflow::route::Route;
use segl_dialects::workflow::sign_text::{Asked, SignTextView, Whom};
use segl_dialects::workflow::{sign_text as wire, view};
use segl_lambda::call::Call;
use segl_lambda::file;
use segl_lambda::reply::{MAX_INLINE, Reply, told};
use segl_lambda::service::{Service, Storage};
use segl_lambda::tokens;

use crate::change;

/// How long an address in storage is good.
const VALID: SignedDuration = SignedDuration::from_mins(5);
/// A seal is there within seconds.
const SEALED_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// Answers a call that was let in.
pub async fn answer<P: Storage, K: SigningKey>(
    service: &Service<P>,
    key: &K,
    call: &Call,
    route: Route,
    client: &Client,
) -> Result<Reply, Problem> {
    let workflow = |order: &Order| Ok(Reply::json(StatusCode::OK, &view::workflow(order, service.ports.now())));
    match route {
        Route::SignTextId(_) => sign_text_id(service, call, client).await,
        Route::Close(_, id) => workflow(&change(service, call, client, id, Command::CloseRoster).await?),
        Route::Cancel(_, id) => workflow(&change(service, call, client, id, Command::Cancel { reason: cancellation(&call.body)? }).await?),
        Route::Evidence(_, id) => crate::evidence::answer(service, call, client, id, None).await,
        Route::Pades(_, id) => pades(service, key, call, client, id).await,
        _ => Err(Problem::no_such_route()),
    }
}

async fn sign_text_id<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let Asked { order, whom, last } = wire::parse(&call.body, service.settings.eid.is_some())?;
    let ports = &service.ports;
    let key = call.idempotency_key(client)?;
    let handle = secret(ports, &service.root_key, key.as_ref());
    let made = match whom {
        Whom::Again(signer) => sign_text::again(ports, client, key.as_ref(), handle, order, signer).await,
        Whom::New { party, group, required_claims } => {
            let new = NewSigner { group, required_claims, ..NewSigner::new(ports, *party) };
            sign_text::ask(ports, client, key.as_ref(), handle, order, new, last).await
        }
    };
    let SignText { id, signer, order } = made.map_err(|error| told(&error))?;
    let is_person = matches!(order.signer(signer).map(|signer| &signer.party), Ok(Party::Person(_)));
    let view = SignTextView {
        workflow_id: order.id.to_string(),
        signature_id: signer.0,
        expires_at: order.deadline,
        url: is_person.then(|| format!("{}/sign/{id}", service.settings.issuer(call))),
        signtext_id: id,
    };
    Ok(Reply::json(StatusCode::CREATED, &view))
}

/// The result. Asking for it when all who were asked have signed says that nobody else will be: programs that were written for the
/// original know no other way.
async fn pades<P: Storage, K: SigningKey>(
    service: &Service<P>,
    key: &K,
    call: &Call,
    client: &Client,
    id: OrderId,
) -> Result<Reply, Problem> {
    let filter = match result::filter(&call.body)? {
        Some(name) => name.parse().map_err(result::bad_filter)?,
        None => segl_core::claim_filter::ClaimFilter::default(),
    };
    let mut order = own_order(&service.ports, client, id).await.map_err(|error| told(&error))?;
    // Asked again, the list is closed already.
    let idempotency_key = call.idempotency_key(client)?;
    remember(&service.ports, idempotency_key.as_ref(), Some(id)).await.map_err(|error| told(&error))?;
    let complete = order.roster == Roster::Open && order.next_action() == NextAction::Signers && !order.signers.is_empty();
    if complete && client.require(Privilege::WorkflowWrite).is_ok() {
        let ports = &service.ports;
        let actor = Actor::Client { client: client.id.clone() };
        let closed = update(ports, id, |order| order.apply(actor.clone(), ports.now(), Command::CloseRoster)).await;
        order = closed.map_err(|error| told(&error))?;
    }
    let query = TokenQuery { filter, flat: false };
    let issued = match tokens::issue(&service.ports, key, &order, query, &service.settings.issuer(call)).await {
        Ok(issued) => issued,
        Err(error) if matches!(order.state, OrderState::Sealing { .. }) => return Err(told(&error).retry_after(SEALED_AFTER)),
        Err(error) => return Err(told(&error)),
    };
    let documents = documents(&service.ports, &order).await.map_err(|error| told(&error))?;
    let [first, ..] = documents.as_slice() else { return Err(Problem::no_such_route()) };
    let view = PadesView {
        pades_document: first.clone(),
        workflow_token: issued.token,
        workflow_result_info: result::info(&order),
        pades_documents: documents,
    };
    Ok(Reply::json(StatusCode::OK, &view))
}

/// The sealed documents: themselves, where all of them fit an answer twice (the first is there twice), and their addresses otherwise.
async fn documents<P: Storage>(ports: &P, order: &Order) -> Result<Vec<PadesDocument>, Error> {
    let mut documents = Vec::new();
    let mut total = 0;
    for (index, document) in order.documents() {
        let sealed = order.sealed_document(index)?;
        total += if index.0 == 0 { 2 * sealed.size } else { sealed.size };
        documents.push((document, sealed, StorageKey::Sealed(order.id, index, sealed.attempt.clone())));
    }
    let mut views = Vec::new();
    for (document, sealed, key) in documents {
        let (pades_b64, url) = if total <= MAX_INLINE {
            let bytes = ports.read(&key, Some(&sealed.object.version), MAX_INLINE).await?.ok_or_else(|| PortError::Corrupt {
                key: key.to_string(),
                source: "the object is gone, and the order refers to it".into(),
            })?;
            (Some(STANDARD.encode(bytes)), None)
        } else {
            let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), true);
            (None, Some(ports.download_url(&key, &sealed.object.version, &name, VALID).await?))
        };
        views.push(PadesDocument { title: document.title.to_string(), sha256_hex: sealed.sha256.to_string(), pades_b64, url });
    }
    Ok(views)
}
