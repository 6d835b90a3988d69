//! Managing API clients, against the ports in memory.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use segl_core::client::{CertificateName, Client, Privilege};
use segl_core::id::{ClientId, Sha256};
use segl_core::ports::{Clients as _, PortError};
use segl_core::refusal::Refusal;
use segl_core::root_key::RootKey;
use segl_core::text::Name;
use segl_core::use_case::Error;
use segl_core::use_case::clients::{
    Credentials, MAX_OVERLAP, add_certificate, add_keys, enroll, grant, remove_certificate, remove_key, revoke, rotate_secret, set_enabled,
};
use segl_testkit::fake::{Fake, Fault, START, TokenKey};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn id() -> ClientId {
    "case-system".parse().expect("an id")
}

fn root() -> RootKey {
    RootKey::new([7; 32])
}

async fn enrolled(fake: &Fake) -> Credentials {
    let organization = "DK01234567".parse().expect("an organization");
    let name = Name::parse("Case system").expect("a name");
    enroll(fake, &root(), id(), organization, name, BTreeSet::from([Privilege::WorkflowRead])).await.expect("enrolls")
}

async fn stored(fake: &Fake) -> Client {
    fake.client(&id()).await.expect("answers").expect("is stored")
}

#[tokio::test]
async fn a_client_is_enrolled_once_and_only_digests_are_stored() {
    let fake = Fake::default();
    let credentials = enrolled(&fake).await;
    assert_eq!(credentials.secret, root().client_secret(&id(), 1));
    let client = stored(&fake).await;
    assert_eq!(client.api_key_hash, credentials.api_key.digest());
    assert!(client.enabled && client.secret_generation == 1 && client.previous_secret_until.is_none());
    let organization = "DK76543210".parse().expect("an organization");
    let again = enroll(&fake, &root(), id(), organization, Name::parse("Other").expect("a name"), BTreeSet::new()).await;
    assert!(matches!(again, Err(Error::Refused(Refusal::Invalid { .. }))));
    assert_eq!(stored(&fake).await, client, "the client who was first is untouched");
}

#[tokio::test]
async fn each_change_touches_what_it_names_and_can_be_repeated() {
    let fake = Fake::default();
    enrolled(&fake).await;
    let before = stored(&fake).await;
    for _ in 0..2 {
        grant(&fake, &id(), Privilege::OrgSignatureSign).await.expect("grants");
        set_enabled(&fake, &id(), false).await.expect("disables");
        let expected =
            Client { privileges: BTreeSet::from([Privilege::WorkflowRead, Privilege::OrgSignatureSign]), enabled: false, ..before.clone() };
        assert_eq!(stored(&fake).await, expected);
    }
    for _ in 0..2 {
        revoke(&fake, &id(), Privilege::OrgSignatureSign).await.expect("revokes");
        set_enabled(&fake, &id(), true).await.expect("enables");
        assert_eq!(stored(&fake).await, before);
    }
}

#[tokio::test]
async fn keys_and_certificates_are_bounded_and_belong_to_one_client() {
    let fake = Fake::default();
    enrolled(&fake).await;
    let key = |number| TokenKey::new(number).public();
    for number in [1, 1, 2] {
        add_keys(&fake, &id(), vec![key(number)]).await.expect("adds");
    }
    assert_eq!(stored(&fake).await.keys, BTreeSet::from([key(1), key(2)]));
    assert!(add_keys(&fake, &id(), (3..10).map(key).collect()).await.is_err(), "too many");
    remove_key(&fake, &id(), &key(1).thumbprint()).await.expect("removes");
    assert!(remove_key(&fake, &id(), &key(1).thumbprint()).await.is_err(), "it is gone");
    assert_eq!(stored(&fake).await.keys, BTreeSet::from([key(2)]));

    let other: ClientId = "other-system".parse().expect("an id");
    let organization = "DK76543210".parse().expect("an organization");
    enroll(&fake, &root(), other.clone(), organization, Name::parse("Other").expect("a name"), BTreeSet::new()).await.expect("enrolls");
    let name = CertificateName::Thumbprint(Sha256::of(b"certificate"));
    for _ in 0..2 {
        add_certificate(&fake, &id(), name.clone()).await.expect("adds");
    }
    assert!(add_certificate(&fake, &other, name.clone()).await.is_err(), "somebody else has it");
    remove_certificate(&fake, &id(), &name).await.expect("removes");
    assert!(remove_certificate(&fake, &id(), &name).await.is_err(), "it is gone");
    add_certificate(&fake, &other, name).await.expect("nobody has it any more");
}

#[tokio::test]
async fn a_new_secret_stands_beside_the_old_one_for_as_long_as_was_asked() {
    for (overlap, until) in [(DAY, Some(START + DAY)), (SignedDuration::ZERO, None), (MAX_OVERLAP, Some(START + MAX_OVERLAP))] {
        let fake = Fake::default();
        let first = enrolled(&fake).await;
        let second = rotate_secret(&fake, &root(), &id(), overlap).await.expect("rotates");
        assert_ne!(first.secret, second.secret);
        assert_eq!(second.secret, root().client_secret(&id(), 2));
        assert_eq!(second.previous_until, until);
        let client = stored(&fake).await;
        assert_eq!((client.secret_generation, client.previous_secret_until), (2, until));
        assert_eq!(client.api_key_hash, first.api_key.digest(), "the API key stays");
    }
    let fake = Fake::default();
    enrolled(&fake).await;
    for overlap in [SignedDuration::from_secs(-1), MAX_OVERLAP + SignedDuration::from_secs(1), SignedDuration::MAX] {
        assert!(rotate_secret(&fake, &root(), &id(), overlap).await.is_err(), "{overlap:?}");
    }
    assert_eq!(stored(&fake).await.secret_generation, 1);
}

#[tokio::test]
async fn what_is_not_there_is_refused_and_what_fails_is_not_half_done() {
    let fake = Fake::default();
    let missing = |outcome: Result<Client, Error>| assert!(matches!(outcome, Err(Error::Refused(Refusal::Invalid { .. }))));
    missing(set_enabled(&fake, &id(), true).await);
    missing(grant(&fake, &id(), Privilege::WorkflowRead).await);
    missing(revoke(&fake, &id(), Privilege::WorkflowRead).await);
    assert!(rotate_secret(&fake, &root(), &id(), DAY).await.is_err());
    assert!(fake.clients().await.expect("answers").is_empty());

    enrolled(&fake).await;
    let before = stored(&fake).await;
    fake.fail("clients.put_client", 1, Fault::BeforeEffect);
    let outcome = rotate_secret(&fake, &root(), &id(), DAY).await;
    assert!(matches!(outcome, Err(Error::Port(PortError::Unavailable { .. }))));
    assert_eq!(stored(&fake).await, before);
}
