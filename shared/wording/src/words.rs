//! Every text there is.

use segl_core::language::Language;

use crate::{da, en, nb, nl, sv};

/// Every text in one language. Places in braces are filled by [`crate::fill`]; a test sees that each language has the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Who asks, above the title.
    pub asks: &'static str,
    /// Until when.
    pub until: &'static str,
    /// Heading.
    pub documents: &'static str,
    /// Heading.
    pub sealed_documents: &'static str,
    /// How long a document is.
    pub one_page: &'static str,
    /// How long a document is.
    pub pages: &'static str,
    /// Above the image of a page.
    pub page_of: &'static str,
    /// What an image is, for those who do not see it.
    pub page_image: &'static str,
    /// Opens the text of a page.
    pub page_text: &'static str,
    /// Instead of the text of a page.
    pub no_text: &'static str,
    /// Instead of images.
    pub no_images: &'static str,
    /// Below the images, where there are fewer than pages.
    pub some_images: &'static str,
    /// Fetches a document.
    pub download: &'static str,
    /// Opens a page in full size.
    pub enlarge: &'static str,
    /// Heading above what is remarkable about a document.
    pub remarkable: &'static str,
    /// Heading.
    pub signers: &'static str,
    /// Behind one's own name.
    pub you: &'static str,
    /// A signer without a name.
    pub somebody: &'static str,
    /// How far a signer is.
    pub is_waiting: &'static str,
    /// How far a signer is.
    pub is_open: &'static str,
    /// How far a signer is.
    pub has_signed: &'static str,
    /// How far a signer is.
    pub has_declined: &'static str,
    /// How far a signer is.
    pub not_needed: &'static str,
    /// Heading above the form.
    pub signature: &'static str,
    /// Beside the box to tick.
    pub consent_one: &'static str,
    /// Beside the box to tick.
    pub consent_many: &'static str,
    /// Button.
    pub sign: &'static str,
    /// Opens the form to decline.
    pub wont_sign: &'static str,
    /// Above the field.
    pub reason: &'static str,
    /// Button.
    pub decline: &'static str,
    /// When the box was not ticked.
    pub tick_first: &'static str,
    /// When something changed meanwhile.
    pub too_late: &'static str,
    /// How things stand.
    pub you_signed: &'static str,
    /// How things stand.
    pub others_sign: &'static str,
    /// How things stand.
    pub being_sealed: &'static str,
    /// How things stand.
    pub all_signed: &'static str,
    /// How things stand.
    pub you_declined: &'static str,
    /// How things stand.
    pub drafting: &'static str,
    /// How things stand.
    pub not_yet: &'static str,
    /// How things stand.
    pub others_declined: &'static str,
    /// How things stand.
    pub taken_back: &'static str,
    /// How things stand.
    pub time_over: &'static str,
    /// How things stand.
    pub failed: &'static str,
    /// How things stand.
    pub enough_signed: &'static str,
    /// Leads back to the sender.
    pub back: &'static str,
    /// Heading.
    pub code_heading: &'static str,
    /// Before a code is sent.
    pub code_by_sms: &'static str,
    /// Before a code is sent.
    pub code_by_email: &'static str,
    /// Button.
    pub send_code: &'static str,
    /// Above the field.
    pub code_sent: &'static str,
    /// Label of the field.
    pub code_label: &'static str,
    /// Button.
    pub proceed: &'static str,
    /// Button.
    pub another_code: &'static str,
    /// After a wrong code.
    pub code_wrong: &'static str,
    /// After a code that has lapsed.
    pub code_lapsed: &'static str,
    /// When codes are asked for too often.
    pub code_too_soon: &'static str,
    /// When sending failed.
    pub code_not_sent: &'static str,
    /// Heading.
    pub log_in_heading: &'static str,
    /// Before a log-in.
    pub log_in_portal: &'static str,
    /// Before a log-in.
    pub log_in_to_sign: &'static str,
    /// After a log-in at too low a level.
    pub log_in_higher: &'static str,
    /// After a log-in as somebody else.
    pub log_in_other: &'static str,
    /// Begins a log-in.
    pub log_in_with: &'static str,
    /// A level of assurance.
    pub level_low: &'static str,
    /// A level of assurance.
    pub level_substantial: &'static str,
    /// A level of assurance.
    pub level_high: &'static str,
    /// Where no provider does.
    pub no_log_in: &'static str,
    /// Heading of the list in the portal.
    pub tasks_heading: &'static str,
    /// Above the button that logs out.
    pub logged_in_as: &'static str,
    /// Heading.
    pub awaiting: &'static str,
    /// Instead of the list.
    pub nothing_awaits: &'static str,
    /// Heading.
    pub recent: &'static str,
    /// In the list, instead of a title.
    pub needs_more: &'static str,
    /// Button.
    pub log_out: &'static str,
    /// Page after the log-out.
    pub logged_out_heading: &'static str,
    /// Page after the log-out.
    pub logged_out_text: &'static str,
    /// Leads to the provider's log-out.
    pub log_out_there: &'static str,
    /// Leads back to the portal.
    pub log_in_again: &'static str,
    /// Page after a log-in that failed.
    pub not_logged_in_heading: &'static str,
    /// Page after a log-in that failed.
    pub not_logged_in_text: &'static str,
    /// Leads back to the list.
    pub to_tasks: &'static str,
    /// Ends an invitation to the portal.
    pub in_portal: &'static str,
    /// Page for no link.
    pub unknown_heading: &'static str,
    /// Page for no link.
    pub unknown_text: &'static str,
    /// Page for a link that opened once.
    pub used_heading: &'static str,
    /// Page for a link that opened once.
    pub used_text: &'static str,
    /// Page of an erased order.
    pub removed_heading: &'static str,
    /// Page of an erased order.
    pub removed_text: &'static str,
    /// Page of a blocked signer.
    pub blocked_heading: &'static str,
    /// Page of a blocked signer.
    pub blocked_text: &'static str,
    /// Page of an order that ended, for one who has not shown who it is.
    pub ended_heading: &'static str,
    /// Page for a form that is not ours.
    pub malformed_heading: &'static str,
    /// Page for a form that is not ours.
    pub malformed_text: &'static str,
    /// Page when something does not answer.
    pub busy_heading: &'static str,
    /// Page when something does not answer.
    pub busy_text: &'static str,
    /// Page when something is broken.
    pub broken_heading: &'static str,
    /// Page when something is broken.
    pub broken_text: &'static str,
    /// Page of a sealed order: heading.
    pub proof_heading: &'static str,
    /// Page of a sealed order: what it is good for.
    pub proof_text: &'static str,
    /// Before the id of the order.
    pub proof_order: &'static str,
    /// Before the time at which the order was completed.
    pub proof_completed: &'static str,
    /// Heading above the digests of a document.
    pub proof_document: &'static str,
    /// Before the digest of a document as it was signed.
    pub proof_original: &'static str,
    /// Before the digest of a sealed file.
    pub proof_file: &'static str,
    /// Begins a message.
    pub hello: &'static str,
    /// Subject.
    pub invitation_subject: &'static str,
    /// Message.
    pub invitation: &'static str,
    /// Link in a message.
    pub open: &'static str,
    /// Ends an invitation.
    pub personal: &'static str,
    /// Text message.
    pub invitation_sms: &'static str,
    /// Subject.
    pub reminder_subject: &'static str,
    /// Message.
    pub reminder: &'static str,
    /// Text message.
    pub reminder_sms: &'static str,
    /// Subject.
    pub code_subject: &'static str,
    /// Message and text message.
    pub code: &'static str,
    /// Subject.
    pub sealed_subject: &'static str,
    /// Message.
    pub sealed: &'static str,
    /// Link in a message.
    pub fetch: &'static str,
    /// Text message.
    pub sealed_sms: &'static str,
    /// Subject, to the creator.
    pub warning_subject: &'static str,
    /// Message to the creator.
    pub warning: &'static str,
    /// Message to the creator.
    pub about: &'static str,
    /// Subject, to the creator.
    pub accepted_subject: &'static str,
    /// Message to the creator.
    pub accepted: &'static str,
    /// Subject, to the creator.
    pub rejected_subject: &'static str,
    /// Message to the creator.
    pub rejected: &'static str,
    /// Message to the creator.
    pub rejected_because: &'static str,
    /// Subject, to the creator.
    pub cancelled_subject: &'static str,
    /// Message to the creator.
    pub cancelled: &'static str,
    /// Subject, to the creator.
    pub expired_subject: &'static str,
    /// Message to the creator.
    pub expired: &'static str,
    /// Subject, to the creator.
    pub failed_subject: &'static str,
    /// Subject, to who is told what concerns an organization.
    pub webhook_subject: &'static str,
    /// That a webhook was switched off, because it is gone.
    pub webhook_gone: &'static str,
    /// That a webhook was switched off, because it failed for too long.
    pub webhook_failing: &'static str,
    /// What to do about it.
    pub webhook_again: &'static str,
    /// The names of the months, as they stand in dates.
    pub months: [&'static str; 12],
    /// What inspection can find in a document, by its code.
    pub findings: [(&'static str, &'static str); 25],
    /// Why a document cannot be signed and what to do, by the code of the refusal.
    pub refusals: [(&'static str, &'static str); 12],
}

