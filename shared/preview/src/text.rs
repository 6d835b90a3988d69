//! What can be read on a page, in the sequence in which it is drawn.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::hayro_syntax::page::Page;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings, SoftMask,
    interpret_page,
};
use hayro::kurbo::{BezPath, Point, Rect};

use crate::{Place, places};

/// The text of a page, at most `limit` bytes of it, and where names stand in it.
pub(crate) fn of<'a>(
    page: &'a Page<'a>,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    limit: usize,
    names: &[String],
) -> (String, Vec<Place>) {
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut context = Context::new(page.initial_transform(true).to_kurbo(), area, cache, page.xref(), settings.clone());
    let mut reader = Reader { text: String::new(), last: None, limit, letters: Vec::new() };
    interpret_page(page, &mut context, &mut reader);
    let places = places::find(&reader.text, &reader.letters, names);
    (reader.text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned(), places)
}

/// Takes the characters of glyphs instead of drawing them.
struct Reader {
    text: String,
    /// Where the last glyph stood.
    last: Option<Point>,
    limit: usize,
    /// Where in the text each glyph begins, and where it stands on the page.
    letters: Vec<(usize, Point)>,
}

/// By how much glyphs of one line may be apart in height, in points.
const SAME_LINE: f64 = 3.0;
/// How far apart glyphs of one word can be at most, in points: twice a wide letter of a heading.
const SAME_WORD: f64 = 40.0;

impl Reader {
    fn read(&mut self, glyphs: &GlyphRun<'_, '_>, props: &DrawProps<'_>) {
        for glyph in glyphs.glyphs() {
            let at = (props.transform * glyph.transform()) * Point::ORIGIN;
            if let Some(last) = self.last {
                if (at.y - last.y).abs() > SAME_LINE {
                    self.text.push('\n');
                } else if at.x - last.x > SAME_WORD && !self.text.ends_with(char::is_whitespace) {
                    self.text.push(' ');
                }
            }
            self.last = Some(at);
            self.letters.push((self.text.len(), at));
            match glyph.as_unicode() {
                Some(BfString::Char(character)) => self.take(character),
                Some(BfString::String(characters)) => characters.chars().for_each(|character| self.take(character)),
                None => {}
            }
        }
    }

    fn take(&mut self, character: char) {
        if !character.is_control() && self.text.len() + character.len_utf8() <= self.limit {
            self.text.push(character);
        }
    }
}

impl<'a> Device<'a> for Reader {
    fn draw_glyph_run(&mut self, glyphs: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.read(glyphs, &props);
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
