//! The `ingest` function: woken by uploads to `originals/`. With [`draw::ARGUMENT`] it is the process that draws pages for it.

use aws_lambda_events::event::s3::S3Event;
use ingest::{draw, ingest};
use segl_lambda::start::{self, Failure};

fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some(draw::ARGUMENT) {
        return Ok(draw::draw_standard_input()?);
    }
    serve()
}

#[tokio::main]
async fn serve() -> Result<(), Failure> {
    let (_, store, _) = start::connect().await?;
    let store = &store;
    start::consume(|event: S3Event| async move {
        for record in &event.records {
            ingest(store, &draw::Apart, &segl_aws::records::arrival(record)?.key).await?;
        }
        Ok(())
    })
    .await
}
