//! The development authority at the time of the fake's clock, asked in steps that can fail.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use seal::Fetcher;
use segl_core::ports::{Objects as _, SigningKey as _};
use segl_core::storage_key::StorageKey;
use segl_local::authority::Authority;
use segl_sealing::{Fetch, FetchFailure, Purpose, TimeStampAuthority};
use segl_tests::judge;

use crate::platform::Platform;
use crate::world::{Shared, authority};

/// The authority of a test, by the program of another maker.
pub struct Authorities {
    running: Authority,
    /// When it was started: its certificate is of that day.
    started: Timestamp,
    down: AtomicBool,
}

impl Authorities {
    /// Starts it.
    pub async fn start() -> Arc<Self> {
        let running = Authority::start(&judge::programs(), authority().folder()).await.expect("the authority starts");
        let started = Timestamp::from_second(Timestamp::now().as_second()).expect("the present is a time");
        Arc::new(Self { running, started, down: AtomicBool::new(false) })
    }

    /// Whom to ask for time-stamps.
    pub fn time_stamps(&self) -> TimeStampAuthority {
        TimeStampAuthority { url: self.running.time_stamps(), policy: None, anchors: vec![authority().root()] }
    }

    /// Lets it be down from now on, or back.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Helps with a platform's seals from now on. The clock shows when the authority was started, whenever that is asked for.
    pub async fn attend(self: &Arc<Self>, platform: &Platform) {
        let fake = platform.world.fake();
        fake.set_now(self.started);
        let public_key = fake.public_key().await.expect("no faults");
        let chain = authority().certificate(&public_key, &self.running.revocation_list());
        fake.put(&StorageKey::SealCertificate, chain).await.expect("no faults");
        fake.take_arrivals();
        platform.authorities.replace(Some(self.clone()));
    }

    /// The answer, at a time.
    fn answer(&self, fetch: &Fetch, at: Timestamp) -> Result<Vec<u8>, FetchFailure> {
        let rest = fetch.url.strip_prefix("http://").ok_or(FetchFailure::Forbidden)?;
        let (host, path) = rest.split_once('/').ok_or(FetchFailure::Forbidden)?;
        let (method, body) = fetch.body.as_deref().map_or(("GET", &[][..]), |body| ("POST", body));
        let at = at.to_string().replace('Z', "+00:00");
        let head = format!("{method} /{path} HTTP/1.0\r\nAt: {at}\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut answer = Vec::new();
        let mut ask = || {
            let mut stream = TcpStream::connect(host)?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
            stream.read_to_end(&mut answer)
        };
        ask().map_err(|_| FetchFailure::NoAnswer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(FetchFailure::NoAnswer)?;
        assert!(answer[..end].windows(5).any(|status| status == b" 200 "), "{}: {}", fetch.url, String::from_utf8_lossy(&answer[..end]));
        Ok(answer.split_off(end + 4))
    }
}

/// Asks in a world's name: nobody, where there is no authority.
pub struct Asker {
    /// The world, whose clock and faults count.
    pub world: Shared,
    /// Whom to ask.
    pub authorities: Option<Arc<Authorities>>,
}

/// One that fails before its effect is a refusal; one that fails after it is an answer that did not come in time.
impl Fetcher for Asker {
    async fn fetch(&self, fetch: &Fetch) -> Result<Vec<u8>, FetchFailure> {
        let Some(authorities) = &self.authorities else { return Err(FetchFailure::Forbidden) };
        if authorities.down.load(Ordering::SeqCst) {
            return Err(FetchFailure::NoAnswer);
        }
        let asked = AtomicBool::new(false);
        let ask = |at| {
            asked.store(true, Ordering::SeqCst);
            authorities.answer(fetch, at)
        };
        let fake = &self.world.0.ports;
        let answer = match fetch.purpose {
            Purpose::TimeStamp => fake.ask_for_time_stamp(ask).await,
            Purpose::Ocsp => fake.ask_for_status(ask).await,
            Purpose::Crl => fake.ask_for_revocation_list(ask).await,
            Purpose::IssuerCertificate => panic!("the issuers of the development authority are all known"),
        };
        match answer {
            Ok(answer) => answer,
            Err(_) if asked.into_inner() => Err(FetchFailure::NoAnswer),
            Err(_) => Err(FetchFailure::Status(503)),
        }
    }
}
