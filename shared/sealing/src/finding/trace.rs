//! Follows every reference of a document: what is there, what is missing, and what nobody refers to.

use std::collections::{BTreeSet, HashSet};

use crate::finding::Finding;
use crate::finding::actions::of_action;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::{Loaded, Reader};
use crate::pdf::xref::Entry;
use crate::refusal::Refusal;

/// Documents with more objects are traced in part.
const MAX_OBJECTS: usize = 20_000;

/// What the document's objects tell, under a part of the budget. Damage only ends the examination of one object.
pub(super) fn trace(reader: &mut Reader<'_>) -> BTreeSet<Finding> {
    let mut findings = BTreeSet::new();
    let rest = reader.bytes.budget.split_off(2);
    let outcome = follow(reader, &mut findings).and_then(|seen| unused(reader, &seen, &mut findings));
    reader.bytes.budget.merge(rest);
    if outcome.is_err() {
        findings.insert(Finding::PartlyTraced);
    }
    findings
}

/// Visits each object that can be reached from the trailer, once.
fn follow(reader: &mut Reader<'_>, findings: &mut BTreeSet<Finding>) -> Result<HashSet<Id>, Refusal> {
    let mut seen = HashSet::new();
    let mut ahead = Vec::new();
    refer(&Object::Dictionary(reader.trailer().clone()), &mut ahead);
    while let Some(id) = ahead.pop() {
        reader.bytes.budget.spend_work(1)?;
        if !seen.insert(id) {
            continue;
        }
        if seen.len() > MAX_OBJECTS {
            return Err(Refusal::OverBudget);
        }
        let Loaded { object, is_stream, .. } = match reader.load(id, 0) {
            Ok(loaded) => loaded,
            Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => return Err(refusal),
            Err(_) => continue,
        };
        notice(reader, &object, is_stream, findings)?;
        refer(&object, &mut ahead);
    }
    Ok(seen)
}

/// What an object is, and what the dictionaries in it are.
fn notice(reader: &mut Reader<'_>, object: &Object, is_stream: bool, findings: &mut BTreeSet<Finding>) -> Result<(), Refusal> {
    match object {
        Object::Array(items) => {
            for item in items.iter().filter(|item| matches!(item, Object::Array(_) | Object::Dictionary(_))) {
                notice(reader, item, false, findings)?;
            }
        }
        Object::Dictionary(dictionary) => {
            // An action has what it acts on with it, unlike a style of a border, which is named by /S, too.
            if ["JS", "F", "Win"].iter().any(|key| dictionary.get(key).is_some()) {
                findings.extend(dictionary.get("S").and_then(of_action));
            }
            // Data in another file (7.3.8.2), and pages of another document (8.10.4).
            if is_stream && (dictionary.get("F").is_some() || dictionary.get("Ref").is_some()) {
                findings.insert(Finding::ExternalContent);
            }
            if is_font_without_program(reader, dictionary)? {
                findings.insert(Finding::FontsNotEmbedded);
            }
            for (_, value) in dictionary.iter().filter(|(_, value)| matches!(value, Object::Array(_) | Object::Dictionary(_))) {
                notice(reader, value, false, findings)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// A font whose letters come from elsewhere (9.6 to 9.9). Composite fonts have theirs in their descendants, Type 3 fonts in themselves.
fn is_font_without_program(reader: &mut Reader<'_>, font: &Dictionary) -> Result<bool, Refusal> {
    let is = |key: &str, names: &[&str]| font.get(key).is_some_and(|value| names.iter().any(|name| value.is_name(name)));
    if !is("Type", &["Font"]) || !is("Subtype", &["Type1", "MMType1", "TrueType", "CIDFontType0", "CIDFontType2"]) {
        return Ok(false);
    }
    let descriptor = match reader.entry(font, "FontDescriptor") {
        Ok(Object::Dictionary(descriptor)) => descriptor,
        Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => return Err(refusal),
        _ => return Ok(true),
    };
    Ok(["FontFile", "FontFile2", "FontFile3"].iter().all(|key| descriptor.get(key).is_none()))
}

/// Looks for objects that nothing refers to and that would show something if something did.
fn unused(reader: &mut Reader<'_>, seen: &HashSet<Id>, findings: &mut BTreeSet<Finding>) -> Result<(), Refusal> {
    let mut looked_at = 0;
    let ranges: Vec<(u64, u64)> = reader.xref.sections.iter().flat_map(|section| section.ranges()).collect();
    let mut known: BTreeSet<u32> = seen.iter().map(|id| id.number).collect();
    for (first, count) in ranges {
        for number in first..first.saturating_add(count) {
            reader.bytes.budget.spend_work(1)?;
            let number = u32::try_from(number).map_err(|_| Refusal::OverBudget)?;
            if !known.insert(number) {
                continue;
            }
            looked_at += 1;
            if looked_at > MAX_OBJECTS {
                return Err(Refusal::OverBudget);
            }
            let id = match reader.xref.find(&mut reader.bytes, number)? {
                Entry::Free => continue,
                Entry::At { generation, .. } => Id::new(number, generation),
                Entry::In { .. } => Id::new(number, 0),
            };
            match reader.load(id, 0) {
                Ok(Loaded { object: Object::Dictionary(dictionary), is_stream, .. }) if shows(&dictionary, is_stream) => {
                    findings.insert(Finding::UnusedContent);
                    return Ok(());
                }
                Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => return Err(refusal),
                _ => {}
            }
        }
    }
    Ok(())
}

/// What shows something: pages, fonts, whole documents, annotations and content, but not the tables of objects.
fn shows(dictionary: &Dictionary, is_stream: bool) -> bool {
    let is = |names: &[&str]| dictionary.get("Type").is_some_and(|kind| names.iter().any(|name| kind.is_name(name)));
    if is_stream { !is(&["ObjStm", "XRef", "Metadata"]) } else { is(&["Page", "Pages", "Catalog", "Font", "Annot"]) }
}

/// The references in an object; the parser bounds how deep it is.
fn refer(object: &Object, ahead: &mut Vec<Id>) {
    match object {
        Object::Reference(id) => ahead.push(*id),
        Object::Array(items) => items.iter().for_each(|item| refer(item, ahead)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| refer(value, ahead)),
        _ => {}
    }
}
