//! Names in the text of a page that mark the place for somebody's signature.

use hayro::kurbo::Point;

use crate::Place;

/// What may stand right before a name and right behind it: the author meant a place.
const BRACKETS: [(&str, &str); 6] = [("{", "}"), ("[", "]"), ("<", ">"), ("#", "#"), ("$", "$"), ("«", "»")];

/// The most places of a page.
const MAX_PLACES: usize = 100;

/// Where each of the names stands for the first time, in text whose `letters` begin and stand so.
pub(crate) fn find(text: &str, letters: &[(usize, Point)], names: &[String]) -> Vec<Place> {
    let numbered = (0..).zip(names).filter(|(_, name)| !name.is_empty());
    numbered.filter_map(|(number, name)| place(text, letters, number, name)).take(MAX_PLACES).collect()
}

fn place(text: &str, letters: &[(usize, Point)], number: u16, name: &str) -> Option<Place> {
    let (at, _) = text.match_indices(name).find(|(at, _)| is_place(&text[..*at], &text[at + name.len()..]))?;
    // The glyph that brought the first letter, which several letters may share.
    let (_, point) = letters[..letters.partition_point(|(begins, _)| *begins <= at)].last()?;
    let (x, y) = (point.x as f32, point.y as f32);
    (x.is_finite() && y.is_finite()).then_some(Place { name: number, x, y })
}

fn is_place(before: &str, behind: &str) -> bool {
    let in_brackets = BRACKETS.iter().any(|(open, close)| before.ends_with(open) && behind.starts_with(close));
    let line_before = before.rsplit('\n').next().unwrap_or_default();
    let line_behind = behind.split('\n').next().unwrap_or_default();
    let is_line = |c: char| c.is_whitespace() || matches!(c, ':' | '_' | '.' | '…');
    in_brackets || (line_before.chars().all(char::is_whitespace) && line_behind.chars().all(is_line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_place_in_brackets_or_alone_on_its_line() {
        let found = |text: &str| {
            let letters: Vec<_> = text.char_indices().map(|(at, _)| (at, Point::new(at as f64, 7.0))).collect();
            find(text, &letters, &["Wethouder".to_owned(), "Signer1".to_owned()])
                .iter()
                .map(|place| (place.name, place.x))
                .collect::<Vec<_>>()
        };
        for (text, places) in [
            ("{{Signer1}}", vec![(1, 2.0)]),
            ("Getekend door [Signer1] en <<Wethouder>>", vec![(0, 29.0), (1, 15.0)]),
            ("Besluit\n  Wethouder: ______\n", vec![(0, 10.0)]),
            ("De Wethouder besluit.\n#Wethouder#", vec![(0, 23.0)]),
            ("De Wethouder besluit.", vec![]),
            ("{{Signer12}} {{1Signer1}}", vec![]),
            ("één {{Signer1}}", vec![(1, 8.0)]),
            ("", vec![]),
        ] {
            assert_eq!(found(text), places, "{text}");
        }
    }
}
