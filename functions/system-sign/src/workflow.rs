//! System signatures of the workflow API: reached by a sign-text id, which is bound to one signer.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::id::SignerIndex;
use segl_core::order::Order;
use segl_core::refusal::Refusal;
use segl_core::use_case::read::may_see_documents;
use segl_core::use_case::sign_text::find;
use segl_dialects::native::decision::Decision;
use segl_dialects::problem::Problem;
use segl_dialects::workflow::route::{Route, SignTextId};
use segl_dialects::workflow::signature;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

use crate::{decide, read_document};

/// Answers a call that was let in.
pub async fn answer<P: Storage>(service: &Service<P>, call: &Call, route: Route, client: &Client) -> Result<Reply, Problem> {
    let found = |handle: SignTextId| async move { find(&service.ports, client, handle.as_str()).await.map_err(|error| told(&error)) };
    match route {
        Route::Metadata(handle) => {
            let (order, signer) = found(handle.clone()).await?;
            metadata(service, &order, signer, &handle)
        }
        Route::Digests(handle) => {
            let (order, signer) = found(handle).await?;
            order.signer(signer).and_then(|signer| may_see_documents(&signer.status)).map_err(|refusal| Problem::from(&refusal))?;
            let digests = signature::digests(&order).ok_or_else(|| Problem::from(&nothing_to_read(&order)))?;
            Ok(Reply::json(StatusCode::OK, &digests))
        }
        Route::Document(handle, index) => {
            let (order, signer) = found(handle).await?;
            read_document(service, &order, signer, index).await.map_err(|error| told(&error))
        }
        Route::Sign(handle) => carry_out(service, call, client, &handle, signature::sign(&call.body)?).await,
        Route::Decline(handle) => carry_out(service, call, client, &handle, signature::decline(&call.body)?).await,
        _ => Err(Problem::no_such_route()),
    }
}

/// The handle first: what is wrong with a decision is told to who may decide.
async fn carry_out<P: Storage>(
    service: &Service<P>,
    call: &Call,
    client: &Client,
    handle: &SignTextId,
    decision: Decision,
) -> Result<Reply, Problem> {
    let (order, signer) = find(&service.ports, client, handle.as_str()).await.map_err(|error| told(&error))?;
    let (order, signer) = decide(service, call, client, order.id, decision, Some(signer)).await?;
    metadata(service, &order, signer, handle)
}

fn metadata<P: Storage>(service: &Service<P>, order: &Order, signer: SignerIndex, handle: &SignTextId) -> Result<Reply, Problem> {
    let view = signature::view(order, signer, handle.as_str(), service.ports.now());
    let view = view.ok_or_else(|| Problem::from(&Refusal::NotFound))?;
    Ok(Reply::json(StatusCode::OK, &view))
}

fn nothing_to_read(order: &Order) -> Refusal {
    if order.erased_at.is_some() { Refusal::Erased } else { Refusal::DocumentsAwaited }
}
