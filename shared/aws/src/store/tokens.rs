//! Tokens: those that were used, in the table; the public keys of those that sign them, from KMS.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use segl_core::id::Sha256;
use segl_core::jwk::PublicKey;
use segl_core::ports::{Answer, PortError, Replays, SigningKey as _, TokenKeys};

use super::{Condition, DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{Item, ItemKey};
use crate::keys::KmsSigningKey;

impl Replays for Store {
    /// Where the first try took effect and its answer was lost, the SDK's second one finds the token used.
    async fn first_use(&self, token: &Sha256, until: Timestamp) -> Answer<bool> {
        let item = Item::new(&ItemKey::used_token(token)).expires(until);
        let put = self.dynamo.put_item().table_name(&self.table).set_item(Some(item.into_attributes()));
        match put.condition_expression(Condition::nothing_there().expression).send().await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))) => Ok(false),
            Err(error) => Err(port_error(DYNAMODB, error)),
        }
    }
}

impl TokenKeys for Store {
    async fn access_token_keys(&self) -> Answer<Vec<PublicKey>> {
        public_keys(&self.access_token_keys).await
    }

    async fn workflow_token_keys(&self) -> Answer<Vec<PublicKey>> {
        public_keys(&self.workflow_token_keys).await
    }
}

/// Each key is asked for once; see [`KmsSigningKey`].
async fn public_keys(keys: &[KmsSigningKey]) -> Answer<Vec<PublicKey>> {
    let mut public = Vec::with_capacity(keys.len());
    for key in keys {
        let info = key.public_key().await?;
        public.push(PublicKey::from_p256_info(&info).map_err(|error| PortError::Rejected { service: "KMS", source: error.into() })?);
    }
    Ok(public)
}
