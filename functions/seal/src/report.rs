//! What the page of evidence says to people, as HTML.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::assurance::Assurance;
use segl_core::bundle::{ActEvidence, Bundle, ClerkEvidence, DocumentEvidence, SignerEvidence};
use segl_core::event::{Actor, Event};
use segl_core::id::{DocumentIndex, SignerIndex};
use segl_core::language::Language;
use segl_core::signer::Method;
use segl_wording::event::sentence;
use segl_wording::time::time;
use segl_wording::{EvidenceWords, evidence_words, fill, sender_words};
use serde_json::Value;

use crate::page;
use crate::words::Words;

/// How much of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// All of it.
    Everything,
    /// Without claims, findings and events.
    Outline,
}

/// In which language the page is, and in whose time it tells times.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub language: Language,
    pub zone: &'a TimeZone,
}

/// The page.
pub(crate) fn html(bundle: &Bundle, reader: Reader<'_>, detail: Detail) -> String {
    let words = evidence_words(reader.language);
    let mut page = Page { html: format!("<html lang=\"{}\">", reader.language.tag()), detail, reader, words };
    page.head(bundle);
    page.element("h2", words.documents);
    for (number, document) in bundle.documents.iter().enumerate() {
        page.document(number, document);
    }
    page.element("h2", words.signers);
    for (index, signer) in bundle.signers() {
        page.signer(index, signer);
    }
    page.clerks(&bundle.clerks);
    page.trail(bundle);
    page.how_to_check();
    page.html
}

struct Page<'a> {
    html: String,
    detail: Detail,
    reader: Reader<'a>,
    words: &'static EvidenceWords,
}

