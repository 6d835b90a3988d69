//! An order of a case system, from its signatures to the register: sealed by `seal`, written back and told by `registers` over HTTP.

use std::cell::OnceCell;
use std::sync::Arc;

use ::registers::Office;
use segl_core::document::Level;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::{Dialect, OrderState};
use segl_core::ports::{Answer, Clock as _, Objects as _, RegisterBook as _, RegisterSecrets, RegisterWorks as _, Tasks as _};
use segl_core::register::{RegisterDocument, RegisterName, RegisterWork};
use segl_core::register_settings::RegisterSettings;
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_core::use_case::create::create;
use segl_outbound::{Client, PrivateHosts};
use segl_testkit::registers::{EVIDENCE_TYPE, Registers, SECRET, serve, settings};
use segl_testkit::story::{Draft, system};
use serde_json::json;

use crate::cases::{decide, document, sign};
use crate::platform::{Delivery, Platform};
use crate::world::OURS;

/// The host in the registers' own addresses.
pub const HOST: &str = "https://zgw.example.nl";

/// The secret of every register.
pub struct Secret;

impl RegisterSecrets for Secret {
    async fn register_secret(&self, _: &RegisterName) -> Answer<Option<String>> {
        Ok(Some(SECRET.to_owned()))
    }

    async fn put_register_secret(&self, _: &RegisterName, _: &str) -> Answer<()> {
        unreachable!("no function stores secrets")
    }

    async fn remove_register_secret(&self, _: &RegisterName) -> Answer<()> {
        unreachable!("no function removes secrets")
    }
}

/// Registers over HTTP with which this cloud works, and their address.
pub async fn employ(platform: &Platform) -> (Arc<Registers>, String) {
    let registers = Arc::new(Registers::default());
    let address = serve(registers.clone()).await.expect("a port");
    let fake = platform.world.fake();
    fake.put_register(&settings("breda".parse().expect("a name"), &address)).await.expect("stored");
    registers.state().now = fake.now();
    platform.office.get_or_init(|| Office::new(Secret, Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []), None));
    platform.registers.get_or_init(|| registers.clone());
    (registers, address)
}

/// What is owed to the registers at `address` for an order with one document of theirs.
pub fn owed(order: OrderId, address: &str, case: &str, url: &str) -> RegisterWork {
    let here = |url: &str| url.replace(HOST, address);
    RegisterWork {
        order,
        revision: 1,
        register: "breda".parse().expect("a name"),
        case_url: here(case),
        evidence_type: Some(here(EVIDENCE_TYPE)),
        documents: vec![RegisterDocument { url: here(url), version: 1 }],
        progress: String::new(),
    }
}

/// A cloud with a register in it.
struct Town {
    platform: Platform,
    registers: Arc<Registers>,
    order: OrderId,
    url: String,
}

impl Town {
    async fn new(delivery: Delivery) -> Self {
        let platform = Platform::new(delivery).await;
        let (registers, address) = employ(&platform).await;
        let order = order(&platform).await;
        let (case, urls) = registers.state().arrange(&[&document()]);
        let work = owed(order, &address, &case, &urls[0]);
        platform.world.fake().put_register_work(&work).await.expect("stored");
        platform.wait_for(order, "pending").await;
        Self { platform, registers, order, url: urls[0].clone() }
    }

    /// Waits until nothing is owed, and answers what the case system was told.
    async fn told(&self) -> Vec<(String, String)> {
        self.platform.wait_for_tasks(self.order).await;
        let mut told = self.registers.state().notifications.clone();
        told.dedup();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        told.iter().map(|told| (text(&told["actie"]), text(&told["kenmerken"]["reden"]))).collect()
    }
}

/// An order as the trigger makes it, with its document fetched.
async fn order(platform: &Platform) -> OrderId {
    let (fake, ours) = (platform.world.fake(), &platform.world.ours.client);
    let mut draft = Draft::new(&ours.organization, &ours.id, fake.now()).documents(1).group([system(OURS)]);
    draft.new.dialect = Dialect::Zgw;
    let order = create(fake, ours, draft.new, vec![Some(document())], None).await.expect("created").id;
    let fetch = fake.task(order, TaskKind::Fetch(DocumentIndex(0))).await.expect("read").expect("it is owed");
    fake.replace_task(&fetch, &fetch.clone().done()).await.expect("stored");
    order
}

