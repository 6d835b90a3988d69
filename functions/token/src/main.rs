//! The `token` function: called over HTTP.

use segl_aws::keys::KmsSigningKey;
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::{ConfigurationError, environment};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let first = environment().sequence("SEGL_ACCESS_TOKEN_KEYS").into_iter().next();
    let key = KmsSigningKey::new(&aws, first.ok_or(ConfigurationError::Missing("SEGL_ACCESS_TOKEN_KEYS"))?);
    start::serve(|call| token::handle(&service, &key, call)).await
}
