//! From a request to a new order, once the directory has been asked.

use std::collections::{BTreeMap, BTreeSet};

use segl_core::ceremony::Ceremony;
use segl_core::document::Announced;
use segl_core::id::Sha256;
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::order::{Dialect, Roster};
use segl_core::signer::{DirectoryKey, Party, Person};
use segl_core::text::{FileName, Title};

use crate::automation::form::Request;
use crate::automation::person::{Identity, PersonRequest};
use crate::native::request::Parsed;
use crate::problem::{FieldError, FieldErrors, Problem};

/// What the directory answered: the person, or none where there is no such entry.
pub type LookUps = BTreeMap<DirectoryKey, Option<Person>>;

impl Request {
    /// The entries of the directory that [`Request::resolve`] needs.
    pub fn look_ups(&self) -> BTreeSet<DirectoryKey> {
        let persons = self.solicitor.iter().chain(&self.signers);
        persons
            .filter_map(|person| match &person.identity {
                Identity::Internal(key) => Some(key.clone()),
                Identity::External(_) => None,
            })
            .collect()
    }

    /// Makes the order. What the directory knows of a person counts; the attributes of the request fill the gaps. A key that is not
    /// among `look_ups` is taken as one that the directory does not have.
    ///
    /// # Errors
    /// [`crate::problem::Kind::InvalidRequest`] for each internal signer whom the directory does not know and for whom the request
    /// has no way to reach. A solicitor who cannot be told is a warning only: signing does not depend on it.
    pub fn resolve(self, look_ups: &LookUps) -> Result<Parsed, Problem> {
        let mut errors = FieldErrors::default();
        let mut warnings = self.warnings;
        let creator = self.solicitor.map(|request| merge(request, look_ups).0);
        if creator.as_ref().is_some_and(|creator| !creator.is_reachable()) {
            warnings
                .push("solicitor: has neither an e-mail address nor a mobile number and will not be told how the order ends".to_owned());
        }
        let mut signers = Vec::new();
        for (number, request) in self.signers.into_iter().enumerate() {
            let place = format!("signers[{number}]");
            let (person, known) = merge(request, look_ups);
            if !known && !person.is_reachable() {
                let detail = "identifier is not in the directory, and the request has no usable mail or mobile for this person";
                errors.push(FieldError::field(place, detail));
                continue;
            }
            if !person.is_reachable() && person.directory.is_some() {
                warnings.push(format!("{place}: has neither an e-mail address nor a mobile number and will not be invited"));
            }
            signers.push(Party::Person(person));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors.into_vec()));
        }
        let content = Vec::from(self.upload.content);
        let document = NewDocument {
            title: document_title(self.upload.file_name.as_ref(), &self.title),
            file_name: self.upload.file_name,
            announced: Announced { sha256: Some(Sha256::of(&content)), size: Some(content.len() as u64) },
        };
        let order = NewOrder {
            dialect: Dialect::Automation,
            title: self.title,
            description: self.description,
            creator,
            clerk: None,
            deadline: self.deadline,
            retention: None,
            options: self.options,
            ceremony: Ceremony::default(),
            tags: self.tags,
            documents: vec![document],
            groups: vec![NewGroup { quorum: None, time: None, signers }],
            roster: Roster::Closed,
            ahead: None,
            warnings,
        };
        Ok(Parsed { order, contents: vec![Some(content)] })
    }
}

/// The person, and whether there is anything that vouches for the identity: the directory, or a personal number.
fn merge(request: PersonRequest, look_ups: &LookUps) -> (Person, bool) {
    match request.identity {
        Identity::External(number) => {
            let person = Person { email: request.email, mobile: request.mobile, national_id: Some(number), ..Person::default() };
            (person, true)
        }
        Identity::Internal(key) => {
            let found = look_ups.get(&key).cloned().flatten();
            let known = found.is_some();
            let found = found.unwrap_or_default();
            let person =
                Person { email: found.email.or(request.email), mobile: found.mobile.or(request.mobile), directory: Some(key), ..found };
            (person, known)
        }
    }
}

/// The file's name without its ending, or the order's title.
fn document_title(file_name: Option<&FileName>, title: &Title) -> Title {
    let stem = file_name.map(|name| {
        let name = name.as_str();
        let cut = name.len().checked_sub(4).filter(|cut| name.get(*cut..).is_some_and(|end| end.eq_ignore_ascii_case(".pdf")));
        cut.map_or(name, |cut| &name[..cut])
    });
    stem.and_then(|stem| Title::parse(stem).ok()).unwrap_or_else(|| title.clone())
}
