//! What actions do (ISO 32000-1, 12.6).

use std::collections::HashSet;

use crate::finding::Finding;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;

/// What the actions of a catalog, a page or an annotation are: its own (`/A`) and those on its events (`/AA`).
pub(super) fn actions_of(reader: &mut Reader<'_>, holder: &Dictionary) -> Result<Vec<Finding>, Refusal> {
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
pub(super) fn action_kinds(reader: &mut Reader<'_>, action: &Dictionary) -> Result<Vec<Finding>, Refusal> {
    let mut found = Vec::new();
    // What follows is held as it stands, mostly as a reference: a list of many actions, each with the same list, is not multiplied.
    let mut ahead = vec![Object::Dictionary(action.clone())];
    let mut seen = HashSet::new();
    // Nobody needs a longer chain.
    for _ in 0..50 {
        let Some(action) = ahead.pop() else { break };
        if action.as_reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let Object::Dictionary(action) = reader.resolve(&action)? else { continue };
        found.extend(action.get("S").and_then(of_action));
        match (action.get("Next"), reader.entry(&action, "Next")?) {
            (_, Object::Array(following)) => ahead.extend(following.into_iter().take(50)),
            (Some(next), Object::Dictionary(_)) => ahead.push(next.clone()),
            _ => {}
        }
    }
    Ok(found)
}

/// What an action's type (`/S`) tells.
pub(super) fn of_action(kind: &Object) -> Option<Finding> {
    match kind.as_name()? {
        b"JavaScript" => Some(Finding::JavaScript),
        b"Launch" => Some(Finding::Launch),
        b"SubmitForm" | b"ImportData" => Some(Finding::SubmitForm),
        _ => None,
    }
}
