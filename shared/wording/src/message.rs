//! Messages: e-mails as text and as HTML, text messages short. None tells what is to be signed to one who has not shown who it is:
//! mailboxes and telephones have other readers, too.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::language::Language;
use segl_core::webhook::WhyDisabled;

use crate::fill;
use crate::time::time;
use crate::words::{Words, words};

/// One message, for each channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject of the e-mail.
    pub subject: String,
    /// The body of the e-mail as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The text message.
    pub sms: String,
}

/// In whose name and in which language somebody is written to.
#[derive(Debug, Clone)]
pub struct Voice<'a> {
    /// The reader's language.
    pub language: Language,
    /// The reader's zone.
    pub zone: TimeZone,
    /// Who writes, as the reader knows it.
    pub sender: &'a str,
    /// The colour of buttons, as CSS writes it.
    pub colour: &'a str,
}

/// Where a signer finds what is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// At a personal link, which is a secret.
    Link(&'a str),
    /// At an address at which the signer logs in.
    Portal(&'a str),
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// All have signed, and the document is sealed.
    Accepted,
    /// Too many declined; the last one perhaps said why.
    Rejected(Option<&'a str>),
    /// It was taken back.
    Cancelled,
    /// It was not signed in time.
    Expired,
    /// It can never be sealed, for this reason.
    Failed(&'a str),
}

/// What stands in an e-mail.
struct Body<'a> {
    paragraphs: Vec<String>,
    button: Option<(&'a str, &'a str)>,
    end: Option<&'a str>,
}

impl Voice<'_> {
    /// Asks to sign.
    pub fn invitation(&self, deadline: Timestamp, way: Way<'_>) -> Letter {
        let (words, (link, end)) = (self.words(), self.found(way));
        let paragraph = fill(words.invitation, &[("sender", self.sender), ("time", &self.time(deadline))]);
        let body = Body { paragraphs: vec![paragraph], button: Some((words.open, link)), end: Some(end) };
        self.letter(words.invitation_subject, &body, fill(words.invitation_sms, &[("sender", self.sender), ("link", link)]))
    }

    /// Reminds of what is still to be signed.
    pub fn reminder(&self, deadline: Timestamp, way: Way<'_>) -> Letter {
        let (words, (link, end)) = (self.words(), self.found(way));
        let paragraph = fill(words.reminder, &[("sender", self.sender), ("time", &self.time(deadline))]);
        let body = Body { paragraphs: vec![paragraph], button: Some((words.open, link)), end: Some(end) };
        self.letter(words.reminder_subject, &body, fill(words.reminder_sms, &[("sender", self.sender), ("link", link)]))
    }

    /// Brings a one-time code.
    pub fn code(&self, code: &str) -> Letter {
        let words = self.words();
        let text = fill(words.code, &[("code", code)]);
        self.letter(words.code_subject, &Body { paragraphs: vec![text.clone()], button: None, end: None }, text)
    }

    /// Tells a signer that the sealed document can be fetched.
    pub fn sealed(&self, way: Way<'_>) -> Letter {
        let (words, (link, end)) = (self.words(), self.found(way));
        let paragraph = fill(words.sealed, &[("sender", self.sender)]);
        let body = Body { paragraphs: vec![paragraph], button: Some((words.fetch, link)), end: Some(end) };
        self.letter(words.sealed_subject, &body, fill(words.sealed_sms, &[("sender", self.sender), ("link", link)]))
    }

    /// Tells the creator that the time for signing is nearly over.
    pub fn warning(&self, title: &str, id: &str, deadline: Timestamp) -> Letter {
        let words = self.words();
        let what = fill(words.warning, &[("time", &self.time(deadline))]);
        self.to_creator(words.warning_subject, title, id, what)
    }

    /// Tells the creator how the order ended.
    pub fn outcome(&self, title: &str, id: &str, outcome: Outcome<'_>) -> Letter {
        let words = self.words();
        let (subject, what) = match outcome {
            Outcome::Accepted => (words.accepted_subject, words.accepted.to_owned()),
            Outcome::Rejected(None) => (words.rejected_subject, words.rejected.to_owned()),
            Outcome::Rejected(Some(reason)) => (words.rejected_subject, fill(words.rejected_because, &[("reason", reason)])),
            Outcome::Cancelled => (words.cancelled_subject, words.cancelled.to_owned()),
            Outcome::Expired => (words.expired_subject, words.expired.to_owned()),
            Outcome::Failed(reason) => (words.failed_subject, reason.to_owned()),
        };
        self.to_creator(subject, title, id, what)
    }

    /// Tells who is told what concerns an organization that a webhook was switched off.
    pub fn webhook_off(&self, id: &str, host: &str, at: Timestamp, why: WhyDisabled) -> Letter {
        let words = self.words();
        let because = if why == WhyDisabled::Gone { words.webhook_gone } else { words.webhook_failing };
        let what = fill(because, &[("id", id), ("host", host), ("time", &self.time(at))]);
        let body = Body { paragraphs: vec![what.clone(), words.webhook_again.to_owned()], button: None, end: None };
        self.letter(&fill(words.webhook_subject, &[("host", host)]), &body, what)
    }

    /// The address, and what is to be said of it.
    fn found<'a>(&self, way: Way<'a>) -> (&'a str, &'static str) {
        match way {
            Way::Link(link) => (link, self.words().personal),
            Way::Portal(address) => (address, self.words().in_portal),
        }
    }

    fn to_creator(&self, subject: &str, title: &str, id: &str, what: String) -> Letter {
        let about = fill(self.words().about, &[("title", title), ("id", id)]);
        let sms = format!("{about} {what}");
        self.letter(&fill(subject, &[("title", title)]), &Body { paragraphs: vec![about, what], button: None, end: None }, sms)
    }

    fn words(&self) -> &'static Words {
        words(self.language)
    }

    fn time(&self, at: Timestamp) -> String {
        time(at, &self.zone, self.language)
    }

    fn letter(&self, subject: &str, body: &Body<'_>, sms: String) -> Letter {
        let hello = self.words().hello;
        let mut text = format!("{hello}\n");
        let mut html = String::new();
        for paragraph in &body.paragraphs {
            text.push_str(&format!("\n{paragraph}\n"));
            html.push_str(&format!("<p>{}</p>", escaped(paragraph)));
        }
        if let Some((label, link)) = body.button {
            text.push_str(&format!("\n{label}:\n{link}\n"));
            let style = format!(
                "display:inline-block;padding:12px 24px;border-radius:6px;background:{};color:#fff;text-decoration:none;font-weight:600",
                escaped(self.colour)
            );
            let link = escaped(link);
            html.push_str(&format!("<p><a href=\"{link}\" style=\"{style}\">{}</a></p><p>{link}</p>", escaped(label)));
        }
        if let Some(end) = body.end {
            text.push_str(&format!("\n{end}\n"));
            html.push_str(&format!("<p>{}</p>", escaped(end)));
        }
        text.push_str(&format!("\n{}\n", self.sender));
        let (language, sender) = (self.language.tag(), escaped(self.sender));
        let html = format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
             <body style=\"font:16px/1.5 sans-serif;color:#1c2733;max-width:36em;overflow-wrap:anywhere\">\
             <p>{hello}</p>{html}<p>{sender}</p></body></html>",
            escaped(subject)
        );
        Letter { subject: subject.to_owned(), text, html, sms }
    }
}

