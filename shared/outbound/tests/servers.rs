//! The client against servers that behave badly, each on a port of its own on this machine.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use segl_outbound::{Addresses, Answer, Blame, Call, Client, Content, Failure, PrivateHosts, Resolver};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Enough for a call on this machine, however busy it is.
const LONG: Duration = Duration::from_secs(60);
/// Enough for a connection to stand, and soon over.
const SHORT: Duration = Duration::from_millis(300);

/// Serves each connection by `serve`. Answers the port, and how many connections there were.
async fn server<F, R>(serve: F) -> (u16, Arc<AtomicUsize>)
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            // A client that hangs up is what some of these tests want.
            tokio::spawn(serve(stream));
        }
    });
    (port, connections)
}

/// The head of a request, and whatever of its body came along.
async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut read = Vec::new();
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut read).await? == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// A server with one fixed answer.
async fn answering(answer: &'static str) -> (u16, Arc<AtomicUsize>) {
    server(move |mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(answer.as_bytes()).await
    })
    .await
}

fn local() -> Client {
    Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), [])
}

fn get(url: &str, max_len: usize, time: Duration) -> Call {
    Call { target: url.parse().unwrap(), content: None, accept: "*/*", fields: Default::default(), max_len, time }
}

async fn fetch(client: &Client, url: &str) -> Result<Answer, Failure> {
    client.call(get(url, 1000, LONG)).await
}

