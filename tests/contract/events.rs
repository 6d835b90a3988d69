//! The sample events, decoded as the functions decode them. `sam local invoke` and `cargo lambda invoke` take the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_lambda_events::event::dynamodb;
use aws_lambda_events::event::s3::S3Event;
use ceremony::Desk;
use segl_aws::records::Woken;
use segl_core::document::Level;
use segl_core::offer::Offer;
use segl_core::seal_terms::SealOffer;
use segl_core::storage_key::StorageKey;
use segl_core::task::Consumer;
use segl_dialects::{automation, native, workflow, zgw};
use segl_lambda::brand::Brand;
use segl_lambda::call::Call;
use segl_lambda::service::{Service, Settings};
use segl_local::template::Template;
use segl_openid::exchange::Nobody;
use segl_openid::relying_party::RelyingParty;
use segl_testkit::fake::{Fake, TokenKey};
use segl_testkit::registers;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folders(path: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.map(|entry| entry.expect("a folder's entry").file_name().into_string().expect("a name of ASCII")).collect()
}

/// Every sample of a function, by name.
fn samples(function: &str) -> BTreeMap<String, String> {
    let folder = root().join("events").join(function);
    let read = |name: &String| std::fs::read_to_string(folder.join(name)).expect("a sample");
    folders(&folder).into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn call(sample: &str) -> Call {
    Call::from_lambda(lambda_http::request::from_str(sample).expect("an event of the HTTP API"))
}

/// The functions that answer calls over HTTP.
const CALLED: [&str; 7] = ["create-order", "status", "system-sign", "ceremony", "sender", "manage", "token"];

fn offer() -> Offer {
    Offer { seal: SealOffer::new(Level::BB, Level::BLta).expect("the default is the lowest"), eid: None }
}

#[test]
fn every_function_has_a_sample() {
    assert_eq!(folders(&root().join("events")), folders(&root().join("functions")));
}

#[test]
fn calls_find_their_routes() {
    let expected = BTreeMap::from([
        ("create-order/native.json", "CreateOrder"),
        ("create-order/automation.json", "CreateOrder"),
        ("create-order/workflow.json", "Create("),
        ("create-order/batch.json", "CreateOrders"),
        ("create-order/zgw.json", "Create"),
        ("status/zgw.json", "Transaction("),
        ("status/workflow-token.json", "WorkflowToken("),
        ("manage/workflow-signtextid.json", "SignTextId("),
        ("manage/workflow-pades.json", "Pades("),
        ("system-sign/workflow-sign.json", "Sign("),
        ("status/order.json", "Order("),
        ("status/list.json", "ListOrders"),
        ("status/automation-state.json", "State("),
        ("status/no-such-path.json", "NoSuchRoute"),
        ("system-sign/request.json", "SignatureRequest("),
        ("system-sign/sign.json", "Sign("),
        ("ceremony/page.json", "GET sign"),
        ("ceremony/sign.json", "POST sign"),
        ("sender/list.json", "GET sender"),
        ("manage/cancel.json", "CancelOrder("),
        ("manage/automation-delete.json", "DeleteOrder("),
        ("manage/evidence.json", "Evidence("),
        ("status/client-certificate.json", "ListOrders"),
        ("manage/webhook.json", "CreateWebhook"),
        ("status/feed.json", "Feed"),
        ("token/issue.json", "POST oauth2"),
        ("token/client-certificate.json", "POST oauth2"),
        ("token/keys.json", "GET .well-known"),
        ("token/metadata.json", "GET .well-known"),
    ]);
    let mut seen = BTreeSet::new();
    for function in CALLED {
        for (name, sample) in samples(function) {
            let call = call(&sample);
            let (method, path) = (call.method.as_str(), call.raw_path.as_str());
            let route = match call.segments().as_slice() {
                ["v1", ..] => format!("{:?}", native::route::Route::find(method, path).expect("a route")),
                ["orders", ..] => format!("{:?}", automation::route::Route::find(method, path).expect("a route")),
                ["transactionsigning", ..] => format!("{:?}", workflow::route::Route::find(method, path).expect("a route")),
                ["zgw", ..] => format!("{:?}", zgw::route::Route::find(method, path).expect("a route")),
                [first @ ("sign" | "sender" | "oauth2" | ".well-known"), ..] => format!("{method} {first}"),
                _ => format!("{:?}", native::route::Route::find(method, path).expect_err("no route").kind),
            };
            let key = format!("{function}/{name}");
            let wanted = expected.get(key.as_str()).unwrap_or_else(|| panic!("{key} is not in the table"));
            assert!(route.starts_with(wanted), "{key}: {route}");
            assert_eq!(call.address.map(|address| address.to_string()).as_deref(), Some("192.0.2.17"), "{key}");
            seen.insert(key);
        }
    }
    assert_eq!(seen.len(), expected.len());
}

#[test]
fn requests_in_samples_are_understood() {
    let now = "2026-11-22T09:11:19Z".parse().expect("a time");
    let native = call(&samples("create-order")["native.json"]);
    let parsed = native::request::parse(&native.body, now, 4 << 20, offer()).expect("a request");
    assert!(parsed.contents[0].as_deref().is_some_and(|content| content.starts_with(b"%PDF-")));

    let form = call(&samples("create-order")["automation.json"]);
    let zone = jiff::tz::TimeZone::get("Europe/Stockholm").expect("a zone");
    let request = automation::form::parse(form.header("content-type"), form.body.clone().into(), now, &zone, 4 << 20).expect("a form");
    assert_eq!(request.title.as_str(), "A new signing order");

    let sign = call(&samples("system-sign")["sign.json"]);
    assert!(matches!(native::decision::decision(&sign.body), Ok(native::decision::Decision::Sign { .. })));
}

#[test]
fn what_wakes_a_function_is_understood() {
    for (_, sample) in samples("ingest") {
        let event: S3Event = serde_json::from_str(&sample).expect("an event of the bucket");
        let arrival = segl_aws::records::arrival(&event.records[0]).expect("an object of ours");
        assert!(matches!(arrival.key, StorageKey::Original(..)));
    }
    for (function, consumer) in [("seal", Consumer::Seal), ("notify", Consumer::Notify), ("registers", Consumer::Registers)] {
        for (name, sample) in samples(function) {
            let event: dynamodb::Event = serde_json::from_str(&sample).expect("an event of the table's stream");
            for record in &event.records {
                match segl_aws::records::woken(record).expect("a task or a delivery") {
                    Woken::Task(_, kind) => assert_eq!(kind.consumer(), consumer, "{function}/{name}"),
                    Woken::Delivery(_) => assert_eq!((function, name.as_str()), ("notify", "deliver.json")),
                }
            }
        }
    }
    for (_, sample) in samples("expire") {
        let event: serde_json::Value = serde_json::from_str(&sample).expect("an event of the schedule");
        assert_eq!((&event["detail-type"], &event["source"]), (&"Scheduled Event".into(), &"aws.scheduler".into()));
    }
}

fn template() -> Template {
    Template::read(&root().join("template.yaml")).expect("a template")
}

#[test]
fn samples_come_the_way_that_the_template_sends_them() {
    let template = template();
    for function in template.functions() {
        let sample = |sample: &str| serde_json::from_str::<Value>(sample).expect("JSON");
        let events: Vec<_> = samples(&function.binary).into_iter().map(|(name, text)| (name, sample(&text))).collect();
        let sources = template.json()["Resources"][&function.logical_id]["Properties"]["Events"].as_object();
        let patterns = sources.into_iter().flatten().filter_map(|(_, source)| {
            source["Properties"]["FilterCriteria"]["Filters"][0]["Pattern"]
                .as_str()
                .map(|pattern| serde_json::from_str(pattern).expect("JSON"))
        });
        let patterns: Vec<Value> = patterns.collect();
        for (name, event) in events {
            if let Some(route) = event["routeKey"].as_str() {
                assert!(function.routes.iter().any(|known| known == route), "{}/{name} comes by {route}", function.binary);
            }
            if !patterns.is_empty() {
                let passed = patterns.iter().filter(|pattern| passes(pattern, &event["Records"][0])).collect::<Vec<_>>();
                let [pattern] = passed[..] else { panic!("{}/{name} passes {} filters", function.binary, passed.len()) };
                let mut other = event["Records"][0].clone();
                other["dynamodb"]["NewImage"]["status"]["S"] = "waiting".into();
                assert!(!passes(pattern, &other), "a task that waits wakes nobody: {pattern}");
            }
        }
    }
}

/// Lambda's filter syntax as far as the template uses it: objects by their members, lists by equality with one of them.
fn passes(pattern: &Value, event: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().all(|(name, inner)| event.get(name).is_some_and(|event| passes(inner, event))),
        Value::Array(values) => values.contains(event),
        _ => false,
    }
}

