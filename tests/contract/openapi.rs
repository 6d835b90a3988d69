//! What the service says of itself is what it does: schemathesis reads the OpenAPI documents from the running service and sends what
//! they allow, and what they do not: every method, every member, at its bounds and beyond. No answer may be of 5xx, of a status that
//! the document does not have, or of another shape; what a schema forbids must be refused, and so must who shows no credential. And each
//! operation must have succeeded at least once: refusals alone would prove little.
//!
//! `schemathesis.toml` says how. All documents are gone through at the same time, which takes about two minutes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_aws::config::Aws;
use segl_aws::store::Store;
use segl_core::ports::RegisterBook as _;
use segl_testkit::registers::settings;
use segl_tests::pdf;
use segl_tests::stack::{Caller, caller, variable};
use serde_json::{Value, json};

/// The descriptions, and how many operations each has at least.
const DESCRIPTIONS: [(&str, usize); 3] = [("/v1/openapi.json", 10), ("/transactionsigning/api/openapi.json", 10), ("/zgw/openapi.json", 2)];

/// Where the registers of our client are said to be. Nobody answers there.
const REGISTERS: &str = "https://registers.invalid";

/// What exists beforehand, so that not every path leads to "not found".
struct Existing {
    document: Vec<u8>,
    accepted: String,
    /// An order that waits for our own system, for each operation that changes one.
    to_sign: String,
    to_cancel: String,
    to_delete: String,
    /// Orders that wait for a person.
    to_remind: String,
    to_remind_one: String,
    to_correct: String,
    to_redirect: String,
    /// The client's webhooks: one for everything, and one to be removed.
    webhook: String,
    webhook_to_delete: String,
    /// The same for workflows, with the handle of our own system.
    to_close: (String, String),
    to_take_back: (String, String),
    to_sign_by_handle: (String, String),
    to_decline: (String, String),
    /// A transaction of a case system.
    transaction: String,
}

impl Existing {
    fn create() -> Self {
        let ours = caller();
        // The schedule makes it within the first minute.
        let checkpoint = format!("/v1/checkpoints/{}", yesterday());
        ours.poll(&checkpoint, "yesterday's checkpoint", |answer| (answer.status == 200).then_some(()));
        let document = pdf::one_page("Contract", 0);
        let order = |title: &str| {
            let id = ours.order(title, &[&document], &[&variable("SEGL_ORGANIZATION")]);
            ours.wait_for(&id, "pending");
            id
        };
        let person = |title: &str| asked_of_a_person(&ours, title, &document);
        let accepted = order("Accepted");
        assert_eq!(ours.sign(&accepted).status, 200);
        ours.wait_for(&accepted, "accepted");
        Self {
            accepted,
            to_sign: order("To sign"),
            to_cancel: order("To cancel"),
            to_delete: order("To delete"),
            to_remind: person("To remind"),
            to_remind_one: person("To remind one"),
            to_correct: person("To correct"),
            to_redirect: person("To redirect"),
            webhook: webhook(&ours),
            webhook_to_delete: webhook(&ours),
            to_close: workflow(&ours, "To close", &document),
            to_take_back: workflow(&ours, "To take back", &document),
            to_sign_by_handle: workflow(&ours, "To sign by handle", &document),
            to_decline: workflow(&ours, "To decline", &document),
            transaction: transaction(&ours),
            document,
        }
    }

    /// The end of the configuration: words for the parameters that its beginning names. Arrays of strings are the same in JSON and TOML.
    fn configuration(&self) -> String {
        let words = [
            ("orders", json!([self.accepted, self.to_sign, self.to_close.0])),
            ("files", json!([STANDARD.encode(&self.document)])),
            ("digests", json!([self.digest()])),
        ];
        let words = words.iter().map(|(name, values)| format!("\n[dictionaries.{name}]\nvalues = {values}\n"));
        format!("{}{}", include_str!("schemathesis.toml"), words.collect::<String>())
    }

    fn digest(&self) -> String {
        segl_core::id::Sha256::of(&self.document).to_string()
    }

