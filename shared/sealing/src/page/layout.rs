//! Arranges the signature page: which text stands where, and what flows to the next page. All lengths are points, `y` grows
//! downward from the top edge.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::page::font::{Fonts, Weight};
use crate::page::outline::{ElementId, Outline, Role};
use crate::page::text::{Ink, Line, Style, wrap};
use crate::page::{SignaturePage, SignedDocument, SignerEntry, qr};

/// A4.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;

const MARGIN: f32 = 56.0;
pub(crate) const INNER: f32 = WIDTH - 2.0 * MARGIN;
const TOP: f32 = 60.0;
const BOTTOM: f32 = HEIGHT - 64.0;
const FOOTER: f32 = HEIGHT - 36.0;
/// The column of labels.
const LABEL: f32 = 112.0;
const QR: f32 = 74.0;
/// Above the first line in a frame and below its last.
const FRAME_PADDING: f32 = 7.0;
const FRAME_INDENT: f32 = 12.0;
/// The distance between base lines, as a multiple of the font's size.
const LEADING: f32 = 1.38;

const fn style(weight: Weight, size: f32, gray: Ink) -> Style {
    Style { weight, size, gray }
}

const HEADING: Style = style(Weight::Bold, 9.0, Ink::Accent);
const TITLE: Style = style(Weight::Bold, 19.0, Ink::Black);
const SECTION: Style = style(Weight::Bold, 12.0, Ink::Accent);
const NAME: Style = style(Weight::Bold, 10.5, Ink::Black);
const BODY: Style = style(Weight::Regular, 9.5, Ink::Black);
const SMALL: Style = style(Weight::Regular, 8.5, Ink::Gray);
const TINY: Style = style(Weight::Regular, 7.5, Ink::Gray);

/// Something to draw, from a point: a line's left end on its base line, a rule's left end, a code's top left corner.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) drawing: Drawing,
    /// What it belongs to; `None` for what is decoration or repeats on every page.
    pub(crate) element: Option<ElementId>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Drawing {
    Text(Line),
    /// A horizontal rule.
    Rule {
        width: f32,
    },
    /// A QR code in a square.
    Code {
        size: f32,
        modules: Vec<Vec<bool>>,
    },
}

/// A rectangle; `y` is its top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// The arranged pages.
pub(crate) struct Layout {
    pub(crate) pages: Vec<Vec<Mark>>,
    pub(crate) outline: Outline,
    /// Where the seal's own field is: below the head.
    pub(crate) seal: Area,
    /// The page it is on, counted from zero.
    pub(crate) seal_page: usize,
    pub(crate) seal_element: ElementId,
    /// Where the code is, on the first page.
    pub(crate) code: Option<Area>,
    /// What the code is to those who click on it, where there is one.
    pub(crate) code_element: Option<ElementId>,
}

/// A block of marks that stay together where a page can hold them. `y` counts from the block's top.
#[derive(Default)]
struct Block {
    marks: Vec<Mark>,
    height: f32,
    /// The block must not be the last on a page.
    keep_with_next: bool,
    /// What stands above the block's continuation on a further page.
    running_head: Option<Line>,
}

impl Block {
    /// Adds lines at `x` from `y` and returns the `y` behind them.
    fn lines(&mut self, lines: Vec<Line>, element: ElementId, x: f32, mut y: f32) -> f32 {
        for line in lines {
            let size = line.style.size;
            self.marks.push(Mark { x, y: y + size, drawing: Drawing::Text(line), element: Some(element) });
            y += size * LEADING;
        }
        self.height = self.height.max(y);
        y
    }

    fn rule(&mut self, y: f32) {
        self.marks.push(Mark { x: MARGIN, y, drawing: Drawing::Rule { width: INNER }, element: None });
        self.height = self.height.max(y);
    }

    fn space(&mut self, height: f32) {
        self.height += height;
    }
}

