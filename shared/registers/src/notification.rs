//! The notification that tells the case system how signing ended.

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::http::{Body, NoAnswer, Register, Request, Response};
use crate::message;
use crate::plan::RegisterTerms;
use crate::trouble::Pause;
use crate::verdict::{Verdict, bounded};

/// The channel for what happens to documents. It must be registered once; see [`crate::check`].
pub const CHANNEL: &str = "documentacties";

/// The longest that a register takes for one of `kenmerken`, in characters.
const MAX_REASON: usize = 1000;

/// A notification. It is fixed, moment included, and stored before it is first sent: a register that gets it twice, for an answer that
/// was lost, gets the same one twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    transaction: String,
    case_url: String,
    created: Timestamp,
    /// Why signing was broken off; nothing where it was completed.
    reason: Option<String>,
}

/// What came of sending it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It was accepted.
    Accepted,
    /// It is to be sent again, until it is accepted: a case system that hears nothing waits for ever.
    Again(Pause),
}

impl Notification {
    /// Every document is signed and back in the register: `OndertekenenVoltooid`.
    pub fn completed(transaction: String, case_url: String, now: Timestamp) -> Self {
        Self { transaction, case_url, created: seconds(now), reason: None }
    }

    /// It did not come to that: `OndertekenenAfgebroken`, for a reason in Dutch, of which 1000 characters are told.
    pub fn broken_off(transaction: String, case_url: String, reason: &str, now: Timestamp) -> Self {
        let reason = match reason.trim() {
            "" => "Onbekende reden.".to_owned(),
            reason if reason.chars().count() > MAX_REASON => reason.chars().take(MAX_REASON - 1).chain(['…']).collect(),
            reason => reason.to_owned(),
        };
        Self { transaction, case_url, created: seconds(now), reason: Some(reason) }
    }

    /// Why signing was broken off; nothing where it was completed.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The request that tells it.
    pub fn request(&self, terms: &RegisterTerms) -> Request {
        let mut characteristics = json!({ "transaction_id": self.transaction });
        if let Some(reason) = &self.reason {
            characteristics["reden"] = json!(reason);
        }
        let body = json!({
            "kanaal": CHANNEL,
            "hoofdObject": self.case_url,
            "resource": "zaak",
            "resourceUrl": self.case_url,
            "actie": if self.reason.is_none() { "OndertekenenVoltooid" } else { "OndertekenenAfgebroken" },
            "aanmaakdatum": self.created.to_string(),
            "kenmerken": characteristics,
        });
        message::post(Register::Notifications, format!("{}notificaties", terms.notifications), Some(Body::json(&body)))
    }
}

impl Delivery {
    /// What an answer means. A refusal can pass as well: the channel is registered, or a right is granted.
    pub fn of(answer: Result<Response, NoAnswer>) -> Self {
        match Verdict::of(Register::Notifications, answer) {
            Verdict::Done(_) => Self::Accepted,
            Verdict::Refused(refusal) => Self::Again(Pause { trouble: refusal.trouble(), after: None }),
            Verdict::Later { pause, .. } => Self::Again(Pause { after: bounded(pause.after), ..pause }),
        }
    }
}

/// The moment without fractions of a second, which not every register reads.
fn seconds(now: Timestamp) -> Timestamp {
    // Rounding fails at the ends of the calendar only.
    now.round(Unit::Second).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::http::Received;
    use crate::plan::{ApiVersion, NewerVersion};

    fn terms() -> RegisterTerms {
        RegisterTerms {
            documents: String::new(),
            cases: String::new(),
            notifications: "https://nrc.example.nl/api/v1/".to_owned(),
            version: ApiVersion { major: 1, minor: 4 },
            newer_version: NewerVersion::Refuse,
            parts_above: 0,
        }
    }

    fn sent(notification: &Notification) -> Value {
        let request = notification.request(&terms());
        assert_eq!(request.url, "https://nrc.example.nl/api/v1/notificaties");
        serde_json::from_slice(&request.body.unwrap().before).unwrap()
    }

    #[test]
    fn it_is_as_published() {
        let now: Timestamp = "2025-01-01T12:00:00.2Z".parse().unwrap();
        let case = "https://zrc.example.nl/zaken/1".to_owned();
        let mut expected = json!({
            "kanaal": "documentacties", "hoofdObject": case, "resource": "zaak", "resourceUrl": case,
            "actie": "OndertekenenVoltooid", "aanmaakdatum": "2025-01-01T12:00:00Z", "kenmerken": {"transaction_id": "t"},
        });
        assert_eq!(sent(&Notification::completed("t".to_owned(), case.clone(), now)), expected);
        expected["actie"] = json!("OndertekenenAfgebroken");
        expected["kenmerken"]["reden"] = json!("Ingetrokken.");
        assert_eq!(sent(&Notification::broken_off("t".to_owned(), case.clone(), " Ingetrokken. ", now)), expected);
        let long = sent(&Notification::broken_off("t".to_owned(), case.clone(), &"é".repeat(1001), now));
        assert_eq!(long["kenmerken"]["reden"].as_str().unwrap().chars().count(), 1000);
        let empty = sent(&Notification::broken_off("t".to_owned(), case, "", now));
        assert_ne!(empty["kenmerken"]["reden"], json!(""));
    }

    #[test]
    fn it_is_accepted_or_sent_again() {
        let answer = |status| Ok(Response { status, retry_after: None, api_version: None, body: Received::Bytes(b"{}".to_vec()) });
        for status in [200, 201] {
            assert_eq!(Delivery::of(answer(status)), Delivery::Accepted);
        }
        for answer in [answer(400), answer(401), answer(403), answer(404), answer(429), answer(500), Err(NoAnswer::Silent)] {
            assert!(matches!(Delivery::of(answer), Delivery::Again(_)));
        }
    }
}
