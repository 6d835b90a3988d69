//! Why somebody is not logged in, grouped by who must act.

use segl_core::ports::PortError;
use segl_outbound::Failure as NoAnswer;

/// Why somebody is not logged in.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The person did not want to, or the provider did not let the person (RFC 6749, 4.1.2.1).
    #[error("the provider did not log the person in")]
    NotLoggedIn,
    /// The answer belongs to no attempt of this browser, or to one that has lapsed: the person begins again.
    #[error("the answer is not to this attempt: {0}")]
    NotOurs(&'static str),
    /// The provider does not answer just now.
    #[error("the provider does not answer")]
    Silent(#[source] NoAnswer),
    /// The provider answered an error where it should not.
    #[error("the provider answered {status} at its {endpoint} endpoint")]
    Status {
        /// Where.
        endpoint: &'static str,
        /// What.
        status: u16,
    },
    /// The provider's answer cannot be used: a fault of the provider's, or of the configuration.
    #[error("the provider's {document} cannot be used: {problem}")]
    Unusable {
        /// What it answered.
        document: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The provider's answer is no JSON of the form that it should have.
    #[error("the provider's {document} cannot be read")]
    Unreadable {
        /// What it answered.
        document: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no such provider.
    #[error("no provider has this id")]
    NoSuchProvider,
    /// The key by which the service shows itself to the provider did not sign.
    #[error("the client's key did not sign")]
    Key(#[source] PortError),
}

impl Failure {
    pub(crate) fn unusable(document: &'static str, problem: &'static str) -> Self {
        Self::Unusable { document, problem }
    }

    pub(crate) fn unreadable(document: &'static str) -> impl FnOnce(serde_json::Error) -> Self {
        move |source| Self::Unreadable { document, source }
    }

    /// Whether trying again later may help, with nothing changed.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Silent(_) | Self::Key(_) | Self::Status { status: 500.., .. })
    }
}
