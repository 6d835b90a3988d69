//! `manage`: cancel an order, and remove its documents and personal data; look after the people who sign; ask signers of a workflow, and
//! hand out its result; manage the endpoints of webhooks; evidence; keeping from removal, and removing one person's data.

mod erasure;
mod evidence;
mod people;
mod webhooks;
mod workflow;

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::event::Actor;
use segl_core::id::OrderId;
use segl_core::order::Order;
use segl_core::ports::SigningKey;
use segl_core::transition::Command;
use segl_core::use_case::once::{remember, update_once};
use segl_core::use_case::read::own_order;
use segl_core::use_case::remove::remove;
use segl_dialects::problem::Problem;
use segl_dialects::{automation, native};
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::route::{Entered, enter};
use segl_lambda::service::{Service, Storage};

/// Answers a call. `key` signs workflow tokens.
pub async fn handle<P: Storage, K: SigningKey>(service: &Service<P>, key: &K, call: Call) -> Reply {
    let outcome = route(service, key, &call).await;
    Reply::or_problem(&call, outcome)
}

async fn route<P: Storage, K: SigningKey>(service: &Service<P>, key: &K, call: &Call) -> Result<Reply, Problem> {
    match enter(service, call).await? {
        Entered::Native(native::route::Route::CancelOrder(id), client) => cancel(service, call, &client, id).await,
        Entered::Native(native::route::Route::DeleteOrder(id), client)
        | Entered::Automation(automation::route::Route::DeleteOrder(id), client) => delete(service, call, &client, id).await,
        Entered::Native(native::route::Route::Evidence(id, form), client) => evidence::answer(service, call, &client, id, form).await,
        Entered::Automation(automation::route::Route::Evidence(id), client) => evidence::answer(service, call, &client, id, None).await,
        Entered::Native(native::route::Route::Hold(id), client) => erasure::hold(service, call, &client, id, Command::Hold).await,
        Entered::Native(native::route::Route::ReleaseHold(id), client) => {
            erasure::hold(service, call, &client, id, Command::ReleaseHold).await
        }
        Entered::Native(native::route::Route::Anonymize, client) => erasure::anonymize_native(service, call, &client).await,
        Entered::Automation(automation::route::Route::Anonymize, client) => erasure::anonymize_automation(service, call, &client).await,
        Entered::Native(route, client) => match webhooks::answer(service, call, &client, route).await {
            Some(outcome) => outcome,
            None => people::answer(service, call, &client, route).await,
        },
        Entered::Workflow(route, client) => workflow::answer(service, key, call, route, &client).await,
        _ => Err(Problem::no_such_route()),
    }
}

async fn cancel<P: Storage>(service: &Service<P>, call: &Call, client: &Client, id: OrderId) -> Result<Reply, Problem> {
    let reason = native::decision::cancellation(&call.body)?;
    let order = change(service, call, client, id, Command::Cancel { reason }).await?;
    Ok(Reply::json(StatusCode::OK, &native::view::order(&order, service.ports.now(), native::view::Uploads::new())))
}

/// Lets something happen to an order of the client's organization, once for each idempotency key.
async fn change<P: Storage>(service: &Service<P>, call: &Call, client: &Client, id: OrderId, command: Command) -> Result<Order, Problem> {
    let key = call.idempotency_key(client)?;
    own_order(&service.ports, client, id).await.map_err(|error| told(&error))?;
    let actor = Actor::Client { client: client.id.clone() };
    let ports = &service.ports;
    let decide = |order: Order| Ok((order.apply(actor.clone(), ports.now(), command.clone())?, None));
    let (order, _) = update_once(ports, key.as_ref(), id, decide).await.map_err(|error| told(&error))?;
    Ok(order)
}

/// Deleting again what is deleted is no error, whoever asks; so the key only has to be good for nothing else.
async fn delete<P: Storage>(service: &Service<P>, call: &Call, client: &Client, id: OrderId) -> Result<Reply, Problem> {
    own_order(&service.ports, client, id).await.map_err(|error| told(&error))?;
    let key = call.idempotency_key(client)?;
    remember(&service.ports, key.as_ref(), Some(id)).await.map_err(|error| told(&error))?;
    let actor = Actor::Client { client: client.id.clone() };
    remove(&service.ports, id, actor).await.map_err(|error| told(&error))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
