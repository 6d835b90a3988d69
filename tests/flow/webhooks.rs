//! Events of an order as a receiver on this machine gets them, judged by the official library of Standard Webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use segl_tests::judge::run;
use segl_tests::pdf;
use segl_tests::stack::{caller, variable};
use serde_json::{Value, json};

/// What the receiver got.
struct Delivered {
    fields: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// Takes deliveries for as long as the test runs. The first one is answered by 503, as if the receiver were starting.
fn receiver() -> (String, Receiver<Delivered>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/hooks", listener.local_addr().expect("bound"));
    let (sender, delivered) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            // Who connects and says nothing, or goes away, is no delivery.
            let _ = stream.and_then(|stream| take(stream, number == 0, &sender));
        }
    });
    (url, delivered)
}

fn take(stream: TcpStream, is_starting: bool, sender: &Sender<Delivered>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? <= 2 {
            break;
        }
        lines.push(line);
    }
    let fields: BTreeMap<_, _> = lines.iter().filter_map(|line| line.split_once(": ")).collect();
    let fields: BTreeMap<_, _> = fields.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length = fields.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let status = if is_starting { "503 Starting" } else { "204 Taken" };
    let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
    // The test may be over.
    let _ = sender.send(Delivered { fields, body });
    reader.get_mut().write_all(answer.as_bytes())
}

#[test]
fn events_arrive_and_verify_with_the_official_library() {
    let ours = caller();
    let (url, delivered) = receiver();
    let created = ours.post("/v1/webhooks", &json!({"url": url}));
    assert_eq!(created.status, 201, "{}", created.text());
    let webhook = created.json();
    let text = |member: &str| webhook[member].as_str().expect(member).to_owned();
    let (id, keys) = (text("id"), [text("secret"), text("public_key")]);
    let order = ours.order("Webhooks", &[&pdf::one_page("Contract", 0)], &[&variable("SEGL_ORGANIZATION")]);
    ours.wait_for(&order, "pending");
    assert_eq!(ours.sign(&order).status, 200);
    ours.wait_for(&order, "accepted");

    // Other tests run at the same time and in the same organization: only what is about this order counts.
    let expected = BTreeSet::from(["order.created", "order.pending", "signer.signed", "order.accepted"].map(str::to_owned));
    let mut seen = BTreeSet::new();
    while !seen.is_superset(&expected) {
        // The one that found the receiver starting comes again with a sweep, which is every minute.
        let one = delivered.recv_timeout(Duration::from_secs(200)).unwrap_or_else(|_| panic!("only {seen:?} came"));
        let body: Value = serde_json::from_slice(&one.body).expect("a body of JSON");
        if body["data"]["order"] == order.as_str() {
            seen.insert(verified(&keys, &one));
            assert!(one.fields["webhook-id"].starts_with(&format!("msg_{order}_")));
        }
    }
    let feed = ours.get(&format!("/v1/events?order={order}")).json();
    let told: BTreeSet<_> =
        feed["events"].as_array().expect("events").iter().map(|event| event["type"].as_str().expect("a type")).collect();
    assert!(expected.iter().all(|kind| told.contains(kind.as_str())), "{feed}");
    assert_eq!(ours.send("DELETE", &format!("/v1/webhooks/{id}"), &[], b"").status, 204);
}

/// What the library says that this is.
fn verified([secret, public_key]: &[String; 2], delivered: &Delivered) -> String {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (fields, body) = (folder.path().join("fields.json"), folder.path().join("body"));
    std::fs::write(&fields, json!(delivered.fields).to_string()).expect("a scratch file");
    std::fs::write(&body, &delivered.body).expect("a scratch file");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/verify_webhook.py");
    let paths = [&fields, &body].map(|path| path.to_str().expect("a path of ASCII"));
    let (code, text) = run("python3", "cargo local test prepares it", &[script, secret, public_key, paths[0], paths[1]]);
    assert_eq!(code, Some(0), "{text}");
    text.trim().to_owned()
}
