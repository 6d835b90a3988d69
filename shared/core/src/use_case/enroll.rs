//! Letting API clients in.

use std::collections::BTreeSet;

use crate::client::{ApiKey, Client, Privilege};
use crate::id::{ClientId, OrganizationId};
use crate::ports::{Clients, Entropy};
use crate::refusal::Refusal;
use crate::root_key::RootKey;
use crate::text::Name;
use crate::use_case::Error;

/// What a client needs to call. Shown once; the API key cannot be had again.
pub struct Credentials {
    /// The client's id.
    pub client: ClientId,
    /// The client secret.
    pub secret: String,
    /// The API key.
    pub api_key: ApiKey,
}

/// Stores a new client and answers its credentials. A crash before the store leaves nothing; after it, a client whose API key nobody
/// knows, to be enrolled again under another id or removed.
pub async fn enroll<P: Clients + Entropy>(
    ports: &P,
    root: &RootKey,
    id: ClientId,
    organization: OrganizationId,
    name: Name,
    privileges: BTreeSet<Privilege>,
) -> Result<Credentials, Error> {
    if ports.client(&id).await?.is_some() {
        return Err(Refusal::invalid("id", "there is a client of this name already").into());
    }
    let api_key = ApiKey::new(&id, ports.array());
    let client = Client {
        id: id.clone(),
        organization,
        name,
        privileges,
        api_key_hash: api_key.digest(),
        secret_generation: 1,
        previous_secret_until: None,
        enabled: true,
    };
    ports.put_client(&client).await?;
    Ok(Credentials { secret: root.client_secret(&id, 1), client: id, api_key })
}
