//! What [`Objects`] promises.

use futures_util::future::join_all;
use jiff::SignedDuration;
use segl_core::document::ObjectVersion;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::ports::{Clock, Entropy, ObjectHead, Objects, Pieces, PortError};
use segl_core::storage_key::StorageKey;

use super::{Http, expect_conflict, expect_rejected};
use crate::story::{attempt, order_id};

/// The whole contract of [`Objects`], but for addresses.
pub async fn objects<P: Objects + Clock + Entropy>(ports: &P) {
    versions(ports).await;
    put_new(ports).await;
    put_pieces(ports).await;
    reading(ports).await;
    appending(ports).await;
    appending_to_itself(ports).await;
    announcing(ports).await;
    listing(ports).await;
    removing(ports).await;
    retiring(ports).await;
}

fn plan(ports: &(impl Clock + Entropy), document: u16) -> (OrderId, StorageKey) {
    let order = order_id(ports, ports.now());
    (order, StorageKey::Plan(order, DocumentIndex(document), Sha256::of(b"document")))
}

/// Bytes in which no place looks like another.
fn pattern(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    (0..size)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

async fn read<P: Objects>(ports: &P, key: &StorageKey, version: Option<&str>) -> Option<Vec<u8>> {
    ports.read(key, version, 100_000_000).await.expect("an object can be read")
}

async fn versions<P: Objects + Clock + Entropy>(ports: &P) {
    let (_, key) = plan(ports, 0);
    assert_eq!(ports.head(&key).await.unwrap(), None, "nothing is there at first");
    assert_eq!(read(ports, &key, None).await, None, "and nothing can be read");
    let first = ports.put(&key, b"first".to_vec()).await.unwrap();
    assert_eq!(ports.head(&key).await.unwrap(), Some(ObjectHead { version: first.clone(), size: 5 }), "what was stored is there");
    let second = ports.put(&key, b"the second".to_vec()).await.unwrap();
    assert_ne!(first.version, second.version, "each version has a name of its own");
    assert_ne!(first.etag, second.etag, "other bytes have another entity tag");
    assert!(first.etag.starts_with('"') && first.etag.ends_with('"'), "an entity tag comes with its quotes: {}", first.etag);
    assert_eq!(read(ports, &key, None).await.as_deref(), Some(b"the second".as_slice()), "the newest where none is named");
    assert_eq!(read(ports, &key, Some(&first.version)).await.as_deref(), Some(b"first".as_slice()), "a version never changes");
    assert_eq!(ports.head(&key).await.unwrap(), Some(ObjectHead { version: second, size: 10 }), "the head is the newest");
}

async fn listing<P: Objects + Clock + Entropy>(ports: &P) {
    let (order, plan) = plan(ports, 3);
    assert_eq!(ports.listed(order).await.unwrap(), [], "an order without objects");
    let sealed = StorageKey::Sealed(order, DocumentIndex(3), attempt(7));
    let (other, _) = self::plan(ports, 3);
    // Stores keep whole seconds.
    let before = ports.now() - SignedDuration::from_secs(2);
    for key in [&plan, &sealed, &StorageKey::Evidence(order, Sha256([1; 32])), &StorageKey::Evidence(other, Sha256([1; 32]))] {
        ports.put_new(key, b"object".to_vec()).await.unwrap();
    }
    ports.put(&plan, b"another version".to_vec()).await.unwrap();
    ports.retire(&sealed).await.unwrap();
    let mut listed = ports.listed(order).await.unwrap();
    listed.sort_by_key(|(key, _)| key.to_string());
    let names: Vec<_> = listed.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(names, [StorageKey::Evidence(order, Sha256([1; 32])), plan], "each once, its own only, and nothing that was retired");
    assert!(listed.iter().all(|(_, written)| (before..=ports.now() + SignedDuration::from_secs(2)).contains(written)), "{listed:?}");
}

async fn put_new<P: Objects + Clock + Entropy>(ports: &P) {
    let (order, _) = plan(ports, 0);
    let key = StorageKey::Sealed(order, DocumentIndex(0), attempt(1));
    let rivals = join_all((0..4_u8).map(|number| ports.put_new(&key, vec![number; 10]))).await;
    assert_eq!(rivals.iter().filter(|answer| answer.is_ok()).count(), 1, "of several who store anew one wins: {rivals:?}");
    let winner = rivals.iter().position(Result::is_ok).unwrap();
    for answer in &rivals {
        assert!(matches!(answer, Ok(_) | Err(PortError::Conflict)), "the others learn of a conflict: {answer:?}");
    }
    expect_conflict(ports.put_new(&key, b"later".to_vec()).await, "the name is taken");
    assert_eq!(read(ports, &key, None).await, Some(vec![winner as u8; 10]), "what is there is the winner's");
}

/// Pieces of which the last may be an error.
struct Cut<'a> {
    left: &'a [u8],
    piece: usize,
    breaks: bool,
}