    /// Gives each operation of a description an example that works here and now.
    fn give_examples(&self, description: &mut Value) {
        let operations = description["paths"].as_object_mut().expect("paths").values_mut();
        for operation in operations.flat_map(|methods| methods.as_object_mut().expect("methods").values_mut()) {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(value) = self.parameter(&id, parameter["name"].as_str().expect("a name")) {
                    parameter["example"] = value;
                }
            }
            if let Some(body) = self.body(&id) {
                let content = operation["requestBody"]["content"]["application/json"].as_object_mut().expect("a body");
                content.remove("examples");
                content.insert("example".to_owned(), body);
            }
        }
    }

    /// A value for a parameter, where any other one would lead to "not found".
    fn parameter(&self, operation: &str, name: &str) -> Option<Value> {
        let value = match (name, operation) {
            ("document" | "signer", _) => return Some(json!(0)),
            ("day", _) => return Some(json!(yesterday())),
            ("cvr", _) => &variable("SEGL_ORGANIZATION"),
            ("order_id", "sign" | "readSignatureRequest" | "readDocumentToSign") => &self.to_sign,
            ("order_id", "cancelOrder") => &self.to_cancel,
            ("order_id", "deleteOrder") => &self.to_delete,
            ("order_id", "remindSigners" | "extendOrder") => &self.to_remind,
            ("order_id", "remindSigner" | "unblockSigner") => &self.to_remind_one,
            ("order_id", "correctSigner") => &self.to_correct,
            ("order_id", "redirectSigner") => &self.to_redirect,
            ("workflowId", "closeWorkflow") => &self.to_close.0,
            ("workflowId", "cancelWorkflow") => &self.to_take_back.0,
            ("webhook_id", "deleteWebhook") => &self.webhook_to_delete,
            ("webhook_id", _) => &self.webhook,
            ("order_id" | "workflowId", _) => &self.accepted,
            ("transaction_id", _) => &self.transaction,
            ("signtextId", "declineAsSystem") => &self.to_decline.1,
            ("signtextId", _) => &self.to_sign_by_handle.1,
            _ => return None,
        };
        Some(json!(value))
    }

    /// A body, where it must repeat what the service knows.
    fn body(&self, operation: &str) -> Option<Value> {
        match operation {
            // What switches off would keep others from succeeding.
            "changeWebhook" => Some(json!({"events": ["order.accepted"]})),
            "replayWebhook" => Some(json!({"first": 1})),
            "sign" => Some(json!({"decision": "sign", "digests": [self.digest()]})),
            "signAsSystem" => Some(json!({"digests": [self.digest()], "rule": "below the limit"})),
            "createWorkflow" => {
                Some(json!({"title": "Offer", "pdfList": [{"title": "Offer", "pdfBase64": STANDARD.encode(&self.document)}]}))
            }
            "startTransaction" => Some(trigger()),
            "createSignTextId" => Some(json!({"workflowId": self.to_close.0, "signerName": "Carin Borgström"})),
            _ => None,
        }
    }
}

/// An order that waits for a person, at whose address nobody reads; it may be signed in the caller's own pages.
fn asked_of_a_person(ours: &Caller, title: &str, document: &[u8]) -> String {
    let exit = "https://sender.example/case";
    let answer = ours.post(
        "/v1/orders",
        &json!({
            "title": title,
            "documents": [{"title": title, "content_base64": STANDARD.encode(document)}],
            "signers": [{"type": "person", "name": "Carin Borgström", "email": "carin@signer.example"}],
            "direct": {"completion_url": exit, "rejection_url": exit, "error_url": exit},
        }),
    );
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    ours.wait_for(&id, "pending");
    id
}

/// A webhook whose receiver takes no connections.
fn webhook(ours: &Caller) -> String {
    let created = ours.post("/v1/webhooks", &json!({"url": "http://127.0.0.1:9/"}));
    assert_eq!(created.status, 201, "{}", created.json());
    created.json()["id"].as_str().expect("an id").to_owned()
}

fn yesterday() -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.yesterday().expect("the calendar began long ago").to_string()
}

