//! What can go wrong, grouped by who must act, and the exit code that tells it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use segl_core::ports::PortError;
use segl_core::refusal::Remedy;
use segl_core::use_case;

/// How a command that came to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done; what was judged is good.
    Good,
    /// What was judged is not good.
    NotGood,
    /// Done, but the level that was asked for was not reached.
    LevelNotReached,
}

impl Verdict {
    /// 0, 1 or 5.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Good => ExitCode::SUCCESS,
            Self::NotGood => ExitCode::from(1),
            Self::LevelNotReached => ExitCode::from(5),
        }
    }
}

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line asks for something that makes no sense, or a setting is missing.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be used.
    #[error("cannot {action} {}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A document is refused. The sentence tells what to do.
    #[error("{}: {refusal}", .path.display())]
    Document {
        /// Which document.
        path: PathBuf,
        /// Why.
        refusal: segl_sealing::Refusal,
    },
    /// A certificate cannot be used.
    #[error("{}: the certificate cannot be used", .path.display())]
    Certificate {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: segl_sealing::CertificateError,
    },
    /// A key cannot be used.
    #[error("{}: the key cannot be used", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: segl_sealing::LocalKeyError,
    },
    /// A public key cannot be used.
    #[error("{}: the key cannot be used", .path.display())]
    PublicKey {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: segl_core::jwk::JwkError,
    },
    /// The key is not that of the certificate.
    #[error("the certificate is for another key")]
    OtherKey,
    /// The seal was not made, and nothing was written.
    #[error("the document was not sealed")]
    Seal(#[from] segl_sealing::SealError),
    /// The request for a certificate was not made.
    #[error("the certificate request was not made")]
    Request(#[from] segl_sealing::CertificateRequestError),
    /// The system has no random numbers.
    #[error("there are no random numbers")]
    Random(#[from] getrandom::Error),
    /// What is stored as the certificate of the seal makes no sense.
    #[error("the certificate that is installed cannot be read")]
    Installed(#[source] segl_sealing::CertificateError),
    /// Something that was asked for is not there.
    #[error("{0}")]
    NotFound(&'static str),
    /// The service refused or did not answer.
    #[error(transparent)]
    Service(#[from] use_case::Error),
    /// The result cannot be shown.
    #[error("cannot write the result")]
    Output(#[source] io::Error),
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        Self::Service(error.into())
    }
}

impl Error {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }

    /// Stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::File { .. } => "file",
            Self::Document { refusal, .. } => refusal.code(),
            Self::Certificate { .. } | Self::Installed(_) => "certificate",
            Self::Key { .. } | Self::PublicKey { .. } => "key",
            Self::Request(_) => "request",
            Self::OtherKey => "other-key",
            Self::Seal(_) | Self::Random(_) => "not-sealed",
            Self::NotFound(_) => "not-found",
            Self::Service(use_case::Error::Refused(refusal)) => refusal.code(),
            Self::Service(error) => match error.remedy() {
                Remedy::Retry | Remedy::Conflict => "try-again",
                Remedy::Caller | Remedy::NotReady | Remedy::Corrupt => "service",
            },
            Self::Output(_) => "output",
        }
    }

    /// 2 to 4, as the help text says.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Service(use_case::Error::Port(error)) if matches!(error.remedy(), Remedy::Retry | Remedy::Conflict) => 4,
            _ => 3,
        })
    }

    /// The error and its causes in one line.
    pub fn with_causes(&self) -> String {
        let mut line = self.to_string();
        let mut shown = line.clone();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let text = error.to_string();
            // A transparent wrapper says the same as what it wraps.
            if text != shown {
                line.push_str(": ");
                line.push_str(&text);
                shown = text;
            }
            cause = error.source();
        }
        line
    }
}
