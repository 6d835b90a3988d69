//! Start-up: logs, configuration, aws; then the loop.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use segl_aws::config::Aws;
use segl_aws::keys::{KmsRootKey, KmsSigningKey};
use segl_aws::store::Store;
use segl_core::ports::RootKeySource as _;
use segl_core::root_key::RootKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use crate::call::Call;
use crate::metrics;
use crate::reply::Reply;
use crate::service::{Service, Settings};
use crate::variables::{ConfigurationError, Variables, environment};

/// Why a function did not start, or stopped.
pub type Failure = lambda_runtime::Error;

/// JSON lines on standard output, at the level in `SEGL_LOG` (`info` where left out), and metrics in the namespace in `SEGL_METRICS`.
///
/// Never logged, at any level: documents, tokens, codes, links, personal data, bodies, header fields.
fn write_logs<F: Fn(&str) -> Option<String>>(variables: &Variables<F>) -> Result<(), Failure> {
    let level = match variables.optional("SEGL_LOG") {
        Some(_) => variables.parsed::<tracing::Level>("SEGL_LOG")?,
        None => tracing::Level::INFO,
    };
    // The clients' own logs below `warn` hold bodies.
    let quiet = tracing_subscriber::filter::Targets::new().with_default(tracing::Level::WARN.min(level)).with_targets(
        [
            "segl",
            "create_order",
            "ingest",
            "status",
            "system_sign",
            "ceremony",
            "manage",
            "seal",
            "sender",
            "notify",
            "registers",
            "segl_registers",
            "expire",
            "token",
        ]
        .map(|target| (target, level)),
    );
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false).with_ansi(false);
    if let Some(namespace) = variables.optional("SEGL_METRICS") {
        metrics::switch_on(namespace);
    }
    tracing_subscriber::registry().with(quiet).with(lines).init();
    Ok(())
}

/// The clients and storage, for functions that need no root key.
pub async fn connect() -> Result<(Aws, Store, Settings), Failure> {
    let variables = environment();
    write_logs(&variables)?;
    let settings = Settings::read(&variables)?;
    let (table, bucket) = (variables.required("SEGL_TABLE")?, variables.required("SEGL_BUCKET")?);
    let aws = Aws::load().await;
    let store = Store::new(&aws, table, bucket, None).with_observer(metrics::committed);
    Ok((aws, store, settings))
}

/// The same with the root key: one call to the key service, at start only.
pub async fn connect_with_root_key() -> Result<(Aws, Service<Store>), Failure> {
    let variables = environment();
    write_logs(&variables)?;
    let settings = Settings::read(&variables)?;
    let (table, bucket) = (variables.required("SEGL_TABLE")?, variables.required("SEGL_BUCKET")?);
    let root_key_id = variables.required("SEGL_ROOT_KEY_ID")?;
    let aws = Aws::load().await;
    let root_key = RootKey::new(KmsRootKey::new(&aws, root_key_id).root_key().await?);
    let (access, workflow) = (variables.sequence("SEGL_ACCESS_TOKEN_KEYS"), variables.sequence("SEGL_WORKFLOW_TOKEN_KEYS"));
    let store =
        Store::new(&aws, table, bucket, Some(root_key.clone())).with_token_keys(&aws, &access, &workflow).with_observer(metrics::committed);
    Ok((aws, Service { ports: store, root_key, settings }))
}

/// The key that signs workflow tokens: the first of `SEGL_WORKFLOW_TOKEN_KEYS`. Makes no call.
pub fn workflow_token_key(aws: &Aws) -> Result<KmsSigningKey, Failure> {
    let first = environment().sequence("SEGL_WORKFLOW_TOKEN_KEYS").into_iter().next();
    Ok(KmsSigningKey::new(aws, first.ok_or(ConfigurationError::Missing("SEGL_WORKFLOW_TOKEN_KEYS"))?))
}

/// Answers calls over HTTP until the platform ends the process.
pub async fn serve<'a, H, R>(handle: H) -> Result<(), Failure>
where
    H: Fn(Call) -> R + 'a,
    R: Future<Output = Reply> + Send + 'a,
{
    let handle = &handle;
    lambda_http::run(service_fn(move |request: lambda_http::Request| {
        use lambda_http::RequestExt as _;
        let span = tracing::info_span!("call", request = request.lambda_context().request_id, method = %request.method());
        let call = Call::from_lambda(request);
        let answer = handle(call);
        async move {
            let reply = answer.await;
            tracing::info!(status = reply.status.as_u16(), "answered");
            Ok::<_, std::convert::Infallible>(reply.into_lambda())
        }
        .instrument(span)
    }))
    .await
}

/// Handles events of one type until the platform ends the process. An error makes the platform deliver the event again.
pub async fn consume<'a, E, A, H, R>(handle: H) -> Result<(), Failure>
where
    E: DeserializeOwned,
    A: Serialize,
    H: Fn(E) -> R + 'a,
    R: Future<Output = Result<A, Failure>> + 'a,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| {
        let span = tracing::info_span!("event", request = event.context.request_id);
        // On the heap: the futures of whole use cases are deep.
        Box::pin(handle(event.payload)).instrument(span)
    }))
    .await
}
