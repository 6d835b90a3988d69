//! An order of a case system, from its signatures to the register: sealed by `seal`, written back and told by `registers` over HTTP.

use std::sync::Arc;

use ::registers::Office;
use segl_core::document::Level;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::{Dialect, OrderState};
use segl_core::ports::{Answer, Clock as _, RegisterBook as _, RegisterSecrets, RegisterWorks as _, Tasks as _};
use segl_core::register::{RegisterDocument, RegisterName, RegisterWork};
use segl_core::register_settings::{BaseUrl, RegisterAccess, RegisterSettings};
use segl_core::task::TaskKind;
use segl_core::use_case::create::create;
use segl_outbound::{Client, PrivateHosts};
use segl_testkit::registers::{CLIENT, EVIDENCE_TYPE, Registers, SECRET, serve};
use segl_testkit::story::{Draft, system};
use serde_json::json;

use crate::cases::{decide, document, sign};
use crate::platform::{Delivery, Platform};
use crate::world::OURS;

/// The host in the registers' own addresses.
const HOST: &str = "https://zgw.example.nl";

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

/// A cloud with a register in it.
struct Town {
    platform: Platform,
    registers: Arc<Registers>,
    order: OrderId,
    url: String,
}

impl Town {
    async fn new(delivery: Delivery) -> Self {
        let mut platform = Platform::new(delivery).await;
        let registers = Arc::new(Registers::default());
        let address = serve(registers.clone()).await.expect("a port");
        let api = |name: &str| format!("{address}/{name}/api/v1").parse::<BaseUrl>().expect("an address");
        let settings = RegisterSettings {
            name: "breda".parse().expect("a name"),
            documents: api("documenten"),
            cases: api("zaken"),
            notifications: api("notificaties"),
            documents_version: (1, 4),
            overwrites_newer: false,
            access: RegisterAccess::OwnToken { client_id: CLIENT.to_owned(), audience: None },
        };
        platform.world.fake().put_register(&settings).await.expect("stored");
        platform.office = Some(Office::new(Secret, Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), [])));
        let order = order(&platform).await;
        let (case, urls) = registers.state().arrange(&[&document()]);
        let here = |url: &str| url.replace(HOST, &address);
        let work = RegisterWork {
            order,
            revision: 1,
            register: "breda".parse().expect("a name"),
            case_url: here(&case),
            evidence_type: Some(here(EVIDENCE_TYPE)),
            documents: vec![RegisterDocument { url: here(&urls[0]), version: 1 }],
            progress: String::new(),
        };
        platform.world.fake().put_register_work(&work).await.expect("stored");
        registers.state().now = platform.world.fake().now();
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
        let mut state = town.registers.state();
        let written = state.document_at(&town.url).expect("the document");
        assert_eq!((written.versions.len(), &written.lock), (2, &None));
        assert_eq!(written.sha256(), Some(sealed[0].sha256));
        let content = written.newest().content.clone().expect("content");
        assert!(content.starts_with(&document()) && Sha256::of(&content) == sealed[0].sha256);
        assert_eq!(state.relations.len(), 2, "the evidence belongs to the case");
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
