//! Collects what there is to tell of a document.

use std::collections::{BTreeSet, HashSet};

use crate::finding::actions::{action_kinds, actions_of};
use crate::finding::{Finding, Standing, look, trace};
use crate::form::SignedField;
use crate::inspect::optional_dictionary;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::{Form, PageRoot};
use crate::refusal::Refusal;

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
    standings: &[Standing],
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
    for (index, signature) in signatures.iter().enumerate() {
        let standing = standings.get(index).copied().unwrap_or(Standing::NotJudged);
        add(Finding::EarlierSignature { field: signature.name.clone(), standing });
    }
    if form.is_some_and(|form| form.dictionary.get("NeedAppearances") == Some(&Object::Boolean(true))) {
        add(Finding::NeedsAppearances);
    }
    for finding in on_pages(reader, pages) {
        add(finding);
    }
    for finding in trace::trace(reader) {
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
        findings.extend(look::at_page(reader, &node)?);
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
