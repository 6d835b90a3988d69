//! How people sign, as stored: the order's part and a signer's.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segl_core::ceremony::{Access, Ceremony, Code, CodesSent, Direct, ExitUrl};
use segl_core::id::{DocumentIndex, Sha256};
use segl_core::language::Language;
use segl_core::reminder::{Reminder, ReminderKind};
use serde::{Deserialize, Serialize};

use crate::item::BadItem;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StoredCeremony {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    #[serde(default)]
    hide_signers: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    direct: Option<StoredDirect>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredDirect {
    completion: String,
    rejection: String,
    error: String,
    #[serde(default)]
    framed: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct StoredReminder {
    at: Timestamp,
    kind: ReminderKind,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredAccess {
    #[serde(default)]
    generation: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<StoredCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    codes: Option<StoredCodesSent>,
    #[serde(default)]
    wrong: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocked_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opened_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    read: BTreeSet<DocumentIndex>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredCode {
    hash: Sha256,
    sent_at: Timestamp,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredCodesSent {
    since: Timestamp,
    count: u8,
}

impl StoredAccess {
    /// Most signers of most orders are: systems, and people who have not come yet.
    pub(super) fn is_untouched(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&Ceremony> for StoredCeremony {
    fn from(ceremony: &Ceremony) -> Self {
        let Ceremony { language, hide_signers, direct } = ceremony;
        Self { language: *language, hide_signers: *hide_signers, direct: direct.as_ref().map(StoredDirect::from) }
    }
}

impl TryFrom<StoredCeremony> for Ceremony {
    type Error = BadItem;

    fn try_from(stored: StoredCeremony) -> Result<Self, BadItem> {
        let StoredCeremony { language, hide_signers, direct } = stored;
        Ok(Self { language, hide_signers, direct: direct.map(Direct::try_from).transpose()? })
    }
}

impl From<&Direct> for StoredDirect {
    fn from(direct: &Direct) -> Self {
        let Direct { completion, rejection, error, framed } = direct;
        let text = |exit: &ExitUrl| exit.as_str().to_owned();
        Self { completion: text(completion), rejection: text(rejection), error: text(error), framed: *framed }
    }
}

impl TryFrom<StoredDirect> for Direct {
    type Error = BadItem;

    fn try_from(stored: StoredDirect) -> Result<Self, BadItem> {
        let exit = |raw: &str| ExitUrl::parse(raw).map_err(BadItem::field("ceremony/direct"));
        let StoredDirect { completion, rejection, error, framed } = stored;
        Ok(Self { completion: exit(&completion)?, rejection: exit(&rejection)?, error: exit(&error)?, framed })
    }
}

impl From<&Reminder> for StoredReminder {
    fn from(reminder: &Reminder) -> Self {
        let Reminder { at, kind } = *reminder;
        Self { at, kind }
    }
}

impl From<StoredReminder> for Reminder {
    fn from(stored: StoredReminder) -> Self {
        let StoredReminder { at, kind } = stored;
        Self { at, kind }
    }
}

impl From<&Access> for StoredAccess {
    fn from(access: &Access) -> Self {
        let Access { generation, code, codes, wrong, blocked_at, opened_at, read } = access.clone();
        Self {
            generation,
            code: code.map(|Code { hash, sent_at }| StoredCode { hash, sent_at }),
            codes: codes.map(|CodesSent { since, count }| StoredCodesSent { since, count }),
            wrong,
            blocked_at,
            opened_at,
            read,
        }
    }
}

impl From<StoredAccess> for Access {
    fn from(stored: StoredAccess) -> Self {
        let StoredAccess { generation, code, codes, wrong, blocked_at, opened_at, read } = stored;
        Self {
            generation,
            code: code.map(|StoredCode { hash, sent_at }| Code { hash, sent_at }),
            codes: codes.map(|StoredCodesSent { since, count }| CodesSent { since, count }),
            wrong,
            blocked_at,
            opened_at,
            read,
        }
    }
}
