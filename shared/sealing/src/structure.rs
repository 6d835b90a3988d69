//! The structure tree of a tagged document, and what is added to it (ISO 32000-1, 14.7).
//!
//! A document without tags gets none: readers that follow a tree would pass over every page that is not in it, and the document
//! would claim to be what it is not. Its pages and ours are then read alike, in the order in which their content stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::increment::Increment;
use crate::inspect::{held_array, optional_dictionary};
use crate::page::outline::{ElementId, Outline, Role};
use crate::pdf::object::{Dictionary, Id, Object};
use crate::pdf::reader::Reader;
use crate::plan::Held;
use crate::refusal::Refusal;

/// The root of the structure tree, with its number tree of parents (14.7.4.4).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StructureRoot {
    pub(crate) id: Id,
    pub(crate) dictionary: Dictionary,
    /// `/K` as an array, wherever it stands.
    pub(crate) kids: Vec<Object>,
    /// The one element at the top, where new ones can go below it.
    pub(crate) top: Option<TopElement>,
    pub(crate) parents: Parents,
    /// The first key that is free in the number tree.
    pub(crate) next_key: i64,
}

/// The element that holds all others. A tagged document has one (14.8.4.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TopElement {
    pub(crate) id: Id,
    pub(crate) dictionary: Dictionary,
    /// `/K` as an array, wherever it stands.
    pub(crate) kids: Vec<Object>,
}

/// The most kids of the top element that are written again. Below one with more, as in a book without chapters, nothing is added; ours
/// then stands beside it, so that the cost does not grow with the document.
const MAX_TOP_KIDS: usize = 1000;

/// The root of the number tree of parents.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Parents {
    pub(crate) root: Held<Dictionary>,
    pub(crate) entries: Entries,
}

/// `/Nums` or `/Kids` of a number tree's root, wherever they stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Entries {
    Nums(Vec<Object>),
    Kids(Vec<Object>),
}

/// Reads the root of a document that says it is tagged. `None` where it is not, or where its tree is built so that nothing can be
/// added without guessing.
pub(crate) fn read(reader: &mut Reader<'_>, catalog: &Dictionary) -> Result<Option<StructureRoot>, Refusal> {
    let Some(mark) = optional_dictionary(reader, catalog, "MarkInfo")? else { return Ok(None) };
    if reader.entry(&mark, "Marked")? != Object::Boolean(true) {
        return Ok(None);
    }
    let Some(id) = catalog.get("StructTreeRoot").and_then(Object::as_reference) else { return Ok(None) };
    let Object::Dictionary(dictionary) = reader.object(id)? else { return Ok(None) };
    let kids = kids(reader, &dictionary)?;
    let top = top(reader, &kids)?;
    let parent_tree = dictionary.get("ParentTree").and_then(Object::as_reference);
    let root = Held { id: parent_tree, value: optional_dictionary(reader, &dictionary, "ParentTree")?.unwrap_or_default() };
    let Some((entries, last_key)) = entries(reader, &root.value)? else { return Ok(None) };
    let claimed = reader.entry(&dictionary, "ParentTreeNextKey")?.as_integer().unwrap_or(0);
    // A claim that is too low would give one key two meanings.
    let next_key = claimed.max(last_key.saturating_add(1)).max(0);
    // What is written anew is kept once.
    let without = |dictionary: &Dictionary, keys: &[&str]| {
        let mut rest = dictionary.clone();
        keys.iter().for_each(|key| drop(rest.remove(key)));
        rest
    };
    // Keys are written as plain integers, which many readers hold in 32 bits.
    if next_key > i64::from(i32::MAX / 2) {
        return Ok(None);
    }
    let root = Held { id: root.id, value: without(&root.value, &["Nums", "Kids"]) };
    let dictionary = without(&dictionary, if parent_tree.is_some() { &["K"] } else { &["K", "ParentTree"] });
    Ok(Some(StructureRoot { id, dictionary, kids, top, parents: Parents { root, entries }, next_key }))
}

