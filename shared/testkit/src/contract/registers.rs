//! What [`RegisterWorks`], [`RegisterBook`] and [`RegisterSecrets`] promise.

use segl_core::ports::{Clock, Entropy, RegisterBook, RegisterSecrets, RegisterWorks};
use segl_core::register::{RegisterDocument, RegisterName, RegisterWork};
use segl_core::register_settings::RegisterAccess;

use super::expect_conflict;
use crate::registers::settings;
use crate::story::order_id;

/// The whole contract of [`RegisterWorks`].
pub async fn register_works<P: RegisterWorks + Clock + Entropy>(ports: &P) {
    let order = order_id(ports, ports.now());
    assert_eq!(ports.register_work(order).await.unwrap(), None, "nothing is there at first");
    let first = RegisterWork {
        order,
        revision: 1,
        register: "breda".parse().unwrap(),
        case_url: "https://zgw.example.nl/zaken/api/v1/zaken/1".to_owned(),
        evidence_type: None,
        documents: vec![RegisterDocument { url: "https://zgw.example.nl/documenten/api/v1/1".to_owned(), version: 3 }],
        progress: String::new(),
    };
    let second = RegisterWork { revision: 2, evidence_type: Some("https://t".to_owned()), progress: "{}".to_owned(), ..first.clone() };
    expect_conflict(ports.put_register_work(&second).await, "what does not exist has no second revision");
    ports.put_register_work(&first).await.unwrap();
    assert_eq!(ports.register_work(order).await.unwrap(), Some(first.clone()), "what was stored is read");
    expect_conflict(ports.put_register_work(&first).await, "it is there already");
    ports.put_register_work(&second).await.unwrap();
    expect_conflict(ports.put_register_work(&second).await, "somebody else was first");
    assert_eq!(ports.register_work(order).await.unwrap(), Some(second), "the newest is read");
}

/// The whole contract of [`RegisterBook`].
pub async fn register_book<P: RegisterBook + Entropy>(ports: &P) {
    let name = fresh(ports);
    assert_eq!(ports.register(&name).await.unwrap(), None, "nothing is there at first");
    let sparse = settings(name.clone(), "https://zgw.example.nl");
    let mut full = settings(fresh(ports), "http://127.0.0.1:8000");
    (full.documents_version, full.overwrites_newer) = ((1, 0), true);
    full.access = RegisterAccess::OAuth {
        token_url: "https://id.example.nl/token".to_owned(),
        client_id: "segl æ".to_owned(),
        scope: Some("zgw".to_owned()),
    };
    for one in [&sparse, &full] {
        ports.put_register(one).await.unwrap();
        assert_eq!(ports.register(&one.name).await.unwrap().as_ref(), Some(one), "what was stored is read");
    }
    let all = ports.registers().await.unwrap();
    assert!([&sparse, &full].into_iter().all(|one| all.contains(one)), "all are listed");
    let mut changed = sparse.clone();
    changed.access = RegisterAccess::OwnToken { client_id: "other".to_owned(), audience: Some("oneground".to_owned()) };
    ports.put_register(&changed).await.unwrap();
    assert_eq!(ports.register(&name).await.unwrap(), Some(changed), "what is stored again takes the place of what was");
    for _ in 0..2 {
        ports.remove_register(&name).await.unwrap();
        assert_eq!(ports.register(&name).await.unwrap(), None, "what was removed is gone, and can be removed again");
    }
    let all = ports.registers().await.unwrap();
    assert!(all.contains(&full) && !all.iter().any(|one| one.name == name), "others stay");
    ports.remove_register(&full.name).await.unwrap();
}

/// The whole contract of [`RegisterSecrets`]. Chance comes from elsewhere: who keeps secrets has none.
pub async fn register_secrets<S: RegisterSecrets>(secrets: &S, entropy: &impl Entropy) {
    let (name, other) = (fresh(entropy), fresh(entropy));
    assert_eq!(secrets.register_secret(&name).await.unwrap(), None, "nothing is there at first");
    for secret in ["s3cret", "an æ, a blank and a \" quote"] {
        secrets.put_register_secret(&name, secret).await.unwrap();
        assert_eq!(secrets.register_secret(&name).await.unwrap().as_deref(), Some(secret), "the newest is read");
    }
    assert_eq!(secrets.register_secret(&other).await.unwrap(), None, "each register has its own");
    for _ in 0..2 {
        secrets.remove_register_secret(&name).await.unwrap();
        assert_eq!(secrets.register_secret(&name).await.unwrap(), None, "what was removed is gone, and can be removed again");
    }
    secrets.put_register_secret(&name, "again").await.unwrap();
    assert_eq!(secrets.register_secret(&name).await.unwrap().as_deref(), Some("again"), "what was removed can be stored again");
    secrets.remove_register_secret(&name).await.unwrap();
}

/// A name that no earlier run has used.
fn fresh(entropy: &impl Entropy) -> RegisterName {
    let digits: String = entropy.array::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("register-{digits}").parse().expect("digits and small letters")
}
