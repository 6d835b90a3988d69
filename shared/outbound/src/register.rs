//! Calls to registers of case management: a fresh token on each, documents streamed out of storage, answers hashed as they stream by.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use segl_core::id::Sha256;
use segl_core::register_settings::{RegisterAccess, RegisterSettings};
use segl_registers::fetch::{Download, NoDocument, Obstacle};
use segl_registers::{Body, Claims, Contents, Encoding, NoAnswer, Piece, Received, Request, Response, TokenForm, Wanted};
use serde::Deserialize;
use sha2::Digest as _;
use tokio::sync::Mutex;

use crate::client::{Call, Client, Content};
use crate::exchange::{Exchange, Head, Nothing, Pieces};
use crate::failure::{Blame, Failure};
use crate::incoming::Incoming;
use crate::retry_after::retry_after;
use crate::target::Target;

/// How long a call may take, however small it is.
const TIME: Duration = Duration::from_secs(30);
/// How long a download may take. `registers` has four minutes for it and for what follows.
const DOWNLOAD_TIME: Duration = Duration::from_secs(140);
/// With how many bytes a second a transfer must at least go on.
const SLOWEST: u64 = 500_000;
/// How much of a document is held at a time: a multiple of three, so that pieces in base64 follow each other without padding.
const PIECE: u64 = 3 * 1024 * 1024;
/// The largest answer that is read, but for documents.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How long before it lapses a token from a server is not used any more.
const SPARE: SignedDuration = SignedDuration::from_secs(60);

/// Calls the registers of one client.
pub struct RegisterClient {
    client: Client,
    access: Access,
    /// The token that the authorization server gave, and until when it is used.
    kept: Mutex<Option<(String, Timestamp)>>,
}

/// How it shows who it is.
#[derive(Clone)]
pub enum Access {
    /// By a token that it makes itself.
    Own {
        /// What the token says.
        claims: Claims,
        /// By what it is signed.
        secret: String,
    },
    /// By a token from an authorization server: OAuth 2 client credentials (RFC 6749, 4.4).
    Server {
        /// The token endpoint.
        token_url: String,
        /// Our client id there.
        client_id: String,
        /// Our secret there.
        secret: String,
        /// What is asked for, where the server wants to know.
        scope: Option<String>,
    },
}

impl Access {
    /// As the settings say, with the secret that goes with them.
    pub fn new(settings: &RegisterSettings, secret: String) -> Self {
        match &settings.access {
            RegisterAccess::OwnToken { client_id, audience } => Self::Own {
                claims: Claims {
                    client_id: client_id.clone(),
                    user_id: client_id.clone(),
                    user_representation: "Ondertekendienst".to_owned(),
                    form: audience.clone().map_or_else(TokenForm::default, TokenForm::one_ground),
                },
                secret,
            },
            RegisterAccess::OAuth { token_url, client_id, scope } => {
                Self::Server { token_url: token_url.clone(), client_id: client_id.clone(), secret, scope: scope.clone() }
            }
        }
    }
}