impl Pieces for Cut<'_> {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        if self.left.is_empty() && self.breaks {
            return Err(std::io::ErrorKind::ConnectionReset.into());
        }
        let (piece, rest) = self.left.split_at(self.piece.min(self.left.len()));
        self.left = rest;
        Ok((!piece.is_empty()).then(|| piece.to_vec()))
    }
}

async fn put_pieces<P: Objects + Clock + Entropy>(ports: &P) {
    const MIB: usize = 1024 * 1024;
    for (size, piece) in [(0, 1), (10, 3), (8 * MIB - 1, MIB), (8 * MIB, MIB), (17 * MIB + 5, 3 * MIB), (17 * MIB + 5, 17 * MIB)] {
        let (order, key) = plan(ports, 0);
        ports.put(&key, b"before".to_vec()).await.unwrap();
        let bytes = pattern(size);
        let broken = ports.put_pieces(&key, &mut Cut { left: &bytes, piece, breaks: true }).await;
        assert!(matches!(broken, Err(PortError::Unavailable { .. })), "pieces that break off are told: {broken:?}");
        assert_eq!(read(ports, &key, None).await.as_deref(), Some(b"before".as_slice()), "and leave what was there");
        let made = ports.put_pieces(&key, &mut Cut { left: &bytes, piece, breaks: false }).await.expect("pieces can be stored");
        assert_eq!(ports.head(&key).await.unwrap(), Some(ObjectHead { version: made, size: size as u64 }), "as many bytes as came");
        assert!(read(ports, &key, None).await == Some(bytes), "{size} bytes in pieces of {piece} are the object");
        ports.purge(order).await.unwrap();
    }
}

async fn reading<P: Objects + Clock + Entropy>(ports: &P) {
    let (_, key) = plan(ports, 1);
    let bytes = pattern(300_000);
    let stored = ports.put(&key, bytes.clone()).await.unwrap();
    let newer = ports.put(&key, Vec::new()).await.unwrap();
    assert_eq!(read(ports, &key, None).await, Some(Vec::new()), "an object may be empty");
    let version = Some(stored.version.as_str());
    for (range, found) in
        [(0..10, 0..10), (299_990..300_000, 299_990..300_000), (299_999..400_000, 299_999..300_000), (300_000..300_001, 0..0), (7..7, 0..0)]
    {
        let read = ports.read_range(&key, &stored.version, range.clone()).await.unwrap();
        assert_eq!(read, bytes[found], "bytes {range:?}");
    }
    assert_eq!(ports.read_range(&key, &newer.version, 0..5).await.unwrap(), b"", "nothing of an object that is empty");
    expect_rejected(ports.read_range(&key, "no-such-version", 0..5).await, "a version that is not there");
    expect_rejected(ports.read(&key, version, 299_999).await, "one byte more than the limit");
    assert_eq!(ports.read(&key, version, 300_000).await.unwrap(), Some(bytes.clone()), "as many bytes as the limit");

    let mut seen = Vec::new();
    let collect = |piece: &[u8]| {
        seen.extend_from_slice(piece);
        Ok(())
    };
    ports.stream(&key, &stored.version, collect).await.unwrap();
    assert!(seen == bytes, "the pieces of a stream are the object");
    let mut calls = 0;
    let refuse = |_: &[u8]| {
        calls += 1;
        Err(std::io::Error::other("enough"))
    };
    let answer = ports.stream(&key, &stored.version, refuse).await;
    assert!(matches!(answer, Err(PortError::Unavailable { .. })), "a sink that fails is told: {answer:?}");
    assert_eq!(calls, 1, "and is left alone");
    let (_, nothing) = plan(ports, 2);
    expect_rejected(ports.stream(&nothing, &newer.version, |_| Ok(())).await, "a stream of what is not there");
}

