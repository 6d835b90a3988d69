//! OCSP responses and revocation lists of another maker, whole and broken.

mod support;

use std::process::Command;

use proptest::prelude::*;
use segl_sealing::*;
use support::golden::{bytes, certificate, day};
use support::judges::{run, scratch};

fn revoked_since() -> Status {
    Status::Revoked { at: "2026-07-01T00:00:00Z".parse().expect("a time"), reason: Some(Reason::KeyCompromise) }
}

#[test]
fn a_list_tells_of_each_certificate_of_its_issuer() {
    let list = RevocationList::read(&bytes("issuing.crl")).expect("reads");
    let issuer = certificate("issuing");
    let answer = list.judge(&certificate("seal"), &issuer).expect("says something");
    assert_eq!(answer.status, Status::Good);
    assert!(answer.is_fresh_at(day("2026-08-02")) && !answer.is_fresh_at(day("2026-12-01")) && answer.delegate.is_none());
    assert_eq!(list.until(), answer.until);
    assert_eq!(list.judge(&certificate("revoked"), &issuer).expect("says something").status, revoked_since());
    // Nothing is said about others, nor by others.
    let (root, seal) = (certificate("root"), certificate("seal"));
    assert!(matches!(list.judge(&issuer, &root), Err(RevocationError::OtherCertificate)));
    assert!(matches!(list.judge(&seal, &root), Err(RevocationError::OtherCertificate)));
}

#[test]
fn a_response_tells_of_one_certificate() {
    let issuer = certificate("issuing");
    for (name, other, expected) in [("seal", "revoked", Status::Good), ("revoked", "seal", revoked_since())] {
        let response = OcspResponse::read(&bytes(&format!("{name}.ocsp"))).expect("reads");
        let answer = response.judge(&certificate(name), &issuer).expect("says something");
        assert_eq!(answer.status, expected, "{name}");
        assert!(answer.delegate.expect("a delegate signed").needs_no_revocation_check());
        assert!(matches!(response.judge(&certificate(other), &issuer), Err(RevocationError::OtherCertificate)), "{name}");
        assert!(matches!(response.judge(&certificate(name), &certificate("root")), Err(RevocationError::OtherCertificate)), "{name}");
    }
}

#[test]
fn a_responder_without_an_answer_is_told_from_garbage() {
    assert!(matches!(OcspResponse::read(&[0x30, 3, 0x0a, 1, 3]), Err(RevocationError::NoAnswer("try later"))));
    assert!(matches!(OcspResponse::read(&[0x30, 3, 0x0a, 1, 4]), Err(RevocationError::Encoding(_))));
    assert!(matches!(OcspResponse::read(b"<html>"), Err(RevocationError::Encoding(_))));
}

#[test]
fn certificates_tell_where_to_ask() {
    let sources = certificate("seal").sources();
    assert_eq!((sources.ocsp.len(), sources.crls.len(), sources.issuers.len()), (1, 1, 0), "{sources:?}");
    assert!(sources.ocsp[0].starts_with("http://pki.example.org/"), "{sources:?}");
    assert_eq!(certificate("root").sources(), Sources::default());
    assert!(!certificate("seal").needs_no_revocation_check());
}

/// Whatever is changed in them, they say what they said before or nothing at all.
#[test]
fn no_byte_can_be_changed() {
    let (seal, revoked, issuer) = (certificate("seal"), certificate("revoked"), certificate("issuing"));
    type Judge<'a> = Box<dyn Fn(&[u8]) -> Option<[Option<Status>; 2]> + 'a>;
    let statuses = |judge: &dyn Fn(&Certificate) -> Result<Answer, RevocationError>| {
        [&seal, &revoked].map(|certificate| judge(certificate).ok().map(|answer| answer.status))
    };
    let response: Judge<'_> = Box::new(|der| OcspResponse::read(der).ok().map(|read| statuses(&|one| read.judge(one, &issuer))));
    let list: Judge<'_> = Box::new(|der| RevocationList::read(der).ok().map(|read| statuses(&|one| read.judge(one, &issuer))));
    for (name, judge) in [("revoked.ocsp", response), ("issuing.crl", list)] {
        let original = bytes(name);
        let said = judge(&original).expect("reads");
        for at in 0..original.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut changed = original.clone();
                changed[at] ^= mask;
                let says = judge(&changed).unwrap_or_default();
                assert!(says.iter().zip(&said).all(|(now, before)| now.is_none() || now == before), "{name} at {at}: {says:?}");
            }
            assert_eq!(judge(&original[..at]), None, "{name} cut at {at}");
        }
    }
}

