//! Two providers of identities in memory, as the service reaches them over the network.

use std::sync::Arc;

use segl_openid::exchange::{Exchange, Request, Response};
use segl_openid::provider::{self, Provider};
use segl_outbound::Failure;
use segl_testkit::identity_provider::{CLIENT, IdentityProvider};
use serde_json::json;

/// Who says who people are.
pub struct Identities {
    /// `test`: tells numbers, and reaches the level high.
    pub test: IdentityProvider,
    /// `broker`: tells numbers, and reaches the level low.
    pub broker: IdentityProvider,
}

/// The providers, answering.
pub struct IdentitiesOnline(pub Arc<Identities>);

impl Identities {
    /// Both, with nobody logged in.
    pub fn new() -> Self {
        Self { test: IdentityProvider::new("https://id.example.org"), broker: IdentityProvider::new("https://broker.example.org") }
    }

    /// What the service is configured with.
    pub fn settings(&self) -> Vec<Provider> {
        let one = |id: &str, name: &str, issuer: &str, levels| {
            json!({
                "id": id, "name": name, "issuer": issuer, "client_id": CLIENT.0, "client_secret": CLIENT.1, "number_claim": "pid",
                "levels": levels,
            })
        };
        let all = json!([
            one("test", "Test-ID", "https://id.example.org", json!({"one": "low", "two": "substantial", "three": "high"})),
            one("broker", "Broker", "https://broker.example.org", json!({"one": "low"})),
        ]);
        provider::parse(&all.to_string()).expect("a configuration")
    }
}

impl Exchange for IdentitiesOnline {
    async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let provider = if request.url.starts_with("https://broker.") { &self.0.broker } else { &self.0.test };
        let (status, body) = provider.answer(&request.url, request.form.as_deref(), request.authorization.as_deref());
        Ok(Response { status, body })
    }
}
