//! An OpenID provider at which the clients of the tests log in to the sender's pages.

use std::sync::Arc;

use segl_openid::exchange::{Exchange, Request, Response};
use segl_openid::provider;
use segl_openid::relying_party::RelyingParty;
use segl_testkit::fake::TokenKey;
use segl_testkit::identity_provider::{CLIENT, IdentityProvider};
use serde_json::{Value, json};

use crate::world::{Credential, workflow_token_key};

/// A provider that answers as over the network.
#[derive(Clone)]
pub struct Online(pub Arc<IdentityProvider>);

impl Exchange for Online {
    async fn exchange(&self, request: Request) -> Result<Response, segl_outbound::Failure> {
        let (status, body) = self.0.answer(&request.url, request.form.as_deref(), request.authorization.as_deref());
        Ok(Response { status, body })
    }
}

/// The pages for these clients: whoever has the claim `department` of a client's organization acts as that client.
pub fn desk(online: &Online, clients: [&Credential; 2]) -> sender::Desk<Online, TokenKey> {
    let provider =
        json!([{"id": "test", "name": "Test-ID", "issuer": "https://id.example.org", "client_id": CLIENT.0, "client_secret": CLIENT.1}]);
    let member = |credential: &Credential| {
        let client = &credential.client;
        json!({"provider": "test", "claim": "departments", "value": client.organization.as_str(), "client": client.id.as_str()})
    };
    let members = sender::member::parse(&Value::from(clients.map(member).to_vec()).to_string()).expect("rules");
    let party = RelyingParty::new(provider::parse(&provider.to_string()).expect("a provider"), online.clone(), |_| TokenKey::new(3));
    sender::Desk::new(Default::default(), party, members, workflow_token_key())
}
