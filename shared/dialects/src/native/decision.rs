//! What a caller decides about an order: a system's signature, and cancelling.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use segl_core::id::{Sha256, SignerIndex};
use segl_core::order::MAX_DOCUMENTS;
use segl_core::signer::{Act, Jws, Method};
use segl_core::text::Reason;
use segl_core::transition::Command;
use serde::{Deserialize, Serialize};

use crate::problem::{FieldError, FieldErrors, Problem};

/// The most claims of one signature.
pub const MAX_CLAIMS: usize = 20;
/// The most characters of a claim's name.
pub const MAX_CLAIM_NAME: usize = 64;
/// The most characters of a claim.
pub const MAX_CLAIM: usize = 1000;

/// What a system signer decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// To sign.
    Sign {
        /// The digests of what the system read, in the order's sequence.
        digests: Vec<Sha256>,
        /// What the system tells of the rule by which it signs.
        claims: BTreeMap<String, String>,
        /// The system's own signature, still to be verified.
        jws: Option<String>,
    },
    /// Not to sign.
    Decline {
        /// Why, where told.
        reason: Option<Reason>,
    },
}

impl Decision {
    /// The system's own signature, where it handed one in.
    pub fn jws(&self) -> Option<&str> {
        match self {
            Self::Sign { jws, .. } => jws.as_deref(),
            Self::Decline { .. } => None,
        }
    }

    /// The command of the domain that carries the decision out. `jws` is what [`Self::jws`] named, verified.
    pub fn into_command(self, signer: SignerIndex, method: Method, address: Option<IpAddr>, jws: Option<Jws>) -> Command {
        match self {
            Self::Sign { digests, claims, .. } => Command::Sign { signer, act: Act { method, claims, digests, address, jws } },
            Self::Decline { reason } => Command::Decline { signer, method, reason },
        }
    }
}

/// The body of `POST /v1/orders/{order_id}/signatures`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSignature")]
pub struct DecisionRequest {
    /// To sign or to decline.
    pub decision: DecisionKind,
    /// With `sign`: the SHA-256 of each document as read, in the order's sequence. A signature binds to what was read, so they are
    /// required, and a difference is refused.
    #[schemars(length(min = 1, max = 20), inner(regex(pattern = "^[0-9A-Fa-f]{64}$")))]
    pub digests: Option<Vec<String>>,
    /// With `sign`: what the system tells of the rule by which it signs. At most 20 claims.
    pub claims: Option<BTreeMap<String, String>>,
    /// With `sign`: a signature over `signing_payload` with a key that the client registered: JWS in compact form with its payload
    /// detached (RFC 7515, appendix F; with or without RFC 7797). Verified, and kept in evidence and token.
    #[schemars(length(min = 1, max = 2048))]
    pub jws: Option<String>,
    /// With `decline`: why.
    #[schemars(length(min = 1, max = 1000))]
    pub reason: Option<String>,
}

/// To sign or to decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// To sign.
    Sign,
    /// Not to sign.
    Decline,
}

/// The body of `POST /v1/orders/{order_id}/cancel`; it may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Cancellation")]
pub struct CancelRequest {
    /// Why.
    #[schemars(length(min = 1, max = 1000))]
    pub reason: Option<String>,
}

/// Reads the body of `POST /v1/orders/{order_id}/signatures`.
pub fn decision(body: &[u8]) -> Result<Decision, Problem> {
    let DecisionRequest { decision, digests, claims, jws, reason } = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let mut only_with = |member: &str, given: bool, kind: &str| {
        if given {
            errors.push(FieldError::pointer(format!("/{member}"), format!("belongs to the decision {kind}")));
        }
    };
    let decided = match decision {
        DecisionKind::Sign => {
            only_with("reason", reason.is_some(), "decline");
            Decision::Sign {
                digests: read_digests(digests, &mut errors),
                claims: read_claims(claims.unwrap_or_default(), &mut errors),
                jws,
            }
        }
        DecisionKind::Decline => {
            only_with("digests", digests.is_some(), "sign");
            only_with("claims", claims.is_some(), "sign");
            only_with("jws", jws.is_some(), "sign");
            Decision::Decline { reason: reason.and_then(|raw| errors.take("/reason", Reason::parse(&raw))) }
        }
    };
    if errors.is_empty() { Ok(decided) } else { Err(Problem::invalid(errors.into_vec())) }
}

