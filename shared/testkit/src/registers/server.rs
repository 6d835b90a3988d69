//! The registers over HTTP, on a port of this machine.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Asked, Registers, Told};

/// The host that stands in every address that the registers give.
const HOST: &str = "https://zgw.example.nl";

/// How one request over HTTP fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interference {
    /// It has no effect, and the line breaks.
    Unheard,
    /// It takes effect, and the line breaks before the answer.
    Lost,
    /// It has no effect, and is answered with this status.
    Refused(u16),
}

/// Serves the registers until the runtime ends. Answers the address that stands for `https://zgw.example.nl`, in requests and in answers.
///
/// # Errors
/// When there is no port.
pub async fn serve(registers: Arc<Registers>) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let served = address.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that hangs up loses its answer, as anywhere.
            tokio::spawn(answer(stream, registers.clone(), served.clone()));
        }
    });
    Ok(address)
}

async fn answer(mut stream: TcpStream, registers: Arc<Registers>, address: String) -> io::Result<()> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut request = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (request.next().unwrap_or_default(), request.next().unwrap_or_default());
    let fields: Vec<_> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let len = fields.iter().find(|(name, _)| name == "content-length").and_then(|(_, len)| len.parse().ok()).unwrap_or(0);
    let mut body = read.split_off(head_end + 4);
    while body.len() < len {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    if fields.iter().any(|(name, value)| name == "content-type" && value.contains("json")) {
        body = String::from_utf8_lossy(&body).replace(&address, HOST).into_bytes();
    }
    let interference = registers.state().next_interference();
    let asked = Asked { method: method.to_owned(), url: format!("{HOST}{path}"), fields, body };
    let Told { status, media_type, mut body } = match interference {
        None => registers.ask(&asked),
        Some(Interference::Refused(status)) => Told { status, media_type: "application/json", body: b"{}".to_vec() },
        Some(Interference::Lost) => {
            drop(registers.ask(&asked));
            return Ok(());
        }
        Some(Interference::Unheard) => return Ok(()),
    };
    if media_type.contains("json") {
        body = String::from_utf8_lossy(&body).replace(HOST, &address).into_bytes();
    }
    let head = format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: {media_type}\r\nAPI-version: 1.4.2\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await
}