/// Arranges the page's content.
///
/// `seal_height` is what the seal's field needs.
pub(crate) fn arrange(fonts: &Fonts, page: &SignaturePage, seal_height: f32) -> Layout {
    let outline = Outline::new(Role::Section, &page.language);
    let mut writer = Writer { fonts, page, outline };
    let (head, code_element) = writer.head();
    let seal_element = writer.element(Role::Form);
    let mut blocks = Vec::new();
    if !page.documents.is_empty() {
        blocks.push(writer.section(&page.labels.documents));
        blocks.extend(page.documents.iter().map(|document| writer.document(document)));
    }
    if !page.signers.is_empty() {
        blocks.push(writer.section(&page.labels.signers));
        blocks.extend(page.signers.iter().enumerate().map(|(index, entry)| writer.signer(entry, index > 0)));
    }
    if !page.decisions.is_empty() {
        blocks.push(writer.section(&page.labels.decisions));
        blocks.extend(page.decisions.iter().map(|decision| writer.decision(decision)));
    }
    let has_stand_ins = std::iter::once(&head).chain(&blocks).flat_map(|block| &block.marks).any(Mark::has_stand_ins);
    blocks.push(writer.closing(has_stand_ins));
    let (mut pages, seal, seal_page) = flow(head, blocks, seal_height);
    footers(fonts, page, &mut pages);
    let code = pages.first().and_then(|first| first.iter().find_map(Mark::code));
    Layout { pages, outline: writer.outline, seal, seal_page, seal_element, code, code_element }
}

impl Mark {
    /// Where a code is drawn.
    fn code(&self) -> Option<Area> {
        match self.drawing {
            Drawing::Code { size, .. } => Some(Area { x: self.x, y: self.y, width: size, height: size }),
            _ => None,
        }
    }

    /// True where characters are written as their numbers.
    fn has_stand_ins(&self) -> bool {
        matches!(&self.drawing, Drawing::Text(line) if line.glyphs.iter().any(|glyph| glyph.stands_for.is_some()))
    }
}

/// Makes the blocks and, at the same time, their outline.
struct Writer<'a> {
    fonts: &'a Fonts,
    page: &'a SignaturePage,
    outline: Outline,
}

