//! Answers of time-stamp authorities, OCSP responders and distribution points.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use segl_outbound::Client;
use segl_sealing::{Fetch, FetchFailure};
use tokio::time::{Instant, timeout_at};

/// How long one answer may take. A second authority has its turn while there is time.
const TIME: Duration = Duration::from_secs(8);
/// How long all answers of one task may take together. A batch has up to ten tasks, whose waits must fit the function's time-out: cut off
/// there, an order would have no seal at all, and the next try would wait just as long.
const TIME_OF_A_TASK: Duration = Duration::from_secs(20);

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
        Client::fetch(self, fetch, TIME).await
    }
}

/// Asks nobody a second time who did not answer the first time, so that one who hangs costs an order of many documents one wait; and
/// nobody at all when the time of the task is over, so that those who answer slowly do not cost it its seal.
pub(crate) struct Patience<'a, F> {
    fetcher: &'a F,
    silent: HashSet<String>,
    until: Instant,
}

impl<'a, F: Fetcher> Patience<'a, F> {
    pub(crate) fn new(fetcher: &'a F) -> Self {
        Self::for_time(fetcher, TIME_OF_A_TASK)
    }

    fn for_time(fetcher: &'a F, time: Duration) -> Self {
        Self { fetcher, silent: HashSet::new(), until: Instant::now() + time }
    }

    pub(crate) async fn fetch(&mut self, fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        if self.silent.contains(&fetch.url) || Instant::now() >= self.until {
            return Err(FetchFailure::NoAnswer);
        }
        let answer = timeout_at(self.until, self.fetcher.fetch(fetch)).await.unwrap_or(Err(FetchFailure::NoAnswer));
        if let Err(failure) = answer {
            tracing::warn!(purpose = ?fetch.purpose, url = fetch.url, %failure, "no answer that can be used");
            if failure == FetchFailure::NoAnswer {
                self.silent.insert(fetch.url.clone());
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use segl_sealing::Purpose;

    use super::*;

    /// Never answers; counts who asked.
    struct Hangs(AtomicUsize);

    impl Fetcher for Hangs {
        async fn fetch(&self, _fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
            self.0.fetch_add(1, Ordering::SeqCst);
            std::future::pending().await
        }
    }

    fn fetch(url: &str) -> Fetch {
        Fetch { purpose: Purpose::Crl, url: url.to_owned(), body: None, content_type: "", accept: "", max_len: 1 }
    }

    #[tokio::test]
    async fn a_task_waits_for_all_who_hang_no_longer_than_its_own_time() {
        let hangs = Hangs(AtomicUsize::new(0));
        let mut patience = Patience::for_time(&hangs, Duration::from_millis(50));
        for url in ["http://a.example.org", "http://a.example.org", "http://b.example.org"] {
            assert_eq!(patience.fetch(&fetch(url)).await, Err(FetchFailure::NoAnswer));
        }
        assert_eq!(hangs.0.load(Ordering::SeqCst), 1, "the time was over after the first");
    }
}
