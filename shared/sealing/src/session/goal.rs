//! What a session is asked for, and what it asks of its caller.

use der::asn1::ObjectIdentifier;
use thiserror::Error;

use crate::certificate::Certificate;
use crate::seal::ToBeSigned;
use crate::session::Outcome;
use crate::verify::Level;

/// How far to go, and with whose help.
#[derive(Debug, Clone)]
pub struct Goal {
    /// The level wanted.
    pub level: Level,
    /// Time-stamp authorities. The first whose token holds is taken.
    pub authorities: Vec<TimeStampAuthority>,
    /// Nonces are derived from it: random, and another for each session.
    pub entropy: [u8; 32],
    /// Certificates that may be needed for the paths of signers and authorities, roots above all.
    pub issuers: Vec<Certificate>,
}

/// A time-stamp authority (RFC 3161).
#[derive(Debug, Clone)]
pub struct TimeStampAuthority {
    /// Where it answers.
    pub url: String,
    /// The policy to ask for, which the token must then have; `None` leaves the choice to the authority.
    pub policy: Option<ObjectIdentifier>,
    /// What its certificate must lead to. Empty: whatever chain it has.
    pub anchors: Vec<Certificate>,
}

/// What the session needs next.
#[derive(Debug)]
pub enum Step {
    /// A signature of the seal's key, for [`Session::signed`](super::Session::signed).
    Sign(ToBeSigned),
    /// An answer over HTTP, for [`Session::fetched`](super::Session::fetched).
    Fetch(Fetch),
    /// Nothing more.
    Done(Box<Outcome>),
}

/// An HTTP request that the caller makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// What for.
    pub purpose: Purpose,
    /// The address, `http` or `https`. It may come from a certificate, so the caller decides whether it is to be called.
    pub url: String,
    /// The body to POST; `None` for GET.
    pub body: Option<Vec<u8>>,
    /// The body's media type.
    pub content_type: &'static str,
    /// The media type of the answer.
    pub accept: &'static str,
    /// The most bytes that an answer may have.
    pub max_len: usize,
}

/// What is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A time-stamp token (RFC 3161).
    TimeStamp,
    /// The status of a certificate (RFC 6960).
    Ocsp,
    /// A revocation list (RFC 5280, 5).
    Crl,
    /// An issuer's certificate (RFC 5280, 4.2.2.1).
    IssuerCertificate,
}

impl Purpose {
    /// The request to an address.
    pub(super) fn fetch(self, url: &str, body: Option<Vec<u8>>) -> Fetch {
        let (content_type, accept, max_len) = match self {
            Self::TimeStamp => ("application/timestamp-query", "application/timestamp-reply", 64 << 10),
            Self::Ocsp => ("application/ocsp-request", "application/ocsp-response", 64 << 10),
            Self::Crl => ("", "application/pkix-crl", 4 << 20),
            Self::IssuerCertificate => ("", "application/pkix-cert", 64 << 10),
        };
        Fetch { purpose: self, url: url.to_owned(), body, content_type, accept, max_len }
    }
}

/// Why the caller has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FetchFailure {
    /// Nobody answered in time.
    #[error("did not answer")]
    NoAnswer,
    /// The answer was an HTTP error.
    #[error("answered with HTTP status {0}")]
    Status(u16),
    /// The answer is longer than [`Fetch::max_len`].
    #[error("answered with too much")]
    TooLarge,
    /// The address may not be called.
    #[error("may not be called")]
    Forbidden,
}
