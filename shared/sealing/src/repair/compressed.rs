//! Notes the objects that stand in object streams (ISO 32000-1, 7.5.7).

use crate::limits::Limits;
use crate::pdf::reader::Reader;
use crate::refusal::Refusal;
use crate::repair::found::{Found, Place};
use crate::source::ReadAt;

/// Reads every object stream that counts. `source` is the document with a list of the objects that stand by themselves.
pub(super) fn add(found: &mut Found, source: &dyn ReadAt, limits: &Limits) -> Result<(), Refusal> {
    let mut reader = Reader::open(source, limits)?;
    for id in std::mem::take(&mut found.object_streams) {
        let content = reader.object_stream(id.number)?;
        for (index, number) in (0u32..).zip(content.numbers.iter().copied()) {
            reader.bytes.budget.spend_work(1)?;
            let object = match reader.object_of(&content, number) {
                Ok(object) => Some(object),
                Err(refusal @ (Refusal::OverBudget | Refusal::Unreadable(_))) => return Err(refusal),
                Err(_) => None,
            };
            found.note(number, Place::In { stream: id.number, index }, object.as_ref())?;
        }
    }
    Ok(())
}
