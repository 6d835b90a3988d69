//! The `ingest` function: woken by uploads to `originals/`. With [`draw::ARGUMENT`] it is the process that draws pages for it.

use aws_lambda_events::event::s3::S3Event;
use ingest::{draw, ingest};
use segl_lambda::start::{self, Failure};
use segl_lambda::variables::{ConfigurationError, environment};
use segl_sealing::KeyKind;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(draw::ARGUMENT) {
        return Ok(draw::draw_standard_input(&arguments.collect::<Vec<_>>())?);
    }
    serve()
}

#[tokio::main]
async fn serve() -> Result<(), Failure> {
    let (_, store, _) = start::connect().await?;
    let seal_key = seal_key(&environment().required("SEGL_SEAL_KEY_SPEC")?)?;
    let store = &store;
    start::consume(|event: S3Event| async move {
        for record in &event.records {
            ingest(store, &draw::Apart, seal_key, &segl_aws::records::arrival(record)?.key).await?;
        }
        Ok(())
    })
    .await
}

/// The kind of key behind KMS's name for it.
fn seal_key(spec: &str) -> Result<KeyKind, ConfigurationError> {
    match spec {
        "RSA_2048" | "RSA_3072" | "RSA_4096" => Ok(KeyKind::Rsa),
        "ECC_NIST_P256" => Ok(KeyKind::P256),
        "ECC_NIST_P384" => Ok(KeyKind::P384),
        other => Err(ConfigurationError::Invalid { name: "SEGL_SEAL_KEY_SPEC", problem: format!("does not know {other}") }),
    }
}
