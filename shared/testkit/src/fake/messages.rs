//! An outbox to look at.

use segl_core::ports::{Answer, Courier, Letter, Mailer, Message, Texter};
use segl_core::signer::{Email, Mobile};
use segl_core::webhook::Reception;

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

/// A call that fails is one without an answer, whether or not the message arrived.
impl Courier for Fake {
    async fn carry(&self, letter: &Letter) -> Reception {
        let carried = self.call("courier.carry", |world, _| {
            world.letters.push(letter.clone());
            Ok(world.receptions.get(letter.url.as_str()).cloned())
        });
        match carried.await {
            Ok(reception) => reception.unwrap_or(Reception::Answered { status: 204, retry_at: None }),
            Err(_) => Reception::NoAnswer("time-out".to_owned()),
        }
    }
}
