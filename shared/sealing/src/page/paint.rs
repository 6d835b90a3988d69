//! From arranged marks to content streams (ISO 32000-1, 8 and 9).

use std::fmt::Write;

use crate::page::font::{Fonts, resource_name};
use crate::page::layout::{Drawing, Frame, HEIGHT, Mark};
use crate::page::outline::{ElementId, Outline};
use crate::page::text::{Glyph, Ink, Line};
use crate::pdf::object::Object;

/// The name of [`color_space`] in content streams.
pub(crate) const COLOR_SPACE: &str = "CS";

/// sRGB, described by itself (8.6.5.3). A page that names no colour of a device needs no output intent, and so is right in PDF/A of
/// every part and beside every profile that the document brings.
pub(crate) fn color_space() -> Object {
    let numbers = |numbers: &[&str]| Object::Array(numbers.iter().map(|number| Object::Real((*number).to_owned())).collect());
    let matrix = ["0.4124", "0.2126", "0.0193", "0.3576", "0.7152", "0.1192", "0.1805", "0.0722", "0.9505"];
    let parameters = crate::pdf::object::Dictionary::new()
        .with("WhitePoint", numbers(&["0.9505", "1.0", "1.089"]))
        .with("Gamma", numbers(&["2.2", "2.2", "2.2"]))
        .with("Matrix", numbers(&matrix));
    Object::Array(vec![Object::name("CalRGB"), parameters.into()])
}

/// The content of one page.
pub(crate) struct Painted {
    pub(crate) content: String,
    /// The element of each piece of marked content, by its number (`/MCID`); empty where nothing is tagged.
    pub(crate) tagged: Vec<ElementId>,
}

/// Draws pages. With an outline, what belongs to it is numbered, which only a structure tree makes sense of.
pub(crate) fn paint_pages(fonts: &mut Fonts, pages: &[Vec<Mark>], outline: Option<&Outline>) -> Vec<Painted> {
    pages.iter().map(|marks| paint(fonts, marks, HEIGHT, outline)).collect()
}

/// Draws a frame; its origin is its lower left corner.
pub(crate) fn paint_frame(fonts: &mut Fonts, frame: &Frame) -> String {
    let (width, height) = (num(frame.width), num(frame.height));
    let mut content = format!("q /{COLOR_SPACE} cs 0.965 0.973 0.984 sc 0 0 {width} {height} re f Q\n");
    let _ = writeln!(content, "q /{COLOR_SPACE} cs 0.16 0.33 0.53 sc 0 0 3 {height} re f Q");
    content.push_str(&paint(fonts, &frame.marks, frame.height, None).content);
    content
}

/// Writes marks whose `y` counts from the top of an area of this height.
fn paint(fonts: &mut Fonts, marks: &[Mark], height: f32, outline: Option<&Outline>) -> Painted {
    let mut out = String::new();
    let mut tagged = Vec::new();
    // Writing to a String cannot fail.
    for group in marks.chunk_by(|one, next| one.element == next.element) {
        let is_open = match (group[0].element, outline) {
            (Some(element), Some(outline)) => {
                let _ = writeln!(out, "/{} <</MCID {}>> BDC", outline.role(element).name(), tagged.len());
                tagged.push(element);
                true
            }
            (None, Some(_)) => {
                out.push_str("/Artifact BMC\n");
                true
            }
            (_, None) => false,
        };
        for mark in group {
            draw(fonts, &mut out, mark, height);
        }
        if is_open {
            out.push_str("EMC\n");
        }
    }
    Painted { content: out, tagged }
}

fn draw(fonts: &mut Fonts, out: &mut String, mark: &Mark, height: f32) {
    let y = height - mark.y;
    match &mark.drawing {
        Drawing::Text(line) => line_of_text(fonts, out, mark.x, y, line),
        Drawing::Rule { width } => rule(out, mark.x, y, *width),
        Drawing::Code { size, modules } => code(out, mark.x, y, *size, modules),
    }
}

/// Draws a horizontal rule.
fn rule(out: &mut String, x: f32, y: f32, width: f32) {
    let (from, to, y) = (num(x), num(x + width), num(y));
    let _ = writeln!(out, "q /{COLOR_SPACE} CS 0.80 0.82 0.85 SC 0.6 w {from} {y} m {to} {y} l S Q");
}

