//! Looks at how the parts of a page lie above one another, and whether fields show what they hold.
//!
//! This is how something is hidden before signing and brought to light afterwards, or shown before and replaced afterwards. It is told
//! to those who sign; it forbids nothing, since honest documents have such parts, too. Examined are the page's own content and its
//! annotations, not content within content, and no text that is drawn invisibly, as text recognition does.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::finding::content::{number, numbers, operators, shown};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;

/// How many annotations of a page are compared with one another.
const MAX_ANNOTATIONS: usize = 300;
/// How many pieces of text are remembered of a page.
const MAX_TEXTS: usize = 5_000;
/// How deep `q` is followed.
const MAX_SAVED: usize = 64;

/// What is remarkable about a page. Content that cannot be read is not looked at.
pub(super) fn at_page(reader: &mut Reader<'_>, page: &Dictionary) -> Result<BTreeSet<Finding>, Refusal> {
    let mut findings = BTreeSet::new();
    let annotations = annotations(reader, page, &mut findings)?;
    reader.bytes.budget.spend_work((annotations.len() * annotations.len()) as u64 / 8)?;
    for (index, one) in annotations.iter().enumerate() {
        if annotations[..index].iter().any(|other| one.hides(other)) {
            findings.insert(Finding::OverlappingFields);
        }
    }
    let content = content_of(reader, page)?;
    let images = images_of(reader, page)?;
    let mut canvas = Canvas::new(images);
    operators(&content, &mut reader.bytes.budget, |operator, operands| canvas.take(operator, operands))?;
    reader.bytes.budget.spend_work((canvas.texts.len() * annotations.len()) as u64 / 16)?;
    if canvas.covers || canvas.texts.iter().any(|text| annotations.iter().any(|one| one.contains(*text))) {
        findings.insert(Finding::CoveredText);
    }
    Ok(findings)
}

/// The places of annotations that can lie above something. Those that only mark what is below them cannot.
fn annotations(reader: &mut Reader<'_>, page: &Dictionary, findings: &mut BTreeSet<Finding>) -> Result<Vec<Area>, Refusal> {
    const MARKS: [&str; 9] = ["Link", "Popup", "Highlight", "Underline", "Squiggly", "StrikeOut", "Text", "Ink", "Line"];
    let Object::Array(items) = reader.entry(page, "Annots")? else { return Ok(Vec::new()) };
    let mut areas = Vec::new();
    for item in items.iter().take(MAX_ANNOTATIONS) {
        let Object::Dictionary(annotation) = reader.resolve(item)? else { continue };
        let is_mark = annotation.get("Subtype").is_some_and(|kind| MARKS.iter().any(|mark| kind.is_name(mark)));
        // Hidden, or not to be viewed (table 165).
        let is_hidden = annotation.get("F").and_then(Object::as_integer).is_some_and(|flags| flags & (2 | 32) != 0);
        if is_mark || is_hidden {
            continue;
        }
        if shows_other_text(reader, &annotation)? {
            findings.insert(Finding::FieldShowsOtherText);
        }
        if let Object::Array(corners) = reader.entry(&annotation, "Rect")?
            && let Some([x1, y1, x2, y2]) = numbers(&corners)
        {
            areas.push(Area::of([(x1, y1), (x2, y2)]));
        }
    }
    Ok(areas)
}

/// A text field whose appearance shows something else than its value. Where either is not plain ASCII, nothing can be said.
fn shows_other_text(reader: &mut Reader<'_>, field: &Dictionary) -> Result<bool, Refusal> {
    let parent = match reader.entry(field, "Parent")? {
        Object::Dictionary(parent) => parent,
        _ => Dictionary::new(),
    };
    let own = |key: &str| field.get(key).or_else(|| parent.get(key)).cloned().unwrap_or(Object::Null);
    if !own("FT").is_name("Tx") {
        return Ok(false);
    }
    let Object::String(value) = reader.resolve(&own("V"))? else { return Ok(false) };
    let Object::Dictionary(appearances) = reader.entry(field, "AP")? else { return Ok(false) };
    let Some(normal) = appearances.get("N").and_then(Object::as_reference) else { return Ok(false) };
    let Some(content) = readable(reader.stream(normal))? else { return Ok(false) };
    let mut text = Vec::new();
    operators(&content.data, &mut reader.bytes.budget, |operator, operands| text.extend(shown(operator, operands).unwrap_or_default()))?;
    let is_plain = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let visible = |text: &[u8]| -> Vec<u8> { text.iter().copied().filter(u8::is_ascii_graphic).collect() };
    Ok(is_plain(&value) && is_plain(&text) && visible(&value) != visible(&text))
}

/// The page's content, its parts one behind the other.
fn content_of(reader: &mut Reader<'_>, page: &Dictionary) -> Result<Vec<u8>, Refusal> {
    let parts = match (page.get("Contents"), reader.entry(page, "Contents")?) {
        (_, Object::Array(parts)) => parts,
        (Some(single), _) => vec![single.clone()],
        _ => Vec::new(),
    };
    let mut content = Vec::new();
    for id in parts.iter().filter_map(Object::as_reference) {
        if let Some(part) = readable(reader.stream(id))? {
            content.extend(part.data);
            content.push(b'\n');
        }
        if content.len() > 8 << 20 {
            return Err(Refusal::OverBudget);
        }
    }
    Ok(content)
}

