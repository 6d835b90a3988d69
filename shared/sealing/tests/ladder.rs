//! Seals and extends at every level, with authorities of another maker; judged by pyHanko, poppler, qpdf, openssl and `verify`.

mod support;

use std::process::Command;

use jiff::Timestamp;
use segl_sealing::*;
use support::authorities::Authorities;
use support::judges::{assert_clean, assert_pyhanko_long_term, pdfsig, pyhanko_on_all, run, save, scratch};
use support::{documents, pki, request};

const LEVELS: [Level; 4] = [Level::BB, Level::BT, Level::BLT, Level::BLTA];
/// More than any session needs.
const MOST_STEPS: usize = 200;

fn day(date: &str) -> Timestamp {
    format!("{date}T12:00:00Z").parse().expect("a time")
}

fn authority(name: &str) -> TimeStampAuthority {
    TimeStampAuthority { url: format!("http://pki.example.org/golden/tsa/{name}"), policy: None, anchors: Vec::new() }
}

fn goal(level: Level, authorities: &[&str], root: &Certificate) -> Goal {
    let authorities = authorities.iter().map(|name| TimeStampAuthority { anchors: vec![root.clone()], ..authority(name) }).collect();
    Goal { level, authorities, entropy: [7; 32], issuers: vec![root.clone()] }
}

fn plan(document: &[u8]) -> Plan {
    inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("can be sealed").plan
}

/// Runs a session to its end. `answer` gives what is fetched.
fn drive(
    mut session: Session,
    identity: &pki::Identity,
    at: Timestamp,
    mut answer: impl FnMut(&Fetch) -> Result<Vec<u8>, FetchFailure>,
) -> (Outcome, usize) {
    let mut signatures = 0;
    for _ in 0..MOST_STEPS {
        match session.step() {
            Step::Sign(to_be_signed) => {
                signatures += 1;
                session.signed(&identity.key().sign(&to_be_signed).expect("signs")).expect("takes the signature");
            }
            Step::Fetch(fetch) => session.fetched(answer(&fetch), at).expect("takes any answer"),
            Step::Done(outcome) => return (*outcome, signatures),
        }
    }
    panic!("the session does not end");
}

fn sealed(document: &[u8], algorithm: SignatureAlgorithm, goal: Goal, authorities: &Authorities, at: Timestamp) -> (Vec<u8>, Outcome) {
    let request = SealRequest { time: at, ..request(&authorities.identity, algorithm) };
    let session = Session::seal(plan(document), request, goal).expect("begins");
    let (outcome, _) = drive(session, &authorities.identity, at, |fetch| Ok(authorities.answer(fetch, at)));
    (joined(document, &outcome), outcome)
}

fn extended(file: &[u8], from: Outcome, goal: Goal, authorities: &Authorities, at: Timestamp) -> (Vec<u8>, Outcome) {
    let stored = serde_json::to_string(&from.plan).expect("serializes");
    let session = Session::extend(serde_json::from_str(&stored).expect("deserializes"), goal).expect("begins");
    let (outcome, signatures) = drive(session, &authorities.identity, at, |fetch| Ok(authorities.answer(fetch, at)));
    assert_eq!(signatures, 0, "the seal's key is not needed again");
    (joined(file, &outcome), outcome)
}

fn joined(document: &[u8], outcome: &Outcome) -> Vec<u8> {
    let file = [document, &outcome.increment].concat();
    assert_eq!(outcome.total_len, file.len() as u64);
    assert_eq!(outcome.sha256, PrefixDigest::of(&file).sha256);
    file
}

/// Judges a file at a day by all that we have.
#[track_caller]
fn assert_good(file: &[u8], name: &str, level: Level, root: &Certificate, root_path: &std::path::Path, date: &str) {
    let path = save(name, file);
    assert_clean(&path);
    let report = verify(&file, &Policy::new(day(date), std::slice::from_ref(root))).expect("can be read");
    assert!(report.is_good(), "{name} at {date}: {report:#?}");
    assert_eq!(report.signatures[0].level, Some(level), "{name} at {date}: {report:#?}");
    // Poppler judges seals, not document time-stamps. It sees that the last signature covers all, which at B-LT none does.
    let said = pdfsig(&path);
    assert_eq!(said.matches("Signature is Valid").count(), 1, "{said}");
    assert_eq!(said.matches("not yet been verified").count(), report.signatures.len() - 1, "{said}");
    assert_eq!(said.contains("Total document signed"), level != Level::BLT, "{said}");
    let moment = day(date).to_string().replace('Z', "+00:00");
    // Once the seal's certificate has lapsed, pyHanko finds no proof of existence, in files of its own making (tests/golden/levels)
    // as in ours; what is judged in those years is for `verify`. The same holds for its long-term profile at B-LT.
    if date.starts_with("2026") {
        let said = pyhanko_on_all(std::slice::from_ref(&path), root_path, &moment);
        assert_eq!(said, [format!("good {}", report.signatures.len())], "{name}");
        // It wants a signature time-stamp in any case, where EN 319 142-1 leaves the choice.
        if level == Level::BLTA && !report.signatures[0].time_stamps.is_empty() {
            assert_pyhanko_long_term(&path, root_path, &moment);
        }
    }
}

