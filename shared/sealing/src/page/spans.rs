//! Lines of text in which the weight changes, as emphasis in a paragraph does.

use std::ops::Range;

use unicode_bidi::BidiInfo;

use crate::page::font::{Fonts, Weight};
use crate::page::text::{Glyph, Line, Style, kept, points, shape_run, split_word, words};

/// A piece of text of one weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) weight: Weight,
}

/// Breaks spans into lines no wider than `width` points. There is at least one line. `style` gives size and colour.
pub(crate) fn wrap_spans(fonts: &Fonts, spans: &[Span], style: Style, width: f32) -> Vec<Line> {
    let text = Spanned::new(spans, style);
    let bidi = BidiInfo::new(&text.text, None);
    let line = |range: Range<usize>| {
        let paragraph = bidi.paragraphs.iter().find(|paragraph| paragraph.range.contains(&range.start));
        let runs: Vec<(Range<usize>, bool)> = match paragraph {
            None => vec![(range, false)],
            Some(paragraph) => {
                let (levels, runs) = bidi.visual_runs(paragraph, range);
                runs.into_iter().map(|run| (run.clone(), levels[run.start].is_rtl())).collect()
            }
        };
        let glyphs: Vec<Glyph> = runs.into_iter().flat_map(|(run, is_rtl)| text.shape(fonts, run, is_rtl)).collect();
        let width = points(&glyphs, style);
        Line { glyphs, width, style }
    };
    text.break_lines(fonts, width).into_iter().map(line).collect()
}

/// The text of all spans, and where each weight ends.
struct Spanned {
    text: String,
    ends: Vec<(usize, Weight)>,
    style: Style,
}

impl Spanned {
    fn new(spans: &[Span], style: Style) -> Self {
        let mut text = String::new();
        let mut ends = Vec::new();
        for span in spans {
            text.extend(span.text.chars().filter_map(kept));
            ends.push((text.len(), span.weight));
        }
        Self { text, ends, style }
    }

    /// The part of each weight within a range, in reading order.
    fn parts(&self, range: Range<usize>) -> Vec<(Range<usize>, Weight)> {
        let mut parts = Vec::new();
        let mut start = range.start;
        for (end, weight) in &self.ends {
            let end = (*end).min(range.end);
            if start < end {
                parts.push((start..end, *weight));
                start = end;
            }
        }
        parts
    }

    fn shape(&self, fonts: &Fonts, range: Range<usize>, is_rtl: bool) -> Vec<Glyph> {
        let mut parts = self.parts(range);
        if is_rtl {
            parts.reverse();
        }
        parts.into_iter().flat_map(|(part, weight)| shape_run(fonts, &self.text[part], weight, is_rtl)).collect()
    }

    fn measure(&self, fonts: &Fonts, range: Range<usize>) -> f32 {
        points(&self.shape(fonts, range, false), self.style)
    }

    fn break_lines(&self, fonts: &Fonts, width: f32) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        let mut line: Option<Range<usize>> = None;
        let mut used = 0.0;
        for word in words(&self.text) {
            let bare_end = word.start + self.text[word.clone()].trim_end().len();
            let (with_space, bare) = (self.measure(fonts, word.clone()), self.measure(fonts, word.start..bare_end));
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
            // Wider than a line by itself. The heavier face is the wider one, so that no piece is too wide whatever it is in.
            let mut pieces = split_word(fonts, &self.text, word, Style { weight: Weight::Bold, ..self.style }, width);
            let last = pieces.pop();
            lines.extend(pieces);
            used = last.clone().map_or(0.0, |last| self.measure(fonts, last));
            line = last;
        }
        lines.extend(line);
        if lines.is_empty() {
            lines.push(0..self.text.len());
        }
        for line in &mut lines {
            line.end = line.start + self.text[line.clone()].trim_end().len();
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::Ink;

    #[test]
    fn weights_change_within_a_line_and_no_text_is_lost() {
        let fonts = Fonts::load();
        let span = |text: &str, weight| Span { text: text.to_owned(), weight };
        let spans =
            [span("The ", Weight::Regular), span("price", Weight::Bold), span(" is f", Weight::Regular), span("ixed.", Weight::Oblique)];
        let style = Style { weight: Weight::Regular, size: 10.0, gray: Ink::Black };
        for width in [20.0, 60.0, 400.0] {
            let lines = wrap_spans(&fonts, &spans, style, width);
            assert!(lines.iter().all(|line| line.width <= width + 0.1), "{width}");
            let text: String = lines.iter().flat_map(|line| &line.glyphs).map(|glyph| glyph.text.as_str()).collect();
            assert_eq!(text.replace(' ', ""), "Thepriceisfixed.");
            assert!(lines.iter().flat_map(|line| &line.glyphs).any(|glyph| glyph.weight == Weight::Oblique));
        }
    }
}
