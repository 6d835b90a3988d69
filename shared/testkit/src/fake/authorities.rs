//! Those who vouch for time and revocation. They are no port of the core and answer elsewhere; asking them is a step of the journal like
//! any other, which can fail before it has an effect, after it, or with the death of who asked.

use jiff::Timestamp;
use segl_core::ports::Answer;

use super::Fake;

impl Fake {
    /// A question to a time-stamp authority.
    ///
    /// # Errors
    /// An injected fault, as of any port.
    pub async fn ask_for_time_stamp<T>(&self, ask: impl FnOnce(Timestamp) -> T + Send) -> Answer<T> {
        self.call("authorities.time_stamp", |_, now| Ok(ask(now))).await
    }

    /// A question to an OCSP responder.
    ///
    /// # Errors
    /// An injected fault, as of any port.
    pub async fn ask_for_status<T>(&self, ask: impl FnOnce(Timestamp) -> T + Send) -> Answer<T> {
        self.call("authorities.status", |_, now| Ok(ask(now))).await
    }

    /// A question to a distribution point.
    ///
    /// # Errors
    /// An injected fault, as of any port.
    pub async fn ask_for_revocation_list<T>(&self, ask: impl FnOnce(Timestamp) -> T + Send) -> Answer<T> {
        self.call("authorities.revocation_list", |_, now| Ok(ask(now))).await
    }
}