/// Draws a line of text from a point on its base line.
pub(crate) fn line_of_text(fonts: &mut Fonts, out: &mut String, x: f32, y: f32, line: &Line) {
    let color = match line.style.gray {
        Ink::Black => "0.11 0.13 0.16",
        Ink::Gray => "0.38 0.41 0.46",
        Ink::Accent => "0.16 0.33 0.53",
    };
    let _ = write!(out, "BT /{COLOR_SPACE} cs {color} sc");
    let mut pen = x;
    // Stand-ins follow one another only where characters do, so that one span says all of them.
    let kind = |glyph: &Glyph| (glyph.stands_for.is_some(), glyph.is_reversed);
    for part in line.glyphs.chunk_by(|one, next| kind(one) == kind(next)) {
        let actual: String = part.iter().filter_map(|glyph| glyph.stands_for.as_deref()).collect();
        if !actual.is_empty() {
            let mut properties = Vec::new();
            crate::pdf::object::Dictionary::new().with("ActualText", Object::text(&actual)).write(&mut properties);
            let _ = write!(out, " /Span {} BDC", String::from_utf8_lossy(&properties));
        }
        // Glyphs stand as they are seen: who reads aloud turns these around (14.8.2.3.3).
        let is_reversed = part.first().is_some_and(|glyph| glyph.is_reversed);
        if is_reversed {
            out.push_str(" /ReversedChars BMC");
        }
        pen = show(fonts, out, pen, y, line.style.size, part);
        if !actual.is_empty() || is_reversed {
            out.push_str(" EMC");
        }
    }
    out.push_str(" ET\n");
}

/// Shows glyphs from a point and returns where the next one stands.
fn show(fonts: &mut Fonts, out: &mut String, mut pen: f32, y: f32, size: f32, glyphs: &[Glyph]) -> f32 {
    let mut glyphs = glyphs.iter().peekable();
    while let Some(first) = glyphs.next() {
        let (at, raised) = (num(pen + first.dx * size / 1000.0), num(y + first.dy * size / 1000.0));
        let slant = if first.weight.is_slanted() { "0.21" } else { "0" };
        let _ = write!(out, " /{} {} Tf 1 0 {slant} 1 {at} {raised} Tm [", resource_name(first.weight), num(size));
        let mut one = |glyph: &Glyph, out: &mut String| {
            let font = fonts.font_mut(glyph.weight);
            let natural = font.natural_width(glyph.id);
            let number = font.use_glyph(glyph.id, &glyph.text);
            let _ = write!(out, "<{number:04X}>");
            // A positive number moves left (9.4.3).
            let excess = natural.round() - glyph.advance + glyph.dx;
            if excess.abs() >= 0.5 {
                let _ = write!(out, "{}", num(excess));
            }
        };
        one(first, out);
        pen += first.advance * size / 1000.0;
        // Glyphs that sit on the line follow in the same array; a raised one needs a place of its own.
        let sits = |glyph: &Glyph| glyph.dx == 0.0 && glyph.dy == 0.0;
        while let Some(next) = glyphs.next_if(|next| next.weight == first.weight && sits(next) && sits(first)) {
            one(next, out);
            pen += next.advance * size / 1000.0;
        }
        out.push_str("] TJ");
    }
    pen
}

fn code(out: &mut String, x: f32, top: f32, size: f32, modules: &[Vec<bool>]) {
    let step = size / modules.len().max(1) as f32;
    let _ = writeln!(out, "q /{COLOR_SPACE} cs 0.11 0.13 0.16 sc");
    for (row, columns) in modules.iter().enumerate() {
        let y = top - (row as f32 + 1.0) * step;
        let mut column = 0;
        while column < columns.len() {
            let run = columns[column..].iter().take_while(|dark| **dark).count();
            if run > 0 {
                let _ = write!(out, "{} {} {} {} re ", num(x + column as f32 * step), num(y), num(run as f32 * step), num(step));
            }
            column += run.max(1);
        }
    }
    out.push_str("f Q\n");
}

/// A number with at most three decimals, never in scientific form.
pub(crate) fn num(value: f32) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::font::Weight;
    use crate::page::text::{Style, wrap};

    #[test]
    fn what_is_written_from_right_to_left_says_so() {
        let mut fonts = Fonts::load();
        for (text, turned) in [("Jane Doe", 0), ("דוד בן גוריון", 1), ("Title: הסכם", 1), ("محمد 12 سعود", 2), ("王小明", 0)]
        {
            let style = Style { weight: Weight::Regular, size: 10.0, gray: Ink::Black };
            let mut content = String::new();
            for line in wrap(&fonts, text, style, 500.0) {
                line_of_text(&mut fonts, &mut content, 0.0, 0.0, &line);
            }
            assert_eq!(content.matches("/ReversedChars BMC").count(), turned, "{text}: {content}");
            assert_eq!(
                content.matches(" BMC").count() + content.matches(" BDC").count(),
                content.matches(" EMC").count(),
                "{text}: {content}"
            );
        }
    }
}
