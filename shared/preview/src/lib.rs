//! Images and text of a PDF's pages, for people to look at before they sign.
//!
//! Bytes in, images out; no clock, network or randomness. Documents come from anywhere, and a renderer is large: whoever calls this does
//! so in a process that may run out of time or memory, or panic, without taking anything else along.

mod places;
mod text;

use std::sync::Arc;

use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// How large images get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many pages are looked at, from the first on.
    pub pages: usize,
    /// The width of an image in pixels. Its height follows from the page.
    pub width: u16,
    /// The greatest height in pixels; a page that is longer in proportion gets a narrower image.
    pub height: u16,
    /// The most bytes of text that are kept of a page.
    pub text: usize,
}

impl Default for Limits {
    /// A page of A4 at 1,240 pixels has 150 dots an inch: sharp when enlarged, some 100 KB as PNG.
    fn default() -> Self {
        Self { pages: 40, width: 1240, height: 3000, text: 20_000 }
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The width of the image in pixels.
    pub width: u16,
    /// Its height.
    pub height: u16,
    /// The image as PNG.
    pub png: Vec<u8>,
    /// What can be read on the page, line by line, as far as its fonts tell which characters they draw.
    pub text: String,
    /// Where names that were looked for stand on it.
    pub places: Vec<Place>,
}

/// Where a name stands on a page, as its reader sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Which of the names.
    pub name: u16,
    /// From the left edge to its first letter, in points.
    pub x: f32,
    /// From the upper edge to its line, in points.
    pub y: f32,
}

/// Why there is no image of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// The renderer cannot read it.
    #[error("the document cannot be drawn")]
    Unreadable,
    /// A page has no size that an image could have.
    #[error("page {0} has no size that an image could have")]
    Size(usize),
    /// An image could not be packed.
    #[error("page {0} could not be packed")]
    Packing(usize),
}

/// Draws the pages of a document one by one and hands each on, so that one image at a time is in memory. Stops where `page` says so.
///
/// `names` are looked for in what can be read. A name counts as a place only where it stands in brackets, as in `{{Signer1}}`, `[Signer1]` or
/// `#Signer1#`, or alone on its line but for a colon and a line to write on: names in running text are left alone.
pub fn pages(document: Vec<u8>, limits: &Limits, names: &[String], mut page: impl FnMut(Page) -> bool) -> Result<(), PreviewError> {
    let pdf = Pdf::new(Arc::new(document)).map_err(|_| PreviewError::Unreadable)?;
    let settings = InterpreterSettings::default();
    let (cache, characters) = (RenderCache::new(), InterpreterCache::new());
    for (number, source) in pdf.pages().iter().take(limits.pages).enumerate() {
        let (width, height) = source.render_dimensions();
        let scale = (f32::from(limits.width) / width).min(f32::from(limits.height) / height);
        let drawable = |length: f32| length.is_finite() && length > 0.0 && (1.0..f32::from(u16::MAX)).contains(&(length * scale));
        if !drawable(width) || !drawable(height) {
            return Err(PreviewError::Size(number));
        }
        let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let image = render(source, &cache, &settings, &RenderSettings::default(), &pixels);
        let (width, height) = (image.width(), image.height());
        let (text, places) = text::of(source, &characters, &settings, limits.text, names);
        let png = image.into_png().map_err(|_| PreviewError::Packing(number))?;
        if !page(Page { width, height, png, text, places }) {
            break;
        }
    }
    Ok(())
}
