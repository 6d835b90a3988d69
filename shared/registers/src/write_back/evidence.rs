//! The evidence document: created once, and related to the case.

use super::WriteBack;
use crate::http::{NoAnswer, Register, Request, Response};
use crate::journal::Evidence;
use crate::message::{self, Created, Page};
use crate::plan::EvidenceDocument;
use crate::trouble::Trouble;
use crate::verdict::{Refusal, Verdict};

impl WriteBack<'_> {
    pub(super) fn evidence_request(&self) -> Request {
        let (plan, document) = (self.plan, self.evidence_document());
        // Read with the case, before any document was looked at.
        let organization = self.journal.organization.as_deref().unwrap_or_default();
        match &self.journal.evidence {
            Some(Evidence::Creating) => message::create_evidence(plan, document, organization),
            Some(Evidence::Relating { url } | Evidence::Done { url }) => message::relate_evidence(plan, document, url),
            Some(Evidence::Searching | Evidence::SearchingAgain) | None => message::find_evidence(plan, document, organization),
        }
    }

    pub(super) fn evidence_answered(&mut self, answer: Result<Response, NoAnswer>) {
        let Some(evidence) = self.journal.evidence.clone() else { return };
        let register = if matches!(evidence, Evidence::Relating { .. }) { Register::Cases } else { Register::Documents };
        match (evidence, Verdict::of(register, answer)) {
            (evidence, Verdict::Later { pause, .. }) => {
                self.journal.evidence = Some(evidence.in_doubt());
                self.pause(pause);
            }
            (Evidence::Searching, Verdict::Done(body)) => match message::read::<Page>(&body) {
                Some(page) => match page.results.into_iter().next() {
                    Some(Created { url }) => self.evidence_found(url),
                    None => self.journal.evidence = Some(Evidence::Creating),
                },
                None => self.stop(Trouble::Unreadable(register)),
            },
            (Evidence::SearchingAgain, Verdict::Done(body)) => match message::read::<Page>(&body) {
                Some(page) => match page.results.into_iter().next() {
                    Some(Created { url }) => self.evidence_found(url),
                    // It is there, and we do not get to see it.
                    None => self.stop(Trouble::Forbidden(register)),
                },
                None => self.stop(Trouble::Unreadable(register)),
            },
            (Evidence::Creating, Verdict::Done(body)) => match message::read::<Created>(&body) {
                Some(Created { url }) => self.evidence_found(url),
                // It was created, and its address is looked up.
                None => self.journal.evidence = Some(Evidence::SearchingAgain),
            },
            (Evidence::Relating { url }, Verdict::Done(_)) => self.journal.evidence = Some(Evidence::Done { url }),
            (Evidence::Creating, Verdict::Refused(refusal)) if refusal.says("identificatie-niet-uniek") => {
                self.journal.evidence = Some(Evidence::SearchingAgain);
            }
            // Related before: its answer was lost.
            (Evidence::Relating { url }, Verdict::Refused(refusal)) if refusal.says("unique") => {
                self.journal.evidence = Some(Evidence::Done { url });
            }
            (_, Verdict::Refused(refusal)) if is_about_the_type(&refusal) => self.end(Trouble::TypeNotAllowed),
            (_, Verdict::Refused(refusal)) => self.refused(refusal),
            (Evidence::Done { .. }, _) => {}
        }
    }

    fn evidence_found(&mut self, url: String) {
        if self.plan.terms.is_ours(&url) {
            self.journal.evidence = Some(Evidence::Relating { url });
        } else {
            self.end(Trouble::ForeignAddress);
        }
    }

    fn evidence_document(&self) -> &EvidenceDocument {
        self.plan.evidence.as_ref().expect("the journal of a plan without evidence has none")
    }
}

/// Whether the document's type is what the register objects to: it does not exist, is not published, or the case's type does not know
/// it.
fn is_about_the_type(refusal: &Refusal) -> bool {
    refusal.is_about("informatieobjecttype") || refusal.says("missing-zaaktype-informatieobjecttype-relation")
}