/// The texts of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::Norwegian => &nb::WORDS,
        Language::Danish => &da::WORDS,
        Language::Swedish => &sv::WORDS,
        Language::Dutch => &nl::WORDS,
    }
}

impl Words {
    /// What was found in a document, by the code of the finding; none where a code has no text yet.
    pub fn finding(&self, code: &str) -> Option<&'static str> {
        text_of(&self.findings, code)
    }

    /// Why a document cannot be signed, by the code of the refusal; none where the code is not one of a document's content.
    pub fn refusal(&self, code: &str) -> Option<&'static str> {
        text_of(&self.refusals, code)
    }
}

fn text_of(texts: &[(&'static str, &'static str)], code: &str) -> Option<&'static str> {
    texts.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::Debug;

    use super::*;

    /// The names in braces of a text, in any sequence.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<_> = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
        places.sort_unstable();
        places
    }

    /// Every text with the name of its field.
    fn all(words: &impl Debug) -> Vec<(String, String)> {
        let debug = format!("{words:#?}");
        debug.lines().filter_map(|line| line.trim().split_once(": \"")).map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    /// Asserts that a language has what English has, which is more than so many texts.
    pub fn assert_translated<W: Debug>(language: Language, words: &W, english: &W, more_than: usize) {
        let english = all(english);
        assert!(english.len() > more_than, "{}", english.len());
        for ((name, text), (also, original)) in all(words).iter().zip(&english) {
            assert_eq!(name, also);
            assert!(text.len() > 2, "{language:?} {name} is empty");
            assert_eq!(places(text), places(original), "{language:?} {name}");
        }
        let translated = all(words).iter().zip(&english).filter(|(one, other)| one != other).count();
        assert!(language == Language::English || translated * 10 > english.len() * 9, "{language:?} is not translated");
    }

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        for language in Language::ALL {
            let words = words(language);
            let codes = |words: &Words| (words.findings.map(|(code, _)| code), words.refusals.map(|(code, _)| code));
            assert_eq!(codes(words), codes(&en::WORDS), "{language:?}");
            assert_translated(language, words, &en::WORDS, 80);
        }
    }
}
