//! The levels of PAdES over the years, in files that another maker's program has sealed.

mod support;

use segl_sealing::*;
use support::documents;
use support::golden::{LEVELS, bytes, certificate, day};
use support::judges::{pdfsig, save};

fn judged(name: &str, date: &str) -> Report {
    let anchors = [certificate("root")];
    verify(&bytes(&format!("{name}.pdf")), &Policy::new(day(date), &anchors)).expect("can be read")
}

#[test]
fn each_level_is_good_for_its_time() {
    for (name, from, until, level) in LEVELS {
        for date in [from, until] {
            let report = judged(name, date);
            assert!(report.is_good(), "{name} at {date}: {report:#?}");
            assert_eq!(report.signatures[0].level.map(Level::name), Some(level), "{name} at {date}");
            assert_eq!(report.unusable_data, 0, "{name}");
        }
        let later = judged(name, &format!("{}{}", until[..4].parse::<u32>().expect("a year") + 1, &until[4..]));
        assert!(!later.is_good(), "{name} after {until}");
        let signature = &later.signatures[0];
        assert!(signature.intact && signature.valid, "{name}: what was signed does not change");
        assert_eq!(signature.trusted, Trust::Untrusted(Distrust::NotValidThen), "{name}");
    }
}

#[test]
fn one_file_in_2027_2032_and_2045() {
    let good = |name: &str| ["2027-06-01", "2032-06-01", "2045-06-01"].map(|date| judged(name, date).is_good());
    assert_eq!(good("b-b"), [true, false, false]);
    assert_eq!(good("b-t"), [true, false, false]);
    assert_eq!(good("b-lt"), [true, false, false]);
    assert_eq!(good("b-lta"), [true, false, false]);
    // Before its newest time-stamp was made, a file is of the future.
    assert_eq!(good("b-lta-2029"), [false, true, false]);
    assert_eq!(good("b-lta-2039"), [false, false, true]);
}

#[test]
fn time_stamps_carry_the_judgement_back() {
    let report = judged("b-lta-2039", "2045-06-01");
    let [seal, first, second, third] = report.signatures.as_slice() else {
        panic!("{report:#?}");
    };
    let proven = seal.proven_time.as_ref().expect("a proof");
    assert_eq!(proven.authority, "Segl golden authority 2026");
    // The authorities answered in the minute after noon.
    let is_noon = |time: jiff::Timestamp, date: &str| (day(date)..day(date) + jiff::SignedDuration::from_mins(1)).contains(&time);
    assert!(is_noon(proven.time, "2026-06-01") && seal.judged_at == proven.time, "{report:#?}");
    let moments = [(first, "2029-06-01"), (second, "2039-06-01"), (third, "2045-06-01")];
    assert!(moments.iter().all(|(stamp, date)| is_noon(stamp.judged_at, date)), "{report:#?}");
    assert_eq!([first, second, third].map(|stamp| stamp.revocation), [Revocation::Good; 3]);
    assert_eq!(seal.revocation, Revocation::Good);
    assert_eq!(seal.changes, [Change::TimeStampAdded, Change::ValidationData]);
    assert_eq!(report.judgeable_until, Some("2050-01-01T00:00:00Z".parse().expect("a time")));
}

#[test]
fn time_stamp_authorities_can_have_anchors_of_their_own() {
    let (anchors, others) = ([certificate("root")], [certificate("seal")]);
    let policy = Policy { authorities: Some(&others), ..Policy::new(day("2027-06-01"), &anchors) };
    let report = verify(&bytes("b-t.pdf"), &policy).expect("can be read");
    let signature = &report.signatures[0];
    // An untrusted time-stamp proves nothing, and does no harm to what needs no proof.
    assert_eq!(signature.time_stamps[0].trusted, Trust::Untrusted(Distrust::NoPath));
    assert!(signature.time_stamps[0].intact && signature.time_stamps[0].valid);
    assert_eq!((signature.level, &signature.proven_time), (Some(Level::BB), &None));
    assert!(report.is_good());
    let policy = Policy { at: day("2029-06-01"), ..policy };
    assert!(!verify(&bytes("b-t.pdf"), &policy).expect("can be read").is_good());
}

#[test]
fn a_revocation_counts_from_its_time_on() {
    let since = day("2026-07-01") - jiff::SignedDuration::from_hours(12);
    let later = judged("revoked-later", "2027-06-01");
    assert_eq!(later.signatures[0].revocation, Revocation::RevokedLater { at: since, reason: Some(Reason::KeyCompromise) });
    assert!(later.is_good(), "{later:#?}");
    let revoked = judged("revoked", "2027-06-01");
    assert_eq!(revoked.signatures[0].revocation, Revocation::Revoked { at: since, reason: Some(Reason::KeyCompromise) });
    assert_eq!(revoked.signatures[0].trusted, Trust::Untrusted(Distrust::Revoked { at: since }));
    assert!(!revoked.is_good());
}

#[test]
fn poppler_agrees_on_the_signatures() {
    for (name, ..) in LEVELS {
        let said = pdfsig(&save(name, &bytes(&format!("{name}.pdf"))));
        assert!(said.contains("Signature is Valid"), "{name}: {said}");
    }
}

#[test]
fn nothing_hides_in_the_guise_of_validation_data() {
    let root = [certificate("root")];
    let at = Policy::new(day("2027-06-01"), &root);
    let file = bytes("b-lta.pdf");
    let text = String::from_utf8_lossy(&file).into_owned();
    let store = object_of(&text, "/DSS");
    let content = documents::stream("", "BT /F1 24 Tf 72 720 Td (Another document) Tj ET");
    let store_with_text = format!("<</Certs[{store} 0 R]/MediaBox[0 0 10 10]>>");
    let font = |entries: &str| format!("<<{entries}/Subtype/Type1/BaseFont/Courier>>");
    let (store_font, plain_font) = (font("/Type/DSS"), font("/Type/Font"));
    let metadata = content.replacen("<<", "<</Type/Metadata", 1);
    type Case<'a> = (&'a str, &'a str, (u32, &'a str));
    let cases: [Case<'_>; 4] = [
        ("a font that calls itself a store", "", (3, &store_font)),
        ("content that calls itself metadata", "", (4, &metadata)),
        ("a store with more than a store has", "", (store, &store_with_text)),
        ("a font that is named as the information", "/Info 3 0 R", (3, &plain_font)),
    ];
    for (name, trailer, object) in cases {
        let changed = documents::append_with_trailer(&file, &[object], 100, trailer);
        let report = verify(&changed, &at).expect("can be read");
        // The document time-stamp covers the store as well.
        assert!(!report.is_good() && report.signatures[1].changes.contains(&Change::Content), "{name}: {report:#?}");
    }
}

/// The number that a key refers to, where it stands last.
fn object_of(text: &str, key: &str) -> u32 {
    let place = text.rfind(&format!("{key} ")).expect("the key") + key.len();
    text[place..].split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
