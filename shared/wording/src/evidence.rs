//! Every text of the page of evidence.

mod da;
mod en;
mod nb;
mod nl;
mod sv;

use segl_core::language::Language;

/// Every text of the page of evidence in one language; see [`crate::Words`].
#[derive(Debug, PartialEq, Eq)]
pub struct EvidenceWords {
    /// Title of the file, with the number of the order.
    pub title: &'static str,
    /// Heading, and why the file is sealed.
    pub heading: &'static str,
    /// Label.
    pub name_of_order: &'static str,
    /// Label.
    pub order: &'static str,
    /// Label.
    pub organization: &'static str,
    /// Label.
    pub created: &'static str,
    /// After a label.
    pub created_by: &'static str,
    /// Label.
    pub deadline: &'static str,
    /// Label.
    pub state: &'static str,
    /// Label.
    pub erased: &'static str,
    /// Label.
    pub trail: &'static str,
    /// After a label.
    pub trail_facts: &'static str,
    /// Heading.
    pub documents: &'static str,
    /// Heading.
    pub document: &'static str,
    /// Label.
    pub digest: &'static str,
    /// Label.
    pub size: &'static str,
    /// After a label.
    pub size_facts: &'static str,
    /// Label.
    pub repaired: &'static str,
    /// After a label.
    pub repaired_facts: &'static str,
    /// Label.
    pub found: &'static str,
    /// Label.
    pub sealed: &'static str,
    /// Heading.
    pub signers: &'static str,
    /// Heading, and how a signer is called whose data is elsewhere on the page.
    pub signer: &'static str,
    /// Label.
    pub who: &'static str,
    /// Instead of a name.
    pub removed: &'static str,
    /// Instead of a name.
    pub any_system: &'static str,
    /// Label.
    pub decision: &'static str,
    /// After a label.
    pub undecided: &'static str,
    /// After a label.
    pub declined: &'static str,
    /// Label.
    pub reason: &'static str,
    /// After a label.
    pub signed: &'static str,
    /// Label.
    pub recognised: &'static str,
    /// Label.
    pub from: &'static str,
    /// Label.
    pub claims: &'static str,
    /// Label.
    pub digests: &'static str,
    /// Label.
    pub images: &'static str,
    /// Label.
    pub own_signature: &'static str,
    /// Heading.
    pub clerks: &'static str,
    /// Heading.
    pub clerk: &'static str,
    /// Label.
    pub name: &'static str,
    /// Label.
    pub role: &'static str,
    /// Label.
    pub email: &'static str,
    /// Label.
    pub mobile: &'static str,
    /// Label.
    pub national_id: &'static str,
    /// Label.
    pub directory: &'static str,
    /// Label.
    pub authentication: &'static str,
    /// Label.
    pub assurance: &'static str,
    /// Label.
    pub language: &'static str,
    /// Label.
    pub zone: &'static str,
    /// Label.
    pub system_of: &'static str,
    /// Label.
    pub client: &'static str,
    /// Label.
    pub provider: &'static str,
    /// Label.
    pub subject: &'static str,
    /// Heading.
    pub happened: &'static str,
    /// Instead of events.
    pub not_shown: &'static str,
    /// Head of a column.
    pub number_column: &'static str,
    /// Head of a column.
    pub when_column: &'static str,
    /// Head of a column.
    pub by_column: &'static str,
    /// Head of a column.
    pub what_column: &'static str,
    /// Who caused an event.
    pub by_service: &'static str,
    /// Who caused an event.
    pub by_client: &'static str,
    /// Who caused an event.
    pub by_clerk: &'static str,
    /// Who caused an event.
    pub by_removed_clerk: &'static str,
    /// Heading.
    pub check: &'static str,
    /// How to check.
    pub check_seal: &'static str,
    /// How to check.
    pub check_bundle: &'static str,
    /// How to check.
    pub check_command: &'static str,
}

/// The texts of a language.
pub fn evidence_words(language: Language) -> &'static EvidenceWords {
    match language {
        Language::English => &en::WORDS,
        Language::Norwegian => &nb::WORDS,
        Language::Danish => &da::WORDS,
        Language::Swedish => &sv::WORDS,
        Language::Dutch => &nl::WORDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tests::assert_translated;

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        for language in Language::ALL {
            assert_translated(language, evidence_words(language), &en::WORDS, 60);
        }
    }
}
