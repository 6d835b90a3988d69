//! One order, accepted, as a token of each filter and form. The key signs without chance (RFC 6979), so that the bytes are the same each
//! time.

use segl_core::claim_filter::ClaimFilter;
use segl_core::event::ChainHead;
use segl_core::id::Sha256;
use segl_core::jwk::PublicKey;
use segl_core::order::{Order, OrderState};
use segl_testkit::fake::{Fake, START, TokenKey};
use segl_testkit::story::Story;
use segl_tokens::issuer::{Format, Issuer};
use segl_tokens::workflow::WorkflowToken;

/// The order: people and systems have signed, and it was not removed since.
pub fn order() -> Order {
    let (organization, client) = ("DK01234567".parse().expect("an organization"), "case-system".parse().expect("a client"));
    let stories = Story::in_every_state(&Fake::new(1), &organization, &client, START);
    let accepted =
        |order: &&Order| matches!(order.state, OrderState::Accepted { .. }) && order.erased_at.is_none() && order.creator.is_some();
    stories.iter().map(Story::order).find(accepted).expect("an accepted order of people").clone()
}

/// Its token.
pub fn token(filter: ClaimFilter) -> WorkflowToken {
    let head = ChainHead { seq: 12, hash: Sha256::of(b"the head of the audit trail") };
    WorkflowToken::new(&order(), head, filter, "https://sign.example.org").expect("an accepted order has a token")
}

/// The files by name.
pub async fn files() -> Vec<(String, String)> {
    let key = TokenKey::new(1);
    let issuer = Issuer::new(&key, None).await.expect("a key on P-256");
    let set = serde_json::json!({"keys": [PublicKey::to_jwk(&key.public())]});
    let mut files = vec![("keys.json".to_owned(), format!("{set:#}\n"))];
    for filter in ClaimFilter::ALL {
        for (format, name) in [(Format::Structured, "workflow-token"), (Format::Flat, "workflow-token-v1")] {
            let signed = issuer.sign(&token(filter), format).await.expect("it signs");
            files.push((format!("{name}-{}.jwt", filter.as_str()), signed + "\n"));
        }
    }
    files
}