/// Text for HTML, also within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(language: Language, sender: &str) -> Voice<'_> {
        Voice { language, zone: TimeZone::get("Europe/Oslo").unwrap(), sender, colour: "#14507f" }
    }

    #[test]
    fn messages_hold_what_the_reader_needs_in_every_language() {
        let deadline: Timestamp = "2030-06-30T10:00:00Z".parse().unwrap();
        for language in Language::ALL {
            let voice = voice(language, "Ærlig AS");
            let link = "https://sign.example.org/sign/abc";
            let way = Way::Link(link);
            for letter in [voice.invitation(deadline, way), voice.reminder(deadline, way), voice.sealed(way)] {
                for text in [&letter.text, &letter.html, &letter.sms] {
                    assert!(text.contains(link) && text.contains("Ærlig AS") && !text.contains('{'), "{text}");
                }
                // Three parts of a text message at the most, also where a letter makes it UCS-2.
                assert!(letter.sms.chars().count() <= 201, "{}", letter.sms);
            }
            assert!(voice.invitation(deadline, way).text.contains("12:00 (CEST, Europe/Oslo)"));
            for why in [WhyDisabled::Gone, WhyDisabled::Failing] {
                let letter = voice.webhook_off("7", "hooks.example.org", deadline, why);
                assert!(letter.subject.contains("hooks.example.org") && !letter.text.contains('{'), "{}", letter.text);
                assert!(letter.text.contains("12:00 (CEST, Europe/Oslo)") && letter.text.contains("30 d"), "{}", letter.text);
            }
            let code = voice.code("012345");
            assert!(code.sms.contains("012345") && code.text.contains("012345") && !code.subject.contains("012345"));
            for outcome in [Outcome::Accepted, Outcome::Rejected(Some("Too dear")), Outcome::Rejected(None), Outcome::Expired] {
                let letter = voice.outcome("Lease", "7", outcome);
                assert!(letter.subject.contains("Lease") && !letter.text.contains('{'), "{}", letter.text);
            }
        }
    }

    #[test]
    fn nothing_that_others_wrote_is_markup() {
        let letter =
            voice(Language::English, "<b>\"A\" & 'B'</b>").outcome("{reason}<script>", "1", Outcome::Rejected(Some("<img src=x>")));
        assert!(!letter.html.contains("<script") && !letter.html.contains("<img") && !letter.html.contains("<b>"), "{}", letter.html);
        assert!(letter.html.contains("{reason}&lt;script&gt;") && letter.html.contains("&lt;img src=x&gt;"));
    }
}
