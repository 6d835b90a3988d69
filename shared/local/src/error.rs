//! What can go wrong on the way to a running stack, grouped by who must act.

use std::path::PathBuf;

/// Why a command of `cargo local` ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The developer has to install something.
    #[error("{what} is missing. Install it with: {install}")]
    Missing {
        /// The program or library, and what needs it.
        what: String,
        /// A command line that installs it.
        install: String,
    },
    /// A program that was started ended with a failure. Its own output has said why.
    #[error("{program} ended with {status}")]
    Program {
        /// The program.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The stack is in a state that the command cannot work with.
    #[error("{0}")]
    State(String),
    /// A file or a process could not be used.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The template cannot be read.
    #[error("{path}: {problem}", path = path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No answer came.
    #[error("no answer from {url}")]
    NoAnswer {
        /// The address that was called.
        url: String,
        /// The transport's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer came that was not the expected one.
    #[error("{url} answered {status}: {body}")]
    Answer {
        /// The address that was called.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        body: String,
    },
    /// CloudFormation did not create the stack.
    #[error("the template could not be deployed ({status}): {reason}")]
    Deployment {
        /// The stack's status.
        status: String,
        /// The events of the resources that failed.
        reason: String,
    },
    /// The development CA could not issue a certificate.
    #[error("the certificate for the seal key could not be issued")]
    Certificate(#[from] rcgen::Error),
    /// A function's archive could not be written.
    #[error("an archive could not be written")]
    Archive(#[from] zip::result::ZipError),
}

impl Error {
    /// Wraps a system error with what was tried, for use with `map_err`.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// The result of a step.
pub type Result<T, E = Error> = std::result::Result<T, E>;
