//! What is to be corrected, in the words of the form: the native API says where by a pointer into its request, which nobody sees here.

use segl_core::language::Language;
use segl_dialects::problem::{FieldError, Problem};
use segl_wording::{fill, sender_words};

use crate::create::Draft;

/// One thing to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Where, by the labels of the form; empty where it is about the whole.
    pub place: String,
    /// What, in English.
    pub detail: String,
}

/// Everything that a problem says. `draft` is the form that it is about; none for the forms of one field or one signer.
pub fn wrong(problem: &Problem, draft: Option<&Draft>, language: Language) -> Vec<Wrong> {
    if problem.errors.is_empty() {
        return vec![Wrong { place: String::new(), detail: problem.detail.clone() }];
    }
    let told = |error: &FieldError| Wrong { place: place(error.place(), draft, language), detail: error.detail.clone() };
    problem.errors.iter().map(told).collect()
}

fn place(pointer: &str, draft: Option<&Draft>, language: Language) -> String {
    let own = sender_words(language);
    let segments: Vec<_> = pointer.split('/').skip(1).collect();
    let number = |raw: &str| raw.parse::<usize>().ok();
    let (whole, member) = match segments.as_slice() {
        ["documents", index, ..] => {
            let name = number(index).and_then(|index| draft?.file_name(index));
            (name.unwrap_or(own.files).to_owned(), None)
        }
        ["groups", group, "signers", index, rest @ ..] => {
            let row = number(group).zip(number(index)).and_then(|(group, index)| draft?.row_of(group, index));
            let signer = row.map(|row| fill(own.signer, &[("number", &(row + 1).to_string())]));
            (signer.unwrap_or_default(), rest.first())
        }
        [member] => (String::new(), Some(member)),
        _ => (String::new(), None),
    };
    let label = match member {
        Some(&"title") => own.title,
        Some(&"description") => own.message,
        Some(&"deadline") => own.deadline,
        Some(&"documents") => own.files,
        Some(&"name") => own.name,
        Some(&"email") => own.email,
        Some(&"mobile") => own.mobile,
        Some(&"authentication" | &"assurance") => own.method,
        Some(&"national_id") => own.number,
        _ => "",
    };
    let parts = [whole.as_str(), label].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_the_names_that_the_form_gives_them() {
        let row = |turn: &str| crate::create::Row { name: "A".to_owned(), turn: turn.to_owned(), ..Default::default() };
        let mut draft = Draft::default();
        draft.signers = vec![row("2"), Default::default(), row("1"), row("2")];
        for (pointer, expected) in [
            ("/title", "Title"),
            ("/groups/0/signers/0/email", "Signer 3, E-mail address"),
            ("/groups/1/signers/1", "Signer 4"),
            ("/groups/1/signers/7/email", "E-mail address"),
            ("/groups/1", ""),
            ("/documents", "PDF files"),
            ("/documents/4/title", "PDF files"),
            ("", ""),
        ] {
            assert_eq!(place(pointer, Some(&draft), Language::English), expected, "{pointer}");
        }
    }
}