#[tokio::test]
async fn a_request_goes_out_as_it_should_and_the_answer_comes_back() {
    let (port, _) = server(|mut stream| async move {
        let mut request = read_request(&mut stream).await?;
        while !request.ends_with("question") {
            let more = read_request(&mut stream).await?;
            request.push_str(&more);
        }
        let head = request.to_ascii_lowercase();
        let fits = request.starts_with("POST /tsa?a=b HTTP/1.1\r\n")
            && head.contains("content-type: application/timestamp-query\r\n")
            && head.contains("content-length: 8\r\n")
            && head.contains("accept: application/timestamp-reply\r\n");
        let body = if fits { "answer" } else { "wrong!" };
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nRetry-After: 7\r\n\r\n{body}").as_bytes()).await
    })
    .await;
    let call = Call {
        content: Some(Content { media_type: "application/timestamp-query", bytes: b"question".to_vec() }),
        accept: "application/timestamp-reply",
        ..get(&format!("http://127.0.0.1:{port}/tsa?a=b"), 6, LONG)
    };
    let answer = local().call(call).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"answer".as_slice()));
    assert_eq!(answer.fields["retry-after"], "7");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (behind, connections) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let (port, _) = server(move |mut stream| async move {
        read_request(&mut stream).await?;
        let answer = format!("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:{behind}/\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await
    })
    .await;
    assert_eq!(fetch(&local(), &format!("http://127.0.0.1:{port}/")).await.unwrap().status, 307);
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn private_addresses_are_not_connected_to_however_they_are_written() {
    let (port, connections) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let nobody = Client::with_roots(PrivateHosts::default(), []);
    for host in
        ["127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    {
        let failure = fetch(&nobody, &format!("http://{host}:{port}/")).await.unwrap_err();
        // A resolver that does not read an unusual form finds no name.
        assert!(matches!(failure, Failure::Private | Failure::Name(_)), "{host}: {failure:?}");
    }
    let metadata = fetch(&nobody, "http://169.254.169.254/latest/meta-data/").await.unwrap_err();
    assert!(matches!(metadata, Failure::Private) && metadata.blame() == Blame::Address, "{metadata:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_private_host_is_called_when_it_is_named_and_only_under_that_name() {
    let (port, _) = answering("HTTP/1.1 204 Nothing\r\n\r\n").await;
    let named = Client::with_roots(PrivateHosts::from_iter(["LocalHost"]), []);
    assert_eq!(fetch(&named, &format!("http://localhost:{port}/")).await.unwrap().status, 204);
    let other = fetch(&named, &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(other, Failure::Private), "{other:?}");
}

/// A name that leads somewhere else each time that it is looked up.
struct Changing {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

impl Resolver for Changing {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move { Ok(self.answers[asked.min(self.answers.len() - 1)].clone()) })
    }
}

#[tokio::test]
async fn a_name_that_changes_between_check_and_connect_gains_nothing() {
    let (trap, trapped) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    let (good, _) = answering("HTTP/1.1 204 Nothing\r\n\r\n").await;
    // Of the 6bone's prefix, which was given back (RFC 3701): public by its form, and nobody is there.
    let public: SocketAddr = "[3ffe::1]:9".parse().unwrap();
    let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let none_named = PrivateHosts::default;
    for (what, answers, private, expected) in [
        ("public when checked, private afterwards", vec![vec![public], vec![local(trap)]], none_named(), "connect"),
        ("private when checked, public afterwards", vec![vec![local(trap)], vec![public]], none_named(), "private"),
        ("both at once", vec![vec![local(trap), public, local(trap)]], none_named(), "connect"),
        (
            "one allowed address, then another",
            vec![vec![local(good)], vec![local(trap)]],
            PrivateHosts::from_iter(["hooks.example"]),
            "204",
        ),
    ] {
        let resolver = Arc::new(Changing { answers, asked: AtomicUsize::new(0) });
        let client = Client::with_roots(private, []).resolving_by(resolver.clone());
        let outcome = match fetch(&client, "http://hooks.example/").await {
            Ok(answer) => answer.status.to_string(),
            Err(Failure::Private) => "private".to_owned(),
            Err(Failure::Connect(_)) => "connect".to_owned(),
            Err(other) => panic!("{what}: {other:?}"),
        };
        assert_eq!(outcome, expected, "{what}");
        assert_eq!(resolver.asked.load(Ordering::SeqCst), 1, "{what}: it is looked up once");
    }
    assert_eq!(trapped.load(Ordering::SeqCst), 0, "nobody came to the trap");
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_left() {
    let (silent, _) = server(|stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let (dripping, _) = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await?;
        loop {
            stream.write_all(b".").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for (scheme, port) in [("http", silent), ("http", dripping), ("https", silent)] {
        let failure = local().call(get(&format!("{scheme}://127.0.0.1:{port}/"), 1000, SHORT)).await.unwrap_err();
        assert!(matches!(failure, Failure::Time) && failure.blame() == Blame::NoAnswer, "{scheme}: {failure:?}");
    }
}

#[tokio::test]
async fn a_body_is_cut_off_where_the_caller_says() {
    let (announced, _) = answering("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n").await;
    let (endless, _) = server(|mut stream| async move {
        read_request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        loop {
            stream.write_all(&[b'.'; 4096]).await?;
        }
    })
    .await;
    for port in [announced, endless] {
        let failure = fetch(&local(), &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
        assert!(matches!(failure, Failure::TooLarge(1000)) && failure.blame() == Blame::BadAnswer, "{failure:?}");
    }
}

#[tokio::test]
async fn what_breaks_off_is_no_answer() {
    let (short, _) = answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!").await;
    let (garbage, _) = answering("SSH-2.0-server\r\n\r\n").await;
    let (closing, _) = server(|stream| async move {
        drop(stream);
        Ok(())
    })
    .await;
    for port in [short, garbage, closing] {
        let failure = fetch(&local(), &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)) && failure.blame() == Blame::NoAnswer, "{failure:?}");
    }
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let failure = fetch(&local(), &format!("http://127.0.0.1:{free}/")).await.unwrap_err();
    assert!(matches!(failure, Failure::Connect(_)), "{failure:?}");
}

#[tokio::test]
async fn tls_holds_for_the_right_name_and_the_trusted_root_only() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let root: CertificateDer<'static> = certified.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![root.clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (port, _) = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await?;
            read_request(&mut stream).await?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine").await?;
            stream.shutdown().await
        }
    })
    .await;
    let hosts = || PrivateHosts::from_iter(["localhost", "127.0.0.1"]);
    let trusting = Client::with_roots(hosts(), [root]);
    assert_eq!(fetch(&trusting, &format!("https://localhost:{port}/")).await.unwrap().body, b"fine");
    let other_name = fetch(&trusting, &format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(other_name, Failure::Tls(_)), "{other_name:?}");
    let other_root = fetch(&Client::new(hosts()), &format!("https://localhost:{port}/")).await.unwrap_err();
    assert!(matches!(other_root, Failure::Tls(_)), "{other_root:?}");
    // It speaks at once: what comes of TLS has no end that a server of plain HTTP would wait for.
    let (plain, _) =
        server(|mut stream| async move { stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await }).await;
    let no_tls = fetch(&trusting, &format!("https://localhost:{plain}/")).await.unwrap_err();
    assert!(matches!(no_tls, Failure::Tls(_)), "{no_tls:?}");
}
