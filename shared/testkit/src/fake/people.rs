//! Clients, the directory and links in memory.

use segl_core::client::{CertificateName, Client};
use segl_core::id::{ClientId, OrganizationId, Sha256};
use segl_core::ports::{Answer, Clients, Directory, Link, Links};
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
}

impl Links for Fake {
    async fn put_link(&self, link: &Link) -> Answer<()> {
        self.call("links.put_link", |world, _| {
            world.links.insert(link.digest, link.clone());
            Ok(())
        })
        .await
    }

    async fn link(&self, digest: &Sha256) -> Answer<Option<Link>> {
        self.call("links.link", |world, _| Ok(world.links.get(digest).cloned())).await
    }
}
