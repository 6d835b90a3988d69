//! Spots that the author of a document left for people: an empty signature field, or a place in the text. At sealing, the mark of who
//! signed is put there.

use serde::{Deserialize, Serialize};

use crate::leaf::{self, LeafPage};
use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::{LastPage, Permits, Plan};
use crate::refusal::Refusal;
use crate::source::ReadAt;

/// How many pages are gone through for a page that is wanted.
const MAX_PAGES: u32 = 2000;
/// A field that is narrower or lower than this has room for nobody's name; in points.
const LEAST: f32 = 8.0;

/// A place in the text of a page, as its reader sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TextPlace {
    /// Whose.
    pub name: String,
    /// Which page, from 0.
    pub page: u32,
    /// From the left edge, in points.
    pub x: f32,
    /// From the upper edge, in points.
    pub y: f32,
}

/// A spot, with the page on which it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Spot {
    pub(crate) name: String,
    pub(crate) page: LeafPage,
    pub(crate) room: Room,
}

/// How much room there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Room {
    /// A signature field: what the reader sees of it, as left, upper edge, width and height in points, and the field itself.
    Field { seen: [f32; 4], id: Id, dictionary: Dictionary },
    /// A place in the text: its left and its upper edge.
    Text { x: f32, y: f32 },
}

impl Plan {
    /// Adds a spot for each of `names` that has one: a signature field of that name, else its first place in the text. A document
    /// that was signed before has none, since a mark would be a change to it.
    ///
    /// # Errors
    /// A [`Refusal`] when the document cannot be read; the plan is as before then.
    pub fn add_spots(&mut self, source: &dyn ReadAt, limits: &Limits, names: &[String], places: &[TextPlace]) -> Result<(), Refusal> {
        if self.permits != Permits::Everything || names.is_empty() {
            return Ok(());
        }
        let mut reader = Reader::open(source, limits)?;
        let mut wanted = Vec::new();
        for name in names {
            if let Some(found) = self.field(&mut reader, name)? {
                wanted.push((name, found));
            } else if let Some(place) = places.iter().find(|place| place.name == *name) {
                wanted.push((name, Wanted::Text(place)));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let pages = leaf::pages(&mut reader, &self.pages, MAX_PAGES, |number, id| wanted.iter().any(|(_, one)| one.is_on(number, id)))?;
        let pages = apart(self, pages);
        for (name, one) in wanted {
            let Some((_, page)) = pages.iter().find(|(number, page)| one.is_on(*number, page.id)) else { continue };
            let room = match one {
                Wanted::Text(place) => Room::Text { x: place.x, y: place.y },
                Wanted::Field { area, id, dictionary, .. } => {
                    let seen = page.view.seen(area);
                    if seen[2] < LEAST || seen[3] < LEAST {
                        continue;
                    }
                    Room::Field { seen, id, dictionary }
                }
            };
            self.spots.push(Spot { name: name.clone(), page: page.clone(), room });
        }
        Ok(())
    }

    /// The names that have a spot.
    pub fn spots(&self) -> impl Iterator<Item = &str> {
        self.spots.iter().map(|spot| spot.name.as_str())
    }

    /// The empty signature field of a name, where it is on a page that it tells itself.
    fn field(&self, reader: &mut Reader<'_>, name: &str) -> Result<Option<Wanted<'static>>, Refusal> {
        let Some(field) = self.empty_fields.iter().find(|field| field.name == name) else { return Ok(None) };
        let page = field.dictionary.get("P").and_then(Object::as_reference);
        // A document of one page has no other.
        let page = page.or((self.pages.count == 1).then_some(self.first_page.id));
        let area = leaf::rectangle(reader, &field.dictionary, "Rect")?;
        Ok(page.zip(area).map(|(page, area)| Wanted::Field { page, area, id: field.id, dictionary: field.dictionary.clone() }))
    }
}

enum Wanted<'a> {
    Field { page: Id, area: [f32; 4], id: Id, dictionary: Dictionary },
    Text(&'a TextPlace),
}

impl Wanted<'_> {
    fn is_on(&self, number: u32, id: Id) -> bool {
        match self {
            Self::Field { page, .. } => *page == id,
            Self::Text(place) => place.page == number,
        }
    }
}

/// Pages that can be written anew without a loss: neither they nor their lists of annotations stand for something else, too.
fn apart(plan: &Plan, pages: Vec<(u32, LeafPage)>) -> Vec<(u32, LeafPage)> {
    let form = plan.form.as_ref();
    let mut taken: Vec<Id> =
        [Some(plan.catalog.id), Some(plan.pages.id), form.and_then(|form| form.id), form.and_then(|form| form.fields.id)]
            .into_iter()
            .flatten()
            .chain(plan.empty_fields.iter().map(|field| field.id))
            .collect();
    // The seal's field may be put on either of these as well, by the page's own list.
    let last = match &plan.last_page {
        LastPage::Other(last) => Some(last.as_ref()),
        LastPage::First | LastPage::Unreadable => None,
    };
    let ends: Vec<&LeafPage> = last.into_iter().chain([&plan.first_page]).collect();
    let mut free = Vec::new();
    for (number, page) in pages {
        let ids: Vec<Id> = [Some(page.id), page.annotations.id].into_iter().flatten().collect();
        let is_of_another = |id: &Id| ends.iter().any(|end| end.id != page.id && (end.id == *id || end.annotations.id == Some(*id)));
        let clashes = |id: &Id| taken.contains(id) || is_of_another(id);
        if !ids.iter().any(clashes) {
            taken.extend(ids);
            free.push((number, page));
        }
    }
    free
}