/// Why a register has not answered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterFailure {
    /// The call failed.
    #[error("the register was not reached")]
    Call(#[from] Failure),
    /// The authorization server was not reached, or gave no token.
    #[error("the authorization server gave no token")]
    Token(#[source] Option<Failure>),
}

impl RegisterFailure {
    /// The same for the machine that asked.
    pub fn no_answer(&self) -> NoAnswer {
        match self {
            Self::Call(_) => NoAnswer::Silent,
            Self::Token(_) => NoAnswer::NoToken,
        }
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    expires_in: i64,
}

impl RegisterClient {
    /// A client. Makes no call.
    pub fn new(client: Client, access: Access) -> Self {
        Self { client, access, kept: Mutex::new(None) }
    }

    /// Sends one request, once. `name` is chance, for tokens that have names.
    ///
    /// # Errors
    /// [`RegisterFailure`] where there is no whole answer. The request may have taken effect.
    pub async fn send<C: Contents>(
        &self,
        request: &Request,
        contents: &C,
        now: Timestamp,
        name: [u8; 16],
    ) -> Result<Response, RegisterFailure> {
        let target: Target = request.url.parse().map_err(Failure::from)?;
        let mut fields = HeaderMap::new();
        for (name, value) in request.fields {
            fields.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.token(now, name).await?))
            .map_err(|error| RegisterFailure::Token(Some(Failure::Request(error.into()))))?;
        bearer.set_sensitive(true);
        fields.insert(AUTHORIZATION, bearer);
        let len = request.body.as_ref().map_or(0, Body::len);
        let call = Exchange {
            target,
            method: request.method.as_str(),
            content: request.body.as_ref().map(|body| (body.media_type.clone(), len)),
            accept: request.wanted.accept(),
            fields,
            time: TIME + Duration::from_secs((len + request.expected) / SLOWEST),
        };
        let mut taken = Taken::new(request.wanted);
        let head = match &request.body {
            Some(body) => self.client.exchange(call, Outgoing::new(body, contents), |piece| taken.take(piece)).await?,
            None => self.client.exchange(call, Nothing, |piece| taken.take(piece)).await?,
        };
        Ok(response(head, taken, now))
    }

    /// The content of one version of a document, from its address. A redirect is not followed: what it names is not the register.
    ///
    /// # Errors
    /// [`NoDocument`], which tells whether that may pass.
    pub async fn download(&self, url: &str, version: u32, most: usize, now: Timestamp, name: [u8; 16]) -> Result<Transfer, NoDocument> {
        let elsewhere = NoDocument::Never(Obstacle::Elsewhere);
        let target: Target = format!("{url}/download?versie={version}").parse().map_err(|_| elsewhere)?;
        let token = self.token(now, name).await.map_err(|_| NoDocument::Later(None))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| NoDocument::Later(None))?;
        bearer.set_sensitive(true);
        let call = Call {
            target,
            content: None,
            // One that asks for JSON is refused with 406.
            accept: "*/*",
            fields: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
            max_len: most,
            time: DOWNLOAD_TIME,
        };
        let answer = self.client.begin(call).await.map_err(no_document)?;
        let patience = || retry_after(&answer.fields, now);
        match answer.status {
            200 => Ok(Transfer(answer)),
            204 => Err(NoDocument::Never(Obstacle::Empty)),
            300..=399 => Err(elsewhere),
            404 | 410 => Err(NoDocument::Never(Obstacle::Gone)),
            // An administrator can grant what is lacking.
            401 | 403 | 408 | 429 | 500.. => Err(NoDocument::Later(patience())),
            _ => Err(NoDocument::Never(Obstacle::Refused)),
        }
    }

    /// A token for one call.
    async fn token(&self, now: Timestamp, name: [u8; 16]) -> Result<String, RegisterFailure> {
        let (token_url, client_id, secret, scope) = match &self.access {
            Access::Own { claims, secret } => return Ok(claims.sign(secret, now, name)),
            Access::Server { token_url, client_id, secret, scope } => (token_url, client_id, secret, scope),
        };
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = kept.as_ref().filter(|(_, until)| now < *until) {
            tracing::debug!(%until, "the token is still good");
            return Ok(token.clone());
        }
        let mut form = vec![("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        let call = Call {
            target: token_url.parse().map_err(Failure::from)?,
            content: Some(Content { media_type: "application/x-www-form-urlencoded", bytes: encoded(&form).into_bytes() }),
            accept: "application/json",
            fields: HeaderMap::new(),
            max_len: MAX_ANSWER,
            time: TIME,
        };
        let answer = self.client.call(call).await.map_err(|failure| RegisterFailure::Token(Some(failure)))?;
        let given: Option<TokenAnswer> = (answer.status == 200).then(|| serde_json::from_slice(&answer.body).ok()).flatten();
        let given = given.ok_or(RegisterFailure::Token(None))?;
        let lifetime = SignedDuration::from_secs(given.expires_in.clamp(0, 86_400));
        *kept = Some((given.access_token.clone(), now + lifetime - SPARE));
        Ok(given.access_token)
    }
}

/// A document on its way in.
pub struct Transfer(Incoming);

impl Download for Transfer {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, NoDocument> {
        Ok(self.0.next().await.map_err(no_document)?.map(Vec::from))
    }
}

fn no_document(failure: Failure) -> NoDocument {
    match (&failure, failure.blame()) {
        (Failure::TooLarge(_), _) => NoDocument::Never(Obstacle::TooLarge),
        (_, Blame::Address) => NoDocument::Never(Obstacle::Elsewhere),
        _ => NoDocument::Later(None),
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(form).expect("pairs of strings can be written as a form")
}

fn response(head: Head, taken: Taken, now: Timestamp) -> Response {
    let text = |name: &str| head.fields.get(name).and_then(|value| value.to_str().ok());
    let body = match taken {
        Taken::Bytes(bytes) => Received::Bytes(bytes),
        Taken::Digest { hash, size } => Received::Digest { sha256: Sha256(hash.finalize().into()), size },
    };
    Response { status: head.status, retry_after: retry_after(&head.fields, now), api_version: text("api-version").map(str::to_owned), body }
}

/// What an answer leaves behind.
enum Taken {
    Bytes(Vec<u8>),
    Digest { hash: sha2::Sha256, size: u64 },
}

impl Taken {
    fn new(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Json => Self::Bytes(Vec::new()),
            Wanted::Digest => Self::Digest { hash: sha2::Sha256::new(), size: 0 },
        }
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) if bytes.len() + piece.len() > MAX_ANSWER => return Err(io::ErrorKind::FileTooLarge.into()),
            Self::Bytes(bytes) => bytes.extend_from_slice(piece),
            Self::Digest { hash, size } => {
                hash.update(piece);
                *size += piece.len() as u64;
            }
        }
        Ok(())
    }
}

/// A body on its way out: what comes before the document, the document in pieces, what comes after.
struct Outgoing<'a, C> {
    contents: &'a C,
    frame: VecDeque<Vec<u8>>,
    content: Option<Piece>,
    next: u64,
}

impl<'a, C: Contents> Outgoing<'a, C> {
    fn new(body: &Body, contents: &'a C) -> Self {
        let next = body.content.as_ref().map_or(0, |piece| piece.range.start);
        Self { contents, frame: VecDeque::from([body.before.clone(), body.after.clone()]), content: body.content.clone(), next }
    }
}

impl<C: Contents> Pieces for Outgoing<'_, C> {
    async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        // All of the document comes between the two.
        if let (1, Some(piece)) = (self.frame.len(), &self.content)
            && self.next < piece.range.end
        {
            let end = piece.range.end.min(self.next + PIECE);
            let read = self.contents.read(piece.source, self.next..end).await;
            self.next = end;
            return Some(read.map(|bytes| match piece.encoding {
                Encoding::Binary => bytes,
                Encoding::Base64 => STANDARD.encode(bytes).into_bytes(),
            }));
        }
        self.frame.pop_front().map(Ok)
    }
}
