//! Independent judges: poppler's pdfsig, qpdf and pyHanko for sealed PDFs, and whatever else a test runs. A judge that is missing fails the
//! test.

use std::path::Path;
use std::process::Command;

use crate::stack::variable;

/// Runs a tool and answers its exit code and what it printed.
pub fn run(tool: &str, install: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(tool).args(arguments).output().unwrap_or_else(|error| panic!("{tool} does not run ({error}): {install}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

/// Puts what `package-lock.json` in `folder` names into its `node_modules`.
pub fn install_node_modules(folder: &Path) {
    let (code, text) = run("npm", "apt-get install npm", &["ci", "--prefix", folder.to_str().expect("a path of ASCII")]);
    assert_eq!(code, Some(0), "{text}");
}

/// Where Chromium is.
pub fn chromium() -> String {
    let found = |program: &str| {
        let (code, path) = run("sh", "a POSIX system has it", &["-c", &format!("command -v {program}")]);
        (code == Some(0)).then(|| path.trim().to_owned())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(found).expect("apt-get install chromium")
}

/// Asserts that `sealed` is `original` with a valid seal behind it, by three judges.
pub fn assert_sealed(original: &[u8], sealed: &[u8]) {
    assert!(sealed.starts_with(original), "the original's bytes are a prefix of the sealed file");
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().expect("a scratch file");
    std::fs::write(file.path(), sealed).expect("a scratch file");
    let path = file.path().to_str().expect("a path of ASCII");

    let (_, text) = run("pdfsig", "apt-get install poppler-utils", &["-nocert", path]);
    assert!(text.contains("Signature is Valid"), "{text}");
    assert!(text.contains("Total document signed"), "{text}");

    let (code, text) = run("qpdf", "apt-get install qpdf", &["--check", path]);
    assert_eq!(code, Some(0), "{text}");

    let root = variable("SEGL_ROOT_CERTIFICATE");
    assert!(Path::new(&root).exists(), "{root}");
    let (code, text) = run(
        "pyhanko",
        "cargo local test prepares it",
        &["sign", "validate", "--trust", &root, "--trust-replace", "--no-revocation-check", "--pretty-print", path],
    );
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("VALID") && !text.contains("INVALID"), "{text}");
}

/// The text of a PDF's pages, by poppler's pdftotext.
pub fn text(pdf: &[u8]) -> String {
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().expect("a scratch file");
    std::fs::write(file.path(), pdf).expect("a scratch file");
    let (code, text) = run("pdftotext", "apt-get install poppler-utils", &["-layout", file.path().to_str().expect("a path of ASCII"), "-"]);
    assert_eq!(code, Some(0), "{text}");
    text
}
