//! Reading by the native API.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::document::DocumentState;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::{Order, OrderState};
use segl_core::ports::SigningKey;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::trail;
use segl_core::use_case::inclusion::inclusion;
use segl_core::use_case::read::own_order;
use segl_dialects::native::route::Route;
use segl_dialects::native::view::Uploads;
use segl_dialects::native::{self, event, query, view};
use segl_dialects::problem::{FieldError, Problem};
use segl_lambda::call::Call;
use segl_lambda::file;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_lambda::tokens;
use subtle::ConstantTimeEq as _;

use crate::{problem, webhooks};

/// Answers a call that was let in.
pub async fn answer<P: Storage, K: SigningKey>(
    service: &Service<P>,
    key: &K,
    call: &Call,
    route: Route,
    client: &Client,
) -> Result<Reply, Problem> {
    let own = |id: OrderId| async move { own_order(&service.ports, client, id).await.map_err(problem) };
    match route {
        Route::ListOrders => list(service, call, client).await,
        Route::Order(id) => {
            let order = own(id).await?;
            returned_with(service, call, &order)?;
            let uploads = uploads(service, &order).await.map_err(problem)?;
            Ok(Reply::json(StatusCode::OK, &view::order(&order, service.ports.now(), uploads)))
        }
        Route::Events(id) => events(service, call, &own(id).await?).await,
        Route::Inclusion(id) => {
            let order = own(id).await?;
            let events = trail(&service.ports, &order).await.map_err(problem)?;
            let proof = inclusion(&service.ports, id, &events).await.map_err(problem)?;
            Ok(Reply::json(StatusCode::OK, &native::inclusion::inclusion(proof.as_ref())))
        }
        Route::Feed => webhooks::feed(service, call, client).await,
        Route::ListWebhooks => webhooks::all(service, client).await,
        Route::Webhook(id) => webhooks::one(service, client, id).await,
        Route::WebhookDeliveries(id) => webhooks::log(service, call, client, id).await,
        Route::WorkflowToken(id) => {
            let query = segl_dialects::token::query(pairs(call))?;
            let issued = tokens::issue(&service.ports, key, &own(id).await?, query, &service.settings.issuer(call)).await;
            Ok(Reply::with_body(StatusCode::OK, "application/jwt", issued.map_err(problem)?.token.into_bytes()))
        }
        Route::Document(id, index) => original(service, &own(id).await?, index).await.map_err(problem),
        Route::SealedDocument(id, index) => sealed(service, &own(id).await?, index).await.map_err(problem),
        _ => Err(Problem::no_such_route()),
    }
}

/// A signer comes back from the ceremony with a token. Where the caller hands one on, it must be one of this order's: an address that
/// somebody made up does not pass for a return.
fn returned_with<P>(service: &Service<P>, call: &Call, order: &Order) -> Result<(), Problem> {
    let Some(token) = call.parameter("status_query_token") else { return Ok(()) };
    let expected = order.signers().map(|(index, _)| service.root_key.status_query_token(order.id, index));
    // Every one is compared, so that nothing is learnt from the time it takes.
    let good = expected.fold(subtle::Choice::from(0), |good, expected| good | expected.as_bytes().ct_eq(token.as_bytes()));
    let wrong =
        || Problem::invalid(vec![FieldError::parameter("status_query_token", "is not one with which a signer of this order came back")]);
    if good.into() { Ok(()) } else { Err(wrong()) }
}

async fn list<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let (orders, more) = orders(service, call, client).await?;
    Ok(Reply::json(StatusCode::OK, &view::page(&orders, more, service.ports.now())))
}

/// The page of the client's organization that the query asks for, and whether there are further ones.
pub async fn orders<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<(Vec<Order>, bool), Problem> {
    let query = query::list(pairs(call))?;
    // One more than asked for tells whether there are further ones.
    let mut ids = service.ports.orders_of(&client.organization, query.before, query.limit + 1).await.map_err(problem)?;
    let more = ids.len() > query.limit;
    ids.truncate(query.limit);
    let mut orders = Vec::new();
    for id in ids {
        orders.extend(service.ports.order(id).await.map_err(problem)?);
    }
    Ok((orders, more))
}

/// The page of the audit trail that the query asks for.
pub async fn events<P: Storage>(service: &Service<P>, call: &Call, order: &Order) -> Result<Reply, Problem> {
    let query = query::events(pairs(call))?;
    let mut events = service.ports.events(order.id, query.after, query.limit).await.map_err(problem)?;
    // The page and its head are of one version of the order.
    events.retain(|event| event.seq <= order.chain.seq);
    Ok(Reply::json(StatusCode::OK, &event::page(&events, &order.chain)))
}

/// A document as it came.
pub async fn original<P: Storage>(service: &Service<P>, order: &Order, index: DocumentIndex) -> Result<Reply, Error> {
    let (document, facts) = order.readable_document(index)?;
    let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), false);
    file::reply(&service.ports, &StorageKey::Original(order.id, index), &facts.object.version, facts.size, &name).await
}

/// A document as it was sealed.
pub async fn sealed<P: Storage>(service: &Service<P>, order: &Order, index: DocumentIndex) -> Result<Reply, Error> {
    let sealed = order.sealed_document(index)?;
    let document = order.document(index)?;
    let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), true);
    let key = StorageKey::Sealed(order.id, index, sealed.attempt.clone());
    file::reply(&service.ports, &key, &sealed.object.version, sealed.size, &name).await
}

/// Fresh addresses for what is still awaited. What came with its request is on its way already and gets none.
async fn uploads<P: Storage>(service: &Service<P>, order: &Order) -> Result<Uploads, Error> {
    let mut uploads = Uploads::new();
    if !matches!(order.state, OrderState::Drafting { .. }) || service.ports.now() >= order.deadline {
        return Ok(uploads);
    }
    for (index, document) in order.documents() {
        let key = StorageKey::Original(order.id, index);
        if document.state == DocumentState::Awaited && service.ports.head(&key).await?.is_none() {
            uploads.insert(index, file::upload(&service.ports, &key).await?);
        }
    }
    Ok(uploads)
}

/// The query.
pub fn pairs(call: &Call) -> impl Iterator<Item = (&str, &str)> {
    call.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
