//! Looking after the people who sign: sending them here, reminding, giving time, unblocking, correcting.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::id::{OrderId, SignerIndex};
use segl_core::transition::{Command, PeopleCommand};
use segl_core::use_case::ceremony::link_for_once;
use segl_core::use_case::read::own_order;
use segl_dialects::native::people::{RedirectView, correction, extension};
use segl_dialects::native::route::Route;
use segl_dialects::native::view;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

use crate::change;

/// Answers a call that was let in.
pub async fn answer<P: Storage>(service: &Service<P>, call: &Call, client: &Client, route: Route) -> Result<Reply, Problem> {
    let (id, command) = match route {
        Route::Remind(id) => (id, PeopleCommand::Remind { signer: None }),
        Route::RemindSigner(id, signer) => (id, PeopleCommand::Remind { signer: Some(signer) }),
        Route::Extend(id) => (id, PeopleCommand::Extend { deadline: extension(&call.body, service.ports.now())? }),
        Route::UnblockSigner(id, signer) => (id, PeopleCommand::Unblock { signer }),
        Route::CorrectSigner(id, signer) => {
            (id, PeopleCommand::Correct { signer, person: Box::new(correction(&call.body, service.settings.eid)?) })
        }
        Route::RedirectSigner(id, signer) => return redirect(service, call, client, id, signer).await,
        _ => return Err(Problem::no_such_route()),
    };
    let order = change(service, call, client, id, Command::People(command)).await?;
    Ok(Reply::json(StatusCode::OK, &view::order(&order, service.ports.now(), view::Uploads::new())))
}

async fn redirect<P: Storage>(
    service: &Service<P>,
    call: &Call,
    client: &Client,
    id: OrderId,
    signer: SignerIndex,
) -> Result<Reply, Problem> {
    let order = own_order(&service.ports, client, id).await.map_err(|error| told(&error))?;
    let key = call.idempotency_key(client)?;
    let link = link_for_once(&service.ports, &service.root_key, key.as_ref(), &order, signer).await.map_err(|error| told(&error))?;
    let url = format!("{}/sign/{}", service.settings.address(call), link.secret);
    Ok(Reply::json(StatusCode::CREATED, &RedirectView { url, expires_at: link.until }))
}
