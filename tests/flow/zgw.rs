//! A Dutch case system starts signing: documents come from its registers and go back there. The registers are stateful fakes over HTTP; who
//! signs has a real Chromium.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use segl_aws::config::Aws;
use segl_aws::register_secrets::SecretsManager;
use segl_aws::store::Store;
use segl_core::event::Actor;
use segl_core::id::OrderId;
use segl_core::order::Order;
use segl_core::ports::{RegisterBook as _, RegisterSecrets as _};
use segl_core::register::RegisterName;
use segl_core::transition::Command;
use segl_core::use_case::update::update;
use segl_testkit::registers::{EVIDENCE_TYPE, Registers, SECRET, serve, settings};
use segl_tests::office::docx;
use segl_tests::stack::{caller, variable};
use segl_tests::{browser, judge, pdf};
use serde_json::{Value, json};

use crate::people::{fresh, link_of};

/// The host in the registers' own addresses.
const HOST: &str = "https://zgw.example.nl";

/// The registers, and where they are.
struct Town {
    registers: Arc<Registers>,
    address: String,
    store: Store,
}

/// A transaction that was started.
struct Transaction {
    id: String,
    /// The documents' addresses, as the registers know them.
    documents: Vec<String>,
    people: Vec<Person>,
}

struct Person {
    email: String,
    /// Empty where codes come by e-mail.
    mobile: &'static str,
}

