//! `registers`: documents are fetched from the register in which they lie; signed, they go back there, and the case system is told how
//! signing ended. Woken by the table's stream when an order of a case system begins or ends.
//!
//! What is said, and what a crash at each step means, is in `segl-registers`; here is who it is said to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use segl_core::ports::{Answer, RegisterBook, RegisterSecrets};
use segl_core::register::RegisterName;
use segl_lambda::causes::Causes;
use segl_outbound::{Access, Client, Gotenberg, RegisterClient, Transfer};
use segl_registers::fetch::{Converter, Format, MAX_DOCUMENT, NoDocument, NotConverted, Originals};
use segl_registers::work::Registers;
use segl_registers::{Contents, NoAnswer, RegisterTerms, Request, Response};
use tokio::sync::Mutex;

/// How long settings and secrets are taken for what is stored.
const FRESH: Duration = Duration::from_secs(300);

/// The registers of all clients: what a warm instance keeps of them.
pub struct Office<S> {
    secrets: S,
    client: Client,
    converter: Option<Gotenberg>,
    /// The most bytes of a document that are fetched.
    most: usize,
    ready: Mutex<HashMap<RegisterName, (Instant, Arc<Ready>)>>,
}

/// The registers with the book in which their settings are.
pub struct Open<'a, B, S> {
    book: &'a B,
    office: &'a Office<S>,
}

/// One register, with its settings and its secret read.
struct Ready {
    terms: RegisterTerms,
    client: RegisterClient,
}

impl<S: RegisterSecrets> Office<S> {
    /// Without a converter nothing but PDF can be signed. Makes no call.
    pub fn new(secrets: S, client: Client, converter: Option<Gotenberg>) -> Self {
        Self { secrets, client, converter, most: MAX_DOCUMENT, ready: Mutex::default() }
    }

    /// The same with another limit to the size of a document, in bytes.
    #[must_use]
    pub fn taking_at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// With the book in which the settings are.
    pub fn with<'a, B: RegisterBook>(&'a self, book: &'a B) -> Open<'a, B, S> {
        Open { book, office: self }
    }
}

impl<B: RegisterBook, S: RegisterSecrets> Open<'_, B, S> {
    /// A register; nothing where its settings or its secret are gone.
    async fn ready(&self, name: &RegisterName) -> Answer<Option<Arc<Ready>>> {
        let mut kept = self.office.ready.lock().await;
        if let Some((_, ready)) = kept.get(name).filter(|(read, _)| read.elapsed() < FRESH) {
            return Ok(Some(Arc::clone(ready)));
        }
        let Some(settings) = self.book.register(name).await? else { return Ok(None) };
        let Some(secret) = self.office.secrets.register_secret(name).await? else { return Ok(None) };
        let client = RegisterClient::new(self.office.client.clone(), Access::new(&settings, secret));
        let ready = Arc::new(Ready { terms: RegisterTerms::from(&settings), client });
        kept.insert(name.clone(), (Instant::now(), Arc::clone(&ready)));
        Ok(Some(ready))
    }
}

impl<B: RegisterBook, S: RegisterSecrets> Registers for Open<'_, B, S> {
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

impl<B: RegisterBook, S: RegisterSecrets> Originals for Open<'_, B, S> {
    type Download = Transfer;

    async fn download(
        &self,
        name: &RegisterName,
        url: &str,
        version: u32,
        now: Timestamp,
        token: [u8; 16],
    ) -> Result<Transfer, NoDocument> {
        match self.ready(name).await {
            Ok(Some(ready)) => ready.client.download(url, version, self.office.most, now, token).await,
            Ok(None) => Err(NoDocument::Later(None)),
            Err(error) => {
                tracing::warn!(register = name.as_str(), error = %Causes(&error), "the settings cannot be read");
                Err(NoDocument::Later(None))
            }
        }
    }
}

impl<B: RegisterBook, S: RegisterSecrets> Converter for Open<'_, B, S> {
    async fn convert(&self, format: Format, content: Vec<u8>, now: Timestamp) -> Result<Vec<u8>, NotConverted> {
        match &self.office.converter {
            Some(converter) => converter.convert(format, content, now).await,
            None => Err(NotConverted::Nobody),
        }
    }
}
