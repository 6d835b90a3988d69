//! The fonts of the signature page, embedded as subsets (ISO 32000-1, 9.7 and 9.9).

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use rustybuzz::{Direction, Face, Script, ShapePlan};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use crate::increment::Increment;
use crate::pdf::object::{Dictionary, Id, Object};

static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

/// Which of the two faces, upright or slanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
    /// The regular face, slanted when it is drawn: no third face is shipped for a few emphasised words.
    Oblique,
    BoldOblique,
}

impl Weight {
    /// Whether it is drawn slanted.
    pub(crate) fn is_slanted(self) -> bool {
        matches!(self, Self::Oblique | Self::BoldOblique)
    }
}

/// The faces and what has been used of them.
pub(crate) struct Fonts {
    regular: Font,
    bold: Font,
}

/// One face and the glyphs in use.
pub(crate) struct Font {
    pub(crate) face: Face<'static>,
    data: &'static [u8],
    name: &'static str,
    stem: i64,
    remapper: GlyphRemapper,
    /// How to shape each script; finding that out costs more than shaping a word.
    plans: RefCell<HashMap<(Direction, Script), Rc<ShapePlan>>>,
    /// The text that each glyph in use stands for, by its number in the subset.
    texts: BTreeMap<u16, String>,
}

impl Fonts {
    pub(crate) fn load() -> Self {
        Self { regular: Font::load(REGULAR, "DejaVuSansCondensed", 80), bold: Font::load(BOLD, "DejaVuSansCondensed-Bold", 140) }
    }

    pub(crate) fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular | Weight::Oblique => &self.regular,
            Weight::Bold | Weight::BoldOblique => &self.bold,
        }
    }

    pub(crate) fn font_mut(&mut self, weight: Weight) -> &mut Font {
        match weight {
            Weight::Regular | Weight::Oblique => &mut self.regular,
            Weight::Bold | Weight::BoldOblique => &mut self.bold,
        }
    }

    /// Embeds what was used and returns the `/Font` resources.
    ///
    /// `lists_glyphs` adds the list that PDF/A-1 asks for (ISO 19005-1, 6.3.5) and ISO 32000-2 has done away with.
    pub(crate) fn embed(&self, increment: &mut Increment, lists_glyphs: bool) -> Result<Dictionary, FontError> {
        let mut resources = Dictionary::new();
        for (weight, font) in [(Weight::Regular, &self.regular), (Weight::Bold, &self.bold)] {
            if !font.texts.is_empty() {
                resources.set(resource_name(weight), font.embed(increment, lists_glyphs)?);
            }
        }
        Ok(resources)
    }
}

/// The name of a face in content streams.
pub(crate) fn resource_name(weight: Weight) -> &'static str {
    match weight {
        Weight::Regular | Weight::Oblique => "F1",
        Weight::Bold | Weight::BoldOblique => "F2",
    }
}

