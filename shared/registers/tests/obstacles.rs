//! What can stand in the way of a write-back, and how it ends: retried while it can pass, otherwise told in words that help.

mod support;

use segl_core::id::DocumentIndex;
use segl_registers::{NewerVersion, Outcome, Plan, Register, Trouble};
use segl_testkit::registers::{Registers, StoredVersion};
use support::{End, Way, World};

const FIRST: DocumentIndex = DocumentIndex(0);

/// The text with which it ended; the case system was told the same, and nothing is locked.
fn reason(world: &World, end: End) -> String {
    let End::Told(Outcome::Ended(reason)) = end else { panic!("it ended otherwise: {end:?}") };
    assert_eq!(world.notifications(), [("OndertekenenAfgebroken".to_owned(), Some(reason.clone()))]);
    assert_eq!(world.locked(), 0, "no lock is left");
    reason
}

fn lock_by_somebody(registers: &Registers, plan: &Plan) {
    registers.state().document_at(&plan.documents[0].url).expect("the document").lock = Some("theirs".to_owned());
}

fn unlock_by_somebody(registers: &Registers, plan: &Plan) {
    registers.state().document_at(&plan.documents[0].url).expect("the document").lock = None;
}

fn change_by_somebody(registers: &Registers, plan: &Plan) {
    registers.state().change_document(&plan.documents[0].url, b"changed meanwhile");
}

#[test]
fn a_document_that_is_locked_is_waited_for() {
    let mut world = World::new(&[500]);
    lock_by_somebody(&world.registers, &world.plan);
    assert_eq!(world.run(3, false), End::Waits);
    assert!(world.pauses.iter().all(|pause| pause.trouble == Trouble::Locked(FIRST)));
    let theirs = world.registers.state().document_at(&world.plan.documents[0].url).and_then(|document| document.lock.clone());
    assert_eq!(theirs.as_deref(), Some("theirs"), "their lock is theirs");
    unlock_by_somebody(&world.registers, &world.plan);
    assert_eq!(world.run(3, false), End::Told(Outcome::Written));
    world.assert_written();
}

#[test]
fn somebody_locks_between_our_look_and_our_lock() {
    let mut world = World::new(&[500]);
    // 1 the case, 2 the document, 3 the lock.
    world.interlude = Some((3, lock_by_somebody));
    assert_eq!(world.run(2, false), End::Waits);
    assert_eq!(world.pauses[0].trouble, Trouble::Locked(FIRST));
    let theirs = world.registers.state().document_at(&world.plan.documents[0].url).and_then(|document| document.lock.clone());
    assert_eq!(theirs.as_deref(), Some("theirs"), "their lock is theirs");
}

#[test]
fn a_document_that_stays_locked_is_given_up_and_theirs_stays_locked() {
    let mut world = World::new(&[500]);
    lock_by_somebody(&world.registers, &world.plan);
    let End::Told(Outcome::Ended(reason)) = world.run(2, true) else { panic!("it ends") };
    assert_eq!(reason, "Het document ‘Besluit 0’ is vergrendeld omdat iemand eraan werkt. Sluit het document en bied het opnieuw aan.");
    assert_eq!((world.versions(), world.locked()), (vec![1], 1));
}

#[test]
fn a_newer_version_is_refused_or_written_over_as_the_client_wants() {
    let before = |registers: &Registers, plan: &Plan| change_by_somebody(registers, plan);
    for (at, arrange) in [(1, before as fn(&Registers, &Plan)), (3, change_by_somebody)] {
        let mut world = World::new(&[500]);
        world.interlude = Some((at, arrange));
        let end = world.run(2, false);
        assert_eq!(
            reason(&world, end),
            "Het document ‘Besluit 0’ is tijdens het ondertekenen gewijzigd: versie 1 is ondertekend, maar versie 2 is nu de nieuwste. Bied de nieuwste versie opnieuw aan.",
            "changed before request {at}"
        );
        assert_eq!(world.versions(), [2], "nothing was written");

        let mut world = World::new(&[500]);
        world.plan.terms.newer_version = NewerVersion::Write;
        world.interlude = Some((at, arrange));
        assert_eq!(world.run(2, false), End::Told(Outcome::Written));
        assert_eq!(world.versions(), [3]);
        let newest = world.registers.state().document_at(&world.plan.documents[0].url).and_then(|document| document.sha256());
        assert_eq!(newest, Some(world.plan.documents[0].content.sha256));
    }
}

#[test]
fn a_closed_case_is_told_at_once_and_nothing_is_written() {
    let mut world = World::new(&[500]);
    world.registers.state().cases[0].closed = true;
    let end = world.run(0, false);
    assert_eq!(reason(&world, end), "De zaak is gesloten. Heropen de zaak en bied de documenten opnieuw aan.");
    assert_eq!((world.versions(), world.evidence_documents()), (vec![1], 0));
}

#[test]
fn a_case_that_is_closed_meanwhile_names_what_was_written() {
    let mut world = World::new(&[500]);
    world.run(0, false);
    // The last but one relates the evidence.
    let relating = world.sent.len() - 1;
    let mut world = World::new(&[500]);
    world.interlude = Some((relating, |registers, _| registers.state().cases[0].closed = true));
    let end = world.run(2, false);
    assert_eq!(
        reason(&world, end),
        "De zaak is gesloten. Heropen de zaak en bied de documenten opnieuw aan. Al ondertekend teruggezet: ‘Besluit 0’ (versie 2)."
    );
}

