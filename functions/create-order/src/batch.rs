//! Many orders in one request, each with an outcome of its own.

use futures_util::StreamExt as _;
use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::use_case::once::{IdempotencyKey, remember};
use segl_dialects::content::MAX_INLINE;
use segl_dialects::native::batch::{self, BatchView, One, OutcomeView};
use segl_dialects::native::view::{self, OrderView};
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

use crate::{native_place, store, uploads};

/// How many orders are created at the same time: a hundred are done within seconds, and one request does not use up the table.
const AT_ONCE: usize = 10;

/// Creates them all. A crash on the way leaves those that are done; the same request with the same keys finds them again. An order has a
/// key of its own, or one that follows from that of the batch.
pub async fn create_all<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    let key = call.idempotency_key(client)?;
    let orders = batch::parse(&call.body, &client.id, service.ports.now(), MAX_INLINE, service.settings.offer())?;
    remember(&service.ports, key.as_ref(), None).await.map_err(|error| told(&error))?;
    let outcomes = futures_util::stream::iter(orders.into_iter().enumerate().map(|(number, one)| {
        let of_batch = key.as_ref().map(|key| key.part(number));
        async move {
            let outcome = match one {
                Ok(one) => create_one(service, client, one, of_batch).await,
                Err(problem) => Err(problem),
            };
            OutcomeView::new(outcome)
        }
    }));
    let results = outcomes.buffered(AT_ONCE).collect().await;
    Ok(Reply::json(StatusCode::OK, &BatchView { results }))
}

async fn create_one<P: Storage>(
    service: &Service<P>,
    client: &Client,
    one: One,
    of_batch: Option<IdempotencyKey>,
) -> Result<OrderView, Problem> {
    let One { mut parsed, idempotency } = one;
    let order = store(service, client, &mut parsed, idempotency.or(of_batch), native_place).await?;
    let uploads = uploads(service, &order, &parsed.contents).await?;
    Ok(view::order(&order, service.ports.now(), uploads))
}
