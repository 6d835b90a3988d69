//! Arranges blocks on pages. All lengths are points; `y` grows downward from the top edge.

use crate::compose::Block;
use crate::page::font::{Fonts, Weight};
use crate::page::layout::{HEIGHT, WIDTH};
use crate::page::spans::{Span, wrap_spans};
use crate::page::text::{Ink, Line, Style, wrap};

/// The most columns of a table.
pub(super) const MAX_COLUMNS: usize = 12;
/// How deep lists and quotations may be nested.
pub(super) const MAX_DEPTH: usize = 8;

const MARGIN: f32 = 64.0;
const INNER: f32 = WIDTH - 2.0 * MARGIN;
const TOP: f32 = 64.0;
const BOTTOM: f32 = HEIGHT - 72.0;
const FOOTER: f32 = HEIGHT - 40.0;
const INDENT: f32 = 18.0;
/// Between the columns of a table.
const GUTTER: f32 = 10.0;

const BODY: Style = Style { weight: Weight::Regular, size: 10.5, gray: Ink::Black };
const CELL: Style = Style { weight: Weight::Regular, size: 9.5, gray: Ink::Black };
const TINY: Style = Style { weight: Weight::Regular, size: 7.5, gray: Ink::Gray };

/// Something to draw: a line of text from a point on its base line, or a rule.
pub(super) enum Mark {
    Text { x: f32, y: f32, line: Line },
    Rule { x: f32, y: f32, width: f32 },
}

/// The pages, with their footers.
pub(super) fn arrange(fonts: &Fonts, title: &str, blocks: &[Block]) -> Vec<Vec<Mark>> {
    let mut sheet = Sheet { pages: vec![Vec::new()], y: TOP };
    let mut in_table = false;
    for block in blocks {
        // Air between a table and what follows it.
        if std::mem::replace(&mut in_table, matches!(block, Block::Row { .. })) && !in_table {
            sheet.space(8.0);
        }
        match block {
            Block::Heading(level, spans) => heading(fonts, &mut sheet, *level, spans),
            Block::Paragraph { depth, lines } => {
                text(fonts, &mut sheet, lines, *depth, None);
                sheet.space(7.0);
            }
            Block::Item { depth, mark, lines } => {
                text(fonts, &mut sheet, lines, *depth, Some(mark));
                sheet.space(3.5);
            }
            Block::Row { cells, columns, is_head } => row(fonts, &mut sheet, cells, *columns, *is_head),
            Block::Rule => {
                sheet.room(16.0);
                let y = sheet.y + 6.0;
                sheet.put(Mark::Rule { x: MARGIN, y, width: INNER });
                sheet.space(14.0);
            }
        }
    }
    footers(fonts, title, &mut sheet.pages);
    sheet.pages
}

/// The page that is being filled.
struct Sheet {
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Sheet {
    /// Turns to a new page where less than this is left.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn space(&mut self, height: f32) {
        self.y += height;
    }

    fn line(&mut self, line: Line, x: f32, leading: f32) {
        let height = line.style.size * leading;
        self.room(height);
        let y = self.y + line.style.size;
        self.put(Mark::Text { x, y, line });
        self.y += height;
    }
}

fn heading(fonts: &Fonts, sheet: &mut Sheet, level: u8, spans: &[Span]) {
    let (size, before, after) = match level {
        1 => (19.0, 10.0, 8.0),
        2 => (14.5, 12.0, 6.0),
        3 => (12.0, 10.0, 5.0),
        _ => (10.5, 8.0, 4.0),
    };
    let style = Style { weight: Weight::Bold, size, gray: if level < 3 { Ink::Accent } else { Ink::Black } };
    let lines = wrap_spans(fonts, spans, style, INNER);
    if sheet.y > TOP {
        sheet.space(before);
    }
    // A heading does not stand alone at the foot of a page.
    sheet.room(lines.len() as f32 * size * 1.3 + after + 3.0 * BODY.size * 1.45);
    for line in lines {
        sheet.line(line, MARGIN, 1.3);
    }
    sheet.space(after);
}

fn text(fonts: &Fonts, sheet: &mut Sheet, lines: &[Vec<Span>], depth: usize, mark: Option<&String>) {
    let x = MARGIN + depth as f32 * INDENT;
    let width = INNER - depth as f32 * INDENT;
    let mut mark = mark;
    for spans in lines {
        let is_right_to_left = spans.iter().flat_map(|span| span.text.chars()).find_map(direction) == Some(true);
        for line in wrap_spans(fonts, spans, BODY, width) {
            let at = if is_right_to_left { x + width - line.width } else { x };
            sheet.room(BODY.size * 1.45);
            if let Some(first) = mark.take().and_then(|mark| wrap(fonts, mark, BODY, INDENT * 2.0).into_iter().next()) {
                let y = sheet.y + BODY.size;
                sheet.put(Mark::Text { x: x - 6.0 - first.width, y, line: first });
            }
            sheet.line(line, at, 1.45);
        }
    }
}

/// Whether a character is written from right to left; none for one without a direction of its own.
fn direction(character: char) -> Option<bool> {
    match character {
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Some(true),
        character if character.is_alphabetic() => Some(false),
        _ => None,
    }
}

fn row(fonts: &Fonts, sheet: &mut Sheet, cells: &[Vec<Span>], columns: usize, is_head: bool) {
    let columns = columns.clamp(1, MAX_COLUMNS);
    let width = INNER / columns as f32;
    let mut all: Vec<std::vec::IntoIter<Line>> =
        cells.iter().map(|spans| wrap_spans(fonts, spans, CELL, width - GUTTER).into_iter()).collect();
    let height = CELL.size * 1.4;
    let tallest = all.iter().map(|lines| lines.len()).max().unwrap_or(0);
    // A row stays together where a page can hold it.
    sheet.room((tallest as f32 * height + 8.0).min(BOTTOM - TOP));
    for _ in 0..tallest {
        sheet.room(height);
        for (column, lines) in all.iter_mut().enumerate() {
            if let Some(line) = lines.next() {
                let y = sheet.y + CELL.size + 3.0;
                sheet.put(Mark::Text { x: MARGIN + column as f32 * width, y, line });
            }
        }
        sheet.space(height);
    }
    sheet.space(6.0);
    if is_head || tallest > 0 {
        let y = sheet.y;
        sheet.put(Mark::Rule { x: MARGIN, y, width: INNER });
    }
    sheet.space(3.0);
}

fn footers(fonts: &Fonts, title: &str, pages: &mut [Vec<Mark>]) {
    let count = pages.len();
    for (index, marks) in pages.iter_mut().enumerate() {
        let number = wrap(fonts, &format!("{} / {count}", index + 1), TINY, INNER * 0.2);
        marks.push(Mark::Rule { x: MARGIN, y: FOOTER - 12.0, width: INNER });
        if let Some(line) = wrap(fonts, title, TINY, INNER * 0.8).into_iter().next() {
            marks.push(Mark::Text { x: MARGIN, y: FOOTER, line });
        }
        if let Some(line) = number.into_iter().next() {
            marks.push(Mark::Text { x: MARGIN + INNER - line.width, y: FOOTER, line });
        }
    }
}