impl Page<'_> {
    fn head(&mut self, bundle: &Bundle) {
        let words = self.words;
        self.element("h1", words.heading);
        let state = sender_words(self.reader.language).state(&bundle.state);
        let state = bundle.ended_at.map_or(state.to_owned(), |at| format!("{state}: {}", self.time(at)));
        let created = [("time", self.time(bundle.created_at)), ("client", bundle.created_by.to_string())];
        let trail = &bundle.audit_trail;
        let facts = [("count", trail.events.len().to_string()), ("hash", trail.head.to_string())];
        self.rows([
            (words.name_of_order, Some(bundle.title.clone())),
            (words.order, Some(bundle.order.to_string())),
            (words.organization, Some(bundle.organization.to_string())),
            (words.created, Some(filled(words.created_by, &created))),
            (words.deadline, Some(self.time(bundle.deadline))),
            (words.state, Some(state)),
            (words.erased, bundle.erased_at.map(|at| self.time(at))),
            (words.trail, Some(filled(words.trail_facts, &facts))),
        ]);
    }

    fn document(&mut self, number: usize, document: &DocumentEvidence) {
        let words = self.words;
        self.element("h3", &filled(words.document, &[("number", number.to_string()), ("title", document.title.clone())]));
        let common = segl_wording::words(self.reader.language);
        let findings: Vec<_> = document.findings.iter().map(|finding| common.finding(&finding.code).unwrap_or(&finding.text)).collect();
        let repaired = document
            .repaired_from
            .map(|from| filled(words.repaired_facts, &[("hash", from.sha256.to_string()), ("size", from.size.to_string())]));
        let size = document
            .size
            .zip(document.pages)
            .map(|(size, pages)| filled(words.size_facts, &[("size", size.to_string()), ("pages", pages.to_string())]));
        self.rows([
            (words.digest, document.sha256.map(|digest| digest.to_string())),
            (words.size, size),
            (words.repaired, repaired),
            (words.found, self.if_everything((!findings.is_empty()).then(|| findings.join(" ")))),
            (words.sealed, document.sealed.map(|sealed| format!("PAdES {}, SHA-256 {}", sealed.level.as_str(), sealed.sha256))),
        ]);
    }

    fn signer(&mut self, number: SignerIndex, signer: &SignerEvidence) {
        let words = self.words;
        self.element("h3", &self.signer_name(number));
        let party = match &signer.party {
            None => vec![(words.who, Some(words.removed.to_owned()))],
            Some(Value::String(organization)) => {
                vec![(words.who, Some(filled(words.any_system, &[("organization", organization.clone())])))]
            }
            Some(Value::Object(members)) => members.iter().map(|(name, value)| (label(name, words), self.member(name, value))).collect(),
            Some(_) => Vec::new(),
        };
        self.rows(party);
        match &signer.act {
            ActEvidence::Undecided => self.rows([(words.decision, Some(words.undecided.to_owned()))]),
            ActEvidence::Declined { at, reason } => {
                let declined = filled(words.declined, &[("time", self.time(*at))]);
                self.rows([(words.decision, Some(declined)), (words.reason, reason.clone())]);
            }
            ActEvidence::Signed { at, method, claims, digests, images, address, jws } => {
                let claims: Vec<_> = claims.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                let digests: Vec<_> = digests.iter().map(ToString::to_string).collect();
                self.rows([
                    (words.decision, Some(filled(words.signed, &[("time", self.time(*at))]))),
                    (words.recognised, Some(self.recognised(method))),
                    (words.from, address.map(|address| address.to_string())),
                    (words.claims, self.if_everything((!claims.is_empty()).then(|| claims.join("; ")))),
                    (words.digests, Some(digests.join(" "))),
                    (words.images, (!images.is_empty()).then(|| images.len().to_string())),
                    (words.own_signature, jws.as_ref().map(|jws| format!("SHA-256 {}", jws.digest()))),
                ]);
            }
        }
    }

    /// The events say of whom they are by the number here.
    fn clerks(&mut self, clerks: &[ClerkEvidence]) {
        if clerks.is_empty() {
            return;
        }
        let words = self.words;
        self.element("h2", words.clerks);
        for (number, clerk) in clerks.iter().enumerate() {
            let member = |name: &str| clerk.clerk.get(name).and_then(text);
            self.element("h3", &filled(words.clerk, &[("number", number.to_string())]));
            self.rows([
                (words.name, member("name")),
                (words.email, member("email")),
                (words.provider, member("provider")),
                (words.subject, member("subject")),
            ]);
        }
    }

    fn trail(&mut self, bundle: &Bundle) {
        let events = &bundle.audit_trail.events;
        let words = self.words;
        self.element("h2", words.happened);
        if self.detail == Detail::Outline {
            self.element("p", &filled(words.not_shown, &[("count", events.len().to_string())]));
            return;
        }
        self.html.push_str("<table><thead><tr>");
        for column in [words.number_column, words.when_column, words.by_column, words.what_column] {
            self.element("th", column);
        }
        self.html.push_str("</tr></thead><tbody>");
        for event in events {
            let cells = [event.seq.to_string(), event.at.to_string(), self.actor(&event.actor, &bundle.clerks), self.what(event, bundle)];
            self.html.push_str("<tr>");
            for cell in cells {
                self.element("td", &cell);
            }
            self.html.push_str("</tr>");
        }
        self.html.push_str("</tbody></table>");
    }

    fn how_to_check(&mut self) {
        let words = self.words;
        self.element("h2", words.check);
        self.element("p", words.check_seal);
        self.element("p", &filled(words.check_bundle, &[("file", segl_core::bundle::FILE_NAME.to_owned())]));
        self.element("p", &filled(words.check_command, &[("command", "segl verify".to_owned())]));
    }

    /// The exact time, and what the clock of the reader's zone showed.
    fn time(&self, at: Timestamp) -> String {
        format!("{at} – {}", time(at, self.reader.zone, self.reader.language))
    }

    /// As the signature page says it, with what only evidence tells.
    fn recognised(&self, method: &Method) -> String {
        let told = page::method(method, Words::for_language(self.reader.language.tag()));
        match method {
            Method::Eid { authenticated_at: Some(at), .. } => format!("{told}, {}", self.time(*at)),
            Method::Client { name, .. } => format!("{told} ({name})"),
            _ => told,
        }
    }

    /// How a signer is called whose data are elsewhere on the page.
    fn signer_name(&self, signer: SignerIndex) -> String {
        filled(self.words.signer, &[("number", signer.as_usize().to_string())])
    }

    fn actor(&self, actor: &Actor, clerks: &[ClerkEvidence]) -> String {
        let words = self.words;
        match actor {
            Actor::Service => words.by_service.to_owned(),
            Actor::Client { client } => filled(words.by_client, &[("client", client.to_string())]),
            Actor::Clerk { client, clerk } => match clerks.iter().position(|known| known.commitment() == *clerk) {
                Some(number) => filled(words.by_clerk, &[("number", number.to_string()), ("client", client.to_string())]),
                None => filled(words.by_removed_clerk, &[("client", client.to_string())]),
            },
            Actor::Signer { signer } => self.signer_name(*signer),
        }
    }

    /// The sentence, and the event as it stands in the bundle, so that the two can be compared.
    fn what(&self, event: &Event, bundle: &Bundle) -> String {
        let signer = |signer| self.signer_name(signer);
        let document =
            |index: DocumentIndex| bundle.documents.get(index.as_usize()).map(|document| document.title.clone()).unwrap_or_default();
        let sentence = sentence(&event.what, self.reader.language, self.reader.zone, signer, document);
        format!("{sentence} [{}]", technical(event))
    }

    /// A member of what is known of a signer. A level of assurance has a name in each language.
    fn member(&self, name: &str, value: &Value) -> Option<String> {
        if name == "assurance"
            && let Ok(level) = serde_json::from_value::<Assurance>(value.clone())
        {
            return Some(Words::for_language(self.reader.language.tag()).level(level).to_owned());
        }
        text(value)
    }

    fn if_everything(&self, text: Option<String>) -> Option<String> {
        text.filter(|_| self.detail == Detail::Everything)
    }

    /// Lines of a label and a value; those without a value are left out.
    fn rows<'a>(&mut self, rows: impl IntoIterator<Item = (&'a str, Option<String>)>) {
        for (label, value) in rows {
            let Some(value) = value else { continue };
            // Writing to a string cannot fail.
            let _ = write!(self.html, "<p><b>{}:</b> {}</p>", escaped(label), escaped(&value));
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        let _ = write!(self.html, "<{name}>{}</{name}>", escaped(text));
    }
}

