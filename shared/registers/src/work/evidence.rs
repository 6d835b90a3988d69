//! The evidence document: who signed what, when and how, with the audit trail up to the end of signing.

use segl_core::event::{Event, What};
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::{Order, OrderState};
use segl_core::ports::Orders;
use segl_core::use_case::Error;
use serde::Serialize;

pub(super) const FILE_NAME: &str = "bewijs-van-ondertekening.json";
pub(super) const MEDIA_TYPE: &str = "application/json";

/// How many events are read at a time.
const PAGE: usize = 100;

#[derive(Serialize)]
struct Evidence<'a> {
    /// The version of this format.
    format: u32,
    order: OrderId,
    documents: Vec<Document<'a>>,
    audit_trail: AuditTrail<'a>,
}

#[derive(Serialize)]
struct Document<'a> {
    document: DocumentIndex,
    title: &'a str,
    sha256: Option<Sha256>,
}

#[derive(Serialize)]
struct AuditTrail<'a> {
    /// The hash of the last event: each event's `hash` is SHA-256 over its canonical JSON (RFC 8785) without `hash`.
    head: Sha256,
    events: &'a [Event],
}

/// The evidence, the same each time it is asked for: what happens to an order after it was accepted is not in it.
pub(super) async fn bytes<P: Orders>(ports: &P, order: &Order) -> Result<Vec<u8>, Error> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = ports.events(order.id, after, PAGE).await?;
        let last = page.len() < PAGE;
        for event in page {
            let end = matches!(event.what, What::Accepted {});
            events.push(event);
            if end {
                return Ok(document(order, &events));
            }
        }
        if last {
            return Ok(document(order, &events));
        }
    }
}

fn document(order: &Order, events: &[Event]) -> Vec<u8> {
    let accepted = matches!(order.state, OrderState::Accepted { .. });
    let documents = (0..).map(DocumentIndex).zip(&order.documents).map(|(document, found)| Document {
        document,
        title: found.title.as_str(),
        // What was signed. The sealed file begins with it.
        sha256: found.facts().filter(|_| accepted).map(|facts| facts.sha256),
    });
    let evidence = Evidence {
        format: 1,
        order: order.id,
        documents: documents.collect(),
        audit_trail: AuditTrail { head: events.last().map_or(Sha256([0; 32]), |event| event.hash), events },
    };
    serde_json::to_vec_pretty(&evidence).expect("evidence has string keys and whole numbers only, which JSON can express")
}
