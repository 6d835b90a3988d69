//! Documents of a case system that are no PDF: what becomes of them by LibreOffice, and by a converter that fails.

use std::cell::OnceCell;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::registers::Office;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::ports::{Clock as _, Objects as _, RegisterBook as _, Tasks as _};
use segl_core::register::RegisterName;
use segl_core::storage_key::StorageKey;
use segl_core::task::TaskKind;
use segl_local::converter;
use segl_outbound::{Client, Gotenberg, PrivateHosts};
use segl_testkit::registers::{Registers, serve, settings};
use segl_tests::office::docx;
use serde_json::json;

use crate::cases::document;
use crate::platform::{Delivery, Platform};
use crate::registers::{HOST, Secret, answer};
use crate::world::json_of;

/// A cloud in which our client has registers, and perhaps a converter.
struct Town {
    platform: Platform,
    registers: Arc<Registers>,
    address: String,
}

impl Town {
    async fn new(converter: Option<&str>) -> Self {
        let mut platform = Platform::new(Delivery::Prompt).await;
        let registers = Arc::new(Registers::default());
        let address = serve(registers.clone()).await.expect("a port");
        let settings = settings(RegisterName::from(&platform.world.ours.client.id), &address);
        platform.world.fake().put_register(&settings).await.expect("stored");
        let client = Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []);
        let converter = converter.map(|url| Gotenberg::new(client.clone(), url).expect("an address"));
        platform.office = OnceCell::from(Office::new(Secret, client, converter));
        registers.state().now = platform.world.fake().now();
        platform.registers = OnceCell::from(registers.clone());
        Self { platform, registers, address }
    }

    /// Triggers the signing of one document by one person. Answers the order and the document's address in the register.
    async fn trigger(&self, content: &[u8], file_name: &str) -> (OrderId, String) {
        let (case, documents) = self.registers.state().arrange(&[content]);
        let named = |url: &str| json!({"uuid": url.rsplit('/').next(), "url": url.replace(HOST, &self.address)});
        let mut document = named(&documents[0]);
        document["titel"] = json!("Besluit");
        document["versie"] = json!(1);
        document["bestandsnaam"] = json!(file_name);
        let body = json!({
            "naam": "Besluit", "eigenaar": "lisa@example.nl", "zaak": named(&case), "documenten": [document],
            "ondertekenaars": [{"e-mail": "john@example.nl", "voornaam": "John", "achternaam": "Doe"}],
        });
        let world = &self.platform.world;
        let reply = world.answer(world.ours.json("POST", "/zgw/ondertekentransacties", &body)).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        let id = json_of(&reply)["transaction_id"].as_str().expect("an id").parse().expect("an id");
        self.platform.settle().await;
        (id, documents[0].clone())
    }

    /// Why an order failed.
    async fn code(&self, id: OrderId) -> String {
        match &self.platform.world.order(id).await.state {
            OrderState::Failed { code, .. } => code.clone(),
            other => panic!("not failed, but {}", other.name()),
        }
    }
}

/// What can be read in a PDF.
fn text_of(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("document.pdf");
    std::fs::write(&file, pdf).expect("written");
    let output = Command::new("pdftotext").arg(&file).arg("-").output().expect("poppler-utils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A converter that answers every request alike, and counts them.
async fn converter_that_says(answer: Vec<u8>, asked: Arc<AtomicUsize>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"--\r\n") && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            assert!(request.starts_with(b"POST /forms/libreoffice/convert HTTP/1.1\r\n"));
            asked.fetch_add(1, Ordering::Relaxed);
            // Who hangs up has heard enough.
            let _ = stream.write_all(&answer).await;
        }
    });
    address
}

