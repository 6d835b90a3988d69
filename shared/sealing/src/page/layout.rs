//! Arranges the signature page: which text stands where, and what flows to the next page. All lengths are points, `y` grows
//! downward from the top edge.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::page::font::{Fonts, Weight};
use crate::page::text::{Ink, Line, Style, wrap};
use crate::page::{SignaturePage, SignerEntry, qr};

/// A4.
pub(crate) const WIDTH: f32 = 595.28;
pub(crate) const HEIGHT: f32 = 841.89;

const MARGIN: f32 = 56.0;
const INNER: f32 = WIDTH - 2.0 * MARGIN;
const TOP: f32 = 60.0;
const BOTTOM: f32 = HEIGHT - 64.0;
const FOOTER: f32 = HEIGHT - 36.0;
/// The column of labels.
const LABEL: f32 = 112.0;
const QR: f32 = 74.0;
const SEAL_HEIGHT: f32 = 46.0;

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

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// A line of text from a point on its base line.
    Text { x: f32, y: f32, line: Line },
    /// A horizontal rule.
    Rule { x: f32, y: f32, width: f32 },
    /// A QR code in a square.
    Code { x: f32, y: f32, size: f32, modules: Vec<Vec<bool>> },
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
    /// Where the seal's own field is: below the head.
    pub(crate) seal: Area,
    /// The page it is on, counted from zero.
    pub(crate) seal_page: usize,
}

/// A block of marks that stay together where a page can hold them. `y` counts from the block's top.
#[derive(Default)]
struct Block {
    marks: Vec<Mark>,
    height: f32,
    /// The block must not be the last on a page.
    keep_with_next: bool,
}

impl Block {
    /// Adds lines at `x` from `y` and returns the `y` behind them.
    fn lines(&mut self, lines: Vec<Line>, x: f32, mut y: f32) -> f32 {
        for line in lines {
            let size = line.style.size;
            self.marks.push(Mark::Text { x, y: y + size, line });
            y += size * 1.38;
        }
        self.height = self.height.max(y);
        y
    }

    /// Adds a label and its value side by side.
    fn pair(&mut self, fonts: &Fonts, label: &str, value: &str, x: f32, width: f32, y: f32) -> f32 {
        // Labels are smaller; they go down a little to stand on the same base line.
        let left = self.lines(wrap(fonts, label, SMALL, LABEL - 10.0), x, y + 1.0);
        let right = self.lines(wrap(fonts, value, BODY, width - LABEL), x + LABEL, y);
        left.max(right)
    }

    fn rule(&mut self, y: f32) {
        self.marks.push(Mark::Rule { x: MARGIN, y, width: INNER });
        self.height = self.height.max(y);
    }

    fn space(&mut self, height: f32) {
        self.height += height;
    }
}

/// Arranges the page's content.
pub(crate) fn arrange(fonts: &Fonts, page: &SignaturePage) -> Layout {
    let mut blocks = Vec::new();
    if !page.documents.is_empty() {
        blocks.push(section(fonts, &page.labels.documents));
        for document in &page.documents {
            let mut block = Block::default();
            let y = block.lines(wrap(fonts, &document.title, BODY, INNER), MARGIN, 0.0);
            block.lines(wrap(fonts, &format!("SHA-256  {}", crate::hex::encode(&document.sha256)), TINY, INNER), MARGIN, y);
            block.space(7.0);
            blocks.push(block);
        }
    }
    if !page.signers.is_empty() {
        blocks.push(section(fonts, &page.labels.signers));
        for (index, entry) in page.signers.iter().enumerate() {
            blocks.push(signer(fonts, page, entry, index > 0));
        }
    }
    if !page.decisions.is_empty() {
        blocks.push(section(fonts, &page.labels.decisions));
        for decision in &page.decisions {
            let mut block = Block::default();
            block.lines(wrap(fonts, decision, BODY, INNER), MARGIN, 0.0);
            block.space(4.0);
            blocks.push(block);
        }
    }
    let mut closing = Block::default();
    closing.lines(wrap(fonts, &page.labels.explanation, SMALL, INNER), MARGIN, 12.0);
    blocks.push(closing);
    let mut layout = flow(head(fonts, page), blocks);
    footers(fonts, page, &mut layout.pages);
    layout
}

fn head(fonts: &Fonts, page: &SignaturePage) -> Block {
    let mut block = Block::default();
    let code = page.link.as_deref().and_then(qr::modules);
    let width = if code.is_some() { INNER - QR - 24.0 } else { INNER };
    let y = block.lines(wrap(fonts, &page.labels.heading, HEADING, width), MARGIN, 0.0);
    let y = block.lines(wrap(fonts, &page.title, TITLE, width), MARGIN, y + 3.0);
    let mut y = block.pair(fonts, &page.labels.order, &page.order, MARGIN, width, y + 8.0);
    if let Some(organization) = &page.organization {
        y = block.pair(fonts, &page.labels.organization, organization, MARGIN, width, y + 1.5);
    }
    if let Some(link) = &page.link {
        y = block.pair(fonts, &page.labels.verify, link, MARGIN, width, y + 1.5);
    }
    if let Some(modules) = code {
        block.marks.push(Mark::Code { x: MARGIN + INNER - QR, y: 0.0, size: QR, modules });
        y = y.max(QR);
    }
    block.rule(y + 12.0);
    block
}

fn section(fonts: &Fonts, title: &str) -> Block {
    let mut block = Block { keep_with_next: true, ..Block::default() };
    block.lines(wrap(fonts, title, SECTION, INNER), MARGIN, 14.0);
    block.space(5.0);
    block
}

