//! `status`: everything that is read: orders, documents, sealed documents, the audit trail, checkpoints, and the description
//! of the API.

mod automation;
mod checkpoint;
mod native;
mod webhooks;
mod workflow;
mod zgw;

use lambda_http::http::StatusCode;
use segl_core::order::Dialect;
use segl_core::ports::SigningKey;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::route::{Entered, enter};
use segl_lambda::service::{Service, Storage};

/// Answers a call. Paths that lead nowhere come here, too, so that their answer has our form. `key` signs workflow tokens.
pub async fn handle<P: Storage, K: SigningKey>(service: &Service<P>, key: &K, call: Call) -> Reply {
    let outcome = match enter(service, &call).await {
        Ok(Entered::Native(route, client)) => native::answer(service, key, &call, route, &client).await,
        Ok(Entered::Automation(route, client)) => automation::answer(service, &call, route, &client).await,
        Ok(Entered::Workflow(route, client)) => workflow::answer(service, key, &call, route, &client).await,
        Ok(Entered::Checkpoint(day)) => checkpoint::answer(&service.ports, day).await,
        Ok(Entered::Zgw(route, client)) => zgw::answer(service, route, &client).await,
        Ok(Entered::Public(dialect)) => description(dialect, &service.settings.issuer(&call)),
        Err(problem) => Err(problem),
    };
    Reply::or_problem(&call, outcome)
}

/// What anybody may read of a dialect: its description. `server` is the service's public address.
fn description(dialect: Dialect, server: &str) -> Result<Reply, Problem> {
    match dialect {
        Dialect::Native => Ok(Reply::json(StatusCode::OK, &segl_dialects::native::openapi::document(server))),
        Dialect::Workflow => Ok(Reply::json(StatusCode::OK, &segl_dialects::workflow::openapi::document(server))),
        Dialect::Zgw => Ok(Reply::json(StatusCode::OK, &segl_dialects::zgw::openapi::document(server))),
        Dialect::Automation => Err(Problem::no_such_route()),
    }
}

/// An error as the caller is told of it.
fn problem(error: impl Into<segl_core::use_case::Error>) -> Problem {
    segl_lambda::reply::told(&error.into())
}
