//! What is told: topics and messages.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::document::Level;
use crate::event::{Event, What};
use crate::id::{DocumentIndex, GroupIndex, OrderId, OrganizationId, SignerIndex};
use crate::webhook::endpoint::{EndpointId, WhyDisabled};

/// What a message is about, by the name under which endpoints choose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// An order was created.
    OrderCreated,
    /// All documents were read, and the first signers can sign.
    OrderPending,
    /// A signer was told of the order.
    SignerInvited,
    /// A signer saw the order for the first time.
    SignerOpened,
    /// A signer signed.
    SignerSigned,
    /// A signer declined.
    SignerDeclined,
    /// The order ended well: everyone signed, and the documents are sealed.
    OrderAccepted,
    /// Too many declined.
    OrderRejected,
    /// The order was cancelled.
    OrderCancelled,
    /// The deadline passed.
    OrderExpired,
    /// The order can never be sealed.
    OrderFailed,
    /// A sealed document was replaced by one on a higher level.
    SealUpgraded,
    /// An endpoint was switched off because it failed.
    WebhookDisabled,
    /// The owner of an endpoint asked for a message to try it out.
    WebhookTest,
}

/// No such topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the type of an event, such as order.accepted")]
pub struct UnknownTopic;

impl Topic {
    /// Every topic there is.
    pub const ALL: [Self; 14] = [
        Self::OrderCreated,
        Self::OrderPending,
        Self::SignerInvited,
        Self::SignerOpened,
        Self::SignerSigned,
        Self::SignerDeclined,
        Self::OrderAccepted,
        Self::OrderRejected,
        Self::OrderCancelled,
        Self::OrderExpired,
        Self::OrderFailed,
        Self::SealUpgraded,
        Self::WebhookDisabled,
        Self::WebhookTest,
    ];

    /// The topic's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderCreated => "order.created",
            Self::OrderPending => "order.pending",
            Self::SignerInvited => "signer.invited",
            Self::SignerOpened => "signer.opened",
            Self::SignerSigned => "signer.signed",
            Self::SignerDeclined => "signer.declined",
            Self::OrderAccepted => "order.accepted",
            Self::OrderRejected => "order.rejected",
            Self::OrderCancelled => "order.cancelled",
            Self::OrderExpired => "order.expired",
            Self::OrderFailed => "order.failed",
            Self::SealUpgraded => "seal.upgraded",
            Self::WebhookDisabled => "webhook.disabled",
            Self::WebhookTest => "webhook.test",
        }
    }

    /// The topic of what happened to an order; none where that concerns the audit trail alone.
    pub fn of(what: &What) -> Option<Self> {
        match what {
            What::Created { .. } => Some(Self::OrderCreated),
            What::GroupOpened { group: GroupIndex(0) } => Some(Self::OrderPending),
            What::Invited { .. } => Some(Self::SignerInvited),
            What::Opened { .. } => Some(Self::SignerOpened),
            What::Signed { .. } => Some(Self::SignerSigned),
            What::Declined { .. } => Some(Self::SignerDeclined),
            What::Accepted {} => Some(Self::OrderAccepted),
            What::Rejected {} => Some(Self::OrderRejected),
            What::Cancelled {} => Some(Self::OrderCancelled),
            What::Expired {} => Some(Self::OrderExpired),
            What::Failed { .. } => Some(Self::OrderFailed),
            What::SealUpgraded { .. } => Some(Self::SealUpgraded),
            What::DocumentReady { .. }
            | What::DocumentRefused { .. }
            | What::DocumentsMissing {}
            | What::GroupOpened { .. }
            | What::DeliveryFailed { .. }
            | What::CodeSent { .. }
            | What::CodeWrong { .. }
            | What::CodeConfirmed { .. }
            | What::LogInRefused { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::ReminderRequested { .. }
            | What::Read { .. }
            | What::Reminded { .. }
            | What::DeadlineExtended { .. }
            | What::SignerCorrected { .. }
            | What::SignerAdded { .. }
            | What::RosterClosed {}
            | What::EveryoneSigned {}
            | What::Sealed { .. }
            | What::SealRenewed { .. }
            | What::OutcomeSent { .. }
            | What::Anonymised { .. }
            | What::Held {}
            | What::HoldReleased {}
            | What::Erased {} => None,
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(raw: &str) -> Result<Self, UnknownTopic> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == raw).ok_or(UnknownTopic)
    }
}

/// One entry of an organization's feed. It holds no personal data and no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its place in the feed, from 1 without gaps.
    pub position: u64,
    /// What happened.
    pub topic: Topic,
    /// When it happened.
    pub at: Timestamp,
    /// To what.
    pub about: About,
}

/// What a message concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An order.
    Order {
        /// Which.
        order: OrderId,
        /// The event's place in the order's audit trail.
        seq: u64,
        /// The signer, where it is one who did something.
        signer: Option<SignerIndex>,
        /// The document, where it is one that changed.
        document: Option<DocumentIndex>,
        /// The level that the document's seal reached.
        level: Option<Level>,
    },
    /// An endpoint.
    Endpoint {
        /// Which.
        endpoint: EndpointId,
        /// Why it was switched off, where it was.
        reason: Option<WhyDisabled>,
    },
}

impl Message {
    /// What an event of an order tells others; none where it concerns the audit trail alone.
    pub fn of(event: &Event, position: u64) -> Option<Self> {
        let topic = Topic::of(&event.what)?;
        let signer = match &event.what {
            What::Invited { signer, .. } | What::Opened { signer } | What::Signed { signer, .. } | What::Declined { signer, .. } => {
                Some(*signer)
            }
            _ => None,
        };
        let (document, level) = match &event.what {
            What::SealUpgraded { document, level, .. } => (Some(*document), Some(*level)),
            _ => (None, None),
        };
        let about = About::Order { order: event.order, seq: event.seq, signer, document, level };
        Some(Self { position, topic, at: event.at, about })
    }

    /// Its id, `webhook-id` in a delivery: the same at every try, at every endpoint and in the feed. No two messages share one.
    pub fn id(&self, organization: &OrganizationId) -> String {
        match &self.about {
            About::Order { order, seq, .. } => format!("msg_{order}_{seq}"),
            About::Endpoint { .. } => format!("msg_{organization}_{}", self.position),
        }
    }
}
