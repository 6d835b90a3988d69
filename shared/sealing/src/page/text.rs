//! From text to lines of placed glyphs: bidirectional order (UAX #9), shaping (OpenType), wrapping.

use std::ops::Range;

use rustybuzz::{Direction, UnicodeBuffer, shape_with_plan};
use unicode_bidi::BidiInfo;

use crate::page::font::{Fonts, Weight};

/// How long one text may be, in bytes; what is longer is cut, visibly.
const MAX_TEXT: usize = 4000;

/// The look of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) weight: Weight,
    /// Points.
    pub(crate) size: f32,
    pub(crate) gray: Ink,
}

/// Colours of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text.
    Black,
    /// Labels and notes.
    Gray,
    /// Headings.
    Accent,
}

/// One line, ready to be drawn from its left end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) glyphs: Vec<Glyph>,
    /// Points.
    pub(crate) width: f32,
    pub(crate) style: Style,
}

/// A glyph and the text that it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) weight: Weight,
    pub(crate) id: u16,
    /// All in thousandths of the font size.
    pub(crate) advance: f32,
    pub(crate) dx: f32,
    pub(crate) dy: f32,
    pub(crate) text: String,
    /// Where no face has the character, the glyphs write its number; the first of them tells what all of them stand for.
    pub(crate) stands_for: Option<String>,
    /// It is written from right to left: glyphs follow one another as they are seen, and not as they are read.
    pub(crate) is_reversed: bool,
}

/// Breaks a text into lines no wider than `width` points. There is at least one line.
pub(crate) fn wrap(fonts: &Fonts, text: &str, style: Style, width: f32) -> Vec<Line> {
    let text = printable(text);
    let bidi = BidiInfo::new(&text, None);
    let ranges = break_lines(fonts, &text, style, width);
    let line = |range: Range<usize>| {
        let paragraph = bidi.paragraphs.iter().find(|paragraph| paragraph.range.contains(&range.start));
        let runs: Vec<(Range<usize>, bool)> = match paragraph {
            None => vec![(range.clone(), false)],
            Some(paragraph) => {
                let (levels, runs) = bidi.visual_runs(paragraph, range.clone());
                runs.into_iter().map(|run| (run.clone(), levels[run.start].is_rtl())).collect()
            }
        };
        let glyphs: Vec<Glyph> = runs.into_iter().flat_map(|(run, is_rtl)| shape_run(fonts, &text[run], style.weight, is_rtl)).collect();
        let width = points(&glyphs, style);
        Line { glyphs, width, style }
    };
    ranges.into_iter().map(line).collect()
}

pub(super) fn points(glyphs: &[Glyph], style: Style) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum::<f32>() * style.size / 1000.0
}

/// One line of printable text: control characters and line ends become spaces, directional overrides vanish, because
/// with them a name could be made to look like another.
fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(MAX_TEXT));
    for character in text.chars() {
        if clean.len() >= MAX_TEXT {
            clean.push('…');
            break;
        }
        clean.extend(kept(character));
    }
    clean
}

/// What becomes of one character in printable text.
pub(super) fn kept(character: char) -> Option<char> {
    match character {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => None,
        '\u{2028}' | '\u{2029}' => Some(' '),
        character if character.is_control() => Some(' '),
        character => Some(character),
    }
}

fn break_lines(fonts: &Fonts, text: &str, style: Style, width: f32) -> Vec<Range<usize>> {
    let measure = |part: &str| points(&shape_run(fonts, part, style.weight, false), style);
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut line: Option<Range<usize>> = None;
    let mut used = 0.0;
    for word in words(text) {
        let with_space = measure(&text[word.clone()]);
        let bare = measure(text[word.clone()].trim_end());
        if let Some(open) = &mut line {
            if used + bare <= width {
                open.end = word.end;
                used += with_space;
                continue;
            }
            lines.push(open.clone());
        }
        if bare <= width {
            line = Some(word);
            used = with_space;
            continue;
        }
        // A word wider than the line, such as a digest: filled to the brim, piece by piece.
        let mut pieces = split_word(fonts, text, word, style, width);
        let last = pieces.pop();
        lines.extend(pieces);
        used = last.clone().map_or(0.0, |last| measure(&text[last]));
        line = last;
    }
    lines.extend(line);
    if lines.is_empty() {
        lines.push(0..text.len());
    }
    for line in &mut lines {
        line.end = line.start + text[line.clone()].trim_end().len();
    }
    lines
}

