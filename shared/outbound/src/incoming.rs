//! An answer of which only the beginning was read: its body is asked for piece by piece.

use std::pin::Pin;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::{Body as _, Bytes};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use crate::client::Stream;
use crate::failure::Failure;

/// What came back so far. Any status is an answer.
pub struct Incoming {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub fields: HeaderMap,
    body: hyper::body::Incoming,
    connection: Line,
    /// Whoever drops it says that the connection may end.
    _sender: SendRequest<Full<Bytes>>,
    max_len: usize,
    left: usize,
    until: Instant,
}

impl Incoming {
    pub(crate) async fn of(
        stream: Box<dyn Stream>,
        request: Request<Full<Bytes>>,
        max_len: usize,
        until: Instant,
    ) -> Result<Self, Failure> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut connection = Line(Some(Box::pin(connection)));
        let response = connection.along(sender.send_request(request)).await?;
        let (head, body) = response.into_parts();
        // What an answer announces is refused before any of it is read.
        if body.size_hint().lower() > max_len as u64 {
            return Err(Failure::TooLarge(max_len));
        }
        Ok(Self { status: head.status.as_u16(), fields: head.headers, body, connection, _sender: sender, max_len, left: max_len, until })
    }

    /// The next piece of the body; nothing after the last.
    ///
    /// # Errors
    /// [`Failure`]; there is no further piece then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let Self { body, connection, until, .. } = self;
        loop {
            let frame = timeout_at(*until, connection.along(body.frame())).await.map_err(|_| Failure::Time)?;
            let Some(frame) = frame else { return Ok(None) };
            let Ok(piece) = frame?.into_data() else { continue };
            self.left = self.left.checked_sub(piece.len()).ok_or(Failure::TooLarge(self.max_len))?;
            return Ok(Some(piece));
        }
    }
}

type Pinned = Pin<Box<Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>>>;

/// The connection, which carries nothing on unless it is asked; nothing once it has ended.
struct Line(Option<Pinned>);

impl Line {
    /// Goes on with both in this one task, so that nothing runs on after the deadline.
    async fn along<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        if let Some(connection) = &mut self.0 {
            tokio::select! {
                done = &mut work => return done,
                // An error of the connection reaches the answer as its own.
                _ = connection => self.0 = None,
            }
        }
        work.await
    }
}
