//! What a document contains that signers and auditors should know of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::SignedField;
use crate::inspect::optional_dictionary;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::plan::Form;
use crate::refusal::Refusal;

/// Something in a document that does not forbid sealing but belongs into the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finding {
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
    /// An earlier signature.
    EarlierSignature {
        /// The field's name.
        field: String,
    },
}

impl Finding {
    /// A stable name for machines; the same as in JSON.
    pub fn code(&self) -> &'static str {
        match self {
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
            Self::EarlierSignature { .. } => "earlier-signature",
        }
    }
}

/// A sentence for the people who are asked to sign.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
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
            Self::EarlierSignature { field } => return write!(f, "The document was signed before, in the field {field}."),
        })
    }
}

/// Collects what can be told from the catalog and the form.
pub(crate) fn collect(
    reader: &mut Reader<'_>,
    catalog: &Dictionary,
    form: Option<&Form>,
    signatures: &[SignedField],
) -> Result<Vec<Finding>, Refusal> {
    let mut findings = Vec::new();
    let mut add = |finding: Finding| {
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    };
    if reader.bytes.header > 0 {
        add(Finding::BytesBeforeHeader);
    }
    if reader.xref.sections.iter().any(|section| section.is_hybrid()) {
        add(Finding::HybridFile);
    }
    if let Some(action) = catalog.get("OpenAction") {
        let action = reader.resolve(action)?;
        // An array is a place to show, not an action.
        if let Object::Dictionary(action) = action {
            add(Finding::OpenAction);
            if let Some(kind) = action.get("S").and_then(of_action) {
                add(kind);
            }
        }
    }
    if catalog.get("AA").is_some() {
        add(Finding::AdditionalActions);
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
    Ok(findings)
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
