//! Answers of time-stamp authorities, OCSP responders and distribution points.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use segl_outbound::{Blame, Call, Client, Content, Failure, Target};
use segl_sealing::{Fetch, FetchFailure};

/// How long one answer may take. Several authorities in order, each hanging, still leave time to seal within the function's own limit.
const TIME: Duration = Duration::from_secs(8);

/// Who fetches.
pub trait Fetcher: Sync {
    /// The body of an answer with status 200, or why there is none.
    fn fetch(&self, fetch: &Fetch) -> impl Future<Output = Result<Vec<u8>, FetchFailure>> + Send;
}

/// Calls nobody: a service without authorities.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Fetcher for Nobody {
    async fn fetch(&self, _fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        Err(FetchFailure::Forbidden)
    }
}

impl Fetcher for Client {
    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        let target: Target = fetch.url.parse().map_err(|_| FetchFailure::Forbidden)?;
        let content = fetch.body.clone().map(|bytes| Content { media_type: fetch.content_type, bytes });
        let call = Call { target, content, accept: fetch.accept, fields: Default::default(), max_len: fetch.max_len, time: TIME };
        match self.call(call).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) => Err(FetchFailure::Status(answer.status)),
            Err(Failure::TooLarge(_)) => Err(FetchFailure::TooLarge),
            Err(failure) if failure.blame() == Blame::Address => Err(FetchFailure::Forbidden),
            Err(_) => Err(FetchFailure::NoAnswer),
        }
    }
}

/// Asks nobody a second time who did not answer the first time, so that one who hangs costs an order of many documents one wait.
pub(crate) struct Patience<'a, F> {
    fetcher: &'a F,
    silent: HashSet<String>,
}

impl<'a, F: Fetcher> Patience<'a, F> {
    pub(crate) fn new(fetcher: &'a F) -> Self {
        Self { fetcher, silent: HashSet::new() }
    }

    pub(crate) async fn fetch(&mut self, fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        if self.silent.contains(&fetch.url) {
            return Err(FetchFailure::NoAnswer);
        }
        let answer = self.fetcher.fetch(fetch).await;
        if let Err(failure) = answer {
            tracing::warn!(purpose = ?fetch.purpose, url = fetch.url, %failure, "no answer that can be used");
            if failure == FetchFailure::NoAnswer {
                self.silent.insert(fetch.url.clone());
            }
        }
        answer
    }
}