/// Words with the spaces behind them.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_space = false;
    for (at, character) in text.char_indices() {
        let is_break = character == ' ';
        if in_space && !is_break {
            words.push(start..at);
            start = at;
        }
        in_space = is_break;
    }
    if start < text.len() {
        words.push(start..text.len());
    }
    words
}

pub(super) fn split_word(fonts: &Fonts, text: &str, word: Range<usize>, style: Style, width: f32) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = word.start;
    let mut used = 0.0;
    for cluster in clusters(&text[word.clone()]) {
        let cluster = word.start + cluster.start..word.start + cluster.end;
        let own = points(&shape_run(fonts, &text[cluster.clone()], style.weight, false), style);
        if used + own > width && cluster.start > start {
            pieces.push(start..cluster.start);
            start = cluster.start;
            used = 0.0;
        }
        used += own;
    }
    pieces.push(start..word.end);
    pieces
}

/// Characters with the marks on them.
fn clusters(text: &str) -> Vec<Range<usize>> {
    let mut clusters: Vec<Range<usize>> = Vec::new();
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let is_mark = matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}')
            || is_joiner(character);
        match clusters.last_mut() {
            Some(cluster) if is_mark => cluster.end = end,
            _ => clusters.push(at..end),
        }
    }
    clusters
}

/// How a part of a text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Face(Weight),
    /// No face has these characters: their numbers are written.
    Numbers,
}

/// Shapes text of one direction, in visual order. Where a face lacks a character, the regular one takes over.
pub(super) fn shape_run(fonts: &Fonts, text: &str, weight: Weight, is_rtl: bool) -> Vec<Glyph> {
    let has = |weight: Weight, character: char| fonts.font(weight).face.glyph_index(character).is_some();
    let mut parts: Vec<(Hand, Range<usize>)> = Vec::new();
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let own = match character {
            _ if has(weight, character) => Hand::Face(weight),
            _ if has(Weight::Regular, character) => Hand::Face(Weight::Regular),
            _ => Hand::Numbers,
        };
        match parts.last_mut() {
            Some((last, range)) if *last == own => range.end = end,
            Some((Hand::Face(_), range)) if character == ' ' => range.end = end,
            Some((Hand::Numbers, range)) if is_joiner(character) => range.end = end,
            _ => parts.push((own, at..end)),
        }
    }
    if is_rtl {
        parts.reverse();
    }
    let shape = |(hand, range): (Hand, Range<usize>)| match hand {
        Hand::Face(weight) => shape_part(fonts, &text[range], weight, is_rtl),
        Hand::Numbers => stand_ins(fonts, &text[range], weight),
    };
    parts.into_iter().flat_map(shape).collect()
}

/// What changes how its neighbours look and has no look of its own.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Characters by their numbers, `[U+6797 U+5C0F]`: exact for the eye, and the text itself for search, copying and reading aloud.
/// A romanisation would be a guess at how somebody is called.
fn stand_ins(fonts: &Fonts, text: &str, weight: Weight) -> Vec<Glyph> {
    let numbers: Vec<String> =
        text.chars().filter(|character| !is_joiner(*character)).map(|character| format!("U+{:04X}", u32::from(character))).collect();
    let mut glyphs = shape_part(fonts, &format!("[{}]", numbers.join(" ")), weight, false);
    for (index, glyph) in glyphs.iter_mut().enumerate() {
        glyph.stands_for = Some(if index == 0 { text.to_owned() } else { String::new() });
    }
    glyphs
}

