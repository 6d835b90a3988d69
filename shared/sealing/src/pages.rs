//! The seal's field: on a page that is added, on one that is there, or without any look.

use crate::increment::Increment;
use crate::leaf::{LeafPage, View};
use crate::marks;
use crate::page::font::{FontError, Fonts};
use crate::page::outline::{ElementId, Role};
use crate::page::{
    Area, COLOR_SPACE, FrameLine, HEIGHT, INNER, Layout, PageLabels, SignaturePage, WIDTH, arrange, color_space, frame, local_time, num,
    paint_frame, paint_pages, utc_time,
};
use crate::pdf::object::{Dictionary, Id, Object};
use crate::plan::{Permits, Plan};
use crate::request::{Appearance, Position, SealRequest, Stamp};
use crate::seal::SealError;
use crate::structure::{StructureRoot, TaggedAnnotation, TaggedPage, Tagging};

/// Print and Locked (ISO 32000-1, table 165). PDF/A asks for the first and forbids the flags that hide (ISO 19005-2, 6.3.2).
const FIELD_FLAGS: i64 = PRINTED | 128;
const PRINTED: i64 = 4;

/// The width of a stamp in points, on pages of a common size.
pub(crate) const STAMP_WIDTH: f32 = 212.0;
/// The most of a page's width and height that a stamp takes.
const STAMP_SHARE: (f32, f32) = (0.5, 0.25);
/// The least of a page's width that a stamp takes, so that it can be found on a poster.
const LEAST_STAMP_SHARE: f32 = 0.12;
/// The distance of a stamp in a corner from the page's edges, in points; on small pages a part of the shorter side.
const STAMP_MARGIN: f32 = 24.0;
const STAMP_MARGIN_SHARE: f32 = 0.04;

/// What was written beside the field.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The pages that were added.
    pub(crate) pages: Vec<Id>,
    /// The marks of people.
    pub(crate) marks: Vec<Id>,
    /// The root of the structure tree, where something was added to it.
    pub(crate) structure: Option<Id>,
    /// The annotations that are in the structure tree, and what they are there.
    pub(crate) tagged: Vec<(Id, Role)>,
}

/// Pages of the document with what is added to their annotations. Each page is written once.
#[derive(Default)]
pub(crate) struct Annotated<'a>(Vec<(&'a LeafPage, Vec<Id>)>);

impl<'a> Annotated<'a> {
    pub(crate) fn add(&mut self, page: &'a LeafPage, annotation: Id) {
        self.touch(page).push(annotation);
    }

    fn touch(&mut self, page: &'a LeafPage) -> &mut Vec<Id> {
        let index = self.0.iter().position(|(known, _)| known.id == page.id).unwrap_or_else(|| {
            self.0.push((page, Vec::new()));
            self.0.len() - 1
        });
        &mut self.0[index].1
    }

    /// In a tagged document, a page with annotations says that whoever goes from one to the next goes in the order of the structure, where
    /// its author gave no other order (ISO 14289-1, 7.18.3).
    fn write(self, increment: &mut Increment, is_tagged: bool) {
        for (page, added) in self.0 {
            let mut dictionary = page.dictionary.clone();
            let mut is_changed = false;
            if is_tagged && dictionary.get("Tabs").is_none() {
                dictionary.set("Tabs", Object::name("S"));
                is_changed = true;
            }
            if !added.is_empty() {
                let mut annotations = page.annotations.value.clone();
                annotations.extend(added.into_iter().map(Object::from));
                match page.annotations.id {
                    Some(array) => increment.put(array, &annotations.into()),
                    None => {
                        dictionary.set("Annots", annotations);
                        is_changed = true;
                    }
                }
            }
            if is_changed {
                increment.put(page.id, &dictionary.into());
            }
        }
    }
}

