//! Service A and service B, of two organizations, over the running service; and what both then hold, judged by others than us: the PDF
//! by pdfsig, qpdf and pyHanko, the token by PyJWT and by jose, both from the key set alone.

use std::path::Path;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use segl_cli::arguments::{Arguments, Command};
use segl_core::claim_filter::ClaimFilter;
use segl_core::event::ChainHead;
use segl_core::jwk::PublicKey;
use segl_core::order::OrderState;
use segl_testkit::fake::{Fake, TokenKey};
use segl_testkit::story::Story;
use segl_tests::judge::{assert_sealed, install_node_modules, run};
use segl_tests::pdf;
use segl_tests::stack::{caller, other, variable};
use segl_tokens::issuer::{Format, Issuer};
use segl_tokens::workflow::WorkflowToken;
use serde_json::{Value, json};

const BASE: &str = "/transactionsigning/api";

/// The folder of the judges, with what `npm ci` puts there.
fn interop() -> &'static Path {
    static FOLDER: OnceLock<&'static Path> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/interop"));
        install_node_modules(folder);
        folder
    })
}

/// What two libraries say that a token says; none where they refuse it. They must agree.
fn judged(token: &str, keys: &Value) -> Option<Value> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (token_file, keys_file) = (folder.path().join("token.jwt"), folder.path().join("keys.json"));
    std::fs::write(&token_file, token).expect("a scratch file");
    std::fs::write(&keys_file, keys.to_string()).expect("a scratch file");
    let files = [&token_file, &keys_file].map(|path| path.to_str().expect("a path of ASCII"));
    let verdicts = [("python3", "verify_token.py", "cargo local test prepares it"), ("node", "verify_token.mjs", "apt-get install nodejs")]
        .map(|(program, script, install)| {
            let script = interop().join(script);
            let (code, text) = run(program, install, &[script.to_str().expect("a path of ASCII"), files[0], files[1]]);
            (code == Some(0)).then(|| serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{program}: {error}: {text}")))
        });
    assert_eq!(verdicts[0], verdicts[1], "Python and JavaScript disagree");
    verdicts[0].clone()
}

/// Whether `segl verify` is content.
fn is_good(arguments: &[&str]) -> bool {
    let line = ["segl", "verify"].iter().chain(arguments);
    match Arguments::try_parse_from(line).expect("a good command line").command {
        Command::Verify(arguments) => arguments.run(jiff::Timestamp::now()).expect("the files can be read").good,
        _ => unreachable!("verify was asked for"),
    }
}

