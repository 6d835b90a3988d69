//! The `registers` function: woken by the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use registers::Office;
use segl_aws::register_secrets::SecretsManager;
use segl_core::task::TaskKind;
use segl_lambda::batch;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::{ConfigurationError, environment};
use segl_outbound::{BadAddress, Client, Gotenberg, PrivateHosts};
use segl_registers::fetch::fetch;
use segl_registers::work::tell_register;

/// Where the converter is.
const CONVERTER: &str = "SEGL_CONVERTER_URL";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, store, settings) = start::connect().await?;
    let variables = environment();
    let secrets = SecretsManager::new(&aws, variables.required("SEGL_REGISTER_SECRETS")?);
    let private = PrivateHosts::from_iter(variables.sequence("SEGL_PRIVATE_HOSTS"));
    let client = Client::new(private);
    let converter = match variables.optional(CONVERTER) {
        Some(url) => Some(Gotenberg::new(client.clone(), &url).map_err(|bad| invalid(&bad))?),
        None => None,
    };
    let office = Office::new(secrets, client, converter);
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

fn invalid(problem: &BadAddress) -> ConfigurationError {
    ConfigurationError::Invalid { name: CONVERTER, problem: problem.to_string() }
}
