//! From HTML to blocks, by an explicit list of what is understood. Tags are told apart by a tokenizer of the standard (WHATWG HTML, 13.2.5).

use html5gum::{StartTag, Token, Tokenizer};

use crate::compose::layout::{MAX_COLUMNS, MAX_DEPTH};
use crate::compose::{Block, ComposeError};
use crate::page::font::Weight;
use crate::page::spans::Span;

/// The elements that are understood.
pub(super) const ELEMENTS: [&str; 36] = [
    "html",
    "head",
    "title",
    "meta",
    "body",
    "main",
    "article",
    "section",
    "div",
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "strong",
    "b",
    "em",
    "i",
    "span",
    "a",
    "code",
];

/// The attributes that are understood, or say nothing about how something looks.
const ATTRIBUTES: [&str; 8] = ["href", "lang", "dir", "id", "class", "title", "charset", "start"];

/// Reads HTML, and its language, a BCP 47 tag or nothing. What is left open at the end is closed.
pub(super) fn blocks(html: &str) -> Result<(Vec<Block>, String), ComposeError> {
    let mut reader = Reader::default();
    for token in Tokenizer::new(html) {
        let token = match token {
            Ok(token) => token,
            Err(never) => match never {},
        };
        match token {
            Token::StartTag(tag) => reader.start(&tag)?,
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name))?,
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text.value)),
            // A comment is not seen, a doctype says nothing, and what browsers forgive is forgiven here.
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.flush();
    reader.end_row()?;
    Ok((reader.blocks, reader.language))
}

/// A language's tag, as far as it has the form of one (RFC 5646, 2.1).
fn language(raw: &str) -> String {
    let raw = raw.trim();
    let is_tag =
        raw.len() <= 35 && raw.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if is_tag { raw.to_owned() } else { String::new() }
}

