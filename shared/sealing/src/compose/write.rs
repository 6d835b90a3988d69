//! Writes arranged pages as a new document (ISO 32000-1, 7.5).

use sha2::{Digest, Sha256};

use crate::compose::layout::{Mark, arrange};
use crate::compose::{Block, ComposeError};
use crate::increment::Increment;
use crate::page::font::Fonts;
use crate::page::layout::{HEIGHT, WIDTH};
use crate::page::paint::{COLOR_SPACE, color_space, line_of_text, rule};
use crate::pdf::object::{Dictionary, Object};

/// Version 1.7, and four bytes that tell transfer programs that this is no text (7.5.2).
const HEADER: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";

/// The document. The same blocks make the same bytes: there is no date in it, and its id is a digest.
pub(super) fn document(title: &str, blocks: &[Block]) -> Result<Vec<u8>, ComposeError> {
    if blocks.iter().all(|block| *block == Block::Rule) {
        return Err(ComposeError::Empty);
    }
    let mut fonts = Fonts::load();
    let pages = arrange(&fonts, title, blocks);
    let contents: Vec<String> = pages.iter().map(|marks| paint(&mut fonts, marks)).collect();
    let mut file = Increment::new(HEADER.len() as u64, 0, 1, true);
    let tree = file.new_id();
    let resources = Dictionary::new()
        .with("Font", fonts.embed(&mut file, false)?)
        .with("ColorSpace", Dictionary::new().with(COLOR_SPACE, color_space()));
    let resources = file.add(resources);
    let mut kids = Vec::new();
    for content in &contents {
        let stream = file.add_stream(Dictionary::new(), content.as_bytes());
        let page = Dictionary::new().with("Type", Object::name("Page")).with("Parent", tree).with("Contents", stream);
        kids.push(Object::from(file.add(page)));
    }
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
    let root = file.add(Dictionary::new().with("Type", Object::name("Catalog")).with("Pages", tree).with("ViewerPreferences", preferences));
    let mut digest = Sha256::new();
    digest.update(title.as_bytes());
    contents.iter().for_each(|content| digest.update(content.as_bytes()));
    let id = Object::String(digest.finalize()[..16].to_vec());
    let trailer = Dictionary::new().with("Root", root).with("Info", info).with("ID", vec![id.clone(), id]);
    Ok(file.finish_new(HEADER, &trailer)?)
}

fn paint(fonts: &mut Fonts, marks: &[Mark]) -> String {
    let mut content = String::new();
    for mark in marks {
        match mark {
            Mark::Text { x, y, line } => line_of_text(fonts, &mut content, *x, HEIGHT - y, line),
            Mark::Rule { x, y, width } => rule(&mut content, *x, HEIGHT - y, *width),
        }
    }
    content
}
