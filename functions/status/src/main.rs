//! The `status` function: called over HTTP.

use segl_lambda::start::{self, Failure};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (aws, service) = start::connect_with_root_key().await?;
    let key = start::workflow_token_key(&aws)?;
    start::serve(|call| status::handle(&service, &key, call)).await
}
