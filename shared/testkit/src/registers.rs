//! The registers of Dutch case management in memory: documents (DRC), cases (ZRC) and notifications (NRC), with the rules by which real
//! ones were seen to behave. They take plain HTTP requests and know nothing of who asks, so that they judge instead of agreeing.

mod cases;
mod documents;
mod form;
mod notifications;
mod server;
mod token;

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use segl_core::register::RegisterName;
use segl_core::register_settings::{RegisterAccess, RegisterSettings};
use serde_json::{Value, json};

pub use documents::{StoredDocument, StoredVersion};
pub use server::{Interference, serve};

/// Where the registers are.
pub const DOCUMENTS: &str = "https://zgw.example.nl/documenten/api/v1/";
/// Where the cases are.
pub const CASES: &str = "https://zgw.example.nl/zaken/api/v1/";
/// Where the notifications go.
pub const NOTIFICATIONS: &str = "https://zgw.example.nl/notificaties/api/v1/";
/// A type of document that every case's type permits.
pub const EVIDENCE_TYPE: &str = "https://zgw.example.nl/catalogi/api/v1/informatieobjecttypen/1";
/// The client that may do everything.
pub const CLIENT: &str = "segl";
/// Its secret.
pub const SECRET: &str = "a-secret-of-some-length-for-hs256";

/// Where they are, for a client of ours that has them: the three lie beside each other at an origin.
///
/// # Panics
/// Where that is no origin.
pub fn settings(name: RegisterName, origin: &str) -> RegisterSettings {
    let api = |api: &str| format!("{origin}/{api}/api/v1").parse().expect("an origin with a path is an address");
    RegisterSettings {
        name,
        documents: api("documenten"),
        cases: api("zaken"),
        notifications: api("notificaties"),
        documents_version: (1, 4),
        overwrites_newer: false,
        access: RegisterAccess::OwnToken { client_id: CLIENT.to_owned(), audience: None },
    }
}

/// The registers. Cheap to share; every call is one step.
#[derive(Default)]
pub struct Registers(Mutex<State>);

/// What the registers hold, for tests to arrange and to look at.
pub struct State {
    /// Documents by the last part of their address.
    pub documents: Vec<StoredDocument>,
    /// Cases.
    pub cases: Vec<StoredCase>,
    /// Which document belongs to which case, by address.
    pub relations: Vec<(String, String)>,
    /// Channels by name.
    pub channels: Vec<String>,
    /// Notifications that were accepted.
    pub notifications: Vec<Value>,
    /// How an implementation differs from others.
    pub manners: Manners,
    /// The registers' clock.
    pub now: Timestamp,
    /// How many requests came over HTTP.
    pub heard: usize,
    /// The request over HTTP that fails, counted from 1, and how.
    pub interference: Option<(usize, Interference)>,
    /// How many addresses were given out.
    issued: u64,
}

/// A case.
#[derive(Debug, Clone)]
pub struct StoredCase {
    /// The last part of its address.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Whether it is closed.
    pub closed: bool,
}

/// How an implementation differs from others.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// Whether the unlocking of an upload that is not whole is answered 204, leaving an empty version.
    pub unlocks_anything: bool,
    /// Whether a token must have `aud`, `exp` and `jti`; otherwise none may have `aud`.
    pub wants_audience: bool,
    /// How many bytes a part of an upload has.
    pub part_size: usize,
    /// Whether our client may release locks without naming them.
    pub may_force_unlock: bool,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The fields, names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The status code.
    pub status: u16,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            documents: Vec::new(),
            cases: Vec::new(),
            relations: Vec::new(),
            channels: vec!["documentacties".to_owned()],
            notifications: Vec::new(),
            manners: Manners { unlocks_anything: false, wants_audience: false, part_size: 4096, may_force_unlock: true },
            now: Timestamp::UNIX_EPOCH,
            heard: 0,
            interference: None,
            issued: 0,
        }
    }
}

impl Registers {
    /// Answers one request.
    pub fn ask(&self, asked: &Asked) -> Told {
        self.state().ask(asked)
    }

