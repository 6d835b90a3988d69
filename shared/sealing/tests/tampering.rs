//! One byte changed, at many places of files of every level: who notices, and which places nobody's signature covers.

mod support;

use std::ops::Range;
use std::path::PathBuf;

use segl_sealing::*;
use support::golden::{bytes, certificate, day, path};
use support::judges::{pdfsig, pyhanko_on_all, save};

const AT: &str = "2027-06-01";

/// What a part of a file is covered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cover {
    /// The seal's byte range.
    Seal,
    /// The seal's `/Contents`: the signature covers some of it, time-stamps over the signature and certificates cover themselves.
    Container,
    /// What follows the seal: certificates and revocation data, which cover themselves, and their place in the file.
    Data,
    /// What follows the seal, under a document time-stamp.
    Stamp,
    /// The document time-stamp itself.
    StampContainer,
}

/// The parts of a golden file, in its order.
fn parts(file: &[u8]) -> Vec<(Cover, Range<usize>)> {
    // A character for each byte.
    let text: String = file.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '.' }).collect();
    let gaps: Vec<Range<usize>> = text
        .match_indices("/Contents <")
        .map(|(at, key)| at + key.len() - 1)
        .map(|start| start..start + text[start..].find('>').expect("ends") + 1)
        .collect();
    let end_of_seal = gaps[0].end + text[gaps[0].end..].find("%%EOF").expect("a revision") + 6;
    let mut parts = vec![(Cover::Seal, 0..gaps[0].start), (Cover::Container, gaps[0].clone()), (Cover::Seal, gaps[0].end..end_of_seal)];
    match gaps.get(1) {
        None => parts.push((Cover::Data, end_of_seal..file.len())),
        Some(gap) => parts.extend([
            (Cover::Stamp, end_of_seal..gap.start),
            (Cover::StampContainer, gap.clone()),
            (Cover::Stamp, gap.end..file.len()),
        ]),
    }
    parts
}

fn flipped(file: &[u8], at: usize) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[at] ^= 1;
    changed
}

/// What the file is worth: good and of which level; `None` when it is not good, or cannot be read.
fn worth(file: &[u8], root: &Certificate) -> Option<Level> {
    let policy = Policy::new(day(AT), std::slice::from_ref(root));
    let report = verify(&file, &policy).ok().filter(Report::is_good)?;
    report.signatures[0].level
}

/// Where an issuer's certificate stands in a container. No signature covers it, and where the file has it a second time, any copy will
/// do.
fn spare(certificate: &Certificate, file: &[u8], within: &Range<usize>) -> Vec<Range<usize>> {
    let hex: String = certificate.der().iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(&file[within.clone()]).to_ascii_lowercase();
    text.match_indices(&hex).map(|(at, _)| within.start + at..within.start + at + hex.len()).collect()
}

#[test]
fn segl_notices_a_change_at_any_place_that_is_covered() {
    let (root, issuing) = (certificate("root"), certificate("issuing"));
    for (name, level, step) in [("b-b", Level::BB, 5), ("b-t", Level::BT, 13), ("b-lt", Level::BLT, 31), ("b-lta", Level::BLTA, 61)] {
        let file = bytes(&format!("{name}.pdf"));
        assert_eq!(worth(&file, &root), Some(level), "{name}");
        for (cover, range) in parts(&file) {
            let spare = spare(&issuing, &file, &range);
            for at in range.clone().step_by(step) {
                let now = worth(&flipped(&file, at), &root);
                match cover {
                    // Not covered by anything; what it says covers itself. It is worth as much as before, or less.
                    Cover::Data => assert!(now <= Some(level), "{name}: {now:?} after a change at {at}"),
                    _ if spare.iter().any(|spare| spare.contains(&at)) => assert!(now <= Some(level), "{name} at {at}"),
                    // A time-stamp over a signature can be taken away, since it came later; its level goes with it.
                    Cover::Container if level < Level::BLTA => {
                        assert!(now.is_none_or(|now| now < Level::BT && level >= Level::BT), "{name} at {at}: {now:?} ({range:?})");
                    }
                    _ => assert_eq!(now, None, "{name}: a change at {at} ({cover:?}, {range:?}) went unnoticed"),
                }
            }
        }
    }
}

#[test]
fn pyhanko_and_poppler_notice_what_segl_notices() {
    let root = certificate("root");
    let mut changed: Vec<(String, Cover, PathBuf)> = Vec::new();
    for name in ["b-b", "b-t", "b-lt", "b-lta"] {
        let file = bytes(&format!("{name}.pdf"));
        for (cover, range) in parts(&file) {
            if cover == Cover::Data {
                continue;
            }
            // The ends of a part, and places between them; in a container the first half, since zeros follow.
            let len = if matches!(cover, Cover::Container | Cover::StampContainer) { 1200 } else { range.len() };
            let spare = spare(&certificate("issuing"), &file, &range);
            let places = (0..8).map(|index| range.start + (len - 1) * index / 7);
            for at in places.filter(|at| !spare.iter().any(|spare| spare.contains(at))) {
                let file = flipped(&file, at);
                assert_eq!(worth(&file, &root), None, "{name} at {at}");
                changed.push((format!("{name} at {at}"), cover, save("tampered", &file)));
            }
        }
    }
    let files: Vec<PathBuf> = changed.iter().map(|(_, _, path)| path.clone()).collect();
    let said = pyhanko_on_all(&files, &path("root.pem"), "2027-06-01T12:00:00+00:00");
    for ((place, cover, path), said) in changed.iter().zip(said) {
        let whole = if place.starts_with("b-lta") { "good 2" } else { "good 1" };
        assert_ne!(said, whole, "pyHanko does not notice {place} ({cover:?})");
        // Poppler judges no time-stamps, and no certificate of an issuer.
        if *cover == Cover::Seal {
            let said = pdfsig(path);
            assert!(!said.contains("Signature is Valid"), "{place}: {said}");
        }
    }
}

#[test]
fn pyhanko_takes_what_segl_takes() {
    let files = ["b-b", "b-t", "b-lt", "b-lta"].map(|name| path(&format!("{name}.pdf")));
    assert_eq!(pyhanko_on_all(&files, &path("root.pem"), "2027-06-01T12:00:00+00:00"), ["good 1", "good 1", "good 1", "good 2"]);
}
