//! Seals every PDF that is given and tells what became of it: `seal_all <chain.pem> <key.pem> <out-dir> <file>...`
//!
//! One line for each file: `sealed` or the refusal's code, the milliseconds that inspecting took, the file.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use segl_sealing::*;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [chain, key, out, files @ ..] = arguments.as_slice() else {
        return Err("usage: seal_all <chain.pem> <key.pem> <out-dir> <file>...".into());
    };
    let certificate = SealCertificate::from_pem(&fs::read_to_string(chain)?)?;
    let key = LocalKey::from_pem(&fs::read_to_string(key)?)?;
    for (index, file) in files.iter().enumerate() {
        let document = fs::read(file)?;
        let start = Instant::now();
        let mut hasher = PrefixHasher::new();
        hasher.update(&document);
        let outcome = inspect_or_repair(&document, hasher, &Limits::default());
        let millis = start.elapsed().as_millis();
        let said = match outcome {
            Err(refusal) => format!("{}\t{millis}\t{}\t{refusal}", refusal.code(), file.display()),
            Ok(Examined { inspection, repair, .. }) => {
                let increment = seal(&inspection.plan, &certificate, &key)?;
                fs::write(sealed_path(out, index, file), [document, repair.unwrap_or_default(), increment].concat())?;
                format!("sealed\t{millis}\t{}\t{:?}", file.display(), inspection.findings)
            }
        };
        println!("{said}");
    }
    Ok(())
}

fn seal(plan: &Plan, certificate: &SealCertificate, key: &LocalKey) -> Result<Vec<u8>, Box<dyn Error>> {
    let algorithm = match key.kind() {
        KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
        KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
        KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
    };
    let page = SignaturePage {
        title: "Sealed by an example".to_owned(),
        order: "example".to_owned(),
        organization: None,
        documents: Vec::new(),
        signers: Vec::new(),
        decisions: Vec::new(),
        link: None,
        language: "en".to_owned(),
        labels: PageLabels::default(),
    };
    let appearance = match plan.permits() {
        Permits::Everything => Appearance::Page(Box::new(page)),
        Permits::SignatureOnly => Appearance::Invisible,
    };
    let request = SealRequest {
        time: jiff::Timestamp::now(),
        reason: None,
        name: None,
        appearance,
        marks: Vec::new(),
        attachments: Vec::new(),
        certificate: certificate.clone(),
        algorithm,
    };
    let prepared = plan.prepare(request)?;
    let signature = key.sign(&prepared.to_be_signed())?;
    Ok(prepared.complete(&signature)?.increment)
}

fn sealed_path(out: &Path, index: usize, file: &Path) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    out.join(format!("{index:04}-{name}"))
}
