//! `status`: everything that is read: orders, documents, sealed documents, the audit trail, and the description of the API.

mod automation;
mod native;

use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::route::{Entered, enter};
use segl_lambda::service::{Service, Storage};

/// Answers a call. Paths that lead nowhere come here, too, so that their answer has our form.
pub async fn handle<P: Storage>(service: &Service<P>, call: Call) -> Reply {
    let outcome = match enter(service, &call).await {
        Ok(Entered::Native(route, client)) => native::answer(service, &call, route, Some(&client)).await,
        Ok(Entered::Public(route)) => native::answer(service, &call, route, None).await,
        Ok(Entered::Automation(route, client)) => automation::answer(service, &call, route, &client).await,
        Err(problem) => Err(problem),
    };
    Reply::or_problem(&call, outcome)
}

/// An error as the caller is told of it.
fn problem(error: impl Into<segl_core::use_case::Error>) -> Problem {
    segl_lambda::reply::told(&error.into())
}
