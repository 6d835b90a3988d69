//! Evidence of orders: made when it is asked for, whatever fails; checked by the command line without the service; and of no use to others.

use std::io::{Cursor, Read as _};
use std::path::Path;

use clap::Parser as _;
use lambda_http::http::StatusCode;
use segl_cli::arguments::{Arguments, Command};
use segl_cli::verify::Judgement;
use segl_core::bundle::{BadBundle, Bundle};
use segl_core::client::ApiKey;
use segl_core::id::OrderId;
use segl_core::ports::{Clients as _, Clock as _};
use segl_lambda::reply::Reply;
use segl_testkit::story;
use segl_tests::judge;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::cases::{create, document, order, sign};
use crate::faults::every_step_fails;
use crate::platform::{Delivery, Platform};
use crate::world::{Credential, OURS, authority, header, json_of};

/// An order with a person who signs and a system that signs, sealed.
async fn accepted(platform: &Platform) -> OrderId {
    let mut body = order();
    body["creator"] = json!({"name": "Carl Creator", "email": "creator@example.org"});
    body["title"] = json!("Lease <of> a \"house\" & garden");
    let id = create(platform, &body).await;
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    platform.wait_for_tasks(id).await;
    id
}

/// Evidence as the creator insists on it.
pub async fn evidence(platform: &Platform, id: OrderId, form: &str) -> Reply {
    let call = platform.world.ours.call("GET", &format!("/v1/orders/{id}/evidence{form}"));
    platform.settle().await;
    let ready = |reply: &Reply| match reply.status {
        StatusCode::OK => Some(reply.clone()),
        StatusCode::ACCEPTED => None,
        other => panic!("{other} {}", String::from_utf8_lossy(&reply.body)),
    };
    let first = platform.world.answer(call.clone()).await;
    platform.settle().await;
    match ready(&first) {
        Some(ready) => ready,
        None => platform.insist("evidence", &call, ready).await,
    }
}

/// What `segl verify` says of a file.
pub fn verify(file: &Path, more: &[&str], now: jiff::Timestamp) -> Result<Judgement, segl_cli::error::Error> {
    let root = authority().folder().join("root.pem");
    let root = root.to_str().expect("a path of ASCII");
    let words = ["segl", "verify", file.to_str().expect("a path of ASCII"), "--trust", root];
    let Command::Verify(arguments) = Arguments::try_parse_from(words.iter().chain(more)).expect("a command line").command else {
        panic!("the command is verify")
    };
    arguments.run(now)
}

/// The bundle in an archive of evidence.
fn bundle_of(archive: &[u8]) -> Bundle {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut bytes = Vec::new();
    archive.by_name(segl_core::bundle::FILE_NAME).expect("the bundle").read_to_end(&mut bytes).expect("it is read");
    serde_json::from_slice(&bytes).expect("a bundle")
}

fn saved(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the scratch folder takes files");
    path
}

#[tokio::test]
async fn evidence_is_made_whatever_fails() {
    let calls = [
        "attempts.failures",
        "clients.client",
        "objects.head",
        "objects.purge_evidence",
        "objects.put_new",
        "objects.read",
        "orders.commit",
        "orders.events",
        "orders.order",
        "seal_key.sign",
        "tasks.due",
        "tasks.replace_task",
        "tasks.task",
    ];
    let act = async |platform: &Platform, id: OrderId| {
        let call = platform.world.ours.call("GET", &format!("/v1/orders/{id}/evidence"));
        let pdf = |reply: &Reply| reply.body.starts_with(b"%PDF").then_some(());
        platform.insist("evidence", &call, pdf).await;
        platform.wait_for_tasks(id).await;
        id
    };
    every_step_fails(&calls, accepted, act, async |world, id| {
        let files: Vec<_> = world.objects().into_iter().filter(|name| name.starts_with("evidence/")).collect();
        assert_eq!(files, [format!("evidence/{id}/{}", world.order(id).await.chain.hash)], "one file for one head");
    })
    .await;
}