/// Where no order is stored, who is let in by a route that is found is told that there is no such order.
#[tokio::test]
async fn samples_are_answered_by_their_functions() {
    let mut answered = 0;
    for function in CALLED {
        for (name, sample) in samples(function) {
            let call = call(&sample);
            let service = service_for(&call).await;
            let reply = match function {
                "create-order" => create_order::handle(&service, call).await,
                "status" => status::handle(&service, &segl_testkit::fake::TokenKey::new(1000), call).await,
                "system-sign" => system_sign::handle(&service, call).await,
                "ceremony" => {
                    let party = RelyingParty::new(Vec::new(), Nobody, |_| Fake::default());
                    let desk = Desk::new(Fake::default(), Fake::default(), Brand::default(), Vec::new());
                    ceremony::handle(&service, &desk, &party, call).await
                }
                "sender" => sender::handle(&service, &nobodys_desk(), call).await,
                "manage" => manage::handle(&service, &segl_testkit::fake::TokenKey::new(1000), call).await,
                _ => token::handle(&service, &TokenKey::new(1), call).await,
            };
            let body = String::from_utf8_lossy(&reply.body);
            let expected = match (function, name.as_str()) {
                ("create-order", "native.json") => (201, "\"state\":\"drafting\""),
                ("create-order", "workflow.json") => (201, "\"workflowId\":\""),
                ("create-order", "batch.json") => (200, "\"status\":201"),
                ("create-order", "zgw.json") => (200, "\"transaction_id\":\""),
                ("create-order", _) => (200, "-7"),
                ("status", "zgw.json") => (404, "\"not_found\""),
                ("status", "list.json" | "client-certificate.json") => (200, "\"orders\":[]"),
                ("status", "feed.json") => (200, "\"events\":[]"),
                ("manage", "webhook.json") => (201, "\"secret\":\"whsec_"),
                ("status", "no-such-path.json") => (404, "no-such-route"),
                // The secret in the sample is not real, as it says.
                ("token", "issue.json") => (401, "\"error\":\"invalid_client\""),
                ("token", "client-certificate.json") => (200, "\"token_type\":\"Bearer\""),
                ("token", "keys.json") => (200, "\"kty\":\"EC\""),
                ("token", "metadata.json") => (200, "\"grant_types_supported\":[\"client_credentials\"]"),
                // No provider is configured.
                ("sender", _) => (404, "There is nothing here"),
                ("ceremony", _) => (404, "This link leads nowhere"),
                _ => (404, "\"not-found\""),
            };
            assert!(reply.status == expected.0 && body.contains(expected.1), "{function}/{name}: {} {body}", reply.status);
            answered += 1;
        }
    }
    assert!(answered > 10, "there are samples");
}

