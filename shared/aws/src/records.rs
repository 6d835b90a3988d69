//! The records by which the table's stream and the bucket wake a function.

use aws_lambda_events::event::dynamodb::EventRecord;
use aws_lambda_events::event::s3::S3EventRecord;
use percent_encoding::percent_decode_str;
use segl_core::id::OrderId;
use segl_core::ports::{Cause, PortError};
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_core::webhook::DeliveryKey;
use serde::Deserialize;

use crate::item::{BadItem, ItemKey};

/// What a record of the table's stream wakes a function for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Woken {
    /// A task.
    Task(OrderId, TaskKind),
    /// A delivery to an endpoint.
    Delivery(DeliveryKey),
}

/// An object that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its name.
    pub key: StorageKey,
    /// The version that came, if the bucket keeps versions.
    pub version: Option<String>,
}

/// The task or delivery whose item changed. The record may be old or come twice: look at the thing itself before doing it.
///
/// A record of anything else is [`PortError::Corrupt`]: the stream's filter lets nothing else through to a consumer.
pub fn woken(record: &EventRecord) -> Result<Woken, PortError> {
    #[derive(Deserialize)]
    struct Keys {
        pk: String,
        sk: String,
    }
    let Keys { pk, sk } = serde_dynamo::from_item(record.change.keys.clone()).map_err(|error| corrupt("(a record without keys)", error))?;
    let key = ItemKey { pk, sk };
    let task = key.order_id().zip(key.task_kind()).map(|(order, kind)| Woken::Task(order, kind));
    task.or_else(|| key.delivery().map(Woken::Delivery)).ok_or_else(|| key.corrupt(BadItem::Misplaced))
}

/// The object that came. Its name arrives as a form field would: blanks as `+`, the rest percent-encoded.
///
/// A name that is none of ours is [`PortError::Corrupt`].
pub fn arrival(record: &S3EventRecord) -> Result<Arrival, PortError> {
    let object = &record.s3.object;
    let raw = object.key.as_deref().unwrap_or_default();
    let blanks = raw.replace('+', " ");
    let name = percent_decode_str(&blanks).decode_utf8().map_err(|error| corrupt(raw, error))?;
    let key = name.parse().map_err(|error: segl_core::storage_key::UnknownKey| corrupt(raw, error))?;
    Ok(Arrival { key, version: object.version_id.clone() })
}

fn corrupt(key: &str, cause: impl Into<Cause>) -> PortError {
    PortError::Corrupt { key: key.to_owned(), source: cause.into() }
}

#[cfg(test)]
mod tests {
    use segl_core::id::{DocumentIndex, SignerIndex};
    use serde_json::json;

    use super::*;

    const ORDER: &str = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";

    fn stream_record(keys: serde_json::Value) -> EventRecord {
        serde_json::from_value(json!({
            "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-north-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_768_467_600, "Keys": keys, "NewImage": {"status": {"S": "ready"}},
                "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "NEW_IMAGE"
            },
        }))
        .unwrap()
    }

    fn arrival_record(key: &str) -> S3EventRecord {
        serde_json::from_value(json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-north-1", "eventTime": "2026-01-15T09:00:00.000Z",
            "eventName": "ObjectCreated:Put", "userIdentity": {"principalId": "x"}, "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0", "configurationId": "c", "bucket": {"name": "b", "ownerIdentity": {"principalId": "x"}, "arn": "arn:aws:s3:::b"},
                "object": {"key": key, "size": 10, "eTag": "e", "versionId": "v1", "sequencer": "0"}
            },
        }))
        .unwrap()
    }

    #[test]
    fn tasks_and_deliveries_are_read_off_the_keys() {
        let keys = |pk: &str, sk: &str| json!({"pk": {"S": pk}, "sk": {"S": sk}});
        let order = format!("ORDER#{ORDER}");
        let read = |keys| woken(&stream_record(keys)).ok();
        assert_eq!(read(keys(&order, "TASK#seal")), Some(Woken::Task(ORDER.parse().unwrap(), TaskKind::Seal)));
        assert_eq!(read(keys(&order, "TASK#invite-3")), Some(Woken::Task(ORDER.parse().unwrap(), TaskKind::Invite(SignerIndex(3)))));
        let delivery = DeliveryKey { organization: "DK01234567".parse().unwrap(), endpoint: ORDER.parse().unwrap(), position: 42 };
        let found = read(keys(&format!("DELIVERIES#DK01234567#{ORDER}"), "00000000000000000042"));
        assert_eq!(found, Some(Woken::Delivery(delivery)));
        for (pk, sk) in [(order.as_str(), "META"), (order.as_str(), "TASK#dance"), ("ORDER#x", "TASK#seal"), ("LINK#0", "META"), ("", "")] {
            assert_eq!(read(keys(pk, sk)), None, "{pk} {sk}");
        }
        assert_eq!(read(json!({"pk": {"S": order}})), None);
        assert_eq!(read(json!({"pk": {"N": "1"}, "sk": {"S": "TASK#seal"}})), None);
    }

    #[test]
    fn names_of_objects_are_decoded() {
        let id = ORDER.parse().unwrap();
        let expected = Arrival { key: StorageKey::Original(id, DocumentIndex(2)), version: Some("v1".to_owned()) };
        for raw in [format!("originals/{ORDER}/2"), format!("originals%2F{ORDER}%2f2")] {
            assert_eq!(arrival(&arrival_record(&raw)).ok(), Some(expected.clone()), "{raw}");
        }
        for raw in ["", "originals/+/2", "%ff", "other/thing.pdf"] {
            assert!(matches!(arrival(&arrival_record(raw)), Err(PortError::Corrupt { .. })), "{raw}");
        }
    }
}