/// Ten people with long names and names from right to left: others find the seal good, the file tagged, and everybody in it.
#[tokio::test]
async fn evidence_of_many_people_is_read_by_others() {
    let platform = Platform::new(Delivery::Prompt).await;
    let names = [
        "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst",
        "Ærø Łódź Žižka",
        "Αλέξανδρος Παπαδόπουλος",
        "Володимир Зеленко",
        "Nguyễn Thị Ánh",
        "דוד בן גוריון",
        "محمد بن عبد الله",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter",
        "Jane Doe",
        // There are no shapes for these letters: its numbers are seen, and copying gives the letters.
        "王小明",
    ];
    let mut body = order();
    let person = |(number, name): (usize, &&str)| json!({"type": "person", "name": name, "email": format!("p{number}@example.org")});
    body["signers"] = names.iter().enumerate().map(person).collect();
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    let pdf = evidence(&platform, id, ".pdf").await;
    judge::assert_level(&pdf.body, judge::LEVELS[0], &authority().folder().join("root.pem"));
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = saved(folder.path(), "evidence.pdf", &pdf.body);
    let path = path.to_str().expect("a path of ASCII");
    for (tool, arguments, install) in [("qpdf", vec!["--check", path], "qpdf"), ("pdfinfo", vec!["-struct-text", path], "poppler-utils")] {
        let (code, said) = judge::run(tool, &format!("apt-get install {install}"), &arguments);
        assert_eq!(code, Some(0), "{tool}: {said}");
        if tool == "pdfinfo" {
            // Poppler gives what is written from right to left as it stands on the page.
            let said = said.replace(['\n', ' ', '"'], "");
            for name in names.iter().filter(|name| name.chars().all(|letter| letter < '\u{2e80}')) {
                let name = name.replace(' ', "");
                let turned: String = name.chars().rev().collect();
                assert!(said.contains(&name) || said.contains(&turned), "{name}: {said}");
            }
        }
    }
    assert!(judge::text(&pdf.body).contains("王小明"), "what is copied");
    let (_, about) = judge::run("pdfinfo", "apt-get install poppler-utils", &[path]);
    assert!(about.lines().any(|line| line.split_whitespace().eq(["Tagged:", "yes"])), "{about}");
}

#[tokio::test]
async fn the_command_line_checks_it_without_the_service() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let now = platform.world.fake().now();
    let pdf = evidence(&platform, id, ".pdf").await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    let judged = verify(&saved(folder.path(), "evidence.pdf", &pdf.body), &[], now).expect("it is judged");
    let text = judged.to_string();
    assert!(judged.good && text.contains("holds: ") && text.contains(&id.to_string()), "{text}");

    let zip = evidence(&platform, id, ".zip").await;
    assert_eq!(zip.headers["content-type"], "application/zip");
    let judged = verify(&saved(folder.path(), "evidence.zip", &zip.body), &[], now).expect("it is judged");
    let text = judged.to_string();
    assert!(judged.good && text.contains("documents/0-sealed.pdf is what") && text.contains("documents/0-signed.pdf is what"), "{text}");

    // Whatever is altered in the archive is found.
    let original = bundle_of(&zip.body);
    let mut claims = original.clone();
    claims.title = "Another title".to_owned();
    for (name, content) in [
        (segl_core::bundle::FILE_NAME, serde_json::to_vec(&claims).expect("JSON")),
        ("documents/0-signed.pdf", b"%PDF-1.7 other".to_vec()),
        ("documents/7-signed.pdf", document()),
    ] {
        let altered = with_file(&zip.body, name, &content);
        let judged = verify(&saved(folder.path(), "altered.zip", &altered), &[], now).expect("it is judged");
        assert!(!judged.good && judged.to_string().contains("IS NOT WHAT"), "{name}: {judged}");
    }
    assert!(verify(&saved(folder.path(), "no.zip", &with_file(b"", "x", b"y")), &[], now).is_err(), "no evidence in it");
}

/// The archive with one file replaced or added.
fn with_file(archive: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut made = zip::ZipWriter::new(Cursor::new(Vec::new()));
    if !archive.is_empty() {
        let mut from = ZipArchive::new(Cursor::new(archive)).expect("an archive");
        for index in 0..from.len() {
            let mut file = from.by_index(index).expect("a file");
            let this = file.name().expect("UTF-8").into_owned();
            if this != name {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).expect("it is read");
                made.start_file(this, options).expect("it takes files");
                made.write_all(&bytes).expect("it takes bytes");
            }
        }
    }
    made.start_file(name, options).expect("it takes files");
    made.write_all(content).expect("it takes bytes");
    made.finish().expect("an archive").into_inner()
}

