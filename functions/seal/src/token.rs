//! The workflow token that goes into the sealed document, where the seal covers it.

use segl_core::order::Order;
use segl_core::ports::SigningKey;
use segl_core::use_case::Error;
use segl_lambda::service::Storage;
use segl_lambda::tokens;
use segl_sealing::{Attachment, Relationship};

/// Who signs workflow tokens.
pub struct TokenSigner<K> {
    /// The key.
    pub key: K,
    /// The service's address, which tokens name.
    pub issuer: String,
}

impl<K: SigningKey> TokenSigner<K> {
    /// The token of an order that everyone has signed, as a file. It lets through names and no numbers or addresses: whoever has the
    /// document sees it.
    pub async fn attachment<P: Storage>(&self, ports: &P, order: &Order) -> Result<Attachment, Error> {
        let issued = tokens::before_sealing(ports, &self.key, order, &self.issuer).await?;
        Ok(Attachment {
            name: "workflow-token.jwt".to_owned(),
            media_type: "application/jwt".to_owned(),
            description: "Workflow token: who signed what, as a signed JWT".to_owned(),
            bytes: issued.token.into_bytes(),
            relationship: Relationship::Supplement,
        })
    }
}
