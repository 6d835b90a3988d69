//! Asking a provider's servers.

use std::future::Future;
use std::time::Duration;

use hyper::header::{AUTHORIZATION, HeaderValue};
use segl_outbound::{Call, Client, Content, Failure as NoAnswer};

/// How long one answer may take. A log-in needs up to three, within the gateway's thirty seconds.
const TIME: Duration = Duration::from_secs(8);
/// The greatest answer: a key set with certificates, or a user's claims with a portrait.
const MAX_LEN: usize = 256 * 1024;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where.
    pub url: String,
    /// The form that is sent by `POST`; nothing means `GET`.
    pub form: Option<String>,
    /// The field `Authorization`.
    pub authorization: Option<String>,
}

/// What came back. Any status is an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Who asks.
pub trait Exchange: Send + Sync {
    /// Asks once.
    fn exchange(&self, request: Request) -> impl Future<Output = Result<Response, NoAnswer>> + Send;
}

/// Asks nobody: a service without providers.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Exchange for Nobody {
    async fn exchange(&self, _request: Request) -> Result<Response, NoAnswer> {
        Err(NoAnswer::Private)
    }
}

impl Request {
    /// A plain `GET`.
    pub fn of(url: &str) -> Self {
        Self { url: url.to_owned(), form: None, authorization: None }
    }
}

impl Exchange for Client {
    async fn exchange(&self, request: Request) -> Result<Response, NoAnswer> {
        let Request { url, form, authorization } = request;
        let content = form.map(|form| Content { media_type: "application/x-www-form-urlencoded", bytes: form.into_bytes() });
        let mut call =
            Call { target: url.parse()?, content, accept: "application/json", fields: Default::default(), max_len: MAX_LEN, time: TIME };
        if let Some(value) = authorization {
            let mut value = HeaderValue::from_str(&value).map_err(|error| NoAnswer::Request(error.into()))?;
            value.set_sensitive(true);
            call.fields.insert(AUTHORIZATION, value);
        }
        let answer = self.call(call).await?;
        Ok(Response { status: answer.status, body: answer.body })
    }
}
