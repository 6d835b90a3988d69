//! `create-order`: any dialect's request becomes one order.
//!
//! A document that comes inside the request is looked into before anything is stored, so that bad input leaves nothing behind. `ingest`
//! looks again when it arrives in storage: there is one way to become ready, for small and large documents alike.

mod batch;
mod workflow;
mod zgw;

use std::collections::BTreeMap;

use lambda_http::http::{StatusCode, header};
use segl_core::client::Client;
use segl_core::document::DocumentState;
use segl_core::id::DocumentIndex;
use segl_core::order::Order;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::create::create;
use segl_core::use_case::once::IdempotencyKey;
use segl_dialects::content::MAX_INLINE;
use segl_dialects::native::request::Parsed;
use segl_dialects::native::view::Uploads;
use segl_dialects::problem::{FieldError, Problem};
use segl_dialects::{automation, native};
use segl_lambda::call::{Call, MAX_REQUEST};
use segl_lambda::file;
use segl_lambda::reply::{Reply, told};
use segl_lambda::route::{Entered, enter};
use segl_lambda::service::{Service, Storage};
use segl_sealing::{Limits, PrefixDigest, inspect};

/// Answers a call.
pub async fn handle<P: Storage>(service: &Service<P>, call: Call) -> Reply {
    let outcome = route(service, &call).await;
    Reply::or_problem(&call, outcome)
}

async fn route<P: Storage>(service: &Service<P>, call: &Call) -> Result<Reply, Problem> {
    let entered = enter(service, call).await?;
    if call.travelled > MAX_REQUEST {
        return Err(Problem::body_too_large(MAX_REQUEST));
    }
    match entered {
        Entered::Native(native::route::Route::CreateOrder, client) => create_native(service, call, &client).await,
        Entered::Native(native::route::Route::CreateOrders, client) => batch::create_all(service, call, &client).await,
        Entered::Workflow(segl_dialects::workflow::route::Route::Create(_), client) => {
            workflow::create_workflow(service, call, &client).await
        }
        Entered::Automation(automation::route::Route::CreateOrder, client) => create_automation(service, call, &client).await,
        Entered::Zgw(segl_dialects::zgw::route::Route::Create, client) => zgw::start_transaction(service, call, &client).await,
        _ => Err(Problem::no_such_route()),
    }
}

async fn create_native<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    let now = service.ports.now();
    let mut parsed = native::request::parse(&call.body, now, MAX_INLINE, service.settings.offer())?;
    let order = store(service, client, &mut parsed, call.idempotency_key(client)?, native_place).await?;
    let uploads = uploads(service, &order, &parsed.contents).await?;
    let address = native::view::address(order.id);
    Ok(Reply::json(StatusCode::CREATED, &native::view::order(&order, now, uploads)).header(header::LOCATION, &address))
}

async fn create_automation<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    let content_type = call.header(header::CONTENT_TYPE);
    let body = call.body.clone().into();
    let request = automation::form::parse(content_type, body, service.ports.now(), &service.settings.zone, MAX_INLINE)?;
    let mut found = BTreeMap::new();
    for key in request.look_ups() {
        let person = service.ports.look_up(&client.organization, &key).await.map_err(|error| told(&error.into()))?;
        found.insert(key, person);
    }
    let key = call.idempotency_key_over(client, request.fingerprint)?;
    let mut parsed = request.resolve(&found)?;
    // This dialect has no words for it.
    parsed.order.options.seal.level = service.settings.seal.default_level();
    let order = store(service, client, &mut parsed, key, |_| "upload".to_owned()).await?;
    Ok(Reply::text(StatusCode::OK, &order.id.to_string()))
}

/// Where a document stands in a native request.
fn native_place(index: DocumentIndex) -> String {
    format!("/documents/{index}/content_base64")
}

/// Looks into the documents that came along, and creates the order.
async fn store<P: Storage>(
    service: &Service<P>,
    client: &Client,
    parsed: &mut Parsed,
    idempotency: Option<IdempotencyKey>,
    place: impl Fn(DocumentIndex) -> String,
) -> Result<Order, Problem> {
    look_into(parsed, place)?;
    keep(service, client, parsed, idempotency).await
}

/// Creates an order whose documents have been looked into.
async fn keep<P: Storage>(
    service: &Service<P>,
    client: &Client,
    parsed: &mut Parsed,
    idempotency: Option<IdempotencyKey>,
) -> Result<Order, Problem> {
    if parsed.order.retention.is_none() {
        let own = service.ports.retention(&client.organization).await.map_err(|error| told(&error.into()))?;
        parsed.order.retention = own.or(service.settings.retention);
    }
    create(&service.ports, client, parsed.order.clone(), parsed.contents.clone(), idempotency).await.map_err(|error| told(&error))
}

/// Refuses what could never be sealed, and notes what each file is, so that nothing else can take its place on the way to storage.
fn look_into(parsed: &mut Parsed, place: impl Fn(DocumentIndex) -> String) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let documents = parsed.order.documents.iter_mut().zip(&parsed.contents);
    for (index, (document, content)) in (0..).map(DocumentIndex).zip(documents) {
        let Some(content) = content else { continue };
        let prefix = PrefixDigest::of(content);
        document.announced.size = Some(prefix.len);
        document.announced.sha256 = Some(segl_core::id::Sha256(prefix.sha256));
        if let Err(refusal) = inspect(content, prefix, &Limits::default()) {
            let detail = format!("{} ({})", refusal, refusal.code());
            errors.push(match place(index) {
                pointer if pointer.starts_with('/') => FieldError::pointer(pointer, detail),
                field => FieldError::field(field, detail),
            });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Addresses for the documents that did not come along.
async fn uploads<P: Storage>(service: &Service<P>, order: &Order, contents: &[Option<Vec<u8>>]) -> Result<Uploads, Problem> {
    let mut uploads = Uploads::new();
    for ((index, document), content) in order.documents().zip(contents) {
        if content.is_none() && document.state == DocumentState::Awaited {
            let key = StorageKey::Original(order.id, index);
            uploads.insert(index, file::upload(&service.ports, &key).await.map_err(|error| told(&error))?);
        }
    }
    Ok(uploads)
}
