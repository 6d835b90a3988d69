use std::sync::Arc;

use clap::Parser;
use segl_testkit::fake::Fake;
use segl_testkit::registers::{CLIENT, Registers, SECRET, serve};
use segl_testkit::story;

use super::*;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    add: Add,
}

/// What somebody types after `segl register add`.
fn typed(client: &ClientId, origin: &str, more: &str) -> Add {
    let line = format!(
        "add {client} --documents {origin}/documenten/api/v1 --cases {origin}/zaken/api/v1/ --notifications {origin}/notificaties/api/v1 \
         --client-id {CLIENT} {more}"
    );
    Typed::try_parse_from(line.split_whitespace()).expect("a command line").add
}

async fn client(fake: &Fake) -> ClientId {
    let client = story::client(fake, &story::organization(fake), "");
    fake.put_client(&client).await.expect("the fake stores");
    client.id
}

/// Registers on a port of this machine, at the fake's time.
async fn registers(fake: &Fake) -> (Arc<Registers>, String) {
    let registers = Arc::new(Registers::default());
    registers.state().now = fake.now();
    let origin = serve(registers.clone()).await.expect("a port");
    (registers, origin)
}

fn outbound() -> Client {
    Client::new(PrivateHosts::from_iter(["127.0.0.1".to_owned()]))
}

async fn checked(fake: &Fake, client: &ClientId) -> (bool, String) {
    let report = check(fake, fake, client, outbound(), DOCUMENTATION).await.expect("it is tried");
    (report.good, report.to_string())
}

#[tokio::test]
async fn registers_are_added_listed_and_forgotten() {
    let fake = Fake::default();
    let nobody: ClientId = "nobody".parse().expect("an id");
    let elsewhere = "https://zgw.example.nl";
    assert!(matches!(add(&fake, &fake, typed(&nobody, elsewhere, ""), SECRET).await, Err(Error::NotFound(_))));
    assert_eq!(list(&fake).await.expect("lists").to_string(), "no client has registers");
    assert!(matches!(remove(&fake, &fake, &nobody).await, Err(Error::NotFound(_))));

    let client = client(&fake).await;
    let name = RegisterName::from(&client);
    add(&fake, &fake, typed(&client, elsewhere, "--documents-version 1.0"), "old").await.expect("is added");
    let more = "--token-url https://id.example.nl/token --scope zgw --overwrite-newer";
    let view = add(&fake, &fake, typed(&client, elsewhere, more), SECRET).await.expect("is changed");
    assert_eq!(fake.register_secret(&name).await.expect("reads").as_deref(), Some(SECRET));
    let listed = list(&fake).await.expect("lists");
    let shown = listed.to_string();
    assert_eq!(shown, view.to_string(), "one set for one client");
    for said in ["https://zgw.example.nl/zaken/api/v1/", "version 1.4", "is written over", "https://id.example.nl/token", "zgw"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!shown.contains(SECRET) && !serde_json::to_string(&listed).expect("JSON").contains(SECRET));

    remove(&fake, &fake, &client).await.expect("is forgotten");
    assert_eq!(fake.register_secret(&name).await.expect("reads"), None);
    assert!(matches!(check(&fake, &fake, &client, outbound(), DOCUMENTATION).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn what_is_wrong_with_registers_is_said() {
    let fake = Fake::default();
    let client = client(&fake).await;
    let (registers, origin) = registers(&fake).await;
    add(&fake, &fake, typed(&client, &origin, ""), SECRET).await.expect("is added");
    registers.state().channels.clear();
    let (good, text) = checked(&fake, &client).await;
    assert!(good && text.contains("had no channel documentacties; it is registered now"), "{text}");
    assert_eq!(registers.state().channels, ["documentacties"]);
    let (good, text) = checked(&fake, &client).await;
    assert!(good && text.contains("has the channel documentacties"), "{text}");

    type Spoil = fn(&Registers);
    let table: [(&str, &str, Spoil, &str); 4] = [
        ("", "another-secret", |_| {}, "refuses the token"),
        ("--audience oneground", SECRET, |_| {}, "refuses the token"),
        ("--documents-version 1.0", SECRET, |_| {}, "set that version for this register"),
        ("", SECRET, |registers| registers.state().manners.wants_audience = true, "refuses the token"),
    ];
    for (more, secret, spoil, said) in table {
        add(&fake, &fake, typed(&client, &origin, more), secret).await.expect("is changed");
        spoil(&registers);
        let (good, text) = checked(&fake, &client).await;
        assert!(!good && text.contains("WRONG") && text.contains(said), "{more} {said}: {text}");
    }
    add(&fake, &fake, typed(&client, &origin, "--audience oneground"), SECRET).await.expect("is changed");
    assert!(checked(&fake, &client).await.0, "who wants an audience gets one");
    add(&fake, &fake, typed(&client, "http://127.0.0.1:9", ""), SECRET).await.expect("is changed");
    let (good, text) = checked(&fake, &client).await;
    assert!(!good && text.contains("does not answer; check the address"), "{text}");
    fake.remove_register_secret(&RegisterName::from(&client)).await.expect("removes");
    assert!(matches!(check(&fake, &fake, &client, outbound(), DOCUMENTATION).await, Err(Error::NotFound(_))), "no secret");
}

#[test]
fn a_secret_is_one_line_of_a_file() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("secret");
    for (content, read) in [
        (&b"s3cret\n"[..], Some("s3cret")),
        (b"with blanks in it \r\n", Some("with blanks in it ")),
        (b"", None),
        (b"\n", None),
        (b"two\nlines", None),
        (b"\xff", None),
        (&[b'x'; 5000], None),
    ] {
        std::fs::write(&path, content).expect("a scratch file");
        assert_eq!(secret(Some(&path)).ok().as_deref(), read, "{content:?}");
    }
    assert!(secret(Some(&folder.path().join("none"))).is_err());
}
