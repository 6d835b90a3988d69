//! Trying a client's registers before a case depends on them: token, rights to read, versions, and the channel for notifications.
//!
//! Only the channel is changed, where it is missing. Rights to write show with the first document: no request tells them without
//! writing.

use serde::Deserialize;
use serde_json::json;

use crate::http::{Body, NoAnswer, Received, Register, Request, Response};
use crate::message::{self, COORDINATES};
use crate::notification::CHANNEL;
use crate::plan::{ApiVersion, RegisterTerms};
use crate::trouble::Trouble;
use crate::verdict::Verdict;

/// No document and no case has this name: what is tried is whether we may ask.
const NOTHING: &str = "segl-check";

/// A check that is under way: ask for the [`request`](Self::request), say what was [`answered`](Self::answered), until there is none.
#[derive(Debug)]
pub struct Check<'a> {
    terms: &'a RegisterTerms,
    documentation: &'a str,
    probe: Option<Probe>,
    findings: Vec<Finding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    Documents,
    Cases,
    Channel,
    NewChannel,
}

/// What was found out about one register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// About which.
    pub register: Register,
    /// What.
    pub what: Found,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It answers, and lets us read.
    Good {
        /// The version that it says to be of, if it says one.
        version: Option<String>,
    },
    /// It is of another version than the settings say.
    OtherVersion {
        /// The version that it says to be of.
        version: String,
    },
    /// The channel is there.
    ChannelThere,
    /// The channel was missing, and is registered now.
    ChannelMade,
    /// Something is wrong.
    Wrong(Trouble),
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default)]
    naam: String,
}

impl Finding {
    /// Whether a write-back would work in spite of it.
    pub fn is_good(&self) -> bool {
        !matches!(self.what, Found::Wrong(_) | Found::OtherVersion { .. })
    }

    /// What an administrator reads.
    pub fn text(&self) -> String {
        let register = match self.register {
            Register::Documents => "documents",
            Register::Cases => "cases",
            Register::Notifications => "notifications",
        };
        let what = match &self.what {
            Found::Good { version: Some(version) } => format!("answers, version {version}"),
            Found::Good { version: None } => "answers".to_owned(),
            Found::OtherVersion { version } => format!("is of version {version}; set that version for this register"),
            Found::ChannelThere => format!("has the channel {CHANNEL}"),
            Found::ChannelMade => format!("had no channel {CHANNEL}; it is registered now"),
            Found::Wrong(trouble) => match trouble {
                Trouble::Silent(_) => "does not answer; check the address".to_owned(),
                Trouble::Busy(_) => "asks for patience; try again later".to_owned(),
                Trouble::Token { code, .. } => format!("refuses the token ({code}); check client id, secret and the form of the token"),
                Trouble::Forbidden(Register::Documents) => {
                    "refuses: the client needs documenten.lezen, .aanmaken, .bijwerken, .lock and .geforceerd-unlock".to_owned()
                }
                Trouble::Forbidden(Register::Cases) => "refuses: the client needs zaken.lezen and zaken.bijwerken".to_owned(),
                Trouble::Forbidden(Register::Notifications) => {
                    "refuses: the client needs notificaties.publiceren and notificaties.consumeren".to_owned()
                }
                Trouble::Refused { status, code, .. } => format!("refuses ({status} {code}); check the address"),
                _ => "answers something that is no answer of such a register; check the address".to_owned(),
            },
        };
        format!("{register}: {what}")
    }
}

impl<'a> Check<'a> {
    /// A check. `documentation` is the address of a page about the channel, told when the channel is registered.
    pub fn new(terms: &'a RegisterTerms, documentation: &'a str) -> Self {
        Self { terms, documentation, probe: Some(Probe::Documents), findings: Vec::new() }
    }

    /// The next request, if there is one.
    pub fn request(&self) -> Option<Request> {
        let terms = self.terms;
        Some(match self.probe? {
            Probe::Documents => {
                message::get(Register::Documents, format!("{}enkelvoudiginformatieobjecten?identificatie={NOTHING}", terms.documents), &[])
            }
            Probe::Cases => message::get(Register::Cases, format!("{}zaken?identificatie={NOTHING}", terms.cases), COORDINATES),
            Probe::Channel => message::get(Register::Notifications, format!("{}kanaal?naam={CHANNEL}", terms.notifications), &[]),
            Probe::NewChannel => {
                let body = Body::json(&json!({"naam": CHANNEL, "documentatieLink": self.documentation, "filters": []}));
                message::post(Register::Notifications, format!("{}kanaal", terms.notifications), Some(body))
            }
        })
    }

    /// Takes the answer to [`request`](Self::request), or that there is none.
    pub fn answered(&mut self, answer: Result<Response, NoAnswer>) {
        let Some(probe) = self.probe else { return };
        let version = answer.as_ref().ok().and_then(|answer| answer.api_version.clone());
        let (register, next) = match probe {
            Probe::Documents => (Register::Documents, Some(Probe::Cases)),
            Probe::Cases => (Register::Cases, Some(Probe::Channel)),
            Probe::Channel | Probe::NewChannel => (Register::Notifications, None),
        };
        self.probe = next;
        let found = match (Verdict::of(register, answer), probe) {
            (Verdict::Done(body), Probe::Channel) => match message::read::<Vec<Channel>>(&body) {
                Some(channels) if channels.iter().any(|channel| channel.naam == CHANNEL) => Found::ChannelThere,
                Some(_) => {
                    self.probe = Some(Probe::NewChannel);
                    return;
                }
                None => Found::Wrong(Trouble::Unreadable(register)),
            },
            (Verdict::Done(_), Probe::NewChannel) => Found::ChannelMade,
            (Verdict::Refused(refusal), Probe::NewChannel) if refusal.says("unique") => Found::ChannelThere,
            (Verdict::Done(body), _) if !is_a_list(&body) => Found::Wrong(Trouble::Unreadable(register)),
            (Verdict::Done(_), Probe::Documents) => match version {
                Some(version) if version.parse() != Ok::<ApiVersion, _>(self.terms.version) => Found::OtherVersion { version },
                version => Found::Good { version },
            },
            (Verdict::Done(_), Probe::Cases) => Found::Good { version },
            (Verdict::Refused(refusal), _) => Found::Wrong(refusal.trouble()),
            (Verdict::Later { pause, .. }, _) => Found::Wrong(pause.trouble),
        };
        self.findings.push(Finding { register, what: found });
    }

    /// What was found out so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Whether this is a page of a list, which is what was asked for.
fn is_a_list(body: &Received) -> bool {
    message::read::<serde_json::Value>(body).is_some_and(|value| value["results"].is_array() || value.is_array())
}