/// Reads the body of `POST /v1/orders/{order_id}/cancel`.
pub fn cancellation(body: &[u8]) -> Result<Option<Reason>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let CancelRequest { reason } = crate::json::read(body)?;
    let reason = reason.as_deref().map(Reason::parse).transpose();
    reason.map_err(|error| Problem::invalid(vec![FieldError::pointer("/reason", error)]))
}

/// Reads digests, and notes what is wrong with them.
pub(crate) fn read_digests(raw: Option<Vec<String>>, errors: &mut FieldErrors) -> Vec<Sha256> {
    let Some(raw) = raw else {
        errors.push(FieldError::pointer("/digests", "is missing: give the SHA-256 of each document that was read"));
        return Vec::new();
    };
    if !(1..=MAX_DOCUMENTS).contains(&raw.len()) {
        errors.push(FieldError::pointer("/digests", format!("must be 1 to {MAX_DOCUMENTS} digests")));
    }
    raw.iter().enumerate().filter_map(|(number, raw)| errors.take(format!("/digests/{number}"), raw.parse())).collect()
}

fn read_claims(raw: BTreeMap<String, String>, errors: &mut FieldErrors) -> BTreeMap<String, String> {
    check_claims(&raw, "/claims", errors);
    raw
}

/// Notes what is wrong with claims.
pub(crate) fn check_claims(claims: &BTreeMap<String, String>, place: &str, errors: &mut FieldErrors) {
    if claims.len() > MAX_CLAIMS {
        errors.push(FieldError::pointer(place, format!("must be at most {MAX_CLAIMS} claims")));
    }
    let printable = |text: &str, max: usize| (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !claims.iter().all(|(name, value)| printable(name, MAX_CLAIM_NAME) && printable(value, MAX_CLAIM)) {
        let detail = format!("names must have 1 to {MAX_CLAIM_NAME} characters, values 1 to {MAX_CLAIM}, and no control characters");
        errors.push(FieldError::pointer(place, detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn decisions_are_read() {
        let signed = decision(format!(r#"{{"decision": "sign", "digests": ["{DIGEST}"], "claims": {{"rule": "7"}}}}"#).as_bytes());
        let claims = BTreeMap::from([("rule".to_owned(), "7".to_owned())]);
        assert_eq!(signed, Ok(Decision::Sign { digests: vec![DIGEST.parse().unwrap()], claims, jws: None }));
        let declined = decision(br#"{"decision": "decline", "reason": "No"}"#);
        assert_eq!(declined, Ok(Decision::Decline { reason: Reason::parse("No").ok() }));
    }

    #[test]
    fn what_does_not_belong_to_a_decision_is_refused() {
        for (body, place) in [
            (r#"{}"#, "/decision"),
            (r#"{"decision": "maybe"}"#, "/decision"),
            (r#"{"decision": "sign"}"#, "/digests"),
            (r#"{"decision": "sign", "digests": []}"#, "/digests"),
            (r#"{"decision": "sign", "digests": ["x"]}"#, "/digests/0"),
            (r#"{"decision": "decline", "digests": ["x"]}"#, "/digests"),
            (r#"{"decision": "decline", "reason": ""}"#, "/reason"),
            (r#"{"decision": "decline", "why": ""}"#, "/why"),
        ] {
            let problem = decision(body.as_bytes()).unwrap_err();
            assert_eq!(problem.errors.iter().map(FieldError::place).collect::<Vec<_>>(), [place], "{body}");
        }
        let bad_claims = format!(r#"{{"decision": "sign", "digests": ["{DIGEST}"], "reason": "x", "claims": {{"": "7"}}}}"#);
        assert_eq!(decision(bad_claims.as_bytes()).unwrap_err().errors.len(), 2);
    }

    #[test]
    fn cancelling_needs_no_body() {
        assert_eq!(cancellation(b""), Ok(None));
        assert_eq!(cancellation(b" \r\n"), Ok(None));
        assert_eq!(cancellation(b"{}"), Ok(None));
        assert_eq!(cancellation(br#"{"reason": "A mistake"}"#), Ok(Reason::parse("A mistake").ok()));
        assert_eq!(cancellation(br#"{"reason": ""}"#).unwrap_err().errors[0].place(), "/reason");
        assert_eq!(cancellation(b"[]").map_err(|problem| problem.status()), Err(400));
    }
}
