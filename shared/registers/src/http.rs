//! Requests and answers, as far as the registers need them.

use std::future::Future;
use std::io;
use std::ops::Range;

use jiff::SignedDuration;
use segl_core::id::{DocumentIndex, Sha256};

/// Which register is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Documents (DRC).
    Documents,
    /// Cases (ZRC).
    Cases,
    /// Notifications (NRC).
    Notifications,
}

/// A request method (RFC 9110, 9.3; RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

/// One request. The token is not in it: whoever sends it makes one afresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// To whom.
    pub register: Register,
    /// How.
    pub method: Method,
    /// Where.
    pub url: String,
    /// Further fields, names in lower case.
    pub fields: &'static [(&'static str, &'static str)],
    /// What is sent.
    pub body: Option<Body>,
    /// What is wanted back.
    pub wanted: Wanted,
    /// How many bytes come back, where they are many.
    pub expected: u64,
}

/// What is sent. Documents are named, not held: whoever sends the request streams them from storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its media type.
    pub media_type: String,
    /// What comes before the document, or all there is.
    pub before: Vec<u8>,
    /// The document or a part of it.
    pub content: Option<Piece>,
    /// What comes after it.
    pub after: Vec<u8>,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Of which.
    pub source: Source,
    /// From which byte up to which.
    pub range: Range<u64>,
    /// How it is written.
    pub encoding: Encoding,
}

/// A document that lies in our storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A sealed document.
    Sealed(DocumentIndex),
    /// The evidence document.
    Evidence,
}

/// Our storage, as far as requests need it.
pub trait Contents: Sync {
    /// These bytes of a document.
    fn read(&self, source: Source, range: Range<u64>) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
}

/// For requests that send nothing that lies in storage.
#[derive(Debug, Clone, Copy)]
pub struct NoContents;

impl Contents for NoContents {
    async fn read(&self, _source: Source, _range: Range<u64>) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// How a document is written into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Binary,
    /// Base64 with padding and without line breaks (RFC 4648, 4).
    Base64,
}

/// What is wanted back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// JSON, or nothing.
    Json,
    /// A document, of which only the digest and the size matter.
    Digest,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// How long the register asks to be left alone (RFC 9110, 10.2.3).
    pub retry_after: Option<SignedDuration>,
    /// The version that the register says to be of: the field `API-version`.
    pub api_version: Option<String>,
    /// The body.
    pub body: Received,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Itself.
    Bytes(Vec<u8>),
    /// What came of hashing it as it streamed by.
    Digest {
        /// The digest.
        sha256: Sha256,
        /// The size in bytes.
        size: u64,
    },
}

/// There is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The request may have taken effect or not.
    Silent,
    /// It was not sent: there was no token for it.
    NoToken,
}

impl Request {
    /// Whether it changes something, so that the journal must be stored before it.
    pub fn changes_something(&self) -> bool {
        self.method != Method::Get
    }
}

impl Method {
    /// As it stands in the request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl Wanted {
    /// The field `Accept`. A download that asks for JSON is refused with 406.
    pub fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Digest => "*/*",
        }
    }
}

impl Body {
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self { media_type: "application/json".to_owned(), before: value.to_string().into_bytes(), content: None, after: Vec::new() }
    }

    /// The object with one member more, `inhoud`: the whole document in base64.
    pub(crate) fn json_with_content(object: &serde_json::Value, source: Source, size: u64) -> Self {
        let mut body = Self::json(object);
        let end = body.before.pop();
        debug_assert_eq!(end, Some(b'}'), "an object ends so");
        body.before.extend_from_slice(b",\"inhoud\":\"");
        body.content = Some(Piece { source, range: 0..size, encoding: Encoding::Base64 });
        body.after = b"\"}".to_vec();
        body
    }

    /// A form (RFC 7578) of a lock and a piece of a document. The boundary follows from the document's digest: that it stands in the
    /// document is as unlikely as a second document of that digest.
    pub(crate) fn part(lock: &str, sha256: Sha256, source: Source, range: Range<u64>) -> Self {
        let boundary = format!("segl-{sha256}");
        let before = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"lock\"\r\n\r\n{lock}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"inhoud\"; filename=\"deel\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        Self {
            media_type: format!("multipart/form-data; boundary={boundary}"),
            before: before.into_bytes(),
            content: Some(Piece { source, range, encoding: Encoding::Binary }),
            after: format!("\r\n--{boundary}--\r\n").into_bytes(),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        let content = self.content.as_ref().map_or(0, |piece| {
            let len = piece.range.end - piece.range.start;
            match piece.encoding {
                Encoding::Binary => len,
                Encoding::Base64 => len.div_ceil(3) * 4,
            }
        });
        self.before.len() as u64 + content + self.after.len() as u64
    }

    /// Whether nothing is sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
