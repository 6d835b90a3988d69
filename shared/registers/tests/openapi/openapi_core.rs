//! openapi-core, a library of Python, which also tells of what a description does not know.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_testkit::registers::Asked;
use serde_json::json;

/// What is wrong with each request: `good`, or reasons.
pub fn judge(requests: &[Asked]) -> Vec<String> {
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
