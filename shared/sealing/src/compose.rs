//! Makes a PDF out of plain text or a small part of HTML, for documents that come without a layout of their own.
//!
//! The same text makes the same bytes, so that a repeated request is about the same document. What cannot be shown faithfully is refused
//! and never left out: a signature is on what the sender sent.

mod html;
mod layout;
mod write;

use crate::increment::TooLarge;
use crate::page::font::FontError;
use crate::page::spans::Span;

/// The most text that is laid out, in bytes of UTF-8: some hundred pages.
const MAX_TEXT: usize = 256 * 1024;

/// Why no PDF was made.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// More than is laid out.
    #[error("has more than {MAX_TEXT} bytes of text; send it as a PDF")]
    TooLong,
    /// Nothing to show.
    #[error("has no text")]
    Empty,
    /// An element that is not in the list.
    #[error("has the element <{0}>, which is not taken; taken are {known}", known = html::ELEMENTS.join(", "))]
    Element(String),
    /// An attribute that is not in the list.
    #[error("has the attribute {0} at <{1}>, which is not taken: styles and scripts have no place in what is signed")]
    Attribute(String, String),
    /// A link that leads somewhere else than to a page or an address.
    #[error("has a link to something else than http, https or mailto")]
    Link,
    /// More columns than fit.
    #[error("has a table of more than {max} columns", max = layout::MAX_COLUMNS)]
    Columns,
    /// Lists in lists in lists.
    #[error("has lists or quotations that are nested more than {max} times", max = layout::MAX_DEPTH)]
    Depth,
    /// A font that comes with this crate could not be embedded.
    #[error(transparent)]
    Font(#[from] FontError),
    /// More than a file can hold.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// A piece of a document, from top to bottom.
#[derive(Debug, Clone, PartialEq)]
enum Block {
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Span>),
    /// A paragraph, so many steps indented. Lines stay apart that the sender has set apart.
    Paragraph { depth: usize, lines: Vec<Vec<Span>> },
    /// An item of a list: its mark stands before its first line.
    Item { depth: usize, mark: String, lines: Vec<Vec<Span>> },
    /// A row of a table.
    Row { cells: Vec<Vec<Span>>, columns: usize, is_head: bool },
    /// A horizontal rule.
    Rule,
}

/// A PDF of plain text. Empty lines part paragraphs, and lines stay apart.
///
/// # Errors
/// [`ComposeError::TooLong`] and [`ComposeError::Empty`].
pub fn text_to_pdf(title: &str, text: &str) -> Result<Vec<u8>, ComposeError> {
    bounded(text)?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    let plain = |line: &str| vec![Span { text: line.to_owned(), weight: crate::page::font::Weight::Regular }];
    let mut blocks = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            lines.push(plain(line.trim_end()));
        } else if !lines.is_empty() {
            blocks.push(Block::Paragraph { depth: 0, lines: std::mem::take(&mut lines) });
        }
    }
    write::document(title, "", &blocks)
}

/// A PDF of the part of HTML that stands in the list of elements: headings, paragraphs, lists, tables, quotations, emphasis, and links,
/// whose address is printed. Everything else is refused, so that nothing is signed that nobody saw. It is tagged (ISO 32000-1, 14.8), in
/// the language that `lang` tells of the whole.
///
/// # Errors
/// [`ComposeError`], which names what is not taken.
pub fn html_to_pdf(title: &str, html: &str) -> Result<Vec<u8>, ComposeError> {
    bounded(html)?;
    let (blocks, language) = html::blocks(html)?;
    write::document(title, &language, &blocks)
}

fn bounded(text: &str) -> Result<(), ComposeError> {
    if text.len() > MAX_TEXT { Err(ComposeError::TooLong) } else { Ok(()) }
}
