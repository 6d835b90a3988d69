//! A small HTTP client, and signed calls to the emulator (AWS Signature Version 4).

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Credentials that the emulator takes for the account's own.
pub const ACCESS_KEY: &str = "test";
/// The secret to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "test";
/// The Region of the laptop stack.
pub const REGION: &str = "eu-north-1";

/// An HTTP client that reads answers whole.
#[derive(Debug, Clone)]
pub struct Http(Pool<HttpConnector, Full<Bytes>>);

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The address that was called.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: hyper::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Default for Http {
    fn default() -> Self {
        Self(Pool::builder(TokioExecutor::new()).build_http())
    }
}

impl Http {
    /// Sends one request.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] when none comes.
    pub async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).map_err(no_answer(url))?;
        let (head, body) = self.0.request(request).await.map_err(no_answer(url))?.into_parts();
        let body = body.collect().await.map_err(no_answer(url))?.to_bytes();
        Ok(Answer { url: url.to_owned(), status: head.status, headers: head.headers, body })
    }

    /// Sends one request to a service of the emulator, signed with the account's credentials. The
    /// path must consist of characters that need no encoding.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] when none comes, [`Error::Answer`] when it is not a success.
    pub async fn call(
        &self,
        service: &str,
        method: Method,
        endpoint: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer> {
        let host = endpoint.trim_start_matches("http://");
        let signature = Signature::new(service, &method, host, path, &body);
        let mut all = vec![
            (header::AUTHORIZATION.as_str(), signature.authorization.as_str()),
            ("x-amz-date", &signature.time),
            ("x-amz-content-sha256", &signature.digest),
        ];
        all.extend_from_slice(headers);
        self.send(method, &format!("{endpoint}{path}"), &all, body).await?.success()
    }
}

impl Answer {
    /// The answer, if it is a success.
    ///
    /// # Errors
    /// [`Error::Answer`] otherwise.
    pub fn success(self) -> Result<Self> {
        if self.status.is_success() { Ok(self) } else { Err(self.unexpected()) }
    }

    /// The error for an answer that the caller cannot use.
    pub fn unexpected(&self) -> Error {
        const SHOWN: usize = 2000;
        let shown = &self.body[..self.body.len().min(SHOWN)];
        Error::Answer { url: self.url.clone(), status: self.status.as_u16(), body: String::from_utf8_lossy(shown).into_owned() }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Answer`] when it is not JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected())
    }

    /// The body as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

fn no_answer<E: Into<Box<dyn std::error::Error + Send + Sync>>>(url: &str) -> impl FnOnce(E) -> Error {
    let url = url.to_owned();
    move |source| Error::NoAnswer { url, source: source.into() }
}

struct Signature {
    authorization: String,
    time: String,
    digest: String,
}

impl Signature {
    // AWS Signature Version 4, "Create a signed request", for requests without a query string.
    fn new(service: &str, method: &Method, host: &str, path: &str, body: &[u8]) -> Self {
        const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";
        let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = &time[..8];
        let digest = hex(&Sha256::digest(body));
        let canonical = format!("{method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{time}\n\n{SIGNED}\n{digest}");
        let scope = format!("{date}/{REGION}/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let key =
            [REGION, service, "aws4_request"].iter().fold(mac(format!("AWS4{SECRET_KEY}").as_bytes(), date), |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &text));
        let authorization = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={SIGNED}, Signature={signature}");
        Self { authorization, time, digest }
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
