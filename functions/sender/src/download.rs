//! What can be fetched of an order: sealed documents, the audit trail, evidence, the workflow token.

use std::time::Duration;

use lambda_http::http::{StatusCode, header};
use segl_core::id::DocumentIndex;
use segl_core::ports::SigningKey;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::trail;
use segl_dialects::native::route::EvidenceForm;
use segl_dialects::token::TokenQuery;
use segl_dialects::{json, native};
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_lambda::{evidence, file, tokens};
use segl_openid::exchange::Exchange;
use segl_pages::look::Surroundings;

use crate::notice::Notice;
use crate::order::find;
use crate::{Desk, Visit, page};

/// How long evidence may take before a page says that it is being made.
const PATIENCE: Duration = Duration::from_secs(2);

/// A sealed document.
pub async fn sealed<P: Storage>(service: &Service<P>, visit: &Visit, id: &str, number: &str) -> Result<Reply, Notice> {
    let order = find(service, visit, id).await?;
    let index = DocumentIndex(number.parse().map_err(|_| Notice::Nothing)?);
    let read = |error| Notice::from(Error::Refused(error));
    let (sealed, document) = (order.sealed_document(index).map_err(read)?, order.document(index).map_err(read)?);
    let name = file::name(document.file_name.as_ref().map(|name| name.as_str()), document.title.as_str(), true);
    let key = StorageKey::Sealed(order.id, index, sealed.attempt.clone());
    Ok(file::reply(&service.ports, &key, &sealed.object.version, sealed.size, &name).await?)
}

/// The audit trail as the native API gives it, for `segl verify` and for keeping.
pub async fn events<P: Storage>(service: &Service<P>, visit: &Visit, id: &str) -> Result<Reply, Notice> {
    let order = find(service, visit, id).await?;
    let events = trail(&service.ports, &order).await?;
    let page = json::write(&native::event::page(&events, &order.chain));
    Ok(Reply::file("application/json", &format!("{}-events.json", order.id), page))
}

/// The evidence, to those who log in as the client that created the order. Where it takes long, the page asks again by itself.
pub async fn proof<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    visit: &Visit,
    id: &str,
    form: EvidenceForm,
) -> Result<Reply, Notice> {
    let order = find(service, visit, id).await?;
    match evidence::answer(&service.ports, &visit.client, order.id, form, PATIENCE).await? {
        Some(file) => Ok(desk.look.guard(file, Surroundings::default())),
        None => {
            let page = page::being_made(&desk.look, visit, &order);
            Ok(desk.look.html(StatusCode::ACCEPTED, page, Surroundings::default()).header(header::REFRESH, "3"))
        }
    }
}

/// The workflow token, which tells machines who signed what.
pub async fn token<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    visit: &Visit,
    id: &str,
) -> Result<Reply, Notice> {
    let order = find(service, visit, id).await?;
    let issuer = service.settings.issuer(call);
    let issued = tokens::issue(&service.ports, &desk.token_key, &order, TokenQuery::default(), &issuer).await?;
    let file = Reply::file("application/jwt", &format!("{}.jwt", order.id), issued.token.into_bytes());
    Ok(desk.look.guard(file, Surroundings::default()))
}