fn shape_part(fonts: &Fonts, text: &str, weight: Weight, is_rtl: bool) -> Vec<Glyph> {
    let font = fonts.font(weight);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    let plan = font.shape_plan(buffer.direction(), buffer.script());
    let shaped = shape_with_plan(&font.face, &plan, buffer);
    let infos = shaped.glyph_infos();
    let texts = texts_of(text, &infos.iter().map(|info| info.cluster as usize).collect::<Vec<_>>(), is_rtl);
    let glyph = |((info, position), text): ((&rustybuzz::GlyphInfo, &rustybuzz::GlyphPosition), String)| Glyph {
        weight,
        // A face has at most 65,535 glyphs.
        id: u16::try_from(info.glyph_id).unwrap_or(0),
        advance: font.thousandths(position.x_advance),
        dx: font.thousandths(position.x_offset),
        dy: font.thousandths(position.y_offset),
        text,
        stands_for: None,
        is_reversed: is_rtl,
    };
    infos.iter().zip(shaped.glyph_positions()).zip(texts).map(glyph).collect()
}

/// The text of each glyph, where `clusters` tells at which byte the text of each begins. A cluster with as many characters as
/// glyphs is shared out; else its first glyph has all of it.
fn texts_of(text: &str, clusters: &[usize], is_rtl: bool) -> Vec<String> {
    let mut starts = clusters.to_vec();
    starts.sort_unstable();
    starts.dedup();
    let mut texts = Vec::with_capacity(clusters.len());
    for cluster in clusters.chunk_by(|one, next| one == next) {
        // A cluster's text reaches to the next cluster in reading order.
        let end = starts.iter().copied().find(|next| *next > cluster[0]).unwrap_or(text.len());
        let whole = text.get(cluster[0]..end).unwrap_or_default();
        let mut characters: Vec<String> = whole.chars().map(String::from).collect();
        if characters.len() == cluster.len() {
            if is_rtl {
                characters.reverse();
            }
            texts.extend(characters);
        } else {
            texts.push(whole.to_owned());
            texts.extend(cluster[1..].iter().map(|_| String::new()));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { weight: Weight::Regular, size: 10.0, gray: Ink::Black };

    fn read(line: &Line) -> String {
        line.glyphs.iter().map(|glyph| glyph.stands_for.as_deref().unwrap_or(&glyph.text)).collect()
    }

    #[test]
    fn no_line_is_wider_than_asked_and_no_text_is_lost() {
        let fonts = Fonts::load();
        let texts = [
            "",
            " ",
            "A short line",
            "Wolfeschlegelsteinhausenbergerdorff Wolfeschlegelsteinhausenbergerdorff",
            "Łukasz Śliwiński-Brzęczyszczykiewicz, Przewodniczący Rady Nadzorczej",
            "Ολυμπία Παπαδημητρακοπούλου Ἀθῆναι",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "林小明 สมชาย เข็มกลัด अमिताभ Tom👩🏽\u{200d}💻Smith",
        ];
        for text in texts {
            for width in [60.0, 120.0, 400.0] {
                let lines = wrap(&fonts, text, STYLE, width);
                assert!(!lines.is_empty());
                assert!(lines.iter().all(|line| line.width <= width + 0.1), "{text} at {width}");
                let kept: String = lines.iter().map(read).collect();
                let bare = |text: &str| text.chars().filter(|character| *character != ' ').collect::<String>();
                assert_eq!(bare(&kept), bare(text));
            }
        }
    }

    #[test]
    fn characters_of_no_face_are_written_as_their_numbers() {
        let fonts = Fonts::load();
        let line = &wrap(&fonts, "林小 Lin", STYLE, 400.0)[0];
        let shown: String = line.glyphs.iter().map(|glyph| glyph.text.as_str()).collect();
        assert_eq!(shown, "[U+6797 U+5C0F] Lin");
        assert_eq!(read(line), "林小 Lin");
        assert!(line.glyphs.iter().all(|glyph| glyph.id != 0));
    }

    #[test]
    fn right_to_left_text_is_drawn_from_its_end() {
        let fonts = Fonts::load();
        let line = &wrap(&fonts, "שלום", STYLE, 400.0)[0];
        assert_eq!(read(line), "םולש");
    }

    #[test]
    fn directional_overrides_cannot_disguise_a_name() {
        let fonts = Fonts::load();
        let line = &wrap(&fonts, "Anna\u{202e}gnp.exe", STYLE, 400.0)[0];
        assert_eq!(read(line), "Annagnp.exe");
    }
}
