//! The `status` function: called over HTTP.

use segl_lambda::start::{self, Failure};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (_, service) = start::connect_with_root_key().await?;
    start::serve(|call| status::handle(&service, call)).await
}