fn signer(fonts: &Fonts, page: &SignaturePage, entry: &SignerEntry, with_rule: bool) -> Block {
    let labels = &page.labels;
    let mut block = Block::default();
    let mut y = 0.0;
    if with_rule {
        block.rule(1.0);
        y = 9.0;
    }
    y = block.lines(wrap(fonts, &entry.name, NAME, INNER), MARGIN, y) + 2.0;
    for (index, role) in entry.roles.iter().enumerate() {
        let label = if index == 0 { labels.role.as_str() } else { "" };
        y = block.pair(fonts, label, role, MARGIN, INNER, y) + 1.0;
    }
    if let Some(organization) = &entry.organization {
        let value = match &organization.number {
            Some(number) => format!("{} ({number})", organization.name),
            None => organization.name.clone(),
        };
        y = block.pair(fonts, &labels.on_behalf_of, &value, MARGIN, INNER, y) + 1.0;
    }
    y = block.pair(fonts, &labels.method, &entry.method, MARGIN, INNER, y) + 1.0;
    y = block.pair(fonts, &labels.signed, &moment(entry.time, &entry.time_zone), MARGIN, INNER, y) + 1.0;
    for claim in &entry.claims {
        y = block.pair(fonts, &claim.label, &claim.value, MARGIN, INNER, y) + 1.0;
    }
    block.space(8.0);
    block
}

/// A time in UTC and, where the zone is known, as the signer's clock showed it.
pub(crate) fn moment(time: Timestamp, zone: &str) -> String {
    let utc = time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    match TimeZone::get(zone) {
        Ok(local) if !matches!(zone, "UTC" | "Etc/UTC") => {
            format!("{utc}  ({} {zone})", time.to_zoned(local).strftime("%Y-%m-%d %H:%M:%S %:z"))
        }
        _ => utc,
    }
}

/// Puts the head, the seal's field and the blocks on pages.
fn flow(head: Block, blocks: Vec<Block>) -> Layout {
    let mut pages: Vec<Vec<Mark>> = vec![Vec::new()];
    let mut y = place(head, &mut pages, TOP) + 12.0;
    if y + SEAL_HEIGHT > BOTTOM {
        pages.push(Vec::new());
        y = TOP;
    }
    let seal = Area { x: MARGIN, y, width: INNER, height: SEAL_HEIGHT };
    let seal_page = pages.len() - 1;
    y += SEAL_HEIGHT + 6.0;
    let mut blocks = blocks.into_iter().peekable();
    while let Some(block) = blocks.next() {
        let next = if block.keep_with_next { blocks.peek().map_or(0.0, |next| next.height.min(160.0)) } else { 0.0 };
        if y > TOP && y + block.height + next > BOTTOM {
            pages.push(Vec::new());
            y = TOP;
        }
        y = place(block, &mut pages, y);
    }
    Layout { pages, seal, seal_page }
}

/// Draws a block from `top`. One that no page can hold is cut between its lines.
fn place(block: Block, pages: &mut Vec<Vec<Mark>>, top: f32) -> f32 {
    let mut shift = top;
    let mut page = pages.pop().unwrap_or_default();
    for mark in block.marks {
        let mark_y = match &mark {
            Mark::Text { y, .. } | Mark::Rule { y, .. } | Mark::Code { y, .. } => *y,
        };
        if mark_y + shift > BOTTOM {
            pages.push(std::mem::take(&mut page));
            shift = TOP - mark_y + 12.0;
        }
        if page.is_empty() && matches!(mark, Mark::Rule { .. }) {
            // A rule parts two entries; at the top of a page there is nothing above it.
            continue;
        }
        page.push(match mark {
            Mark::Text { x, y, line } => Mark::Text { x, y: y + shift, line },
            Mark::Rule { x, y, width } => Mark::Rule { x, y: y + shift, width },
            Mark::Code { x, y, size, modules } => Mark::Code { x, y: y + shift, size, modules },
        });
    }
    pages.push(page);
    block.height + shift
}

fn footers(fonts: &Fonts, page: &SignaturePage, pages: &mut [Vec<Mark>]) {
    let total = pages.len();
    for (index, marks) in pages.iter_mut().enumerate() {
        let number = wrap(fonts, &format!("{} {} / {total}", page.labels.page, index + 1), TINY, INNER);
        let order = wrap(fonts, &format!("{} {}", page.labels.order, page.order), TINY, INNER * 0.7);
        marks.push(Mark::Rule { x: MARGIN, y: FOOTER - 12.0, width: INNER });
        if let Some(line) = order.into_iter().next() {
            marks.push(Mark::Text { x: MARGIN, y: FOOTER, line });
        }
        if let Some(line) = number.into_iter().next() {
            marks.push(Mark::Text { x: MARGIN + INNER - line.width, y: FOOTER, line });
        }
    }
}

/// The text in the seal's field, relative to its top left corner.
pub(crate) fn seal_marks(fonts: &Fonts, page: &SignaturePage, name: &str, time: Timestamp, reason: Option<&str>) -> Vec<Mark> {
    let mut block = Block::default();
    let first = |text: &str, style: Style, width: f32| wrap(fonts, text, style, width).into_iter().take(1).collect::<Vec<_>>();
    let inner = INNER - 24.0;
    let y = block.lines(first(&page.labels.sealed_by, TINY, inner), 12.0, 7.0);
    let y = block.lines(first(name, NAME, inner), 12.0, y);
    let when = moment(time, "UTC");
    let note = reason.map_or_else(|| when.clone(), |reason| format!("{when}  ·  {reason}"));
    block.lines(first(&note, SMALL, inner), 12.0, y);
    block.marks
}
