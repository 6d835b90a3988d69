//! The `sender` function: called over HTTP.

use segl_aws::keys::KmsSigningKey;
use segl_lambda::brand::Brand;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::environment;
use segl_openid::provider;
use segl_openid::relying_party::RelyingParty;
use segl_outbound::Client;
use sender::{Desk, handle, member};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let variables = environment();
    let json = |name| variables.optional(name).unwrap_or_else(|| "[]".to_owned());
    let providers = provider::parse(&json("SEGL_SENDER_PROVIDERS"))?;
    let members = member::parse(&json("SEGL_SENDER_MEMBERS"))?;
    let hosts = variables.sequence("SEGL_SENDER_PRIVATE_HOSTS").into_iter().collect();
    let party = RelyingParty::new(providers, Client::new(hosts), |id| KmsSigningKey::new(&aws, id.to_owned()));
    let desk = Desk::new(Brand::read(&variables)?, party, members, start::workflow_token_key(&aws)?);
    let (service, desk) = (&service, &desk);
    start::serve(|call| handle(service, desk, call)).await
}
