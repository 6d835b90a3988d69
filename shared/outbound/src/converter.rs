//! The converter that makes PDFs of office files, by the HTTP interface of Gotenberg (`POST /forms/libreoffice/convert`).
//!
//! What it is handed may be made to attack it, and may name addresses that it then calls: it belongs where it reaches nothing else.

use std::io;
use std::time::Duration;

use hyper::header::HeaderMap;
use jiff::Timestamp;
use segl_core::id::Sha256;
use segl_registers::fetch::{Format, NotConverted};

use crate::client::Client;
use crate::exchange::{Exchange, Pieces};
use crate::failure::Failure;
use crate::retry_after::retry_after;
use crate::target::{BadAddress, Target};

/// How long a conversion may take. Gotenberg itself gives up after thirty seconds unless it is told otherwise.
const TIME: Duration = Duration::from_secs(50);
/// The largest PDF that is taken, in bytes.
const MAX_PDF: usize = 64 * 1024 * 1024;

/// Calls the converter.
#[derive(Clone)]
pub struct Gotenberg {
    client: Client,
    target: Target,
}

impl Gotenberg {
    /// The converter at this address, to which the path is added. Makes no call.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn new(client: Client, url: &str) -> Result<Self, BadAddress> {
        Ok(Self { client, target: format!("{}/forms/libreoffice/convert", url.trim_end_matches('/')).parse()? })
    }

    /// A file as PDF. Its name is ours, so that the converter reads it as what it is.
    ///
    /// # Errors
    /// [`NotConverted`], which tells whether that may pass.
    pub async fn convert(&self, format: Format, content: Vec<u8>, now: Timestamp) -> Result<Vec<u8>, NotConverted> {
        let form = Form::new(format, content);
        let exchange = Exchange {
            target: self.target.clone(),
            method: "POST",
            content: Some((form.media_type.clone(), form.len())),
            accept: "*/*",
            fields: HeaderMap::new(),
            time: TIME,
        };
        let mut pdf = Vec::new();
        let take = |piece: &[u8]| {
            if pdf.len() + piece.len() > MAX_PDF {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            pdf.extend_from_slice(piece);
            Ok(())
        };
        let head = match self.client.exchange(exchange, form, take).await {
            Ok(head) => head,
            // No content of ours can fail: it is in memory.
            Err(Failure::Content(_)) => return Err(NotConverted::Never),
            Err(failure) => {
                tracing::warn!(error = &failure as &dyn std::error::Error, "the converter was not reached");
                return Err(NotConverted::Later(None));
            }
        };
        match head.status {
            200 if pdf.starts_with(b"%PDF-") => Ok(pdf),
            // The file is broken, is protected by a password, or has nothing on it.
            400 | 413 | 415 | 422 => Err(NotConverted::Never),
            status => {
                tracing::warn!(status, "the converter converts nothing");
                Err(NotConverted::Later(retry_after(&head.fields, now)))
            }
        }
    }
}

/// A form with one file (RFC 7578), on its way out. The boundary follows from the file's digest: that it stands in the file is as unlikely
/// as a second file of that digest.
struct Form {
    media_type: String,
    /// What is still to be sent, the first last.
    pieces: Vec<Vec<u8>>,
}

impl Form {
    fn new(format: Format, content: Vec<u8>) -> Self {
        let boundary = format!("segl-{}", Sha256::of(&content));
        let before = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"document.{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            format.extension()
        );
        let after = format!("\r\n--{boundary}--\r\n");
        Self {
            media_type: format!("multipart/form-data; boundary={boundary}"),
            pieces: vec![after.into_bytes(), content, before.into_bytes()],
        }
    }

    fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }
}

impl Pieces for Form {
    async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        self.pieces.pop().map(Ok)
    }
}
