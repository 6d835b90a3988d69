//! The `seal` function: woken by the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use seal::{Seal, TokenSigner, seal};
use segl_aws::keys::KmsSigningKey;
use segl_lambda::batch;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;
use tokio::sync::OnceCell;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, store, settings) = start::connect().await?;
    let key_id = environment().required("SEGL_SEAL_KEY_ID")?;
    let issuer = environment().required("SEGL_BASE_URL")?;
    start::workflow_token_key(&aws)?;
    // The certificate is installed after the first deployment, and replaced before it lapses: loaded with the first order.
    let cell = OnceCell::new();
    let (store, aws, key_id, issuer, settings, cell) = (&store, &aws, &key_id, &issuer, &settings, &cell);
    start::consume(|event: Event| async move {
        let load = || async {
            let tokens = TokenSigner { key: start::workflow_token_key(aws)?, issuer: issuer.clone() };
            Ok::<_, Failure>(Seal::load(store, KmsSigningKey::new(aws, key_id.clone()), tokens, settings.zone.clone()).await?)
        };
        let ready: &Seal<KmsSigningKey, KmsSigningKey> = cell.get_or_try_init(load).await?;
        Ok(batch::tasks(event, |order, kind| seal(store, ready, order, kind)).await)
    })
    .await
}
