//! An order as stored.
//!
//! The whole order is one item: it is read with one consistent request and never torn between two commits, one condition on its
//! version covers it all, and it costs less than an item for each signer. The largest order there can be stays below DynamoDB's
//! 400 KB; a test measures it.

use jiff::{SignedDuration, Timestamp};
use segl_core::document::{
    Announced, Document, DocumentFacts, DocumentRefusal, DocumentState, Finding, Hindrance, Level, ObjectVersion, Preview, SealedDocument,
    Shortfall, Uploaded,
};
use segl_core::event::ChainHead;
use segl_core::id::{AttemptId, ClientId, DocumentIndex, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use segl_core::order::{Dialect, Group, LinkTarget, Options, Order, OrderData, OrderState, Roster};
use segl_core::seal_terms::{SealAppearance, SealTerms};
use segl_core::signer::Signer;
use serde::{Deserialize, Serialize};

use super::ceremony::{StoredCeremony, StoredReminder};
use super::clerk::StoredClerk;
use super::person::StoredPerson;
use super::signer::StoredSigner;
use super::{parse_optional, parse_text};
use crate::item::BadItem;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredOrder {
    id: OrderId,
    version: u64,
    organization: OrganizationId,
    created_by: ClientId,
    dialect: String,
    title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    creator: Option<StoredPerson>,
    created_at: Timestamp,
    deadline: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retention: Option<SignedDuration>,
    #[serde(default)]
    tell_signers: bool,
    link: StoredLinkTarget,
    seal_level: Level,
    seal_appearance: SealAppearance,
    #[serde(default)]
    ceremony: StoredCeremony,
    #[serde(default)]
    tags: serde_json::Value,
    documents: Vec<StoredDocument>,
    /// The quorum of each group.
    quorums: Vec<u16>,
    /// The time of each group, where any has one of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    times: Vec<Option<SignedDuration>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reminders: Vec<StoredReminder>,
    signers: Vec<StoredSigner>,
    /// Whether further signers may come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    roster_open: bool,
    state: StoredState,
    events: u64,
    chain_hash: Sha256,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    clerks: Vec<StoredClerk>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    held_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tidy_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredLinkTarget {
    List,
    Order,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredDocument {
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    announced_sha256: Option<Sha256>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    announced_size: Option<u64>,
    state: StoredDocumentState,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum StoredDocumentState {
    Awaited,
    Ready {
        sha256: Sha256,
        size: u64,
        pages: u32,
        version: String,
        etag: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repaired_from: Option<Uploaded>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<Finding>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<StoredPreview>,
    },
    Refused {
        refusal: DocumentRefusal,
    },
    Erased {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sha256: Option<Sha256>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredPreview {
    pages: u32,
    sha256: Sha256,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum StoredState {
    Drafting {
        recheck_at: Timestamp,
    },
    Pending {
        group: GroupIndex,
    },
    Sealing {
        since: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hindrance: Option<Hindrance>,
    },
    Accepted {
        at: Timestamp,
        sealed: Vec<StoredSealed>,
    },
    Rejected {
        at: Timestamp,
        by: SignerIndex,
    },
    Cancelled {
        at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Expired {
        at: Timestamp,
    },
    Failed {
        at: Timestamp,
        code: String,
        reason: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredSealed {
    document: DocumentIndex,
    attempt: AttemptId,
    version: String,
    etag: String,
    sha256: Sha256,
    size: u64,
    level: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shortfall: Option<Shortfall>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lapses_at: Option<Timestamp>,
}

impl From<&Order> for StoredOrder {
    fn from(order: &Order) -> Self {
        // Taken apart, so that a field that the domain gains is not forgotten here.
        let OrderData {
            id,
            version,
            organization,
            created_by,
            dialect,
            title,
            description,
            creator,
            created_at,
            deadline,
            retention,
            options: Options { tell_signers, link, seal: SealTerms { level: seal_level, appearance: seal_appearance } },
            ceremony,
            tags,
            documents,
            groups,
            signers,
            roster,
            state,
            chain: ChainHead { seq, hash },
            reminders,
            clerks,
            erased_at,
            held_since,
            tidy_at,
        } = &**order;
        Self {
            id: *id,
            version: *version,
            organization: organization.clone(),
            created_by: created_by.clone(),
            dialect: dialect.as_str().to_owned(),
            title: title.as_str().to_owned(),
            description: description.as_str().to_owned(),
            creator: creator.as_ref().map(StoredPerson::from),
            created_at: *created_at,
            deadline: *deadline,
            retention: *retention,
            tell_signers: *tell_signers,
            link: match link {
                LinkTarget::List => StoredLinkTarget::List,
                LinkTarget::Order => StoredLinkTarget::Order,
            },
            ceremony: ceremony.into(),
            seal_level: *seal_level,
            seal_appearance: *seal_appearance,
            tags: tags.clone(),
            documents: documents.iter().map(StoredDocument::from).collect(),
            quorums: groups.iter().map(|group| group.quorum).collect(),
            times: if groups.iter().any(|group| group.time.is_some()) {
                groups.iter().map(|group| group.time).collect()
            } else {
                Vec::new()
            },
            reminders: reminders.iter().map(StoredReminder::from).collect(),
            signers: signers.iter().map(StoredSigner::from).collect(),
            roster_open: *roster == Roster::Open,
            state: state.into(),
            events: *seq,
            chain_hash: *hash,
            clerks: clerks.iter().map(StoredClerk::from).collect(),
            erased_at: *erased_at,
            held_since: *held_since,
            tidy_at: *tidy_at,
        }
    }
}

impl TryFrom<StoredOrder> for Order {
    type Error = BadItem;

    fn try_from(stored: StoredOrder) -> Result<Self, BadItem> {
        let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == stored.dialect);
        let times = stored.times.into_iter().chain(std::iter::repeat(None));
        let data = OrderData {
            id: stored.id,
            version: stored.version,
            organization: stored.organization,
            created_by: stored.created_by,
            dialect: dialect.ok_or_else(|| BadItem::field("dialect")("no such dialect"))?,
            title: parse_text("title", &stored.title)?,
            description: parse_text("description", &stored.description)?,
            creator: stored.creator.map(TryInto::try_into).transpose()?,
            created_at: stored.created_at,
            deadline: stored.deadline,
            retention: stored.retention,
            options: Options {
                tell_signers: stored.tell_signers,
                link: match stored.link {
                    StoredLinkTarget::List => LinkTarget::List,
                    StoredLinkTarget::Order => LinkTarget::Order,
                },
                seal: SealTerms { level: stored.seal_level, appearance: stored.seal_appearance },
            },
            ceremony: stored.ceremony.try_into()?,
            tags: stored.tags,
            documents: stored.documents.into_iter().map(Document::try_from).collect::<Result<_, _>>()?,
            groups: stored.quorums.into_iter().zip(times).map(|(quorum, time)| Group { quorum, time }).collect(),
            signers: stored.signers.into_iter().map(Signer::try_from).collect::<Result<_, _>>()?,
            roster: if stored.roster_open { Roster::Open } else { Roster::Closed },
            state: stored.state.try_into()?,
            chain: ChainHead { seq: stored.events, hash: stored.chain_hash },
            reminders: stored.reminders.into_iter().map(Into::into).collect(),
            clerks: stored.clerks.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            erased_at: stored.erased_at,
            held_since: stored.held_since,
            tidy_at: stored.tidy_at,
        };
        Order::restore(data).map_err(BadItem::field("order"))
    }
}

impl From<&Document> for StoredDocument {
    fn from(document: &Document) -> Self {
        let Document { title, file_name, announced: Announced { sha256, size }, state } = document;
        Self {
            title: title.as_str().to_owned(),
            file_name: file_name.as_ref().map(|name| name.as_str().to_owned()),
            announced_sha256: *sha256,
            announced_size: *size,
            state: match state {
                DocumentState::Awaited => StoredDocumentState::Awaited,
                DocumentState::Ready(facts) => {
                    let DocumentFacts { sha256, size, pages, object: ObjectVersion { version, etag }, repaired_from, findings, preview } =
                        facts.clone();
                    let preview = preview.map(|Preview { pages, sha256 }| StoredPreview { pages, sha256 });
                    StoredDocumentState::Ready { sha256, size, pages, version, etag, repaired_from, findings, preview }
                }
                DocumentState::Refused(refusal) => StoredDocumentState::Refused { refusal: refusal.clone() },
                DocumentState::Erased { sha256 } => StoredDocumentState::Erased { sha256: *sha256 },
            },
        }
    }
}

impl TryFrom<StoredDocument> for Document {
    type Error = BadItem;

    fn try_from(stored: StoredDocument) -> Result<Self, BadItem> {
        Ok(Self {
            title: parse_text("documents/title", &stored.title)?,
            file_name: parse_optional("documents/file_name", stored.file_name.as_deref())?,
            announced: Announced { sha256: stored.announced_sha256, size: stored.announced_size },
            state: match stored.state {
                StoredDocumentState::Awaited => DocumentState::Awaited,
                StoredDocumentState::Ready { sha256, size, pages, version, etag, repaired_from, findings, preview } => {
                    let object = ObjectVersion { version, etag };
                    let preview = preview.map(|StoredPreview { pages, sha256 }| Preview { pages, sha256 });
                    DocumentState::Ready(DocumentFacts { sha256, size, pages, object, repaired_from, findings, preview })
                }
                StoredDocumentState::Refused { refusal } => DocumentState::Refused(refusal),
                StoredDocumentState::Erased { sha256 } => DocumentState::Erased { sha256 },
            },
        })
    }
}

impl From<&OrderState> for StoredState {
    fn from(state: &OrderState) -> Self {
        match state.clone() {
            OrderState::Drafting { recheck_at } => Self::Drafting { recheck_at },
            OrderState::Pending { group } => Self::Pending { group },
            OrderState::Sealing { since, hindrance } => Self::Sealing { since, hindrance },
            OrderState::Accepted { at, sealed } => Self::Accepted { at, sealed: sealed.into_iter().map(StoredSealed::from).collect() },
            OrderState::Rejected { at, by } => Self::Rejected { at, by },
            OrderState::Cancelled { at, reason } => Self::Cancelled { at, reason: reason.map(|reason| reason.as_str().to_owned()) },
            OrderState::Expired { at } => Self::Expired { at },
            OrderState::Failed { at, code, reason } => Self::Failed { at, code, reason },
        }
    }
}

impl TryFrom<StoredState> for OrderState {
    type Error = BadItem;

    fn try_from(stored: StoredState) -> Result<Self, BadItem> {
        Ok(match stored {
            StoredState::Drafting { recheck_at } => Self::Drafting { recheck_at },
            StoredState::Pending { group } => Self::Pending { group },
            StoredState::Sealing { since, hindrance } => Self::Sealing { since, hindrance },
            StoredState::Accepted { at, sealed } => Self::Accepted { at, sealed: sealed.into_iter().map(SealedDocument::from).collect() },
            StoredState::Rejected { at, by } => Self::Rejected { at, by },
            StoredState::Cancelled { at, reason } => Self::Cancelled { at, reason: parse_optional("state/reason", reason.as_deref())? },
            StoredState::Expired { at } => Self::Expired { at },
            StoredState::Failed { at, code, reason } => Self::Failed { at, code, reason },
        })
    }
}

impl From<SealedDocument> for StoredSealed {
    fn from(sealed: SealedDocument) -> Self {
        let SealedDocument { document, attempt, object, sha256, size, level, shortfall, lapses_at } = sealed;
        let ObjectVersion { version, etag } = object;
        Self { document, attempt, version, etag, sha256, size, level, shortfall, lapses_at }
    }
}

impl From<StoredSealed> for SealedDocument {
    fn from(stored: StoredSealed) -> Self {
        let StoredSealed { document, attempt, version, etag, sha256, size, level, shortfall, lapses_at } = stored;
        Self { document, attempt, object: ObjectVersion { version, etag }, sha256, size, level, shortfall, lapses_at }
    }
}
