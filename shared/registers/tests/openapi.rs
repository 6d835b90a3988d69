//! Every request that is sent passes the official OpenAPI descriptions, judged by openapi-core.

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_registers::Outcome;
use segl_registers::check::Check;
use segl_testkit::registers::Asked;
use serde_json::json;
use support::{End, Way, World};

/// What the judge says about each request.
fn judged(requests: &[Asked]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi/judge.py");
    let mut judge = Command::new("python")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python with openapi-core: `cargo local test` prepares it");
    let mut lines = String::new();
    for Asked { method, url, fields, body } in requests {
        let line = json!({"method": method, "url": url, "fields": fields, "body": STANDARD.encode(body)});
        lines.push_str(&format!("{line}\n"));
    }
    let mut input = judge.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = judge.wait_with_output().expect("the judge ends");
    writer.join().expect("no panic").expect("the judge reads");
    assert!(output.status.success(), "python with openapi-core: `cargo local test` prepares it");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// The requests of a write-back of small and large documents, with doubts in between, of one that is broken off, and of a check.
fn requests() -> Vec<Asked> {
    let mut requests = Vec::new();
    let mut keep = |world: World| requests.extend(world.sent.into_iter().map(|(asked, _)| asked));
    let mut plain = World::new(&[500, 10_000]);
    assert_eq!(plain.run(0, false), End::Told(Outcome::Written));
    let steps = plain.sent.len();
    keep(plain);
    for step in 1..=steps {
        let mut world = World::new(&[500, 10_000]);
        world.fault = Some((step, Way::Lost));
        assert_eq!(world.run(3, false), End::Told(Outcome::Written));
        keep(world);
    }
    let mut closed = World::new(&[500]);
    closed.registers.state().cases[0].closed = true;
    assert!(matches!(closed.run(0, false), End::Told(Outcome::Ended(_))));
    keep(closed);
    let mut checked = World::new(&[]);
    checked.registers.state().channels.clear();
    let terms = checked.plan.terms.clone();
    let mut check = Check::new(&terms, "https://example.org/documentacties");
    while let Some(request) = check.request() {
        check.answered(checked.exchange(&request));
    }
    assert!(check.findings().iter().all(|finding| finding.is_good()), "{:?}", check.findings());
    keep(checked);
    requests
}

#[test]
fn every_request_is_as_the_standard_describes_it() {
    let requests = requests();
    let verdicts = judged(&requests);
    assert_eq!(verdicts.len(), requests.len());
    for (request, verdict) in requests.iter().zip(verdicts) {
        assert_eq!(verdict, "good", "{} {} {}", request.method, request.url, String::from_utf8_lossy(&request.body));
    }
}

/// The judge would see it.
#[test]
fn a_request_that_is_wrong_is_refused_by_the_judge() {
    let requests = requests();
    let find = |method: &str, url: &str| {
        requests.iter().find(|asked| asked.method == method && asked.url.contains(url)).expect("it was sent").clone()
    };
    let text = |asked: &mut Asked, from: &str, to: &str| {
        let body = String::from_utf8(asked.body.clone()).expect("JSON");
        assert!(body.contains(from), "{body}");
        asked.body = body.replace(from, to).into_bytes();
    };
    let mut case = find("GET", "/zaken/");
    case.fields.retain(|(name, _)| name != "accept-crs");
    let mut write = find("PATCH", "/enkelvoudiginformatieobjecten/");
    text(&mut write, "\"sha_256\"", "\"sha256\"");
    let mut evidence = requests
        .iter()
        .find(|asked| asked.method == "POST" && asked.url.ends_with("/enkelvoudiginformatieobjecten"))
        .expect("it was sent")
        .clone();
    text(&mut evidence, "\"taal\":\"nld\"", "\"taal\":\"nl\"");
    let mut unknown = find("PATCH", "/enkelvoudiginformatieobjecten/");
    text(&mut unknown, "\"formaat\"", "\"format\"");
    let mut download = find("GET", "/download");
    download.url.push_str("&version=1");
    let mut notification = find("POST", "/notificaties");
    text(&mut notification, "\"kenmerken\"", "\"kenmerk\"");
    for (asked, verdict) in [case.clone(), write.clone(), evidence.clone(), unknown.clone(), download.clone(), notification.clone()]
        .iter()
        .zip(judged(&[case, write, evidence, unknown, download, notification]))
    {
        assert_ne!(verdict, "good", "{} {}", asked.method, asked.url);
    }
}
