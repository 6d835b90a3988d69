//! One call: a request, and its answer or the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::connect::{PrivateHosts, Resolver, System, connect};
use crate::failure::Failure;
use crate::incoming::Incoming;
use crate::target::Target;

/// Calls servers of others. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    private: Arc<PrivateHosts>,
    resolver: Arc<dyn Resolver>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Call {
    /// Of whom.
    pub target: Target,
    /// What is sent by `POST`; nothing means `GET`.
    pub content: Option<Content>,
    /// The media type that is wanted (RFC 9110, 12.5.1).
    pub accept: &'static str,
    /// Further fields.
    pub fields: HeaderMap,
    /// The most that the answer's body may have, in bytes.
    pub max_len: usize,
    /// How long all of it may take.
    pub time: Duration,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Content {
    /// Its media type.
    pub media_type: &'static str,
    /// Itself.
    pub bytes: Vec<u8>,
}

/// What came back. Any status is an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub fields: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client that trusts the platform's root certificates for TLS. Makes no call.
    pub fn new(private: PrivateHosts) -> Self {
        // What the platform has and cannot be read is as if it were not there: a host that needs it is not trusted.
        Self::with_roots(private, rustls_native_certs::load_native_certs().certs)
    }

    /// A client that trusts these root certificates and no others.
    pub fn with_roots(private: PrivateHosts, roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut trusted = RootCertStore::empty();
        trusted.add_parsable_certificates(roots);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider that is named one line above has the protocol versions that are safe")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)), private: Arc::new(private), resolver: Arc::new(System) }
    }

    /// The same, with names looked up by `resolver` and not by the system.
    #[must_use]
    pub fn resolving_by(self, resolver: Arc<dyn Resolver>) -> Self {
        Self { resolver, ..self }
    }

    /// Makes one call, once. Whether it may be repeated is for the caller to know.
    pub async fn call(&self, call: Call) -> Result<Answer, Failure> {
        let mut incoming = self.begin(call).await?;
        let mut body = Vec::new();
        while let Some(piece) = incoming.next().await? {
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status: incoming.status, fields: incoming.fields, body })
    }

    /// Makes one call, once, and reads no more than the beginning of the answer. Dropping what is under way closes its connection.
    pub async fn begin(&self, call: Call) -> Result<Incoming, Failure> {
        let until = Instant::now() + call.time;
        timeout_at(until, self.attempt(call, until)).await.unwrap_or(Err(Failure::Time))
    }

    async fn attempt(&self, call: Call, until: Instant) -> Result<Incoming, Failure> {
        let (target, max_len) = (call.target.clone(), call.max_len);
        let request = request(call)?;
        Incoming::of(self.open(&target).await?, request, max_len, until).await
    }

    /// A connection, by TLS where the address says so.
    pub(crate) async fn open(&self, target: &Target) -> Result<Box<dyn Stream>, Failure> {
        let stream = connect(target, &*self.resolver, &self.private).await?;
        if !target.is_secure() {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(target.host().to_owned()).map_err(|error| Failure::Tls(std::io::Error::other(error)))?;
        Ok(Box::new(self.tls.connect(name, stream).await.map_err(Failure::Tls)?))
    }
}

/// What bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

fn request(call: Call) -> Result<Request<Full<Bytes>>, Failure> {
    let Call { target, content, accept, fields, .. } = call;
    let mut request = Request::builder()
        .method(if content.is_some() { "POST" } else { "GET" })
        .uri(target.path_and_query())
        .header(HOST, target.authority())
        .header(ACCEPT, accept)
        .header(USER_AGENT, concat!("Segl/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close");
    let mut body = Bytes::new();
    if let Some(Content { media_type, bytes }) = content {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static(media_type));
        body = bytes.into();
    }
    let mut request = request.body(Full::new(body)).map_err(Failure::Request)?;
    request.headers_mut().extend(fields);
    Ok(request)
}
