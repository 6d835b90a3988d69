//! A write-back over HTTP, against the registers on a port of this machine.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use segl_core::id::Sha256;
use segl_outbound::{Access, Client, PrivateHosts, RegisterClient};
use segl_registers::check::{Check, Found};
use segl_registers::{
    Claims, Content, Contents, Delivery, EvidenceDocument, Journal, NewerVersion, NoContents, Notification, Outcome, Plan, RegisterTerms,
    Source, Step, Target, TokenForm, Trouble, WriteBack,
};
use segl_testkit::registers::{CLIENT, DOCUMENTS, EVIDENCE_TYPE, Registers, SECRET, serve};

const HOST: &str = "https://zgw.example.nl";

struct Documents(Vec<Vec<u8>>, Vec<u8>);

impl Contents for Documents {
    async fn read(&self, source: Source, range: Range<u64>) -> io::Result<Vec<u8>> {
        let whole = match source {
            Source::Sealed(index) => &self.0[index.as_usize()],
            Source::Evidence => &self.1,
        };
        Ok(whole[range.start as usize..range.end as usize].to_vec())
    }
}

fn client(secret: &str) -> RegisterClient {
    let claims = Claims {
        client_id: CLIENT.to_owned(),
        user_id: CLIENT.to_owned(),
        user_representation: "Segl".to_owned(),
        form: TokenForm::default(),
    };
    let http = Client::with_roots(PrivateHosts::from_iter(["127.0.0.1"]), []);
    RegisterClient::new(http, Access::Own { claims, secret: secret.to_owned() })
}

fn content(bytes: &[u8]) -> Content {
    Content { sha256: Sha256::of(bytes), size: bytes.len() as u64 }
}

fn terms(address: &str) -> RegisterTerms {
    RegisterTerms {
        documents: DOCUMENTS.replace(HOST, address),
        cases: format!("{address}/zaken/api/v1/"),
        notifications: format!("{address}/notificaties/api/v1/"),
        version: "1.4".parse().expect("a version"),
        newer_version: NewerVersion::Refuse,
        parts_above: 8 * 1024 * 1024,
    }
}

#[tokio::test]
async fn small_and_large_documents_arrive_whole() {
    let registers = Arc::new(Registers::default());
    registers.state().manners.part_size = 5 * 1024 * 1024;
    let address = serve(registers.clone()).await.expect("a port");
    // In base64 of several pieces, and in parts of several pieces each.
    let documents = Documents(vec![vec![7; 7 * 1024 * 1024 + 1], (0..=255).cycle().take(17_000_001).collect()], vec![9; 500]);
    let (case, urls) = registers.state().arrange(&[b"first", b"second"]);
    let here = |url: &str| url.replace(HOST, &address);
    let plan = Plan {
        terms: terms(&address),
        case_url: here(&case),
        documents: urls
            .iter()
            .zip(&documents.0)
            .map(|(url, bytes)| Target {
                url: here(url),
                title: "Besluit".to_owned(),
                file_name: "besluit.pdf".to_owned(),
                version: 1,
                content: content(bytes),
            })
            .collect(),
        evidence: Some(EvidenceDocument {
            document_type: here(EVIDENCE_TYPE),
            identification: "segl-1".to_owned(),
            title: "Bewijs".to_owned(),
            author: "Segl".to_owned(),
            file_name: "bewijs.json".to_owned(),
            media_type: "application/json",
            content: content(&documents.1),
        }),
        signed_on: date(2026, 11, 25),
    };
    let register = client(SECRET);
    let mut write_back = WriteBack::resume(&plan, Journal::new(2, true));
    let outcome = loop {
        match write_back.step() {
            Step::Request(request) => {
                let answer = register.send(&request, &documents, Timestamp::UNIX_EPOCH, [0; 16]).await;
                write_back.answered(answer.map_err(|failure| failure.no_answer()));
            }
            Step::Pause(pause) => panic!("it pauses: {pause:?}"),
            Step::Done(outcome) => break outcome,
        }
    };
    assert_eq!(outcome, Outcome::Written);
    let notification = Notification::completed("t".to_owned(), plan.case_url.clone(), Timestamp::UNIX_EPOCH);
    let answer = register.send(&notification.request(&plan.terms), &documents, Timestamp::UNIX_EPOCH, [0; 16]).await;
    assert_eq!(Delivery::of(answer.map_err(|failure| failure.no_answer())), Delivery::Accepted);
    let mut state = registers.state();
    for (url, bytes) in urls.iter().zip(&documents.0) {
        let document = state.document_at(url).expect("the document");
        assert_eq!((document.versions.len(), document.sha256(), &document.lock), (2, Some(Sha256::of(bytes)), &None));
    }
    assert_eq!((state.notifications.len(), state.relations.len()), (1, 3));
}

#[tokio::test]
async fn a_check_says_what_is_wrong() {
    let registers = Arc::new(Registers::default());
    registers.state().channels.clear();
    let address = serve(registers.clone()).await.expect("a port");
    let found = async |terms: RegisterTerms, secret: &str| {
        let register = client(secret);
        let mut check = Check::new(&terms, "https://example.org/documentacties");
        while let Some(request) = check.request() {
            let answer = register.send(&request, &NoContents, Timestamp::UNIX_EPOCH, [0; 16]).await;
            check.answered(answer.map_err(|failure| failure.no_answer()));
        }
        check.findings().iter().map(|finding| finding.what.clone()).collect::<Vec<_>>()
    };
    let good = || Found::Good { version: Some("1.4.2".to_owned()) };
    assert_eq!(found(terms(&address), SECRET).await, [good(), good(), Found::ChannelMade]);
    assert_eq!(found(terms(&address), SECRET).await, [good(), good(), Found::ChannelThere]);
    let refused = found(terms(&address), "another-secret").await;
    assert!(
        refused.iter().all(|found| matches!(found, Found::Wrong(Trouble::Token { code, .. }) if code == "invalid-jwt-signature")),
        "{refused:?}"
    );
    let other = RegisterTerms { version: "1.0".parse().expect("a version"), ..terms(&address) };
    assert_eq!(found(other, SECRET).await[0], Found::OtherVersion { version: "1.4.2".to_owned() });
    let nowhere = RegisterTerms { documents: format!("{address}/elsewhere/"), ..terms(&address) };
    assert!(matches!(found(nowhere, SECRET).await[0], Found::Wrong(Trouble::Refused { status: 404, .. })));
}
