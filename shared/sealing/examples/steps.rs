//! One step of sealing in a process of its own, so that its memory can be measured from outside; prints `{"seconds": ...}`.
//!
//! - `steps sha256 FILE`: a bare SHA-256, to compare with
//! - `steps plan FILE PLAN`: what ingest does: hash, inspect, plan
//! - `steps seal PLAN CHAIN.pem KEY.pem INCREMENT`: what sealing does with the plan in hand
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::time::{Duration, Instant};

use segl_sealing::*;
use sha2::{Digest, Sha256};

/// How often a step that takes less than a millisecond is repeated.
const ROUNDS: u32 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let took = match arguments.as_slice() {
        ["sha256", file] => {
            let begin = Instant::now();
            let mut hasher = Sha256::new();
            pieces(&mut File::open(file)?, |piece| hasher.update(piece))?;
            std::hint::black_box(hasher.finalize());
            begin.elapsed()
        }
        ["plan", file, plan] => {
            let begin = Instant::now();
            let mut hasher = PrefixHasher::for_key(KeyKind::Rsa);
            let mut document = File::open(file)?;
            pieces(&mut document, |piece| hasher.update(piece))?;
            let inspection = inspect(&document, hasher.finish(), &Limits::default())?;
            let bytes = serde_json::to_vec(&inspection.plan)?;
            let took = begin.elapsed();
            fs::write(plan, bytes)?;
            took
        }
        ["seal", plan, chain, key, increment] => {
            let certificate = SealCertificate::from_pem(&fs::read_to_string(chain)?)?;
            let key = LocalKey::from_pem(&fs::read_to_string(key)?)?;
            let bytes = fs::read(plan)?;
            let mut took = Duration::ZERO;
            for _ in 0..ROUNDS {
                let begin = Instant::now();
                let plan: Plan = serde_json::from_slice(&bytes)?;
                let prepared = plan.prepare(request(&certificate, &key))?;
                let signature = key.sign(&prepared.to_be_signed())?;
                let sealed = prepared.complete(&signature)?;
                took += begin.elapsed();
                fs::write(increment, sealed.increment)?;
            }
            took / ROUNDS
        }
        _ => return Err("usage: steps sha256 FILE | plan FILE PLAN | seal PLAN CHAIN KEY INCREMENT".into()),
    };
    println!("{{\"seconds\": {}}}", took.as_secs_f64());
    Ok(())
}

fn pieces(file: &mut File, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut piece = vec![0; 256 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(()),
            count => take(&piece[..count]),
        }
    }
}

/// The seal that the other libraries make, too: invisible, without a page.
fn request(certificate: &SealCertificate, key: &LocalKey) -> SealRequest {
    SealRequest {
        time: jiff::Timestamp::now(),
        reason: None,
        name: None,
        appearance: Appearance::Invisible,
        marks: Vec::new(),
        attachments: Vec::new(),
        certificate: certificate.clone(),
        algorithm: match key.kind() {
            KeyKind::Rsa => SignatureAlgorithm::RsaPkcs1Sha256,
            KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
            KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
        },
    }
}
