//! Answers of authorities over HTTP.

use std::io::Read as _;
use std::time::Duration;

use segl_sealing::{Fetch, FetchFailure};
use ureq::http::Request;
use ureq::{Agent, SendBody};

/// How long one authority may take, from the look-up of its name to the last byte.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks authorities. What they answer is signed by them, so that plain HTTP will do, which is all that is spoken here.
pub(crate) struct Fetcher(Agent);

impl Fetcher {
    /// A client that follows no redirects.
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
        Self(config.timeout_global(Some(PATIENCE)).build().into())
    }

    /// The body of the answer.
    pub(crate) fn fetch(&self, fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        if !fetch.url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://")) {
            return Err(FetchFailure::Forbidden);
        }
        let request = Request::builder().uri(&fetch.url).header("Accept", fetch.accept);
        // An address that cannot be parsed is in the request's error.
        let answer = match &fetch.body {
            Some(body) => {
                let request = request.method("POST").header("Content-Type", fetch.content_type).body(body.as_slice());
                self.0.run(request.map_err(|_| FetchFailure::Forbidden)?)
            }
            None => self.0.run(request.method("GET").body(SendBody::none()).map_err(|_| FetchFailure::Forbidden)?),
        };
        let answer = answer.map_err(|_| FetchFailure::NoAnswer)?;
        if answer.status() != 200 {
            return Err(FetchFailure::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        let most = fetch.max_len as u64 + 1;
        answer.into_body().into_reader().take(most).read_to_end(&mut bytes).map_err(|_| FetchFailure::NoAnswer)?;
        if bytes.len() > fetch.max_len { Err(FetchFailure::TooLarge) } else { Ok(bytes) }
    }
}
