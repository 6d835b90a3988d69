//! Marks of people on the pages of the document, each at its spot.

use jiff::Timestamp;

use crate::increment::Increment;
use crate::leaf::LeafPage;
use crate::page::font::{FontError, Fonts};
use crate::page::outline::Role;
use crate::page::{FrameLine, frame, local_time, paint_frame, utc_time};
use crate::pages::{Annotated, STAMP_WIDTH, form_object, rectangle, resources, stamp_area};
use crate::pdf::object::{Dictionary, Id, Object};
use crate::plan::Plan;
use crate::request::Position;
use crate::spot::{Room, Spot};
use crate::structure::Tagging;

/// Print, ReadOnly and Locked (ISO 32000-1, table 165).
const FLAGS: i64 = 4 | 64 | 128;
/// Of a field that nobody is to fill in any more (ISO 32000-1, table 221).
const READ_ONLY: i64 = 1;

/// The mark of somebody who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Whose spot it is put at; see [`Plan::spots`].
    pub spot: String,
    /// Above the name, such as `Signed`.
    pub label: String,
    /// Who signed.
    pub name: String,
    /// When.
    pub time: Timestamp,
    /// The zone in which the time is shown beside UTC, an IANA name. A zone that is not known leaves UTC alone.
    pub time_zone: String,
    /// The language of the label, a BCP 47 tag such as `nl`.
    pub language: String,
}

/// Writes the marks that have a spot; returns them. Who signed is content, so in a tagged document each mark is an element of the structure
/// (ISO 14289-1, 7.18.1). Where its tree cannot be added to, a mark is an annotation beside the structure, as in a document without tags.
pub(crate) fn write<'a>(
    plan: &'a Plan,
    increment: &mut Increment,
    marks: &[Mark],
    annotated: &mut Annotated<'a>,
    mut tagging: Option<&mut Tagging<'_>>,
) -> Result<Vec<Id>, FontError> {
    let placed: Vec<_> = marks.iter().filter_map(|mark| Some((mark, plan.spots.iter().find(|spot| spot.name == mark.spot)?))).collect();
    if placed.is_empty() {
        return Ok(Vec::new());
    }
    let mut fonts = Fonts::load();
    let drawn: Vec<_> = placed.into_iter().map(|(mark, spot)| (draw(&mut fonts, mark), mark, spot)).collect();
    let resources = resources(plan, increment, &fonts)?;
    let mut written = Vec::new();
    for ((width, height, content), mark, Spot { page, room, .. }) in drawn {
        let bounds = rectangle([0.0, 0.0, width, height]);
        let matrix = page.view.upright().map(Object::Integer).to_vec();
        let look = form_object(bounds).with("Matrix", matrix).with("Resources", resources);
        let look = increment.add_stream(look, content.as_bytes());
        let id = increment.new_id();
        let mut annotation = Dictionary::new()
            .with("Type", Object::name("Annot"))
            .with("Subtype", Object::name("Stamp"))
            .with("F", FLAGS)
            .with("NM", Object::text(&format!("Mark-{}", id.number)))
            .with("Contents", Object::text(&format!("{} {}, {}", mark.label, mark.name, utc_time(mark.time))))
            .with("P", page.id)
            .with("Rect", rectangle(area(page, room, width, height)))
            .with("AP", Dictionary::new().with("N", look));
        if let Some(tagging) = &mut tagging {
            annotation.set("StructParent", tagging.add_annotation(increment, id, page.id, Role::Annotation, &mark.language));
        }
        increment.put(id, &annotation.into());
        annotated.add(page, id);
        if let Room::Field { id, dictionary, .. } = room {
            // What it was there for has happened.
            let flags = dictionary.get("Ff").and_then(Object::as_integer).unwrap_or(0);
            increment.put(*id, &dictionary.clone().with("Ff", flags | READ_ONLY).into());
        }
        written.push(id);
    }
    Ok(written)
}

fn draw(fonts: &mut Fonts, mark: &Mark) -> (f32, f32, String) {
    let time = local_time(mark.time, &mark.time_zone).unwrap_or_else(|| utc_time(mark.time));
    let lines = [(mark.label.as_str(), FrameLine::Label), (mark.name.as_str(), FrameLine::Name), (time.as_str(), FrameLine::Note)];
    let frame = frame(fonts, &lines, STAMP_WIDTH);
    let content = paint_frame(fonts, &frame);
    (frame.width, frame.height, content)
}

/// Where a mark stands on the page's plane: in the middle of a field as large as it fits, or over a place in the text.
fn area(page: &LeafPage, room: &Room, width: f32, height: f32) -> [f32; 4] {
    match room {
        Room::Text { x, y } => stamp_area(&page.view, &Position::At { x: *x, y: *y }, width, height),
        Room::Field { seen: [x, y, room_width, room_height], .. } => {
            let scale = (room_width / width).min(room_height / height);
            let (width, height) = (width * scale, height * scale);
            page.view.place(x + (room_width - width) / 2.0, y + (room_height - height) / 2.0, width, height)
        }
    }
}
