//! Where objects lie. Nothing else in the product spells a path.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::id::{AttemptId, DocumentIndex, OrderId, Sha256};

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageKey {
    /// A document as it came. Its arrival wakes `ingest`.
    Original(OrderId, DocumentIndex),
    /// What ingest worked out for sealing the file of this digest. Should a file be replaced while it is read, each reading has a plan of
    /// its own, and the commit says which file counts.
    Plan(OrderId, DocumentIndex, Sha256),
    /// The list of the page images of the file of this digest, with the text of each page.
    PageList(OrderId, DocumentIndex, Sha256),
    /// The image of one page of the file of this digest, from 0.
    PageImage(OrderId, DocumentIndex, Sha256, u32),
    /// A sealed document; one object an attempt, written once.
    Sealed(OrderId, DocumentIndex, AttemptId),
    /// What a sealed document can be extended from without reading it; one object an attempt, written once.
    SealedPlan(OrderId, DocumentIndex, AttemptId),
    /// The sealed file of evidence of an order whose audit trail has this head; written once.
    Evidence(OrderId, Sha256),
    /// The checkpoint of a day: a commitment to all audit trails that grew on it. Public, and written once.
    Checkpoint(Date),
    /// The certificate chain of the seal, as PEM (RFC 7468), leaf first.
    SealCertificate,
    /// The certificates that those of time-stamp authorities must lead to, as PEM; without it any will do.
    TimeStampAnchors,
    /// The certificate chain of the key that signs workflow tokens, in the same form.
    WorkflowTokenCertificate,
}

impl StorageKey {
    /// Everything that an order can have in storage lies below these prefixes.
    pub fn prefixes(order: OrderId) -> [String; 5] {
        ["originals", "plans", "previews", "sealed", "evidence"].map(|area| format!("{area}/{order}/"))
    }

    /// What names people and can be made again lies below these.
    pub fn copies(order: OrderId) -> [String; 2] {
        [format!("previews/{order}/"), Self::evidence(order)]
    }

    /// Evidence lies below this.
    pub fn evidence(order: OrderId) -> String {
        format!("evidence/{order}/")
    }

    /// The media type of what lies there.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Original(..) | Self::Sealed(..) | Self::Evidence(..) => "application/pdf",
            Self::Plan(..) | Self::SealedPlan(..) | Self::PageList(..) | Self::Checkpoint(_) => "application/json",
            Self::PageImage(..) => "image/png",
            Self::SealCertificate | Self::TimeStampAnchors | Self::WorkflowTokenCertificate => "application/pem-certificate-chain",
        }
    }
}

impl fmt::Display for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Original(order, document) => write!(f, "originals/{order}/{document}"),
            Self::Plan(order, document, sha256) => write!(f, "plans/{order}/{document}/{sha256}"),
            Self::PageList(order, document, sha256) => write!(f, "previews/{order}/{document}/{sha256}/pages.json"),
            Self::PageImage(order, document, sha256, page) => write!(f, "previews/{order}/{document}/{sha256}/{page}.png"),
            Self::Sealed(order, document, attempt) => write!(f, "sealed/{order}/{document}/{attempt}"),
            Self::SealedPlan(order, document, attempt) => write!(f, "plans/{order}/{document}/sealed/{attempt}"),
            Self::Evidence(order, head) => write!(f, "evidence/{order}/{head}"),
            Self::Checkpoint(day) => write!(f, "checkpoints/{day}.json"),
            Self::SealCertificate => f.write_str("configuration/seal-certificate.pem"),
            Self::TimeStampAnchors => f.write_str("configuration/time-stamp-anchors.pem"),
            Self::WorkflowTokenCertificate => f.write_str("configuration/workflow-token-certificate.pem"),
        }
    }
}

/// Not the name of one of our objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an object of ours")]
pub struct UnknownKey;

impl FromStr for StorageKey {
    type Err = UnknownKey;

    fn from_str(raw: &str) -> Result<Self, UnknownKey> {
        let order = |raw: &str| raw.parse().map_err(|_| UnknownKey);
        let document = |raw: &str| raw.parse().map(DocumentIndex).map_err(|_| UnknownKey);
        let key = match raw.split('/').collect::<Vec<_>>().as_slice() {
            ["originals", id, number] => Self::Original(order(id)?, document(number)?),
            ["plans", id, number, sha256] => Self::Plan(order(id)?, document(number)?, sha256.parse().map_err(|_| UnknownKey)?),
            ["previews", id, number, sha256, name] => {
                let (order, document, sha256) = (order(id)?, document(number)?, sha256.parse().map_err(|_| UnknownKey)?);
                match name.strip_suffix(".png") {
                    Some(page) => Self::PageImage(order, document, sha256, page.parse().map_err(|_| UnknownKey)?),
                    None => Self::PageList(order, document, sha256),
                }
            }
            ["sealed", id, number, attempt] => Self::Sealed(order(id)?, document(number)?, attempt.parse().map_err(|_| UnknownKey)?),
            ["plans", id, number, "sealed", attempt] => {
                Self::SealedPlan(order(id)?, document(number)?, attempt.parse().map_err(|_| UnknownKey)?)
            }
            ["evidence", id, head] => Self::Evidence(order(id)?, head.parse().map_err(|_| UnknownKey)?),
            ["checkpoints", name] => {
                let day = name.strip_suffix(".json").ok_or(UnknownKey)?;
                Self::Checkpoint(day.parse().map_err(|_| UnknownKey)?)
            }
            ["configuration", "seal-certificate.pem"] => Self::SealCertificate,
            ["configuration", "time-stamp-anchors.pem"] => Self::TimeStampAnchors,
            ["configuration", "workflow-token-certificate.pem"] => Self::WorkflowTokenCertificate,
            _ => return Err(UnknownKey),
        };
        // One object has one name: no upper-case ids or digests, no leading zeros.
        if key.to_string() == raw { Ok(key) } else { Err(UnknownKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_nothing_else_is() {
        let order = OrderId::new(jiff::Timestamp::UNIX_EPOCH, [0xab; 10]);
        let attempt: AttemptId = "0123456789abcdef".parse().unwrap();
        for key in [
            StorageKey::Original(order, DocumentIndex(0)),
            StorageKey::Plan(order, DocumentIndex(19), Sha256([0xcd; 32])),
            StorageKey::PageList(order, DocumentIndex(2), Sha256([0xef; 32])),
            StorageKey::PageImage(order, DocumentIndex(2), Sha256([0xef; 32]), 41),
            StorageKey::Sealed(order, DocumentIndex(1), attempt.clone()),
            StorageKey::SealedPlan(order, DocumentIndex(1), attempt),
            StorageKey::Evidence(order, Sha256([0x12; 32])),
            StorageKey::Checkpoint(jiff::civil::date(2026, 11, 5)),
            StorageKey::SealCertificate,
            StorageKey::TimeStampAnchors,
            StorageKey::WorkflowTokenCertificate,
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        let upper = format!("originals/{}/0", order.to_string().to_uppercase());
        for bad in ["", "originals", "originals/x/0", &format!("originals/{order}/00"), &upper, &format!("originals/{order}/0/1"), "../x"] {
            assert_eq!(bad.parse::<StorageKey>(), Err(UnknownKey), "{bad}");
        }
    }
}
