//! The languages in which people are spoken to.

use serde::{Deserialize, Serialize};

/// A language that every text of pages and messages has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Norwegian, bokmål.
    #[serde(rename = "nb")]
    Norwegian,
    /// Danish.
    #[serde(rename = "da")]
    Danish,
    /// Swedish.
    #[serde(rename = "sv")]
    Swedish,
    /// Dutch.
    #[serde(rename = "nl")]
    Dutch,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 5] = [Self::English, Self::Norwegian, Self::Danish, Self::Swedish, Self::Dutch];

    /// Its tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Norwegian => "nb",
            Self::Danish => "da",
            Self::Swedish => "sv",
            Self::Dutch => "nl",
        }
    }

    /// The language of a tag, whatever region or script the tag names. Nynorsk readers read bokmål rather than English.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        match primary.as_str() {
            "no" | "nn" => Some(Self::Norwegian),
            _ => Self::ALL.into_iter().find(|language| language.tag() == primary),
        }
    }

    /// The language that a reader likes best of those there are, from `Accept-Language` (RFC 9110, 12.5.4). Of two that are liked equally
    /// it is the one named first.
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in accept_language.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
            let weight = match weight.trim().strip_prefix("q=") {
                Some(raw) => raw.trim().parse().unwrap_or(0.0),
                None => 1.0,
            };
            let Some(language) = Self::of_tag(tag).filter(|_| weight > 0.0) else { continue };
            if best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_get_the_language_they_like_best() {
        for (header, language) in [
            ("nb-NO,nb;q=0.9,en;q=0.8", Some(Language::Norwegian)),
            ("nn", Some(Language::Norwegian)),
            ("de, nl;q=0.7, en;q=0.5", Some(Language::Dutch)),
            ("en;q=0.2, SV-se;q=0.3", Some(Language::Swedish)),
            ("da;q=0, en;q=0.1", Some(Language::English)),
            ("da, sv", Some(Language::Danish)),
            ("fr", None),
            ("*", None),
            ("", None),
            ("en;q=x", None),
            (";;,,;q=", None),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }
}
