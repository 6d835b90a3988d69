//! Ondertekentransacties: documents that lie in a register are fetched from there.

use lambda_http::http::StatusCode;
use segl_core::client::Client;
use segl_core::register::RegisterName;
use segl_core::use_case::create::create_from_register;
use segl_dialects::problem::{Kind, Problem};
use segl_dialects::zgw::request;
use segl_dialects::zgw::view::StartedView;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

/// Starts a transaction. Once this is answered, the order and what it knows of the register are stored.
pub async fn start_transaction<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    let registers = service.ports.register(&RegisterName::from(&client.id)).await.map_err(|error| told(&error.into()))?;
    let registers = registers.ok_or_else(|| Problem::new(Kind::PrivilegeMissing, "Voor deze client zijn geen registers ingesteld."))?;
    let request::Trigger { mut order, origin } = request::parse(&call.body, service.ports.now(), &registers)?;
    // This dialect has no words for either.
    order.options.seal.level = service.settings.seal.default_level();
    order.retention = service.settings.retention;
    let order =
        create_from_register(&service.ports, client, order, origin, call.idempotency_key(client)?).await.map_err(|error| told(&error))?;
    Ok(Reply::json(StatusCode::OK, &StartedView { transaction_id: order.id.to_string() }))
}
