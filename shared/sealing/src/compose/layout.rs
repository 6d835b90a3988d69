//! Arranges blocks on pages. All lengths are points; `y` grows downward from the top edge.

mod table;

use crate::compose::Block;
use crate::page::font::{Fonts, Weight};
use crate::page::layout::{Drawing, HEIGHT, Mark, WIDTH};
use crate::page::outline::{ElementId, Outline, Role};
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

const BODY: Style = Style { weight: Weight::Regular, size: 10.5, gray: Ink::Black };
const TINY: Style = Style { weight: Weight::Regular, size: 7.5, gray: Ink::Gray };

/// The pages, with their footers, and what is what on them.
pub(super) fn arrange(fonts: &Fonts, title: &str, language: &str, blocks: &[Block]) -> (Vec<Vec<Mark>>, Outline) {
    let outline = Outline::new(Role::Document, language);
    let mut sheet = Sheet { pages: vec![Vec::new()], y: TOP, outline };
    let mut lists = Lists::default();
    let mut rest = blocks;
    while let Some((block, behind)) = rest.split_first() {
        if !matches!(block, Block::Item { .. }) {
            lists = Lists::default();
        }
        match block {
            Block::Heading(level, spans) => heading(fonts, &mut sheet, *level, spans),
            Block::Paragraph { depth, lines } => {
                let element = sheet.element(Role::Paragraph);
                text(fonts, &mut sheet, lines, *depth, element, None);
                sheet.space(7.0);
            }
            Block::Item { depth, mark, lines } => {
                let (label, body) = lists.item(&mut sheet.outline, *depth);
                text(fonts, &mut sheet, lines, *depth, body, Some((mark, label)));
                sheet.space(3.5);
            }
            Block::Row { .. } => {
                let rows = table::length(rest);
                table::table(fonts, &mut sheet, &rest[..rows]);
                // Air between a table and what follows it.
                sheet.space(8.0);
                rest = &rest[rows..];
                continue;
            }
            Block::Rule => {
                sheet.room(16.0);
                let y = sheet.y + 6.0;
                sheet.rule(y);
                sheet.space(14.0);
            }
        }
        rest = behind;
    }
    footers(fonts, title, &mut sheet.pages);
    (sheet.pages, sheet.outline)
}

/// The lists that are open, by depth. A list that goes on after a paragraph is another list.
#[derive(Default)]
struct Lists(Vec<(usize, ElementId, ElementId)>);

impl Lists {
    /// Adds an item, and answers the elements of its mark and of its text.
    fn item(&mut self, outline: &mut Outline, depth: usize) -> (ElementId, ElementId) {
        while self.0.last().is_some_and(|(open, ..)| *open > depth) {
            self.0.pop();
        }
        let list = match self.0.last() {
            Some((open, list, _)) if *open == depth => *list,
            // A list in a list is in the text of the item before it.
            outer => {
                let parent = outer.map_or(outline.top(), |(.., body)| *body);
                outline.add(parent, Role::List)
            }
        };
        self.0.retain(|(open, ..)| *open < depth);
        let item = outline.add(list, Role::Item);
        let (label, body) = (outline.add(item, Role::ItemLabel), outline.add(item, Role::ItemBody));
        self.0.push((depth, list, body));
        (label, body)
    }
}

/// The page that is being filled.
struct Sheet {
    pages: Vec<Vec<Mark>>,
    y: f32,
    outline: Outline,
}

impl Sheet {
    /// Adds an element of the document.
    fn element(&mut self, role: Role) -> ElementId {
        let top = self.outline.top();
        self.outline.add(top, role)
    }

    /// Turns to a new page where less than this is left, and says so.
    fn room(&mut self, height: f32) -> bool {
        let turns = self.y + height > BOTTOM && self.y > TOP;
        if turns {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
        turns
    }

    fn put(&mut self, x: f32, y: f32, drawing: Drawing, element: Option<ElementId>) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Mark { x, y, drawing, element });
        }
    }

    fn rule(&mut self, y: f32) {
        self.put(MARGIN, y, Drawing::Rule { width: INNER }, None);
    }

    fn space(&mut self, height: f32) {
        self.y += height;
    }

    fn line(&mut self, line: Line, x: f32, leading: f32, element: ElementId) {
        let height = line.style.size * leading;
        self.room(height);
        let y = self.y + line.style.size;
        self.put(x, y, Drawing::Text(line), Some(element));
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
    let element = sheet.element(Role::heading(level));
    for line in lines {
        sheet.line(line, MARGIN, 1.3, element);
    }
    sheet.space(after);
}

/// Lines of text. What stands before the first of them is an element of its own.
fn text(fonts: &Fonts, sheet: &mut Sheet, lines: &[Vec<Span>], depth: usize, element: ElementId, mark: Option<(&String, ElementId)>) {
    let x = MARGIN + depth as f32 * INDENT;
    let width = INNER - depth as f32 * INDENT;
    let mut mark = mark;
    for spans in lines {
        let is_right_to_left = is_right_to_left(spans);
        for line in wrap_spans(fonts, spans, BODY, width) {
            let at = if is_right_to_left { x + width - line.width } else { x };
            sheet.room(BODY.size * 1.45);
            if let Some((mark, label)) = mark.take()
                && let Some(first) = wrap(fonts, mark, BODY, INDENT * 2.0).into_iter().next()
            {
                let y = sheet.y + BODY.size;
                sheet.put(x - 6.0 - first.width, y, Drawing::Text(first), Some(label));
            }
            sheet.line(line, at, 1.45, element);
        }
    }
}

/// Whether a paragraph begins at the right (UAX #9, P2 and P3).
fn is_right_to_left(spans: &[Span]) -> bool {
    spans.iter().flat_map(|span| span.text.chars()).find_map(direction) == Some(true)
}

/// Whether a character is written from right to left; none for one without a direction of its own.
fn direction(character: char) -> Option<bool> {
    match character {
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Some(true),
        character if character.is_alphabetic() => Some(false),
        _ => None,
    }
}

fn footers(fonts: &Fonts, title: &str, pages: &mut [Vec<Mark>]) {
    let count = pages.len();
    for (index, marks) in pages.iter_mut().enumerate() {
        let number = wrap(fonts, &format!("{} / {count}", index + 1), TINY, INNER * 0.2);
        let mut put = |x, y, drawing| marks.push(Mark { x, y, drawing, element: None });
        put(MARGIN, FOOTER - 12.0, Drawing::Rule { width: INNER });
        if let Some(line) = wrap(fonts, title, TINY, INNER * 0.8).into_iter().next() {
            put(MARGIN, FOOTER, Drawing::Text(line));
        }
        if let Some(line) = number.into_iter().next() {
            put(MARGIN + INNER - line.width, FOOTER, Drawing::Text(line));
        }
    }
}
