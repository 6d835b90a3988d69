//! The list of what awaits somebody's signature.

use askama::Template;
use segl_core::language::Language;
use segl_wording::{Words, fill, words};

use super::{Frame, frame, render};
use crate::look::Look;

/// One thing to sign, or signed.
pub struct Row {
    /// Where it is.
    pub href: String,
    /// What it is.
    pub title: String,
    /// Who asks.
    pub sender: String,
    /// How things stand.
    pub standing: String,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    mark: &'a str,
    logged_in_as: String,
    awaiting: &'a [Row],
    recent: &'a [Row],
}

/// The page for somebody of that name.
pub fn list_page(look: &Look, language: Language, name: Option<&str>, mark: &str, awaiting: &[Row], recent: &[Row]) -> String {
    let words = words(language);
    let logged_in_as = name.map(|name| fill(words.logged_in_as, &[("name", name)])).unwrap_or_default();
    let frame = frame(look, language, look.brand.name.as_deref().unwrap_or_default());
    render(&ListPage { frame, words, mark, logged_in_as, awaiting, recent })
}
