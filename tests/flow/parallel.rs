//! Requests at the same moment.

use std::sync::Barrier;

use segl_tests::pdf;
use segl_tests::stack::{Answer, Caller, caller, other, variable};
use serde_json::{Value, json};

/// All at once, as far as threads allow.
fn at_once(callers: &[Caller], path: &str, body: &Value) -> Vec<Answer> {
    let barrier = Barrier::new(callers.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = callers
            .iter()
            .map(|caller| {
                scope.spawn(|| {
                    barrier.wait();
                    caller.post(path, body)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread that asserts nothing")).collect()
    })
}

fn count(events: &Value, kind: &str) -> usize {
    events["events"].as_array().expect("events").iter().filter(|event| event["what"]["type"] == kind).count()
}

#[test]
fn two_signers_at_once_and_one_signer_many_times_give_one_signature_each_and_one_seal() {
    let (ours, theirs) = (caller(), other());
    let id = ours.order("Race", &[&pdf::one_page("Race", 0)], &[&variable("SEGL_ORGANIZATION"), &variable("SEGL_OTHER_ORGANIZATION")]);
    let order = ours.wait_for(&id, "pending");
    let body = json!({"decision": "sign", "digests": [order["documents"][0]["sha256"]]});
    let racers = [&ours, &theirs, &ours, &theirs, &ours, &theirs].map(Clone::clone);
    let answers = at_once(&racers, &format!("/v1/orders/{id}/signatures"), &body);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| (200..300).contains(*status)).count(), 2, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 4, "{statuses:?}");
    ours.wait_for(&id, "accepted");
    let events = ours.get(&format!("/v1/orders/{id}/events")).json();
    for (kind, expected) in [("signed", 2), ("everyone-signed", 1), ("sealed", 1), ("accepted", 1)] {
        assert_eq!(count(&events, kind), expected, "{kind}: {events}");
    }
}

#[test]
fn the_same_creation_many_times_at_once_gives_one_order() {
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(pdf::one_page("Once", 0));
    let organization = variable("SEGL_ORGANIZATION");
    let body = json!({
        "title": "At once",
        "documents": [{"title": "Once", "content_base64": content}],
        "signers": [{"type": "system", "organization": organization}],
    });
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    let headers = vec![("x-api-key".to_owned(), variable("SEGL_API_KEY")), ("idempotency-key".to_owned(), format!("race-{now}"))];
    let racers = vec![Caller::new(headers); 5];
    let answers = at_once(&racers, "/v1/orders", &body);
    let ids: std::collections::BTreeSet<_> = answers.iter().map(|answer| answer.json()["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
}