/// `/K` as an array. One kid alone stays a reference where it is one, since elements must not be copied.
fn kids(reader: &mut Reader<'_>, holder: &Dictionary) -> Result<Vec<Object>, Refusal> {
    Ok(match reader.entry(holder, "K")? {
        Object::Array(kids) => kids,
        Object::Null => Vec::new(),
        single => vec![holder.get("K").cloned().unwrap_or(single)],
    })
}

fn top(reader: &mut Reader<'_>, root_kids: &[Object]) -> Result<Option<TopElement>, Refusal> {
    let [Object::Reference(id)] = *root_kids else { return Ok(None) };
    let Object::Dictionary(mut dictionary) = reader.object(id)? else { return Ok(None) };
    let groups = ["Document", "Part", "Art", "Sect", "Div"];
    if !dictionary.get("S").is_some_and(|kind| groups.iter().any(|group| kind.is_name(group))) {
        return Ok(None);
    }
    let kids = kids(reader, &dictionary)?;
    dictionary.remove("K");
    Ok((kids.len() <= MAX_TOP_KIDS).then_some(TopElement { id, dictionary, kids }))
}

/// The entries of a number tree's root and its greatest key, or -1 (7.9.7). Nodes below the root tell theirs, so a tree of any size
/// need not be read.
fn entries(reader: &mut Reader<'_>, root: &Dictionary) -> Result<Option<(Entries, i64)>, Refusal> {
    let kids = held_array(reader, root, "Kids")?.value;
    if let Some(last) = kids.last() {
        let Object::Dictionary(last) = reader.resolve(last)? else { return Ok(None) };
        let limits = held_array(reader, &last, "Limits")?.value;
        let Some(last_key) = limits.last() else { return Ok(None) };
        let last_key = reader.resolve(last_key)?.as_integer();
        return Ok(last_key.map(|last_key| (Entries::Kids(kids), last_key)));
    }
    let nums = held_array(reader, root, "Nums")?.value;
    let mut last_key = -1;
    for pair in nums.chunks(2) {
        reader.bytes.budget.spend_work(1)?;
        match reader.resolve(&pair[0])?.as_integer() {
            Some(key) if key > last_key && pair.len() == 2 => last_key = key,
            _ => return Ok(None),
        }
    }
    Ok(Some((Entries::Nums(nums), last_key)))
}

/// A page that was added and the elements of its marked content, by their numbers.
pub(crate) struct TaggedPage {
    pub(crate) id: Id,
    /// Its `/StructParents`.
    pub(crate) key: i64,
    pub(crate) content: Vec<ElementId>,
}

/// An annotation that was added and the element that it is.
pub(crate) struct TaggedAnnotation {
    pub(crate) id: Id,
    pub(crate) page: Id,
    pub(crate) element: ElementId,
    /// Its `/StructParent`.
    pub(crate) key: i64,
}

impl StructureRoot {
    /// The root of a new document's tree, with nothing below it.
    pub(crate) fn new(id: Id) -> Self {
        let dictionary = Dictionary::new().with("Type", Object::name("StructTreeRoot"));
        let parents = Parents { root: Held { id: None, value: Dictionary::new() }, entries: Entries::Nums(Vec::new()) };
        Self { id, dictionary, kids: Vec::new(), top: None, parents, next_key: 0 }
    }
}

/// What is added to a structure tree. The root and its tree of parents are objects that change once, so all of it is gathered first.
pub(crate) struct Tagging<'a> {
    root: &'a StructureRoot,
    next_key: i64,
    kids: Vec<Object>,
    /// What the tree of parents gains, in the order of its keys.
    parents: BTreeMap<i64, Object>,
}

impl<'a> Tagging<'a> {
    pub(crate) fn new(root: &'a StructureRoot) -> Self {
        Self { root, next_key: root.next_key, kids: Vec::new(), parents: BTreeMap::new() }
    }

    /// A key for `/StructParent` of an annotation or `/StructParents` of a page.
    pub(crate) fn key(&mut self) -> i64 {
        let key = self.next_key;
        self.next_key += 1;
        key
    }

