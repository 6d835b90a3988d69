//! The adapters pass the checks that the fake passes: against the emulator, or against AWS itself.
//!
//! Other functions may be awake on the same stack. The checks touch only what is theirs.

use segl_aws::config::Aws;
use segl_aws::keys::{KmsRootKey, KmsSigningKey};
use segl_aws::messages::{SesMailer, SnsTexter};
use segl_aws::register_secrets::SecretsManager;
use segl_aws::store::Store;
use segl_core::jwk::PublicKey;
use segl_core::ports::{
    Clock as _, Mailer as _, Message, RootKeySource as _, SignatureAlgorithm, SigningKey as _, Texter as _, TokenKeys as _,
};
use segl_core::root_key::RootKey;
use segl_core::signer::{Email, Mobile};
use segl_testkit::contract::{self, Http};
use segl_testkit::story::{Story, client, organization};

/// What the stack of `cargo local test` exports.
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo local test`, which starts a stack and sets it"))
}

async fn aws() -> Aws {
    // Without this the SDK would call AWS itself, with whatever credentials it finds.
    setting("AWS_ENDPOINT_URL");
    Aws::load().await
}

async fn store() -> Store {
    let aws = aws().await;
    let root_key = KmsRootKey::new(&aws, setting("SEGL_ROOT_KEY_ID")).root_key().await.expect("KMS derives the root key");
    Store::new(&aws, setting("SEGL_TABLE"), setting("SEGL_BUCKET"), Some(RootKey::new(root_key)))
}

macro_rules! passes {
    ($($name:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                contract::$name(&store().await).await;
            }
        )*
    };
}

passes!(
    orders,
    heads,
    tasks,
    objects,
    clients,
    directory,
    organizations,
    limits,
    links,
    sessions,
    webhooks,
    register_works,
    register_book,
    attempts,
    replays
);

#[tokio::test(flavor = "multi_thread")]
async fn register_secrets() {
    let secrets = SecretsManager::new(&aws().await, setting("SEGL_REGISTER_SECRETS"));
    contract::register_secrets(&secrets, &store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored() {
    let store = store().await;
    let organization = organization(&store);
    let stories = Story::in_every_state(&store, &organization, &client(&store, &organization, "").id, store.now());
    contract::restored(&store, &stories).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses() {
    contract::addresses(&store().await, &Plain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_carry_their_name() {
    use segl_core::id::{DocumentIndex, OrderId, Sha256};
    use segl_core::ports::{Entropy as _, Objects as _};
    use segl_core::storage_key::StorageKey;

    let store = store().await;
    let order = OrderId::new(store.now(), store.array());
    let key = StorageKey::Plan(order, DocumentIndex(0), Sha256::of(b"document"));
    let version = store.put(&key, b"{}".to_vec()).await.unwrap().version;
    let url = store.download_url(&key, &version, "Købs \"aftale\".pdf", jiff::SignedDuration::from_mins(1)).await.unwrap();
    let (status, _) = Plain.download(&url).await;
    assert_eq!(status, 200);
    // What is signed is looked at rather than the answer's header: the emulator leaves that out where a version is named.
    let asked = |name: &str| {
        let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let raw = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).expect("the parameter is there");
        percent_encoding::percent_decode_str(raw).decode_utf8().expect("UTF-8").into_owned()
    };
    let expected = r#"attachment; filename="K_bs _aftale_.pdf"; filename*=UTF-8''K%C3%B8bs%20%22aftale%22.pdf"#;
    assert_eq!(asked("response-content-disposition"), expected);
    assert_eq!(asked("response-content-type"), "application/json");
    store.purge(order).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_tokens_are_those_that_sign_them() {
    let aws = aws().await;
    let id = setting("SEGL_ACCESS_TOKEN_KEYS");
    let info = KmsSigningKey::new(&aws, &id).public_key().await.expect("KMS has the key");
    let store = store().await.with_token_keys(&aws, &[id], &[]);
    for _ in 0..2 {
        assert_eq!(store.access_token_keys().await.expect("KMS answers"), [PublicKey::from_p256_info(&info).expect("a key on P-256")]);
    }
    assert_eq!(store.workflow_token_keys().await.expect("nothing is asked"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn seal_key() {
    let key = KmsSigningKey::new(&aws().await, setting("SEGL_SEAL_KEY_ID"));
    let spki = key.public_key().await.expect("KMS gives the public key away");
    // The seal key's kind is configuration; the object identifier tells which it is (RFC 5480, 2.1.1; RFC 3279, 2.3.1).
    const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    if spki.windows(EC_PUBLIC_KEY.len()).any(|window| window == EC_PUBLIC_KEY) {
        contract::seal_key(&key).await;
    } else {
        for algorithm in [SignatureAlgorithm::RsaPkcs1Sha256, SignatureAlgorithm::RsaPssSha256] {
            let signature = key.sign(&[7; 32], algorithm).await.expect("KMS signs");
            assert!(signature.len() >= 256, "as long as the modulus");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn root_key() {
    contract::root_key(&KmsRootKey::new(&aws().await, setting("SEGL_ROOT_KEY_ID"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_taken() {
    let aws = aws().await;
    let message =
        Message { subject: "Til underskrift: Købsaftale".into(), text: "Hej Åsa,\n\nπ".into(), html: Some("<p>Hej Åsa</p>".into()) };
    let to = Email::parse("contract@example.org").unwrap();
    SesMailer::new(&aws, setting("SEGL_MAIL_FROM")).send_mail(&to, &message).await.expect("SES takes a message");
    let to = Mobile::parse("+4570101010").unwrap();
    SnsTexter::new(&aws, setting("SEGL_SMS_SENDER")).send_text(&to, "Til underskrift").await.expect("SNS takes a message");
}

/// An HTTP client that knows nothing of AWS, as the holder of an address has.
struct Plain;

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

impl Http for Plain {
    async fn upload(&self, url: &str, bytes: Vec<u8>) -> u16 {
        let url = url.to_owned();
        let answer = tokio::task::spawn_blocking(move || agent().put(&url).send(&bytes[..]));
        answer.await.expect("the client does not panic").expect("an answer").status().as_u16()
    }

    async fn download(&self, url: &str) -> (u16, Vec<u8>) {
        let url = url.to_owned();
        let answer = tokio::task::spawn_blocking(move || {
            let mut answer = agent().get(&url).call().expect("an answer");
            (answer.status().as_u16(), answer.body_mut().read_to_vec().expect("a body"))
        });
        answer.await.expect("the client does not panic")
    }
}