#[tokio::test]
async fn office_files_are_signed_as_pdf_whatever_they_are_called() {
    let libreoffice = converter::start().await.expect("LibreOffice");
    let town = Town::new(Some(&libreoffice.url())).await;
    let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let png = STANDARD.decode(pixel).expect("base64");
    for (content, file_name, text) in [
        (docx(&["Besluit op bezwaar: één"]), "besluit.docx", "Besluit op bezwaar: één"),
        (docx(&["Geen pdf"]), "besluit.pdf", "Geen pdf"),
        (b"Verklaring\r\nvan ontvangst: na\xc3\xafef".to_vec(), "verklaring.txt", "naïef"),
        (b"{\\rtf1\\ansi Machtiging}".to_vec(), "machtiging.rtf", "Machtiging"),
        (png, "scan.png", ""),
        (document(), "besluit.docx", ""),
    ] {
        let (id, _) = town.trigger(&content, file_name).await;
        let order = town.platform.world.order(id).await;
        assert!(matches!(order.state, OrderState::Pending { .. }), "{file_name}: {}", order.state.name());
        let original = StorageKey::Original(id, DocumentIndex(0));
        let pdf = town.platform.world.fake().read(&original, None, 10_000_000).await.expect("read").expect("it is there");
        assert!(text_of(&pdf).contains(text), "{file_name}: {}", text_of(&pdf));
    }
}

#[tokio::test]
async fn what_cannot_be_converted_ends_the_transaction_with_a_reason() {
    let word = docx(&["Besluit"]);
    for (what, converter, content, code, calls) in [
        ("nobody converts", None, &word, "no-converter", 0),
        ("it is broken", Some(answer("400", "", b"bad")), &word, "not-convertible", 1),
        (
            "its PDF is too large",
            Some(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".iter().copied().chain(std::iter::repeat_n(b' ', 66 << 20)).collect()),
            &word,
            "not-convertible",
            1,
        ),
        ("it is a page", Some(answer("200", "", &document())), &b"<html>".to_vec(), "format-unknown", 0),
        ("it is cut off", Some(answer("200", "", &document())), &word[..word.len() - 30].to_vec(), "not-convertible", 0),
        ("it is too large", Some(answer("200", "", &document())), &vec![b'a'; (32 << 20) + 1], "document-too-large", 0),
    ] {
        let asked = Arc::new(AtomicUsize::new(0));
        let address = match converter {
            Some(answer) => Some(converter_that_says(answer, asked.clone()).await),
            None => None,
        };
        let town = Town::new(address.as_deref()).await;
        let (id, _) = town.trigger(content, "besluit.docx").await;
        assert_eq!((town.code(id).await.as_str(), asked.load(Ordering::Relaxed)), (code, calls), "{what}");
        town.platform.wait_for_tasks(id).await;
        let told = town.registers.state().notifications.clone();
        let reason = told[0]["kenmerken"]["reden"].as_str().expect("a reason").to_owned();
        assert_eq!((told.len(), &told[0]["actie"]), (1, &json!("OndertekenenAfgebroken")), "{what}");
        assert!(reason.contains("pdf") || reason.contains("te groot"), "{what}: {reason}");
    }
}

#[tokio::test]
async fn a_converter_that_is_out_of_order_is_asked_again_and_given_up_after_days() {
    let asked = Arc::new(AtomicUsize::new(0));
    let address = converter_that_says(answer("503", "Retry-After: 600\r\n", b""), asked.clone()).await;
    let town = Town::new(Some(&address)).await;
    let (id, _) = town.trigger(&docx(&["Besluit"]), "besluit.docx").await;
    let fake = town.platform.world.fake();
    let task = fake.task(id, TaskKind::Fetch(DocumentIndex(0))).await.expect("read").expect("owed");
    assert_eq!((task.failures, task.due), (1, Some(fake.now() + SignedDuration::from_secs(600))));
    for _ in 0..16 {
        assert!(matches!(town.platform.world.order(id).await.state, OrderState::Drafting { .. }), "it may pass");
        fake.advance(SignedDuration::from_hours(6));
        town.platform.sweep().await;
    }
    assert_eq!((town.code(id).await.as_str(), asked.load(Ordering::Relaxed)), ("converter-silent", 17));
}