#[test]
fn one_of_several_documents_fails() {
    let mut world = World::new(&[500, 600]);
    world.plan.documents[1].url.push('0');
    let end = world.run(2, false);
    assert_eq!(
        reason(&world, end),
        "Het document ‘Besluit 1’ bestaat niet meer in het documentenregister. Al ondertekend teruggezet: ‘Besluit 0’ (versie 2)."
    );
}

#[test]
fn a_type_that_the_case_does_not_permit() {
    for document_type in
        ["https://zgw.example.nl/catalogi/api/v1/informatieobjecttypen/2", "https://zgw.example.nl/catalogi/api/v1/zaaktypen/1"]
    {
        let mut world = World::new(&[500]);
        world.plan.evidence.as_mut().expect("evidence").document_type = document_type.to_owned();
        let end = world.run(2, false);
        let reason = reason(&world, end);
        assert!(reason.starts_with("Het bewijsdocument past niet bij deze zaak"), "{reason}");
        assert!(reason.ends_with("Al ondertekend teruggezet: ‘Besluit 0’ (versie 2)."), "{reason}");
    }
}

#[test]
fn a_lock_that_cannot_be_taken_off_is_told_to_the_official() {
    let mut world = World::new(&[500]);
    world.registers.state().manners.may_force_unlock = false;
    // Locked, and the answer is lost: its identifier is nobody's.
    world.fault = Some((3, Way::Lost));
    let End::Told(Outcome::Ended(reason)) = world.run(3, true) else { panic!("it ends") };
    assert!(reason.ends_with("Nog vergrendeld: ‘Besluit 0’. Vraag uw beheerder om de vergrendeling op te heffen."), "{reason}");
    assert_eq!(world.pauses[1].trouble, Trouble::Forbidden(Register::Documents));
    assert_eq!(world.versions(), [1]);
}

#[test]
fn giving_up_in_the_middle_releases_the_lock() {
    let mut plain = World::new(&[10_000]);
    plain.run(0, false);
    for step in 3..=plain.sent.len() {
        for unlocks_anything in [true, false] {
            // From here on, writes fail for good and locks can be released.
            let mut world = World::new(&[10_000]);
            world.registers.state().manners.unlocks_anything = unlocks_anything;
            world.broken_from = Some(step);
            let end = world.run(2, true);
            assert!(matches!(end, End::Told(_)), "writes fail from request {step} on");
            assert_eq!(world.locked(), 0, "writes fail from request {step} on");
            assert!(world.versions()[0] <= 2, "writes fail from request {step} on");
        }
    }
}

#[test]
fn an_upload_that_arrives_broken_is_not_called_written() {
    let mut plain = World::new(&[10_000]);
    plain.run(0, false);
    let download = 1 + plain.sent.iter().position(|(asked, _)| asked.url.contains("/download")).expect("it is read back");
    for content in [None, Some(b"something else".to_vec())] {
        let mut world = World::new(&[10_000]);
        world.interlude = Some((
            download,
            if content.is_none() {
                |registers, plan| newest(registers, plan, None)
            } else {
                |registers, plan| newest(registers, plan, Some(b"something else".to_vec()))
            },
        ));
        let end = world.run(2, false);
        let reason = reason(&world, end);
        assert!(reason.starts_with("Technische fout: de ondertekende versie van ‘Besluit 0’ is niet goed"), "{reason}");
        assert!(!reason.contains("Al ondertekend"), "{reason}");
        assert_eq!(world.versions(), [2], "it is not written a second time");
    }
}

fn newest(registers: &Registers, plan: &Plan, content: Option<Vec<u8>>) {
    let mut state = registers.state();
    let document = state.document_at(&plan.documents[0].url).expect("the document");
    let members = document.newest().members.clone();
    document.versions.pop();
    document.versions.push(StoredVersion { content, members });
}

#[test]
fn our_lock_is_taken_off_by_somebody() {
    let mut world = World::new(&[500]);
    // 4 looks under the lock, 5 writes.
    world.interlude = Some((5, unlock_by_somebody));
    assert_eq!(world.run(2, false), End::Told(Outcome::Written));
    assert_eq!(world.pauses[0].trouble, Trouble::LockLost(FIRST));
    world.assert_written();
}

#[test]
fn a_missing_channel_is_waited_for() {
    let mut world = World::new(&[500]);
    world.registers.state().channels.clear();
    assert_eq!(world.run(3, false), End::Waits);
    world.registers.state().channels.push("documentacties".to_owned());
    assert_eq!(world.run(3, false), End::Told(Outcome::Written));
    world.assert_written();
}

#[test]
fn the_registers_of_old_take_everything_in_one_write() {
    let mut world = World::new(&[10_000]);
    world.plan.terms.version = "1.0".parse().expect("a version");
    assert_eq!(world.run(0, false), End::Told(Outcome::Written));
    world.assert_written();
    let lock = world.sent.iter().find(|(asked, _)| asked.url.ends_with("/lock")).expect("a lock");
    assert_eq!(lock.0.body, b"{}");
}
