//! Files embedded in the document.

use crate::increment::Increment;
use crate::pdf::object::{Dictionary, Object};
use crate::plan::{Plan, TreeRoot};
use crate::request::{Attachment, SealRequest};
use crate::seal::date;

/// The catalog's entries for embedded files.
pub(crate) struct Attached {
    pub(crate) names: Dictionary,
    pub(crate) associated_files: Vec<Object>,
}

/// Writes the attachments; `None` when there are none.
///
/// They are listed in the name tree of embedded files, where viewers look, and in `/AF`. Keys of a name tree must be in
/// order (ISO 32000-1, 7.9.6), so each new key starts with the one before it; what a viewer shows is the file's own name. A
/// tree whose root has children gets one child more, so that a tree of any size need not be read.
pub(crate) fn write(plan: &Plan, increment: &mut Increment, request: &SealRequest) -> Option<Attached> {
    if request.attachments.is_empty() {
        return None;
    }
    let mut last_key: Option<Vec<u8>> = plan.embedded_files.as_ref().and_then(|files| files.last_key.as_string()).map(<[u8]>::to_vec);
    let mut associated_files = plan.associated_files.clone();
    let mut pairs = Vec::new();
    for attachment in &request.attachments {
        let file = write_file(increment, attachment, request);
        let key = key_after(last_key.take(), &attachment.name);
        pairs.push(Object::String(key.clone()));
        pairs.push(file.clone());
        associated_files.push(file);
        last_key = Some(key);
    }
    let tree = match plan.embedded_files.as_ref().map(|files| &files.root) {
        None => Dictionary::new().with("Names", pairs),
        Some(TreeRoot::Names(known)) => Dictionary::new().with("Names", [known.as_slice(), &pairs].concat()),
        Some(TreeRoot::Kids(known)) => {
            let limits = vec![pairs[0].clone(), pairs[pairs.len() - 2].clone()];
            let leaf = increment.add(Dictionary::new().with("Limits", limits).with("Names", pairs));
            Dictionary::new().with("Kids", [known.as_slice(), &[leaf.into()]].concat())
        }
    };
    let names = plan.names.clone().unwrap_or_default().with("EmbeddedFiles", tree);
    Some(Attached { names, associated_files })
}

/// A key that sorts behind the one before.
fn key_after(last: Option<Vec<u8>>, name: &str) -> Vec<u8> {
    match last {
        Some(last) if last.as_slice() >= name.as_bytes() => [last.as_slice(), b" ", name.as_bytes()].concat(),
        _ => name.as_bytes().to_vec(),
    }
}

/// The file and its specification (7.11.3 and 7.11.4).
fn write_file(increment: &mut Increment, attachment: &Attachment, request: &SealRequest) -> Object {
    let parameters = Dictionary::new().with("Size", attachment.bytes.len() as i64).with("ModDate", date(request.time));
    let stream = Dictionary::new()
        .with("Type", Object::name("EmbeddedFile"))
        .with("Subtype", Object::name(&attachment.media_type))
        .with("Params", parameters);
    let stream = increment.add_stream(stream, &attachment.bytes);
    let plain: String = attachment.name.chars().map(|character| if character.is_ascii_graphic() { character } else { '_' }).collect();
    let specification = Dictionary::new()
        .with("Type", Object::name("Filespec"))
        .with("F", Object::text(&plain))
        .with("UF", Object::text(&attachment.name))
        .with("Desc", Object::text(&attachment.description))
        .with("AFRelationship", Object::name(attachment.relationship.name()))
        .with("EF", Dictionary::new().with("F", stream).with("UF", stream));
    increment.add(specification).into()
}

#[cfg(test)]
mod tests {
    use super::key_after;

    #[test]
    fn keys_stay_in_order() {
        let mut last = None;
        for name in ["b.json", "a.json", "c.json", "a.json", "Ω.pdf", "z"] {
            let key = key_after(last.clone(), name);
            assert!(last.is_none_or(|last| last < key), "{name}");
            last = Some(key);
        }
    }
}
