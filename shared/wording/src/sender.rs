//! Every text of the sender's pages.

mod da;
mod en;
mod nb;
mod nl;
mod sv;

use segl_core::language::Language;

/// Every text of the sender's pages in one language; see [`crate::Words`].
#[derive(Debug, PartialEq, Eq)]
pub struct SenderWords {
    /// Page for one who is not logged in.
    pub log_in_heading: &'static str,
    /// Page for one who is not logged in.
    pub log_in_text: &'static str,
    /// Link.
    pub log_in_with: &'static str,
    /// Button.
    pub log_out: &'static str,
    /// Page when logging in failed.
    pub failed_heading: &'static str,
    /// Page when logging in failed.
    pub failed_text: &'static str,
    /// Page for one whose organization is not known, or who may not do this.
    pub stranger_text: &'static str,
    /// Page for what is not there.
    pub nothing_heading: &'static str,
    /// Page for what is not there.
    pub nothing_text: &'static str,
    /// Heading.
    pub orders: &'static str,
    /// Link and heading.
    pub new_order: &'static str,
    /// Link.
    pub back: &'static str,
    /// Label.
    pub search: &'static str,
    /// Label.
    pub state: &'static str,
    /// Choice.
    pub any_state: &'static str,
    /// Label.
    pub created_from: &'static str,
    /// Label.
    pub created_until: &'static str,
    /// Button.
    pub show: &'static str,
    /// Instead of a list.
    pub none_found: &'static str,
    /// Link.
    pub older: &'static str,
    /// Below a title.
    pub created_at: &'static str,
    /// Label.
    pub title: &'static str,
    /// Label.
    pub message: &'static str,
    /// Behind a label.
    pub optional: &'static str,
    /// Label.
    pub deadline: &'static str,
    /// Label.
    pub files: &'static str,
    /// Below the field, where no script runs.
    pub files_help: &'static str,
    /// Legend.
    pub signer: &'static str,
    /// Opens further fields.
    pub more_signers: &'static str,
    /// Label.
    pub name: &'static str,
    /// Label.
    pub email: &'static str,
    /// Label.
    pub mobile: &'static str,
    /// Label.
    pub method: &'static str,
    /// Choice.
    pub method_none: &'static str,
    /// Choice.
    pub method_email: &'static str,
    /// Choice.
    pub method_sms: &'static str,
    /// Choice.
    pub method_eid: &'static str,
    /// Label.
    pub number: &'static str,
    /// Label.
    pub turn: &'static str,
    /// Below the signers.
    pub turn_help: &'static str,
    /// Beside a box to tick.
    pub tell_signers: &'static str,
    /// Button.
    pub send: &'static str,
    /// Above what is to be corrected.
    pub wrong: &'static str,
    /// While files are sent; a script fills in the number.
    pub uploading: &'static str,
    /// When sending files failed.
    pub not_uploaded: &'static str,
    /// How long there is.
    pub until: &'static str,
    /// How things stand.
    pub waits_documents: &'static str,
    /// How things stand.
    pub waits_signatures: &'static str,
    /// How things stand.
    pub waits_signers: &'static str,
    /// How things stand.
    pub waits_seal: &'static str,
    /// How things stand.
    pub waits_nothing: &'static str,
    /// Link.
    pub sealed: &'static str,
    /// Heading.
    pub records: &'static str,
    /// Link.
    pub evidence: &'static str,
    /// Link.
    pub evidence_archive: &'static str,
    /// Link.
    pub token: &'static str,
    /// Page while evidence is made.
    pub being_made_heading: &'static str,
    /// Page while evidence is made.
    pub being_made_text: &'static str,
    /// Link.
    pub trail: &'static str,
    /// Heading.
    pub timeline: &'static str,
    /// Below an event, who of the organization caused it.
    pub by: &'static str,
    /// Button.
    pub remind: &'static str,
    /// Button.
    pub remind_all: &'static str,
    /// Button.
    pub extend: &'static str,
    /// Opens a form.
    pub correct: &'static str,
    /// Button.
    pub save: &'static str,
    /// Button.
    pub unblock: &'static str,
    /// Beside a signer.
    pub is_blocked: &'static str,
    /// Button and what opens it.
    pub cancel: &'static str,
    /// Label.
    pub reason: &'static str,
    /// When an act was refused.
    pub not_done: &'static str,
    /// The states of an order, by their names.
    pub states: [(&'static str, &'static str); 8],
}

/// The texts of a language.
pub fn sender_words(language: Language) -> &'static SenderWords {
    match language {
        Language::English => &en::WORDS,
        Language::Norwegian => &nb::WORDS,
        Language::Danish => &da::WORDS,
        Language::Swedish => &sv::WORDS,
        Language::Dutch => &nl::WORDS,
    }
}

impl SenderWords {
    /// A state in words, by its name.
    pub fn state(&self, name: &str) -> &'static str {
        self.states.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::assert_translated;

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        for language in Language::ALL {
            let words = sender_words(language);
            assert_eq!(words.states.map(|(name, _)| name), en::WORDS.states.map(|(name, _)| name));
            assert_translated(language, words, &en::WORDS, 60);
        }
    }
}
