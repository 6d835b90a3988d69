//! Managing endpoints of webhooks.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::use_case::webhooks;
use segl_core::webhook::Endpoint;
use segl_dialects::native::route::Route;
use segl_dialects::native::webhook::{self, ReplayResult};
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

/// Answers a call that was let in; none where the route is about something else.
pub async fn answer<P: Storage>(service: &Service<P>, call: &Call, client: &Client, route: Route) -> Option<Result<Reply, Problem>> {
    let ports = &service.ports;
    let plain_hosts = &service.settings.webhook_private_hosts;
    let key = match call.idempotency_key(client) {
        Ok(key) => key,
        Err(problem) => return Some(Err(problem)),
    };
    let key = key.as_ref();
    let outcome = match route {
        Route::CreateWebhook => match webhook::new(&call.body, plain_hosts) {
            Ok((url, topics)) => {
                webhooks::add(ports, key, client, url, topics).await.map(|endpoint| shown(service, StatusCode::CREATED, &endpoint, true))
            }
            Err(problem) => return Some(Err(problem)),
        },
        Route::ChangeWebhook(id) => match webhook::change(&call.body, plain_hosts) {
            Ok(change) => {
                webhooks::change(ports, key, client, id, change).await.map(|endpoint| shown(service, StatusCode::OK, &endpoint, false))
            }
            Err(problem) => return Some(Err(problem)),
        },
        Route::DeleteWebhook(id) => webhooks::remove(ports, key, client, id).await.map(|()| Reply::empty(StatusCode::NO_CONTENT)),
        Route::RotateWebhookSecret(id) => match webhook::rotation(&call.body) {
            Ok(overlap) => webhooks::rotate_secret(ports, key, client, id, overlap)
                .await
                .map(|endpoint| shown(service, StatusCode::OK, &endpoint, true)),
            Err(problem) => return Some(Err(problem)),
        },
        Route::TestWebhook(id) => {
            webhooks::test(ports, client, id).await.map(|delivery| Reply::json(StatusCode::ACCEPTED, &webhook::delivery(&delivery)))
        }
        Route::ReplayWebhook(id) => match webhook::replay(&call.body) {
            Ok(replay) => {
                let replayed = webhooks::replay(ports, client, id, replay).await;
                replayed.map(|replayed| Reply::json(StatusCode::ACCEPTED, &ReplayResult { replayed }))
            }
            Err(problem) => return Some(Err(problem)),
        },
        _ => return None,
    };
    Some(outcome.map_err(|error| told(&error)))
}

fn shown<P>(service: &Service<P>, status: StatusCode, endpoint: &Endpoint, reveal: bool) -> Reply {
    let secret = service.root_key.webhook_secret(endpoint.id, endpoint.secret_generation);
    Reply::json(status, &webhook::endpoint(endpoint, &secret, reveal))
}
