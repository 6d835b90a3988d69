//! Clients, the directory and links in memory.

use jiff::SignedDuration;
use segl_core::client::{CertificateName, Client};
use segl_core::id::{ClientId, OrganizationId, Sha256};
use segl_core::logged_in::LoggedIn;
use segl_core::ports::{Answer, Clients, Contact, Directory, Limits, Link, LinkKind, Links, Organizations, Sessions};
use segl_core::signer::{DirectoryKey, Person};

use super::{Fake, rejected};

impl Clients for Fake {
    async fn client(&self, id: &ClientId) -> Answer<Option<Client>> {
        self.call("clients.client", |world, _| Ok(world.clients.get(id).cloned())).await
    }

    async fn put_client(&self, client: &Client) -> Answer<()> {
        self.call("clients.put_client", |world, _| {
            world.clients.insert(client.id.clone(), client.clone());
            Ok(())
        })
        .await
    }

    async fn clients(&self) -> Answer<Vec<Client>> {
        self.call("clients.clients", |world, _| Ok(world.clients.values().cloned().collect())).await
    }

    async fn client_of_certificate(&self, name: &CertificateName) -> Answer<Option<ClientId>> {
        self.call("clients.client_of_certificate", |world, _| {
            Ok(world.clients.values().find(|client| client.certificates.contains(name)).map(|client| client.id.clone()))
        })
        .await
    }
}

impl Directory for Fake {
    async fn look_up(&self, organization: &OrganizationId, key: &DirectoryKey) -> Answer<Option<Person>> {
        self.call("directory.look_up", |world, _| Ok(world.people.get(&(organization.clone(), key.clone())).cloned())).await
    }

    async fn put_person(&self, organization: &OrganizationId, person: &Person) -> Answer<()> {
        self.call("directory.put_person", |world, _| {
            let key = person.directory.clone().ok_or_else(|| rejected("fake", "the person has no directory entry"))?;
            world.people.insert((organization.clone(), key), person.clone());
            Ok(())
        })
        .await
    }

    async fn remove_person(&self, organization: &OrganizationId, key: &DirectoryKey) -> Answer<()> {
        self.call("directory.remove_person", |world, _| {
            world.people.remove(&(organization.clone(), key.clone()));
            Ok(())
        })
        .await
    }
}

impl Organizations for Fake {
    async fn retention(&self, organization: &OrganizationId) -> Answer<Option<SignedDuration>> {
        self.call("organizations.retention", |world, _| Ok(world.retentions.get(organization).copied())).await
    }

    async fn set_retention(&self, organization: &OrganizationId, retention: Option<SignedDuration>) -> Answer<()> {
        self.call("organizations.set_retention", |world, _| {
            match retention {
                Some(retention) => world.retentions.insert(organization.clone(), retention),
                None => world.retentions.remove(organization),
            };
            Ok(())
        })
        .await
    }

    async fn contact(&self, organization: &OrganizationId) -> Answer<Option<Contact>> {
        self.call("organizations.contact", |world, _| Ok(world.contacts.get(organization).cloned())).await
    }

    async fn set_contact(&self, organization: &OrganizationId, contact: Option<&Contact>) -> Answer<()> {
        self.call("organizations.set_contact", |world, _| {
            match contact {
                Some(contact) => world.contacts.insert(organization.clone(), contact.clone()),
                None => world.contacts.remove(organization),
            };
            Ok(())
        })
        .await
    }
}

impl Links for Fake {
    async fn put_link(&self, link: &Link) -> Answer<()> {
        self.call("links.put_link", |world, _| {
            world.links.insert(link.digest, link.clone());
            Ok(())
        })
        .await
    }

    async fn use_up(&self, digest: &Sha256) -> Answer<bool> {
        self.call("links.use_up", |world, _| {
            let Some(link) = world.links.get_mut(digest) else { return Ok(false) };
            let first = link.kind == LinkKind::Once { used: false };
            if first {
                link.kind = LinkKind::Once { used: true };
            }
            Ok(first)
        })
        .await
    }

    async fn link(&self, digest: &Sha256) -> Answer<Option<Link>> {
        self.call("links.link", |world, _| Ok(world.links.get(digest).cloned())).await
    }
}

impl Sessions for Fake {
    async fn put_session(&self, digest: &Sha256, session: &LoggedIn) -> Answer<()> {
        self.call("sessions.put_session", |world, _| {
            world.sessions.insert(*digest, session.clone());
            Ok(())
        })
        .await
    }

    async fn session(&self, digest: &Sha256) -> Answer<Option<LoggedIn>> {
        self.call("sessions.session", |world, _| Ok(world.sessions.get(digest).cloned())).await
    }

    async fn end_session(&self, digest: &Sha256) -> Answer<()> {
        self.call("sessions.end_session", |world, _| {
            world.sessions.remove(digest);
            Ok(())
        })
        .await
    }
}

impl Limits for Fake {
    async fn count(&self, key: &str, window: SignedDuration, most: u32) -> Answer<bool> {
        self.call("limits.count", |world, now| {
            let began = now.as_second().div_euclid(window.as_secs().max(1));
            let count = world.counts.entry((key.to_owned(), began)).or_default();
            let allowed = *count < most;
            *count += u32::from(allowed);
            Ok(allowed)
        })
        .await
    }
}
