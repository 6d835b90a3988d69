//! The interactive form (ISO 32000-1, 12.7) and the signatures in it (12.8).

use std::collections::HashSet;

use crate::inspect::{held_array, optional_dictionary};
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::{EmptyField, Form};
use crate::refusal::{Damage, Refusal};

/// How many empty fields a plan keeps.
const MAX_EMPTY_FIELDS: usize = 20;

/// A signature field that is signed.
#[derive(Debug, Clone)]
pub(crate) struct SignedField {
    /// The fully qualified name (12.7.3.2).
    pub(crate) name: String,
    /// The object of the signature dictionary; `None` when it stands in the field.
    pub(crate) signature_id: Option<Id>,
    pub(crate) signature: Dictionary,
    /// The field's `/Lock`.
    pub(crate) lock: Option<Dictionary>,
}

/// Reads the form, refusing XFA.
pub(crate) fn read(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Option<Form>, Refusal> {
    let id = catalog.get("AcroForm").and_then(Object::as_reference);
    let dictionary = match reader.entry(catalog, "AcroForm")? {
        Object::Dictionary(dictionary) => dictionary,
        Object::Null => return Ok(None),
        _ => return Err(Damage("its form cannot be read").into()),
    };
    if dictionary.get("XFA").is_some() {
        return Err(Refusal::Xfa);
    }
    let fields = held_array(reader, &dictionary, "Fields")?;
    Ok(Some(Form { id, dictionary, fields }))
}

/// The signature fields of the document, refusing signatures that permit no further one.
pub(crate) fn signatures(
    reader: &mut Reader<'_>,
    form: Option<&Form>,
    permissions: Option<&Dictionary>,
) -> Result<SignatureFields, Refusal> {
    let mut fields = match form {
        Some(form) => signature_fields(reader, &form.fields.value)?,
        None => SignatureFields::default(),
    };
    if let Some(permissions) = permissions
        && let Some(certification) = optional_dictionary(reader, permissions, "DocMDP")?
    {
        if permission_level(reader, &certification)? == 1 {
            return Err(Refusal::CertifiedNoChanges);
        }
        fields.is_certified = true;
    }
    for field in &fields.signed {
        fields.is_certified |= transform(reader, &field.signature, "DocMDP")?.is_some();
        if locks_everything(reader, field)? {
            return Err(Refusal::LockedBySignature);
        }
    }
    Ok(fields)
}

/// The signature fields of a form.
#[derive(Debug, Default)]
pub(crate) struct SignatureFields {
    pub(crate) signed: Vec<SignedField>,
    /// Fields that wait for a signature and put no condition on it.
    pub(crate) empty: Vec<EmptyField>,
    /// One of the signatures certifies the document (12.8.2.2).
    pub(crate) is_certified: bool,
}

/// Every signature field. Fields may form a deep tree and may lead in circles; each is seen once.
pub(crate) fn signature_fields(reader: &mut Reader<'_>, roots: &[Object]) -> Result<SignatureFields, Refusal> {
    struct Node {
        field: Object,
        parent_name: String,
        inherited_kind: Option<Object>,
    }
    let mut fields = SignatureFields::default();
    let mut seen = HashSet::new();
    let node = |field: &Object| Node { field: field.clone(), parent_name: String::new(), inherited_kind: None };
    let mut ahead: Vec<Node> = roots.iter().rev().map(node).collect();
    while let Some(Node { field, parent_name, inherited_kind }) = ahead.pop() {
        reader.bytes.budget.spend_work(1 + parent_name.len() as u64 / 64)?;
        if field.as_reference().is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        let Object::Dictionary(dictionary) = reader.resolve(&field)? else {
            continue;
        };
        let kind = dictionary.get("FT").cloned().or(inherited_kind);
        let partial = reader.entry(&dictionary, "T")?;
        let name = match partial.as_string() {
            Some(partial) if parent_name.is_empty() => text_of(partial),
            Some(partial) => format!("{parent_name}.{}", text_of(partial)),
            None => parent_name,
        };
        if let Object::Array(kids) = reader.entry(&dictionary, "Kids")? {
            for kid in kids.iter().rev() {
                reader.bytes.budget.spend_work(1)?;
                ahead.push(Node { field: kid.clone(), parent_name: name.clone(), inherited_kind: kind.clone() });
            }
        }
        if !kind.is_some_and(|kind| kind.is_name("Sig")) {
            continue;
        }
        match reader.entry(&dictionary, "V")? {
            Object::Dictionary(signature) => {
                let lock = optional_dictionary(reader, &dictionary, "Lock")?;
                let signature_id = dictionary.get("V").and_then(Object::as_reference);
                fields.signed.push(SignedField { name, signature_id, signature, lock });
            }
            _ => {
                // A lock or a seed value (12.7.4.5) asks for more than a seal gives; such a field is left to others.
                let is_plain = ["Lock", "SV", "Kids", "V"].iter().all(|key| dictionary.get(key).is_none());
                if let (true, true, Some(id)) = (is_plain, dictionary.get("FT").is_some(), field.as_reference())
                    && fields.empty.len() < MAX_EMPTY_FIELDS
                {
                    fields.empty.push(EmptyField { name, id, dictionary });
                }
            }
        }
    }
    Ok(fields)
}

/// DocMDP's `/P`: 1 no changes, 2 form filling and signing (the default), 3 annotations too (table 254).
pub(crate) fn permission_level(reader: &mut Reader<'_>, signature: &Dictionary) -> Result<i64, Refusal> {
    Ok(transform(reader, signature, "DocMDP")?.and_then(|parameters| parameters.get("P").and_then(Object::as_integer)).unwrap_or(2))
}

/// The parameters of a signature's transform method (12.8.1, table 253); empty when it has none.
pub(crate) fn transform(reader: &mut Reader<'_>, signature: &Dictionary, method: &str) -> Result<Option<Dictionary>, Refusal> {
    let Object::Array(references) = reader.entry(signature, "Reference")? else {
        return Ok(None);
    };
    for reference in &references {
        let Object::Dictionary(reference) = reader.resolve(reference)? else {
            continue;
        };
        if reference.get("TransformMethod").is_some_and(|name| name.is_name(method)) {
            return Ok(Some(optional_dictionary(reader, &reference, "TransformParams")?.unwrap_or_default()));
        }
    }
    Ok(None)
}

/// True when a signature allows no further field: a lock on all fields, on all but some, or on the whole document.
fn locks_everything(reader: &mut Reader<'_>, field: &SignedField) -> Result<bool, Refusal> {
    let locks = [field.lock.clone(), transform(reader, &field.signature, "FieldMDP")?];
    for lock in locks.into_iter().flatten() {
        let action = reader.entry(&lock, "Action")?;
        // /P in a lock came with ISO 32000-2, table 236; 1 forbids every change.
        let level = reader.entry(&lock, "P")?.as_integer();
        if action.is_name("All") || action.is_name("Exclude") || level == Some(1) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A text string for people (ISO 32000-1, 7.9.2.2): UTF-16 or UTF-8 with a byte order mark, else taken as Latin-1, which
/// differs from PDFDocEncoding in punctuation alone.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        plain => plain.iter().map(|byte| char::from(*byte)).collect(),
    }
}
