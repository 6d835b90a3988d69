//! Orders that cannot be are never read back from storage, whoever wrote them: each rule is broken in turn.

use jiff::SignedDuration;
use segl_core::clerk::{KnownClerk, MAX_CLERKS};
use segl_core::commitment::Salt;
use segl_core::document::DocumentState;
use segl_core::event::{Actor, ChainHead};
use segl_core::id::{GroupIndex, SignerIndex};
use segl_core::order::{Group, MAX_DOCUMENTS, MAX_SIGNERS, Order, OrderData, OrderState, Roster};
use segl_core::reminder::{Reminder, ReminderKind};
use segl_core::signer::SignerStatus;
use segl_core::transition::Command;
use segl_testkit::fake::{Fake, START};
use segl_testkit::story::{Draft, Story, clerk, facts, refusal};

const A: SignerIndex = SignerIndex(0);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const OPEN: SignerStatus = SignerStatus::Open { since: START };

/// Two documents, two groups: the first of three, two of whom are enough, the second of one.
fn draft() -> Draft {
    let mut draft = Draft::of_anybody(&Fake::new(7), START).documents(2).systems(3).systems(1);
    draft.new.groups[0].quorum = Some(2);
    draft
}

fn drafting() -> Story {
    draft().create(&Fake::new(8), START)
}

fn pending() -> Story {
    drafting().documents_ready()
}

fn second_group() -> Story {
    pending().signed_by(A).signed_by(SignerIndex(1))
}

fn sealing() -> Story {
    pending().signed_by_all()
}

fn accepted() -> Story {
    sealing().sealed()
}

fn rejected() -> Story {
    pending().declined_by(A).declined_by(SignerIndex(1))
}

fn erased() -> Story {
    accepted().then(Actor::Service, Command::Erase)
}

/// The list is open, and the one who was asked has signed.
fn open_roster() -> Story {
    let mut draft = draft();
    draft.new.groups.truncate(1);
    draft.new.groups[0].quorum = None;
    draft.new.groups[0].signers.truncate(1);
    draft.new.roster = Roster::Open;
    draft.create(&Fake::new(8), START).documents_ready().signed_by(A)
}

fn known_clerk() -> KnownClerk {
    KnownClerk { clerk: clerk("kari"), salt: Salt([1; 32]) }
}

fn reminder(hours: i64) -> Reminder {
    Reminder { at: START + SignedDuration::from_hours(hours), kind: ReminderKind::Signers }
}

fn sealed(data: &mut OrderData) -> &mut Vec<segl_core::document::SealedDocument> {
    match &mut data.state {
        OrderState::Accepted { sealed, .. } => sealed,
        other => panic!("{}", other.name()),
    }
}

