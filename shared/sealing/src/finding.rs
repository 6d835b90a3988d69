//! What a document contains that signers and auditors should know of.

use std::fmt;

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use crate::form::SignedField;
use crate::inspect::optional_dictionary;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::{Form, PageRoot};
use crate::refusal::Refusal;

/// Something in a document that does not forbid sealing but belongs into the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
    /// The file came with a broken list of its objects, which was replaced ([`crate::repair`]).
    Repaired,
    /// Scripts in the catalog's name tree or behind an action.
    JavaScript,
    /// Something happens when the document is opened.
    OpenAction,
    /// Actions hang on the document's events (`/AA`).
    AdditionalActions,
    /// An action starts a program.
    Launch,
    /// An action sends form data to an address.
    SubmitForm,
    /// Files are embedded.
    EmbeddedFiles,
    /// Layers can be switched on and off.
    OptionalContent,
    /// There is a form that can be filled in.
    Form,
    /// Usage rights that end with any change; they are dropped.
    UsageRights,
    /// A table and a stream describe the objects; readers may see different ones.
    HybridFile,
    /// Bytes stand before the header.
    BytesBeforeHeader,
    /// Only the first pages were examined; the rest would have cost too much.
    PartlyExamined {
        /// How many pages were examined.
        pages: u32,
    },
    /// An earlier signature. Whether it is intact is for [`crate::verify`] to say, which reads the whole document.
    EarlierSignature {
        /// The field's name.
        field: String,
    },
}

impl Finding {
    /// A stable name for machines; the same as in JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::JavaScript => "java-script",
            Self::OpenAction => "open-action",
            Self::AdditionalActions => "additional-actions",
            Self::Launch => "launch",
            Self::SubmitForm => "submit-form",
            Self::EmbeddedFiles => "embedded-files",
            Self::OptionalContent => "optional-content",
            Self::Form => "form",
            Self::UsageRights => "usage-rights",
            Self::HybridFile => "hybrid-file",
            Self::BytesBeforeHeader => "bytes-before-header",
            Self::PartlyExamined { .. } => "partly-examined",
            Self::EarlierSignature { .. } => "earlier-signature",
        }
    }
}

/// A sentence for the people who are asked to sign.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repaired => "The document came as a damaged file, which was repaired before anybody saw it.",
            Self::JavaScript => "The document contains scripts, which can change what is shown.",
            Self::OpenAction => "Something happens by itself when the document is opened.",
            Self::AdditionalActions => "Parts of the document react to what the reader does.",
            Self::Launch => "The document can start a program.",
            Self::SubmitForm => "The document can send what is filled in to an address.",
            Self::EmbeddedFiles => "Other files are embedded in the document.",
            Self::OptionalContent => "Parts of the document can be shown and hidden.",
            Self::Form => "The document has a form that can be filled in.",
            Self::UsageRights => "The document grants usage rights, which end with any signature.",
            Self::HybridFile => "The document describes its content twice; programs may read it differently.",
            Self::BytesBeforeHeader => "Data stands before the beginning of the document.",
            Self::PartlyExamined { pages } => return write!(f, "Only the first {pages} pages were searched for scripts and actions."),
            Self::EarlierSignature { field } => return write!(f, "The document was signed before, in the field {field}."),
        })
    }
}

/// How many pages are examined for actions.
const MAX_PAGES: u32 = 200;
/// How many objects are examined on these pages.
const MAX_OBJECTS: usize = 5_000;

/// Collects what the catalog, the form and the first pages tell.
pub(crate) fn collect(
    reader: &mut Reader<'_>,
    catalog: &Dictionary,
    pages: &PageRoot,
    form: Option<&Form>,
    signatures: &[SignedField],
) -> Result<Vec<Finding>, Refusal> {
    let mut findings = BTreeSet::new();
    let mut add = |finding: Finding| {
        findings.insert(finding);
    };
    if reader.bytes.header > 0 {
        add(Finding::BytesBeforeHeader);
    }
    if reader.xref.sections.iter().any(|section| section.is_hybrid()) {
        add(Finding::HybridFile);
    }
    if let Object::Dictionary(action) = reader.entry(catalog, "OpenAction")? {
        // An array would be a place to show, which is no action.
        add(Finding::OpenAction);
        action_kinds(reader, &action)?.into_iter().for_each(&mut add);
    }
    for kind in actions_of(reader, catalog)? {
        add(kind);
    }
    if let Some(names) = optional_dictionary(reader, catalog, "Names")? {
        if names.get("JavaScript").is_some() {
            add(Finding::JavaScript);
        }
        if names.get("EmbeddedFiles").is_some() {
            add(Finding::EmbeddedFiles);
        }
    }
    if catalog.get("OCProperties").is_some() {
        add(Finding::OptionalContent);
    }
    if form.is_some_and(|form| form.fields.value.len() > signatures.len()) {
        add(Finding::Form);
    }
    if let Some(permissions) = optional_dictionary(reader, catalog, "Perms")?
        && (permissions.get("UR3").is_some() || permissions.get("UR").is_some())
    {
        add(Finding::UsageRights);
    }
    for signature in signatures {
        add(Finding::EarlierSignature { field: signature.name.clone() });
    }
    for finding in on_pages(reader, pages) {
        add(finding);
    }
    Ok(findings.into_iter().collect())
}

