//! The task as a whole, over the ports: an order that is signed or not, its documents in storage, and the registers.

mod support;

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use segl_core::document::{Level, SealedDocument};
use segl_core::event::Actor;
use segl_core::id::{DocumentIndex, OrderId, Sha256, SignerIndex};
use segl_core::order::{Dialect, Order};
use segl_core::ports::{Answer, Clock as _, Objects as _, Orders as _, RegisterWorks as _};
use segl_core::register::{RegisterDocument, RegisterName, RegisterWork};
use segl_core::storage_key::StorageKey;
use segl_core::task::{Task, TaskKind, TaskStatus};
use segl_core::text::Reason;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::task::open_task;
use segl_core::use_case::update::update;
use segl_registers::work::{Registers as Port, tell_register};
use segl_registers::{Contents, Encoding, NewerVersion, NoAnswer, RegisterTerms, Request, Response};
use segl_testkit::fake::{Fake, Fault};
use segl_testkit::registers::{Asked, CASES, DOCUMENTS, EVIDENCE_TYPE, NOTIFICATIONS, Registers};
use segl_testkit::story::{Draft, Story, attempt, client, organization};
use support::{fields, response};
use tokio::sync::Notify;

/// What the file of evidence has in it.
const EVIDENCE: &[u8] = b"%PDF-1.7 evidence";

/// How a request to a register fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Unheard,
    Lost,
    Killed,
}

/// An order from a case system, with its registers.
struct Office {
    fake: Fake,
    registers: Registers,
    order: OrderId,
    sealed: Vec<Vec<u8>>,
    urls: Vec<String>,
    fault: Option<(usize, Way)>,
    sent: Mutex<usize>,
    death: Notify,
}

/// How the order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Sealed,
    Declined,
    Cancelled,
    Expired,
}

impl Office {
    async fn new(course: Course) -> Self {
        let fake = Fake::default();
        let registers = Registers::default();
        let sealed: Vec<Vec<u8>> = vec![vec![1; 700], vec![2; 20_000]];
        let (case_url, urls) = registers.state().arrange(&[b"first", b"second"]);
        let organization = organization(&fake);
        let client = client(&fake, &organization, "").id;
        let mut draft = Draft::new(&organization, &client, fake.now()).documents(2).systems(1);
        draft.new.dialect = Dialect::Zgw;
        let story = draft.create(&fake, fake.now());
        let order = story.id();
        let documents = urls.iter().map(|url| RegisterDocument { url: url.clone(), version: 1 }).collect();
        let work = RegisterWork {
            order,
            revision: 1,
            register: "breda".parse().expect("a name"),
            case_url,
            evidence_type: Some(EVIDENCE_TYPE.to_owned()),
            documents,
            progress: String::new(),
        };
        fake.put_register_work(&work).await.expect("stored");
        let office = Self { fake, registers, order, sealed, urls, fault: None, sent: Mutex::new(0), death: Notify::new() };
        let story = office.ended(story.documents_ready(), course).await;
        story.commit_to(&office.fake).await.expect("committed");
        office.fake.clear_journal();
        office
    }

    async fn ended(&self, story: Story, course: Course) -> Story {
        let service = Actor::Service;
        match course {
            Course::Declined => story.declined_by(SignerIndex(0)),
            Course::Cancelled => {
                let reason = Reason::parse("De aanvraag is vervallen").ok();
                story.then(service, Command::Cancel { reason })
            }
            Course::Expired => {
                let mut story = story;
                story.now += SignedDuration::from_hours(40 * 24);
                story.then(service, Command::Expire)
            }
            Course::Sealed => {
                let mut sealed = Vec::new();
                for (index, bytes) in (0..).map(DocumentIndex).zip(&self.sealed) {
                    let key = StorageKey::Sealed(self.order, index, attempt(1));
                    let object = self.fake.put(&key, bytes.clone()).await.expect("stored");
                    sealed.push(SealedDocument {
                        document: index,
                        attempt: attempt(1),
                        object,
                        sha256: Sha256::of(bytes),
                        size: bytes.len() as u64,
                        level: Level::BB,
                        shortfall: None,
                        lapses_at: None,
                    });
                }
                let story = story.signed_by_all();
                let task = Task::new(self.order, TaskKind::Seal, story.now);
                story.then(service, Command::Sealed { sealed, task })
            }
        }
    }

