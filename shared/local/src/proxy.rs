//! One plain URL in front of the emulator's API. Bodies pass through as streams.
//!
//! The emulator tells APIs apart by the `Host` field, and takes bodies that AWS refuses. The proxy
//! sets the first and enforces the second, so that what works here works there.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::error::{Error, Result};

/// What API Gateway takes in one request, in bytes.
const API_LIMIT: u64 = 10 * 1024 * 1024;
/// What Lambda takes and gives in one invocation, in bytes of JSON.
const LAMBDA_LIMIT: u64 = 6 * 1024 * 1024;

type Bodies = BoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// Where requests go.
#[derive(Debug)]
pub struct Target {
    /// The emulator, as host and port.
    pub authority: String,
    /// The value of `Host` by which the emulator knows the API.
    pub host: HeaderValue,
}

/// Serves until the task that awaits it is dropped.
///
/// # Errors
/// [`Error::Io`] when the listener cannot be used.
pub async fn serve(listener: TcpListener, target: Target) -> Result<Infallible> {
    listener.set_nonblocking(true).map_err(Error::io("use the proxy's port"))?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::io("use the proxy's port"))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let target = Arc::new(target);
    loop {
        // A connection that could not be accepted concerns its client alone.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (client, target) = (client.clone(), Arc::clone(&target));
        let service = service_fn(move |request| {
            let (client, target) = (client.clone(), Arc::clone(&target));
            async move { Ok::<_, Infallible>(forward(&client, &target, request).await) }
        });
        tokio::spawn(async move {
            // The client sees how its connection ended; there is nobody else to tell.
            let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn forward(client: &Client<HttpConnector, Bodies>, target: &Target, request: Request<Incoming>) -> Response<Bodies> {
    let limit = request_limit(request.headers());
    if request.body().size_hint().lower() > limit {
        read_away(request.into_body()).await;
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    }
    let (mut head, body) = request.into_parts();
    // The emulator has paths of its own, among them `/oauth2/token`, on every host. No path is one of them behind the name of the stage.
    let path = format!("/$default{}", head.uri.path_and_query().map_or("/", |path| path.as_str()));
    match Uri::builder().scheme("http").authority(target.authority.as_str()).path_and_query(path).build() {
        Ok(uri) => head.uri = uri,
        Err(_) => return refusal(StatusCode::BAD_REQUEST, "Bad Request"),
    }
    remove_connection_fields(&mut head.headers);
    head.headers.insert(header::HOST, target.host.clone());
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    match client.request(Request::from_parts(head, Limited::new(body, limit).boxed())).await {
        Ok(answer) if answer.body().size_hint().lower() > answer_limit(answer.headers()) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Ok(answer) => {
            let mut answer = answer.map(|body| body.map_err(Into::into).boxed());
            remove_connection_fields(answer.headers_mut());
            answer
        }
        // A body without a declared length that turned out too long.
        Err(error) if is_length_limit(&error) => refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
        Err(_) => refusal(StatusCode::BAD_GATEWAY, "Bad Gateway"),
    }
}

// A client that is still sending reads no answer. What is far too long is cut off all the same.
async fn read_away(mut body: Incoming) {
    const ENOUGH: usize = 64 * 1024 * 1024;
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > ENOUGH {
            break;
        }
    }
}

// Text reaches the function as it is, everything else in Base64.
fn request_limit(headers: &HeaderMap) -> u64 {
    if is_text(headers) { LAMBDA_LIMIT } else { (LAMBDA_LIMIT / 4 * 3).min(API_LIMIT) }
}

fn answer_limit(headers: &HeaderMap) -> u64 {
    if is_text(headers) { LAMBDA_LIMIT } else { LAMBDA_LIMIT / 4 * 3 }
}

fn is_text(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind.starts_with("text/")
            || kind.ends_with("+json")
            || matches!(kind.as_str(), "application/json" | "application/xml" | "application/javascript")
    })
}

fn is_length_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<http_body_util::LengthLimitError>())
}

// RFC 9110 section 7.6.1: these concern one connection and are not passed on.
fn remove_connection_fields(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

// The form in which API Gateway words its own refusals.
fn refusal(status: StatusCode, message: &str) -> Response<Bodies> {
    let body = Full::new(Bytes::from(format!("{{\"message\":\"{message}\"}}"))).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
