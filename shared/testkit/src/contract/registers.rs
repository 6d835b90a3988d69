//! What [`RegisterWorks`] promises.

use segl_core::ports::{Clock, Entropy, RegisterWorks};
use segl_core::register::{RegisterDocument, RegisterWork};

use super::expect_conflict;
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
