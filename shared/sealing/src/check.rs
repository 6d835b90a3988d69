//! Reads a finished increment again, with code that shares nothing with the code that wrote it: lopdf for the objects, and a
//! reader for the cross-reference section of its own. What does not pass is not released.
//!
//! The document itself is not at hand. The increment is put behind a stand-in of a header, with offsets moved accordingly.

use der::Encode;
use lopdf::{Dictionary, Document, Object, ObjectId};
use sha2::Digest;
use thiserror::Error;

use crate::certificate::SealCertificate;
use crate::cms::oids;
use crate::cms::parsed::{Container, ContainerError};
use crate::cms::time_stamp::TimeStampToken;
use crate::page::outline::Role;
use crate::pdf::object::Id;
use crate::pdf::xref::XrefKind;
use crate::plan::Plan;
use crate::prefix::PrefixState;

/// What the second reader must find.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) header: u64,
    pub(crate) kind: XrefKind,
    pub(crate) catalog: Id,
    pub(crate) field: Id,
    pub(crate) signature: Id,
    pub(crate) pages: Vec<Id>,
    /// The marks of people.
    pub(crate) marks: Vec<Id>,
    /// The root of the structure tree, where something was added to it.
    pub(crate) structure: Option<Id>,
    /// The annotations that are in the structure tree, and what they are there.
    pub(crate) tagged: Vec<(Id, Role)>,
}

