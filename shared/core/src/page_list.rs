//! The list of a document's page images: what `ingest` made and the ceremony shows.
//!
//! A signature names the SHA-256 of this list, and the list names that of each image: what was shown can be proved, page by page.

use serde::{Deserialize, Serialize};

use crate::id::Sha256;

/// The images of a document's pages, from the first on. It may end before the document does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageList {
    /// The file whose pages these are.
    pub document: Sha256,
    /// The pages.
    pub pages: Vec<PageEntry>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEntry {
    /// SHA-256 of the image.
    pub sha256: Sha256,
    /// Its width in pixels.
    pub width: u16,
    /// Its height in pixels.
    pub height: u16,
    /// What can be read on the page, for those who do not see the image.
    pub text: String,
}

impl PageList {
    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a list has string keys and whole numbers only, which JSON can express")
    }

    /// Takes a list in whose bytes have this digest; nothing else was shown to anybody.
    pub fn from_bytes(bytes: &[u8], sha256: &Sha256) -> Option<Self> {
        if Sha256::of(bytes) != *sha256 {
            return None;
        }
        serde_json::from_slice(bytes).ok()
    }
}
