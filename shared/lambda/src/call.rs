//! A request over HTTP, as the functions see it.

use std::net::IpAddr;

use lambda_http::RequestExt as _;
use lambda_http::http::{HeaderMap, Method, header};
use lambda_http::request::RequestContext;
use segl_core::client::Client;
use segl_core::id::Sha256;
use segl_core::use_case::once::IdempotencyKey;
use segl_dialects::native::request::idempotency_key;
use segl_dialects::problem::Problem;

use crate::authentication::certificate::ClientCertificate;

/// The greatest request that the platform hands to a function, in bytes of what travels (AWS Lambda: 6 MB, less the envelope).
/// A body that is not text travels as base64 and counts four thirds.
pub const MAX_REQUEST: usize = 6 * 1024 * 1024 - 64 * 1024;

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// The id of the request, a UUID, under which it stands in the log.
    pub id: String,
    /// The method.
    pub method: Method,
    /// The path as it came.
    pub raw_path: String,
    /// The path, percent-decoded, without its leading slash, split at slashes.
    pub path: Vec<String>,
    /// The parameters of the query.
    pub query: Vec<(String, String)>,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// How many bytes of body travelled.
    pub travelled: usize,
    /// From where, as the gateway tells.
    pub address: Option<IpAddr>,
    /// The host name by which the gateway was reached, as it tells itself.
    pub domain: Option<String>,
    /// The TLS certificate that the caller showed to the gateway.
    pub certificate: Option<ClientCertificate>,
}

impl Call {
    /// From what the runtime hands over.
    pub fn from_lambda(request: lambda_http::Request) -> Self {
        let raw_path = request.raw_http_path().to_owned();
        let path = raw_path.split('/').skip(1).map(percent_decoded).collect();
        let query = request.query_string_parameters().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (address, domain, certificate) = match request.request_context() {
            RequestContext::ApiGatewayV2(context) => {
                let shown = context.authentication.and_then(|authentication| authentication.client_cert);
                let certificate =
                    shown.and_then(|shown| ClientCertificate::from_gateway(shown.client_cert_pem.as_deref()?, shown.subject_dn.as_deref()));
                (context.http.source_ip.and_then(|address| address.parse().ok()), context.domain_name, certificate)
            }
            _ => (None, None, None),
        };
        let id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        let (parts, body) = request.into_parts();
        let (body, travelled) = match body {
            lambda_http::Body::Text(text) => {
                let length = text.len();
                (text.into_bytes(), length)
            }
            lambda_http::Body::Binary(bytes) => {
                let length = bytes.len().div_ceil(3) * 4;
                (bytes, length)
            }
            _ => (Vec::new(), 0),
        };
        Self { id, method: parts.method, raw_path, path, query, headers: parts.headers, body, travelled, address, domain, certificate }
    }

    /// The path's segments, for matching.
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A header field, if it is there once at least and text.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the caller sent a bearer token, of whatever worth.
    pub fn has_bearer_token(&self) -> bool {
        let scheme = self.header(header::AUTHORIZATION).and_then(|value| value.split(' ').next());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")) && !self.headers.contains_key("x-api-key")
    }

    /// The header `Idempotency-Key` of a client's request, if it sent one. The same request is the same method, path and body.
    pub fn idempotency_key(&self, client: &Client) -> Result<Option<IdempotencyKey>, Problem> {
        let line = format!("{} {}\n", self.method, self.raw_path);
        self.idempotency_key_over(client, Sha256::of(&[line.as_bytes(), &self.body].concat()))
    }

    /// The same where what makes it the same request is known better.
    pub fn idempotency_key_over(&self, client: &Client, fingerprint: Sha256) -> Result<Option<IdempotencyKey>, Problem> {
        self.header("idempotency-key").map(|raw| idempotency_key(raw, &client.id, fingerprint)).transpose()
    }

    /// The media type of the body, in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE)?;
        Some(value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase())
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Percent-decoding (RFC 3986, 2.1). What is not decodable stays as it is: it will match no route and no id.
fn percent_decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once() {
        for (raw, decoded) in
            [("a", "a"), ("a%20b", "a b"), ("%2525", "%25"), ("100%", "100%"), ("%zz", "%zz"), ("%ff", "%ff"), ("%C3%A6", "æ")]
        {
            assert_eq!(percent_decoded(raw), decoded);
        }
    }
}
