//! Sessions of people who logged in, in the table. Expiry is a broom only: who reads a session compares its time.

use segl_core::id::Sha256;
use segl_core::logged_in::LoggedIn;
use segl_core::ports::{Answer, Sessions};

use super::{DYNAMODB, Store};
use crate::error::port_error;
use crate::item::{Item, ItemKey};
use crate::stored::StoredSession;

impl Sessions for Store {
    async fn put_session(&self, digest: &Sha256, session: &LoggedIn) -> Answer<()> {
        self.replace(Item::new(&ItemKey::session(digest)).body(&StoredSession::from(session)).expires(session.until)).await
    }

    async fn session(&self, digest: &Sha256) -> Answer<Option<LoggedIn>> {
        let Some(row) = self.row(&ItemKey::session(digest)).await? else { return Ok(None) };
        row.read(|row| row.body::<StoredSession>()?.try_into().map(Some))
    }

    async fn end_session(&self, digest: &Sha256) -> Answer<()> {
        let key = ItemKey::session(digest).attributes();
        let deleted = self.dynamo.delete_item().table_name(&self.table).set_key(Some(key)).send().await;
        deleted.map(drop).map_err(|error| port_error(DYNAMODB, error))
    }
}
