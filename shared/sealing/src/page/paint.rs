//! From arranged marks to content streams (ISO 32000-1, 8 and 9).

use std::fmt::Write;

use crate::page::SignaturePage;
use crate::page::font::{Fonts, resource_name};
use crate::page::layout::{self, Area, HEIGHT, Mark};
use crate::page::text::{Ink, Line};

use jiff::Timestamp;

/// The signature page as content streams.
pub(crate) struct Rendered {
    pub(crate) pages: Vec<String>,
    pub(crate) fonts: Fonts,
    pub(crate) seal: Area,
    /// The page the seal's field is on, counted from zero.
    pub(crate) seal_page: usize,
    /// What the seal's field shows; its origin is its lower left corner.
    pub(crate) seal_content: String,
}

/// Who seals and when, as shown in the seal's field.
pub(crate) struct SealNote<'a> {
    pub(crate) name: &'a str,
    pub(crate) time: Timestamp,
    pub(crate) reason: Option<&'a str>,
}

/// Draws the page.
pub(crate) fn render(page: &SignaturePage, note: &SealNote<'_>) -> Rendered {
    let mut fonts = Fonts::load();
    let arranged = layout::arrange(&fonts, page);
    let marks = layout::seal_marks(&fonts, page, note.name, note.time, note.reason);
    let pages = arranged.pages.iter().map(|marks| paint(&mut fonts, marks, HEIGHT)).collect();
    let Area { width, height, .. } = arranged.seal;
    let mut seal_content = format!("q 0.965 0.973 0.984 rg 0 0 {} {} re f Q\n", num(width), num(height));
    let _ = writeln!(seal_content, "q 0.16 0.33 0.53 rg 0 0 3 {} re f Q", num(height));
    seal_content.push_str(&paint(&mut fonts, &marks, height));
    Rendered { pages, fonts, seal: arranged.seal, seal_page: arranged.seal_page, seal_content }
}

/// Writes marks whose `y` counts from the top of an area of this height.
fn paint(fonts: &mut Fonts, marks: &[Mark], height: f32) -> String {
    let mut out = String::new();
    for mark in marks {
        // Writing to a String cannot fail.
        let _ = match mark {
            Mark::Text { x, y, line } => {
                text(fonts, &mut out, *x, height - y, line);
                Ok(())
            }
            Mark::Rule { x, y, width } => {
                let y = num(height - y);
                writeln!(out, "q 0.80 0.82 0.85 RG 0.6 w {} {y} m {} {y} l S Q", num(*x), num(x + width))
            }
            Mark::Code { x, y, size, modules } => {
                code(&mut out, *x, height - y, *size, modules);
                Ok(())
            }
        };
    }
    out
}

fn text(fonts: &mut Fonts, out: &mut String, x: f32, y: f32, line: &Line) {
    let color = match line.style.gray {
        Ink::Black => "0.11 0.13 0.16",
        Ink::Gray => "0.38 0.41 0.46",
        Ink::Accent => "0.16 0.33 0.53",
    };
    let _ = write!(out, "BT {color} rg");
    let size = line.style.size;
    let mut pen = x;
    let mut glyphs = line.glyphs.iter().peekable();
    while let Some(first) = glyphs.next() {
        let at = pen + first.dx * size / 1000.0;
        let _ = write!(
            out,
            " /{} {} Tf 1 0 0 1 {} {} Tm [",
            resource_name(first.weight),
            num(size),
            num(at),
            num(y + first.dy * size / 1000.0)
        );
        let mut show = |glyph: &crate::page::text::Glyph, out: &mut String| {
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
        show(first, out);
        pen += first.advance * size / 1000.0;
        // Glyphs that sit on the line follow in the same array; a raised one needs a place of its own.
        while let Some(next) =
            glyphs.next_if(|next| next.weight == first.weight && next.dx == 0.0 && next.dy == 0.0 && first.dy == 0.0 && first.dx == 0.0)
        {
            show(next, out);
            pen += next.advance * size / 1000.0;
        }
        out.push_str("] TJ");
    }
    out.push_str(" ET\n");
}

fn code(out: &mut String, x: f32, top: f32, size: f32, modules: &[Vec<bool>]) {
    let step = size / modules.len().max(1) as f32;
    out.push_str("q 0.11 0.13 0.16 rg\n");
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
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