/// Writes the field and its page or pages, and the marks of people.
pub(crate) fn write(plan: &Plan, increment: &mut Increment, field: Id, signature: Id, request: &SealRequest) -> Result<Shown, SealError> {
    let widget = widget(plan, "Seal", signature);
    let mut annotated = Annotated::default();
    let mut tagging = structure(plan).map(Tagging::new);
    let mut tagged = Vec::new();
    let mut pages = Vec::new();
    let marks = marks::write(plan, increment, &request.marks, &mut annotated, tagging.as_mut())?;
    if tagging.is_some() {
        tagged.extend(marks.iter().map(|mark| (*mark, Role::Annotation)));
    }
    match &request.appearance {
        Appearance::Invisible => write_invisible(plan, increment, field, widget, &mut annotated),
        // The field is there already; it gets its value, and nothing else changes.
        Appearance::Field(name) => {
            if let Some(known) = plan.empty_fields.iter().find(|known| known.name == *name) {
                increment.put(field, &known.dictionary.clone().with("V", signature).into());
            }
        }
        Appearance::Stamp(stamp) => {
            let page = write_stamp(plan, increment, field, widget, stamp, request, tagging.as_mut())?;
            annotated.add(page, field);
            tagged.extend(tagging.is_some().then_some((field, Role::Form)));
        }
        Appearance::Page(page) => {
            pages = write_pages(plan, increment, field, widget, page, request, tagging.as_mut())?;
            tagged.extend(tagging.is_some().then_some((field, Role::Form)));
        }
    }
    if tagging.is_some() {
        // Fields of time-stamps come onto it later, when no more than its list of annotations may change.
        annotated.touch(&plan.first_page);
    }
    annotated.write(increment, tagging.is_some());
    let structure = tagging.and_then(|tagging| tagging.write(increment));
    Ok(Shown { pages, marks, structure, tagged })
}

/// Writes the field of a document time-stamp, which nobody sees.
pub(crate) fn write_stamp_field(plan: &Plan, increment: &mut Increment, field: Id, signature: Id) {
    let mut annotated = Annotated::default();
    write_invisible(plan, increment, field, widget(plan, "Time-stamp", signature), &mut annotated);
    annotated.write(increment, false);
}

fn widget(plan: &Plan, kind: &str, signature: Id) -> Dictionary {
    Dictionary::new()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Widget"))
        .with("FT", Object::name("Sig"))
        // A name that cannot be in the document yet, since it has part of the document's digest.
        .with("T", Object::text(&format!("{kind}-{}", crate::hex::encode(&plan.prefix.sha256[..8]))))
        .with("F", FIELD_FLAGS)
        .with("V", signature)
}

/// An invisible field stands on the first page with a rectangle of no size (12.7.4.5). The empty look is for PDF/A-1, where every
/// field must have one (ISO 19005-1, 6.9).
fn write_invisible<'a>(plan: &'a Plan, increment: &mut Increment, field: Id, widget: Dictionary, annotated: &mut Annotated<'a>) {
    let page = &plan.first_page;
    let nothing = vec![Object::Integer(0); 4];
    let look = form_object(nothing.clone().into()).with("Resources", Dictionary::new());
    let look = increment.add_stream(look, b"");
    let widget = widget.with("P", page.id).with("Rect", nothing).with("AP", Dictionary::new().with("N", look));
    increment.put(field, &widget.into());
    annotated.add(page, field);
}

/// A visible field on a page that is there, which it returns. Nothing of the page but its annotations and their order changes.
fn write_stamp<'a>(
    plan: &'a Plan,
    increment: &mut Increment,
    field: Id,
    widget: Dictionary,
    stamp: &Stamp,
    request: &SealRequest,
    tagging: Option<&mut Tagging<'_>>,
) -> Result<&'a LeafPage, SealError> {
    let page = plan.page(stamp.page).ok_or(SealError::NoSuchPage)?;
    let mut fonts = Fonts::load();
    let (time, local) = (utc_time(request.time), local_time(request.time, &stamp.time_zone));
    let name = sealer(request);
    let mut lines = vec![(stamp.labels.sealed_by.as_str(), FrameLine::Label), (name.as_str(), FrameLine::Name)];
    lines.extend(stamp.organization.as_deref().map(|organization| (organization, FrameLine::Note)));
    lines.extend([Some(&time), local.as_ref()].into_iter().flatten().map(|time| (time.as_str(), FrameLine::Note)));
    let frame = frame(&fonts, &lines, STAMP_WIDTH);
    let content = paint_frame(&mut fonts, &frame);
    let resources = resources(plan, increment, &fonts)?;
    let matrix = page.view.upright().map(Object::Integer).to_vec();
    let look = form_object(rectangle([0.0, 0.0, frame.width, frame.height])).with("Matrix", matrix).with("Resources", resources);
    let look = increment.add_stream(look, content.as_bytes());
    let mut widget = widget
        .with("TU", Object::text(&description(&stamp.labels, &name, &time)))
        .with("P", page.id)
        .with("Rect", rectangle(stamp_area(&page.view, &stamp.position, frame.width, frame.height)))
        .with("AP", Dictionary::new().with("N", look));
    if page.view.rotation != 0 {
        widget.set("MK", Dictionary::new().with("R", i64::from(page.view.rotation)));
    }
    if let Some(tagging) = tagging {
        widget.set("StructParent", tagging.add_annotation(increment, field, page.id, Role::Form, &stamp.language));
    }
    increment.put(field, &widget.into());
    Ok(page)
}

