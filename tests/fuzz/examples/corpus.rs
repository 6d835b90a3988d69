//! Writes the documents that the tests of the engine make, sound ones, broken ones and sealed ones, as a corpus: `corpus FOLDER`
#![allow(dead_code, reason = "the tests' documents come with more than is used here")]

use std::fs;
use std::path::PathBuf;

use segl_fuzz::{identity, request};
use segl_sealing::{Limits, PrefixDigest, inspect};

#[path = "../../../shared/sealing/tests/support/authorities.rs"]
mod authorities;
#[path = "../../../shared/sealing/tests/support/documents.rs"]
mod documents;
#[path = "../../../shared/sealing/tests/support/judges.rs"]
mod judges;
#[path = "../../../shared/sealing/tests/support/pki.rs"]
mod pki;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("usage: corpus FOLDER"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    for (index, (_, document)) in documents::all().into_iter().enumerate() {
        let write = |kind: &str, bytes: &[u8]| fs::write(folder.join(format!("{index:02}-{kind}")), bytes).expect("the folder takes files");
        let end = document.windows(9).rposition(|piece| piece == b"startxref").expect("a PDF has one");
        let (certificate, key) = identity();
        let plan = inspect(&document, PrefixDigest::of(&document), &Limits::default()).expect("the document is sound").plan;
        let prepared = plan.prepare(request(certificate, plan.permits())).expect("the document can be sealed");
        let signature = key.sign(&prepared.to_be_signed()).expect("signs");
        let sealed = prepared.complete(&signature).expect("is sealed");
        write("sound", &document);
        write("broken", &[&document[..end], b"startxref\n0\n%%EOF\n"].concat());
        write("cut-off", &document[..end]);
        write("sealed", &[document.as_slice(), &sealed.increment].concat());
    }
}