/// A text with its places filled.
fn filled(text: &str, values: &[(&str, String)]) -> String {
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(text, &values)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn label<'a>(member: &'a str, words: &'static EvidenceWords) -> &'a str {
    match member {
        "name" => words.name,
        "title" => words.role,
        "email" => words.email,
        "mobile" => words.mobile,
        "national_id" => words.national_id,
        "directory" => words.directory,
        "authentication" => words.authentication,
        "assurance" => words.assurance,
        "language" => words.language,
        "zone" => words.zone,
        "organization" => words.system_of,
        "client" => words.client,
        other => other,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The event's name in JSON, with its short members: digests, commitments and lists of them are in the bundle.
fn technical(event: &Event) -> String {
    let Ok(Value::Object(mut members)) = serde_json::to_value(&event.what) else { return String::new() };
    let name = members.remove("type").as_ref().and_then(text).unwrap_or_default();
    let is_digest = |value: &Value| value.as_str().is_some_and(|text| text.len() == 64);
    let short = |value: &Value| match value {
        Value::Array(items) if items.iter().any(|item| is_digest(item) || !item.is_string()) => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        Value::Object(_) => None,
        value if is_digest(value) => None,
        value => text(value),
    };
    let told: Vec<_> = members.iter().filter_map(|(name, value)| Some(format!("{} {}", name.replace('_', " "), short(value)?))).collect();
    if told.is_empty() { name } else { format!("{name}: {}", told.join("; ")) }
}
