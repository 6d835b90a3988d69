//! Independent judges: poppler's pdfsig, qpdf and pyHanko for sealed PDFs, and whatever else a test runs. A judge that is missing fails the
//! test.

use std::path::{Path, PathBuf};
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

/// Programs that let pyHanko judge; those of the sealing engine's own tests.
const PYHANKO: &str = include_str!("../../shared/sealing/tests/support/judge.py");
const PYHANKO_ARCHIVE: &str = include_str!("../../shared/sealing/tests/support/judge_ltv.py");

/// A level of PAdES, as these judges can tell it from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Its name.
    pub name: &'static str,
    /// Time-stamps over the seal's value, and over the document.
    stamps: (usize, usize),
    /// Validation data are in the file.
    data: bool,
}

/// The levels of ETSI EN 319 142-1, as a new seal has them.
pub const LEVELS: [Level; 4] = [
    Level { name: "B-B", stamps: (0, 0), data: false },
    Level { name: "B-T", stamps: (1, 0), data: false },
    Level { name: "B-LT", stamps: (1, 0), data: true },
    Level { name: "B-LTA", stamps: (1, 1), data: true },
];

impl Level {
    /// What becomes of a seal of this level that is extended to B-LTA, with so many time-stamps over the document.
    #[must_use]
    pub fn archived(self, stamps: usize) -> Self {
        Self { name: "B-LTA", stamps: (self.stamps.0, stamps), data: true }
    }
}

/// Asserts that `sealed` has a seal of exactly this level below `root`, which validates now: by pdfsig, by pyHanko with nothing but what is
/// in the file, and every time-stamp by openssl. `root` is a file of PEM.
pub fn assert_level(sealed: &[u8], level: Level, root: &Path) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("sealed.pdf");
    std::fs::write(&path, sealed).expect("a scratch file");
    let text = |path: &Path| path.to_str().expect("a path of ASCII").to_owned();
    let (path, root, scratch) = (text(&path), text(root), text(folder.path()));

    let (_, said) = run("pdfsig", "apt-get install poppler-utils", &["-nocert", &path]);
    // It cannot judge a time-stamp over the document. At B-LT the data lie behind the seal.
    assert_eq!(said.matches("Signature is Valid").count(), 1, "{level:?}: {said}");
    assert_eq!(said.contains("Total document signed"), !level.data || level.stamps.1 > 0, "{level:?}: {said}");

    let (code, said) = python("time_stamps.py", include_str!("time_stamps.py"), &[&path, &scratch]);
    assert_eq!((code, said.trim()), (Some(0), format!("{} {}", level.stamps.0, level.stamps.1).as_str()), "{level:?}");
    for number in 0..level.stamps.0 + level.stamps.1 {
        let (token, data) = (format!("{scratch}/{number}.token"), format!("{scratch}/{number}.data"));
        let arguments = ["ts", "-verify", "-in", &token, "-token_in", "-data", &data, "-CAfile", &root];
        let (code, said) = run("openssl", "apt-get install openssl", &arguments);
        assert!(code == Some(0) && said.contains("Verification: OK"), "{level:?}, time-stamp {number}: {said}");
    }

    let now = jiff::Timestamp::now().to_string().replace('Z', "+00:00");
    let (code, said) = python("judge.py", PYHANKO, &[&root, &now, &path]);
    assert_eq!((code, said.trim()), (Some(0), format!("good {}", 1 + level.stamps.1).as_str()), "{level:?}");
    if level.data {
        let (code, said) = python("long_term.py", include_str!("long_term.py"), &[&root, &path]);
        assert_eq!(code, Some(0), "{level:?}: {said}");
    }
    // Its profile for archives wants both time-stamps.
    if level.stamps.0 > 0 && level.stamps.1 > 0 {
        let (code, said) = python("judge_ltv.py", PYHANKO_ARCHIVE, &[&root, &now, &path]);
        assert_eq!(code, Some(0), "{level:?}: {said}");
    }
}

/// Runs a program by the Python that pyHanko is installed in.
fn python(name: &str, program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let python = programs().join("python");
    let python = python.to_str().expect("a path of ASCII");
    let (code, text) = run(python, "cargo local test prepares it", &[&["-c", program], arguments].concat());
    (code, if code == Some(0) { text } else { format!("{name}: {text}") })
}

/// Where Python, pyHanko and certomancer are.
pub fn programs() -> PathBuf {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&places).find(|folder| folder.join("pyhanko").exists());
    found.expect("pyhanko is not installed: pip install pyhanko-cli==0.6.0 certomancer==0.16.0")
}

/// The text of a PDF's pages, by poppler's pdftotext.
pub fn text(pdf: &[u8]) -> String {
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().expect("a scratch file");
    std::fs::write(file.path(), pdf).expect("a scratch file");
    let (code, text) = run("pdftotext", "apt-get install poppler-utils", &["-layout", file.path().to_str().expect("a path of ASCII"), "-"]);
    assert_eq!(code, Some(0), "{text}");
    text
}
