//! `segl seal` above B-B: authorities of another maker, on this machine, by http and by https.

mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use segl_local::authority::Authority;
use segl_local::certificate::CertificateAuthority;
use serde_json::json;
use support::{assert_poppler_valid, document, folder, segl_with};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Where Python and certomancer are.
fn programs() -> PathBuf {
    let places = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&places).find(|folder| folder.join("pyhanko").exists());
    found.expect("pyhanko is not installed: pip install pyhanko-cli==0.6.0 certomancer==0.16.0")
}

/// Puts TLS before a server, for the name `localhost`. The certificate goes to `trusted.pem`. Answers the port.
async fn by_tls(folder: &Path, server: SocketAddr) -> u16 {
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name").self_signed(&key).expect("a certificate");
    std::fs::write(folder.join("trusted.pem"), certificate.pem()).expect("writes");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into());
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("the key is the certificate's")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Whoever does not trust the certificate hangs up.
                let mut outside = acceptor.accept(stream).await?;
                let mut inside = TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut outside, &mut inside).await
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn authorities_are_asked_by_https_where_their_certificate_is_trusted() {
    let folder = folder("https");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let ca = CertificateAuthority::open(&folder.join("ca")).expect("a folder of ours");
    let mut authority = Authority::start(&programs(), &folder.join("ca")).await.expect("the authority starts");
    let plain = authority.time_stamps();
    let server: SocketAddr =
        plain.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("an address").parse().expect("one");
    let secure = format!("https://localhost:{}/tsa", by_tls(&folder, server).await);
    let key = rcgen::KeyPair::generate().expect("a key");
    let chain = ca.issue("Segl test seal", &rcgen::PublicKeyData::subject_public_key_info(&key), &authority.revocation_list());
    std::fs::write(path("key.pem"), key.serialize_pem()).expect("writes");
    std::fs::write(path("chain.pem"), chain.expect("a certificate")).expect("writes");
    std::fs::write(path("in.pdf"), document("A document")).expect("writes");

    let trusted = path("trusted.pem");
    let trusting = [("SSL_CERT_FILE", trusted.as_str())];
    let local = ["--private-host", "127.0.0.1"];
    for (what, level, address, variables, more, code, reached, shortfall) in [
        ("by http", "B-T", &plain, &[][..], &[][..], 0, "B-T", None),
        ("by https", "B-T", &secure, &trusting, &[], 0, "B-T", None),
        ("by https with a certificate that nobody vouches for", "B-T", &secure, &[], &[], 5, "B-B", Some("time-stamp-unavailable")),
        // The certificates name the list at 127.0.0.1.
        ("a list that nobody named", "B-LT", &secure, &trusting, &[], 5, "B-T", Some("revocation-unavailable")),
        ("a list that was named", "B-LTA", &secure, &trusting, &local, 0, "B-LTA", None),
        ("the list is where the authority is", "B-LT", &plain, &[], &[], 0, "B-LT", None),
    ] {
        let arguments =
            ["seal", "in.pdf", "out.pdf", "--key", "key.pem", "--cert", "chain.pem", "--json", "--level", level, "--tsa", address];
        let outcome = tokio::task::block_in_place(|| segl_with(&folder, &[&arguments[..], more].concat(), variables));
        let report = outcome.expect(code).json();
        assert_eq!((&report["level"], &report["shortfall"]["code"]), (&json!(reached), &json!(shortfall)), "{what}: {report}");
        assert_poppler_signed(&folder.join("out.pdf"), reached);
    }
    let arguments = ["seal", "in.pdf", "out.pdf", "--key", "key.pem", "--cert", "chain.pem", "--tsa", "ftp://localhost/tsa"];
    assert!(segl_with(&folder, &arguments, &[]).expect(2).stderr.contains("only http and https"));
    authority.stop().await;
}

/// Poppler calls a file with validation data behind its last signature not signed as a whole, which is so.
fn assert_poppler_signed(file: &Path, level: &str) {
    if level != "B-LT" {
        assert_poppler_valid(file, 1);
    }
}