    /// Writes an outline as elements below the top one. No other element is touched.
    pub(crate) fn add(&mut self, increment: &mut Increment, outline: &Outline, pages: &[TaggedPage], annotations: &[TaggedAnnotation]) {
        let ids: Vec<Id> = outline.iter().map(|_| increment.new_id()).collect();
        let mut kids: Vec<Vec<Object>> = vec![Vec::new(); ids.len()];
        for (element, id) in outline.iter().zip(&ids) {
            if let Some(parent) = element.1.parent {
                kids[parent.index()].push((*id).into());
            }
        }
        for page in pages {
            for (number, element) in page.content.iter().enumerate() {
                let content = Dictionary::new().with("Type", Object::name("MCR")).with("Pg", page.id).with("MCID", number as i64);
                kids[element.index()].push(content.into());
            }
            let parents: Vec<Object> = page.content.iter().map(|element| ids[element.index()].into()).collect();
            self.parents.insert(page.key, parents.into());
        }
        for annotation in annotations {
            let reference = Dictionary::new().with("Type", Object::name("OBJR")).with("Pg", annotation.page).with("Obj", annotation.id);
            kids[annotation.element.index()].push(reference.into());
            self.parents.insert(annotation.key, ids[annotation.element.index()].into());
        }
        let above = self.root.top.as_ref().map_or(self.root.id, |top| top.id);
        for ((element, id), kids) in outline.iter().zip(&ids).zip(kids) {
            let (_, element) = element;
            let parent = element.parent.map_or(above, |parent| ids[parent.index()]);
            let mut dictionary = Dictionary::new()
                .with("Type", Object::name("StructElem"))
                .with("S", Object::name(element.role.name()))
                .with("P", parent)
                .with("K", kids);
            if element.parent.is_none() && !outline.language.is_empty() {
                dictionary.set("Lang", Object::text(&outline.language));
            }
            if let Some(alternative) = &element.alternative {
                dictionary.set("Alt", Object::text(alternative));
            }
            if let Some(attributes) = element.role.attributes() {
                dictionary.set("A", attributes);
            }
            increment.put(*id, &dictionary.into());
        }
        self.kids.push(ids[outline.top().index()].into());
    }

    /// Writes an element that is an annotation and nothing else; returns its `/StructParent`.
    pub(crate) fn add_annotation(&mut self, increment: &mut Increment, id: Id, page: Id, role: Role, language: &str) -> i64 {
        let key = self.key();
        let outline = Outline::new(role, language);
        self.add(increment, &outline, &[], &[TaggedAnnotation { id, page, element: outline.top(), key }]);
        key
    }

    /// Writes the top element, or else the root, with its new kids, and the number tree with more pairs. A tree whose root has kids gets a
    /// leaf more. Returns the root, when there was something to add.
    pub(crate) fn write(self, increment: &mut Increment) -> Option<Id> {
        let (&first, &last) = (self.parents.keys().next()?, self.parents.keys().next_back()?);
        let Parents { root, entries } = &self.root.parents;
        let pairs: Vec<Object> = self.parents.into_iter().flat_map(|(key, parent)| [Object::Integer(key), parent]).collect();
        let mut tree = root.value.clone();
        match entries {
            Entries::Nums(known) => tree.set("Nums", [known.as_slice(), &pairs].concat()),
            Entries::Kids(known) => {
                let limits = vec![Object::Integer(first), Object::Integer(last)];
                let leaf = increment.add(Dictionary::new().with("Limits", limits).with("Nums", pairs));
                tree.set("Kids", [known.as_slice(), &[leaf.into()]].concat());
            }
        }
        let and_ours = |kids: &[Object]| [kids, &self.kids].concat();
        let kids = match &self.root.top {
            Some(top) => {
                increment.put(top.id, &top.dictionary.clone().with("K", and_ours(&top.kids)).into());
                self.root.kids.clone()
            }
            None => and_ours(&self.root.kids),
        };
        let mut dictionary = self.root.dictionary.clone().with("K", kids).with("ParentTreeNextKey", self.next_key);
        match root.id {
            Some(id) => increment.put(id, &tree.into()),
            None => dictionary.set("ParentTree", tree),
        }
        increment.put(self.root.id, &dictionary.into());
        Some(self.root.id)
    }
}
