//! The fake passes the checks that the real adapters pass.

use segl_core::ports::Clock as _;
use segl_testkit::contract;
use segl_testkit::fake::Fake;
use segl_testkit::story::{Story, client, organization};

macro_rules! passes {
    ($($name:ident),*) => {
        $(
            #[tokio::test]
            async fn $name() {
                contract::$name(&Fake::default()).await;
            }
        )*
    };
}

passes!(
    orders,
    tasks,
    objects,
    clients,
    directory,
    organizations,
    heads,
    limits,
    links,
    sessions,
    webhooks,
    register_works,
    register_book,
    seal_key,
    root_key
);

#[tokio::test]
async fn addresses() {
    let fake = Fake::default();
    contract::addresses(&fake, &fake).await;
}

#[tokio::test]
async fn register_secrets() {
    let fake = Fake::default();
    contract::register_secrets(&fake, &fake).await;
}

#[tokio::test]
async fn restored() {
    let fake = Fake::default();
    let organization = organization(&fake);
    let stories = Story::in_every_state(&fake, &organization, &client(&fake, &organization, "").id, fake.now());
    contract::restored(&fake, &stories).await;
}
