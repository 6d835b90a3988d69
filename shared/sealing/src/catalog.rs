//! What changes in the catalog and in the form.

use crate::attach::Attached;
use crate::increment::Increment;
use crate::pdf::object::{Dictionary, Id, Object};
use crate::plan::{Form, Permits, Plan};

/// SignaturesExist and AppendOnly (ISO 32000-1, table 219).
const SIGNATURE_FLAGS: i64 = 3;

/// Writes the catalog, and the form and its list of fields where they are objects of their own.
pub(crate) fn write(plan: &Plan, increment: &mut Increment, field: Option<Id>, signature: Id, attached: Option<Attached>) {
    let mut catalog = plan.catalog.value.clone();
    if let Some(form) = write_form(plan.form.as_ref(), increment, field) {
        catalog.set("AcroForm", form);
    }
    declare_extension(plan, &mut catalog);

    if plan.permits == Permits::Everything {
        let mut permissions = plan.permissions.clone().unwrap_or_default();
        // Usage rights end with the first change; a viewer would report them as broken.
        permissions.remove("UR");
        permissions.remove("UR3");
        permissions.set("DocMDP", signature);
        catalog.set("Perms", permissions);
    }
    if let Some(Attached { names, associated_files }) = attached {
        catalog.set("Names", names);
        catalog.set("AF", associated_files);
    }
    put(plan, increment, catalog);
}

/// Writes the catalog with a store of validation data (ISO 32000-2, 12.8.4.3).
pub(crate) fn write_store(plan: &Plan, increment: &mut Increment, store: Id) {
    let mut catalog = plan.catalog.value.clone().with("DSS", store);
    declare_extension(plan, &mut catalog);
    put(plan, increment, catalog);
}

/// PAdES is an extension to PDF 1.7 (EN 319 142-1, 6.2.1).
fn declare_extension(plan: &Plan, catalog: &mut Dictionary) {
    if plan.version >= (2, 0) {
        return;
    }
    if plan.version < (1, 7) {
        catalog.set("Version", Object::name("1.7"));
    }
    let level = Dictionary::new().with("BaseVersion", Object::name("1.7")).with("ExtensionLevel", 1);
    catalog.set("Extensions", plan.extensions.clone().unwrap_or_default().with("ESIC", level));
}

/// Writes the catalog where it changed. The type is required, and some writers leave it out.
fn put(plan: &Plan, increment: &mut Increment, catalog: Dictionary) {
    let catalog = catalog.with("Type", Object::name("Catalog"));
    if catalog != plan.catalog.value {
        increment.put(plan.catalog.id, &catalog.into());
    }
}

/// Adds a new field to the form. Returns the form when it stands in the catalog.
fn write_form(form: Option<&Form>, increment: &mut Increment, field: Option<Id>) -> Option<Dictionary> {
    let Some(form) = form else {
        return Some(
            Dictionary::new().with("Fields", field.into_iter().map(Object::from).collect::<Vec<_>>()).with("SigFlags", SIGNATURE_FLAGS),
        );
    };
    let mut dictionary = form.dictionary.clone();
    if let Some(field) = field {
        let mut fields = form.fields.value.clone();
        fields.push(field.into());
        match form.fields.id {
            Some(array) => increment.put(array, &fields.into()),
            None => dictionary.set("Fields", fields),
        }
    }
    let flags = dictionary.get("SigFlags").and_then(Object::as_integer).unwrap_or(0) | SIGNATURE_FLAGS;
    dictionary.set("SigFlags", flags);
    match form.id {
        Some(id) => {
            if dictionary != form.dictionary {
                increment.put(id, &dictionary.into());
            }
            None
        }
        None => Some(dictionary),
    }
}
