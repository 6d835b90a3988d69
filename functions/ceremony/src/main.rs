//! The `ceremony` function: called over HTTP.

use ceremony::{Desk, handle};
use segl_aws::keys::KmsSigningKey;
use segl_aws::messages::{SesMailer, SnsTexter};
use segl_lambda::brand::Brand;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::{ConfigurationError, environment};
use segl_openid::provider;
use segl_openid::relying_party::RelyingParty;
use segl_outbound::{Client, PrivateHosts};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let variables = environment();
    let mail = SesMailer::new(&aws, variables.required("SEGL_MAIL_FROM")?);
    let sms = SnsTexter::new(&aws, variables.optional("SEGL_SMS_SENDER").unwrap_or_default());
    let providers = provider::parse(variables.optional("SEGL_LOG_IN_PROVIDERS").as_deref().unwrap_or("[]"))
        .map_err(|problem| ConfigurationError::Invalid { name: "SEGL_LOG_IN_PROVIDERS", problem: problem.to_string() })?;
    let private_hosts: PrivateHosts = variables.sequence("SEGL_PRIVATE_HOSTS").into_iter().collect();
    let desk = Desk::new(mail, sms, Brand::read(&variables)?, providers.clone());
    let party = RelyingParty::new(providers, Client::new(private_hosts), |id| KmsSigningKey::new(&aws, id));
    let (service, desk, party) = (&service, &desk, &party);
    start::serve(|call| handle(service, desk, party, call)).await
}
