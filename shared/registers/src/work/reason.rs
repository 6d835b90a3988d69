//! Why an order ended without being signed, in words for an official.

use segl_core::document::{Document, DocumentState};
use segl_core::order::{Order, OrderState};
use segl_core::signer::SignerStatus;

/// The reason that the case system is told.
pub(super) fn of(order: &Order) -> String {
    match &order.state {
        OrderState::Rejected { by, .. } => match order.signer(*by).map(|signer| &signer.status) {
            Ok(SignerStatus::Declined { reason: Some(reason), .. }) => {
                format!("Een ondertekenaar heeft geweigerd te ondertekenen. Reden: {}", reason.as_str())
            }
            _ => "Een ondertekenaar heeft geweigerd te ondertekenen en gaf geen reden.".to_owned(),
        },
        OrderState::Cancelled { reason: Some(reason), .. } => {
            format!("Het verzoek om te ondertekenen is ingetrokken. Reden: {}", reason.as_str())
        }
        OrderState::Cancelled { reason: None, .. } => "Het verzoek om te ondertekenen is ingetrokken.".to_owned(),
        OrderState::Expired { .. } => "De termijn is verlopen: niet iedereen heeft op tijd ondertekend.".to_owned(),
        OrderState::Failed { reason, .. } => match refused(order) {
            Some(document) => format!("Het document ‘{}’ kan niet worden ondertekend. {reason}", document.title),
            None => format!("De documenten kunnen niet worden ondertekend. {reason}"),
        },
        // Such an order has not ended, and nobody is told of it.
        OrderState::Drafting { .. } | OrderState::Pending { .. } | OrderState::Sealing { .. } | OrderState::Accepted { .. } => {
            "Het ondertekenen is afgebroken.".to_owned()
        }
    }
}

/// The document that can never be signed, where it is known.
fn refused(order: &Order) -> Option<&Document> {
    order.documents.iter().find(|document| matches!(document.state, DocumentState::Refused(_)))
}
