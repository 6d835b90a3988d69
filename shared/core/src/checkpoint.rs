//! Checkpoints: once a day, one public commitment to all audit trails that grew on that day.
//!
//! Each trail's head is a leaf of a Merkle tree (RFC 6962, 2.1); the checkpoint is a signed token over the tree's root that also names the
//! checkpoint of the day before by its digest. Whoever rewrites a trail later, however well its hashes fit together, cannot make it fit
//! the checkpoints that others have kept. A leaf tells nobody anything who does not hold the trail itself.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use crate::commitment::canonical_json;
use crate::event::{ChainHead, Event};
use crate::id::{OrderId, Sha256};

/// The `typ` of the token, which is none of any other purpose (RFC 8725, 3.11).
pub const TYP: &str = "segl-checkpoint+jwt";

/// What the token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The version of this format.
    pub format: u32,
    /// The day (UTC).
    pub day: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// How many trails grew on that day.
    pub count: u64,
    /// The root of the tree over their heads.
    pub root: Sha256,
    /// SHA-256 of the token of the checkpoint before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
}

/// The checkpoint before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Of which day.
    pub day: Date,
    /// SHA-256 of its token in compact form.
    pub sha256: Sha256,
}

/// A checkpoint as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The token, in compact form (RFC 7515, 7.1).
    pub checkpoint: String,
    /// The leaves of its tree, in sequence. Whoever keeps checkpoints may leave them out: the token is enough to judge an
    /// [`crate::inclusion::Inclusion`] by.
    #[serde(default)]
    pub leaves: Vec<Sha256>,
}

impl Published {
    /// How the next checkpoint names this one.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(self.checkpoint.as_bytes())
    }
}

/// The leaf of a trail that has this head.
pub fn leaf(order: OrderId, head: ChainHead) -> Sha256 {
    #[derive(Serialize)]
    struct Leaf {
        order: OrderId,
        seq: u64,
        hash: Sha256,
    }
    let leaf = canonical_json(&Leaf { order, seq: head.seq, hash: head.hash });
    Sha256(Hasher::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// The root of the tree over leaves (RFC 6962, 2.1, from the hashes of leaves on).
pub fn root(leaves: &[Sha256]) -> Sha256 {
    match leaves {
        [] => Sha256::of(b""),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            node(root(left), root(right))
        }
    }
}

/// How many of so many leaves are below the left one of the two nodes under their root: the largest power of two below their number,
/// which is greater than one.
pub(crate) fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

/// The node over two.
pub(crate) fn node(left: Sha256, right: Sha256) -> Sha256 {
    Sha256(Hasher::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The head of a trail as its checkpoint of `day` has it: after the last event of that day, if there is one.
pub(crate) fn head_of(events: &[Event], day: Date) -> Option<ChainHead> {
    let last = events.iter().rfind(|event| day_of(event) == day)?;
    Some(ChainHead { seq: last.seq, hash: last.hash })
}

/// The day (UTC) of whose checkpoint an event is.
pub fn day_of(event: &Event) -> Date {
    event.at.to_zoned(TimeZone::UTC).date()
}

/// What a checkpoint says of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// Everything up to this event stood so when the checkpoint was made.
    UpTo(u64),
    /// Nothing: no event is of its day.
    Silent,
    /// Nothing: the trail ends on its day, and may have grown on that day after it was copied.
    Outgrown,
    /// The trail is not the one that stood there on that day.
    Rewritten,
}

/// What the checkpoint of `day` with these leaves says of a trail whose chain holds.
pub fn vouched(order: OrderId, events: &[Event], day: Date, leaves: &[Sha256]) -> Vouched {
    let Some(head) = head_of(events, day) else { return Vouched::Silent };
    if leaves.contains(&leaf(order, head)) {
        Vouched::UpTo(head.seq)
    } else if events.last().is_some_and(|last| last.seq == head.seq) {
        Vouched::Outgrown
    } else {
        Vouched::Rewritten
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The hashes of the leaves that the reference implementation of RFC 6962 is tested with.
    pub(crate) fn leaves() -> [Sha256; 8] {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        inputs.map(|input| Sha256(Hasher::new().chain_update([0]).chain_update(input).finalize().into()))
    }

    /// Roots of that implementation.
    #[test]
    fn the_root_is_that_of_the_standard() {
        let leaves = leaves();
        for (count, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(root(&leaves[..count]).to_string(), expected, "{count} leaves");
        }
    }

    #[test]
    fn a_trail_that_was_rewritten_after_its_day_is_found_out() {
        use crate::event::{Actor, What};
        let order = OrderId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let at = |day: i64, second: i64| Timestamp::from_second(day * 86_400 + second).unwrap();
        let trail = |first: What| {
            let mut head = ChainHead::EMPTY;
            let times = [(at(0, 1), first), (at(0, 2), What::RosterClosed {}), (at(2, 0), What::Expired {})];
            times.map(|(at, what)| head.append(order, at, Actor::Service, what))
        };
        let (true_trail, rewritten) = (trail(What::DocumentsMissing {}), trail(What::EveryoneSigned {}));
        let head = |event: &Event| ChainHead { seq: event.seq, hash: event.hash };
        let leaves = [leaf(order, head(&true_trail[1]))];
        let day = |number: i8| jiff::civil::date(1970, 1, number);
        for (events, on, expected) in [
            (&true_trail[..], day(1), Vouched::UpTo(2)),
            (&true_trail[..2], day(1), Vouched::UpTo(2)),
            (&true_trail[..1], day(1), Vouched::Outgrown),
            (&true_trail[..], day(2), Vouched::Silent),
            (&rewritten[..], day(1), Vouched::Rewritten),
        ] {
            assert_eq!(vouched(order, events, on, &leaves), expected);
        }
    }
}
