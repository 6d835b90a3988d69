//! Checkpoints, which anybody may read: they name nobody and nothing.

use jiff::civil::Date;
use lambda_http::http::header;
use segl_core::refusal::Refusal;
use segl_core::storage_key::StorageKey;
use segl_dialects::problem::Problem;
use segl_lambda::file;
use segl_lambda::reply::Reply;
use segl_lambda::service::Storage;

use crate::problem;

/// The checkpoint of a day. It never changes.
pub async fn answer<P: Storage>(ports: &P, day: Date) -> Result<Reply, Problem> {
    let key = StorageKey::Checkpoint(day);
    let head = ports.head(&key).await.map_err(problem)?.ok_or(Refusal::NoCheckpoint).map_err(problem)?;
    let name = format!("checkpoint-{day}.json");
    let reply = file::reply(ports, &key, &head.version.version, head.size, &name).await.map_err(problem)?;
    Ok(if reply.status.is_success() { reply.header(header::CACHE_CONTROL, "public, max-age=86400, immutable") } else { reply })
}
