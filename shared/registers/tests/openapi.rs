//! Every request that is sent passes the official OpenAPI descriptions, judged by two programs that were not made for each other.

#[path = "openapi/openapi_core.rs"]
mod openapi_core;
#[path = "openapi/prism.rs"]
mod prism;
mod support;

use prism::Mocks;
use segl_registers::Outcome;
use segl_registers::check::Check;
use segl_testkit::registers::Asked;
use support::{End, Way, World};

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judge {
    OpenapiCore,
    Prism,
}

const JUDGES: [Judge; 2] = [Judge::OpenapiCore, Judge::Prism];

impl Judge {
    /// What is wrong with each request; `good` where nothing is.
    fn judge(self, requests: &[Asked]) -> Vec<String> {
        match self {
            Self::OpenapiCore => openapi_core::judge(requests),
            Self::Prism => {
                let (mocks, agent) = (Mocks::start(), ureq::Agent::config_builder().http_status_as_error(false).build().into());
                requests.iter().map(|asked| mocks.judge(&agent, asked)).collect()
            }
        }
    }
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
    for judge in JUDGES {
        let verdicts = judge.judge(&requests);
        assert_eq!(verdicts.len(), requests.len());
        for (Asked { method, url, body, .. }, verdict) in requests.iter().zip(verdicts) {
            assert_eq!(verdict, "good", "{judge:?}: {method} {url} {}", String::from_utf8_lossy(body));
        }
    }
}

/// The judges would see it.
#[test]
fn a_request_that_is_wrong_is_refused_by_its_judges() {
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
    let mut digest = find("PATCH", "/enkelvoudiginformatieobjecten/");
    text(&mut digest, "\"sha_256\"", "\"sha256\"");
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
    // What a description does not know, an open schema lets pass; only one judge looks for it.
    let against_it = [case, evidence, digest];
    let unknown_to_it = [unknown, download, notification];
    for (judge, wrong, passes) in [
        (Judge::OpenapiCore, against_it.as_slice(), false),
        (Judge::OpenapiCore, unknown_to_it.as_slice(), false),
        (Judge::Prism, &against_it, false),
        (Judge::Prism, &unknown_to_it, true),
    ] {
        for (Asked { method, url, .. }, verdict) in wrong.iter().zip(judge.judge(wrong)) {
            assert_eq!(verdict == "good", passes, "{judge:?}: {method} {url}: {verdict}");
        }
    }
}
