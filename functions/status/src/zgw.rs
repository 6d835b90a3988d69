//! Reading by the trigger of case systems.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::order::Dialect;
use segl_core::refusal::Refusal;
use segl_core::task::TaskKind;
use segl_core::use_case::read::own_order;
use segl_dialects::problem::Problem;
use segl_dialects::zgw::route::Route;
use segl_dialects::zgw::view;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_registers::work::broken_off;

use crate::problem;

/// Answers a call that was let in.
pub async fn answer<P: Storage>(service: &Service<P>, route: Route, client: &Client) -> Result<Reply, Problem> {
    let Route::Transaction(id) = route else { return Err(Problem::no_such_route()) };
    let order = own_order(&service.ports, client, id).await.map_err(problem)?;
    if order.dialect != Dialect::Zgw {
        return Err(problem(Refusal::NotFound));
    }
    let telling = service.ports.task(id, TaskKind::TellRegister).await.map_err(problem)?;
    let told = telling.is_some_and(|task| !task.is_open());
    let work = service.ports.register_work(id).await.map_err(problem)?;
    let broken_off = work.as_ref().map(broken_off).transpose().map_err(problem)?.flatten();
    Ok(Reply::json(StatusCode::OK, &view::transaction(&order, told, broken_off.as_deref(), service.ports.now())))
}