/// Where a stamp stands on the page's plane. It is made to fit the page, and never leaves the visible part.
pub(crate) fn stamp_area(view: &View, position: &Position, width: f32, height: f32) -> [f32; 4] {
    let (seen_width, seen_height) = view.seen_size();
    let least = (seen_width * LEAST_STAMP_SHARE / width).max(1.0);
    let scale = least.min(seen_width * STAMP_SHARE.0 / width).min(seen_height * STAMP_SHARE.1 / height);
    let (width, height) = (width * scale, height * scale);
    let margin = STAMP_MARGIN.min(seen_width.min(seen_height) * STAMP_MARGIN_SHARE);
    let (right, bottom) = (seen_width - width, seen_height - height);
    let (x, y) = match *position {
        Position::TopLeft => (margin, margin),
        Position::TopRight => (right - margin, margin),
        Position::BottomLeft => (margin, bottom - margin),
        Position::BottomRight => (right - margin, bottom - margin),
        // `max` and `min` take the other side for what is not a number.
        Position::At { x, y } => (x.max(0.0).min(right), y.max(0.0).min(bottom)),
    };
    view.place(x, y, width, height)
}

fn write_pages(
    plan: &Plan,
    increment: &mut Increment,
    field: Id,
    widget: Dictionary,
    page: &SignaturePage,
    request: &SealRequest,
    mut tagging: Option<&mut Tagging<'_>>,
) -> Result<Vec<Id>, FontError> {
    let mut fonts = Fonts::load();
    let (name, time) = (sealer(request), utc_time(request.time));
    let note = request.reason.as_ref().map_or_else(|| time.clone(), |reason| format!("{time}  ·  {reason}"));
    let lines = [(page.labels.sealed_by.as_str(), FrameLine::Label), (&name, FrameLine::Name), (&note, FrameLine::Note)];
    let frame = frame(&fonts, &lines, INNER);
    let layout = arrange(&fonts, page, frame.height);
    let painted = paint_pages(&mut fonts, &layout.pages, tagging.is_some().then_some(&layout.outline));
    let look = paint_frame(&mut fonts, &frame);
    let resources = resources(plan, increment, &fonts)?;
    let added: Vec<Id> = painted.iter().map(|_| increment.new_id()).collect();
    let Layout { outline, seal, seal_page, seal_element, code, code_element, .. } = layout;
    let link = code.zip(page.link.as_deref()).map(|(area, address)| (increment.new_id(), area, address));
    let mut tagged_pages = Vec::new();
    for (index, (painted, id)) in painted.into_iter().zip(&added).enumerate() {
        let contents = increment.add_stream(Dictionary::new(), painted.content.as_bytes());
        let media_box = rectangle([0.0, 0.0, WIDTH, HEIGHT]);
        // Everything that a page could inherit is said here, so that nothing of the document's reaches these pages (7.7.3.4).
        let mut dictionary = Dictionary::new()
            .with("Type", Object::name("Page"))
            .with("Parent", plan.pages.id)
            .with("MediaBox", media_box.clone())
            .with("CropBox", media_box)
            .with("Rotate", 0)
            .with("Resources", resources)
            .with("Contents", contents);
        if let Some(tagging) = &mut tagging {
            let key = tagging.key();
            // Whoever goes from field to field goes in the order of the structure (ISO 14289-1, 7.18.3).
            dictionary = dictionary.with("StructParents", key).with("Tabs", Object::name("S"));
            tagged_pages.push(TaggedPage { id: *id, key, content: painted.tagged });
        }
        let link = link.iter().filter(|_| index == 0).map(|(link, ..)| Object::from(*link));
        let annotations: Vec<Object> = link.chain((index == seal_page).then(|| field.into())).collect();
        if !annotations.is_empty() {
            dictionary.set("Annots", annotations);
        }
        increment.put(*id, &dictionary.into());
    }
    let look =
        increment.add_stream(form_object(rectangle([0.0, 0.0, frame.width, frame.height])).with("Resources", resources), look.as_bytes());
    let bottom = HEIGHT - seal.y - seal.height;
    let mut widget = widget
        .with("TU", Object::text(&description(&page.labels, &name, &note)))
        .with("P", added[seal_page])
        .with("Rect", rectangle([seal.x, bottom, seal.x + seal.width, bottom + seal.height]))
        .with("AP", Dictionary::new().with("N", look));
    let mut link = link
        .map(|(id, area, address)| (id, link_annotation(area, address, format!("{}: {address}", page.labels.code)).with("P", added[0])));
    if let Some(tagging) = tagging {
        let mut tag = |id: Id, page: Id, element: ElementId, annotation: &mut Dictionary| {
            let key = tagging.key();
            annotation.set("StructParent", key);
            TaggedAnnotation { id, page, element, key }
        };
        let mut tagged = vec![tag(field, added[seal_page], seal_element, &mut widget)];
        if let (Some((id, annotation)), Some(element)) = (&mut link, code_element) {
            tagged.push(tag(*id, added[0], element, annotation));
        }
        tagging.add(increment, &outline, &tagged_pages, &tagged);
    }
    if let Some((id, annotation)) = link {
        increment.put(id, &annotation.into());
    }
    increment.put(field, &widget.into());
    let mut kids = plan.pages.kids.clone();
    kids.extend(added.iter().copied().map(Object::from));
    let root = plan.pages.dictionary.clone().with("Kids", kids).with("Count", i64::from(plan.pages.count) + added.len() as i64);
    increment.put(plan.pages.id, &root.into());
    Ok(added)
}