    /// What they hold.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ask(&mut self, asked: &Asked) -> Told {
        if let Err(told) = token::check(asked, self.manners.wants_audience, self.now) {
            return told;
        }
        let (address, query) = asked.url.split_once('?').unwrap_or((&asked.url, ""));
        let query = pairs(query);
        let answer = if let Some(path) = address.strip_prefix(DOCUMENTS) {
            self.documents(asked, path, &query)
        } else if let Some(path) = address.strip_prefix(CASES) {
            self.cases(asked, path, &query)
        } else if let Some(path) = address.strip_prefix(NOTIFICATIONS) {
            self.notifications(asked, path, &query)
        } else {
            Err(Told::fault(404, "not_found"))
        };
        answer.unwrap_or_else(|told| told)
    }

    fn next_interference(&mut self) -> Option<Interference> {
        self.heard += 1;
        self.interference.filter(|(number, _)| *number == self.heard).map(|(_, way)| way)
    }

    /// An address that nothing has yet: the last part of it.
    fn new_id(&mut self) -> String {
        self.issued += 1;
        format!("{:08x}-0000-4000-8000-000000000000", self.issued)
    }

    /// A case with documents that belong to it, each of one version. Answers the case's address and the documents'.
    pub fn arrange(&mut self, documents: &[&[u8]]) -> (String, Vec<String>) {
        let id = self.new_id();
        let case = format!("{CASES}zaken/{id}");
        self.cases.push(StoredCase { id, url: case.clone(), closed: false });
        let urls = documents.iter().map(|content| self.arrange_document(content)).collect::<Vec<_>>();
        self.relations.extend(urls.iter().map(|url| (case.clone(), url.clone())));
        (case, urls)
    }

    /// Gives a document a version more, as somebody else would.
    pub fn change_document(&mut self, url: &str, content: &[u8]) {
        let document = self.document_at(url).expect("a document that was arranged");
        document.versions.push(StoredVersion::of(content));
    }

    /// The document at this address.
    pub fn document_at(&mut self, url: &str) -> Option<&mut StoredDocument> {
        self.documents.iter_mut().find(|document| document.url() == url)
    }
}

impl Told {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, media_type: "application/json", body: body.to_string().into_bytes() }
    }

    fn nothing() -> Self {
        Self { status: 204, media_type: "application/json", body: Vec::new() }
    }

    /// An error in the form of ZGW.
    pub fn fault(status: u16, code: &str) -> Self {
        let body = json!({
            "type": format!("https://zgw.example.nl/ref/fouten/{code}/"), "code": code, "title": code, "status": status, "detail": code,
            "instance": "urn:uuid:00000000-0000-4000-8000-000000000000",
        });
        Self { media_type: "application/problem+json", ..Self::json(status, &body) }
    }

    /// A refusal of one parameter.
    fn invalid(name: &str, code: &str) -> Self {
        let body = json!({
            "type": "https://zgw.example.nl/ref/fouten/ValidationError/", "code": "invalid", "title": "Invalid input.", "status": 400,
            "detail": "", "instance": "urn:uuid:00000000-0000-4000-8000-000000000000",
            "invalidParams": [{"name": name, "code": code, "reason": code}],
        });
        Self { media_type: "application/problem+json", ..Self::json(400, &body) }
    }
}

impl Asked {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, which must be a JSON object.
    fn object(&self) -> Result<Value, Told> {
        if !self.field("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(Told::fault(415, "unsupported_media_type"));
        }
        serde_json::from_slice(&self.body).ok().filter(Value::is_object).ok_or_else(|| Told::fault(400, "parse_error"))
    }
}

/// A member that must be a string.
fn text<'a>(object: &'a Value, name: &str) -> Result<&'a str, Told> {
    object[name].as_str().ok_or_else(|| Told::invalid(name, "required"))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}

/// Percent-encoding undone.
fn decoded(raw: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, escape) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a query has other parameters than these; real ones refuse it.
fn only(query: &[(String, String)], known: &[&str]) -> Result<(), Told> {
    match query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some(_) => Err(Told::invalid("nonFieldErrors", "unknown-parameters")),
        None => Ok(()),
    }
}