#[tokio::test]
async fn a_bundle_tells_what_the_events_commit_to_and_nothing_else() {
    let platform = Platform::new(Delivery::Prompt).await;
    let mut body = order();
    body["signers"] = json!([
        {"type": "system", "organization": OURS},
        {"type": "person", "name": "Jane Doe", "email": "jane@example.org"},
    ]);
    let id = create(&platform, &body).await;
    platform.wait_for(id, "pending").await;
    sign(&platform, &platform.world.ours, id).await;
    let bundle = bundle_of(&evidence(&platform, id, ".zip").await.body);
    bundle.check().expect("it holds");
    assert_eq!((bundle.state.as_str(), bundle.signers.len()), ("pending", 2), "evidence of an order that is not over");
    let text = serde_json::to_string(&bundle.audit_trail).expect("JSON");
    assert!(!text.contains("jane@example.org") && serde_json::to_string(&bundle.signers).expect("JSON").contains("jane@example.org"));

    let whole = serde_json::to_value(&bundle).expect("JSON");
    // Where, by what, and whether that is to be found by the events.
    for (pointer, value) in [
        ("/organization", json!("SE5566778899")),
        ("/deadline", json!("2031-01-01T00:00:00Z")),
        ("/ended_at", json!("2026-01-16T00:00:00Z")),
        ("/created_at", json!("2026-01-16T00:00:00Z")),
        ("/documents/0/sha256", json!("0".repeat(64))),
        ("/documents/0/size", json!(1)),
        ("/documents/0/pages", json!(77)),
        ("/documents/0/findings", json!([{"code": "javascript", "text": "x"}])),
        ("/documents/0/sealed", json!({"sha256": "0".repeat(64), "size": 1, "level": "B-B"})),
        ("/signers/0/act/at", json!("2026-01-16T00:00:00Z")),
        ("/signers/0/act/claims", json!({"rule": "another"})),
        ("/signers/0/act/claims", json!({})),
        ("/signers/0/act/digests", json!([])),
        ("/signers/0/act", json!({"status": "undecided"})),
        ("/signers/0/party", json!("SE5566778899")),
        ("/signers/1/party/email", json!("mallory@example.org")),
        ("/signers/1/salt", json!("0".repeat(64))),
        ("/signers/1/salt", Value::Null),
        ("/signers/1/act", json!({"status": "declined", "at": "2026-01-16T00:00:00Z"})),
        ("/audit_trail/head", json!("0".repeat(64))),
        ("/audit_trail/events/1/at", json!("2026-01-16T00:00:00Z")),
        ("/format", json!(2)),
    ] {
        let mut altered = whole.clone();
        // A member is left out where there is nothing to tell.
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
        match altered.pointer_mut(parent).unwrap_or_else(|| panic!("{parent} is there")) {
            Value::Object(members) => members.insert(member.to_owned(), value),
            other => panic!("{parent}: {other}"),
        };
        let altered: Bundle = serde_json::from_value(altered).unwrap_or_else(|error| panic!("{pointer}: {error}"));
        assert!(altered.check().is_err(), "{pointer}");
    }
    let mut shorter = bundle.clone();
    shorter.audit_trail.events.pop();
    assert!(matches!(shorter.check(), Err(BadBundle::Chain(_))));
    shorter.audit_trail.events.clear();
    shorter.audit_trail.head = segl_core::event::ChainHead::EMPTY.hash;
    assert_eq!(shorter.check(), Err(BadBundle::Trail));
}

#[tokio::test]
async fn it_is_for_the_client_that_created_the_order() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    let world = &platform.world;
    let mut other = story::client(world.fake(), &world.ours.client.organization, "");
    let key = ApiKey::new(&other.id, [9; 32]);
    other.api_key_hash = key.digest();
    world.fake().put_client(&other).await.expect("the fake stores");
    let other = Credential { client: other, api_key: key.reveal().to_owned() };
    let path = format!("/v1/orders/{id}/evidence");
    let refused = world.answer(other.call("GET", &path)).await;
    assert_eq!((refused.status.as_u16(), &json_of(&refused)["code"]), (403, &json!("not-creator")));
    assert_eq!(world.answer(other.call("GET", &format!("/v1/orders/{id}"))).await.status, 200, "the order itself is for all of them");
    let refused = world.answer(world.theirs.call("GET", &path)).await;
    assert_eq!((refused.status.as_u16(), &json_of(&refused)["code"]), (404, &json!("not-found")));
    assert!(!world.objects().iter().any(|name| name.starts_with("evidence/")), "nothing was made for them");
}