/// The structure tree, where it may be added to: under an earlier signature any change to it is one too many.
fn structure(plan: &Plan) -> Option<&StructureRoot> {
    plan.structure.as_ref().filter(|_| plan.permits == Permits::Everything)
}

/// A link to a URI (12.5.6.5), without a frame: the code below it is seen anyway. It has no look of its own, which PDF/A permits for links
/// alone (ISO 19005-2, 6.3.3).
fn link_annotation(area: Area, address: &str, description: String) -> Dictionary {
    let bottom = HEIGHT - area.y - area.height;
    let action = Dictionary::new().with("Type", Object::name("Action")).with("S", Object::name("URI")).with("URI", Object::text(address));
    Dictionary::new()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Link"))
        .with("Rect", rectangle([area.x, bottom, area.x + area.width, bottom + area.height]))
        .with("Border", vec![Object::Integer(0); 3])
        .with("F", PRINTED)
        .with("Contents", Object::text(&description))
        .with("A", action)
}

/// Who seals, as it is shown.
fn sealer(request: &SealRequest) -> String {
    request.name.clone().or_else(|| request.certificate.leaf().common_name()).unwrap_or_default()
}

/// What a screen reader says of the field.
fn description(labels: &PageLabels, name: &str, note: &str) -> String {
    format!("{} {name}, {note}", labels.sealed_by)
}

pub(crate) fn form_object(bounds: Object) -> Dictionary {
    Dictionary::new().with("Type", Object::name("XObject")).with("Subtype", Object::name("Form")).with("BBox", bounds)
}

/// Writes the fonts; returns the resources of everything that is drawn.
pub(crate) fn resources(plan: &Plan, increment: &mut Increment, fonts: &Fonts) -> Result<Id, FontError> {
    let lists_glyphs = plan.archival.is_some_and(|archival| archival.part == 1);
    let fonts = fonts.embed(increment, lists_glyphs)?;
    let color_spaces = Dictionary::new().with(COLOR_SPACE, color_space());
    Ok(increment.add(Dictionary::new().with("Font", fonts).with("ColorSpace", color_spaces)))
}

pub(crate) fn rectangle(corners: [f32; 4]) -> Object {
    Object::Array(corners.into_iter().map(|value| Object::Real(num(value))).collect())
}
