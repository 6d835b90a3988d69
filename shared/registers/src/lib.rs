//! What Segl says to the registers of Dutch case management (ZGW, "API's voor Zaakgericht Werken"): the Documenten API (DRC), the Zaken
//! API (ZRC) and the Notificaties API (NRC) of any implementation.
//!
//! Nothing here calls anybody. [`WriteBack`] is a machine that says which request comes next and is told what came of it; its
//! [`Journal`] is all that it knows, and is stored before each request that changes something. There is no transaction across
//! registers, so after a crash or a lost answer the machine looks at the register before it does anything again:
//!
//! - a document gets one new version, however often the answer to the write is lost;
//! - a lock of ours is released, also one whose identifier we never learned;
//! - the evidence document is created once, found by an `identificatie` of our own;
//! - the notification ([`Notification`]) is fixed before it is first sent and sent until it is accepted.

pub mod check;
pub mod fetch;
mod http;
mod journal;
mod message;
mod notification;
mod plan;
mod task;
mod token;
mod trouble;
mod verdict;
pub mod work;
mod write_back;

pub use http::{Body, Contents, Encoding, Method, NoAnswer, NoContents, Piece, Received, Register, Request, Response, Source, Wanted};
pub use journal::{Evidence, Journal, Part, Progress};
pub use notification::{CHANNEL, Delivery, Notification};
pub use plan::{ApiVersion, Content, EvidenceDocument, NewerVersion, Plan, RegisterTerms, Target, pdf_file_name};
pub use token::{Claims, TokenForm};
pub use trouble::{Pause, Trouble};
pub use write_back::{Outcome, Step, WriteBack};
