//! The process that draws pages, as the function starts it.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::{Command, Stdio};

use ingest::draw::ARGUMENT;

fn draw(document: &[u8]) -> (bool, Vec<u8>) {
    let mut file: File = tempfile::tempfile().expect("a scratch file");
    file.write_all(document).expect("a scratch file");
    file.rewind().expect("a scratch file");
    let mut process = Command::new(env!("CARGO_BIN_EXE_ingest"));
    let output = process.arg(ARGUMENT).env_clear().stdin(Stdio::from(file)).stderr(Stdio::null()).output().expect("it starts");
    (output.status.success(), output.stdout)
}

#[test]
fn it_hands_over_images_and_fails_alone() {
    let agreement = include_bytes!("../../../shared/local/demo/agreement.pdf");
    let (good, pages) = draw(agreement);
    assert!(good, "drawn");
    assert_eq!(&pages[12..20], b"\x89PNG\r\n\x1a\n");
    let (good, pages) = draw(b"no document");
    assert!(!good && pages.is_empty());
}
