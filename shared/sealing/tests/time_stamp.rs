//! Time-stamp tokens that openssl made.

mod support;

use std::fs;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use segl_sealing::*;
use support::judges::{run, scratch};
use support::pki::pki;

const DATA: &[u8] = b"what is stamped";

/// A token over [`DATA`] by an authority below the test program's root.
fn token(hash: &str, options: &[&str]) -> Vec<u8> {
    // openssl counts its tokens in a file.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = scratch();
    let root = pki().root_path.clone();
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(&dir);
        run(command, "apt-get install openssl")
    };
    if !dir.join("tsa.crt").exists() {
        let extensions = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n";
        fs::write(dir.join("tsa.cnf"), extensions).expect("writes");
        openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "tsa.key"]);
        openssl(&["req", "-new", "-key", "tsa.key", "-subj", "/CN=Segl test authority", "-out", "tsa.csr"]);
        let root = root.to_str().expect("a path of ASCII");
        let by = ["-CA", root, "-CAkey", "root.key", "-CAcreateserial", "-days", "100"];
        openssl(&[&["x509", "-req", "-in", "tsa.csr", "-extfile", "tsa.cnf", "-out", "tsa.crt"], &by[..]].concat());
        fs::write(dir.join("serial"), "0A").expect("writes");
        let config = "[tsa]\ndefault_tsa=it\n[it]\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha1,sha256,sha384,sha512\nsigner_digest=sha256\n\
             ess_cert_id_alg=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\n";
        fs::write(dir.join("ts.cnf"), config).expect("writes");
    }
    fs::write(dir.join("data"), DATA).expect("writes");
    openssl(&[&["ts", "-query", "-data", "data", "-cert", &format!("-{hash}"), "-out", "query"], options].concat());
    let answer = ["ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-signer", "tsa.crt", "-inkey", "tsa.key"];
    openssl(&[&answer[..], &["-token_out", "-out", "token"]].concat());
    fs::read(dir.join("token")).expect("reads")
}

#[test]
fn what_openssl_stamps_is_genuine_and_no_byte_can_be_changed() {
    for hash in ["sha256", "sha384", "sha512"] {
        let token = TimeStampToken::read(&token(hash, &["-no_nonce"])).expect("reads");
        assert!(token.is_genuine().expect("a known algorithm") && token.is_of(DATA) && !token.is_of(b"something else"), "{hash}");
        assert_eq!((token.policy().to_string().as_str(), token.nonce()), ("1.2.3.4", None));
        assert!(token.signer().is_for_time_stamps());
        assert!((jiff::Timestamp::now() - token.time()).get_hours().abs() < 1);
    }
    let original = token("sha256", &[]);
    let read = TimeStampToken::read(&original).expect("reads");
    assert!(read.nonce().is_some_and(|nonce| !nonce.is_empty() && nonce[0] != 0));
    let genuine =
        |der: &[u8]| TimeStampToken::read(der).is_ok_and(|token| token.is_genuine().is_ok_and(|genuine| genuine && token.is_of(DATA)));
    assert!(genuine(&original) && genuine(&[original.as_slice(), &[0; 100]].concat()) && !genuine(&[original.as_slice(), &[1]].concat()));
    let survivors: Vec<usize> = (0..original.len())
        .filter(|&at| {
            let mut changed = original.clone();
            changed[at] ^= 1;
            genuine(&changed)
        })
        .collect();
    assert!(survivors.is_empty(), "changes at these places went unnoticed: {survivors:?}");
    for at in 0..original.len() {
        assert!(TimeStampToken::read(&original[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn sha_1_is_named_and_refused() {
    let refused = TimeStampToken::read(&token("sha1", &[]));
    assert!(matches!(refused, Err(TimeStampError::Container(ContainerError::Sha1))), "{refused:?}");
}

#[test]
fn other_certificates_are_not_for_time_stamps() {
    assert!(!pki().root.is_for_time_stamps() && !pki().p256.certificate().leaf().is_for_time_stamps());
}
