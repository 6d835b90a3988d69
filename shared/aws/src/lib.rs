//! DynamoDB, S3, KMS, SES, SNS and Secrets Manager behind the ports of `segl-core`; the formats in which things are stored; the records by which
//! DynamoDB and S3 tell of changes.
//!
//! - [`config::Aws`] holds the SDK's clients, set up once at start-up.
//! - [`store::Store`] is the table and the bucket: `Orders`, `Tasks`, `Clients`, `Directory`, `Links`, `Objects`, `Clock`, `Entropy`.
//! - [`keys`] has the seal key and the root key, [`messages`] e-mail and SMS, [`register_secrets`] those of registers.
//! - [`records`] reads what wakes a function.
//!
//! Architecture invariant: no type of the SDK leaves this crate but as the cause of a `PortError` (and in [`config`]); no other crate
//! knows how an item looks.

pub mod config;
mod error;
mod item;
pub mod keys;
pub mod messages;
mod objects;
pub mod records;
pub mod register_secrets;
pub mod store;
mod stored;