#[tokio::test]
async fn the_sealed_document_is_the_new_version_in_the_register() {
    for delivery in [Delivery::Prompt, Delivery::LosesTheFirst] {
        let town = Town::new(delivery).await;
        sign(&town.platform, &town.platform.world.ours, town.order).await;
        town.platform.wait_for(town.order, "accepted").await;
        assert_eq!(town.told().await, [("OndertekenenVoltooid".to_owned(), String::new())], "{delivery:?}");
        let OrderState::Accepted { sealed, .. } = town.platform.world.order(town.order).await.state.clone() else { panic!("accepted") };
        assert_eq!((sealed[0].document, sealed[0].level), (DocumentIndex(0), Level::BB));
        let evidence = {
            let mut state = town.registers.state();
            let written = state.document_at(&town.url).expect("the document");
            assert_eq!((written.versions.len(), &written.lock), (2, &None));
            assert_eq!(written.sha256(), Some(sealed[0].sha256));
            let content = written.newest().content.clone().expect("content");
            assert!(content.starts_with(&document()) && Sha256::of(&content) == sealed[0].sha256);
            assert_eq!(state.relations.len(), 2, "the evidence belongs to the case");
            let evidence = state.relations[1].1.clone();
            state.document_at(&evidence).expect("the evidence").newest().content.clone().expect("content")
        };
        let world = &town.platform.world;
        let given = world.answer(world.ours.call("GET", &format!("/v1/orders/{}/evidence", town.order))).await;
        assert_eq!(given.status, 200, "{delivery:?}");
        assert!(given.body == evidence && evidence.starts_with(b"%PDF-"), "it is the sealed file that the order's creator gets");
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let town = Town::new(Delivery::Prompt).await;
    let body = json!({"decision": "decline", "reason": "Het bedrag klopt niet"});
    decide(&town.platform, &town.platform.world.ours, town.order, &body).await;
    let reason = "Een ondertekenaar heeft geweigerd te ondertekenen. Reden: Het bedrag klopt niet";
    assert_eq!(town.told().await, [("OndertekenenAfgebroken".to_owned(), reason.to_owned())]);
    assert_eq!(town.registers.state().document_at(&town.url).map(|document| document.versions.len()), Some(1));
}

/// A cloud in which our client has registers at these addresses, none of which is public.
async fn platform_with(documents: &str, cases: &str, private: PrivateHosts) -> Platform {
    let mut platform = Platform::new(Delivery::Prompt).await;
    let settings = RegisterSettings {
        documents: documents.parse().expect("an address"),
        cases: cases.parse().expect("an address"),
        notifications: documents.parse().expect("an address"),
        ..settings(RegisterName::from(&platform.world.ours.client.id), HOST)
    };
    platform.world.fake().put_register(&settings).await.expect("stored");
    platform.office = OnceCell::from(Office::new(Secret, Client::with_roots(private, []), None));
    platform
}

const CASE: &str = "2cc803a9-7404-4289-8f3d-f2300f666eac";
const DOCUMENT: &str = "f491249e-0651-4d22-a8a8-bb35885e9245";

fn trigger(base: &str) -> serde_json::Value {
    json!({
        "naam": "Besluit",
        "eigenaar": "lisa@example.nl",
        "zaak": {"uuid": CASE, "url": format!("{base}/zaken/{CASE}")},
        "documenten": [{"uuid": DOCUMENT, "url": format!("{base}/documenten/{DOCUMENT}"), "titel": "Besluit", "versie": 3, "bestandsnaam": "besluit.docx"}],
        "ondertekenaars": [{"e-mail": "john@example.nl", "voornaam": "John", "achternaam": "Doe"}]
    })
}

/// Answers every question alike, takes every notification, and tells the first line of each.
async fn register_that_says(answer: Vec<u8>, asked: Arc<std::sync::Mutex<Vec<String>>>) -> String {
    register_that_goes_on(answer, &[], asked).await
}

/// The same, with an answer that goes on for as long as somebody listens.
async fn register_that_goes_on(answer: Vec<u8>, more: &'static [u8], asked: Arc<std::sync::Mutex<Vec<String>>>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/api/v1", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
            let first = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
            let is_question = first.starts_with("GET ");
            asked.lock().expect("no test panics with it").push(first);
            // Who has heard enough hangs up.
            if is_question {
                let mut listens = stream.write_all(&answer).await.is_ok();
                while listens && !more.is_empty() {
                    listens = stream.write_all(more).await.is_ok();
                }
            } else {
                let _ = stream.write_all(b"HTTP/1.1 201 Told\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await;
            }
        }
    });
    address
}