/// What hangs on the first pages. Damage there does not forbid sealing; it only ends the examination.
fn on_pages(reader: &mut Reader<'_>, root: &PageRoot) -> BTreeSet<Finding> {
    let mut findings = BTreeSet::new();
    // A quarter of what is left of the budget, so that a large document is examined in part rather than refused.
    let rest = reader.bytes.budget.split_off(4);
    let mut examined = 0;
    let outcome = examine_pages(reader, root, &mut findings, &mut examined);
    reader.bytes.budget.merge(rest);
    if outcome.is_err() || examined < root.count {
        findings.insert(Finding::PartlyExamined { pages: examined });
    }
    findings
}

fn examine_pages(reader: &mut Reader<'_>, root: &PageRoot, findings: &mut BTreeSet<Finding>, examined: &mut u32) -> Result<(), Refusal> {
    let mut seen = HashSet::from([root.id]);
    let mut objects = 0;
    let mut ahead: Vec<Id> = root.kids.iter().rev().filter_map(Object::as_reference).collect();
    while let Some(id) = ahead.pop() {
        reader.bytes.budget.spend_work(1)?;
        objects += 1;
        if *examined >= MAX_PAGES || objects > MAX_OBJECTS {
            return Ok(());
        }
        let Object::Dictionary(node) = reader.object(id)? else { continue };
        if !seen.insert(id) {
            continue;
        }
        if let Object::Array(kids) = reader.entry(&node, "Kids")? {
            reader.bytes.budget.spend_work(kids.len() as u64)?;
            ahead.extend(kids.iter().rev().filter_map(Object::as_reference));
            continue;
        }
        findings.extend(actions_of(reader, &node)?);
        if let Object::Array(annotations) = reader.entry(&node, "Annots")? {
            for annotation in &annotations {
                objects += 1;
                if objects > MAX_OBJECTS {
                    return Ok(());
                }
                if let Object::Dictionary(annotation) = reader.resolve(annotation)? {
                    findings.extend(actions_of(reader, &annotation)?);
                    if annotation.get("Subtype").is_some_and(|kind| kind.is_name("FileAttachment")) {
                        findings.insert(Finding::EmbeddedFiles);
                    }
                }
            }
        }
        *examined += 1;
    }
    Ok(())
}

/// What the actions of a catalog, a page or an annotation are: its own (`/A`) and those on its events (`/AA`).
fn actions_of(reader: &mut Reader<'_>, holder: &Dictionary) -> Result<Vec<Finding>, Refusal> {
    let mut found = Vec::new();
    if let Object::Dictionary(action) = reader.entry(holder, "A")? {
        found.extend(action_kinds(reader, &action)?);
    }
    if let Object::Dictionary(events) = reader.entry(holder, "AA")? {
        found.push(Finding::AdditionalActions);
        let actions: Vec<Object> = events.iter().map(|(_, action)| action.clone()).collect();
        for action in &actions {
            if let Object::Dictionary(action) = reader.resolve(action)? {
                found.extend(action_kinds(reader, &action)?);
            }
        }
    }
    Ok(found)
}

/// What an action and those that follow it (`/Next`) do.
fn action_kinds(reader: &mut Reader<'_>, action: &Dictionary) -> Result<Vec<Finding>, Refusal> {
    let mut found = Vec::new();
    let mut ahead = vec![action.clone()];
    // A chain may lead in circles; nobody needs a longer one.
    for _ in 0..50 {
        let Some(action) = ahead.pop() else { break };
        found.extend(action.get("S").and_then(of_action));
        match reader.entry(&action, "Next")? {
            Object::Dictionary(next) => ahead.push(next),
            Object::Array(following) => {
                for next in following.iter().take(50) {
                    if let Object::Dictionary(next) = reader.resolve(next)? {
                        ahead.push(next);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What an action's type (`/S`) tells.
fn of_action(kind: &Object) -> Option<Finding> {
    match kind.as_name()? {
        b"JavaScript" => Some(Finding::JavaScript),
        b"Launch" => Some(Finding::Launch),
        b"SubmitForm" | b"ImportData" => Some(Finding::SubmitForm),
        _ => None,
    }
}
