//! Evidence of an order, as a sealed PDF or as an archive. It is here and not with what is only read, because asking for it lets it be made.

use std::time::Duration;

use lambda_http::http::{StatusCode, header};
use segl_core::client::Client;
use segl_core::id::OrderId;
use segl_dialects::native::evidence::BeingMadeView;
use segl_dialects::native::route::EvidenceForm;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::evidence;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};

/// The longest that a caller may have us wait, in seconds. The gateway waits for half a minute.
const MAX_WAIT: u64 = 20;

/// Answers evidence of an order that this client created. Where it is still to be made, says so (202), at once or after as long as the
/// caller would wait.
pub async fn answer<P: Storage>(
    service: &Service<P>,
    call: &Call,
    client: &Client,
    id: OrderId,
    form: Option<EvidenceForm>,
) -> Result<Reply, Problem> {
    let form = form.unwrap_or_else(|| EvidenceForm::accepted(call.header(header::ACCEPT)));
    let patience = Duration::from_secs(patience(call.header("prefer")));
    let file = evidence::answer(&service.ports, client, id, form, patience).await.map_err(|error| told(&error))?;
    Ok(file.unwrap_or_else(|| {
        let view = BeingMadeView { state: "being-made".to_owned() };
        Reply::json(StatusCode::ACCEPTED, &view).header(header::RETRY_AFTER, "1")
    }))
}

/// For how many seconds the caller would wait (RFC 7240, 4.3).
fn patience(prefer: Option<&str>) -> u64 {
    let preferences = prefer.unwrap_or_default().split([',', ';']);
    let wait = preferences.filter_map(|one| one.trim().strip_prefix("wait=")).find_map(|seconds| seconds.trim().parse().ok());
    wait.unwrap_or(0).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_wait_as_long_as_they_say_and_no_longer_than_the_gateway() {
        for (prefer, seconds) in [
            (None, 0),
            (Some("wait=5"), 5),
            (Some("respond-async, wait=10"), 10),
            (Some("wait=100000"), MAX_WAIT),
            (Some("wait=-1"), 0),
            (Some("wait=soon; wait=3"), 3),
            (Some("return=minimal"), 0),
        ] {
            assert_eq!(patience(prefer), seconds, "{prefer:?}");
        }
    }
}