/// A font that comes with this crate could not be subset.
#[derive(Debug, thiserror::Error)]
#[error("the font cannot be embedded")]
pub struct FontError(#[from] subsetter::Error);

impl Font {
    fn load(data: &'static [u8], name: &'static str, stem: i64) -> Self {
        let face = Face::from_slice(data, 0).expect("the fonts in this crate are read by its tests");
        Self { face, data, name, stem, remapper: GlyphRemapper::new(), plans: RefCell::default(), texts: BTreeMap::new() }
    }

    /// Lengths in the font as thousandths of the font size.
    pub(crate) fn thousandths(&self, units: i32) -> f32 {
        units as f32 * 1000.0 / self.face.units_per_em() as f32
    }

    /// The width that the glyph has by itself, in thousandths.
    pub(crate) fn natural_width(&self, glyph: u16) -> f32 {
        self.thousandths(i32::from(self.face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(glyph)).unwrap_or(0)))
    }

    /// How to shape text of a script.
    pub(crate) fn shape_plan(&self, direction: Direction, script: Script) -> Rc<ShapePlan> {
        let mut plans = self.plans.borrow_mut();
        let plan =
            plans.entry((direction, script)).or_insert_with(|| Rc::new(ShapePlan::new(&self.face, direction, Some(script), None, &[])));
        Rc::clone(plan)
    }

    /// Takes a glyph into the subset and returns its number there.
    pub(crate) fn use_glyph(&mut self, glyph: u16, text: &str) -> u16 {
        let number = self.remapper.remap(glyph);
        let known = self.texts.entry(number).or_default();
        if known.is_empty() {
            known.push_str(text);
        }
        number
    }

    fn embed(&self, increment: &mut Increment, lists_glyphs: bool) -> Result<Id, FontError> {
        let subset = subsetter::subset(self.data, 0, &self.remapper)?;
        let name = format!("{}+{}", subset_tag(&subset), self.name);
        let file = increment.add_stream(Dictionary::new().with("Length1", subset.len() as i64), &subset);
        let box_ = self.face.global_bounding_box();
        let whole = |units: i16| Object::Integer(self.thousandths(i32::from(units)).round() as i64);
        let mut descriptor = Dictionary::new()
            .with("Type", Object::name("FontDescriptor"))
            .with("FontName", Object::name(&name))
            .with("Flags", 4)
            .with("FontBBox", vec![whole(box_.x_min), whole(box_.y_min), whole(box_.x_max), whole(box_.y_max)])
            .with("ItalicAngle", 0)
            .with("Ascent", whole(self.face.ascender()))
            .with("Descent", whole(self.face.descender()))
            .with("CapHeight", whole(self.face.capital_height().unwrap_or(729)))
            .with("StemV", self.stem)
            .with("FontFile2", file);
        if lists_glyphs {
            descriptor.set("CIDSet", increment.add_stream(Dictionary::new(), &self.glyph_set()));
        }
        let descriptor = increment.add(descriptor);
        let widths =
            self.remapper.remapped_gids().map(|glyph| Object::Integer(self.natural_width(glyph).round() as i64)).collect::<Vec<_>>();
        let system =
            Dictionary::new().with("Registry", Object::text("Adobe")).with("Ordering", Object::text("Identity")).with("Supplement", 0);
        let descendant = increment.add(
            Dictionary::new()
                .with("Type", Object::name("Font"))
                .with("Subtype", Object::name("CIDFontType2"))
                .with("BaseFont", Object::name(&name))
                .with("CIDSystemInfo", system)
                .with("FontDescriptor", descriptor)
                .with("CIDToGIDMap", Object::name("Identity"))
                .with("W", vec![Object::Integer(0), widths.into()]),
        );
        let to_unicode = increment.add_stream(Dictionary::new(), &self.to_unicode());
        Ok(increment.add(
            Dictionary::new()
                .with("Type", Object::name("Font"))
                .with("Subtype", Object::name("Type0"))
                .with("BaseFont", Object::name(&name))
                .with("Encoding", Object::name("Identity-H"))
                .with("DescendantFonts", vec![descendant.into()])
                .with("ToUnicode", to_unicode),
        ))
    }

    /// A bit for each glyph of the subset, the first one highest (table 124): all of them, since subsets have no holes.
    fn glyph_set(&self) -> Vec<u8> {
        let count = self.remapper.remapped_gids().count();
        let mut bits = vec![0xff; count / 8];
        if !count.is_multiple_of(8) {
            bits.push(!(0xff >> (count % 8)));
        }
        bits
    }

    /// The map from glyphs to text (9.10.3), so that the page can be searched and copied.
    fn to_unicode(&self) -> Vec<u8> {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
             /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
        );
        // A glyph whose neighbour has the text of both stands for nothing visible; PDF/A wants even that said.
        let text_of = |text: &String| if text.is_empty() { "\u{200b}".to_owned() } else { text.clone() };
        let known: Vec<_> = self.texts.iter().map(|(glyph, text)| (glyph, text_of(text))).collect();
        // A block holds at most 100 entries.
        for block in known.chunks(100) {
            map.push_str(&format!("{} beginbfchar\n", block.len()));
            for (glyph, text) in block {
                let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
                map.push_str(&format!("<{glyph:04X}> <{units}>\n"));
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
        map.into_bytes()
    }
}

/// Six capitals that differ from subset to subset (9.6.4).
fn subset_tag(subset: &[u8]) -> String {
    Sha256::digest(subset).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_cover_the_scripts_of_europe_and_right_to_left_ones() {
        let fonts = Fonts::load();
        for weight in [Weight::Regular, Weight::Bold] {
            let face = &fonts.font(weight).face;
            for character in "ÆØÅæøåŁąęśźżőűčžđßÞðΩάώЖщїґאבתابتث–“”€·".chars() {
                let known = face.glyph_index(character).is_some();
                // The bold condensed face has no Hebrew; text falls back to the regular one.
                assert!(known || (weight == Weight::Bold && ('א'..='ת').contains(&character)), "{weight:?} {character}");
            }
        }
    }
}