/// The names of the page's images.
fn images_of(reader: &mut Reader<'_>, page: &Dictionary) -> Result<BTreeSet<Vec<u8>>, Refusal> {
    let mut names = BTreeSet::new();
    let Object::Dictionary(resources) = reader.entry(page, "Resources")? else { return Ok(names) };
    let Object::Dictionary(objects) = reader.entry(&resources, "XObject")? else { return Ok(names) };
    for (name, object) in objects.iter() {
        if let Some(Object::Dictionary(object)) = readable(reader.resolve(object))?
            && object.get("Subtype").is_some_and(|kind| kind.is_name("Image"))
        {
            names.insert(name.to_vec());
        }
    }
    Ok(names)
}

fn readable<T>(outcome: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => Err(refusal),
        Err(_) => Ok(None),
    }
}

type Point = (f64, f64);

/// A rectangle that stands upright.
#[derive(Debug, Clone, Copy)]
struct Area {
    least: Point,
    most: Point,
}

impl Area {
    fn of(points: impl IntoIterator<Item = Point>) -> Self {
        let nothing = Self { least: (f64::INFINITY, f64::INFINITY), most: (f64::NEG_INFINITY, f64::NEG_INFINITY) };
        points.into_iter().fold(nothing, |area, (x, y)| Self {
            least: (area.least.0.min(x), area.least.1.min(y)),
            most: (area.most.0.max(x), area.most.1.max(y)),
        })
    }

    fn contains(&self, (x, y): Point) -> bool {
        self.least.0 < x && x < self.most.0 && self.least.1 < y && y < self.most.1
    }

    /// Covers more than half of the other.
    fn hides(&self, other: &Self) -> bool {
        let size = |least: Point, most: Point| (most.0 - least.0).max(0.0) * (most.1 - least.1).max(0.0);
        let least = (self.least.0.max(other.least.0), self.least.1.max(other.least.1));
        let most = (self.most.0.min(other.most.0), self.most.1.min(other.most.1));
        let smaller = size(self.least, self.most).min(size(other.least, other.most));
        smaller > 0.0 && size(least, most) > smaller / 2.0
    }
}

/// A transformation (8.3.3).
#[derive(Debug, Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const SAME: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn apply(&self, (x, y): Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// This one first, then the other.
    fn then(&self, other: &Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [g, h, i, j, k, l] = other.0;
        Self([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }
}

/// What was drawn so far.
struct Canvas {
    images: BTreeSet<Vec<u8>>,
    matrix: Matrix,
    saved: Vec<Matrix>,
    line: Matrix,
    leading: f64,
    is_visible: bool,
    /// Where pieces of text begin.
    texts: Vec<Point>,
    /// An image was drawn above one of them.
    covers: bool,
}

impl Canvas {
    fn new(images: BTreeSet<Vec<u8>>) -> Self {
        let (matrix, line) = (Matrix::SAME, Matrix::SAME);
        Self { images, matrix, saved: Vec::new(), line, leading: 0.0, is_visible: true, texts: Vec::new(), covers: false }
    }

    fn take(&mut self, operator: &[u8], operands: &[Object]) {
        match operator {
            b"q" if self.saved.len() < MAX_SAVED => self.saved.push(self.matrix),
            b"Q" => self.matrix = self.saved.pop().unwrap_or(self.matrix),
            b"cm" => self.matrix = numbers(operands).map_or(self.matrix, |own| Matrix(own).then(&self.matrix)),
            b"BT" => self.line = Matrix::SAME,
            b"Tm" => self.line = numbers(operands).map_or(self.line, Matrix),
            b"Td" | b"TD" => {
                let [x, y] = numbers(operands).unwrap_or_default();
                if operator == b"TD" {
                    self.leading = -y;
                }
                self.move_by(x, y);
            }
            b"TL" => self.leading = operands.first().and_then(number).unwrap_or_default(),
            b"T*" => self.move_by(0.0, -self.leading),
            // 3 is neither filled nor stroked, 7 is for clipping alone (table 106).
            b"Tr" => self.is_visible = !matches!(operands, [Object::Integer(3 | 7)]),
            b"Do" => self.draw(operands),
            b"'" | b"\"" => {
                self.move_by(0.0, -self.leading);
                self.write(operator, operands);
            }
            _ => self.write(operator, operands),
        }
    }

    fn move_by(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(&self.line);
    }

    fn write(&mut self, operator: &[u8], operands: &[Object]) {
        let has_text = shown(operator, operands).is_some_and(|text| text.iter().any(|byte| *byte > b' '));
        if has_text && self.is_visible && self.texts.len() < MAX_TEXTS {
            self.texts.push(self.line.then(&self.matrix).apply((0.0, 0.0)));
        }
    }

    /// An image fills the unit square (8.9.5.1).
    fn draw(&mut self, operands: &[Object]) {
        let is_image = operands.first().and_then(Object::as_name).is_some_and(|name| self.images.contains(name));
        if is_image {
            let area = Area::of([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].map(|corner| self.matrix.apply(corner)));
            self.covers |= self.texts.iter().any(|text| area.contains(*text));
        }
    }
}