/// The sender's pages, where nobody can log in.
fn nobodys_desk() -> sender::Desk<segl_outbound::Client, TokenKey> {
    let party = RelyingParty::new(Vec::new(), segl_outbound::Client::new(std::iter::empty::<&str>().collect()), |_| TokenKey::new(3));
    sender::Desk::new(Brand::default(), party, Vec::new(), TokenKey::new(1))
}

/// Nothing is stored but the client of the sample's API key, with its registers, or certificate. Its clock shows when the samples were taken.
async fn service_for(call: &Call) -> Service<Fake> {
    use segl_core::ports::{Clients as _, RegisterBook as _};
    let fake = Fake::default();
    fake.set_now("2026-11-22T09:11:19Z".parse().expect("a time"));
    if let Some(raw) = call.header("x-api-key") {
        let (key, id) = segl_core::client::ApiKey::parse(raw).expect("an API key");
        let organization = "DK01234567".parse().expect("an organization");
        let client = segl_core::client::Client { id, api_key_hash: key.digest(), ..segl_testkit::story::client(&fake, &organization, "") };
        fake.put_client(&client).await.expect("the fake stores");
        fake.put_register(&registers::settings((&client.id).into(), "https://zgw.example.nl")).await.expect("the fake stores");
    }
    if let Some(certificate) = &call.certificate {
        let organization = "DK01234567".parse().expect("an organization");
        let id = "example-client".parse().expect("an id");
        let name = certificate.names().last().expect("a certificate has a name");
        let client = segl_core::client::Client { id, certificates: [name].into(), ..segl_testkit::story::client(&fake, &organization, "") };
        fake.put_client(&client).await.expect("the fake stores");
    }
    let zone = jiff::tz::TimeZone::UTC;
    let settings = Settings {
        dialects: segl_core::order::Dialect::ALL.into(),
        zone,
        retention: None,
        seal: offer().seal,
        eid: None,
        webhook_private_hosts: Default::default(),
        public_url: None,
    };
    Service { root_key: fake.root(), ports: fake, settings }
}