#[test]
fn every_level_with_every_kind_of_key() {
    for kind in [KeyKind::Rsa, KeyKind::P256, KeyKind::P384] {
        let authorities = Authorities::start(&format!("levels-{kind:?}"), kind);
        for algorithm in SignatureAlgorithm::ALL.into_iter().filter(|algorithm| algorithm.key_kind() == kind) {
            for level in LEVELS {
                let document = documents::all().remove(0).1;
                let goal = goal(level, &["tsa-2026"], &authorities.root);
                let (file, outcome) = sealed(&document, algorithm, goal.clone(), &authorities, day("2026-06-01"));
                assert_eq!((outcome.level, outcome.shortfall.as_ref()), (level, None), "{algorithm:?}");
                assert!(file.starts_with(&document));
                let name = format!("{algorithm:?}-{}", level.name());
                assert_good(&file, &name, level, &authorities.root, &authorities.root_path(), "2026-06-02");
            }
        }
    }
}

#[test]
fn every_kind_of_document() {
    let authorities = Authorities::start("documents", KeyKind::Rsa);
    for (name, document) in documents::all() {
        let goal = goal(Level::BLTA, &["tsa-2026"], &authorities.root);
        let (file, outcome) = sealed(&document, SignatureAlgorithm::RsaPkcs1Sha256, goal, &authorities, day("2026-06-01"));
        assert_eq!((outcome.level, outcome.shortfall), (Level::BLTA, None), "{name}");
        assert_good(&file, name, Level::BLTA, &authorities.root, &authorities.root_path(), "2026-06-02");
    }
}

#[test]
fn a_session_is_deterministic() {
    let authorities = Authorities::start("deterministic", KeyKind::Rsa);
    let (document, at) = (documents::all().remove(0).1, day("2026-06-01"));
    let mut answers: Vec<(Fetch, Vec<u8>)> = Vec::new();
    let mut once = || {
        let request = SealRequest { time: at, ..request(&authorities.identity, SignatureAlgorithm::RsaPkcs1Sha256) };
        let session = Session::seal(plan(&document), request, goal(Level::BLTA, &["tsa-2026"], &authorities.root)).expect("begins");
        let (outcome, _) = drive(session, &authorities.identity, at, |fetch| {
            if let Some((_, known)) = answers.iter().find(|(asked, _)| asked == fetch) {
                return Ok(known.clone());
            }
            answers.push((fetch.clone(), authorities.answer(fetch, at)));
            Ok(answers[answers.len() - 1].1.clone())
        });
        outcome.increment
    };
    assert_eq!(once(), once());
}

#[test]
fn a_file_is_extended_and_renewed_for_decades() {
    let authorities = Authorities::start("decades", KeyKind::P256);
    let (root, path) = (authorities.root.clone(), authorities.root_path());
    let document = documents::all().remove(0).1;
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let (mut file, mut last) = sealed(&document, algorithm, goal(Level::BB, &[], &root), &authorities, day("2026-06-01"));
    for (level, name, date) in [
        (Level::BT, "tsa-2026", "2026-06-02"),
        (Level::BLT, "tsa-2026", "2026-06-03"),
        (Level::BLTA, "tsa-2026", "2026-06-04"),
        (Level::BLTA, "tsa-2029", "2029-06-01"),
        (Level::BLTA, "tsa-2029", "2032-06-01"),
        (Level::BLTA, "tsa-2039", "2039-06-01"),
    ] {
        let before = file.clone();
        (file, last) = extended(&before, last, goal(level, &[name], &root), &authorities, day(date));
        assert_eq!((last.level, last.shortfall.as_ref()), (level, None), "{date}");
        assert!(file.starts_with(&before) && file.len() > before.len());
        assert_good(&file, &format!("extended-{date}"), level, &root, &path, date);
    }
    assert_good(&file, "extended-judged", Level::BLTA, &root, &path, "2045-06-01");
    assert_eq!(last.lapses, Some("2050-01-01T00:00:00Z".parse().expect("a time")));
    // In one go.
    for from in [Level::BB, Level::BT, Level::BLT] {
        let (file, first) = sealed(&document, algorithm, goal(from, &["tsa-2026"], &root), &authorities, day("2026-06-01"));
        let (file, outcome) = extended(&file, first, goal(Level::BLTA, &["tsa-2026"], &root), &authorities, day("2026-06-02"));
        assert_eq!((outcome.level, outcome.shortfall), (Level::BLTA, None), "{from:?}");
        assert_good(&file, &format!("from-{}", from.name()), Level::BLTA, &root, &path, "2026-06-03");
    }
}

