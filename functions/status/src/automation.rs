//! Reading by the automation API.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::id::DocumentIndex;
use segl_core::use_case::read::own_order;
use segl_dialects::automation::route::{Route, unfinished};
use segl_dialects::automation::view;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};

use crate::{native, problem};

/// An order of this dialect has one document.
const DOCUMENT: DocumentIndex = DocumentIndex(0);

/// Answers a call that was let in.
pub async fn answer<P: Storage>(service: &Service<P>, call: &Call, route: Route, client: &Client) -> Result<Reply, Problem> {
    let now = service.ports.now();
    match route {
        Route::Order(id) => {
            let order = own_order(&service.ports, client, id).await.map_err(problem)?;
            Ok(Reply::json(
                StatusCode::OK,
                &view::order(&order, now, &service.settings.zone, &|person| {
                    service.root_key.person_id(&order.organization, person).map(|id| id.to_string())
                }),
            ))
        }
        Route::State(id) => {
            let order = own_order(&service.ports, client, id).await.map_err(problem)?;
            Ok(Reply::text(StatusCode::OK, view::state(&order, now).as_str()))
        }
        Route::Document(id) => {
            let unfinished = unfinished(call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
            let order = own_order(&service.ports, client, id).await.map_err(problem)?;
            match native::sealed(service, &order, DOCUMENT).await {
                // Unfinished only where there is no finished one, and the caller says that this will do.
                Err(segl_core::use_case::Error::Refused(
                    segl_core::refusal::Refusal::NotAccepted | segl_core::refusal::Refusal::Closed(_),
                )) if unfinished => native::original(service, &order, DOCUMENT).await,
                other => other,
            }
            .map_err(problem)
        }
        _ => Err(Problem::no_such_route()),
    }
}
