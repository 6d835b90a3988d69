//! What the audit trail says, one sentence for each event.

mod da;
mod en;
mod nb;
mod nl;
mod sv;

use jiff::tz::TimeZone;
use segl_core::event::What;
use segl_core::id::{DocumentIndex, SignerIndex};
use segl_core::language::Language;

use crate::fill;
use crate::time::time;

/// A sentence for each event in one language; see [`crate::Words`].
#[derive(Debug, PartialEq, Eq)]
struct EventWords {
    created: &'static str,
    document: &'static str,
    document_refused: &'static str,
    missing: &'static str,
    turn: &'static str,
    invited: &'static str,
    undelivered: &'static str,
    signed: &'static str,
    code_sent: &'static str,
    code_wrong: &'static str,
    log_in_refused: &'static str,
    code_right: &'static str,
    blocked: &'static str,
    unblocked: &'static str,
    opened: &'static str,
    read: &'static str,
    reminder: &'static str,
    reminders: &'static str,
    reminded: &'static str,
    extended: &'static str,
    corrected: &'static str,
    declined: &'static str,
    added: &'static str,
    closed: &'static str,
    all_signed: &'static str,
    sealed: &'static str,
    renewed: &'static str,
    accepted: &'static str,
    rejected: &'static str,
    cancelled: &'static str,
    expired: &'static str,
    failed: &'static str,
    told: &'static str,
    anonymised: &'static str,
    held: &'static str,
    released: &'static str,
    erased: &'static str,
}

fn event_words(language: Language) -> &'static EventWords {
    match language {
        Language::English => &en::WORDS,
        Language::Norwegian => &nb::WORDS,
        Language::Danish => &da::WORDS,
        Language::Swedish => &sv::WORDS,
        Language::Dutch => &nl::WORDS,
    }
}

/// What an event says. How signers and documents are called is up to who shows it.
pub fn sentence(
    what: &What,
    language: Language,
    zone: &TimeZone,
    signer_name: impl Fn(SignerIndex) -> String,
    document_name: impl Fn(DocumentIndex) -> String,
) -> String {
    let words = event_words(language);
    let about = |text: &str, signer: SignerIndex| fill(text, &[("signer", &signer_name(signer))]);
    let of = |text: &str, document: DocumentIndex| fill(text, &[("document", &document_name(document))]);
    match what {
        What::Created { .. } => words.created.to_owned(),
        What::DocumentReady { document, .. } => of(words.document, *document),
        What::DocumentRefused { document, .. } => of(words.document_refused, *document),
        What::DocumentsMissing {} => words.missing.to_owned(),
        What::GroupOpened { group } => fill(words.turn, &[("number", &(group.as_usize() + 1).to_string())]),
        What::Invited { signer, .. } => about(words.invited, *signer),
        What::DeliveryFailed { .. } => words.undelivered.to_owned(),
        What::Signed { signer, .. } => about(words.signed, *signer),
        What::CodeSent { signer, .. } => about(words.code_sent, *signer),
        What::CodeWrong { signer } => about(words.code_wrong, *signer),
        What::CodeConfirmed { signer } => about(words.code_right, *signer),
        What::LogInRefused { signer, .. } => about(words.log_in_refused, *signer),
        What::Blocked { signer } => about(words.blocked, *signer),
        What::Unblocked { signer } => about(words.unblocked, *signer),
        What::Opened { signer } => about(words.opened, *signer),
        What::Read { signer, document } => of(&about(words.read, *signer), *document),
        What::ReminderRequested { signer: Some(signer) } => about(words.reminder, *signer),
        What::ReminderRequested { signer: None } => words.reminders.to_owned(),
        What::Reminded { signer, .. } => about(words.reminded, *signer),
        What::DeadlineExtended { deadline } => fill(words.extended, &[("time", &time(*deadline, zone, language))]),
        What::SignerCorrected { signer, .. } => about(words.corrected, *signer),
        What::Declined { signer, .. } => about(words.declined, *signer),
        What::SignerAdded { signer, .. } => about(words.added, *signer),
        What::RosterClosed {} => words.closed.to_owned(),
        What::EveryoneSigned {} => words.all_signed.to_owned(),
        What::Sealed { document, level, .. } | What::SealUpgraded { document, level, .. } => {
            fill(words.sealed, &[("document", &document_name(*document)), ("level", level.as_str())])
        }
        What::SealRenewed { document, .. } => of(words.renewed, *document),
        What::Accepted {} => words.accepted.to_owned(),
        What::Rejected {} => words.rejected.to_owned(),
        What::Cancelled {} => words.cancelled.to_owned(),
        What::Expired {} => words.expired.to_owned(),
        What::Failed { code } => fill(words.failed, &[("code", code)]),
        What::OutcomeSent { .. } => words.told.to_owned(),
        What::Anonymised { .. } => words.anonymised.to_owned(),
        What::Held {} => words.held.to_owned(),
        What::HoldReleased {} => words.released.to_owned(),
        What::Erased {} => words.erased.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::assert_translated;

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        for language in Language::ALL {
            assert_translated(language, event_words(language), &en::WORDS, 36);
        }
    }
}