impl Town {
    async fn new() -> Self {
        let registers = Arc::new(Registers::default());
        let address = serve(registers.clone()).await.expect("a port");
        let clock = registers.clone();
        tokio::spawn(async move {
            loop {
                clock.state().now = Timestamp::now();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        let aws = Aws::load().await;
        let store = Store::new(&aws, variable("SEGL_TABLE"), variable("SEGL_BUCKET"), None);
        let name: RegisterName = variable("SEGL_CLIENT_ID").parse().expect("a client's id");
        SecretsManager::new(&aws, "segl/registers").put_register_secret(&name, SECRET).await.expect("stored");
        store.put_register(&settings(name, &address)).await.expect("stored");
        Self { registers, address, store }
    }

    /// Starts a transaction. `people` have the number of their turn, and a mobile number where codes come by text message.
    fn start(&self, documents: &[(&str, &[u8])], people: &[(u32, &'static str)]) -> Transaction {
        let contents: Vec<_> = documents.iter().map(|(_, content)| *content).collect();
        let (case, urls) = self.registers.state().arrange(&contents);
        let here = |url: &str| url.replace(HOST, &self.address);
        let uuid = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let listed: Vec<_> = urls
            .iter()
            .zip(documents)
            .map(|(url, (name, _))| json!({"uuid": uuid(url), "url": here(url), "titel": name, "versie": 1, "bestandsnaam": name}))
            .collect();
        let people: Vec<_> = people.iter().map(|(turn, mobile)| (*turn, Person { email: fresh("zgw"), mobile })).collect();
        let signers: Vec<_> = people
            .iter()
            .zip(1..)
            .map(|((turn, person), number)| {
                let authentication = (!person.mobile.is_empty()).then(|| json!({"methode": "sms", "waarde": person.mobile}));
                json!({
                    "e-mail": person.email, "voornaam": "Anna", "achternaam": format!("Jansen{number}"), "volgorde": turn,
                    "identificatie": format!("Signer{number}"), "authenticatie": authentication,
                })
            })
            .collect();
        let trigger = json!({
            "naam": "Besluit op bezwaar", "eigenaar": "lisa@example.nl", "zaak": {"uuid": uuid(&case), "url": here(&case)},
            "bewijs_informatieobjecttype": here(EVIDENCE_TYPE), "documenten": listed, "ondertekenaars": signers,
        });
        let answer = caller().post("/zgw/ondertekentransacties", &trigger);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let id = answer.json()["transaction_id"].as_str().expect("an id").to_owned();
        Transaction { id, documents: urls, people: people.into_iter().map(|(_, person)| person).collect() }
    }

    /// What the case system was told of a transaction, once it was.
    fn told(&self, transaction: &Transaction) -> Value {
        let start = Instant::now();
        loop {
            let told: Vec<_> = self
                .registers
                .state()
                .notifications
                .iter()
                .filter(|told| told["kenmerken"]["transaction_id"] == transaction.id.as_str())
                .cloned()
                .collect();
            if let [told, rest @ ..] = told.as_slice() {
                assert!(rest.iter().all(|again| again == told), "never twice with different content: {rest:?}");
                return told.clone();
            }
            let status = || caller().get(&format!("/zgw/ondertekentransacties/{}", transaction.id)).text();
            assert!(start.elapsed() < Duration::from_secs(300), "nothing was told: {}", status());
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// The newest content of a document and how many versions it has; nobody has it locked.
    fn document(&self, url: &str) -> (Vec<u8>, Value, usize) {
        let mut state = self.registers.state();
        let document = state.document_at(url).expect("the document");
        assert_eq!(document.lock, None, "no lock is left");
        let newest = document.newest();
        (newest.content.clone().expect("content"), newest.members.clone(), document.versions.len())
    }

    /// What `expire` commits when the time for signing is over.
    async fn expire(&self, transaction: &Transaction) {
        let id: OrderId = transaction.id.parse().expect("an id");
        let expire = |order: Order| {
            let late = order.deadline + SignedDuration::from_secs(1);
            order.apply(Actor::Service, late, Command::Expire)
        };
        update(&self.store, id, expire).await.expect("it is pending");
    }
}

fn status(transaction: &Transaction) -> Value {
    caller().get(&format!("/zgw/ondertekentransacties/{}", transaction.id)).json()
}

/// Visits by these people at the same time, each with a browser of their own.
fn visit(people: &[&Person], shown: &[&str], reason: Option<&str>) {
    let endpoint = variable("AWS_ENDPOINT_URL");
    let visits: Vec<_> = people
        .iter()
        .map(|person| {
            let (messages, recipient) = match person.mobile {
                "" => ("ses/messages", person.email.as_str()),
                mobile => ("sns/sms-messages", mobile),
            };
            json!({
                "link": format!("{}{}", variable("SEGL_URL"), link_of(&person.email)), "messages": format!("{endpoint}/_ministack/{messages}"),
                "recipient": recipient, "shown": shown, "reason": reason,
            })
        })
        .collect();
    let mut script = browser::script("signers.mjs");
    script.env("SEGL_VISITS", json!(visits).to_string());
    let output = script.output().expect("apt-get install nodejs npm");
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_system_has_documents_signed_refused_expired_and_found_unfit() {
    let town = Town::new().await;
    let plan = pdf::one_page("Bestemmingsplan", 0);
    let letter = docx(&["Geachte heer, mevrouw", "U krijgt gelijk.", "{{Signer1}}"]);
    let signed = town.start(&[("plan.pdf", &plan), ("brief.docx", &letter)], &[(10, "+31611111111"), (10, "+31622222222"), (20, "")]);
    let refused = town.start(&[("plan.pdf", &plan)], &[(1, "")]);
    let expired = town.start(&[("plan.pdf", &plan)], &[(1, "")]);
    let unfit = town.start(&[("plan.pdf", b"%PDF-1.7\nno more than that")], &[(1, "")]);

    // Two at the same time, and the one whose turn comes after theirs.
    visit(&[&signed.people[0], &signed.people[1]], &["Besluit op bezwaar", "plan.pdf", "brief.docx", "Bladzijde 1 van 1"], None);
    visit(&[&signed.people[2]], &["Besluit op bezwaar"], None);
    visit(&[&refused.people[0]], &["Besluit op bezwaar"], Some("Het bedrag klopt niet"));
    // It was read, so that somebody was asked.
    link_of(&expired.people[0].email);
    town.expire(&expired).await;

    let told = town.told(&signed);
    assert_eq!(told["actie"], "OndertekenenVoltooid", "{told}");
    let (content, _, versions) = town.document(&signed.documents[0]);
    assert_eq!(versions, 2);
    judge::assert_sealed(&plan, &content);
    let (content, members, versions) = town.document(&signed.documents[1]);
    assert_eq!((versions, &members["bestandsnaam"], &members["formaat"]), (2, &json!("brief.pdf"), &json!("application/pdf")));
    judge::assert_sealed(b"%PDF-", &content);
    let text = judge::text(&content);
    assert!(text.contains("U krijgt gelijk.") && text.contains("Anna Jansen3"), "{text}");
    assert!(content.windows(6).any(|window| window == b"(Mark-"), "the first signer's mark is where the document names her");
    let evidence = {
        let state = town.registers.state();
        let own: Vec<_> = state.relations.iter().filter(|(_, document)| !signed.documents.contains(document)).collect();
        let found = state.documents.iter().filter(|document| document.identification.starts_with("segl-")).collect::<Vec<_>>();
        let [evidence] = found.as_slice() else { panic!("one evidence document, not {}", found.len()) };
        assert!(own.iter().any(|(_, document)| *document == evidence.url()), "it belongs to the case");
        evidence.newest().content.clone().expect("content")
    };
    judge::assert_sealed(b"%PDF-", &evidence);
    assert_eq!(status(&signed)["status"], "voltooid");

    for (what, transaction, reason) in [
        ("refused", &refused, "Een ondertekenaar heeft geweigerd te ondertekenen. Reden: Het bedrag klopt niet"),
        ("expired", &expired, "De termijn is verlopen: niet iedereen heeft op tijd ondertekend."),
        ("unfit", &unfit, "Het document ‘plan.pdf’ kan niet worden ondertekend. "),
    ] {
        let told = town.told(transaction);
        assert_eq!(told["actie"], "OndertekenenAfgebroken", "{what}");
        let found = told["kenmerken"]["reden"].as_str().expect("a reason");
        assert!(found.starts_with(reason), "{what}: {found}");
        assert_eq!(town.document(&transaction.documents[0]).2, 1, "{what}: nothing was written");
        assert_eq!(status(transaction)["status"], "afgebroken", "{what}");
    }
}
