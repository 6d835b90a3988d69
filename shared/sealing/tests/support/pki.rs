//! A certificate authority made with openssl, once for each test program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use segl_sealing::*;

use super::judges::run;

/// A key with its certificate.
pub struct Identity {
    pub kind: KeyKind,
    pub chain_pem: String,
    pub key_pem: String,
}

impl Identity {
    pub fn certificate(&self) -> SealCertificate {
        SealCertificate::from_pem(&self.chain_pem).expect("the test certificate is usable")
    }

    pub fn key(&self) -> LocalKey {
        LocalKey::from_pem(&self.key_pem).expect("the test key is usable")
    }
}

/// A root, an intermediate and three seals.
pub struct Pki {
    pub root_path: PathBuf,
    pub root: Certificate,
    pub rsa: Identity,
    pub p256: Identity,
    pub p384: Identity,
}

impl Pki {
    pub fn identity(&self, kind: KeyKind) -> &Identity {
        match kind {
            KeyKind::Rsa => &self.rsa,
            KeyKind::P256 => &self.p256,
            KeyKind::P384 => &self.p384,
        }
    }
}

/// The test program's own authority.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(|| make(&super::judges::scratch()))
}

fn make(dir: &Path) -> Pki {
    let extensions = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n\
         [seal]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n";
    fs::write(dir.join("ext.cnf"), extensions).expect("writes");
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(dir);
        run(command, "apt-get install openssl");
    };
    let issue = |name: &str, options: [&str; 2], subject: &str, issuer: Option<&str>, section: &str| {
        let (key, csr, crt) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.crt"));
        openssl(&["genpkey", "-algorithm", options[0], "-pkeyopt", options[1], "-out", &key]);
        openssl(&["req", "-new", "-key", &key, "-subj", subject, "-out", &csr]);
        let mut arguments = vec!["x509", "-req", "-in", &csr, "-days", "3650", "-extfile", "ext.cnf", "-extensions", section, "-out", &crt];
        let (ca, ca_key) = (format!("{}.crt", issuer.unwrap_or(name)), format!("{}.key", issuer.unwrap_or(name)));
        match issuer {
            Some(_) => arguments.extend(["-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"]),
            None => arguments.extend(["-signkey", &key]),
        }
        openssl(&arguments);
    };
    const RSA: [&str; 2] = ["RSA", "rsa_keygen_bits:2048"];
    const P256: [&str; 2] = ["EC", "ec_paramgen_curve:P-256"];
    const P384: [&str; 2] = ["EC", "ec_paramgen_curve:P-384"];
    issue("root", RSA, "/O=Segl test/CN=Segl test root", None, "ca");
    issue("ca", P256, "/O=Segl test/CN=Segl test issuing", Some("root"), "ca");
    let read = |file: &str| fs::read_to_string(dir.join(file)).expect("reads");
    let identity = |kind: KeyKind, name: &str, options: [&str; 2]| {
        issue(name, options, "/O=Segl test/CN=Segl test seal", Some("ca"), "seal");
        Identity { kind, chain_pem: read(&format!("{name}.crt")) + &read("ca.crt"), key_pem: read(&format!("{name}.key")) }
    };
    Pki {
        rsa: identity(KeyKind::Rsa, "rsa", RSA),
        p256: identity(KeyKind::P256, "p256", P256),
        p384: identity(KeyKind::P384, "p384", P384),
        root: Certificate::from_pem(&read("root.crt")).expect("parses"),
        root_path: dir.join("root.crt"),
    }
}
