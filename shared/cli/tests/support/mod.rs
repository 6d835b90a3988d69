//! Keys, documents, and the program under test.
#![allow(dead_code, reason = "each test program uses a part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// A folder of a test's own, empty.
pub fn folder(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    let program = program.file_stem().expect("a program has a name").to_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(program).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("is ours");
    }
    fs::create_dir_all(&folder).expect("makes the folder");
    folder
}

/// What the program did.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// Runs `segl` in a folder, knowing of no service.
pub fn segl(folder: &Path, arguments: &[&str]) -> Outcome {
    segl_with(folder, arguments, &[])
}

/// The same with some variables.
pub fn segl_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segl"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    outcome(command.output().expect("segl starts"))
}

pub fn outcome(output: Output) -> Outcome {
    Outcome {
        code: output.status.code().expect("ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Runs a program of another maker.
pub fn tool(folder: &Path, program: &str, arguments: &[&str], install: &str) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| panic!("{program} does not start ({error}); install it: {install}"));
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    text
}

/// Asserts that poppler takes every signature for valid, and the last one for covering the whole file.
#[track_caller]
pub fn assert_poppler_valid(file: &Path, signatures: usize) {
    let folder = file.parent().expect("a file has a folder");
    let said = tool(folder, "pdfsig", &["-nocert", &file.to_string_lossy()], "apt-get install poppler-utils");
    assert_eq!(said.matches("Signature is Valid").count(), signatures, "{said}");
    assert!(said.contains("Total document signed"), "{said}");
}

/// A root with a seal for each kind of key, made once by openssl: `root.pem`, `NAME.key`, `NAME.pem`, where `NAME` is `rsa`, `p256`,
/// `p384`, or `old`, whose certificate has expired.
pub fn pki() -> &'static Path {
    static PKI: OnceLock<PathBuf> = OnceLock::new();
    PKI.get_or_init(|| {
        let folder = folder("pki");
        let extensions = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
             [seal]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n";
        fs::write(folder.join("ext.cnf"), extensions).expect("writes");
        const P256: [&str; 2] = ["EC", "ec_paramgen_curve:P-256"];
        certificate(&folder, "root", P256, "ca");
        certificate(&folder, "rsa", ["RSA", "rsa_keygen_bits:2048"], "seal");
        certificate(&folder, "p256", P256, "seal");
        certificate(&folder, "p384", ["EC", "ec_paramgen_curve:P-384"], "seal");
        expired(&folder);
        folder
    })
}

/// Not every openssl can set the first day of validity.
fn expired(folder: &Path) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let certificate = parameters.self_signed(&key).expect("a certificate");
    fs::write(folder.join("old.key"), key.serialize_pem()).expect("writes");
    fs::write(folder.join("old.pem"), certificate.pem()).expect("writes");
}

fn certificate(folder: &Path, name: &str, key: [&str; 2], section: &str) {
    let openssl = |arguments: &[&str]| tool(folder, "openssl", arguments, "apt-get install openssl");
    let (key_file, request, file) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
    openssl(&["genpkey", "-algorithm", key[0], "-pkeyopt", key[1], "-out", &key_file]);
    openssl(&["req", "-new", "-key", &key_file, "-subj", &format!("/O=Segl test/CN=Segl test {name}"), "-out", &request]);
    let mut arguments =
        vec!["x509", "-req", "-in", &request, "-extfile", "ext.cnf", "-extensions", section, "-days", "3650", "-out", &file];
    match name {
        "root" => arguments.extend(["-signkey", "root.key"]),
        _ => arguments.extend(["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]),
    }
    openssl(&arguments);
}

/// A file of the authority, as an argument.
pub fn file(name: &str) -> String {
    pki().join(name).to_string_lossy().into_owned()
}

/// A PDF of one page that shows `text`.
pub fn document(text: &str) -> Vec<u8> {
    let content = format!("BT /F1 24 Tf 72 720 Td ({text}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut rows = "0000000000 65535 f \n".to_owned();
    for (index, object) in objects.iter().enumerate() {
        rows.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let end = format!("xref\n0 6\n{rows}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{}\n%%EOF\n", out.len());
    out.extend_from_slice(end.as_bytes());
    out
}
