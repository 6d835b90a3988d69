//! Measures what sealing costs for a small and for a large document: `cost <chain.pem> <key.pem>`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/support/large.rs"]
mod large;

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use large::LargeDocument;
use segl_sealing::*;

const ROUNDS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [chain, key] = arguments.as_slice() else {
        return Err("usage: cost <chain.pem> <key.pem>".into());
    };
    let certificate = SealCertificate::from_pem(&fs::read_to_string(chain)?)?;
    let key = LocalKey::from_pem(&fs::read_to_string(key)?)?;
    for padding in [5_000, 300_000_000] {
        let document = LargeDocument::new(padding);
        let start = Instant::now();
        let mut hasher = PrefixHasher::new();
        document.stream(|piece| hasher.update(piece));
        let prefix = hasher.finish();
        let hashing = start.elapsed();
        let start = Instant::now();
        let plan = inspect(&document, prefix, &Limits::default())?.plan;
        let inspecting = start.elapsed();
        let (mut sealing, mut signing) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let prepared = plan.prepare(request(&certificate, key.kind()))?;
            let preparing = start.elapsed();
            let start = Instant::now();
            let signature = key.sign(&prepared.to_be_signed())?;
            signing += start.elapsed();
            let start = Instant::now();
            prepared.complete(&signature)?;
            sealing += preparing + start.elapsed();
        }
        println!(
            "{padding:>11} bytes: hashing {hashing:?} once, inspecting {inspecting:?} once, sealing {:?} and signing {:?} on average",
            sealing / ROUNDS,
            signing / ROUNDS
        );
    }
    Ok(())
}

fn request(certificate: &SealCertificate, kind: KeyKind) -> SealRequest {
    let algorithm = match kind {
        KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
        KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
        KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
    };
    let signer = SignerEntry {
        name: "Kari Nordmann".to_owned(),
        roles: vec!["Styreleder".to_owned()],
        organization: None,
        method: "BankID".to_owned(),
        time: jiff::Timestamp::now(),
        time_zone: "Europe/Oslo".to_owned(),
        claims: Vec::new(),
    };
    let page = SignaturePage {
        title: "What does a seal cost?".to_owned(),
        order: "example".to_owned(),
        organization: None,
        documents: vec![SignedDocument { title: "Document.pdf".to_owned(), sha256: [7; 32] }],
        signers: vec![signer; 5],
        decisions: Vec::new(),
        link: Some("https://sign.example.org/check/example".to_owned()),
        language: "en".to_owned(),
        labels: PageLabels::default(),
    };
    SealRequest {
        time: jiff::Timestamp::now(),
        reason: None,
        name: None,
        appearance: Appearance::Page(Box::new(page)),
        attachments: Vec::new(),
        certificate: certificate.clone(),
        algorithm,
    }
}
