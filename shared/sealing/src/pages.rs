//! The seal's field, and the pages that show it.

use crate::increment::Increment;
use crate::page::font::FontError;
use crate::page::{HEIGHT, Rendered, SealNote, SignaturePage, WIDTH, num, render};
use crate::pdf::object::{Dictionary, Id, Object};
use crate::plan::Plan;
use crate::request::{Appearance, SealRequest};

/// Print and Locked (ISO 32000-1, table 165).
const FIELD_FLAGS: i64 = 4 | 128;

/// Writes the field and its page or pages. Returns the pages that were added.
pub(crate) fn write(plan: &Plan, increment: &mut Increment, field: Id, signature: Id, request: &SealRequest) -> Result<Vec<Id>, FontError> {
    let widget = Dictionary::new()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Widget"))
        .with("FT", Object::name("Sig"))
        // A name that cannot be in the document yet, since it has part of the document's digest.
        .with("T", Object::text(&format!("Seal-{}", crate::hex::encode(&plan.prefix.sha256[..8]))))
        .with("F", FIELD_FLAGS)
        .with("V", signature);
    match &request.appearance {
        Appearance::Invisible => {
            write_invisible(plan, increment, field, widget);
            Ok(Vec::new())
        }
        // The field is there already; it gets its value, and nothing else changes.
        Appearance::Field(name) => {
            if let Some(known) = plan.empty_fields.iter().find(|known| known.name == *name) {
                increment.put(field, &known.dictionary.clone().with("V", signature).into());
            }
            Ok(Vec::new())
        }
        Appearance::Page(page) => write_pages(plan, increment, field, widget, page, request),
    }
}

/// An invisible field stands on the first page with a rectangle of no size (12.7.4.5).
fn write_invisible(plan: &Plan, increment: &mut Increment, field: Id, widget: Dictionary) {
    let page = &plan.first_page;
    let widget = widget.with("P", page.id).with("Rect", vec![Object::Integer(0); 4]);
    increment.put(field, &widget.into());
    let mut annotations = page.annotations.value.clone();
    annotations.push(field.into());
    match page.annotations.id {
        Some(array) => increment.put(array, &annotations.into()),
        None => {
            let dictionary = page.dictionary.clone().with("Annots", annotations);
            increment.put(page.id, &dictionary.into());
        }
    }
}

fn write_pages(
    plan: &Plan,
    increment: &mut Increment,
    field: Id,
    widget: Dictionary,
    page: &SignaturePage,
    request: &SealRequest,
) -> Result<Vec<Id>, FontError> {
    let sealer = request.name.clone().or_else(|| request.certificate.leaf().common_name()).unwrap_or_default();
    let note = SealNote { name: &sealer, time: request.time, reason: request.reason.as_deref() };
    let Rendered { pages, fonts, seal, seal_page, seal_content } = render(page, &note);
    let fonts = increment_fonts(increment, &fonts)?;
    let mut added = Vec::new();
    for (index, content) in pages.iter().enumerate() {
        let contents = increment.add_stream(Dictionary::new(), content.as_bytes());
        let media_box = rectangle(0.0, 0.0, WIDTH, HEIGHT);
        // Everything that a page could inherit is said here, so that nothing of the document's reaches these pages (7.7.3.4).
        let mut dictionary = Dictionary::new()
            .with("Type", Object::name("Page"))
            .with("Parent", plan.pages.id)
            .with("MediaBox", media_box.clone())
            .with("CropBox", media_box)
            .with("Rotate", 0)
            .with("Resources", fonts)
            .with("Contents", contents);
        let id = increment.new_id();
        if index == seal_page {
            dictionary.set("Annots", vec![field.into()]);
            let bottom = HEIGHT - seal.y - seal.height;
            let form = Dictionary::new()
                .with("Type", Object::name("XObject"))
                .with("Subtype", Object::name("Form"))
                .with("BBox", rectangle(0.0, 0.0, seal.width, seal.height))
                .with("Resources", fonts);
            let appearance = increment.add_stream(form, seal_content.as_bytes());
            let widget = widget
                .clone()
                .with("P", id)
                .with("Rect", rectangle(seal.x, bottom, seal.x + seal.width, bottom + seal.height))
                .with("AP", Dictionary::new().with("N", appearance));
            increment.put(field, &widget.into());
        }
        increment.put(id, &dictionary.into());
        added.push(id);
    }
    let mut kids = plan.pages.kids.clone();
    kids.extend(added.iter().copied().map(Object::from));
    let root = plan.pages.dictionary.clone().with("Kids", kids).with("Count", i64::from(plan.pages.count) + added.len() as i64);
    increment.put(plan.pages.id, &root.into());
    Ok(added)
}

fn increment_fonts(increment: &mut Increment, fonts: &crate::page::font::Fonts) -> Result<Id, FontError> {
    let fonts = fonts.embed(increment)?;
    Ok(increment.add(Dictionary::new().with("Font", fonts)))
}

fn rectangle(x1: f32, y1: f32, x2: f32, y2: f32) -> Object {
    Object::Array([x1, y1, x2, y2].into_iter().map(|value| Object::Real(num(value))).collect())
}
