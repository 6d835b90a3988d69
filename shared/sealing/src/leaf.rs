//! Single pages of the document, and how a reader sees them.

use std::collections::HashSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::inspect::held_array;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::{Held, PageRoot};
use crate::refusal::{Damage, Refusal};

/// Letter, which readers take where a page has no size (as ISO 32000-1, 7.7.3.3, does not say).
const NO_SIZE: [f32; 4] = [0.0, 0.0, 612.0, 792.0];

/// A page that may get a field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LeafPage {
    pub(crate) id: Id,
    pub(crate) dictionary: Dictionary,
    pub(crate) annotations: Held<Vec<Object>>,
    pub(crate) view: View,
}

/// What of a page's plane a reader sees, and how it is turned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct View {
    /// The visible part: left, bottom, right, top, in units of the page.
    pub(crate) area: [f32; 4],
    /// Clockwise: 0, 90, 180 or 270 degrees.
    pub(crate) rotation: u16,
    /// How many points a unit has.
    pub(crate) unit: f32,
}

/// Which end of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    First,
    Last,
}

/// Goes down to the first or last leaf of the page tree.
pub(crate) fn at_the_end(reader: &mut Reader<'_>, root: &PageRoot, end: End) -> Result<LeafPage, Refusal> {
    Leaves::of(root, end).next(reader)?.ok_or_else(|| Damage("it has no pages").into())
}

/// Those of the first `most` pages that are wanted by number, from 0, or by object.
pub(crate) fn pages(
    reader: &mut Reader<'_>,
    root: &PageRoot,
    most: u32,
    wanted: impl Fn(u32, Id) -> bool,
) -> Result<Vec<(u32, LeafPage)>, Refusal> {
    let mut leaves = Leaves::of(root, End::First);
    let mut found = Vec::new();
    for number in 0..most {
        let Some(page) = leaves.next(reader)? else { break };
        if wanted(number, page.id) {
            found.push((number, page));
        }
    }
    Ok(found)
}

/// The leaves of the page tree, from one end on. A tree may be deep and may lead in circles; each node is seen once.
struct Leaves {
    seen: HashSet<Id>,
    ahead: Vec<(Id, Rc<Dictionary>)>,
    end: End,
}

impl Leaves {
    fn of(root: &PageRoot, end: End) -> Self {
        let mut ahead = Vec::new();
        push(&mut ahead, &root.kids, &Rc::new(inherited(&Dictionary::new(), &root.dictionary)), end);
        Self { seen: HashSet::from([root.id]), ahead, end }
    }

    fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<LeafPage>, Refusal> {
        while let Some((id, above)) = self.ahead.pop() {
            reader.bytes.budget.spend_work(1)?;
            if !self.seen.insert(id) {
                return Err(Damage("its page tree forms a loop").into());
            }
            let Object::Dictionary(dictionary) = reader.object(id)? else {
                continue;
            };
            let here = inherited(&above, &dictionary);
            if let Object::Array(kids) = reader.entry(&dictionary, "Kids")? {
                reader.bytes.budget.spend_work(kids.len() as u64)?;
                push(&mut self.ahead, &kids, &Rc::new(here), self.end);
                continue;
            }
            let annotations = held_array(reader, &dictionary, "Annots")?;
            let view = view(reader, &here, &dictionary)?;
            return Ok(Some(LeafPage { id, dictionary, annotations, view }));
        }
        Ok(None)
    }
}

/// Puts kids on the stack so that the wanted one comes first.
fn push(ahead: &mut Vec<(Id, Rc<Dictionary>)>, kids: &[Object], above: &Rc<Dictionary>, end: End) {
    let ids = kids.iter().filter_map(Object::as_reference).map(|id| (id, Rc::clone(above)));
    match end {
        End::First => ahead.extend(ids.rev()),
        End::Last => ahead.extend(ids),
    }
}

/// The entries of a node that its pages take over (7.7.3.4), as far as they say how a page is seen.
fn inherited(above: &Dictionary, node: &Dictionary) -> Dictionary {
    let mut here = above.clone();
    for key in ["MediaBox", "CropBox", "Rotate"] {
        if let Some(value) = node.get(key) {
            here.set(key, value.clone());
        }
    }
    here
}

fn view(reader: &mut Reader<'_>, here: &Dictionary, page: &Dictionary) -> Result<View, Refusal> {
    let media = rectangle(reader, here, "MediaBox")?.unwrap_or(NO_SIZE);
    let crop = rectangle(reader, here, "CropBox")?.unwrap_or(media);
    // What is outside of the media is not seen (14.11.2).
    let both = [media[0].max(crop[0]), media[1].max(crop[1]), media[2].min(crop[2]), media[3].min(crop[3])];
    let area = if both[0] < both[2] && both[1] < both[3] { both } else { media };
    let rotation = reader.entry(here, "Rotate")?.as_integer().unwrap_or(0).rem_euclid(360);
    let unit = number(&reader.entry(page, "UserUnit")?).filter(|unit| *unit > 0.0).unwrap_or(1.0);
    let rotation = if rotation % 90 == 0 { u16::try_from(rotation).unwrap_or(0) } else { 0 };
    Ok(View { area, rotation, unit })
}