/// An answer with the fields that every answer has.
pub fn answer(status: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\n{fields}Connection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_trigger_is_answered_and_its_document_fetched_at_its_version() {
    let asked = Arc::default();
    let base = register_that_says(answer("200", "Content-Type: text/html\r\n", &document()), Arc::clone(&asked)).await;
    let platform = platform_with(&base, &base, PrivateHosts::from_iter(["127.0.0.1"])).await;
    let world = &platform.world;
    let mut call = world.ours.json("POST", "/zgw/ondertekentransacties", &trigger(&base));
    call = crate::world::header(call, "idempotency-key", "k-1");
    let reply = world.answer(call.clone()).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    assert_eq!(world.answer(call).await.body, reply.body, "the same key is the same transaction");
    let id = crate::world::json_of(&reply)["transaction_id"].as_str().expect("an id").to_owned();
    let status = format!("/zgw/ondertekentransacties/{id}");
    let read = async || crate::world::json_of(&world.answer(world.ours.call("GET", &status)).await);
    assert_eq!(read().await["status"], "documenten_ophalen");
    platform.settle().await;
    let seen = read().await;
    assert_eq!((&seen["status"], &seen["voortgang"]), (&json!("ondertekenen"), &json!("Al ondertekend: 0 van 1.")));
    assert_eq!(*asked.lock().expect("unbroken"), [format!("GET /api/v1/documenten/{DOCUMENT}/download?versie=3 HTTP/1.1")]);
    assert_eq!(world.answer(world.theirs.call("GET", &status)).await.status, 404);
}

#[tokio::test]
async fn what_must_not_be_fetched_ends_the_transaction_with_a_reason() {
    let here = || PrivateHosts::from_iter(["127.0.0.1"]);
    let huge = b"HTTP/1.1 200 Told\r\nContent-Length: 5368709120\r\nConnection: close\r\n\r\n%PDF-".to_vec();
    for (what, told, private, code) in [
        ("a private address", answer("200", "", &document()), PrivateHosts::default(), "document-elsewhere"),
        ("a redirect", answer("302", "Location: http://169.254.169.254/\r\n", b""), here(), "document-elsewhere"),
        ("5 GB", huge, here(), "document-too-large"),
        ("nothing", answer("204", "", b""), here(), "document-empty"),
        ("no such version", answer("404", "", b"{}"), here(), "document-gone"),
        ("another format", answer("200", "Content-Type: application/pdf\r\n", b"MZ\x90\0"), here(), "format-unknown"),
    ] {
        let base = register_that_says(told, Arc::default()).await;
        let platform = platform_with(&base, &base, private).await;
        let world = &platform.world;
        let reply = world.answer(world.ours.json("POST", "/zgw/ondertekentransacties", &trigger(&base))).await;
        let id: OrderId = crate::world::json_of(&reply)["transaction_id"].as_str().expect("an id").parse().expect("an id");
        platform.settle().await;
        let OrderState::Failed { code: found, .. } = world.order(id).await.state.clone() else {
            panic!("{what}: {:?}", world.order(id).await.state)
        };
        assert_eq!(found, code, "{what}");
        let seen = crate::world::json_of(&world.answer(world.ours.call("GET", &format!("/zgw/ondertekentransacties/{id}"))).await);
        assert_eq!(seen["status"], "afgebroken", "{what}");
        assert_eq!(seen["documenten"][0]["status"], "geweigerd", "{what}");
    }
}

/// A cloud whose client's only register is at this address, and takes documents of so many bytes.
async fn platform_taking(most: usize, base: &str) -> Platform {
    let mut platform = platform_with(base, base, PrivateHosts::from_iter(["127.0.0.1"])).await;
    platform.office = platform.office.take().map(|office| OnceCell::from(office.taking_at_most(most))).unwrap_or_default();
    platform
}

async fn triggered(platform: &Platform, base: &str) -> OrderId {
    let world = &platform.world;
    let reply = world.answer(world.ours.json("POST", "/zgw/ondertekentransacties", &trigger(base))).await;
    let id = crate::world::json_of(&reply)["transaction_id"].as_str().expect("an id").parse().expect("an id");
    platform.settle().await;
    id
}

#[tokio::test]
async fn an_endless_stream_is_cut_off_and_leaves_nothing() {
    const MOST: usize = 8 * 1024 * 1024;
    for start in [b"%PDF-1.7\n".as_slice(), b"Dit is geen pdf. ", b"PK\x03\x04"] {
        let head = [b"HTTP/1.1 200 Told\r\nConnection: close\r\n\r\n".as_slice(), start].concat();
        let base = register_that_goes_on(head, &[b' '; 64 * 1024], Arc::default()).await;
        let platform = platform_taking(MOST, &base).await;
        let id = triggered(&platform, &base).await;
        let state = platform.world.order(id).await.state.clone();
        assert!(matches!(&state, OrderState::Failed { code, .. } if code == "document-too-large"), "{}", state.name());
        let original = StorageKey::Original(id, DocumentIndex(0));
        assert_eq!(platform.world.fake().head(&original).await.expect("read"), None, "nothing of it is stored");
    }
}

#[tokio::test]
async fn a_document_that_breaks_off_is_fetched_again() {
    let cut = b"HTTP/1.1 200 Told\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n%PDF-1.7\n".to_vec();
    let base = register_that_says(cut, Arc::default()).await;
    let platform = platform_taking(2_000_000, &base).await;
    let id = triggered(&platform, &base).await;
    let task = platform.world.fake().task(id, TaskKind::Fetch(DocumentIndex(0))).await.expect("read").expect("owed");
    assert_eq!(task.failures, 1, "that may pass");
    assert_eq!(platform.world.fake().head(&StorageKey::Original(id, DocumentIndex(0))).await.expect("read"), None);
}

#[tokio::test]
async fn a_document_too_large_for_memory_is_signed_as_it_is() {
    let large = segl_tests::pdf::one_page("Bestemmingsplan", 70 * 1024 * 1024);
    let base = register_that_says(answer("200", "", &large), Arc::default()).await;
    let platform = platform_with(&base, &base, PrivateHosts::from_iter(["127.0.0.1"])).await;
    let id = triggered(&platform, &base).await;
    let order = platform.world.order(id).await;
    let facts = order.documents[0].facts().expect("it was read");
    assert_eq!((facts.size, facts.sha256), (large.len() as u64, Sha256::of(&large)));
}

#[tokio::test]
async fn a_register_that_is_out_of_order_is_asked_again_as_late_as_it_says() {
    let base = register_that_says(answer("503", "Retry-After: 600\r\n", b""), Arc::default()).await;
    let platform = platform_with(&base, &base, PrivateHosts::from_iter(["127.0.0.1"])).await;
    let world = &platform.world;
    let reply = world.answer(world.ours.json("POST", "/zgw/ondertekentransacties", &trigger(&base))).await;
    let id: OrderId = crate::world::json_of(&reply)["transaction_id"].as_str().expect("an id").parse().expect("an id");
    platform.settle().await;
    let task = world.fake().task(id, TaskKind::Fetch(DocumentIndex(0))).await.expect("read").expect("owed");
    assert_eq!((task.failures, task.due), (1, Some(world.fake().now() + jiff::SignedDuration::from_secs(600))));
}