impl Writer<'_> {
    /// A new element below the page's own.
    fn element(&mut self, role: Role) -> ElementId {
        self.outline.add(self.outline.top(), role)
    }

    /// The block, and the element of the code in it.
    fn head(&mut self) -> (Block, Option<ElementId>) {
        let (fonts, page) = (self.fonts, self.page);
        let mut block = Block::default();
        let code = page.link.as_deref().and_then(qr::modules);
        let width = if code.is_some() { INNER - QR - 24.0 } else { INNER };
        let heading = self.element(Role::Paragraph);
        let y = block.lines(wrap(fonts, &page.labels.heading, HEADING, width), heading, MARGIN, 0.0);
        let title = self.element(Role::Heading1);
        let y = block.lines(wrap(fonts, &page.title, TITLE, width), title, MARGIN, y + 3.0);
        let table = self.element(Role::Table);
        let mut y = self.pair(&mut block, table, &page.labels.order, &[&page.order], width, y + 8.0);
        if let Some(organization) = &page.organization {
            y = self.pair(&mut block, table, &page.labels.organization, &[organization], width, y + 1.5);
        }
        if let Some(link) = &page.link {
            y = self.pair(&mut block, table, &page.labels.verify, &[link], width, y + 1.5);
        }
        let mut clickable = None;
        if let (Some(modules), Some(link)) = (code, &page.link) {
            let element = self.element(Role::Link);
            clickable = Some(element);
            let figure = self.outline.add(element, Role::Figure);
            self.outline.describe(figure, format!("{}: {link}", page.labels.code));
            block.marks.push(Mark { x: MARGIN + INNER - QR, y: 0.0, drawing: Drawing::Code { size: QR, modules }, element: Some(figure) });
            y = y.max(QR);
        }
        block.rule(y + 12.0);
        (block, clickable)
    }

    fn section(&mut self, title: &str) -> Block {
        let mut block = Block { keep_with_next: true, ..Block::default() };
        let heading = self.element(Role::Heading2);
        block.lines(wrap(self.fonts, title, SECTION, INNER), heading, MARGIN, 14.0);
        block.space(5.0);
        block
    }

    fn document(&mut self, document: &SignedDocument) -> Block {
        let mut block = Block::default();
        let element = self.element(Role::Paragraph);
        let y = block.lines(wrap(self.fonts, &document.title, BODY, INNER), element, MARGIN, 0.0);
        let element = self.element(Role::Paragraph);
        let digest = format!("SHA-256  {}", crate::hex::encode(&document.sha256));
        block.lines(wrap(self.fonts, &digest, TINY, INNER), element, MARGIN, y);
        block.space(7.0);
        block
    }

    fn signer(&mut self, entry: &SignerEntry, with_rule: bool) -> Block {
        let labels = &self.page.labels;
        let mut block = Block { running_head: wrap(self.fonts, &entry.name, SMALL, INNER).into_iter().next(), ..Block::default() };
        let mut y = 0.0;
        if with_rule {
            block.rule(1.0);
            y = 9.0;
        }
        let name = self.element(Role::Heading3);
        y = block.lines(wrap(self.fonts, &entry.name, NAME, INNER), name, MARGIN, y) + 2.0;
        let table = self.element(Role::Table);
        let mut pair = |label: &str, values: &[&str]| y = self.pair(&mut block, table, label, values, INNER, y) + 1.0;
        if !entry.roles.is_empty() {
            pair(&labels.role, &entry.roles.iter().map(String::as_str).collect::<Vec<_>>());
        }
        if let Some(organization) = &entry.organization {
            let value = match &organization.number {
                Some(number) => format!("{} ({number})", organization.name),
                None => organization.name.clone(),
            };
            pair(&labels.on_behalf_of, &[&value]);
        }
        pair(&labels.method, &[&entry.method]);
        pair(&labels.signed, &[&moment(entry.time, &entry.time_zone)]);
        for claim in &entry.claims {
            pair(&claim.label, &[&claim.value]);
        }
        block.space(8.0);
        block
    }

    fn decision(&mut self, decision: &str) -> Block {
        let mut block = Block::default();
        let element = self.element(Role::Paragraph);
        block.lines(wrap(self.fonts, decision, BODY, INNER), element, MARGIN, 0.0);
        block.space(4.0);
        block
    }

    fn closing(&mut self, has_stand_ins: bool) -> Block {
        let mut block = Block::default();
        let mut y = 12.0;
        if has_stand_ins {
            let element = self.element(Role::Paragraph);
            y = block.lines(wrap(self.fonts, &self.page.labels.stand_ins, SMALL, INNER), element, MARGIN, y) + 4.0;
        }
        let element = self.element(Role::Paragraph);
        block.lines(wrap(self.fonts, &self.page.labels.explanation, SMALL, INNER), element, MARGIN, y);
        block
    }

    /// Adds a row of a table: a label and its values, side by side.
    fn pair(&mut self, block: &mut Block, table: ElementId, label: &str, values: &[&str], width: f32, y: f32) -> f32 {
        let row = self.outline.add(table, Role::Row);
        let header = self.outline.add(row, Role::Header);
        // Labels are smaller; they go down a little to stand on the same base line.
        let left = block.lines(wrap(self.fonts, label, SMALL, LABEL - 10.0), header, MARGIN, y + 1.0);
        let cell = self.outline.add(row, Role::Cell);
        let mut right = y;
        for value in values {
            right = block.lines(wrap(self.fonts, value, BODY, width - LABEL), cell, MARGIN + LABEL, right);
        }
        left.max(right)
    }
}

/// A time in UTC and, where the zone is known, as the signer's clock showed it.
fn moment(time: Timestamp, zone: &str) -> String {
    match local_time(time, zone) {
        Some(local) => format!("{}  ({local})", utc_time(time)),
        None => utc_time(time),
    }
}

pub(crate) fn utc_time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time as clocks in a zone show it, with the zone's name; `None` for UTC and for a zone that is not known.
pub(crate) fn local_time(time: Timestamp, zone: &str) -> Option<String> {
    let local = TimeZone::get(zone).ok().filter(|_| !matches!(zone, "UTC" | "Etc/UTC"))?;
    Some(format!("{} {zone}", time.to_zoned(local).strftime("%Y-%m-%d %H:%M:%S %:z")))
}