#[tokio::test]
async fn callers_may_wait_and_choose_the_form_by_accept() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    let call = || platform.world.ours.call("GET", &format!("/v1/orders/{id}/evidence"));
    let told = platform.world.answer(call()).await;
    assert_eq!((told.status, told.headers["retry-after"].to_str().ok()), (StatusCode::ACCEPTED, Some("1")));
    assert_eq!(json_of(&told), json!({"state": "being-made"}));
    let waiting = platform.world.answer(header(call(), "prefer", "wait=10"));
    let (reply, ()) = futures_util::future::join(waiting, platform.settle()).await;
    assert_eq!(reply.status, StatusCode::OK, "it came while the caller waited");
    for (accept, media_type) in
        [("application/zip", "application/zip"), ("application/pdf, application/zip;q=0.5", "application/pdf"), ("*/*", "application/pdf")]
    {
        let reply = platform.world.answer(header(call(), "accept", accept)).await;
        assert_eq!(reply.headers["content-type"], media_type, "{accept}");
    }
    for path in [format!("/orders/{id}/evidence"), format!("/transactionsigning/api/workflows/{OURS}/{id}/evidence")] {
        let reply = platform.world.answer(platform.world.ours.call("GET", &path)).await;
        assert!(reply.body.starts_with(b"%PDF"), "{path}");
    }
}

#[tokio::test]
async fn what_happens_to_an_order_makes_its_evidence_anew() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = accepted(&platform).await;
    let before = bundle_of(&evidence(&platform, id, ".zip").await.body);
    let hold = platform.world.ours.call("POST", &format!("/v1/orders/{id}/hold"));
    assert_eq!(platform.world.answer(hold).await.status, 200);
    let after = bundle_of(&evidence(&platform, id, ".zip").await.body);
    assert_eq!(after.audit_trail.events.len(), before.audit_trail.events.len() + 1);
    assert_eq!(platform.world.objects().iter().filter(|name| name.starts_with("evidence/")).count(), 1, "what is old is gone");
    assert_eq!(after.audit_trail.events[..before.audit_trail.events.len()], before.audit_trail.events[..]);
}

/// The page is in the language of the order, with no heading of another.
#[tokio::test]
async fn evidence_is_in_the_language_of_the_order() {
    let english = ["Evidence of a signing order", "Signers", "What happened", "How to check this", "Audit trail"];
    for (language, headings) in [
        ("en", english),
        ("nb", ["Bevis for et signeringsoppdrag", "Underskrivere", "Hva som skjedde", "Slik kontrollerer du dette", "Hendelseslogg"]),
        ("da", ["Bevis for en underskriftsordre", "Underskrivere", "Hvad der skete", "Sådan kontrollerer du dette", "Hændelseslog"]),
        ("sv", ["Bevis för en signeringsorder", "Undertecknare", "Vad som hände", "Så kontrollerar du detta", "Händelselogg"]),
        ("nl", ["Bewijs van een ondertekenopdracht", "Ondertekenaars", "Wat er gebeurde", "Hoe u dit controleert", "Controlespoor"]),
    ] {
        let platform = Platform::new(Delivery::Prompt).await;
        let mut body = order();
        body["language"] = json!(language);
        let id = create(&platform, &body).await;
        platform.wait_for(id, "pending").await;
        let pdf = evidence(&platform, id, ".pdf").await;
        let text = judge::text(&pdf.body).replace(['\n', ' '], "");
        for (heading, original) in headings.into_iter().zip(english) {
            assert!(text.contains(&heading.replace(' ', "")), "{language} {heading}: {text}");
            assert!(language == "en" || !text.contains(&original.replace(' ', "")), "{language} {original}: {text}");
        }
        assert!(text.contains("[created"), "how the bundle calls it: {text}");
    }
}