/// A transaction of a case system, whose documents are waited for.
fn transaction(ours: &Caller) -> String {
    let store = async {
        let aws = Aws::load().await;
        let name = variable("SEGL_CLIENT_ID").parse().expect("a client's id");
        let store = Store::new(&aws, variable("SEGL_TABLE"), variable("SEGL_BUCKET"), None);
        store.put_register(&settings(name, REGISTERS)).await.expect("stored");
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(store);
    let started = ours.post("/zgw/ondertekentransacties", &trigger());
    assert_eq!(started.status, 200, "{}", started.text());
    started.json()["transaction_id"].as_str().expect("an id").to_owned()
}

fn trigger() -> Value {
    let (case, document) = ("2cc803a9-7404-4289-8f3d-f2300f666eac", "f491249e-0651-4d22-a8a8-bb35885e9245");
    json!({
        "naam": "Besluit",
        "eigenaar": "lisa@example.nl",
        "zaak": {"uuid": case, "url": format!("{REGISTERS}/zaken/api/v1/zaken/{case}")},
        "documenten": [{
            "uuid": document, "url": format!("{REGISTERS}/documenten/api/v1/enkelvoudiginformatieobjecten/{document}"),
            "titel": "Besluit", "versie": 1, "bestandsnaam": "besluit.docx",
        }],
        "ondertekenaars": [{"e-mail": "john@example.nl", "voornaam": "John", "achternaam": "Doe"}],
    })
}

/// A workflow that our own system is asked to sign: its id, and the system's handle.
fn workflow(ours: &Caller, title: &str, document: &[u8]) -> (String, String) {
    let organization = variable("SEGL_ORGANIZATION");
    let base = format!("/transactionsigning/api/workflows/{organization}");
    let text = |answer: &Value, member: &str| answer[member].as_str().unwrap_or_else(|| panic!("{member}: {answer}")).to_owned();
    let pdf = json!([{"title": title, "pdfBase64": STANDARD.encode(document)}]);
    let id = text(&ours.post(&base, &json!({"title": title, "pdfList": pdf})).json(), "workflowId");
    let asked = ours.post(&format!("{base}/signtextid"), &json!({"workflowId": id, "organizationTin": organization}));
    let handle = text(&asked.json(), "signtextId");
    let digests = format!("/transactionsigning/api/systemsignatures/{handle}/digests");
    ours.poll(&digests, "the digests", |answer| (answer.status == 200).then_some(()));
    (id, handle)
}

/// A run of schemathesis over one description.
struct Run {
    description: &'static str,
    operations: usize,
    report: PathBuf,
    process: Child,
}

impl Run {
    fn start((description, operations): (&'static str, usize), existing: &Existing, configuration: &Path) -> Self {
        let file = configuration.with_file_name(description.replace('/', "-"));
        let mut document = caller().get(description).json();
        existing.give_examples(&mut document);
        std::fs::write(&file, document.to_string()).expect("a scratch file");
        let report = file.with_extension("ndjson");
        let mut schemathesis = Command::new("schemathesis");
        schemathesis.arg("--config-file").arg(configuration).arg("run").arg(&file);
        schemathesis.arg("--report=ndjson").arg("--report-ndjson-path").arg(&report).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process =
            schemathesis.spawn().unwrap_or_else(|error| panic!("schemathesis does not run ({error}): cargo local test prepares it"));
        Self { description, operations, report, process }
    }

    /// Waits for its end. What is wrong, if anything.
    fn end(self) -> Option<String> {
        let output = self.process.wait_with_output().expect("schemathesis ends");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            return Some(format!("{}: {}\n{text}", self.description, output.status));
        }
        let answers = answers(&std::fs::read_to_string(&self.report).expect("schemathesis writes a report"));
        let succeeded = |statuses: &BTreeMap<u64, usize>| statuses.keys().any(|status| (200..400).contains(status));
        let never: Vec<_> = answers.iter().filter(|(_, statuses)| !succeeded(statuses)).collect();
        (answers.len() < self.operations || !never.is_empty())
            .then(|| format!("{}: these never succeeded: {never:#?}\n{text}", self.description))
    }
}

/// How often each operation answered which status.
fn answers(report: &str) -> BTreeMap<String, BTreeMap<u64, usize>> {
    let mut answers: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
    for line in report.lines() {
        let event: Value = serde_json::from_str(line).expect("a line of JSON");
        let scenario = &event["ScenarioFinished"];
        // Sequences of several operations have one label together.
        let Some(operation) = scenario["recorder"]["label"].as_str().filter(|_| scenario["phase"] != "stateful") else { continue };
        let statuses = answers.entry(operation.to_owned()).or_default();
        let interactions = scenario["recorder"]["interactions"].as_object().into_iter().flat_map(serde_json::Map::values);
        for status in interactions.filter_map(|one| one["response"]["status_code"].as_u64()) {
            *statuses.entry(status).or_default() += 1;
        }
    }
    answers
}

#[test]
fn the_service_does_what_its_descriptions_say() {
    let existing = Existing::create();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let configuration = scratch.path().join("schemathesis.toml");
    std::fs::write(&configuration, existing.configuration()).expect("a scratch file");
    let runs = DESCRIPTIONS.map(|description| Run::start(description, &existing, &configuration));
    let wrong: Vec<_> = runs.into_iter().filter_map(Run::end).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
