//! `system-sign`: an organization's system reads what it is asked to sign, and signs or declines.

mod jws;
mod workflow;

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, OrderId, SignerIndex};
use segl_core::order::Order;
use segl_core::refusal::Refusal;
use segl_core::signer::Method;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_core::use_case::once::update_once;
use segl_core::use_case::read::{may_see_documents, order_to_sign};
use segl_dialects::native;
use segl_dialects::native::decision::Decision;
use segl_dialects::native::route::Route;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::file;
use segl_lambda::reply::{Reply, told};
use segl_lambda::route::{Entered, enter};
use segl_lambda::service::{Service, Storage};

/// Answers a call.
pub async fn handle<P: Storage>(service: &Service<P>, call: Call) -> Reply {
    let outcome = route(service, &call).await;
    Reply::or_problem(&call, outcome)
}

async fn route<P: Storage>(service: &Service<P>, call: &Call) -> Result<Reply, Problem> {
    match enter(service, call).await? {
        Entered::Native(Route::SignatureRequest(id), client) => {
            let (order, signer) = find(service, &client, id).await?;
            answer(service, &order, signer)
        }
        Entered::Native(Route::SignatureRequestDocument(id, document), client) => {
            let (order, signer) = find(service, &client, id).await?;
            read_document(service, &order, signer, document).await.map_err(|error| told(&error))
        }
        Entered::Native(Route::Sign(id), client) => {
            let (order, signer) = decide(service, call, &client, id, native::decision::decision(&call.body)?, None).await?;
            answer(service, &order, signer)
        }
        Entered::Workflow(route, client) => workflow::answer(service, call, route, &client).await,
        _ => Err(Problem::no_such_route()),
    }
}

async fn find<P: Storage>(service: &Service<P>, client: &Client, id: OrderId) -> Result<(Order, SignerIndex), Problem> {
    let order = order_to_sign(&service.ports, client, id).await.map_err(|error| told(&error))?;
    let (signer, _) = order.system_signer(client).ok_or(Refusal::NotFound).map_err(|refusal| Problem::from(&refusal))?;
    Ok((order, signer))
}

async fn read_document<P: Storage>(service: &Service<P>, order: &Order, signer: SignerIndex, index: DocumentIndex) -> Result<Reply, Error> {
    may_see_documents(&order.signer(signer)?.status)?;
    let (document, facts) = order.readable_document(index)?;
    let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), false);
    file::reply(&service.ports, &StorageKey::Original(order.id, index), &facts.object.version, facts.size, &name).await
}

/// Carries a decision out, by the system of signer `wanted`, or as whichever of its systems the client may sign now. Answers the order
/// as it is then, and the signer.
async fn decide<P: Storage>(
    service: &Service<P>,
    call: &Call,
    client: &Client,
    id: OrderId,
    decision: Decision,
    wanted: Option<SignerIndex>,
) -> Result<(Order, SignerIndex), Problem> {
    let order = order_to_sign(&service.ports, client, id).await.map_err(|error| told(&error))?;
    let jws = decision.jws().map(|detached| jws::verified(&order, client, detached)).transpose()?;
    let ports = &service.ports;
    let method = Method::Client { client: client.id.clone(), name: client.name.to_string() };
    let key = call.idempotency_key(client)?;
    let (order, acted) = update_once(ports, key.as_ref(), id, |order| {
        // Decided anew each round: with the order, the signer whose turn it is may have changed.
        let signer = match wanted {
            Some(signer) => signer,
            None => order.system_signer(client).ok_or(Refusal::NotFound)?.0,
        };
        let command = decision.clone().into_command(signer, method.clone(), call.address, jws.clone());
        Ok((order.apply(Actor::Signer { signer }, ports.now(), command)?, Some(signer)))
    })
    .await
    .map_err(|error| told(&error))?;
    let signer = acted.ok_or(Refusal::NotFound).map_err(|refusal| Problem::from(&refusal))?;
    Ok((order, signer))
}

fn answer<P: Storage>(service: &Service<P>, order: &Order, index: SignerIndex) -> Result<Reply, Problem> {
    let signer = order.signer(index).map_err(|refusal| Problem::from(&refusal))?;
    Ok(Reply::json(StatusCode::OK, &native::signature_request::signature_request(order, (index, signer), service.ports.now())))
}
