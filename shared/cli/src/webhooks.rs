//! `segl webhook`: the endpoints of a client, for operators.

use std::collections::BTreeSet;
use std::fmt;

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use segl_core::client::Client;
use segl_core::id::ClientId;
use segl_core::ports::{Clients, Clock, Entropy, Orders, Webhooks};
use segl_core::refusal::Refusal;
use segl_core::root_key::RootKey;
use segl_core::use_case;
use segl_core::use_case::webhooks::{self, EndpointChange, Replay};
use segl_core::webhook::{Endpoint, EndpointId, EndpointUrl, EndpointUrlError, Topic};
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::service::ServiceOptions;

/// `segl webhook`.
#[derive(Debug, Args)]
pub struct WebhookArguments {
    #[command(flatten)]
    service: ServiceOptions,
    /// The client whose webhooks they are
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(subcommand)]
    command: WebhookCommand,
}

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Have events delivered to an address; prints the secret, this once
    Create {
        /// Where to
        #[arg(value_parser = url)]
        url: EndpointUrl,
        /// A type of events that is delivered, such as order.accepted; all where none is given
        #[arg(long = "event", value_name = "TYPE")]
        events: Vec<Topic>,
    },
    /// List the client's webhooks, without secrets
    List,
    /// Switch a webhook off
    Disable {
        /// The webhook's id
        id: EndpointId,
    },
    /// Switch a webhook on again, also one that was switched off because it failed
    Enable {
        /// The webhook's id
        id: EndpointId,
    },
    /// Remove a webhook
    Remove {
        /// The webhook's id
        id: EndpointId,
    },
    /// Give a webhook a new secret; prints it, this once
    RotateSecret {
        /// The webhook's id
        id: EndpointId,
        /// How long deliveries are signed by the secret before, too, at most 720h
        #[arg(long, default_value = "24h", value_name = "TIME")]
        overlap: SignedDuration,
    },
    /// Have a test event delivered
    Test {
        /// The webhook's id
        id: EndpointId,
    },
    /// Have events delivered again, by their positions in the feed
    Replay {
        /// The webhook's id
        id: EndpointId,
        /// The first position
        first: u64,
        /// The last position; the first one alone where left out
        last: Option<u64>,
        /// Leave out what has arrived
        #[arg(long)]
        failed_only: bool,
    },
}

fn url(raw: &str) -> Result<EndpointUrl, EndpointUrlError> {
    EndpointUrl::parse(raw)
}