#[test]
fn openssl_takes_the_token_in_a_seal() {
    let authorities = Authorities::start("openssl", KeyKind::Rsa);
    let goal = goal(Level::BT, &["tsa-2026"], &authorities.root);
    let at = day("2026-06-01");
    let document = documents::all().remove(0).1;
    let mut asked = Vec::new();
    let request = SealRequest { time: at, ..request(&authorities.identity, SignatureAlgorithm::RsaPkcs1Sha256) };
    let session = Session::seal(plan(&document), request, goal).expect("begins");
    let (outcome, _) = drive(session, &authorities.identity, at, |fetch| {
        let answer = authorities.answer(fetch, at);
        asked.push((fetch.body.clone().expect("a question"), answer.clone()));
        Ok(answer)
    });
    let [(question, answer)] = asked.as_slice() else { panic!("one question") };
    let (query, reply) = (scratch().join("query.tsq"), scratch().join("reply.tsr"));
    std::fs::write(&query, question).expect("writes");
    std::fs::write(&reply, answer).expect("writes");
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-attime", &at.as_second().to_string(), "-queryfile"]).arg(&query).arg("-in").arg(&reply);
    command.arg("-CAfile").arg(authorities.root_path()).arg("-untrusted").arg(authorities.folder.join("seal.pem"));
    assert!(run(command, "apt-get install openssl").contains("Verification: OK"));
    assert_eq!(outcome.level, Level::BT);
}

#[test]
fn a_token_that_is_too_large_for_the_gap_is_signed_for_again() {
    let authorities = Authorities::start("large", KeyKind::Rsa);
    let (document, at) = (documents::all().remove(0).1, day("2026-06-01"));
    let request = SealRequest { time: at, ..request(&authorities.identity, SignatureAlgorithm::RsaPssSha256) };
    let session = Session::seal(plan(&document), request, goal(Level::BLTA, &["large"], &authorities.root)).expect("begins");
    let (outcome, signatures) = drive(session, &authorities.identity, at, |fetch| Ok(authorities.answer(fetch, at)));
    assert_eq!((outcome.level, outcome.shortfall.as_ref(), signatures), (Level::BLTA, None, 2));
    let file = joined(&document, &outcome);
    assert_good(&file, "large-token", Level::BLTA, &authorities.root, &authorities.root_path(), "2026-06-02");
}

/// How an answer is spoilt.
type Fault = fn(&Authorities, &Fetch, Timestamp) -> Result<Vec<u8>, FetchFailure>;

const FAULTS: [(&str, Fault); 7] = [
    ("down", |_, _, _| Err(FetchFailure::NoAnswer)),
    ("error", |_, _, _| Err(FetchFailure::Status(503))),
    ("empty", |_, _, _| Ok(Vec::new())),
    ("garbage", |_, _, _| Ok(b"<html>not found</html>".to_vec())),
    ("cut short", |authorities, fetch, at| {
        let mut answer = authorities.answer(fetch, at);
        answer.truncate(answer.len() / 2);
        Ok(answer)
    }),
    ("a byte changed", |authorities, fetch, at| {
        let mut answer = authorities.answer(fetch, at);
        let last = answer.len() - 3;
        answer[last] ^= 1;
        Ok(answer)
    }),
    ("of another time", |authorities, fetch, _| Ok(authorities.answer(fetch, day("2026-02-01")))),
];

