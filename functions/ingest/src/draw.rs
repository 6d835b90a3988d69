//! Page images, drawn in a process of their own.
//!
//! Documents come from anywhere, and a renderer is large. The drawing process has bounds on time and memory, and may panic: the pages that
//! it handed over before count, and the document is taken all the same.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _, Seek as _};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use segl_preview::{Limits, Page, Place, pages};
use tokio::io::{AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};

/// The argument that makes this program the drawing process.
pub const ARGUMENT: &str = "--draw-pages";

/// How long a document may be drawn for.
const TIME: Duration = Duration::from_secs(20);
/// How much memory the drawing process may ask for.
const MEMORY: u64 = 384 * 1024 * 1024;
/// The largest document that is drawn: it is in memory whole.
pub const MAX_DOCUMENT: u64 = 64 * 1024 * 1024;
/// The largest image: what a function can answer in one piece.
const MAX_IMAGE: u32 = 4 * 1024 * 1024;
/// The most text of a page, with room to spare.
const MAX_TEXT: u32 = 64 * 1024;

/// Draws documents.
pub trait Artist: Sync {
    /// A document while it is drawn.
    type Drawing: Drawing;
    /// Begins with a document, in whose text `names` are looked for.
    fn begin(&self, document: &File, names: &[String]) -> io::Result<Self::Drawing>;
}

/// A document while it is drawn.
pub trait Drawing: Send {
    /// The next page; none where there is no further one, or it could not be drawn.
    fn next(&mut self) -> impl Future<Output = Option<Page>> + Send;
}

/// Draws in a process of its own: this program again.
#[derive(Debug, Clone, Copy)]
pub struct Apart;

/// See [`Apart`]. Dropping it ends the process.
pub struct DrawnApart {
    _child: Child,
    output: BufReader<ChildStdout>,
    until: Instant,
}

impl Artist for Apart {
    type Drawing = DrawnApart;

    fn begin(&self, document: &File, names: &[String]) -> io::Result<DrawnApart> {
        let mut document = document.try_clone()?;
        document.rewind()?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .args(names)
            // It needs nothing that this process knows: no credentials, no configuration.
            .env_clear()
            .stdin(Stdio::from(document))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the drawing process has no output"))?;
        Ok(DrawnApart { _child: child, output: BufReader::new(output), until: Instant::now() + TIME })
    }
}

impl Drawing for DrawnApart {
    async fn next(&mut self) -> Option<Page> {
        timeout_at(self.until, read_page(&mut self.output)).await.ok()?.ok()
    }
}

/// The drawing process: a document on standard input, pages on standard output.
pub fn draw_standard_input(names: &[String]) -> io::Result<()> {
    let bound = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    setrlimit(Resource::As, bound(MEMORY))?;
    setrlimit(Resource::Cpu, bound(TIME.as_secs()))?;
    let mut document = Vec::new();
    io::stdin().lock().take(MAX_DOCUMENT).read_to_end(&mut document)?;
    let mut output = io::stdout().lock();
    let mut outcome = Ok(());
    pages(document, &Limits::default(), names, |page| {
        outcome = write_page(&mut output, &page);
        outcome.is_ok()
    })
    .map_err(io::Error::other)?;
    outcome
}

/// A page as it goes from process to process: width, height, the lengths of image and text, image, text, the number of places and each
/// one's name and position; numbers big-endian.
fn write_page(output: &mut impl io::Write, page: &Page) -> io::Result<()> {
    let length = |bytes: usize| u32::try_from(bytes).map_err(io::Error::other);
    output.write_all(&page.width.to_be_bytes())?;
    output.write_all(&page.height.to_be_bytes())?;
    output.write_all(&length(page.png.len())?.to_be_bytes())?;
    output.write_all(&length(page.text.len())?.to_be_bytes())?;
    output.write_all(&page.png)?;
    output.write_all(page.text.as_bytes())?;
    output.write_all(&u16::try_from(page.places.len()).map_err(io::Error::other)?.to_be_bytes())?;
    for Place { name, x, y } in &page.places {
        output.write_all(&name.to_be_bytes())?;
        output.write_all(&x.to_be_bytes())?;
        output.write_all(&y.to_be_bytes())?;
    }
    output.flush()
}

/// Reads a page. The other process may have been taken over by what it drew: nothing that it says is believed.
async fn read_page(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Page> {
    let (width, height) = (input.read_u16().await?, input.read_u16().await?);
    let (png, text) = (input.read_u32().await?, input.read_u32().await?);
    if png > MAX_IMAGE || text > MAX_TEXT {
        return Err(io::Error::other("a page that is too large"));
    }
    let mut png = vec![0; png as usize];
    input.read_exact(&mut png).await?;
    let mut letters = vec![0; text as usize];
    input.read_exact(&mut letters).await?;
    if !png.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err(io::Error::other("an image that is none"));
    }
    let mut places = Vec::new();
    for _ in 0..input.read_u16().await? {
        let place = Place { name: input.read_u16().await?, x: input.read_f32().await?, y: input.read_f32().await? };
        if !place.x.is_finite() || !place.y.is_finite() {
            return Err(io::Error::other("a place that is nowhere"));
        }
        places.push(place);
    }
    Ok(Page { width, height, png, text: String::from_utf8(letters).map_err(io::Error::other)?, places })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pages_cross_over_whole_and_nothing_else_does() {
        let places = vec![Place { name: 1, x: 72.5, y: 700.0 }];
        let page = Page { width: 3, height: 4, png: b"\x89PNG\r\n\x1a\n...".to_vec(), text: "Ærø".to_owned(), places };
        let mut wire = Vec::new();
        write_page(&mut wire, &page).unwrap();
        assert_eq!(read_page(&mut wire.as_slice()).await.unwrap(), page);
        for length in 0..wire.len() {
            assert!(read_page(&mut &wire[..length]).await.is_err(), "{length} bytes");
        }
        let mut forged = wire.clone();
        forged[4] = 0xff;
        assert!(read_page(&mut forged.as_slice()).await.is_err(), "an image of 4 GB");
        let mut nowhere = wire.clone();
        nowhere[wire.len() - 4..].copy_from_slice(&f32::NAN.to_be_bytes());
        assert!(read_page(&mut nowhere.as_slice()).await.is_err(), "a place that is nowhere");
        let mut other = wire.clone();
        other[12] = b'G';
        assert!(read_page(&mut other.as_slice()).await.is_err(), "another format");
    }
}
