//! The pages before and after a log-in. None says what is to be signed.

use askama::Template;
use segl_core::assurance::Assurance;
use segl_core::language::Language;
use segl_wording::{Words, fill, words};

use super::{Frame, Scene, frame, render};
use crate::Desk;
use crate::look::Look;
use crate::notice::Notice;
use crate::portal::PORTAL;
use crate::portal::log_in::Need;

/// Why somebody is asked to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody has in this browser.
    NotYet,
    /// Who has did so at too low a level.
    TooLow,
    /// Who has is somebody else.
    SomebodyElse,
}

#[derive(Template)]
#[template(path = "log-in.html")]
struct LogInPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    problem: Option<String>,
    intro: String,
    /// Address and label of each way to log in.
    ways: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "logged-out.html")]
struct LoggedOutPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    portal: &'static str,
    there: Option<(&'a str, String)>,
}

/// The page of one order's signer who has still to log in.
pub fn log_in_page<M, T>(scene: &Scene<'_>, desk: &Desk<M, T>, reason: Reason) -> Result<String, Notice> {
    let need = Need::of(scene.visit.person()?);
    let intro = fill(words(scene.language).log_in_to_sign, &[("sender", scene.sender())]);
    Ok(page(desk, scene.language, scene.sender(), &scene.visit.path, &need, reason, intro))
}

/// The page of an order, or of none, for one of whom nothing is known yet.
pub fn stranger_page<M, T>(desk: &Desk<M, T>, path: &str, language: Language) -> String {
    let sender = desk.look.brand.name.as_deref().unwrap_or_default();
    page(desk, language, sender, path, &Need::PORTAL, Reason::NotYet, words(language).log_in_portal.to_owned())
}

/// The portal's page for who has still to log in.
pub fn portal_log_in_page<M, T>(desk: &Desk<M, T>, reason: Reason, language: Language) -> String {
    let sender = desk.look.brand.name.as_deref().unwrap_or_default();
    page(desk, language, sender, PORTAL, &Need::PORTAL, reason, words(language).log_in_portal.to_owned())
}

fn page<M, T>(desk: &Desk<M, T>, language: Language, sender: &str, path: &str, need: &Need, reason: Reason, intro: String) -> String {
    let words = words(language);
    let level = |level| match level {
        Assurance::Low => words.level_low,
        Assurance::Substantial => words.level_substantial,
        Assurance::High => words.level_high,
    };
    let ways: Vec<_> = desk
        .providers
        .iter()
        .filter(|provider| need.can_be_met_by(provider))
        .map(|provider| (format!("{path}/log-in/{}", provider.id), fill(words.log_in_with, &[("provider", &provider.name)])))
        .collect();
    let problem = match reason {
        _ if ways.is_empty() => Some(words.no_log_in.to_owned()),
        Reason::NotYet => None,
        Reason::TooLow => Some(fill(words.log_in_higher, &[("level", need.level.map_or("", level))])),
        Reason::SomebodyElse => Some(words.log_in_other.to_owned()),
    };
    render(&LogInPage { frame: frame(&desk.look, language, sender), words, problem, intro, ways })
}

/// The page after the log-out. `there` is where to log out at the provider, and the provider's name.
pub fn logged_out_page(look: &Look, language: Language, there: Option<(&str, &str)>) -> String {
    let words = words(language);
    let there = there.map(|(address, name)| (address, fill(words.log_out_there, &[("provider", name)])));
    let frame = frame(look, language, look.brand.name.as_deref().unwrap_or_default());
    render(&LoggedOutPage { frame, words, portal: PORTAL, there })
}