#[test]
fn partial_lists_are_refused() {
    // openssl makes lists with an issuing distribution point of every kind.
    let dir = scratch();
    let points = [
        ("indirect", "critical,@idp\n[idp]\nindirectCRL=TRUE", Some("indirect")),
        ("some reasons", "critical,@idp\n[idp]\nonlysomereasons=keyCompromise", Some("for some reasons only")),
        ("for users", "critical,@idp\n[idp]\nonlyuser=TRUE", None),
        ("for authorities", "critical,@idp\n[idp]\nonlyCA=TRUE", Some("")),
        ("of a place", "critical,@idp\n[idp]\nfullname=URI:http://pki.example.org/one.crl", None),
        ("of another place", "critical,@idp\n[idp]\nfullname=URI:http://pki.example.org/two.crl", Some("")),
    ];
    for (name, point, refusal) in points {
        let list = openssl_list(&dir, point);
        let answer = list.judge(&leaf_of(&dir), &issuer_of(&dir));
        match refusal {
            None => assert_eq!(answer.expect(name).status, Status::Good, "{name}"),
            Some("") => assert!(matches!(answer, Err(RevocationError::OtherCertificate)), "{name}: {answer:?}"),
            Some(kind) => assert!(matches!(answer, Err(RevocationError::Partial(found)) if found == kind), "{name}: {answer:?}"),
        }
    }
}

fn leaf_of(dir: &std::path::Path) -> Certificate {
    Certificate::from_pem(&std::fs::read_to_string(dir.join("leaf.crt")).expect("reads")).expect("parses")
}

fn issuer_of(dir: &std::path::Path) -> Certificate {
    Certificate::from_pem(&std::fs::read_to_string(dir.join("issuer.crt")).expect("reads")).expect("parses")
}

/// A list by an issuer that is made with the first.
fn openssl_list(dir: &std::path::Path, point: &str) -> RevocationList {
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(dir);
        run(command, "apt-get install openssl")
    };
    if !dir.join("leaf.crt").exists() {
        let extensions = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
             [leaf]\nbasicConstraints=CA:FALSE\ncrlDistributionPoints=URI:http://pki.example.org/one.crl\n";
        std::fs::write(dir.join("ext.cnf"), extensions).expect("writes");
        for name in ["issuer", "leaf"] {
            openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &format!("{name}.key")]);
            openssl(&["req", "-new", "-key", &format!("{name}.key"), "-subj", &format!("/CN={name}"), "-out", &format!("{name}.csr")]);
        }
        let sign = ["x509", "-req", "-extfile", "ext.cnf", "-days", "100"];
        openssl(&[&sign[..], &["-in", "issuer.csr", "-extensions", "ca", "-signkey", "issuer.key", "-out", "issuer.crt"]].concat());
        let by = ["-extensions", "leaf", "-CA", "issuer.crt", "-CAkey", "issuer.key", "-CAcreateserial", "-out", "leaf.crt"];
        openssl(&[&sign[..], &["-in", "leaf.csr"], &by[..]].concat());
    }
    std::fs::write(dir.join("index.txt"), "").expect("writes");
    let config = format!(
        "[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\ndefault_md=sha256\ncrl_extensions=ext\n[ext]\nissuingDistributionPoint={point}\n"
    );
    std::fs::write(dir.join("ca.cnf"), config).expect("writes");
    let by = ["-keyfile", "issuer.key", "-cert", "issuer.crt", "-crldays", "30", "-out", "list.pem"];
    openssl(&[&["ca", "-config", "ca.cnf", "-gencrl"], &by[..]].concat());
    openssl(&["crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der"]);
    RevocationList::read(&std::fs::read(dir.join("list.der")).expect("reads")).expect("parses")
}

fn survives(der: &[u8]) {
    let (seal, issuer) = (certificate("seal"), certificate("issuing"));
    let _ = OcspResponse::read(der).map(|response| response.judge(&seal, &issuer).map(|_| ()));
    let _ = RevocationList::read(der).map(|list| list.judge(&seal, &issuer).map(|_| ()));
    let _ = TimeStampToken::read(der).map(|token| token.is_genuine().map(|_| ()));
    let _ = Certificate::from_der(der).map(|certificate| certificate.sources());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes(der in proptest::collection::vec(any::<u8>(), 0..600)) {
        survives(&der);
    }

    #[test]
    fn changed_bytes(which in 0usize..3, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut der = bytes(["seal.ocsp", "revoked.ocsp", "issuing.crl"][which]);
        for (index, value) in changes {
            let at = index.index(der.len());
            der[at] = value;
        }
        survives(&der);
    }

    #[test]
    fn nested_without_end(depth in 1usize..5000, tag in prop_oneof![Just(0x30u8), Just(0xa0), Just(0x31)]) {
        let der: Vec<u8> = std::iter::repeat_n([tag, 0x80], depth).flatten().collect();
        survives(&der);
        let mut nested = vec![0x05, 0x00];
        for _ in 0..depth.min(400) {
            let len = u16::try_from(nested.len()).expect("is small");
            nested = [[tag, 0x82].as_slice(), &len.to_be_bytes(), &nested].concat();
        }
        survives(&nested);
    }
}