/// A list that is open.
enum List {
    Bullets,
    Numbers(u32),
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// The lines of the block that is open.
    lines: Vec<Vec<Span>>,
    bold: usize,
    italic: usize,
    heading: Option<u8>,
    lists: Vec<List>,
    quotes: usize,
    /// The mark of the item that is open, until it is written.
    mark: Option<String>,
    preformatted: usize,
    /// In the head, whose text is not shown.
    hidden: usize,
    link: Option<String>,
    row: Option<Vec<Vec<Span>>>,
    row_is_head: bool,
    /// Rows of the table that is open begin here.
    table: Option<usize>,
    /// Of the whole.
    language: String,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) -> Result<(), ComposeError> {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if !ELEMENTS.contains(&name.as_str()) {
            return Err(ComposeError::Element(name));
        }
        let mut href = None;
        for (attribute, value) in &tag.attributes {
            let attribute = String::from_utf8_lossy(attribute).into_owned();
            if !ATTRIBUTES.contains(&attribute.as_str()) {
                return Err(ComposeError::Attribute(attribute, name));
            }
            match attribute.as_str() {
                "href" => href = Some(String::from_utf8_lossy(value).trim().to_owned()),
                "lang" if name == "html" => self.language = language(&String::from_utf8_lossy(value)),
                _ => {}
            }
        }
        match name.as_str() {
            "title" => self.hidden += 1,
            "p" | "div" | "main" | "article" | "section" | "body" => self.flush(),
            "br" => self.lines.push(Vec::new()),
            "hr" => {
                self.flush();
                self.blocks.push(Block::Rule);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = name[1..].parse().ok();
            }
            "ul" | "ol" => {
                self.flush();
                self.lists.push(if name == "ul" { List::Bullets } else { List::Numbers(0) });
                self.check_depth()?;
            }
            "li" => {
                self.flush();
                self.mark = Some(match self.lists.last_mut() {
                    Some(List::Numbers(number)) => {
                        *number += 1;
                        format!("{number}.")
                    }
                    _ => "•".to_owned(),
                });
            }
            "blockquote" => {
                self.flush();
                self.quotes += 1;
                self.check_depth()?;
            }
            "pre" => {
                self.flush();
                self.preformatted += 1;
            }
            "table" => {
                self.flush();
                self.table.get_or_insert(self.blocks.len());
            }
            "tr" => {
                self.end_row()?;
                self.row = Some(Vec::new());
                self.row_is_head = true;
            }
            "th" | "td" => {
                self.end_cell()?;
                self.row_is_head &= name == "th";
                self.row.get_or_insert_default().push(Vec::new());
                self.bold += usize::from(name == "th");
            }
            "strong" | "b" => self.bold += 1,
            "em" | "i" => self.italic += 1,
            "a" => {
                let is_plain = |href: &String| ["http://", "https://", "mailto:"].iter().any(|scheme| href.starts_with(scheme));
                if href.as_ref().is_some_and(|href| !is_plain(href)) {
                    return Err(ComposeError::Link);
                }
                self.link = href;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), ComposeError> {
        match name {
            "title" => self.hidden = self.hidden.saturating_sub(1),
            "p" | "div" | "main" | "article" | "section" | "body" | "li" => self.flush(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.flush();
                self.heading = None;
            }
            "ul" | "ol" => {
                self.flush();
                self.lists.pop();
                self.mark = None;
            }
            "blockquote" => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            "pre" => {
                self.flush();
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            "th" | "td" => {
                self.end_cell()?;
                self.bold -= usize::from(name == "th" && self.bold > 0);
            }
            "tr" => self.end_row()?,
            "table" => {
                self.end_row()?;
                self.end_table();
            }
            "strong" | "b" => self.bold = self.bold.saturating_sub(1),
            "em" | "i" => self.italic = self.italic.saturating_sub(1),
            "a" => {
                // On paper a link leads nowhere: its address is part of what is read.
                if let Some(href) = self.link.take().filter(|href| !self.shows(href)) {
                    self.text(&format!(" ({href})"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        if self.preformatted > 0 {
            let text = text.replace("\r\n", "\n").replace('\t', "    ");
            for (number, line) in text.split('\n').enumerate() {
                if number > 0 {
                    self.lines.push(Vec::new());
                }
                self.push(line);
            }
            return;
        }
        // White space of any length is one space (CSS Text 3, 4.1.1), and none at the beginning of a line.
        let mut collapsed = String::with_capacity(text.len());
        let mut after_space = self.at_line_start() || self.ends_with_space();
        for character in text.chars() {
            if character.is_ascii_whitespace() {
                if !after_space {
                    collapsed.push(' ');
                }
                after_space = true;
            } else {
                collapsed.push(character);
                after_space = false;
            }
        }
        self.push(&collapsed);
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let weight = match (self.bold > 0 || self.heading.is_some(), self.italic > 0) {
            (false, false) => Weight::Regular,
            (true, false) => Weight::Bold,
            (false, true) => Weight::Oblique,
            (true, true) => Weight::BoldOblique,
        };
        let line = self.line();
        match line.last_mut() {
            Some(span) if span.weight == weight => span.text.push_str(text),
            _ => line.push(Span { text: text.to_owned(), weight }),
        }
    }

    /// The line that is open: of the cell, or else of the block.
    fn line(&mut self) -> &mut Vec<Span> {
        if let Some(cell) = self.row.as_mut().and_then(|row| row.last_mut()) {
            return cell;
        }
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.lines.last_mut().expect("pushed just now where there was none")
    }

    fn at_line_start(&mut self) -> bool {
        self.line().is_empty()
    }

    fn ends_with_space(&mut self) -> bool {
        self.line().last().is_some_and(|span| span.text.ends_with(' '))
    }

    /// Whether the text of the line that is open ends with an address already.
    fn shows(&mut self, href: &str) -> bool {
        let shown: String = self.line().iter().map(|span| span.text.as_str()).collect();
        shown.ends_with(href.strip_prefix("mailto:").unwrap_or(href))
    }

    fn check_depth(&self) -> Result<(), ComposeError> {
        if self.lists.len() + self.quotes > MAX_DEPTH { Err(ComposeError::Depth) } else { Ok(()) }
    }

    /// Ends the block that is open.
    fn flush(&mut self) {
        if self.row.is_some() {
            // A paragraph in a cell ends with the cell.
            if !self.at_line_start() && !self.ends_with_space() {
                self.push(" ");
            }
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        if lines.iter().flatten().all(|span| span.text.trim().is_empty()) {
            return;
        }
        let block = match (self.heading, self.mark.take()) {
            (Some(level), _) => Block::Heading(level, lines.into_iter().flatten().collect()),
            (None, Some(mark)) => Block::Item { depth: self.lists.len() + self.quotes, mark, lines },
            (None, None) => Block::Paragraph { depth: self.lists.len() + self.quotes, lines },
        };
        self.blocks.push(block);
    }

    fn end_cell(&mut self) -> Result<(), ComposeError> {
        if self.row.as_ref().is_some_and(|row| row.len() > MAX_COLUMNS) { Err(ComposeError::Columns) } else { Ok(()) }
    }

    fn end_row(&mut self) -> Result<(), ComposeError> {
        self.end_cell()?;
        if let Some(cells) = self.row.take().filter(|cells| !cells.is_empty()) {
            let columns = cells.len();
            self.blocks.push(Block::Row { cells, columns, is_head: self.row_is_head });
        }
        Ok(())
    }

    /// Gives all rows of the table as many columns as its widest has.
    fn end_table(&mut self) {
        let Some(start) = self.table.take() else { return };
        let rows = &mut self.blocks[start..];
        let widest = rows.iter().map(|row| if let Block::Row { columns, .. } = row { *columns } else { 0 }).max().unwrap_or(0);
        for row in rows {
            if let Block::Row { columns, .. } = row {
                *columns = widest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[Vec<Span>]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect()).collect()
    }

    #[test]
    fn text_is_read_as_a_browser_shows_it() {
        let html = "<!DOCTYPE html><title>Not shown</title><h1>The  <em>offer</em></h1><p>One &amp; two<br>three\n four</p>\
                    <ul><li>a<li><b>b</b></ul><ol><li>x</li></ol><p>See <a href='https://example.org/'>here</a>.";
        let (blocks, _) = blocks(html).unwrap();
        let [
            Block::Heading(1, heading),
            Block::Paragraph { lines, .. },
            Block::Item { mark, .. },
            Block::Item { lines: bold, .. },
            Block::Item { mark: one, depth, .. },
            Block::Paragraph { lines: link, .. },
        ] = blocks.as_slice()
        else {
            panic!("{blocks:?}")
        };
        assert_eq!(heading[1], Span { text: "offer".to_owned(), weight: Weight::BoldOblique });
        assert_eq!(plain(lines), ["One & two", "three four"]);
        assert_eq!((mark.as_str(), one.as_str(), *depth), ("•", "1.", 1));
        assert_eq!(bold[0][0].weight, Weight::Bold);
        assert_eq!(plain(link), ["See here (https://example.org/)."]);
    }

    #[test]
    fn tables_have_as_many_columns_as_their_widest_row() {
        let (blocks, _) = blocks("<table><tr><th>A<th>B<th>C</tr><tr><td>1<td><p>2</p></table>").unwrap();
        let shape =
            |block: &Block| if let Block::Row { cells, columns, is_head } = block { Some((cells.len(), *columns, *is_head)) } else { None };
        assert_eq!(blocks.iter().map(shape).collect::<Vec<_>>(), [Some((3, 3, true)), Some((2, 3, false))]);
    }

    #[test]
    fn the_language_is_that_of_the_whole() {
        for (html, expected) in [
            ("<html lang=nb-NO><p>a", "nb-NO"),
            ("<html lang=' en '><p>a", "en"),
            ("<p lang=da>a</p>", ""),
            ("<html lang='not a tag'><p>a", ""),
            ("<html lang=''><p>a", ""),
        ] {
            assert_eq!(blocks(html).unwrap().1, expected, "{html}");
        }
    }

    #[test]
    fn what_nobody_would_see_is_refused() {
        for html in [
            "<script>alert(1)</script>",
            "<p><img src=x></p>",
            "<iframe src='https://example.org'></iframe>",
            "<style>p{display:none}</style>",
            "<svg/onload=alert(1)>",
            "<p style='color:white'>unseen</p>",
            "<p onclick='x()'>a</p>",
            "<p hidden>a</p>",
            "<a href='javascript:alert(1)'>a</a>",
            "<a href=' data:text/html,x'>a</a>",
            "<form><input></form>",
            "<object data=x>",
            "<SCRIPT>",
            "<scr\u{0}ipt>",
            "<del>not</del>",
        ] {
            assert!(blocks(html).is_err(), "{html}");
        }
        assert!(matches!(blocks(&"<ul>".repeat(9)), Err(ComposeError::Depth)));
        assert!(matches!(blocks(&format!("<table><tr>{}", "<td>x".repeat(13))), Err(ComposeError::Columns)));
        assert_eq!(blocks("<p>a<!-- b --></p>").unwrap().0.len(), 1);
    }
}
