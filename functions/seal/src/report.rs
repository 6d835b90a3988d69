//! What the page of evidence says to people, as HTML.

use std::fmt::Write as _;

use segl_core::bundle::{ActEvidence, Bundle, ClerkEvidence, DocumentEvidence, SignerEvidence};
use segl_core::event::{Actor, Event};
use segl_core::signer::Method;
use serde_json::Value;

/// How much of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// All of it.
    Everything,
    /// Without claims, findings and events.
    Outline,
}

/// The page.
pub(crate) fn html(bundle: &Bundle, detail: Detail) -> String {
    let mut page = Page { html: "<html lang=\"en\">".to_owned(), detail };
    page.head(bundle);
    page.html.push_str("<h2>Documents</h2>");
    for (number, document) in bundle.documents.iter().enumerate() {
        page.document(number, document);
    }
    page.html.push_str("<h2>Signers</h2>");
    for (index, signer) in bundle.signers() {
        page.signer(index.as_usize(), signer);
    }
    page.clerks(&bundle.clerks);
    page.trail(bundle);
    page.html.push_str(HOW_TO_CHECK);
    page.html
}

const HOW_TO_CHECK: &str = "<h2>How to check this</h2><p>This file is sealed: any PDF reader that knows signatures tells whether it was \
changed. It holds the same as <code>evidence-bundle.json</code>, with every event and what its commitments are opened with. \
<code>segl verify</code> checks the seal, that the hash of each event is that of its content and of the event before, and that the people, \
claims and documents named here are those that the events commit to. It needs no service for it.</p>";

struct Page {
    html: String,
    detail: Detail,
}

impl Page {
    fn head(&mut self, bundle: &Bundle) {
        self.element("h1", "Evidence of a signing order");
        let ended = bundle.ended_at.map(|at| at.to_string());
        let erased = bundle.erased_at.map(|at| at.to_string());
        let state = bundle.state.clone();
        self.rows([
            ("Title", Some(bundle.title.clone())),
            ("Order", Some(bundle.order.to_string())),
            ("Organization", Some(bundle.organization.to_string())),
            ("Created", Some(format!("{} by the client {}", bundle.created_at, bundle.created_by))),
            ("Could be signed until", Some(bundle.deadline.to_string())),
            ("State", Some(ended.map_or(state.clone(), |at| format!("{state} at {at}")))),
            ("Documents and personal data removed", erased),
            (
                "Audit trail",
                Some(format!("{} events; the last one's hash is {}", bundle.audit_trail.events.len(), bundle.audit_trail.head)),
            ),
        ]);
    }

    fn document(&mut self, number: usize, document: &DocumentEvidence) {
        self.element("h3", &format!("Document {number}: {}", document.title));
        let findings: Vec<_> = document.findings.iter().map(|finding| finding.text.as_str()).collect();
        let repaired = document.repaired_from.map(|from| format!("uploaded damaged, as {} of {} bytes", from.sha256, from.size));
        self.rows([
            ("SHA-256 of what was signed", document.sha256.map(|digest| digest.to_string())),
            ("Size", document.size.zip(document.pages).map(|(size, pages)| format!("{size} bytes, {pages} pages"))),
            ("Repaired", repaired),
            ("Found in it", self.if_everything((!findings.is_empty()).then(|| findings.join(" ")))),
            ("Sealed", document.sealed.map(|sealed| format!("PAdES {}, SHA-256 {}", sealed.level.as_str(), sealed.sha256))),
        ]);
    }

