//! The `ingest` function: woken by uploads to `originals/`.

use aws_lambda_events::event::s3::S3Event;
use ingest::ingest;
use segl_lambda::start::{self, Failure};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (_, store, _) = start::connect().await?;
    let store = &store;
    start::consume(|event: S3Event| async move {
        for record in &event.records {
            ingest(store, &segl_aws::records::arrival(record)?.key).await?;
        }
        Ok(())
    })
    .await
}
