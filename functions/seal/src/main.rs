//! The `seal` function: woken by the table's stream.

mod settings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lambda_events::event::dynamodb::Event;
use seal::{Helpers, ProofLinks, Seal, SealFailure, TokenSigner, extend, postpone, seal};
use segl_aws::keys::KmsSigningKey;
use segl_core::task::TaskKind;
use segl_lambda::batch;
use segl_lambda::causes::Causes;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;
use segl_outbound::Client;
use tokio::sync::Mutex;

use crate::settings::SealSettings;

/// How long the certificate is taken for what lies in storage. A new one counts after that time, without a new deployment.
const FRESH: Duration = Duration::from_secs(300);

type Ready = Seal<KmsSigningKey, KmsSigningKey, Client>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let (store, settings) = (service.ports, service.settings);
    let variables = environment();
    let key_id = variables.required("SEGL_SEAL_KEY_ID")?;
    let issuer = variables.required("SEGL_BASE_URL")?;
    let own = SealSettings::read(&variables)?;
    // The certificate is installed after the first deployment: loaded with the first order.
    let kept: Mutex<Option<(Instant, Arc<Ready>)>> = Mutex::new(None);
    let client = Client::new(own.private_hosts.clone());
    let token_key = start::workflow_token_key(&aws)?;
    let load = async || {
        let mut kept = kept.lock().await;
        if let Some((loaded, ready)) = kept.as_ref().filter(|(loaded, _)| loaded.elapsed() < FRESH) {
            tracing::debug!(seconds = loaded.elapsed().as_secs(), "the certificate is fresh");
            return Ok::<_, SealFailure>(Arc::clone(ready));
        }
        let tokens = TokenSigner { key: token_key.clone(), issuer: issuer.clone() };
        let seal = Seal::load(&store, KmsSigningKey::new(&aws, key_id.clone()), tokens, settings.zone.clone()).await?;
        let seal = seal.with_proof(ProofLinks { root_key: service.root_key.clone(), base_url: issuer.clone() });
        let seal = if own.pss { seal.with_pss() } else { seal };
        let ready = Arc::new(seal.with_authorities(own.authorities(&store).await?, client.clone()));
        *kept = Some((Instant::now(), Arc::clone(&ready)));
        Ok(ready)
    };
    // Time-stamps are added without the certificate, be it expired or gone.
    let helpers = async || Ok::<_, SealFailure>(Helpers::new(own.authorities(&store).await?, client.clone()));
    let (store, load, helpers) = (&store, &load, &helpers);
    start::consume(|event: Event| async move {
        let one = async |order, kind| {
            let failure = match kind {
                TaskKind::Seal | TaskKind::Evidence => match load().await {
                    Ok(ready) => return seal(store, ready.as_ref(), order, kind).await,
                    Err(failure) => failure,
                },
                _ => match helpers().await {
                    Ok(helpers) => return extend(store, &helpers, order, kind).await,
                    Err(failure) => failure,
                },
            };
            // No certificate, or one for another key: the operator must act, and the task comes again until then.
            tracing::error!(%order, task = %kind, error = %Causes(&failure), "the seal is not ready");
            postpone(store, order, kind, &failure).await
        };
        Ok(batch::tasks(event, one).await)
    })
    .await
}
