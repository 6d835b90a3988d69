//! `registers`: signed documents go back to the register that they came from, and the case system is told how signing ended. Woken by the
//! table's stream when an order of a case system ends.
//!
//! What is said to whom, and what a crash at each step means, is in `segl-registers`; here is who it is said to.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use segl_aws::secrets::SecretStore;
use segl_core::ports::{Answer, PortError};
use segl_core::register::RegisterName;
use segl_lambda::causes::Causes;
use segl_outbound::{BadSettings, Client, RegisterClient, RegisterSettings};
use segl_registers::work::Registers;
use segl_registers::{Contents, NoAnswer, RegisterTerms, Request, Response};
use tokio::sync::Mutex;

/// How long settings are taken for what lies in the secret store.
const FRESH: Duration = Duration::from_secs(300);

/// Where the settings of registers lie.
pub trait SettingsSource: Sync {
    /// Those of one register, as JSON.
    fn settings(&self, name: &RegisterName) -> impl Future<Output = Answer<Option<String>>> + Send;
}

impl SettingsSource for SecretStore {
    async fn settings(&self, name: &RegisterName) -> Answer<Option<String>> {
        self.read(name.as_str()).await
    }
}

/// The registers of all clients.
pub struct Office<S> {
    source: S,
    client: Client,
    ready: Mutex<HashMap<RegisterName, (Instant, Arc<Ready>)>>,
}

/// One register, with its settings read.
struct Ready {
    terms: RegisterTerms,
    client: RegisterClient,
}

impl<S: SettingsSource> Office<S> {
    /// Makes no call.
    pub fn new(source: S, client: Client) -> Self {
        Self { source, client, ready: Mutex::default() }
    }

    async fn ready(&self, name: &RegisterName) -> Answer<Option<Arc<Ready>>> {
        let mut kept = self.ready.lock().await;
        if let Some((_, ready)) = kept.get(name).filter(|(read, _)| read.elapsed() < FRESH) {
            return Ok(Some(Arc::clone(ready)));
        }
        let Some(raw) = self.source.settings(name).await? else { return Ok(None) };
        let bad = |error: BadSettings| PortError::Corrupt {
            key: format!("the settings of the register {}", name.as_str()),
            source: error.into(),
        };
        let settings = RegisterSettings::read(&raw).map_err(bad)?;
        let client = RegisterClient::new(self.client.clone(), settings.access());
        let ready = Arc::new(Ready { terms: settings.terms().map_err(bad)?, client });
        kept.insert(name.clone(), (Instant::now(), Arc::clone(&ready)));
        Ok(Some(ready))
    }
}

impl<S: SettingsSource> Registers for Office<S> {
    async fn terms(&self, name: &RegisterName) -> Answer<Option<RegisterTerms>> {
        Ok(self.ready(name).await?.map(|ready| ready.terms.clone()))
    }

    async fn send<C: Contents>(
        &self,
        name: &RegisterName,
        request: &Request,
        contents: &C,
        now: Timestamp,
        token: [u8; 16],
    ) -> Result<Response, NoAnswer> {
        let ready = match self.ready(name).await {
            Ok(Some(ready)) => ready,
            Ok(None) => return Err(NoAnswer::NoToken),
            Err(error) => {
                tracing::warn!(register = name.as_str(), error = %Causes(&error), "the settings cannot be read");
                return Err(NoAnswer::NoToken);
            }
        };
        ready.client.send(request, contents, now, token).await.map_err(|failure| {
            tracing::warn!(register = name.as_str(), which = ?request.register, error = %Causes(&failure), "no answer");
            failure.no_answer()
        })
    }
}