    fn signer(&mut self, number: usize, signer: &SignerEvidence) {
        self.element("h3", &format!("Signer {number}"));
        let party = match &signer.party {
            None => vec![("Who", Some("personal data was removed".to_owned()))],
            Some(Value::String(organization)) => vec![("Who", Some(format!("any system of {organization}")))],
            Some(Value::Object(members)) => members.iter().map(|(name, value)| (label(name), text(value))).collect(),
            Some(_) => Vec::new(),
        };
        self.rows(party);
        match &signer.act {
            ActEvidence::Undecided => self.rows([("Decision", Some("none".to_owned()))]),
            ActEvidence::Declined { at, reason } => {
                self.rows([("Decision", Some(format!("declined at {at}"))), ("Reason", reason.clone())]);
            }
            ActEvidence::Signed { at, method, claims, digests, images, address, jws } => {
                let claims: Vec<_> = claims.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                let digests: Vec<_> = digests.iter().map(ToString::to_string).collect();
                self.rows([
                    ("Decision", Some(format!("signed at {at}"))),
                    ("Recognised", Some(recognised(method))),
                    ("From", address.map(|address| address.to_string())),
                    ("Claims", self.if_everything((!claims.is_empty()).then(|| claims.join("; ")))),
                    ("Digests that were signed", Some(digests.join(" "))),
                    ("Page images that were shown", (!images.is_empty()).then(|| format!("{} lists", images.len()))),
                    ("Signature with a key of its own", jws.as_ref().map(|jws| format!("SHA-256 {}", jws.digest()))),
                ]);
            }
        }
    }

    /// The events say of whom they are by the number here.
    fn clerks(&mut self, clerks: &[ClerkEvidence]) {
        if clerks.is_empty() {
            return;
        }
        self.element("h2", "People who acted for the organization");
        for (number, clerk) in clerks.iter().enumerate() {
            let member = |name: &str| clerk.clerk.get(name).and_then(text);
            self.element("h3", &format!("Clerk {number}"));
            self.rows([
                ("Name", member("name")),
                ("E-mail", member("email")),
                ("Logged in at", member("provider")),
                ("Known there as", member("subject")),
            ]);
        }
    }

    fn trail(&mut self, bundle: &Bundle) {
        let events = &bundle.audit_trail.events;
        self.element("h2", "What happened");
        if self.detail == Detail::Outline {
            self.element("p", &format!("{} events, which are in the attached bundle.", events.len()));
            return;
        }
        self.html.push_str("<table><thead><tr><th>No.</th><th>When</th><th>By</th><th>What</th></tr></thead><tbody>");
        for event in events {
            let cells = [event.seq.to_string(), event.at.to_string(), actor(&event.actor, &bundle.clerks), what(event)];
            self.html.push_str("<tr>");
            for cell in cells {
                self.element("td", &cell);
            }
            self.html.push_str("</tr>");
        }
        self.html.push_str("</tbody></table>");
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn recognised(method: &Method) -> String {
    match method {
        Method::Link => "by personal link".to_owned(),
        Method::EmailCode => "by personal link and a one-time code by e-mail".to_owned(),
        Method::SmsCode => "by personal link and a one-time code by text message".to_owned(),
        Method::Sender => "logged in at the sender".to_owned(),
        Method::Eid { name, level, authenticated_at, .. } => {
            let level = level.map(|level| format!(", level of assurance {}", level.as_str())).unwrap_or_default();
            let at = authenticated_at.map(|at| format!(", at {at}")).unwrap_or_default();
            format!("logged in with {name}{level}{at}")
        }
        Method::Client { client, name } => format!("as a system, by the credentials of the client {client} ({name})"),
    }
}

fn label(member: &str) -> &str {
    match member {
        "name" => "Name",
        "title" => "Title",
        "email" => "E-mail",
        "mobile" => "Mobile",
        "national_id" => "National identity number",
        "directory" => "Directory entry",
        "authentication" => "Had to bring",
        "assurance" => "At a level of assurance of at least",
        "language" => "Language",
        "zone" => "Time zone",
        "organization" => "System of",
        "client" => "Client",
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

fn actor(actor: &Actor, clerks: &[ClerkEvidence]) -> String {
    match actor {
        Actor::Service => "service".to_owned(),
        Actor::Client { client } => format!("client {client}"),
        Actor::Clerk { client, clerk } => match clerks.iter().position(|known| known.commitment() == *clerk) {
            Some(number) => format!("clerk {number}, for the client {client}"),
            None => format!("a clerk whose data was removed, for the client {client}"),
        },
        Actor::Signer { signer } => format!("signer {signer}"),
    }
}

/// The event's name in JSON, with its short members: digests, commitments and lists of them are in the bundle.
fn what(event: &Event) -> String {
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
