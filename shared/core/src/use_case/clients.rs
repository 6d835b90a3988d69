//! Managing API clients: letting them in, what they may do, their secrets.
//!
//! Operators do this, by hand. Of two changes to one client at the same moment the later counts as a whole.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::client::{ApiKey, CertificateName, Client, Privilege};
use crate::id::{ClientId, OrganizationId};
use crate::jwk::{MAX_KEYS, PublicKey};
use crate::ports::{Clients, Clock, Entropy};
use crate::refusal::Refusal;
use crate::root_key::RootKey;
use crate::text::Name;
use crate::use_case::Error;

/// The longest time for which an old secret may stay good beside the new one: 30 days.
pub const MAX_OVERLAP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The certificates that a client may have at most. They are stored in one transaction with it.
pub const MAX_CERTIFICATES: usize = 8;

/// What a client needs to call. Shown once; the API key cannot be had again.
pub struct Credentials {
    /// The client's id.
    pub client: ClientId,
    /// The client secret.
    pub secret: String,
    /// The API key.
    pub api_key: ApiKey,
}

/// A secret that takes the place of another.
pub struct NewSecret {
    /// The client's id.
    pub client: ClientId,
    /// The client secret.
    pub secret: String,
    /// Until when the secret before it is still taken; `None` when it ended at once.
    pub previous_until: Option<Timestamp>,
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
        keys: BTreeSet::new(),
        certificates: BTreeSet::new(),
        enabled: true,
    };
    ports.put_client(&client).await?;
    Ok(Credentials { secret: root.client_secret(&id, 1), client: id, api_key })
}

/// Switches a client on or off. One that is off is treated as unknown, whatever it brings along.
pub async fn set_enabled<P: Clients>(ports: &P, id: &ClientId, enabled: bool) -> Result<Client, Error> {
    change(ports, id, |client| {
        client.enabled = enabled;
        Ok(())
    })
    .await
}

/// Gives a client a privilege; one that it has already is no error.
pub async fn grant<P: Clients>(ports: &P, id: &ClientId, privilege: Privilege) -> Result<Client, Error> {
    change(ports, id, |client| {
        client.privileges.insert(privilege);
        Ok(())
    })
    .await
}

/// Takes a privilege from a client; one that it does not have is no error.
pub async fn revoke<P: Clients>(ports: &P, id: &ClientId, privilege: Privilege) -> Result<Client, Error> {
    change(ports, id, |client| {
        client.privileges.remove(&privilege);
        Ok(())
    })
    .await
}

/// Registers public keys; one that the client has already is no error.
pub async fn add_keys<P: Clients>(ports: &P, id: &ClientId, keys: Vec<PublicKey>) -> Result<Client, Error> {
    change(ports, id, |client| {
        client.keys.extend(keys);
        if client.keys.len() > MAX_KEYS {
            return Err(Refusal::invalid("keys", format!("a client has at most {MAX_KEYS} keys; remove one first")));
        }
        Ok(())
    })
    .await
}

/// Takes a key from a client, by its thumbprint; access tokens that it got by it end at once.
pub async fn remove_key<P: Clients>(ports: &P, id: &ClientId, thumbprint: &str) -> Result<Client, Error> {
    change(ports, id, |client| {
        let before = client.keys.len();
        client.keys.retain(|key| key.thumbprint() != thumbprint);
        if client.keys.len() == before { Err(Refusal::invalid("key", "the client has no such key")) } else { Ok(()) }
    })
    .await
}

/// Registers a certificate; one that the client has already is no error. One that another client has is refused: who calls would
/// depend on which was registered last.
pub async fn add_certificate<P: Clients>(ports: &P, id: &ClientId, name: CertificateName) -> Result<Client, Error> {
    if let Some(holder) = ports.client_of_certificate(&name).await?.filter(|holder| holder != id)
        && ports.client(&holder).await?.is_some_and(|holder| holder.certificates.contains(&name))
    {
        return Err(Refusal::invalid("certificate", "another client has this certificate").into());
    }
    change(ports, id, |client| {
        client.certificates.insert(name);
        if client.certificates.len() > MAX_CERTIFICATES {
            return Err(Refusal::invalid("certificate", format!("a client has at most {MAX_CERTIFICATES} certificates; remove one first")));
        }
        Ok(())
    })
    .await
}

/// Takes a certificate from a client; access tokens that it got by it end at once.
pub async fn remove_certificate<P: Clients>(ports: &P, id: &ClientId, name: &CertificateName) -> Result<Client, Error> {
    change(ports, id, |client| {
        if client.certificates.remove(name) { Ok(()) } else { Err(Refusal::invalid("certificate", "the client has no such certificate")) }
    })
    .await
}

/// Gives a client a new secret. The one before stays good for `overlap`, so that the client can be configured anew without a gap; with
/// an overlap of zero it ends at once. The API key stays as it is.
///
/// Two secrets are good at most: rotating again during the overlap ends the older of them at once.
///
/// A crash before the store leaves everything as it was. After it, the secret that nobody was shown is the present one, and the one in
/// use ends with the overlap: rotate again, and configure the client at once.
pub async fn rotate_secret<P: Clients + Clock>(
    ports: &P,
    root: &RootKey,
    id: &ClientId,
    overlap: SignedDuration,
) -> Result<NewSecret, Error> {
    if overlap.is_negative() || overlap > MAX_OVERLAP {
        return Err(Refusal::invalid("overlap", "must be from 0 to 30 days").into());
    }
    let previous_until = (!overlap.is_zero()).then(|| ports.now() + overlap);
    let client = change(ports, id, |client| {
        let next = client.secret_generation.checked_add(1);
        client.secret_generation = next.ok_or_else(|| Refusal::invalid("id", "this client's secret was rotated too often"))?;
        client.previous_secret_until = previous_until;
        Ok(())
    })
    .await?;
    Ok(NewSecret { secret: root.client_secret(id, client.secret_generation), client: client.id, previous_until })
}

/// Reads, changes and stores one client.
async fn change<P: Clients>(
    ports: &P,
    id: &ClientId,
    change: impl FnOnce(&mut Client) -> Result<(), Refusal> + Send,
) -> Result<Client, Error> {
    let mut client = ports.client(id).await?.ok_or_else(|| Refusal::invalid("id", "there is no such client"))?;
    change(&mut client)?;
    ports.put_client(&client).await?;
    Ok(client)
}
