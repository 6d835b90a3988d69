//! Authorities of another maker, certomancer, that answer on loopback at any time.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use segl_sealing::*;

use super::judges::scratch;
use super::pki::Identity;

/// A running set of authorities, ended when dropped.
pub struct Authorities {
    child: Child,
    port: u16,
    pub folder: PathBuf,
    pub identity: Identity,
    pub root: Certificate,
}

impl Authorities {
    /// Starts them, with a seal of this kind of key. `name` is one that no other test has.
    pub fn start(name: &str, kind: KeyKind) -> Self {
        let folder = scratch().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let [algorithm, option] = match kind {
            KeyKind::Rsa => ["RSA", "rsa_keygen_bits:2048"],
            KeyKind::P256 => ["EC", "ec_paramgen_curve:P-256"],
            KeyKind::P384 => ["EC", "ec_paramgen_curve:P-384"],
        };
        let manifest = env!("CARGO_MANIFEST_DIR");
        let mut child = Command::new(python())
            .arg(format!("{manifest}/tests/support/authorities.py"))
            .arg(&folder)
            .arg(format!("{manifest}/../../tests/golden/levels/certomancer.yml"))
            .args([algorithm, option])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("reads");
        let port = line.trim().parse().expect("prints its port; pip install certomancer==0.16.0");
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("was written");
        let identity = Identity { kind, chain_pem: read("seal.pem"), key_pem: read("seal.key") };
        let root = Certificate::from_pem(&read("root.pem")).expect("parses");
        Self { child, port, folder, identity, root }
    }

    pub fn root_path(&self) -> PathBuf {
        self.folder.join("root.pem")
    }

    /// The answer to a fetch at a time, whatever the host.
    pub fn answer(&self, fetch: &Fetch, at: Timestamp) -> Vec<u8> {
        let path = fetch.url.strip_prefix("http://pki.example.org").expect("an address of the configuration");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connects");
        let (method, body) = fetch.body.as_deref().map_or(("GET", &[][..]), |body| ("POST", body));
        let at = at.to_string().replace('Z', "+00:00");
        let head = format!("{method} {path} HTTP/1.0\r\nAt: {at}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("writes");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("reads");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        assert!(head.contains(" 200 "), "{}: {head}", fetch.url);
        answer.split_off(end + 4)
    }
}

impl Drop for Authorities {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python that pyHanko and certomancer are installed for.
pub fn python() -> PathBuf {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&places).find(|folder: &PathBuf| Path::new(folder).join("pyhanko").exists());
    found.expect("pyhanko is not installed: pip install pyhanko-cli==0.6.0 certomancer==0.16.0").join("python")
}
