//! The logical structure of what is added: which part of it is a heading, a table, a figure (ISO 32000-1, 14.7 and 14.8).

use crate::pdf::object::{Dictionary, Object};

/// An element of an [`Outline`], by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ElementId(usize);

/// A standard structure type (14.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// All of a document.
    Document,
    Section,
    Heading1,
    Heading2,
    Heading3,
    Heading4,
    Heading5,
    Heading6,
    Paragraph,
    List,
    Item,
    /// What stands before an item.
    ItemLabel,
    ItemBody,
    Table,
    Row,
    /// The header of its row.
    Header,
    /// The header of its column.
    ColumnHeader,
    Cell,
    Figure,
    /// What can be clicked.
    Link,
    /// A field of the form.
    Form,
    /// An annotation of another kind.
    Annotation,
}

impl Role {
    /// The name in `/S` and in marked content.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Section => "Sect",
            Self::Heading1 => "H1",
            Self::Heading2 => "H2",
            Self::Heading3 => "H3",
            Self::Heading4 => "H4",
            Self::Heading5 => "H5",
            Self::Heading6 => "H6",
            Self::Paragraph => "P",
            Self::List => "L",
            Self::Item => "LI",
            Self::ItemLabel => "Lbl",
            Self::ItemBody => "LBody",
            Self::Table => "Table",
            Self::Row => "TR",
            Self::Header | Self::ColumnHeader => "TH",
            Self::Cell => "TD",
            Self::Figure => "Figure",
            Self::Link => "Link",
            Self::Form => "Form",
            Self::Annotation => "Annot",
        }
    }
}

impl Role {
    /// A heading of level 1 to 6.
    pub(crate) fn heading(level: u8) -> Self {
        match level {
            ..=1 => Self::Heading1,
            2 => Self::Heading2,
            3 => Self::Heading3,
            4 => Self::Heading4,
            5 => Self::Heading5,
            6.. => Self::Heading6,
        }
    }

    /// What a table must know of its header cells (table 349).
    pub(crate) fn attributes(self) -> Option<Dictionary> {
        let scope = match self {
            Self::Header => "Row",
            Self::ColumnHeader => "Column",
            _ => return None,
        };
        Some(Dictionary::new().with("O", Object::name("Table")).with("Scope", Object::name(scope)))
    }
}

/// One element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    pub(crate) role: Role,
    /// `None` for the one at the top.
    pub(crate) parent: Option<ElementId>,
    /// What a screen reader says in place of it (`/Alt`).
    pub(crate) alternative: Option<String>,
}

/// Elements in reading order; each stands behind its parent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outline {
    elements: Vec<Element>,
    /// The language of its text, a BCP 47 tag.
    pub(crate) language: String,
}

impl Outline {
    /// An outline that has an element at the top.
    pub(crate) fn new(role: Role, language: &str) -> Self {
        Self { elements: vec![Element { role, parent: None, alternative: None }], language: language.to_owned() }
    }

    /// The element at the top.
    pub(crate) fn top(&self) -> ElementId {
        ElementId(0)
    }

    /// Adds an element as its parent's last.
    pub(crate) fn add(&mut self, parent: ElementId, role: Role) -> ElementId {
        self.elements.push(Element { role, parent: Some(parent), alternative: None });
        ElementId(self.elements.len() - 1)
    }

    /// Says what a screen reader says in place of an element.
    pub(crate) fn describe(&mut self, element: ElementId, alternative: String) {
        self.elements[element.0].alternative = Some(alternative);
    }

    pub(crate) fn role(&self, element: ElementId) -> Role {
        self.elements[element.0].role
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ElementId, &Element)> {
        self.elements.iter().enumerate().map(|(index, element)| (ElementId(index), element))
    }
}

impl ElementId {
    /// Its place in the outline.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}
