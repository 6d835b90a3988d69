//! Carrying messages to the receivers of webhooks, over HTTP.

use std::time::Duration;

use segl_core::ports::{Courier, Letter};
use segl_core::webhook::Reception;
use segl_outbound::{Call, Client, Content, Failure, HeaderMap, HeaderName, HeaderValue, Target, retry_at};

/// How long one try may take, from the look-up of the name to the end of the answer (Standard Webhooks recommends 15 to 30 seconds).
const TIME: Duration = Duration::from_secs(20);

/// The most that is read of an answer. Nothing is done with it: its status is the answer.
const MAX_ANSWER: usize = 64 * 1024;

/// Carries messages as the Standard Webhooks specification says. Redirects are not followed; addresses are checked when connecting.
pub struct HttpCourier {
    client: Client,
    time: Duration,
}

impl HttpCourier {
    /// A courier that waits so long as the specification recommends.
    pub fn new(client: Client) -> Self {
        Self::with_time(client, TIME)
    }

    /// A courier that waits so long for each answer.
    pub fn with_time(client: Client, time: Duration) -> Self {
        Self { client, time }
    }
}

impl Courier for HttpCourier {
    async fn carry(&self, letter: &Letter) -> Reception {
        match call(letter, self.time) {
            Ok(call) => match self.client.call(call).await {
                Ok(answer) => Reception::Answered { status: answer.status, retry_at: retry_at(&answer.fields, letter.at) },
                Err(failure) => Reception::NoAnswer(name(&failure).to_owned()),
            },
            Err(failure) => Reception::NoAnswer(name(&failure).to_owned()),
        }
    }
}

fn call(letter: &Letter, time: Duration) -> Result<Call, Failure> {
    let target: Target = letter.url.as_str().parse()?;
    let mut fields = HeaderMap::new();
    let texts = [
        ("webhook-id", letter.id.clone()),
        ("webhook-timestamp", letter.at.as_second().to_string()),
        ("webhook-signature", letter.signature.clone()),
    ];
    for (name, text) in texts {
        let value = HeaderValue::try_from(text).map_err(|error| Failure::Request(error.into()))?;
        fields.insert(HeaderName::from_static(name), value);
    }
    let content = Some(Content { media_type: "application/json", bytes: letter.body.clone() });
    Ok(Call { target, content, accept: "*/*", fields, max_len: MAX_ANSWER, time })
}

/// A failure's name in the log of deliveries. It says nothing about what is behind an address.
fn name(failure: &Failure) -> &'static str {
    match failure {
        Failure::Address(_) | Failure::Request(_) => "bad-address",
        Failure::Private => "private-address",
        Failure::Name(_) => "no-such-host",
        Failure::Connect(_) => "no-connection",
        Failure::Tls(_) => "tls",
        Failure::Time => "time-out",
        Failure::Broken(_) | Failure::Content(_) => "broken-answer",
        Failure::TooLarge(_) => "answer-too-large",
    }
}
