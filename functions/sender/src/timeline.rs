//! The audit trail in words.

use jiff::tz::TimeZone;
use segl_core::event::{Event, What};
use segl_core::id::{DocumentIndex, SignerIndex};
use segl_core::language::Language;
use segl_core::order::Order;
use segl_core::signer::Party;
use segl_wording::time::time;
use segl_wording::{fill, sender_words, words};

/// What an event says.
pub fn sentence(order: &Order, event: &Event, language: Language, zone: &TimeZone) -> String {
    let words = sender_words(language);
    let about = |text: &str, signer: SignerIndex| fill(text, &[("signer", &signer_name(order, signer, language))]);
    let of = |text: &str, document: DocumentIndex| fill(text, &[("document", &document_name(order, document))]);
    match &event.what {
        What::Created { .. } => words.ev_created.to_owned(),
        What::DocumentReady { document, .. } => of(words.ev_document, *document),
        What::DocumentRefused { document, .. } => of(words.ev_document_refused, *document),
        What::DocumentsMissing {} => words.ev_missing.to_owned(),
        What::GroupOpened { group } => fill(words.ev_turn, &[("number", &(group.as_usize() + 1).to_string())]),
        What::Invited { signer, .. } => about(words.ev_invited, *signer),
        What::DeliveryFailed { .. } => words.ev_undelivered.to_owned(),
        What::Signed { signer, .. } => about(words.ev_signed, *signer),
        What::CodeSent { signer, .. } => about(words.ev_code_sent, *signer),
        What::CodeWrong { signer } => about(words.ev_code_wrong, *signer),
        What::CodeConfirmed { signer } => about(words.ev_code_right, *signer),
        What::LogInRefused { signer, .. } => about(words.ev_log_in_refused, *signer),
        What::Blocked { signer } => about(words.ev_blocked, *signer),
        What::Unblocked { signer } => about(words.ev_unblocked, *signer),
        What::Opened { signer } => about(words.ev_opened, *signer),
        What::Read { signer, document } => of(&about(words.ev_read, *signer), *document),
        What::ReminderRequested { signer: Some(signer) } => about(words.ev_reminder, *signer),
        What::ReminderRequested { signer: None } => words.ev_reminders.to_owned(),
        What::Reminded { signer, .. } => about(words.ev_reminded, *signer),
        What::DeadlineExtended { deadline } => fill(words.ev_extended, &[("time", &time(*deadline, zone, language))]),
        What::SignerCorrected { signer, .. } => about(words.ev_corrected, *signer),
        What::Declined { signer, .. } => about(words.ev_declined, *signer),
        What::SignerAdded { signer, .. } => about(words.ev_added, *signer),
        What::RosterClosed {} => words.ev_closed.to_owned(),
        What::EveryoneSigned {} => words.ev_all_signed.to_owned(),
        What::Sealed { document, level, .. } | What::SealUpgraded { document, level, .. } => {
            fill(words.ev_sealed, &[("document", &document_name(order, *document)), ("level", level.as_str())])
        }
        What::SealRenewed { document, .. } => of(words.ev_renewed, *document),
        What::Accepted {} => words.ev_accepted.to_owned(),
        What::Rejected {} => words.ev_rejected.to_owned(),
        What::Cancelled {} => words.ev_cancelled.to_owned(),
        What::Expired {} => words.ev_expired.to_owned(),
        What::Failed { code } => fill(words.ev_failed, &[("code", code)]),
        What::OutcomeSent { .. } => words.ev_told.to_owned(),
        What::Anonymised { .. } => words.ev_anonymised.to_owned(),
        What::Held {} => words.ev_held.to_owned(),
        What::HoldReleased {} => words.ev_released.to_owned(),
        What::Erased {} => words.ev_erased.to_owned(),
    }
}

/// How a signer is called: by name, or by what is known.
pub fn signer_name(order: &Order, signer: SignerIndex, language: Language) -> String {
    let somebody = || words(language).somebody.to_owned();
    let Ok(signer) = order.signer(signer) else { return somebody() };
    match &signer.party {
        Party::Person(person) => {
            let known = [
                person.name.as_ref().map(|name| name.as_str()),
                person.email.as_ref().map(|email| email.as_str()),
                person.mobile.as_ref().map(|mobile| mobile.as_str()),
            ];
            known.into_iter().flatten().next().map_or_else(somebody, str::to_owned)
        }
        Party::System(system) => system.organization.to_string(),
        Party::Erased => somebody(),
    }
}

fn document_name(order: &Order, document: DocumentIndex) -> String {
    order.document(document).map(|document| document.title.as_str().to_owned()).unwrap_or_default()
}