/// A rectangle with its corners in order (7.9.5); `None` when absent, empty or none at all.
pub(crate) fn rectangle(reader: &mut Reader<'_>, holder: &Dictionary, key: &str) -> Result<Option<[f32; 4]>, Refusal> {
    let Object::Array(items) = reader.entry(holder, key)? else { return Ok(None) };
    let mut numbers = [0.0; 4];
    if items.len() != numbers.len() {
        return Ok(None);
    }
    for (place, item) in numbers.iter_mut().zip(&items) {
        match number(&reader.resolve(item)?) {
            Some(value) => *place = value,
            None => return Ok(None),
        }
    }
    let [x1, y1, x2, y2] = numbers;
    let ordered = [x1.min(x2), y1.min(y2), x1.max(x2), y1.max(y2)];
    Ok((ordered[0] < ordered[2] && ordered[1] < ordered[3]).then_some(ordered))
}

fn number(object: &Object) -> Option<f32> {
    let value = match object {
        Object::Integer(value) => *value as f32,
        Object::Real(digits) => digits.parse().ok()?,
        _ => return None,
    };
    // Wider than any page (annex C.2: 14,400 units), and a float still tells points apart.
    (value.is_finite() && value.abs() < 1e6).then_some(value)
}

impl View {
    /// Width and height as the reader sees them, in points.
    pub(crate) fn seen_size(&self) -> (f32, f32) {
        let [left, bottom, right, top] = self.area;
        let (width, height) = ((right - left) * self.unit, (top - bottom) * self.unit);
        if self.is_on_its_side() { (height, width) } else { (width, height) }
    }

    /// Where on the page's plane a rectangle lies that the reader sees `x` and `y` points from the upper left corner.
    pub(crate) fn place(&self, x: f32, y: f32, width: f32, height: f32) -> [f32; 4] {
        let [x, y, width, height] = [x, y, width, height].map(|points| points / self.unit);
        let [left, bottom, right, top] = self.area;
        match self.rotation {
            90 => [left + y, bottom + x, left + y + height, bottom + x + width],
            180 => [right - x - width, bottom + y, right - x, bottom + y + height],
            270 => [right - y - height, top - x - width, right - y, top - x],
            _ => [left + x, top - y - height, left + x + width, top - y],
        }
    }

    /// What the reader sees of a rectangle on the page's plane: `x` and `y` from the upper left corner, width and height, in points.
    pub(crate) fn seen(&self, [x1, y1, x2, y2]: [f32; 4]) -> [f32; 4] {
        let [left, bottom, right, top] = self.area;
        let (x, y) = match self.rotation {
            90 => (y1 - bottom, x1 - left),
            180 => (right - x2, y1 - bottom),
            270 => (top - y2, right - x2),
            _ => (x1 - left, top - y2),
        };
        let (width, height) = if self.is_on_its_side() { (y2 - y1, x2 - x1) } else { (x2 - x1, y2 - y1) };
        [x, y, width, height].map(|units| units * self.unit)
    }

    /// The matrix that sets a drawing upright for the reader (12.5.5 moves and scales it by itself).
    pub(crate) fn upright(&self) -> [i64; 6] {
        match self.rotation {
            90 => [0, 1, -1, 0, 0, 0],
            180 => [-1, 0, 0, -1, 0, 0],
            270 => [0, -1, 1, 0, 0, 0],
            _ => [1, 0, 0, 1, 0, 0],
        }
    }

    fn is_on_its_side(&self) -> bool {
        self.rotation % 180 == 90
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the reader sees a point of the plane: the other direction, written by itself.
    fn seen(view: &View, [px, py]: [f32; 2]) -> [f32; 2] {
        let [left, bottom, right, top] = view.area;
        let (x, y) = match view.rotation {
            0 => (px - left, top - py),
            90 => (py - bottom, px - left),
            180 => (right - px, py - bottom),
            _ => (top - py, right - px),
        };
        [x * view.unit, y * view.unit]
    }

    #[test]
    fn a_place_is_seen_where_it_was_asked_for() {
        for rotation in [0, 90, 180, 270] {
            for unit in [1.0, 2.0] {
                let view = View { area: [10.0, 20.0, 210.0, 320.0], rotation, unit };
                let (width, height) = view.seen_size();
                assert_eq!((width, height), if rotation % 180 == 0 { (200.0 * unit, 300.0 * unit) } else { (300.0 * unit, 200.0 * unit) });
                let [x1, y1, x2, y2] = view.place(30.0, 40.0, 50.0, 12.0);
                assert!(x1 < x2 && y1 < y2);
                assert_eq!(view.seen([x1, y1, x2, y2]), [30.0, 40.0, 50.0, 12.0], "{rotation} {unit}");
                let corners = [[x1, y1], [x2, y2]].map(|corner| seen(&view, corner));
                let least = [corners[0][0].min(corners[1][0]), corners[0][1].min(corners[1][1])];
                let greatest = [corners[0][0].max(corners[1][0]), corners[0][1].max(corners[1][1])];
                assert_eq!((least, greatest), ([30.0, 40.0], [80.0, 52.0]), "{rotation} {unit}");
            }
        }
    }
}