/// Puts the head, the seal's field and the blocks on pages. Returns the pages, the field's area and its page.
fn flow(head: Block, blocks: Vec<Block>, seal_height: f32) -> (Vec<Vec<Mark>>, Area, usize) {
    let mut pages: Vec<Vec<Mark>> = vec![Vec::new()];
    let mut y = place(head, &mut pages, TOP) + 12.0;
    if y + seal_height > BOTTOM {
        pages.push(Vec::new());
        y = TOP;
    }
    let seal = Area { x: MARGIN, y, width: INNER, height: seal_height };
    let seal_page = pages.len() - 1;
    y += seal_height + 6.0;
    let mut blocks = blocks.into_iter().peekable();
    while let Some(block) = blocks.next() {
        let next = if block.keep_with_next { blocks.peek().map_or(0.0, |next| next.height.min(160.0)) } else { 0.0 };
        if y > TOP && y + block.height + next > BOTTOM {
            pages.push(Vec::new());
            y = TOP;
        }
        y = place(block, &mut pages, y);
    }
    (pages, seal, seal_page)
}

/// Draws a block from `top`. One that no page can hold is cut between its lines, and its head is repeated.
fn place(block: Block, pages: &mut Vec<Vec<Mark>>, top: f32) -> f32 {
    let mut shift = top;
    let mut page = pages.pop().unwrap_or_default();
    for mark in block.marks {
        if mark.y + shift > BOTTOM {
            pages.push(std::mem::take(&mut page));
            shift = TOP - mark.y + 12.0;
            if let Some(line) = &block.running_head {
                // It repeats what was said, so it belongs to nothing.
                page.push(Mark { x: MARGIN, y: TOP + line.style.size, drawing: Drawing::Text(line.clone()), element: None });
                shift += line.style.size + 8.0;
            }
        }
        if page.is_empty() && matches!(mark.drawing, Drawing::Rule { .. }) {
            // A rule parts two entries; at the top of a page there is nothing above it.
            continue;
        }
        page.push(Mark { y: mark.y + shift, ..mark });
    }
    pages.push(page);
    block.height + shift
}

/// The same on every page, so it belongs to nothing.
fn footers(fonts: &Fonts, page: &SignaturePage, pages: &mut [Vec<Mark>]) {
    let total = pages.len();
    let decoration = |x: f32, y: f32, drawing: Drawing| Mark { x, y, drawing, element: None };
    for (index, marks) in pages.iter_mut().enumerate() {
        let number = wrap(fonts, &format!("{} {} / {total}", page.labels.page, index + 1), TINY, INNER);
        let order = wrap(fonts, &format!("{}  ·  {} {}", page.labels.heading, page.labels.order, page.order), TINY, INNER * 0.7);
        marks.push(decoration(MARGIN, FOOTER - 12.0, Drawing::Rule { width: INNER }));
        if let Some(line) = order.into_iter().next() {
            marks.push(decoration(MARGIN, FOOTER, Drawing::Text(line)));
        }
        if let Some(line) = number.into_iter().next() {
            marks.push(decoration(MARGIN + INNER - line.width, FOOTER, Drawing::Text(line)));
        }
    }
}

/// The text in a frame.
pub(crate) struct Frame {
    /// From the frame's top left corner.
    pub(crate) marks: Vec<Mark>,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// Arranges lines in a frame as high as they need. Nothing in it is tagged: the field's own description is read instead.
pub(crate) fn frame(fonts: &Fonts, lines: &[(&str, FrameLine)], width: f32) -> Frame {
    let mut marks = Vec::new();
    let mut y = FRAME_PADDING;
    for (text, kind) in lines {
        let style = match kind {
            FrameLine::Label => TINY,
            FrameLine::Name => NAME,
            FrameLine::Note => SMALL,
        };
        for line in wrap(fonts, text, style, width - 2.0 * FRAME_INDENT) {
            marks.push(Mark { x: FRAME_INDENT, y: y + style.size, drawing: Drawing::Text(line), element: None });
            y += style.size * LEADING;
        }
    }
    Frame { marks, width, height: y + FRAME_PADDING - 2.0 }
}

/// What a line in a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameLine {
    Label,
    Name,
    Note,
}
