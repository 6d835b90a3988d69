//! The revision that brings validation data (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4).

use crate::catalog;
use crate::check;
use crate::increment::Increment;
use crate::pdf::object::{Dictionary, Object};
use crate::plan::{Held, Plan};
use crate::seal::SealError;

/// Validation data in DER.
#[derive(Debug, Clone, Default)]
pub(super) struct ValidationData {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) responses: Vec<Vec<u8>>,
    pub(super) lists: Vec<Vec<u8>>,
}

impl ValidationData {
    pub(super) fn all(&self) -> impl Iterator<Item = &[u8]> {
        [&self.certificates, &self.responses, &self.lists].into_iter().flatten().map(Vec::as_slice)
    }
}

/// Adds the data to the document's store. Returns the increment and the plan for the next.
pub(super) fn write(plan: &Plan, data: &ValidationData) -> Result<(Vec<u8>, Plan), SealError> {
    let mut increment = Increment::new(plan.prefix.len, plan.header, plan.size, plan.ends_with_eol);
    let (known, mut store) = match &plan.validation_store {
        Some(Held { id, value }) => (*id, value.clone()),
        None => (None, Dictionary::new().with("Type", Object::name("DSS"))),
    };
    for (key, items) in [("Certs", &data.certificates), ("OCSPs", &data.responses), ("CRLs", &data.lists)] {
        if items.is_empty() {
            continue;
        }
        let mut references = store.get(key).and_then(Object::as_array).map(<[_]>::to_vec).unwrap_or_default();
        references.extend(items.iter().map(|der| Object::from(increment.add_stream(Dictionary::new(), der))));
        store.set(key, references);
    }
    let id = known.unwrap_or_else(|| increment.new_id());
    increment.put(id, &store.clone().into());
    catalog::write_store(plan, &mut increment, id);
    let (increment, revision) = increment.finish(plan.xref, plan.startxref, &plan.next_trailer(b""))?;
    let new: Vec<_> = data.all().collect();
    check::check_store(&increment, plan, id, &new)?;
    let next = Plan { validation_store: Some(Held { id: Some(id), value: store }), ..plan.after(&increment, &revision) };
    Ok((increment, next))
}
