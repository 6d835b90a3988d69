//! The automation API, as its users call it.

use std::process::Command;
use std::time::Duration;

use segl_tests::stack::{Answer, Caller, basic, caller, variable};
use segl_tests::{judge, pdf};

use crate::people::Page;

/// A form field or file.
pub enum Field<'a> {
    /// A value.
    Value(&'a str, &'a str),
    /// A PDF.
    File(&'a str, &'a [u8]),
}

/// Sends a multipart form.
pub fn send(caller: &Caller, fields: &[Field<'_>]) -> Answer {
    const BOUNDARY: &str = "----segl-test-boundary";
    let mut body = Vec::new();
    for field in fields {
        body.extend(format!("--{BOUNDARY}\r\n").into_bytes());
        match field {
            Field::Value(name, value) => {
                body.extend(format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
            }
            Field::File(name, content) => {
                let head = format!(
                    "Content-Disposition: form-data; name=\"{name}\"; filename=\"lease.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
                );
                body.extend(head.into_bytes());
                body.extend(*content);
                body.extend(b"\r\n");
            }
        }
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    caller.send("POST", "/orders", &[("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))], &body)
}

/// Local time of the service's zone, some time from now.
fn due(after: Duration) -> String {
    let output = Command::new("date")
        .env("TZ", "Europe/Stockholm")
        .args(["-d", &format!("+{} seconds", after.as_secs()), "+%Y-%m-%dT%H:%M:%S"])
        .output()
        .expect("date(1) runs");
    String::from_utf8(output.stdout).expect("ASCII").trim().to_owned()
}

fn state(caller: &Caller, id: &str) -> String {
    let answer = caller.get(&format!("/orders/{id}/state"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

const EXTERNAL: &str = r#"{"source":"EXTERNAL","identifier":"198603052385","attributes":{"mail":{"value":"jane.doe@example.org"},"mobile":{"value":"+46700000000"}}}"#;

#[test]
fn the_documented_curl_creates_an_order() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("signthisplease.pdf");
    std::fs::write(&file, pdf::one_page("Sign this please", 0)).expect("a scratch file");
    // As documented, with its odd quoting; address, credential and date filled in.
    let script = format!(
        r#"curl --silent --show-error --location --request POST '{url}/orders' --user '{user}' \
 -F 'title="A new signing order"' \
 -F 'description="This order was automatically generated"' \
 -F 'upload=@"{file}"' \
 -F 'dueDate="{due}"' \
 -F 'solicitor="{{\"source\":\"INTERNAL\",\"identifier\":\"sAMAccountName=cborgstrom\",\"attributes\":{{}}}}"' \
 -F 'signers="{{\"source\":\"INTERNAL\",\"identifier\":\"sAMAccountName=cborgstrom\",\"attributes\":{{}}}}"' \
 -F 'signers="{{\"source\":\"EXTERNAL\",\"identifier\":\"198603052385\",\"attributes\":{{\"mail\":{{\"value\":\"[email protected]\"}},\"mobile\":{{\"value\":\"+46700000000\"}}}}}}"'"#,
        url = caller().url,
        user = format_args!("{}:{}", variable("SEGL_CLIENT_ID"), variable("SEGL_CLIENT_SECRET")),
        file = file.display(),
        due = due(Duration::from_secs(3600)),
    );
    let output = Command::new("sh").arg("-c").arg(&script).output().expect("sh and curl run");
    let id = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(id.len(), 36, "{id} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(state(&caller(), &id), "PENDING");
    let order = caller().get(&format!("/orders/{id}")).json();
    assert_eq!(order["title"], "A new signing order", "{order}");
    assert_eq!(order["signers"][0]["name"], "Carin Borgström", "from the directory: {order}");
    assert_eq!(order["document"]["fileName"], "signthisplease.pdf", "{order}");
}

#[test]
fn before_acceptance_the_document_is_answered_only_when_asked_for_unfinished() {
    let ours = basic(&variable("SEGL_CLIENT_ID"), &variable("SEGL_CLIENT_SECRET"));
    let original = pdf::one_page("Lease", 0);
    let due = due(Duration::from_secs(3600));
    let created = send(
        &ours,
        &[
            Field::Value("title", "Lease"),
            Field::Value("dueDate", &due),
            Field::File("upload", &original),
            Field::Value("signers", EXTERNAL),
            Field::Value("tags", r#"{"case": "4711"}"#),
            Field::Value("linkType", "1"),
            Field::Value("option", r#"{"name":"notifyAllSigners","value":true}"#),
        ],
    );
    assert_eq!(created.status, 200, "{}", created.text());
    let id = created.text();
    caller().wait_for(&id, "pending");
    let early = ours.get(&format!("/orders/{id}/document"));
    assert_eq!(early.status, 409, "{}", early.text());
    let unfinished = ours.get(&format!("/orders/{id}/document?unfinished=true"));
    assert_eq!((unfinished.status, unfinished.body), (200, original));

    assert_eq!(ours.send("DELETE", &format!("/orders/{id}"), &[], b"").status, 204);
    assert_eq!(state(&ours, &id), "CANCELLED");
    assert_eq!(ours.send("DELETE", &format!("/orders/{id}"), &[], b"").status, 204, "twice is no error");
    let gone = ours.get(&format!("/orders/{id}/document?unfinished=true"));
    assert_eq!(gone.status, 410, "{}", gone.text());
    let order = ours.get(&format!("/orders/{id}")).text();
    assert!(!order.contains("jane") && !order.contains("198603052385") && !order.contains("Lease"), "nothing personal stays: {order}");
    let trail = caller().get(&format!("/v1/orders/{id}/events")).text();
    assert!(trail.contains("erased"), "the audit trail stays: {trail}");
}

#[test]
fn past_the_due_date_an_order_is_expired_and_refused_to_signers() {
    let ours = caller();
    let address = crate::people::fresh("soon.over");
    let due = due(Duration::from_secs(8));
    let created = send(
        &ours,
        &[
            Field::Value("title", "Soon over"),
            Field::Value("dueDate", &due),
            Field::File("upload", &pdf::one_page("Soon", 0)),
            Field::Value("signers", &EXTERNAL.replace("jane.doe@example.org", &address)),
        ],
    );
    assert_eq!(created.status, 200, "{}", created.text());
    let id = created.text();
    ours.wait_for(&id, "pending");
    let page = Page::load(&crate::people::link_of(&address));
    std::thread::sleep(Duration::from_secs(9));
    // Before any sweep: refused to the signer, and told to the creator.
    let late = page.sign();
    assert!(late.status >= 400 && late.text().contains("time for signing is over"), "{} {}", late.status, late.text());
    assert_eq!(state(&ours, &id), "EXPIRED");
    // And the sweep writes it down.
    let written =
        ours.poll(&format!("/v1/orders/{id}/events"), "the sweep", |answer| answer.text().contains("\"expired\"").then(|| answer.text()));
    assert!(!written.contains("\"signed\""));
}

#[test]
fn people_sign_what_arrived_by_the_automation_api() {
    let ours = caller();
    let original = pdf::one_page("By people", 0);
    let address = crate::people::fresh("by.people");
    let created = send(
        &ours,
        &[
            Field::Value("title", "By people"),
            Field::Value("dueDate", &due(Duration::from_secs(3600))),
            Field::File("upload", &original),
            Field::Value("signers", &EXTERNAL.replace("jane.doe@example.org", &address)),
        ],
    );
    let id = created.text();
    ours.wait_for(&id, "pending");
    let signed = crate::people::sign(&crate::people::link_of(&address));
    assert_eq!(signed.status, 303, "{}", signed.text());
    ours.wait_for(&id, "accepted");
    assert_eq!(state(&ours, &id), "ACCEPTED");
    let document = ours.get(&format!("/orders/{id}/document"));
    assert_eq!((document.status, document.header("content-type")), (200, "application/pdf"));
    judge::assert_sealed(&original, &document.body);
}