async fn appending<P: Objects + Clock + Entropy>(ports: &P) {
    let suffix = b"\n% suffix".to_vec();
    const MIB: usize = 1024 * 1024;
    for (size, suffix) in [(10, &suffix), (5 * MIB - 1, &suffix), (5 * MIB, &suffix), (6 * MIB + 7, &suffix), (6 * MIB, &Vec::new())] {
        let (order, from) = plan(ports, 0);
        let to = StorageKey::Sealed(order, DocumentIndex(0), attempt(1));
        let bytes = pattern(size);
        let version = ports.put(&from, bytes.clone()).await.unwrap();
        ports.put(&from, b"newer".to_vec()).await.unwrap();
        let other = ObjectVersion { etag: format!("\"{}\"", "0".repeat(32)), ..version.clone() };
        expect_conflict(ports.append_to_copy(&from, &other, suffix.clone(), &to).await, "the version has another entity tag");
        assert_eq!(ports.head(&to).await.unwrap(), None, "a conflict leaves nothing");

        let made = ports.append_to_copy(&from, &version, suffix.clone(), &to).await.expect("a copy can be made");
        let expected = [bytes, suffix.clone()].concat();
        let found = read(ports, &to, Some(&made.version)).await.expect("the copy is there");
        assert_eq!(Sha256::of(&found), Sha256::of(&expected), "the copy of {size} bytes is the version named and the suffix");
        assert_eq!(ports.head(&to).await.unwrap(), Some(ObjectHead { version: made, size: expected.len() as u64 }), "{size}");
        expect_conflict(ports.append_to_copy(&from, &version, suffix.clone(), &to).await, "the name is taken");
        assert_eq!(read(ports, &to, None).await.map(|bytes| bytes.len()), Some(expected.len()), "what was there is there still");
        ports.purge(order).await.unwrap();
        let missing = ports.append_to_copy(&from, &version, suffix.clone(), &StorageKey::Sealed(order, DocumentIndex(0), attempt(2))).await;
        expect_rejected(missing, "the version is gone");
    }
}

async fn appending_to_itself<P: Objects + Clock + Entropy>(ports: &P) {
    for size in [10, 5 * 1024 * 1024 + 7] {
        let (order, key) = plan(ports, 0);
        let bytes = pattern(size);
        let version = ports.put(&key, bytes.clone()).await.unwrap();
        let made = ports.append_to_copy(&key, &version, b"more".to_vec(), &key).await.expect("what lies there is that version");
        let expected = [bytes.clone(), b"more".to_vec()].concat();
        assert_eq!(ports.head(&key).await.unwrap(), Some(ObjectHead { version: made, size: expected.len() as u64 }), "a new version");
        assert!(read(ports, &key, None).await == Some(expected.clone()), "of both");
        assert!(read(ports, &key, Some(&version.version)).await == Some(bytes), "the version before stays");
        expect_conflict(ports.append_to_copy(&key, &version, b"more".to_vec(), &key).await, "something else lies there now");
        assert_eq!(read(ports, &key, None).await.map(|bytes| bytes.len()), Some(expected.len()), "and is there still");
        ports.purge(order).await.unwrap();
    }
}

async fn announcing<P: Objects + Clock + Entropy>(ports: &P) {
    let (_, key) = plan(ports, 0);
    ports.announce_again(&key).await.expect("an object that is gone has nothing to tell");
    assert_eq!(ports.head(&key).await.unwrap(), None, "and does not come into being");
    let first = ports.put(&key, b"content".to_vec()).await.unwrap();
    ports.announce_again(&key).await.unwrap();
    let head = ports.head(&key).await.unwrap().expect("it is there still");
    assert_ne!(head.version.version, first.version, "to arrive again is to be a new version");
    assert_eq!(head.version.etag, first.etag, "of the same bytes");
    assert_eq!(read(ports, &key, None).await.as_deref(), Some(b"content".as_slice()), "of the same bytes");
    assert_eq!(read(ports, &key, Some(&first.version)).await.as_deref(), Some(b"content".as_slice()), "the version before stays");
}