#[test]
fn two_organizations_sign_and_hold_proof() {
    let (a, b) = (caller(), other());
    let (ours, theirs) = (variable("SEGL_ORGANIZATION"), variable("SEGL_OTHER_ORGANIZATION"));
    let original = pdf::one_page("Purchase order 4711", 0);
    let created = a.post(
        &format!("{BASE}/workflows/{ours}"),
        &json!({
            "title": "Purchase order 4711",
            "pdfList": [{"title": "Purchase order", "pdfBase64": STANDARD.encode(&original)}],
            "systemSignature": {"reference": "4711", "rule": "within budget"},
        }),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["workflowId"].as_str().expect("an id").to_owned();
    let asked = a.post(&format!("{BASE}/workflows/{ours}/signtextid"), &json!({"workflowId": id, "organizationTin": theirs}));
    assert_eq!(asked.status, 201, "{}", asked.text());
    let handle = asked.json()["signtextId"].as_str().expect("a handle").to_owned();

    let path = format!("{BASE}/systemsignatures/{handle}");
    let digests =
        b.poll(&format!("{path}/digests"), "the digests", |answer| (answer.status == 200).then(|| answer.json()["digests"].clone()));
    let document = b.get(&format!("{path}/documents/0"));
    assert_eq!(document.body, original);
    assert_eq!(a.get(&path).status, 404, "the handle is B's");
    let signed = b.post(&format!("{path}/sign"), &json!({"digests": digests, "rule": "credit check", "case": "17"}));
    assert_eq!(signed.status, 200, "{}", signed.text());

    // A has signed as soon as the documents were read. The first call for the result closes the list.
    let pades = format!("{BASE}/workflows/{ours}/{id}/pades");
    let start = std::time::Instant::now();
    let result = loop {
        let answer = a.post(&pades, &json!({}));
        if answer.status == 200 {
            break answer.json();
        }
        assert!(answer.status == 409 && start.elapsed().as_secs() < 90, "{} {}", answer.status, answer.text());
        std::thread::sleep(std::time::Duration::from_millis(300));
    };
    let sealed = STANDARD.decode(result["padesDocument"]["padesB64"].as_str().expect("a PDF")).expect("base64");
    assert_sealed(&original, &sealed);

    let keys = a.get("/.well-known/jwks.json").json();
    let token = a.get(&format!("{BASE}/workflows/{ours}/{id}/workflowtoken")).json();
    assert!(token["publicSigningCertPem"].as_str().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")), "{token}");
    let token = token["workflowToken"].as_str().expect("a token").to_owned();
    let claims = judged(&token, &keys).expect("both libraries verify it");
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!(id), &json!(ours)));
    assert_eq!(claims["documents"][0]["sealed"]["sha256"], result["padesDocument"]["sha256Hex"]);
    assert_eq!(claims["signatures"][1]["party"]["organization"], json!(theirs));
    assert_eq!(claims["signatures"][1]["claims"]["case"], "17");
    let flat = a.get(&format!("/v1/orders/{id}/workflow-token?format=workflow_token_v1")).text();
    let flat = judged(&flat, &keys).expect("both libraries verify it");
    assert_eq!((&flat["token_type"], &flat["signatures_number"]), (&json!("workflow_token_v1"), &json!(2)));
    assert_eq!(judged(&token, &json!({"keys": []})), None, "nobody verifies without the key");

    // Everything that we say, checked by us: the token alone, the document alone, and that both tell the same.
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a scratch file");
        path.to_str().expect("a path of ASCII").to_owned()
    };
    let (document, jwt, set) =
        (file("sealed.pdf", &sealed), file("token.jwt", token.as_bytes()), file("keys.json", keys.to_string().as_bytes()));
    let root = variable("SEGL_ROOT_CERTIFICATE");
    assert!(is_good(&[&jwt, "--keys", &set]), "the token by the key set");
    assert!(is_good(&[&jwt, "--trust", &root]), "the token by its certificate");
    assert!(!is_good(&[&jwt]), "the token by nothing");
    assert!(is_good(&[&document, "--trust", &root]), "the document, and the token in it");
    assert!(is_good(&[&document, "--trust", &root, "--keys", &set, "--token", &jwt]), "both");
    // In the middle of the signature: of its last character only two bits count.
    let (before, after) = token.split_at(token.len() - 40);
    let other = if after.starts_with('A') { "B" } else { "A" };
    let tampered = file("tampered.jwt", format!("{before}{other}{}", &after[1..]).as_bytes());
    assert!(!is_good(&[&tampered, "--keys", &set]));
    let elsewhere = a.order("Another", &[&original], &[&ours]);
    a.wait_for(&elsewhere, "pending");
    assert_eq!(a.sign(&elsewhere).status, 200);
    a.wait_for(&elsewhere, "accepted");
    let other_token = file("other.jwt", &a.get(&format!("/v1/orders/{elsewhere}/workflow-token")).body);
    assert!(is_good(&[&other_token, "--keys", &set]), "it is a good token");
    assert!(!is_good(&[&document, "--trust", &root, "--keys", &set, "--token", &other_token]), "of another order");
}

#[tokio::test]
async fn tokens_outlive_a_change_of_keys() {
    let fake = Fake::new(1);
    let (organization, client) = ("DK01234567".parse().expect("an organization"), "case-system".parse().expect("a client"));
    let stories = Story::in_every_state(&fake, &organization, &client, segl_testkit::fake::START);
    let order =
        stories.iter().map(Story::order).find(|order| matches!(order.state, OrderState::Accepted { .. }) && order.erased_at.is_none());
    let head = ChainHead { seq: 8, hash: segl_core::id::Sha256::of(b"head") };
    let claims =
        WorkflowToken::new(order.expect("an accepted order"), head, ClaimFilter::All, "https://sign.example.org").expect("a token");
    let sign = async |key: &TokenKey| {
        let issuer = Issuer::new(key, None).await.expect("a key on P-256");
        issuer.sign(&claims, Format::Structured).await.expect("it signs")
    };
    let set = |keys: &[&TokenKey]| json!({"keys": keys.iter().map(|key| PublicKey::to_jwk(&key.public())).collect::<Vec<_>>()});
    let (old, new) = (TokenKey::new(1), TokenKey::new(2));
    let (before, after) = (sign(&old).await, sign(&new).await);
    let expected = serde_json::to_value(&claims).expect("claims are JSON");
    assert_eq!(judged(&before, &set(&[&old])), Some(expected.clone()), "before the change");
    for token in [&before, &after] {
        assert_eq!(judged(token, &set(&[&new, &old])), Some(expected.clone()), "while both are published");
    }
    assert_eq!(judged(&before, &set(&[&new])), None, "a key that is published no more");
}
