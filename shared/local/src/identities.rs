//! The provider of identities that a stack is configured for: people log in there to sign, and the first example client's people to send.
//!
//! A stack does not start it, because it needs Node.js: `tests/browser/identity-provider.mjs` is the provider, and the tests run it.

use serde_json::{Value, json};

/// What the provider knows the service by. It is no secret: the provider believes everybody and is reached from this machine alone.
const SECRET: &str = "known-to-everybody";

/// The configuration for one provider, as values for the template's parameters.
#[derive(Debug, Clone)]
pub struct Identities {
    issuer: String,
}

impl Identities {
    /// The provider at a port of this machine.
    pub fn at(port: u16) -> Self {
        Self { issuer: format!("http://127.0.0.1:{port}") }
    }

    /// The provider's address.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where signers log in.
    pub fn of_signers(&self) -> String {
        let mut provider = self.provider("test-id", "Test-ID", "segl-portal");
        provider["number_claim"] = json!("pid");
        provider["levels"] = json!({"low": "low", "substantial": "substantial", "high": "high"});
        json!([provider]).to_string()
    }

    /// Where senders log in.
    pub fn of_senders(&self) -> String {
        json!([self.provider("staff", "Example Municipality", "segl-sender")]).to_string()
    }

    /// As whom senders act: the department of case work as the first example client.
    pub fn members(&self) -> String {
        json!([{"provider": "staff", "claim": "departments", "value": "case-work", "client": "municipality"}]).to_string()
    }

    fn provider(&self, id: &str, name: &str, client: &str) -> Value {
        json!({"id": id, "name": name, "issuer": self.issuer, "client_id": client, "client_secret": SECRET})
    }
}