async fn removing<P: Objects + Clock + Entropy>(ports: &P) {
    let (order, _) = plan(ports, 0);
    let (_, foreign) = plan(ports, 0);
    let [one, ten] = [1, 10].map(|document| StorageKey::Plan(order, DocumentIndex(document), Sha256::of(b"document")));
    let sealed = StorageKey::Sealed(order, DocumentIndex(1), attempt(1));
    let original = StorageKey::Original(order, DocumentIndex(0));
    let mut versions = Vec::new();
    for key in [&one, &ten, &sealed, &original, &one, &foreign] {
        versions.push((key.clone(), ports.put(key, key.to_string().into_bytes()).await.unwrap()));
    }
    ports.remove(&one).await.unwrap();
    ports.remove(&one).await.expect("removing what is gone is no error");
    for (key, version) in &versions {
        let there = read(ports, key, Some(&version.version)).await.is_some();
        assert_eq!(there, *key != one, "all versions of one object go, and no others: {key}");
    }
    assert_eq!(ports.head(&one).await.unwrap(), None, "nothing is left");
    ports.put_new(&one, b"anew".to_vec()).await.expect("the name is free again");
    let copies =
        [StorageKey::Evidence(order, Sha256::of(b"head")), StorageKey::PageImage(order, DocumentIndex(0), Sha256::of(b"document"), 0)];
    let foreign_copy = StorageKey::Evidence(plan(ports, 0).0, Sha256::of(b"head"));
    for key in copies.iter().chain([&foreign_copy]) {
        ports.put(key, b"copy".to_vec()).await.unwrap();
    }
    ports.purge_evidence(order).await.unwrap();
    for (key, there) in [(&copies[0], false), (&copies[1], true), (&foreign_copy, true)] {
        assert_eq!(ports.head(key).await.unwrap().is_some(), there, "evidence of the order goes, and nothing else: {key}");
    }
    ports.put(&copies[0], b"copy".to_vec()).await.unwrap();
    for _ in 0..2 {
        ports.purge_copies(order).await.expect("purging copies that are gone is no error");
    }
    for (key, there) in [(&copies[0], false), (&copies[1], false), (&foreign_copy, true), (&sealed, true), (&original, true)] {
        assert_eq!(ports.head(key).await.unwrap().is_some(), there, "copies of the order go, and nothing else: {key}");
    }
    ports.remove(&foreign_copy).await.unwrap();
    ports.purge(order).await.unwrap();
    ports.purge(order).await.expect("purging what is gone is no error");
    for (key, version) in &versions {
        let there = read(ports, key, Some(&version.version)).await.is_some();
        assert_eq!(there, *key == foreign, "all versions of all objects of the order go, and no others: {key}");
    }
    ports.remove(&foreign).await.unwrap();
}

async fn retiring<P: Objects + Clock + Entropy>(ports: &P) {
    let (order, key) = plan(ports, 0);
    let version = ports.put(&key, b"content".to_vec()).await.unwrap().version;
    ports.retire(&key).await.unwrap();
    ports.retire(&key).await.expect("retiring what is retired is no error");
    assert_eq!(ports.head(&key).await.unwrap(), None, "who does not name the version does not find it");
    assert_eq!(read(ports, &key, Some(&version)).await.as_deref(), Some(b"content".as_slice()), "who does has it still");
    ports.purge(order).await.unwrap();
    assert_eq!(read(ports, &key, Some(&version)).await, None, "until the order is removed");
}

/// What the holder of an address can do.
pub async fn addresses<P: Objects + Clock + Entropy, H: Http>(ports: &P, http: &H) {
    let (order, key) = plan(ports, 0);
    let minute = SignedDuration::from_mins(1);
    let upload = ports.upload_url(&key, minute).await.unwrap();
    assert_eq!(http.upload(&upload, b"by the holder".to_vec()).await, 200, "the holder may store");
    let first = ports.head(&key).await.unwrap().expect("what the holder stored is there").version;
    assert_eq!(read(ports, &key, None).await.as_deref(), Some(b"by the holder".as_slice()), "as the holder sent it");
    ports.put(&key, b"newer".to_vec()).await.unwrap();
    let download = ports.download_url(&key, &first.version, "Købs \"aftale\".pdf", minute).await.unwrap();
    assert_eq!(http.download(&download).await, (200, b"by the holder".to_vec()), "the holder may read this version");
    ports.purge(order).await.unwrap();
    assert_eq!(http.download(&download).await.0, 404, "until it is gone");
}
