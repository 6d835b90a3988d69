//! What an answer means, whoever gave it.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::http::{NoAnswer, Received, Register, Response};
use crate::trouble::{Pause, Trouble};

/// What an answer means.
pub(crate) enum Verdict {
    /// It was done.
    Done(Received),
    /// It was understood and refused, without effect.
    Refused(Refusal),
    /// It may be done later.
    Later {
        /// Why not now.
        pause: Pause,
        /// Whether it had no effect for sure.
        no_effect: bool,
    },
}

/// A refusal in the error form of ZGW ("Fout", "ValidatieFout").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) register: Register,
    pub(crate) status: u16,
    /// The register's code, or the code of the first parameter that it names.
    pub(crate) code: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Parameter {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) code: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fault {
    code: String,
    invalid_params: Vec<Parameter>,
}

/// Codes with which a register refuses a token as such. Others of 403 are about what its bearer may do.
const TOKEN_CODES: [&str; 8] = [
    "jwt-expired",
    "jwt-decode-error",
    "jwt_decode_error",
    "invalid-jwt-signature",
    "invalid-client-identifier",
    "missing-client-identifier",
    "missing-iat-claim",
    "not_authenticated",
];

impl Verdict {
    pub(crate) fn of(register: Register, answer: Result<Response, NoAnswer>) -> Self {
        let later = |trouble, after, no_effect| Self::Later { pause: Pause { trouble, after }, no_effect };
        let Response { status, retry_after, body, .. } = match answer {
            Ok(answer) => answer,
            Err(NoAnswer::Silent) => return later(Trouble::Silent(register), None, false),
            Err(NoAnswer::NoToken) => return later(Trouble::Token { register, code: "geen token".to_owned() }, None, true),
        };
        match status {
            200..=299 => Self::Done(body),
            429 => later(Trouble::Busy(register), retry_after, true),
            // 409: the register was at it already, which says nothing about whose request won.
            408 | 409 | 500..=599 => later(Trouble::Silent(register), retry_after, false),
            _ => {
                let refusal = Refusal::read(register, status, &body);
                match status {
                    401 => later(refusal.token_trouble(), None, true),
                    403 if refusal.is_about_the_token() => later(refusal.token_trouble(), None, true),
                    _ => Self::Refused(refusal),
                }
            }
        }
    }
}

impl Refusal {
    fn read(register: Register, status: u16, body: &Received) -> Self {
        let fault: Fault = match body {
            // A refusal without a body in that form is still one.
            Received::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Received::Digest { .. } => Fault::default(),
        };
        let Fault { code, invalid_params: parameters } = fault;
        let specific = parameters.first().map(|parameter| parameter.code.clone()).filter(|code| !code.is_empty());
        Self { register, status, code: shown(&specific.unwrap_or(code)), parameters }
    }

    /// Whether the register names this code, for the request or for one of its parameters.
    pub(crate) fn says(&self, code: &str) -> bool {
        self.code == code || self.parameters.iter().any(|parameter| parameter.code == code)
    }

    /// Whether the register objects to this parameter.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == name)
    }

    fn is_about_the_token(&self) -> bool {
        TOKEN_CODES.contains(&self.code.as_str())
    }

    fn token_trouble(&self) -> Trouble {
        Trouble::Token { register: self.register, code: self.code.clone() }
    }

    /// As it stands in the way where nothing more is known about it.
    pub(crate) fn trouble(self) -> Trouble {
        match self.status {
            403 => Trouble::Forbidden(self.register),
            status => Trouble::Refused { register: self.register, status, code: self.code },
        }
    }
}

/// A code as far as it looks like one: it is shown to people, and kept.
fn shown(code: &str) -> String {
    const MAX: usize = 60;
    code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).take(MAX).collect()
}

/// How long `Retry-After` asks to wait (RFC 9110, 10.2.3): seconds, and at most a day.
pub(crate) fn bounded(after: Option<SignedDuration>) -> Option<SignedDuration> {
    after.map(|after| after.clamp(SignedDuration::ZERO, SignedDuration::from_hours(24)))
}
