//! The `registers` function: woken by the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use registers::Office;
use segl_aws::register_secrets::SecretsManager;
use segl_core::task::TaskKind;
use segl_lambda::batch;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;
use segl_outbound::{Client, PrivateHosts};
use segl_registers::fetch::fetch;
use segl_registers::work::tell_register;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, store, settings) = start::connect().await?;
    let variables = environment();
    let secrets = SecretsManager::new(&aws, variables.required("SEGL_REGISTER_SECRETS")?);
    let private = PrivateHosts::from_iter(variables.sequence("SEGL_PRIVATE_HOSTS"));
    let office = Office::new(secrets, Client::new(private));
    let (store, office, zone) = (&store, &office, &settings.zone);
    start::consume(|event: Event| async move {
        let one = async |order, kind| match kind {
            TaskKind::TellRegister => tell_register(store, &office.with(store), zone, order).await,
            TaskKind::Fetch(document) => fetch(store, &office.with(store), order, document).await,
            // The stream's filter lets through nothing else that is done here.
            _ => Ok(()),
        };
        Ok(batch::tasks(event, one).await)
    })
    .await
}
