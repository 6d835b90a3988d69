//! Personal links in the table. Expiry is a broom only: who follows a link compares its time.

use jiff::SignedDuration;
use segl_core::id::Sha256;
use segl_core::ports::{Answer, Link, Links};

use super::Store;
use crate::item::{Item, ItemKey};
use crate::stored::StoredLink;

/// How long a link that has lapsed is kept, so that its holder can be told that it has lapsed.
const KEPT_WHEN_LAPSED: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Links for Store {
    async fn put_link(&self, link: &Link) -> Answer<()> {
        // A time beyond what a timestamp can hold is one at which nothing expires.
        let expires = link.until.saturating_add(KEPT_WHEN_LAPSED).unwrap_or(link.until);
        self.replace(Item::new(&ItemKey::link(&link.digest)).body(&StoredLink::from(link)).expires(expires)).await
    }

    async fn link(&self, digest: &Sha256) -> Answer<Option<Link>> {
        let Some(row) = self.row(&ItemKey::link(digest)).await? else { return Ok(None) };
        row.read(|row| Ok(Some(row.body::<StoredLink>()?.of(digest))))
    }
}
