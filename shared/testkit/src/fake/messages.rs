//! An outbox to look at.

use segl_core::ports::{Answer, Mailer, Message, Texter};
use segl_core::signer::{Email, Mobile};

use super::Fake;

impl Mailer for Fake {
    async fn send_mail(&self, to: &Email, message: &Message) -> Answer<()> {
        self.call("mailer.send_mail", |world, _| {
            world.mails.push((to.clone(), message.clone()));
            Ok(())
        })
        .await
    }
}

impl Texter for Fake {
    async fn send_text(&self, to: &Mobile, text: &str) -> Answer<()> {
        self.call("texter.send_text", |world, _| {
            world.texts.push((to.clone(), text.to_owned()));
            Ok(())
        })
        .await
    }
}
