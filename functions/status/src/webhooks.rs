//! Reading endpoints, their logs, and the organization's feed.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::use_case::webhooks::{list, own};
use segl_core::webhook::{Endpoint, EndpointId};
use segl_dialects::native::query;
use segl_dialects::native::webhook::{self, WebhookList, WebhookView};
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};

use crate::native::pairs;
use crate::problem;

/// How many messages are looked through at most for those of one order.
const LOOKED_THROUGH: usize = 1000;

/// The client's endpoints.
pub async fn all<P: Storage>(service: &Service<P>, client: &Client) -> Result<Reply, Problem> {
    let endpoints = list(&service.ports, client).await.map_err(problem)?;
    let webhooks = endpoints.iter().map(|endpoint| view(service, endpoint)).collect();
    Ok(Reply::json(StatusCode::OK, &WebhookList { webhooks }))
}

/// One endpoint.
pub async fn one<P: Storage>(service: &Service<P>, client: &Client, id: EndpointId) -> Result<Reply, Problem> {
    let endpoint = own(&service.ports, client, id).await.map_err(problem)?;
    Ok(Reply::json(StatusCode::OK, &view(service, &endpoint)))
}

/// The log of one endpoint.
pub async fn log<P: Storage>(service: &Service<P>, call: &Call, client: &Client, id: EndpointId) -> Result<Reply, Problem> {
    let query = query::log(pairs(call))?;
    own(&service.ports, client, id).await.map_err(problem)?;
    // One more than asked for tells whether there are further ones.
    let mut found = service.ports.deliveries(&client.organization, id, query.before, query.limit + 1).await.map_err(problem)?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    Ok(Reply::json(StatusCode::OK, &webhook::deliveries(&found, more)))
}

/// A page of the feed. For one order's events more is looked through, and a page may be empty while there is more.
pub async fn feed<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let query = query::feed(pairs(call))?;
    let limit = if query.order.is_some() { LOOKED_THROUGH } else { query.limit };
    let mut messages = service.ports.feed(&client.organization, query.after, limit + 1).await.map_err(problem)?;
    let more = messages.len() > limit;
    messages.truncate(limit);
    Ok(Reply::json(StatusCode::OK, &webhook::page(&client.organization, &messages, query.after, query.order, more)))
}

fn view<P>(service: &Service<P>, endpoint: &Endpoint) -> WebhookView {
    let secret = service.root_key.webhook_secret(endpoint.id, endpoint.secret_generation);
    webhook::endpoint(endpoint, &secret, false)
}
