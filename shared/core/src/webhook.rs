//! Webhooks and the event feed: what happens to an organization's orders, told to its systems.
//!
//! Each event that concerns others owes a task `announce` in the transaction that records it. That task gives the event its position in
//! the organization's feed and owes one delivery for each endpoint that wants it, all in one transaction again: what is in the feed is
//! delivered, and what is delivered is in the feed. Messages are thin: they name what happened, and the receiver reads the order.
//! Deliveries follow the Standard Webhooks specification.

mod delivery;
mod endpoint;
mod message;
mod signature;

pub use delivery::{Attempt, Delivery, DeliveryKey, GIVE_UP_AFTER, Jitter, Reception};
pub use endpoint::{
    DISABLE_AFTER, Disabled, Endpoint, EndpointId, EndpointUrl, EndpointUrlError, MAX_ENDPOINTS, TROUBLED_AFTER, WhyDisabled,
};
pub use message::{About, Message, Topic, UnknownTopic};
pub use signature::WebhookSecret;
