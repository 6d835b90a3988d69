//! One document: look, lock, check, write once, unlock, read back.

use segl_core::id::DocumentIndex;

use super::WriteBack;
use crate::http::{Received, Register, Request, Source};
use crate::journal::Progress;
use crate::message::{self, Document, Lock, missing_parts};
use crate::plan::{NewerVersion, Target};
use crate::trouble::Trouble;
use crate::verdict::{Refusal, Verdict};

/// Codes with which a register says that our lock is not there any more.
const LOCK_GONE: [&str; 3] = ["unlocked", "incorrect-lock-id", "missing-lock-id"];

impl WriteBack<'_> {
    pub(super) fn document_request(&self, index: DocumentIndex) -> Request {
        let (plan, target, source) = (self.plan, self.target(index), Source::Sealed(index));
        match self.progress(index) {
            Progress::Looking
            | Progress::LookingForLock
            | Progress::Checking { .. }
            | Progress::LookingForVersion { .. }
            | Progress::LookingForParts { .. }
            | Progress::Written { .. }
            | Progress::Unverified { .. } => message::newest(target),
            Progress::Locking => message::lock(plan, target),
            Progress::Freeing => message::unlock(target, None),
            Progress::Writing { lock, .. } => message::write(plan, target, source, lock),
            Progress::Uploading { lock, parts, .. } => match parts.first() {
                Some(part) => message::part(target, source, lock, part),
                None => message::unlock(target, Some(lock)),
            },
            Progress::Unlocking { lock, .. } => message::unlock(target, Some(lock)),
            Progress::Verifying { version } => message::download(target, *version),
        }
    }

    pub(super) fn document_answered(&mut self, index: DocumentIndex, verdict: Verdict) {
        match verdict {
            Verdict::Done(body) => self.document_done(index, &body),
            Verdict::Refused(refusal) => self.document_refused(index, refusal),
            Verdict::Later { pause, no_effect } => {
                let before = self.progress(index).clone();
                // A request for a lock that was not taken up leaves no lock to look for: one that is there later is somebody else's.
                let after = if no_effect && before == Progress::Locking { Progress::Looking } else { before.in_doubt() };
                self.set(index, after);
                self.pause(pause);
            }
        }
    }

    fn document_done(&mut self, index: DocumentIndex, body: &Received) {
        let unreadable = Trouble::Unreadable(Register::Documents);
        let ended = self.journal.ended.is_some();
        match self.progress(index).clone() {
            Progress::Looking | Progress::Written { .. } | Progress::Unverified { .. } => match message::read::<Document>(body) {
                Some(document) => match self.newer(index, document.versie) {
                    Some(trouble) => self.end(trouble),
                    None if document.locked => self.stop(Trouble::Locked(index)),
                    None => self.set(index, Progress::Locking),
                },
                None => self.stop(unreadable),
            },
            Progress::Locking => match message::read::<Lock>(body) {
                Some(Lock { lock }) if !lock.is_empty() => self.set(index, Progress::Checking { lock }),
                _ => {
                    self.set(index, Progress::LookingForLock);
                    self.stop(unreadable);
                }
            },
            // It was not locked when we asked for the lock. One that is there now is ours, but for somebody who came between; they would
            // have to lock again. Left alone, a lock of ours would stay for ever: it never lapses, and its case cannot be closed.
            Progress::LookingForLock => match message::read::<Document>(body) {
                Some(document) if document.locked => self.set(index, Progress::Freeing),
                Some(_) => self.set(index, Progress::Looking),
                None => self.stop(unreadable),
            },
            Progress::Freeing => self.set(index, Progress::Looking),
            Progress::Checking { lock } => match message::read::<Document>(body) {
                Some(document) => match self.newer(index, document.versie) {
                    Some(trouble) => self.end(trouble),
                    None => self.set(index, Progress::Writing { lock, before: document.versie }),
                },
                None => self.stop(unreadable),
            },
            Progress::Writing { lock, before } => match message::read::<Document>(body) {
                Some(document) if document.versie > before => self.version_made(index, lock, document),
                // It was done, and what was done is looked up.
                _ => self.set(index, Progress::LookingForVersion { lock, before }),
            },
            Progress::LookingForVersion { lock, before } => match message::read::<Document>(body) {
                Some(document) if document.versie > before && !(ended && self.in_parts(index)) => self.version_made(index, lock, document),
                Some(_) if ended => self.set(index, Progress::Unlocking { lock, version: None }),
                Some(_) => self.set(index, Progress::Writing { lock, before }),
                None => self.stop(unreadable),
            },
            Progress::Uploading { lock, version, mut parts } => {
                if !parts.is_empty() {
                    parts.remove(0);
                }
                let all = parts.is_empty();
                self.set(
                    index,
                    if all { Progress::Unlocking { lock, version: Some(version) } } else { Progress::Uploading { lock, version, parts } },
                );
            }
            Progress::LookingForParts { lock, version } => match message::read::<Document>(body) {
                Some(_) if ended => self.set(index, Progress::Unlocking { lock, version: None }),
                Some(document) => self.parts_known(index, lock, version, document),
                None => self.stop(unreadable),
            },
            Progress::Unlocking { version, .. } => self.unlocked(index, version),
            Progress::Verifying { version } => {
                let content = self.target(index).content;
                if *body == (Received::Digest { sha256: content.sha256, size: content.size }) {
                    self.set(index, Progress::Written { version });
                } else {
                    // Written again, it would be a second version of ours; a person should look at it.
                    self.set(index, Progress::Looking);
                    self.end(Trouble::WrongContent(index));
                }
            }
        }
    }

    fn document_refused(&mut self, index: DocumentIndex, refusal: Refusal) {
        let lock_gone = LOCK_GONE.iter().any(|code| refusal.says(code));
        match self.progress(index).clone() {
            Progress::Locking if refusal.says("existing-lock") => {
                self.set(index, Progress::Looking);
                self.stop(Trouble::Locked(index));
            }
            // No lock of ours came of it.
            Progress::Locking => {
                self.set(index, Progress::Looking);
                self.refused(refusal);
            }
            Progress::Unlocking { version, .. } if lock_gone => self.unlocked(index, version),
            // An upload that is not whole cannot be unlocked in the ordinary way.
            Progress::Unlocking { .. } if refusal.says("file-size") => {
                self.set(index, Progress::Freeing);
                self.end(Trouble::WrongContent(index));
            }
            // Somebody with the right to do so took our lock off. Nothing was written, so that it begins anew.
            Progress::Writing { .. } if lock_gone => {
                self.set(index, Progress::Looking);
                self.stop(Trouble::LockLost(index));
            }
            // The same in the middle of an upload, which leaves a version that is not whole.
            Progress::Uploading { .. } if lock_gone => {
                self.set(index, Progress::Looking);
                self.end(Trouble::WrongContent(index));
            }
            _ if matches!(refusal.status, 404 | 410) => {
                self.set(index, Progress::Looking);
                self.end(Trouble::DocumentGone(index));
            }
            _ => self.refused(refusal),
        }
    }

    /// The new version is there. Small documents came with it.
    fn version_made(&mut self, index: DocumentIndex, lock: String, document: Document) {
        if self.in_parts(index) {
            let version = document.versie;
            self.parts_known(index, lock, version, document);
        } else {
            self.set(index, Progress::Unlocking { lock, version: Some(document.versie) });
        }
    }

    fn parts_known(&mut self, index: DocumentIndex, lock: String, version: u32, document: Document) {
        let parts = document.bestandsdelen.unwrap_or_default();
        // Every address gets our token and our document.
        if parts.iter().any(|part| !self.plan.terms.is_ours(&part.url)) {
            self.set(index, Progress::Unlocking { lock, version: None });
            return self.end(Trouble::ForeignAddress);
        }
        match missing_parts(parts, self.target(index).content.size) {
            Some(parts) if parts.is_empty() => self.set(index, Progress::Unlocking { lock, version: Some(version) }),
            Some(parts) => self.set(index, Progress::Uploading { lock, version, parts }),
            None => {
                self.set(index, Progress::Unlocking { lock, version: None });
                self.end(Trouble::WrongContent(index));
            }
        }
    }

    fn unlocked(&mut self, index: DocumentIndex, version: Option<u32>) {
        self.set(index, version.map_or(Progress::Looking, |version| Progress::Verifying { version }));
    }

    /// What the client's policy says about a version that came while the document was signed.
    fn newer(&self, index: DocumentIndex, newest: u32) -> Option<Trouble> {
        let refused = newest != self.target(index).version && self.plan.terms.newer_version == NewerVersion::Refuse;
        refused.then_some(Trouble::NewerVersion { document: index, newest })
    }

    fn in_parts(&self, index: DocumentIndex) -> bool {
        self.plan.terms.in_parts(self.target(index).content.size)
    }

    fn target(&self, index: DocumentIndex) -> &Target {
        self.plan.documents.get(index.as_usize()).expect("the journal was cut to the plan's documents when it was resumed")
    }

    fn progress(&self, index: DocumentIndex) -> &Progress {
        self.journal.documents.get(index.as_usize()).expect("indexes come from the journal's own list")
    }

    fn set(&mut self, index: DocumentIndex, progress: Progress) {
        if let Some(slot) = self.journal.documents.get_mut(index.as_usize()) {
            *slot = progress;
        }
    }
}