impl WebhookArguments {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Error::Service`] when the client or the webhook does not exist, the rules do not allow it, or the service does not answer.
    pub async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let (store, root) = self.service.store_with_root_key().await?;
        output.show(&run(&store, &root, &self.client, self.command).await?)
    }
}

async fn run<P: Clients + Orders + Webhooks + Clock + Entropy>(
    ports: &P,
    root: &RootKey,
    client: &ClientId,
    command: WebhookCommand,
) -> Result<Outcome, Error> {
    let client = client_of(ports, client).await?;
    let view = |endpoint: &Endpoint, reveal: bool| View::of(endpoint, root, reveal);
    let switch = |enabled| EndpointChange { enabled: Some(enabled), ..EndpointChange::default() };
    Ok(match command {
        WebhookCommand::Create { url, events } => {
            let topics: BTreeSet<_> = events.into_iter().collect();
            Outcome::Webhooks { webhooks: vec![view(&webhooks::add(ports, None, &client, url, topics).await?, true)] }
        }
        WebhookCommand::List => {
            let all = webhooks::list(ports, &client).await?;
            Outcome::Webhooks { webhooks: all.iter().map(|endpoint| view(endpoint, false)).collect() }
        }
        WebhookCommand::Disable { id } => {
            Outcome::Webhooks { webhooks: vec![view(&webhooks::change(ports, None, &client, id, switch(false)).await?, false)] }
        }
        WebhookCommand::Enable { id } => {
            Outcome::Webhooks { webhooks: vec![view(&webhooks::change(ports, None, &client, id, switch(true)).await?, false)] }
        }
        WebhookCommand::Remove { id } => {
            webhooks::remove(ports, None, &client, id).await?;
            Outcome::Webhooks { webhooks: Vec::new() }
        }
        WebhookCommand::RotateSecret { id, overlap } => {
            Outcome::Webhooks { webhooks: vec![view(&webhooks::rotate_secret(ports, None, &client, id, overlap).await?, true)] }
        }
        WebhookCommand::Test { id } => {
            webhooks::test(ports, &client, id).await?;
            Outcome::Owed { deliveries: 1 }
        }
        WebhookCommand::Replay { id, first, last, failed_only } => {
            let replay = Replay { first, last: last.unwrap_or(first), failed_only };
            Outcome::Owed { deliveries: webhooks::replay(ports, &client, id, replay).await? }
        }
    })
}

async fn client_of<P: Clients>(ports: &P, id: &ClientId) -> Result<Client, use_case::Error> {
    let found = ports.client(id).await?;
    Ok(found.ok_or_else(|| Refusal::invalid("client", "there is no such client"))?)
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Webhooks { webhooks: Vec<View> },
    Owed { deliveries: usize },
}

#[derive(Debug, Serialize)]
struct View {
    id: String,
    url: String,
    events: Vec<&'static str>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl View {
    fn of(endpoint: &Endpoint, root: &RootKey, reveal: bool) -> Self {
        let secret = root.webhook_secret(endpoint.id, endpoint.secret_generation);
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url.as_str().to_owned(),
            events: endpoint.topics.iter().map(|topic| topic.as_str()).collect(),
            enabled: endpoint.disabled.is_none(),
            disabled_reason: endpoint.disabled.map(|disabled| disabled.why.as_str()),
            failing_since: endpoint.failing_since,
            public_key: secret.public_key(),
            secret: reveal.then(|| secret.reveal()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owed { deliveries } => writeln!(f, "{deliveries} to be delivered"),
            Self::Webhooks { webhooks } => webhooks.iter().try_for_each(|webhook| webhook.fmt(f)),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.disabled_reason, self.failing_since) {
            (Some(reason), _) => format!("off ({reason})"),
            (None, Some(since)) => format!("failing since {since}"),
            (None, None) => "on".to_owned(),
        };
        let events = if self.events.is_empty() { "all events".to_owned() } else { self.events.join(", ") };
        writeln!(f, "{}  {state}  {}  {events}", self.id, self.url)?;
        if let Some(secret) = &self.secret {
            writeln!(f, "  secret      {secret}\n  public key  {}", self.public_key)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use segl_core::ports::Clients as _;
    use segl_testkit::fake::Fake;
    use segl_testkit::story;

    use super::*;

    #[tokio::test]
    async fn a_webhook_goes_through_its_life() {
        let fake = Fake::default();
        let client = story::client(&fake, &"DK01234567".parse().unwrap(), "");
        fake.put_client(&client).await.unwrap();
        let root = fake.root();
        let act = async |command| run(&fake, &root, &client.id, command).await.map(|outcome| serde_json::to_value(&outcome).unwrap());
        let created = act(WebhookCommand::Create { url: url("https://example.org/h").unwrap(), events: Vec::new() }).await.unwrap();
        assert!(created["webhooks"][0]["secret"].as_str().unwrap().starts_with("whsec_"));
        let id = created["webhooks"][0]["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(act(WebhookCommand::Disable { id }).await.unwrap()["webhooks"][0]["disabled_reason"], "by-owner");
        assert!(act(WebhookCommand::Test { id }).await.is_err(), "it is off");
        assert_eq!(act(WebhookCommand::Enable { id }).await.unwrap()["webhooks"][0]["enabled"], true);
        assert_eq!(act(WebhookCommand::Test { id }).await.unwrap()["deliveries"], 1);
        let overlap = SignedDuration::from_hours(1);
        let rotated = act(WebhookCommand::RotateSecret { id, overlap }).await.unwrap();
        assert_ne!(rotated["webhooks"][0]["secret"], created["webhooks"][0]["secret"]);
        act(WebhookCommand::Remove { id }).await.unwrap();
        assert_eq!(act(WebhookCommand::List).await.unwrap()["webhooks"].as_array().unwrap().len(), 0);
        let nobody = "nobody-at-all".parse().unwrap();
        assert!(run(&fake, &root, &nobody, WebhookCommand::List).await.is_err());
    }
}