#[test]
fn whatever_fails_the_level_reached_is_told() {
    let authorities = Authorities::start("faults", KeyKind::P256);
    let (document, at) = (documents::all().remove(0).1, day("2026-06-01"));
    let run = |failing: Option<usize>, fault: Fault| {
        let request = SealRequest { time: at, ..request(&authorities.identity, SignatureAlgorithm::EcdsaP256Sha256) };
        let session = Session::seal(plan(&document), request, goal(Level::BLTA, &["tsa-2026"], &authorities.root)).expect("begins");
        let mut purposes = Vec::new();
        let (outcome, _) = drive(session, &authorities.identity, at, |fetch| {
            purposes.push(fetch.purpose);
            if failing == Some(purposes.len() - 1) { fault(&authorities, fetch, at) } else { Ok(authorities.answer(fetch, at)) }
        });
        (outcome, purposes)
    };
    let (_, purposes) = run(None, FAULTS[0].1);
    assert_eq!(purposes.first(), Some(&Purpose::TimeStamp));
    for (index, purpose) in purposes.iter().enumerate() {
        for (name, fault) in FAULTS {
            let (outcome, _) = run(Some(index), fault);
            // A responder that fails is made up for by a list.
            let expected = match purpose {
                Purpose::TimeStamp if index == 0 => Level::BB,
                Purpose::TimeStamp => Level::BLT,
                Purpose::Ocsp => Level::BLTA,
                Purpose::Crl | Purpose::IssuerCertificate => Level::BT,
            };
            assert_eq!(outcome.level, expected, "{index} {purpose:?} {name}: {:?}", outcome.shortfall);
            assert_eq!(outcome.shortfall.is_none(), expected == Level::BLTA, "{index} {purpose:?} {name}");
            let file = joined(&document, &outcome);
            let report = verify(&file, &Policy::new(day("2026-06-02"), std::slice::from_ref(&authorities.root))).expect("can be read");
            assert!(report.is_good(), "{index} {purpose:?} {name}: {report:#?}");
            assert_eq!(report.signatures[0].level, Some(expected), "{index} {purpose:?} {name}");
        }
    }
}

#[test]
fn authorities_are_tried_in_order_and_named_when_they_fail() {
    let authorities = Authorities::start("several", KeyKind::P256);
    let (document, at) = (documents::all().remove(0).1, day("2026-06-01"));
    let mut wanted = goal(Level::BT, &["down", "tsa-2029", "replay", "tsa-2026"], &authorities.root);
    let policy = TimeStampAuthority { policy: Some("1.2.3.4".parse().expect("an identifier")), ..wanted.authorities[3].clone() };
    wanted.authorities.insert(3, policy);
    let other_root = pki::pki().root.clone();
    wanted.authorities.insert(4, TimeStampAuthority { anchors: vec![other_root], ..wanted.authorities[4].clone() });
    let answered = |goal: Goal| {
        let request = SealRequest { time: at, ..request(&authorities.identity, SignatureAlgorithm::EcdsaP256Sha256) };
        let session = Session::seal(plan(&document), request, goal).expect("begins");
        let mut first: Option<Vec<u8>> = None;
        drive(session, &authorities.identity, at, |fetch| match fetch.url.rsplit('/').next() {
            Some("down") => {
                first = Some(authorities.answer(&Fetch { url: authority("tsa-2026").url, ..fetch.clone() }, at));
                Err(FetchFailure::NoAnswer)
            }
            // An honest answer to an earlier question: its nonce gives it away.
            Some("replay") => Ok(first.clone().expect("was asked before")),
            _ => Ok(authorities.answer(fetch, at)),
        })
        .0
    };
    let outcome = answered(wanted.clone());
    assert_eq!((outcome.level, outcome.shortfall), (Level::BT, None));
    wanted.authorities.pop();
    let outcome = answered(wanted);
    let shortfall = outcome.shortfall.expect("nobody is left");
    assert_eq!((outcome.level, shortfall.code()), (Level::BB, "time-stamp-unavailable"));
    let causes: Vec<_> = shortfall.failures.iter().map(|failure| failure.cause).collect();
    // The second authority's certificate is not valid yet.
    let no_answer = Cause::Fetch(FetchFailure::NoAnswer);
    assert_eq!(causes, [no_answer, Cause::NotGenuine, Cause::Nonce, Cause::Policy, Cause::Untrusted]);
}

#[test]
fn a_failed_extension_changes_nothing() {
    let authorities = Authorities::start("unchanged", KeyKind::P256);
    let (document, at, root) = (documents::all().remove(0).1, day("2026-06-01"), authorities.root.clone());
    let (file, outcome) = sealed(&document, SignatureAlgorithm::EcdsaP256Sha256, goal(Level::BLTA, &["tsa-2026"], &root), &authorities, at);
    let session = Session::extend(outcome.plan, goal(Level::BLTA, &["tsa-2026"], &root)).expect("begins");
    let at = day("2026-07-01");
    let (again, _) = drive(session, &authorities.identity, at, |fetch| match fetch.purpose {
        Purpose::TimeStamp => Err(FetchFailure::NoAnswer),
        _ => Ok(authorities.answer(fetch, at)),
    });
    assert!(again.increment.is_empty() && again.shortfall.is_some());
    assert_eq!((again.level, again.sha256), (Level::BLTA, PrefixDigest::of(&file).sha256));
}
