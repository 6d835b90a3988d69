//! Answers of those who vouch for time and revocation: time-stamp authorities (RFC 3161, 3.4), OCSP responders (RFC 6960, appendix A),
//! distribution points (RFC 5280, 4.2.1.13).

use std::time::Duration;

use segl_sealing::{Fetch, FetchFailure};

use crate::client::{Call, Client, Content};
use crate::failure::{Blame, Failure};

impl Client {
    /// What the sealing engine asks for: the body of an answer with status 200, or why there is none. What comes is signed by whoever
    /// vouches for it, so that it is no less worth over plain http.
    ///
    /// # Errors
    /// [`FetchFailure`]; [`FetchFailure::Forbidden`] where asking again changes nothing.
    pub async fn fetch(&self, fetch: &Fetch, time: Duration) -> Result<Vec<u8>, FetchFailure> {
        let target = fetch.url.parse().map_err(|_| FetchFailure::Forbidden)?;
        let content = fetch.body.clone().map(|bytes| Content { media_type: fetch.content_type, bytes });
        let call = Call { target, content, accept: fetch.accept, fields: Default::default(), max_len: fetch.max_len, time };
        match self.call(call).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) => Err(FetchFailure::Status(answer.status)),
            Err(Failure::TooLarge(_)) => Err(FetchFailure::TooLarge),
            Err(failure) if failure.blame() == Blame::Address => Err(FetchFailure::Forbidden),
            Err(_) => Err(FetchFailure::NoAnswer),
        }
    }
}
