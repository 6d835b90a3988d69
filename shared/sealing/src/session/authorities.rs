//! Asks time-stamp authorities, one after the other, until a token holds (RFC 3161, 2.4.2).

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::cms::oids;
use crate::cms::time_stamp::TimeStampToken;
use crate::cms::time_stamp_request::{self as wire, NoToken};
use crate::session::goal::{Fetch, Goal, Purpose, TimeStampAuthority};
use crate::session::outcome::Cause;
use crate::verify::effort::Effort;
use crate::verify::trust::Path;

/// How far a token's time may be from the caller's clock.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// A question to the authorities: a token over a digest.
#[derive(Debug, Clone)]
pub(super) struct Question {
    digest: Vec<u8>,
    nonce: u64,
    /// The authority that is asked.
    authority: usize,
}

/// A token that holds.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) der: Vec<u8>,
    pub(super) parsed: TimeStampToken,
}

impl Question {
    /// The question to one of the authorities; `None` after the last. `count` is a number that no other question of the session has.
    pub(super) fn new(digest: Vec<u8>, authority: usize, goal: &Goal, count: u32) -> Option<Self> {
        (authority < goal.authorities.len()).then(|| Self { digest, nonce: nonce(&goal.entropy, count), authority })
    }

    /// The same to the next authority.
    pub(super) fn next(&self, goal: &Goal, count: u32) -> Option<Self> {
        Self::new(self.digest.clone(), self.authority + 1, goal, count)
    }

    pub(super) fn authority(&self) -> usize {
        self.authority
    }

    pub(super) fn fetch(&self, goal: &Goal) -> Result<Fetch, der::Error> {
        let TimeStampAuthority { url, policy, .. } = &goal.authorities[self.authority];
        Ok(Purpose::TimeStamp.fetch(url, Some(wire::request(&self.digest, *policy, self.nonce)?)))
    }

    /// Judges an answer.
    pub(super) fn judge(&self, answer: &[u8], goal: &Goal, now: Timestamp) -> Result<Token, Cause> {
        let authority = &goal.authorities[self.authority];
        let der = wire::token(answer).map_err(|error| match error {
            NoToken::Unreadable => Cause::Unreadable,
            NoToken::Refused(status) => Cause::Refused(status),
        })?;
        let token = TimeStampToken::read(&der).map_err(|_| Cause::Unreadable)?;
        // The nonce has a fixed length, so no zeros come before it.
        if token.nonce() != Some(self.nonce.to_be_bytes().as_slice()) {
            return Err(Cause::Nonce);
        }
        if token.imprint() != (oids::SHA256, self.digest.as_slice()) {
            return Err(Cause::Imprint);
        }
        if authority.policy.is_some_and(|policy| policy != token.policy()) {
            return Err(Cause::Policy);
        }
        if !token.is_genuine().unwrap_or(false) || !token.signer().is_valid_at(token.time()) {
            return Err(Cause::NotGenuine);
        }
        if token.time().duration_since(now).abs() > TOLERANCE {
            return Err(Cause::Time);
        }
        let others = [token.certificates(), &goal.issuers].concat();
        let leads = || Path::find(token.signer(), &others, &authority.anchors, token.time(), &Effort::default()).is_ok();
        if !authority.anchors.is_empty() && !leads() {
            return Err(Cause::Untrusted);
        }
        Ok(Token { der, parsed: token })
    }
}

/// A nonce of exactly 64 bits that is positive as an INTEGER.
fn nonce(entropy: &[u8; 32], count: u32) -> u64 {
    let digest = Sha256::new().chain_update(entropy).chain_update(count.to_be_bytes()).finalize();
    let bytes = digest.iter().take(8).fold(0, |value, byte| value << 8 | u64::from(*byte));
    bytes >> 1 | 1 << 62
}
