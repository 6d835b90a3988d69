//! The table and the bucket, behind the ports of the core.

mod attempts;
mod clients;
mod directory;
mod heads;
mod limits;
mod links;
mod orders;
mod organizations;
mod query;
mod register_book;
mod registers;
mod sessions;
mod tasks;
mod tokens;
mod webhooks;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use segl_core::ports::{Clock, Entropy, PortError};
use segl_core::root_key::RootKey;
use segl_core::transition::Change;

use crate::config::Aws;
use crate::error::port_error;
use crate::item::{Attributes, Item, ItemKey, Row};
use crate::keys::KmsSigningKey;

/// The service's name in errors of the table.
pub(crate) const DYNAMODB: &str = "DynamoDB";

/// The table and the bucket. Implements [`segl_core::ports::Orders`], `Tasks`, `Clients`, `Attempts`, `Replays`, `Directory`, `Links`,
/// `Limits`, `Webhooks`, `Organizations`, `Heads` and `Objects`, with KMS also `TokenKeys`, and with the machine's clock and random source
/// also `Clock` and `Entropy`.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) dynamo: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) root_key: Option<RootKey>,
    access_token_keys: Arc<[KmsSigningKey]>,
    workflow_token_keys: Arc<[KmsSigningKey]>,
    observer: Option<fn(&Change)>,
}

impl Store {
    /// `root_key` is needed for the directory only, whose entries are found by a keyed hash; without it the directory refuses.
    pub fn new(aws: &Aws, table: impl Into<String>, bucket: impl Into<String>, root_key: Option<RootKey>) -> Self {
        Self {
            dynamo: aws.dynamo.clone(),
            s3: aws.s3.clone(),
            table: table.into(),
            bucket: bucket.into(),
            root_key,
            access_token_keys: Arc::default(),
            workflow_token_keys: Arc::default(),
            observer: None,
        }
    }

    /// With the ids of the KMS keys that sign tokens, for [`segl_core::ports::TokenKeys`]. Ids, not aliases: an alias may come to mean
    /// another key while this one is kept. A key that is to be deleted must be taken from the list first.
    #[must_use]
    pub fn with_token_keys(self, aws: &Aws, access: &[String], workflow: &[String]) -> Self {
        let keys = |ids: &[String]| ids.iter().map(|id| KmsSigningKey::new(aws, id)).collect();
        Self { access_token_keys: keys(access), workflow_token_keys: keys(workflow), ..self }
    }

    /// With somebody who is told of each change once it is stored. A crash before that leaves it untold: for metrics, and nothing that
    /// matters more.
    #[must_use]
    pub fn with_observer(self, observer: fn(&Change)) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// One item, as of every write that was answered before.
    async fn row(&self, key: &ItemKey) -> Result<Option<Row>, PortError> {
        let answer = self.dynamo.get_item().table_name(&self.table).set_key(Some(key.attributes())).consistent_read(true).send().await;
        answer.map_err(|error| port_error(DYNAMODB, error))?.item.map(Row::new).transpose()
    }

    /// Writes an item, whatever was there before.
    async fn replace(&self, item: Item) -> Result<(), PortError> {
        let answer = self.dynamo.put_item().table_name(&self.table).set_item(Some(item.into_attributes())).send().await;
        answer.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }

    /// One write of a transaction, with a condition if there is one.
    fn put(&self, item: Item, condition: Option<Condition>) -> TransactWriteItem {
        let put = Put::builder().table_name(&self.table).set_item(Some(item.into_attributes()));
        let put = match condition {
            None => put,
            Some(Condition { expression, names, values }) => put
                .condition_expression(expression)
                .set_expression_attribute_names(
                    (!names.is_empty()).then(|| names.into_iter().map(|name| (format!("#{name}"), name.to_owned())).collect()),
                )
                .set_expression_attribute_values((!values.is_empty()).then_some(values)),
        };
        TransactWriteItem::builder().put(put.build().expect("table and item are set above")).build()
    }
}

/// A condition on the item that is there before a write.
struct Condition {
    expression: &'static str,
    /// Attributes that the expression names as `#name`.
    names: Vec<&'static str>,
    values: Attributes,
}

impl Condition {
    /// Nothing is there yet.
    fn nothing_there() -> Self {
        Self { expression: "attribute_not_exists(pk)", names: Vec::new(), values: Attributes::new() }
    }
}

/// The machine's clock, in whole milliseconds.
impl Clock for Store {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).expect("a timestamp without its fraction is within the same range")
    }
}

/// The operating system's random source.
impl Entropy for Store {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has a random source; without one nothing here could be safe");
    }
}