type Row = (&'static str, fn() -> Story, fn(&mut OrderData));

const ROWS: &[Row] = &[
    ("it was never committed", drafting, |data| data.version = 0),
    ("it was never committed", drafting, |data| data.chain = ChainHead::EMPTY),
    ("number of documents", drafting, |data| data.documents.clear()),
    ("number of documents", drafting, |data| data.documents = vec![data.documents[0].clone(); MAX_DOCUMENTS + 1]),
    ("number of signers", drafting, |data| data.signers.clear()),
    ("number of signers", drafting, |data| data.signers = vec![data.signers[0].clone(); MAX_SIGNERS + 1]),
    ("no group", drafting, |data| data.groups.clear()),
    ("a signer of no group", drafting, |data| data.signers[3].group = GroupIndex(2)),
    ("a quorum that no group can have", drafting, |data| data.groups[0].quorum = 0),
    ("a quorum that no group can have", drafting, |data| data.groups[0].quorum = 4),
    ("a quorum that no group can have", drafting, |data| data.groups.push(Group { quorum: 1, time: None })),
    ("a quorum of who knows how many", drafting, |data| data.roster = Roster::Open),
    ("reminders for nobody", drafting, |data| data.reminders = vec![reminder(1)]),
    ("reminders for nobody", sealing, |data| data.reminders = vec![reminder(1)]),
    ("reminders out of sequence", pending, |data| data.reminders = vec![reminder(2), reminder(1)]),
    ("erased before it ended", pending, |data| data.erased_at = Some(START)),
    ("erased and held", erased, |data| data.held_since = Some(START)),
    ("number of clerks", drafting, |data| data.clerks = vec![known_clerk(); MAX_CLERKS + 1]),
    ("erased with clerks", erased, |data| data.clerks = vec![known_clerk()]),
    ("to be tidied before it ended", pending, |data| data.tidy_at = Some(START)),
    ("to be tidied before it ended", erased, |data| data.tidy_at = Some(START)),
    ("drafting without awaited documents", drafting, |data| {
        for (index, document) in (0..).zip(&mut data.documents) {
            document.state = DocumentState::Ready(facts(segl_core::id::DocumentIndex(index)));
        }
    }),
    ("a signer who acted before the documents were there", drafting, |data| data.signers[0].status = OPEN),
    ("pending with documents missing", pending, |data| data.documents[1].state = DocumentState::Awaited),
    ("pending with documents missing", pending, |data| data.documents[1].state = DocumentState::Refused(refusal())),
    ("pending for a group that does not exist", pending, |data| data.state = OrderState::Pending { group: GroupIndex(2) }),
    ("pending for a group that does not exist", open_roster, |data| data.state = OrderState::Pending { group: GroupIndex(1) }),
    ("pending for a group that does not exist", open_roster, |data| {
        data.signers.clear();
        data.groups.clear();
        data.state = OrderState::Pending { group: GroupIndex(1) };
    }),
    ("an earlier group is not complete", second_group, |data| data.signers[0].status = SignerStatus::NotNeeded),
    ("an earlier group is not complete", second_group, |data| data.signers[2].status = OPEN),
    ("an earlier group is not complete", second_group, |data| data.signers[2].status = SignerStatus::Waiting),
    ("the group whose turn it is can do nothing", pending, |data| data.signers[0].status = SignerStatus::Waiting),
    ("the group whose turn it is can do nothing", pending, |data| {
        data.signers[..2].iter_mut().for_each(|signer| signer.status = SignerStatus::NotNeeded);
    }),
    ("the group whose turn it is can do nothing", second_group, |data| data.signers[3].status = data.signers[0].status.clone()),
    ("the group whose turn it is can do nothing", open_roster, |data| {
        data.roster = Roster::Closed;
    }),
    ("the group whose turn it is can do nothing", open_roster, |data| {
        data.signers.push(segl_core::signer::Signer { group: GroupIndex(1), status: SignerStatus::Waiting, ..data.signers[0].clone() });
        data.groups.push(Group { quorum: 1, time: None });
    }),
    ("a later group has begun", pending, |data| data.signers[3].status = OPEN),
    ("sealing with documents missing", sealing, |data| data.documents[1].state = DocumentState::Awaited),
    ("sealing before everyone signed", sealing, |data| data.signers[2].status = OPEN),
    ("sealing before everyone signed", sealing, |data| data.signers[3].status = SignerStatus::NotNeeded),
    ("accepted before everyone signed", accepted, |data| data.signers[2].status = SignerStatus::Waiting),
    ("accepted before everyone signed", accepted, |data| data.signers[3].status = SignerStatus::NotNeeded),
    ("accepted without a seal on each document", accepted, |data| drop(sealed(data).pop())),
    ("accepted without a seal on each document", accepted, |data| sealed(data).reverse()),
    ("accepted without a seal on each document", accepted, |data| {
        let more = sealed(data)[0].clone();
        sealed(data).push(more);
    }),
    ("rejected by nobody", rejected, |data| data.signers[1].status = SignerStatus::NotNeeded),
    ("rejected by nobody", rejected, |data| data.state = OrderState::Rejected { at: START, by: SignerIndex(9) }),
    ("ended with signers who may still sign", rejected, |data| data.signers[2].status = OPEN),
    ("ended with signers who may still sign", rejected, |data| data.signers[3].status = SignerStatus::Waiting),
    ("ended with signers who may still sign", pending, |data| {
        data.reminders.clear();
        data.state = OrderState::Expired { at: START };
    }),
];

#[test]
fn each_rule_is_kept() {
    for (number, (broken, story, alter)) in ROWS.iter().enumerate() {
        let mut data = OrderData::clone(story().order());
        alter(&mut data);
        let restored = Order::restore(data).map_err(|impossible| impossible.to_string());
        assert_eq!(restored.err(), Some(format!("impossible order: {broken}")), "row {number}");
    }
}

#[test]
fn what_is_sealed_takes_nobody_else() {
    for (what, story) in [("sealing", sealing()), ("accepted", accepted())] {
        let mut data = OrderData::clone(story.order());
        data.roster = Roster::Open;
        data.groups[0].quorum = 3;
        data.signers[2].status = data.signers[0].status.clone();
        let broken = Order::restore(data).map_err(|impossible| impossible.to_string()).err();
        assert_eq!(broken, Some(format!("impossible order: {what} while signers may come")));
    }
}

#[test]
fn at_its_limits_an_order_is_possible() {
    let full: fn(&mut OrderData) = |data| {
        data.documents = vec![data.documents[0].clone(); MAX_DOCUMENTS];
        data.signers.extend(vec![data.signers[0].clone(); MAX_SIGNERS - 4]);
        data.clerks = vec![known_clerk(); MAX_CLERKS];
        data.groups[0].quorum = u16::try_from(MAX_SIGNERS).unwrap() - 1;
    };
    let one_left: fn(&mut OrderData) = |data| data.signers[0].status = SignerStatus::NotNeeded;
    let nobody: fn(&mut OrderData) = |data| {
        data.signers.clear();
        data.groups.clear();
    };
    let held: fn(&mut OrderData) = |data| data.held_since = Some(START + DAY);
    for (what, story, alter) in [
        ("as many as there may be", drafting(), full),
        ("just enough may still sign", pending(), one_left),
        ("nobody was asked yet", open_roster(), nobody),
        ("held, and to be tidied", accepted(), held),
    ] {
        let mut data = OrderData::clone(story.order());
        alter(&mut data);
        assert!(Order::restore(data).is_ok(), "{what}");
    }
}
