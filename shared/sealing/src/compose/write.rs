//! Writes arranged pages as a new document (ISO 32000-1, 7.5).

use sha2::{Digest, Sha256};

use crate::compose::layout::arrange;
use crate::compose::{Block, ComposeError};
use crate::increment::Increment;
use crate::page::font::Fonts;
use crate::page::layout::{HEIGHT, WIDTH};
use crate::page::paint::{COLOR_SPACE, Painted, color_space, paint_pages};
use crate::pdf::object::{Dictionary, Object};
use crate::structure::{StructureRoot, TaggedPage, Tagging};

/// Version 1.7, and four bytes that tell transfer programs that this is no text (7.5.2).
const HEADER: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";

/// The document. The same blocks make the same bytes: there is no date in it, and its id is a digest. Without a language, it has none.
pub(super) fn document(title: &str, language: &str, blocks: &[Block]) -> Result<Vec<u8>, ComposeError> {
    if blocks.iter().all(|block| *block == Block::Rule) {
        return Err(ComposeError::Empty);
    }
    let mut fonts = Fonts::load();
    let (pages, outline) = arrange(&fonts, title, language, blocks);
    let painted = paint_pages(&mut fonts, &pages, Some(&outline));
    let mut file = Increment::new(HEADER.len() as u64, 0, 1, true);
    let (tree, structure) = (file.new_id(), StructureRoot::new(file.new_id()));
    let resources = Dictionary::new()
        .with("Font", fonts.embed(&mut file, false)?)
        .with("ColorSpace", Dictionary::new().with(COLOR_SPACE, color_space()));
    let resources = file.add(resources);
    let mut tagging = Tagging::new(&structure);
    let mut kids = Vec::new();
    let mut tagged = Vec::new();
    let mut digest = Sha256::new();
    digest.update(title.as_bytes());
    for Painted { content, tagged: elements } in painted {
        digest.update(content.as_bytes());
        let stream = file.add_stream(Dictionary::new(), content.as_bytes());
        let key = tagging.key();
        let page = Dictionary::new()
            .with("Type", Object::name("Page"))
            .with("Parent", tree)
            .with("Contents", stream)
            .with("StructParents", key)
            .with("Tabs", Object::name("S"));
        let id = file.add(page);
        kids.push(Object::from(id));
        tagged.push(TaggedPage { id, key, content: elements });
    }
    tagging.add(&mut file, &outline, &tagged, &[]);
    tagging.write(&mut file);
    let edges = [0.0, 0.0, WIDTH, HEIGHT].map(|edge| Object::Real(crate::page::num(edge)));
    let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
    let pages = Dictionary::new()
        .with("Type", Object::name("Pages"))
        .with("Kids", kids)
        .with("Count", count)
        .with("MediaBox", edges.to_vec())
        .with("Resources", resources);
    file.put(tree, &pages.into());
    let info = file.add(Dictionary::new().with("Title", Object::text(title)).with("Producer", Object::text("Segl")));
    let preferences = Dictionary::new().with("DisplayDocTitle", Object::Boolean(true));
    let mut catalog = Dictionary::new()
        .with("Type", Object::name("Catalog"))
        .with("Pages", tree)
        .with("MarkInfo", Dictionary::new().with("Marked", Object::Boolean(true)))
        .with("StructTreeRoot", structure.id)
        .with("ViewerPreferences", preferences);
    if !language.is_empty() {
        catalog.set("Lang", Object::text(language));
    }
    let root = file.add(catalog);
    let id = Object::String(digest.finalize()[..16].to_vec());
    let trailer = Dictionary::new().with("Root", root).with("Info", info).with("ID", vec![id.clone(), id]);
    Ok(file.finish_new(HEADER, &trailer)?)
}
