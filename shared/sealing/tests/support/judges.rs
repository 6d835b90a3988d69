//! Programs of other makers that judge what was sealed. A missing one fails the test and says how to install it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory for this test program, under the target directory.
pub fn scratch() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    let name = program.file_stem().expect("a program has a name").to_string_lossy().into_owned();
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).expect("makes the directory");
    dir
}

/// Writes bytes to a new file.
pub fn save(name: &str, bytes: &[u8]) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let path = scratch().join(format!("{:03}-{name}.pdf", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::write(&path, bytes).expect("writes");
    path
}

/// Runs a program that must succeed.
pub fn run(command: Command, install: &str) -> String {
    let (output, text) = outcome(command, install);
    assert!(output.status.success(), "{text}");
    text
}

fn outcome(mut command: Command, install: &str) -> (Output, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start ({error}); install it: {install}"));
    let text = format!("{command:?}\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

/// What qpdf says about the structure.
pub fn qpdf(path: &Path) -> String {
    let mut command = Command::new("qpdf");
    command.arg("--check").arg(path);
    outcome(command, "apt-get install qpdf").1
}

/// Asserts that qpdf finds no error and no warning.
pub fn assert_clean(path: &Path) {
    let said = qpdf(path);
    assert!(said.contains("No syntax or stream encoding errors found"), "{said}");
    assert!(!said.contains("WARNING"), "{said}");
}

/// What poppler says about the signatures.
pub fn pdfsig(path: &Path) -> String {
    let mut command = Command::new("pdfsig");
    command.arg("-nocert").arg(path);
    outcome(command, "apt-get install poppler-utils").1
}

/// Asserts that poppler takes every signature for valid and the last one for covering the whole file.
pub fn assert_poppler_valid(path: &Path, signatures: usize) {
    let said = pdfsig(path);
    assert_eq!(said.matches("Signature is Valid").count(), signatures, "{said}");
    assert!(said.contains("Total document signed"), "{said}");
}

/// What pyHanko says about the signatures, and whether it is satisfied.
pub fn pyhanko(path: &Path, root: &Path) -> (bool, String) {
    let mut command = Command::new("pyhanko");
    command.args(["sign", "validate", "--pretty-print", "--no-revocation-check", "--trust"]).arg(root).arg(path);
    let (output, text) = outcome(command, "pip install pyhanko[pkcs11] pyhanko-cli==0.3.*");
    (output.status.success(), text)
}

/// What pyHanko says about each of many files at a time, quicker than one by one: `good` with the number of signatures and document
/// time-stamps that it found, or `bad` with what is wrong.
pub fn pyhanko_on_all(paths: &[PathBuf], root: &Path, at: &str) -> Vec<String> {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&places).find(|folder| folder.join("pyhanko").exists());
    // Its own Python stands beside it.
    let python = found.expect("pyhanko is not installed: pip install pyhanko-cli==0.6.0").join("python");
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/judge.py")).arg(root).arg(at).args(paths);
    let (output, text) = outcome(command, "pip install pyhanko-cli==0.6.0");
    assert!(output.status.success(), "{text}");
    let lines: Vec<_> = std::str::from_utf8(&output.stdout).expect("UTF-8").lines().collect();
    assert_eq!(lines.len(), paths.len(), "{text}");
    lines.into_iter().map(str::to_owned).collect()
}

/// Asserts that pyHanko is satisfied.
pub fn assert_pyhanko_valid(path: &Path, root: &Path) {
    let (success, said) = pyhanko(path, root);
    assert!(success, "{said}");
}

/// All judges.
pub fn assert_sealed(path: &Path, root: &Path, signatures: usize) {
    assert_clean(path);
    assert_poppler_valid(path, signatures);
    assert_pyhanko_valid(path, root);
}

/// What poppler reads.
pub fn pdftotext(path: &Path, options: &[&str]) -> String {
    let mut command = Command::new("pdftotext");
    command.args(options).arg(path).arg("-");
    let output = command.output().expect("pdftotext starts; install it: apt-get install poppler-utils");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The words on the first page and where poppler shows them, in points from the upper left corner.
pub fn words(path: &Path) -> Vec<(String, (f32, f32))> {
    words_on(path, 1)
}

/// The same of another page, counted from 1.
pub fn words_on(path: &Path, page: u32) -> Vec<(String, (f32, f32))> {
    let page = page.to_string();
    let html = pdftotext(path, &["-bbox", "-f", &page, "-l", &page, "-cropbox"]);
    let words = html.lines().filter_map(|line| {
        let mut parts = line.trim().strip_prefix("<word ")?.split('"');
        let (x, y) = (parts.nth(1)?.parse().ok()?, parts.nth(1)?.parse().ok()?);
        let text = line.split_once("\">")?.1.split_once('<')?.0;
        Some((text.to_owned(), (x, y)))
    });
    words.collect()
}

/// The structure tree as poppler shows it, with its text.
pub fn structure(path: &Path) -> String {
    let mut command = Command::new("pdfinfo");
    command.arg("-struct-text").arg(path);
    run(command, "apt-get install poppler-utils")
}

/// The file with its streams unpacked.
pub fn uncompressed(path: &Path) -> String {
    let mut command = Command::new("qpdf");
    command.args(["--qdf", "--object-streams=disable"]).arg(path).arg("-");
    let output = command.output().expect("qpdf starts; install it: apt-get install qpdf");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lets pyHanko add an approval signature.
pub fn approved_by_pyhanko(document: &[u8], identity: &super::pki::Identity) -> Vec<u8> {
    let source = save("approved-source", document);
    let [target, key, leaf, issuer] = ["approved.pdf", "key", "leaf", "issuer"].map(|extension| source.with_extension(extension));
    let end = identity.chain_pem.find("-----END CERTIFICATE-----\n").expect("the leaf comes first") + 26;
    fs::write(&key, &identity.key_pem).expect("writes");
    fs::write(&leaf, &identity.chain_pem[..end]).expect("writes");
    fs::write(&issuer, &identity.chain_pem[end..]).expect("writes");
    let mut command = Command::new("pyhanko");
    command.args(["sign", "addsig", "--field", "Approval", "pemder", "--no-pass", "--key"]).arg(&key).arg("--cert").arg(&leaf);
    command.arg("--chain").arg(&issuer).arg(&source).arg(&target);
    run(command, "pip install pyhanko[pkcs11] pyhanko-cli==0.3.*");
    fs::read(target).expect("reads")
}

/// Lets qpdf make another file of a document.
pub fn qpdf_made(name: &str, document: &[u8], options: &[&str]) -> Vec<u8> {
    let source = save(&format!("{name}-source"), document);
    let target = source.with_extension("made.pdf");
    let mut command = Command::new("qpdf");
    command.args(options).arg(&source).arg(&target);
    run(command, "apt-get install qpdf");
    fs::read(target).expect("reads")
}

/// Asserts that pyHanko lets the first signature pass at a time with the validation data that are in the file, and with no others.
pub fn assert_pyhanko_long_term(path: &Path, root: &Path, at: &str) {
    let mut command = Command::new(super::authorities::python());
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/judge_ltv.py")).arg(root).arg(at).arg(path);
    run(command, "pip install pyhanko-cli==0.6.0");
}
