//! A call of any method whose content goes out, and whose answer comes in, piece by piece: neither is ever held whole.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::Client;
use crate::failure::Failure;
use crate::target::Target;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Of whom.
    pub target: Target,
    /// By which method.
    pub method: &'static str,
    /// The media type and the length in bytes of what is sent; nothing when nothing is.
    pub content: Option<(String, u64)>,
    /// The media type that is wanted (RFC 9110, 12.5.1).
    pub accept: &'static str,
    /// Further fields.
    pub fields: HeaderMap,
    /// How long all of it may take.
    pub time: Duration,
}

/// What came back, but for the body.
#[derive(Debug, Clone)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The fields.
    pub fields: HeaderMap,
}

/// Where content comes from.
pub trait Pieces: Send {
    /// The next piece; nothing after the last.
    fn next(&mut self) -> impl Future<Output = Option<io::Result<Vec<u8>>>> + Send;
}

/// No content.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Pieces for Nothing {
    async fn next(&mut self) -> Option<io::Result<Vec<u8>>> {
        None
    }
}

impl Client {
    /// Makes one call, once. The body of the answer goes to `sink` as it comes, whatever the status; an error of the sink ends the call.
    ///
    /// # Errors
    /// As [`Client::call`]; [`Failure::Content`] when the content or the sink failed.
    pub async fn exchange<P: Pieces>(
        &self,
        exchange: Exchange,
        pieces: P,
        sink: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> Result<Head, Failure> {
        let time = exchange.time;
        timeout(time, self.try_exchange(exchange, pieces, sink)).await.unwrap_or(Err(Failure::Time))
    }

    async fn try_exchange<P: Pieces>(
        &self,
        exchange: Exchange,
        mut pieces: P,
        mut sink: impl FnMut(&[u8]) -> io::Result<()> + Send,
    ) -> Result<Head, Failure> {
        // One piece waits while another one is written.
        let (hand, receiver) = mpsc::channel(1);
        let target = exchange.target.clone();
        let request = request(exchange, receiver)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.open(&target).await?)).await?;
        let produce = async {
            while let Some(piece) = pieces.next().await {
                // Nobody takes pieces any more: the answer is there, or will not come.
                let Ok(()) = hand.send(piece.map(Bytes::from)).await else { break };
            }
            drop(hand);
            std::future::pending::<()>().await;
        };
        let answer = async {
            let mut response = sender.send_request(request).await?;
            let head = Head { status: response.status().as_u16(), fields: response.headers().clone() };
            while let Some(frame) = response.body_mut().frame().await {
                let Ok(data) = frame?.into_data() else { continue };
                sink(&data).map_err(Failure::Content)?;
            }
            Ok(head)
        };
        tokio::pin!(answer, connection, produce);
        // All in this one task, so that nothing runs on after the deadline.
        tokio::select! {
            answer = &mut answer => return answer,
            () = &mut produce => {}
            // An error of the connection reaches the answer as its own.
            _ = &mut connection => {}
        }
        answer.await
    }
}

fn request(exchange: Exchange, pieces: mpsc::Receiver<io::Result<Bytes>>) -> Result<Request<Content>, Failure> {
    let Exchange { target, method, content, accept, fields, .. } = exchange;
    let mut request = Request::builder()
        .method(method)
        .uri(target.path_and_query())
        .header(HOST, target.authority())
        .header(ACCEPT, accept)
        .header(USER_AGENT, concat!("Segl/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close");
    let mut len = 0;
    if let Some((media_type, content_len)) = content {
        request = request.header(CONTENT_TYPE, media_type);
        len = content_len;
    }
    let mut request = request.body(Content { pieces, left: len }).map_err(Failure::Request)?;
    request.headers_mut().extend(fields);
    Ok(request)
}

/// Content of a length that is known beforehand.
struct Content {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = std::task::ready!(self.pieces.poll_recv(context));
        Poll::Ready(match piece {
            Some(Ok(piece)) => match self.left.checked_sub(piece.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Some(Ok(Frame::data(piece)))
                }
                None => Some(Err(io::Error::other("more content than was announced"))),
            },
            Some(Err(error)) => Some(Err(error)),
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
