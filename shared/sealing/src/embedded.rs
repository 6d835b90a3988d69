//! Reads files that are embedded in a document (ISO 32000-1, 7.11.4).

use std::collections::HashSet;

use crate::form::text_of;
use crate::inspect::{catalog, optional_dictionary};
use crate::limits::Limits;
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::source::ReadAt;

/// The contents of the embedded files that are called `name`, as the newest revision has them. Other files are not read.
///
/// Whether a signature covers them is for [`crate::verify`] to say: a file that was added later shows there as a change.
///
/// # Errors
/// A [`Refusal`] when the document or one of these files cannot be read under `limits`, or has another compression than Flate.
pub fn embedded_files(source: &dyn ReadAt, name: &str, limits: &Limits) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut reader = Reader::open(source, limits)?;
    if reader.xref.sections.iter().any(|section| section.trailer.get("Encrypt").is_some()) {
        return Err(Refusal::Encrypted);
    }
    let catalog = catalog(&mut reader)?;
    let Some(names) = optional_dictionary(&mut reader, &catalog.value, "Names")? else { return Ok(Vec::new()) };
    let Some(root) = optional_dictionary(&mut reader, &names, "EmbeddedFiles")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut ahead = vec![root];
    while let Some(node) = ahead.pop() {
        if let Object::Array(pairs) = reader.entry(&node, "Names")? {
            for pair in pairs.chunks_exact(2) {
                reader.bytes.budget.spend_work(1)?;
                if let Object::Dictionary(specification) = reader.resolve(&pair[1])? {
                    found.extend(content(&mut reader, &specification, name)?);
                }
            }
        }
        if let Object::Array(kids) = reader.entry(&node, "Kids")? {
            for kid in kids.iter().rev() {
                reader.bytes.budget.spend_work(1)?;
                // Each node counts once, so that a tree which leads in circles ends.
                let is_new = kid.as_reference().is_none_or(|id| seen.insert(id));
                if is_new && let Object::Dictionary(kid) = reader.resolve(kid)? {
                    ahead.push(kid);
                }
            }
        }
    }
    Ok(found)
}

/// The file of a specification (7.11.3), if it has that name.
fn content(reader: &mut Reader<'_>, specification: &Dictionary, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
    let mut called = reader.entry(specification, "UF")?;
    if called == Object::Null {
        called = reader.entry(specification, "F")?;
    }
    if called.as_string().map(text_of).as_deref() != Some(name) {
        return Ok(None);
    }
    let Some(files) = optional_dictionary(reader, specification, "EF")? else { return Ok(None) };
    match files.get("UF").or(files.get("F")).and_then(Object::as_reference) {
        Some(id) => Ok(Some(reader.stream(id)?.data)),
        None => Ok(None),
    }
}
