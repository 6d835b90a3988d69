//! Removing a person's data from all orders, and keeping an order from removal.

use lambda_http::http::{StatusCode, header};
use segl_core::client::Client;
use segl_core::event::Actor;
use segl_core::id::OrderId;
use segl_core::person_key::PersonKey;
use segl_core::transition::Command;
use segl_core::use_case::anonymise::anonymise;
use segl_dialects::problem::Problem;
use segl_dialects::{automation, native};
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

use crate::change;

/// Holds an order, or releases it. Doing it twice is no error.
pub async fn hold<P: Storage>(service: &Service<P>, call: &Call, client: &Client, id: OrderId, command: Command) -> Result<Reply, Problem> {
    let order = change(service, call, client, id, command).await?;
    Ok(Reply::json(StatusCode::OK, &native::view::order(&order, service.ports.now(), native::view::Uploads::new())))
}

/// By the native API.
pub async fn anonymize_native<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let orders = anonymize(service, client, &native::anonymize::whom(&call.body)?).await?;
    Ok(Reply::json(StatusCode::OK, &native::anonymize::AnonymizedView { orders }))
}

/// By the automation API.
pub async fn anonymize_automation<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let query = call.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let whom = automation::anonymize::whom(call.header(header::CONTENT_TYPE), call.body.clone().into(), query)?;
    let orders = anonymize(service, client, &whom).await?;
    Ok(Reply::json(StatusCode::OK, &automation::anonymize::AnonymizedView { orders }))
}

async fn anonymize<P: Storage>(service: &Service<P>, client: &Client, whom: &PersonKey) -> Result<usize, Problem> {
    let actor = Actor::Client { client: client.id.clone() };
    anonymise(&service.ports, &service.root_key, &client.organization, whom, actor).await.map_err(|error| told(&error))
}
