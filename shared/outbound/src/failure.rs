//! Why there is no answer.

use std::io;

use crate::target::BadAddress;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The address cannot be called.
    #[error("the address cannot be called")]
    Address(#[from] BadAddress),
    /// A field of the request cannot be sent.
    #[error("the request cannot be sent")]
    Request(#[source] hyper::http::Error),
    /// The name leads to private or special addresses only.
    #[error("the host has no public address; SEGL_PRIVATE_HOSTS would have to name it")]
    Private,
    /// The name cannot be resolved.
    #[error("the host's name was not resolved")]
    Name(#[source] io::Error),
    /// No address took the connection.
    #[error("the host does not take connections")]
    Connect(#[source] io::Error),
    /// TLS failed; mostly the host's certificate is not trusted, or is for another name.
    #[error("no TLS connection to the host")]
    Tls(#[source] io::Error),
    /// The deadline of the call passed.
    #[error("no whole answer in time")]
    Time,
    /// The connection ended before the answer did, or what came is no HTTP.
    #[error("the answer broke off or makes no sense")]
    Broken(#[from] hyper::Error),
    /// What was to be sent could not be read, or what came could not be taken.
    #[error("the content cannot be read or taken")]
    Content(#[source] io::Error),
    /// The answer is larger than the caller allows.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

/// Who must do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Whoever configured the address: trying again changes nothing.
    Address,
    /// The other side did not answer; it may do so later.
    NoAnswer,
    /// The other side answered what cannot be used.
    BadAnswer,
}

impl Failure {
    /// Who must do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Address(_) | Self::Request(_) | Self::Private => Blame::Address,
            Self::Name(_) | Self::Connect(_) | Self::Tls(_) | Self::Time | Self::Broken(_) => Blame::NoAnswer,
            Self::TooLarge(_) | Self::Content(_) => Blame::BadAnswer,
        }
    }
}