/// What was wrong with an increment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The cross-reference section or the end of the file.
    #[error("the cross-reference section is wrong: {0}")]
    Structure(&'static str),
    /// The second reader could not read the objects.
    #[error("a second reader cannot read the objects")]
    Reader(#[from] lopdf::Error),
    /// An object does not say what it should.
    #[error("an object is wrong: {0}")]
    Content(&'static str),
    /// The container cannot be read.
    #[error("the signature container is wrong")]
    Container(#[from] ContainerError),
    /// The container cannot be encoded again.
    #[error("the signature container cannot be encoded")]
    Encoding(#[from] der::Error),
    /// The digest, the signature or the certificate does not fit.
    #[error("the signature does not cover the document")]
    Signature,
}

/// Checks an increment behind `base` bytes whose hash state is `prefix`.
pub(crate) fn check(
    increment: &[u8],
    base: u64,
    prefix: &PrefixState,
    expected: &Expected,
    certificate: &SealCertificate,
    time_stamp: Option<&[u8]>,
) -> Result<(), CheckError> {
    let document = stand_in(increment, base, expected.header, expected.kind, expected.catalog)?;
    let id = |id: Id| -> ObjectId { (id.number, id.generation) };
    let catalog = document.get_dictionary(id(expected.catalog));
    if let Ok(catalog) = catalog
        && !catalog.has_type(b"Catalog")
    {
        return Err(CheckError::Content("the catalog"));
    }
    let field = document.get_dictionary(id(expected.field))?;
    if field.get(b"V")?.as_reference()? != id(expected.signature) || field.get(b"FT")?.as_name()? != b"Sig" {
        return Err(CheckError::Content("the field"));
    }
    for page in &expected.pages {
        check_page(&document, document.get_dictionary(id(*page))?)?;
    }
    if let Some(root) = expected.structure {
        let parents = Parents::read(&document, document.get_dictionary(id(root))?)?;
        for page in &expected.pages {
            parents.check_page(document.get_dictionary(id(*page))?)?;
        }
        for (annotation, role) in &expected.tagged {
            parents.check_annotation(id(*annotation), document.get_dictionary(id(*annotation))?, *role)?;
        }
    }
    for mark in &expected.marks {
        check_mark(&document, document.get_dictionary(id(*mark))?)?;
    }
    let signature = document.get_dictionary(id(expected.signature))?;
    check_signature(signature, increment, base, prefix, certificate, time_stamp)
}

fn check_page(document: &Document, page: &Dictionary) -> Result<(), CheckError> {
    let contents = document.get_object(page.get(b"Contents")?.as_reference()?)?.as_stream()?.decompressed_content()?;
    let operations = lopdf::content::Content::decode(&contents)?.operations;
    if !page.has_type(b"Page") || operations.is_empty() {
        return Err(CheckError::Content("a page"));
    }
    Ok(())
}

fn check_mark(document: &Document, mark: &Dictionary) -> Result<(), CheckError> {
    let look = mark.get(b"AP")?.as_dict()?.get(b"N")?.as_reference()?;
    let content = document.get_object(look)?.as_stream()?.decompressed_content()?;
    let is_drawn = !lopdf::content::Content::decode(&content)?.operations.is_empty();
    if is_drawn && mark.get(b"Subtype")?.as_name()? == b"Stamp" { Ok(()) } else { Err(CheckError::Content("a mark")) }
}

/// The pairs of the number tree of parents that the increment brought: all of the root's, or those of its last leaf.
struct Parents<'a> {
    document: &'a Document,
    pairs: &'a [Object],
}

impl<'a> Parents<'a> {
    fn read(document: &'a Document, root: &'a Dictionary) -> Result<Self, CheckError> {
        let mut node = document.dereference(root.get(b"ParentTree")?)?.1.as_dict()?;
        if let Ok(kids) = node.get(b"Kids") {
            let leaf = kids.as_array()?.last().ok_or(CheckError::Content("the tree of parents"))?;
            node = document.dereference(leaf)?.1.as_dict()?;
        }
        Ok(Self { document, pairs: node.get(b"Nums")?.as_array()? })
    }

    fn of(&self, key: i64) -> Result<&'a Object, CheckError> {
        let pair = self.pairs.chunks(2).find(|pair| pair[0].as_i64().is_ok_and(|found| found == key));
        pair.and_then(|pair| pair.get(1)).ok_or(CheckError::Content("a key in the tree of parents"))
    }

    /// The element of an annotation is of its kind, and refers to it.
    fn check_annotation(&self, id: ObjectId, annotation: &Dictionary, role: Role) -> Result<(), CheckError> {
        let element = self.of(annotation.get(b"StructParent")?.as_i64()?)?.as_reference()?;
        let element = self.document.get_dictionary(element)?;
        let refers = |kid: &Object| kid.as_dict().and_then(|kid| kid.get(b"Obj")?.as_reference()).is_ok_and(|found| found == id);
        let is_there = element.get(b"S")?.as_name()? == role.name().as_bytes() && element.get(b"K")?.as_array()?.iter().any(refers);
        if is_there { Ok(()) } else { Err(CheckError::Content("the structure of an annotation")) }
    }

    /// Each piece of marked content of a page has an element, which is what the content says it is.
    fn check_page(&self, page: &Dictionary) -> Result<(), CheckError> {
        const WRONG: CheckError = CheckError::Content("the structure of a page");
        let parents = self.of(page.get(b"StructParents")?.as_i64()?)?.as_array()?;
        let contents = self.document.get_object(page.get(b"Contents")?.as_reference()?)?.as_stream()?.decompressed_content()?;
        let mut numbered = 0;
        for operation in lopdf::content::Content::decode(&contents)?.operations {
            let [Object::Name(role), Object::Dictionary(properties)] = operation.operands.as_slice() else { continue };
            let Ok(number) = properties.get(b"MCID").and_then(Object::as_i64) else { continue };
            let parent = usize::try_from(number).ok().and_then(|number| parents.get(number)).ok_or(WRONG)?;
            let element = self.document.get_dictionary(parent.as_reference()?)?;
            if element.get(b"S")?.as_name()? != role.as_slice() {
                return Err(WRONG);
            }
            numbered += 1;
        }
        if numbered == parents.len() { Ok(()) } else { Err(WRONG) }
    }
}

fn check_signature(
    signature: &Dictionary,
    increment: &[u8],
    base: u64,
    prefix: &PrefixState,
    certificate: &SealCertificate,
    time_stamp: Option<&[u8]>,
) -> Result<(), CheckError> {
    let Gap { contents, before, after } = Gap::of(signature, increment, base)?;
    let container = Container::read(contents)?;
    let mut hasher = container.hasher_from(prefix)?;
    hasher.update(before);
    hasher.update(after);
    let is_intact = container.is_intact(&hasher.finish());
    let stamps: Vec<_> = container.unsigned_values(oids::SIGNATURE_TIME_STAMP, 2).map(Encode::to_der).collect::<Result<_, _>>()?;
    if stamps.iter().map(Vec::as_slice).ne(time_stamp) {
        return Err(CheckError::Content("the time-stamp"));
    }
    if is_intact && container.is_valid()? && container.signer == *certificate.leaf() { Ok(()) } else { Err(CheckError::Signature) }
}

/// What a signature has in its gap, and what it covers of the increment.
struct Gap<'a> {
    contents: &'a [u8],
    before: &'a [u8],
    after: &'a [u8],
}

impl<'a> Gap<'a> {
    fn of(signature: &'a Dictionary, increment: &'a [u8], base: u64) -> Result<Self, CheckError> {
        let range = signature.get(b"ByteRange")?.as_array()?.iter().map(Object::as_i64).collect::<Result<Vec<_>, _>>()?;
        let range: Vec<u64> = range.into_iter().filter_map(|number| u64::try_from(number).ok()).collect();
        let [0, first_len, second, second_len] = range[..] else {
            return Err(CheckError::Content("the byte range"));
        };
        let (Some(gap_start), Some(gap_end)) = (first_len.checked_sub(base), second.checked_sub(base)) else {
            return Err(CheckError::Content("the byte range"));
        };
        let (gap_start, gap_end) = (gap_start as usize, gap_end as usize);
        let covers_all = second.checked_add(second_len) == Some(base + increment.len() as u64);
        let gap = increment.get(gap_start..gap_end).ok_or(CheckError::Content("the byte range"))?;
        let [b'<', hex @ .., b'>'] = gap else {
            return Err(CheckError::Content("the byte range"));
        };
        let contents = signature.get(b"Contents")?.as_str()?;
        let is_same = std::str::from_utf8(hex).ok().and_then(crate::hex::decode).is_some_and(|bytes| bytes == contents);
        if !covers_all || !is_same || signature.has(b"Cert") {
            return Err(CheckError::Content("the signature dictionary"));
        }
        Ok(Self { contents, before: &increment[..gap_start], after: &increment[gap_end..] })
    }
}

/// Checks an increment that brings a document time-stamp.
pub(crate) fn check_stamp(increment: &[u8], base: u64, prefix: &PrefixState, expected: &Expected, token: &[u8]) -> Result<(), CheckError> {
    let document = stand_in(increment, base, expected.header, expected.kind, expected.catalog)?;
    let field = document.get_dictionary((expected.field.number, expected.field.generation))?;
    let id: ObjectId = (expected.signature.number, expected.signature.generation);
    let signature = document.get_dictionary(id)?;
    if field.get(b"V")?.as_reference()? != id || !signature.has_type(b"DocTimeStamp") {
        return Err(CheckError::Content("the field"));
    }
    let Gap { contents, before, after } = Gap::of(signature, increment, base)?;
    let stamp = TimeStampToken::read(contents).map_err(|_| CheckError::Content("the time-stamp"))?;
    let digest = prefix.sha256.clone().chain_update(before).chain_update(after).finalize();
    let is_whole = contents.starts_with(token) && stamp.imprint() == (oids::SHA256, digest.as_slice());
    if is_whole && stamp.is_genuine().is_ok_and(|genuine| genuine) { Ok(()) } else { Err(CheckError::Signature) }
}

/// Checks an increment that brings validation data: each of `new` is there once, as a stream of the store, which the catalog names.
pub(crate) fn check_store(increment: &[u8], plan: &Plan, store: Id, new: &[&[u8]]) -> Result<(), CheckError> {
    const WRONG: CheckError = CheckError::Content("the validation data");
    let document = stand_in(increment, plan.prefix.len, plan.header, plan.xref, plan.catalog.id)?;
    let store: ObjectId = (store.number, store.generation);
    // A catalog that names the store already is not written again.
    let named = match document.get_dictionary((plan.catalog.id.number, plan.catalog.id.generation)) {
        Ok(catalog) => catalog.get(b"DSS")?.as_reference()? == store,
        Err(_) => plan.validation_store.is_some(),
    };
    if !named {
        return Err(WRONG);
    }
    let store = document.get_dictionary(store)?;
    let mut found = Vec::new();
    for key in [b"Certs".as_slice(), b"OCSPs", b"CRLs"] {
        for item in store.get(key).and_then(Object::as_array).map_or(&[][..], Vec::as_slice) {
            // Those of earlier revisions are not at hand.
            if let Ok(stream) = document.get_object(item.as_reference()?).and_then(Object::as_stream) {
                found.push(stream.decompressed_content()?);
            }
        }
    }
    if found.len() == new.len() && new.iter().all(|der| found.iter().any(|found| found == der)) { Ok(()) } else { Err(WRONG) }
}

/// One row of the cross-reference section; the offset is in the increment.
struct Row {
    number: u32,
    generation: u16,
    offset: usize,
}

/// The increment's objects in a document of their own, after checking that each is where the increment says.
fn stand_in(increment: &[u8], base: u64, header: u64, kind: XrefKind, catalog: Id) -> Result<Document, CheckError> {
    const END: CheckError = CheckError::Structure("the end of the file");
    let inside = |offset: u64| offset.checked_add(header)?.checked_sub(base).and_then(|offset| usize::try_from(offset).ok());
    let ending = increment.strip_suffix(b"\n%%EOF\n").ok_or(END)?;
    let digits = ending.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, startxref) = ending.split_at(ending.len() - digits);
    let before = before.strip_suffix(b"startxref\n").ok_or(END)?;
    let place = number(startxref).and_then(inside).filter(|place| *place < before.len()).ok_or(END)?;
    let rows = match kind {
        XrefKind::Table => table_rows(&before[place..], &inside)?,
        XrefKind::Stream => stream_rows(increment, place, catalog, &inside)?,
    };
    for row in &rows {
        let head = format!("{} {} obj\n", row.number, row.generation);
        if !increment.get(row.offset..).is_some_and(|object| object.starts_with(head.as_bytes())) {
            return Err(CheckError::Structure("an object is not where it should be"));
        }
    }
    load(increment, &rows, catalog)
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Reads a table whose rows have twenty bytes, and its trailer.
fn table_rows(section: &[u8], inside: &impl Fn(u64) -> Option<usize>) -> Result<Vec<Row>, CheckError> {
    const BROKEN: CheckError = CheckError::Structure("the table");
    let mut rest = section.strip_prefix(b"xref\n").ok_or(BROKEN)?;
    let mut rows = Vec::new();
    while !rest.starts_with(b"trailer\n") {
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(BROKEN)?;
        let mut head = rest[..end].split(|byte| *byte == b' ');
        let (Some(first), Some(count), None) = (head.next().and_then(number), head.next().and_then(number), head.next()) else {
            return Err(BROKEN);
        };
        rest = &rest[end + 1..];
        for index in 0..count {
            let (row, after) = rest.split_at_checked(20).ok_or(BROKEN)?;
            rest = after;
            let (Some(offset), Some(generation), b" n\r\n") = (number(&row[..10]), number(&row[11..16]), &row[16..]) else {
                return Err(BROKEN);
            };
            rows.push(row_of(first + index, generation, offset, inside)?);
        }
    }
    Ok(rows)
}

/// Reads a cross-reference stream: first alone, to have its rows decoded.
fn stream_rows(increment: &[u8], place: usize, catalog: Id, inside: &impl Fn(u64) -> Option<usize>) -> Result<Vec<Row>, CheckError> {
    const BROKEN: CheckError = CheckError::Structure("the cross-reference stream");
    let digits = increment[place..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let own = number(&increment[place..place + digits]).and_then(|own| u32::try_from(own).ok()).ok_or(BROKEN)?;
    let alone = load(increment, &[Row { number: own, generation: 0, offset: place }], catalog)?;
    let stream = alone.get_object((own, 0))?.as_stream()?;
    let numbers = |key: &[u8]| -> Result<Vec<u64>, CheckError> {
        let items = stream.dict.get(key)?.as_array()?;
        items.iter().map(|item| u64::try_from(item.as_i64()?).map_err(|_| BROKEN)).collect()
    };
    let (widths, index) = (numbers(b"W")?, numbers(b"Index")?);
    let [1, width @ 1..=8, 2] = widths[..] else {
        return Err(BROKEN);
    };
    let width = width as usize;
    let data = stream.decompressed_content()?;
    let mut lines = data.chunks(3 + width);
    let mut rows = Vec::new();
    for pair in index.chunks(2) {
        let [first, count] = *pair else {
            return Err(BROKEN);
        };
        for number in first..first + count {
            let Some([1, fields @ ..]) = lines.next().filter(|line| line.len() == 3 + width) else {
                return Err(BROKEN);
            };
            let field = |bytes: &[u8]| bytes.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
            rows.push(row_of(number, field(&fields[width..]), field(&fields[..width]), inside)?);
        }
    }
    if lines.next().is_some() { Err(BROKEN) } else { Ok(rows) }
}

fn row_of(number: u64, generation: u64, offset: u64, inside: &impl Fn(u64) -> Option<usize>) -> Result<Row, CheckError> {
    match (u32::try_from(number), u16::try_from(generation), inside(offset)) {
        (Ok(number), Ok(generation), Some(offset)) => Ok(Row { number, generation, offset }),
        _ => Err(CheckError::Structure("a row of the cross-reference section")),
    }
}

/// Loads the increment with a table for these rows alone.
fn load(increment: &[u8], rows: &[Row], catalog: Id) -> Result<Document, CheckError> {
    const HEADER: &[u8] = b"%PDF-1.7\n";
    let mut text = HEADER.to_vec();
    text.extend_from_slice(increment);
    let place = text.len();
    text.extend_from_slice(b"xref\n0 1\n0000000000 65535 f\r\n");
    for Row { number, generation, offset } in rows {
        let offset = offset + HEADER.len();
        text.extend_from_slice(format!("{number} 1\n{offset:010} {generation:05} n\r\n").as_bytes());
    }
    let size = rows.iter().map(|row| row.number).max().unwrap_or(0).max(catalog.number) + 1;
    text.extend_from_slice(format!("trailer\n<</Size {size}/Root {catalog} R>>\nstartxref\n{place}\n%%EOF\n").as_bytes());
    Ok(Document::load_mem(&text)?)
}
