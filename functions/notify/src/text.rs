//! What messages say. An invitation tells nothing of the order: mailboxes and telephones have other readers, too.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::order::{Order, OrderState};
use segl_core::signer::SignerStatus;

/// One message, for each channel.
pub struct Text {
    /// The subject of the e-mail.
    pub subject: String,
    /// The body of the e-mail.
    pub mail: String,
    /// The text message.
    pub sms: String,
}

/// Asks a person to sign.
pub fn invitation(order: &Order, link: &str, zone: &TimeZone) -> Text {
    let deadline = time(order.deadline, zone);
    let organization = &order.organization;
    Text {
        subject: "A document awaits your signature".to_owned(),
        mail: format!(
            "Hello,\n\n{organization} asks you to read and sign a document. Open it here:\n\n{link}\n\n\
             You can sign until {deadline}. The link is personal: please do not pass it on.\n"
        ),
        sms: format!("{organization} asks you to sign a document until {deadline}: {link}"),
    }
}

/// Tells a signer that the sealed document can be fetched.
pub fn sealed(order: &Order, link: &str) -> Text {
    let organization = &order.organization;
    Text {
        subject: "The document you signed is complete".to_owned(),
        mail: format!(
            "Hello,\n\nall have signed the document that {organization} sent you. The sealed PDF can be fetched here:\n\n{link}\n"
        ),
        sms: format!("All have signed the document of {organization}. Fetch the sealed PDF: {link}"),
    }
}

/// Tells the creator how the order ended.
pub fn outcome(order: &Order) -> Text {
    let (subject, what) = match &order.state {
        OrderState::Accepted { .. } => ("Signed by all", "All have signed, and the sealed document is ready.".to_owned()),
        OrderState::Rejected { by, .. } => ("Declined", declined(order, *by)),
        OrderState::Cancelled { .. } => ("Cancelled", "The order was cancelled.".to_owned()),
        OrderState::Expired { .. } => ("Expired", "It was not signed by all before its deadline.".to_owned()),
        OrderState::Failed { reason, .. } => ("Cannot be sealed", reason.clone()),
        state => ("Under way", format!("The order is {}.", state.name())),
    };
    let (title, id) = (&order.title, order.id);
    Text {
        subject: format!("{subject}: {title}"),
        mail: format!("Hello,\n\nabout your signing order \"{title}\" ({id}):\n\n{what}\n"),
        sms: format!("Signing order {id}: {what}"),
    }
}

fn declined(order: &Order, by: segl_core::id::SignerIndex) -> String {
    match order.signers.get(by.as_usize()).map(|signer| &signer.status) {
        Some(SignerStatus::Declined { reason: Some(reason), .. }) => format!("A signer declined and gave this reason: {reason}"),
        _ => "A signer declined.".to_owned(),
    }
}

fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M (%Z)").to_string()
}
