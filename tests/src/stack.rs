//! The running service, as a caller sees it. `cargo local test` starts it and tells where it is.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A client's credentials, and the address.
#[derive(Clone)]
pub struct Caller {
    /// The service's address.
    pub url: String,
    /// What the credential headers are.
    pub headers: Vec<(String, String)>,
    agent: ureq::Agent,
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: ureq::http::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// A variable that `cargo local test` sets.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: these tests need the running service; use `cargo local test`"))
}

/// The first organization's client, by API key.
pub fn caller() -> Caller {
    Caller::new(vec![("x-api-key".into(), variable("SEGL_API_KEY"))])
}

/// The other organization's client, by API key.
pub fn other() -> Caller {
    Caller::new(vec![("x-api-key".into(), variable("SEGL_OTHER_API_KEY"))])
}

/// HTTP Basic from id and secret.
pub fn basic(id: &str, secret: &str) -> Caller {
    Caller::new(vec![("authorization".into(), format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))])
}

impl Caller {
    /// A caller with these headers.
    pub fn new(headers: Vec<(String, String)>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { url: variable("SEGL_URL").trim_end_matches('/').to_owned(), headers, agent: config.into() }
    }

    /// Sends a request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(headers.iter().copied()) {
            request = request.header(name, value);
        }
        let mut response = self.agent.run(request.body(body).expect("a request of ours")).expect("the service answers");
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("the answer's body");
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// Asks again until `done` gives something, for a minute.
    pub fn poll<T>(&self, path: &str, what: &str, done: impl Fn(&Answer) -> Option<T>) -> T {
        let result = std::cell::Cell::new(None);
        self.poll_with(path, &[], what, |answer| {
            let found = done(answer);
            let is_done = found.is_some();
            result.set(found);
            is_done
        });
        result.into_inner().expect("set when done")
    }

    /// The same with header fields. Gives the answer.
    pub fn poll_with(&self, path: &str, headers: &[(&str, &str)], what: &str, done: impl Fn(&Answer) -> bool) -> Answer {
        let start = Instant::now();
        loop {
            let answer = self.send("GET", path, headers, b"");
            if done(&answer) {
                return answer;
            }
            assert!(start.elapsed() < Duration::from_secs(90), "{what} did not come: {} {}", answer.status, answer.text());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until an order is in a state.
    pub fn wait_for(&self, id: &str, state: &str) -> Value {
        self.poll(&format!("/v1/orders/{id}"), state, |answer| {
            let order = answer.json();
            (order["state"] == state).then_some(order)
        })
    }

    /// Creates an order with systems as signers and documents in the request. Answers its id.
    pub fn order(&self, title: &str, documents: &[&[u8]], signers: &[&str]) -> String {
        let documents: Vec<_> = documents
            .iter()
            .map(|bytes| json!({"title": format!("{title}, document"), "content_base64": STANDARD.encode(bytes)}))
            .collect();
        let signers: Vec<_> = signers.iter().map(|organization| json!({"type": "system", "organization": organization})).collect();
        let answer = self.post("/v1/orders", &json!({"title": title, "documents": documents, "signers": signers}));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Reads what is to be signed and signs it, as the caller's system.
    pub fn sign(&self, id: &str) -> Answer {
        let request = self.get(&format!("/v1/orders/{id}/signature-request"));
        assert_eq!(request.status, 200, "{}", request.text());
        let digests: Vec<_> = request.json()["documents"].as_array().expect("documents").iter().map(|one| one["sha256"].clone()).collect();
        self.post(&format!("/v1/orders/{id}/signatures"), &json!({"decision": "sign", "digests": digests}))
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header field.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