    /// Wakes the task until it is over.
    async fn run(&self) {
        let zone = TimeZone::UTC;
        for _ in 0..30 {
            // A killed process leaves everything as it is.
            tokio::select! {
                biased;
                () = self.death.notified() => {}
                done = tell_register(&self.fake, self, &zone, self.order) => drop(done),
            }
            // Fails as anything of storage may; the next time round does it again.
            let _ = self.make_evidence().await;
            let task =
                self.fake.tasks_of(self.order).into_iter().find(|task| task.kind == TaskKind::TellRegister).expect("the order owes it");
            if task.status == TaskStatus::Done {
                return;
            }
            self.fake.advance(SignedDuration::from_hours(7));
            self.registers.state().now = self.fake.now();
        }
        panic!("it never ends");
    }

    /// What `seal` does where evidence is owed.
    async fn make_evidence(&self) -> Result<(), Error> {
        let Some(task) = open_task(&self.fake, self.order, TaskKind::Evidence).await? else { return Ok(()) };
        let Some(order) = self.fake.order(self.order).await? else { return Ok(()) };
        self.fake.put(&StorageKey::Evidence(self.order, order.chain.hash), EVIDENCE.to_vec()).await?;
        let done = |order: Order| order.apply(Actor::Service, self.fake.now(), Command::EvidenceMade { task: task.clone() });
        update(&self.fake, self.order, done).await.map(drop)
    }

    /// What the case system was told, each once.
    fn told(&self) -> Vec<(String, Option<String>)> {
        let mut told = self.registers.state().notifications.clone();
        told.dedup();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        told.iter()
            .map(|told| {
                assert_eq!(told["kenmerken"]["transaction_id"], self.order.to_string().as_str());
                (text(&told["actie"]).unwrap_or_default(), text(&told["kenmerken"]["reden"]))
            })
            .collect()
    }

    fn assert_written(&self) {
        assert_eq!(self.told(), [("OndertekenenVoltooid".to_owned(), None)]);
        let mut state = self.registers.state();
        for (url, sealed) in self.urls.iter().zip(&self.sealed) {
            let document = state.document_at(url).expect("the document");
            assert_eq!((document.versions.len(), document.sha256(), &document.lock), (2, Some(Sha256::of(sealed)), &None));
        }
        let evidence: Vec<_> = state.documents.iter().filter(|document| document.identification.starts_with("segl-")).collect();
        assert_eq!(evidence.len(), 1);
        let newest = evidence[0].newest();
        assert_eq!(newest.content.as_deref(), Some(EVIDENCE));
        let said = |member: &str| newest.members[member].as_str().unwrap_or_default().to_owned();
        assert_eq!([said("formaat"), said("bestandsnaam")], ["application/pdf", "bewijs-van-ondertekening.pdf"]);
        assert_eq!(state.relations.len(), 3);
    }
}

impl Port for Office {
    async fn terms(&self, name: &RegisterName) -> Answer<Option<RegisterTerms>> {
        assert_eq!(name.as_str(), "breda");
        Ok(Some(RegisterTerms {
            documents: DOCUMENTS.to_owned(),
            cases: CASES.to_owned(),
            notifications: NOTIFICATIONS.to_owned(),
            version: "1.4".parse().expect("a version"),
            newer_version: NewerVersion::Refuse,
            parts_above: 8000,
        }))
    }

    async fn send<C: Contents>(
        &self,
        _name: &RegisterName,
        request: &Request,
        contents: &C,
        now: Timestamp,
        _token: [u8; 16],
    ) -> Result<Response, NoAnswer> {
        let mut body = Vec::new();
        if let Some(sent) = &request.body {
            body.extend_from_slice(&sent.before);
            if let Some(piece) = &sent.content {
                let read = contents.read(piece.source, piece.range.clone()).await.map_err(|_| NoAnswer::Silent)?;
                match piece.encoding {
                    Encoding::Binary => body.extend_from_slice(&read),
                    Encoding::Base64 => body.extend_from_slice(STANDARD.encode(read).as_bytes()),
                }
            }
            body.extend_from_slice(&sent.after);
        }
        let number = {
            let mut sent = self.sent.lock().expect("no test panicked");
            *sent += 1;
            *sent
        };
        let way = self.fault.filter(|(step, _)| *step == number).map(|(_, way)| way);
        if way == Some(Way::Unheard) {
            return Err(NoAnswer::Silent);
        }
        self.registers.state().now = now;
        let asked = Asked { method: request.method.as_str().to_owned(), url: request.url.clone(), fields: fields(request, now), body };
        let told = self.registers.ask(&asked);
        match way {
            Some(Way::Lost) => Err(NoAnswer::Silent),
            Some(Way::Killed) => {
                self.death.notify_one();
                std::future::pending().await
            }
            _ => Ok(response(&told, request.wanted)),
        }
    }
}

