//! Reading by the workflow API.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::ports::SigningKey;
use segl_core::use_case::read::own_order;
use segl_dialects::problem::Problem;
use segl_dialects::workflow::result::{TokenView, info};
use segl_dialects::workflow::route::Route;
use segl_dialects::workflow::view;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_lambda::tokens;

use crate::{native, problem};

/// Answers a call that was let in.
pub async fn answer<P: Storage, K: SigningKey>(
    service: &Service<P>,
    key: &K,
    call: &Call,
    route: Route,
    client: &Client,
) -> Result<Reply, Problem> {
    let ports = &service.ports;
    match route {
        Route::List(_) => {
            let (orders, more) = native::orders(service, call, client).await?;
            Ok(Reply::json(StatusCode::OK, &view::page(&orders, more, ports.now())))
        }
        Route::Workflow(_, id) => {
            let order = own_order(ports, client, id).await.map_err(problem)?;
            Ok(Reply::json(StatusCode::OK, &view::workflow(&order, ports.now())))
        }
        Route::Events(_, id) => {
            let order = own_order(ports, client, id).await.map_err(problem)?;
            native::events(service, call, &order).await
        }
        Route::WorkflowToken(_, id) => {
            let query = segl_dialects::token::query(native::pairs(call))?;
            let order = own_order(ports, client, id).await.map_err(problem)?;
            let issued = tokens::issue(ports, key, &order, query, &service.settings.issuer(call)).await.map_err(problem)?;
            let view = TokenView {
                workflow_token: issued.token,
                ocsp_response: None,
                public_signing_cert_pem: issued.certificate,
                workflow_result_info: info(&order),
            };
            Ok(Reply::json(StatusCode::OK, &view))
        }
        _ => Err(Problem::no_such_route()),
    }
}
