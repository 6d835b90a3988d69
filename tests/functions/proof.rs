//! The code on a signature page, and the page that it leads to.

use lambda_http::http::StatusCode;
use segl_core::document::SealedDocument;
use segl_core::id::{DocumentIndex, OrderId};
use segl_core::order::OrderState;
use segl_core::ports::Objects as _;
use segl_core::storage_key::StorageKey;
use segl_lambda::reply::Reply;
use segl_tests::judge::run;

use crate::cases::{create, create_another, order, sign};
use crate::platform::{Delivery, Platform};
use crate::world::{ISSUER, World, call, header};

async fn accepted(platform: &Platform, id: OrderId) -> (SealedDocument, Vec<u8>) {
    platform.wait_for(id, "pending").await;
    sign(platform, &platform.world.ours, id).await;
    platform.wait_for(id, "accepted").await;
    let order = platform.world.order(id).await;
    let OrderState::Accepted { sealed, .. } = &order.state else { panic!("{:?}", order.state) };
    let key = StorageKey::Sealed(id, DocumentIndex(0), sealed[0].attempt.clone());
    let file = platform.world.fake().read(&key, None, u64::MAX).await.expect("no faults").expect("it is there");
    (sealed[0].clone(), file)
}

/// What a telephone's camera reads from the last page.
fn scanned(file: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("ASCII").to_owned();
    std::fs::write(path("sealed.pdf"), file).expect("a scratch file");
    let (code, text) = run(
        "pdftoppm",
        "apt-get install poppler-utils",
        &["-png", "-r", "100", "-f", "2", "-singlefile", &path("sealed.pdf"), &path("page")],
    );
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run("zbarimg", "apt-get install zbar-tools", &["--quiet", "--raw", "--nodbus", &path("page.png")]);
    assert_eq!(code, Some(0), "{text}");
    text.trim().to_owned()
}

async fn get(world: &World, path: &str) -> Reply {
    world.answer(call("GET", path)).await
}

#[tokio::test]
async fn whoever_scans_a_sealed_document_sees_that_it_was_sealed_here() {
    let platform = Platform::new(Delivery::Prompt).await;
    let id = create(&platform, &order()).await;
    let (sealed, file) = accepted(&platform, id).await;
    let link = scanned(&file);
    let path = link.strip_prefix(ISSUER).expect("an address of the service");
    assert!(path.starts_with(&format!("/proof/{id}/")), "{path}");
    let reply = get(&platform.world, path).await;
    assert_eq!(reply.status, StatusCode::OK);
    let page = String::from_utf8(reply.body).expect("UTF-8");
    let facts = platform.world.order(id).await.documents().next().and_then(|(_, document)| document.facts().cloned()).expect("read");
    for told in [id.to_string(), sealed.sha256.to_string(), facts.sha256.to_string(), "level B-B".to_owned()] {
        assert!(page.contains(&told), "{told}: {page}");
    }
    // Titles are for those who hold the document, too, but stay when people are anonymised.
    for untold in ["Purchase agreement", "Agreement"] {
        assert!(!page.contains(untold), "{untold}: {page}");
    }
    let dutch = platform.world.answer(header(call("GET", path), "accept-language", "nl")).await;
    assert!(String::from_utf8_lossy(&dutch.body).contains("Ondertekenverzoek"));
}

#[tokio::test]
async fn every_other_address_leads_nowhere() {
    let platform = Platform::new(Delivery::Prompt).await;
    let world = &platform.world;
    let id = create(&platform, &order()).await;
    let (open, erased) = (create_another(&platform, &order()).await, create_another(&platform, &order()).await);
    accepted(&platform, id).await;
    accepted(&platform, erased).await;
    platform.wait_for(open, "pending").await;
    assert_eq!(world.answer(world.ours.call("DELETE", &format!("/v1/orders/{erased}"))).await.status, StatusCode::NO_CONTENT);
    platform.settle().await;

    let token = |id: OrderId| world.service.root_key.proof_token(id);
    let good = format!("/proof/{id}/{}", token(id));
    assert_eq!(get(world, &good).await.status, StatusCode::OK);
    let nowhere = get(world, "/sign/none").await;
    let nobody: OrderId = "01a20286-8353-70de-97f0-79d7b8f03df5".parse().expect("an id");
    for (what, path) in [
        ("another order's token", format!("/proof/{id}/{}", token(open))),
        ("a token cut short", good[..good.len() - 1].to_owned()),
        ("a longer token", format!("{good}A")),
        ("no id", format!("/proof/x/{}", token(id))),
        ("not sealed yet", format!("/proof/{open}/{}", token(open))),
        ("removed", format!("/proof/{erased}/{}", token(erased))),
        ("never there", format!("/proof/{nobody}/{}", token(nobody))),
    ] {
        let reply = get(world, &path).await;
        assert_eq!((reply.status, &reply.body), (StatusCode::NOT_FOUND, &nowhere.body), "{what}");
    }
}