#[tokio::test]
async fn what_was_sealed_goes_back_and_the_case_system_is_told() {
    let office = Office::new(Course::Sealed).await;
    office.run().await;
    office.assert_written();
    let sent = *office.sent.lock().expect("no panic");
    office.run().await;
    assert_eq!(*office.sent.lock().expect("no panic"), sent, "what is done is not done again");
}

#[tokio::test]
async fn every_request_to_a_register_fails() {
    let plain = Office::new(Course::Sealed).await;
    plain.run().await;
    let steps = *plain.sent.lock().expect("no panic");
    assert!(steps > 15, "{steps}");
    for step in 1..=steps {
        for way in [Way::Unheard, Way::Lost, Way::Killed] {
            let mut office = Office::new(Course::Sealed).await;
            office.fault = Some((step, way));
            let _row = Row(format!("request {step} {way:?}"));
            office.run().await;
            office.assert_written();
        }
    }
}

#[tokio::test]
async fn every_call_of_storage_fails() {
    let plain = Office::new(Course::Sealed).await;
    plain.run().await;
    let calls = plain.fake.journal();
    assert!(calls.contains(&"register_works.put_register_work") && calls.contains(&"objects.read_range"), "{calls:?}");
    for (step, name) in (1..).zip(&calls) {
        for fault in [Fault::BeforeEffect, Fault::AfterEffect] {
            let office = Office::new(Course::Sealed).await;
            office.fake.fail_step(step, fault);
            let _row = Row(format!("call {step} ({name}) {fault:?}"));
            office.run().await;
            office.assert_written();
        }
    }
}

/// The stream and the agenda may wake two processes for one task.
#[tokio::test]
async fn two_processes_at_once_do_it_once() {
    let office = Office::new(Course::Sealed).await;
    let zone = TimeZone::UTC;
    let (one, other) =
        tokio::join!(tell_register(&office.fake, &office, &zone, office.order), tell_register(&office.fake, &office, &zone, office.order));
    assert!(one.is_ok() && other.is_ok());
    office.run().await;
    office.assert_written();
}

#[tokio::test]
async fn an_order_that_is_not_signed_is_told_with_its_reason() {
    for (course, reason) in [
        (Course::Declined, "Een ondertekenaar heeft geweigerd te ondertekenen"),
        (Course::Cancelled, "Het verzoek om te ondertekenen is ingetrokken. Reden: De aanvraag is vervallen"),
        (Course::Expired, "De termijn is verlopen: niet iedereen heeft op tijd ondertekend."),
    ] {
        let office = Office::new(course).await;
        office.run().await;
        let told = office.told();
        assert_eq!(told.len(), 1, "{course:?}");
        assert_eq!(told[0].0, "OndertekenenAfgebroken");
        assert!(told[0].1.as_ref().is_some_and(|told| told.starts_with(reason)), "{told:?}");
        assert!(office.registers.state().documents.iter().all(|document| document.versions.len() == 1));
    }
}

#[tokio::test]
async fn a_write_back_that_never_works_is_given_up_and_told() {
    let office = Office::new(Course::Sealed).await;
    office.registers.state().document_at(&office.urls[0]).expect("the document").lock = Some("theirs".to_owned());
    office.run().await;
    let told = office.told();
    assert_eq!(told[0].0, "OndertekenenAfgebroken");
    assert!(told[0].1.as_ref().is_some_and(|reason| reason.contains("is vergrendeld omdat iemand eraan werkt")), "{told:?}");
}

#[tokio::test]
async fn evidence_that_is_never_made_is_told_and_the_documents_are_back_all_the_same() {
    let office = Office::new(Course::Sealed).await;
    for _ in 0..20 {
        tell_register(&office.fake, &office, &TimeZone::UTC, office.order).await.expect("put off");
        office.fake.advance(SignedDuration::from_hours(7));
    }
    let told = office.told();
    assert_eq!(told[0].0, "OndertekenenAfgebroken");
    let reason = told[0].1.as_deref().expect("a reason");
    assert!(reason.contains("het bewijs van ondertekening") && reason.contains("Al ondertekend teruggezet: ‘"), "{reason}");
    assert!(office.urls.iter().all(|url| office.registers.state().document_at(url).is_some_and(|document| document.versions.len() == 2)));
}

/// Says which row failed.
struct Row(String);

impl Drop for Row {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("in this row: {}", self.0);
        }
    }
}
