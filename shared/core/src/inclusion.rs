//! Proofs of inclusion: that the audit trail of one order is among those over which a checkpoint was made (RFC 9162, 2.1.3).
//!
//! A proof is some hundred bytes for each doubling of the trails of a day. Whoever keeps one with the order's evidence needs neither the
//! service nor the other leaves of the checkpoint, and learns nothing about other orders.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, Published, head_of, leaf, node, root, split};
use crate::event::{ChainHead, Event};
use crate::id::{OrderId, Sha256};

/// The name of a proof in an archive of evidence.
pub const FILE_NAME: &str = "inclusion.json";

/// That a trail stood so when a checkpoint was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The version of this format.
    pub format: u32,
    /// Whose trail.
    pub order: OrderId,
    /// The day (UTC) of the checkpoint.
    pub day: Date,
    /// The last event of the trail on that day: it and all before it are proved.
    pub seq: u64,
    /// The hash of that event.
    pub hash: Sha256,
    /// The place of the trail's leaf among those of the checkpoint, from 0.
    pub index: u64,
    /// From the leaf up to the root, the node beside each (RFC 9162, 2.1.3.1).
    pub path: Vec<Sha256>,
    /// The checkpoint's token, in compact form (RFC 7515, 7.1).
    pub checkpoint: String,
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIncluded {
    /// It is of a later format.
    #[error("its format is not known to this program")]
    Format,
    /// It is about another order, or another day.
    #[error("it is about another audit trail or another day")]
    Other,
    /// The trail is shorter than the proof says.
    #[error("the audit trail ends before the event that is proved")]
    Longer,
    /// The trail has another event there, or more of that day.
    #[error("the audit trail is not the one that stood there on that day")]
    Rewritten,
    /// The path does not lead to the root.
    #[error("it does not lead to the root that the checkpoint names")]
    Root,
}

impl Inclusion {
    /// Proves that a trail is included in the checkpoint of `day`. None where no event is of that day, or the trail's leaf is not there.
    pub fn prove(order: OrderId, events: &[Event], day: Date, published: Published) -> Option<Self> {
        let ChainHead { seq, hash } = head_of(events, day)?;
        let own = leaf(order, ChainHead { seq, hash });
        let index = published.leaves.iter().position(|leaf| *leaf == own)?;
        let path = path(&published.leaves, index);
        Some(Self { format: 1, order, day, seq, hash, index: index as u64, path, checkpoint: published.checkpoint })
    }

    /// Checks that a trail, whose chain holds, is the one that stood there when `checkpoint` was made. That `checkpoint` is what the
    /// token of the proof says, and is signed, is for the caller to check.
    pub fn check(&self, order: OrderId, events: &[Event], checkpoint: &Checkpoint) -> Result<(), NotIncluded> {
        if self.format != 1 {
            return Err(NotIncluded::Format);
        }
        if (self.order, self.day) != (order, checkpoint.day) {
            return Err(NotIncluded::Other);
        }
        if events.last().is_none_or(|last| last.seq < self.seq) {
            return Err(NotIncluded::Longer);
        }
        // Events of that day after the one that is proved were put in afterwards.
        if head_of(events, self.day) != Some(ChainHead { seq: self.seq, hash: self.hash }) {
            return Err(NotIncluded::Rewritten);
        }
        let leaf = leaf(order, ChainHead { seq: self.seq, hash: self.hash });
        if root_over(leaf, self.index, checkpoint.count, &self.path) == Some(checkpoint.root) { Ok(()) } else { Err(NotIncluded::Root) }
    }
}

/// The path of a leaf, from itself up (RFC 9162, 2.1.3.1). Empty where there is no such leaf.
fn path(leaves: &[Sha256], index: usize) -> Vec<Sha256> {
    let mut path = Vec::new();
    let (mut below, mut index) = (leaves, index);
    while below.len() > 1 {
        let (left, right) = below.split_at(split(below.len()));
        if index < left.len() {
            path.push(root(right));
            below = left;
        } else {
            path.push(root(left));
            index -= left.len();
            below = right;
        }
    }
    path.reverse();
    path
}

/// The root of a tree of `count` leaves to which a path leads (RFC 9162, 2.1.3.2). None where the path is too long or too short.
fn root_over(leaf: Sha256, index: u64, count: u64, path: &[Sha256]) -> Option<Sha256> {
    let (mut place, mut last) = (index, count.checked_sub(1)?);
    if place > last {
        return None;
    }
    let mut over = leaf;
    for beside in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            over = node(*beside, over);
            // The last node of a level may have nobody beside it, and is then the same on the next.
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            over = node(over, *beside);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(over)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use crate::checkpoint::tests::leaves;
    use crate::event::{Actor, What};

    use super::*;

    fn hash(text: &str) -> Sha256 {
        text.parse().expect("a digest")
    }

    /// Proofs of the reference implementation of RFC 6962, whose paths RFC 9162 keeps.
    #[test]
    fn paths_are_those_of_the_standard() {
        let leaves = leaves();
        for (index, count, expected) in [
            (0, 1, &[][..]),
            (
                0,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
            (
                1,
                5,
                &[
                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ] {
            let expected: Vec<_> = expected.iter().map(|text| hash(text)).collect();
            assert_eq!(path(&leaves[..count], index), expected, "leaf {index} of {count}");
        }
    }

    proptest! {
        #[test]
        fn every_leaf_is_proved_and_nothing_else_is(count in 1_usize..70, chosen in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), bit in 0_usize..256) {
            let leaves: Vec<_> = (0..count).map(|number| Sha256::of(&number.to_be_bytes())).collect();
            let (index, root) = (chosen.index(count), root(&leaves));
            let path = path(&leaves, index);
            let over = |leaf, index: usize, path: &[Sha256]| root_over(leaf, index as u64, count as u64, path);
            prop_assert_eq!(over(leaves[index], index, &path), Some(root));
            let another = other.index(count);
            prop_assert_eq!(over(leaves[another], index, &path) == Some(root), another == index, "another leaf in its place");
            prop_assert_eq!(over(leaves[index], another, &path) == Some(root), another == index, "the same leaf elsewhere");
            prop_assert_eq!(over(leaves[index], count, &path), None, "beyond the last");
            prop_assert_eq!(over(leaves[index], index, &[&path[..], &[root]].concat()), None, "a node too many");
            if let Some((_, shorter)) = path.split_last() {
                prop_assert_eq!(over(leaves[index], index, shorter), None, "a node too few");
                let mut altered = path.clone();
                altered[other.index(path.len())].0[bit / 8] ^= 1 << (bit % 8);
                prop_assert_ne!(over(leaves[index], index, &altered), Some(root), "a node altered");
            }
            prop_assert_eq!(root_over(leaves[index], 0, 0, &path), None, "a tree without leaves");
        }
    }

    #[test]
    fn a_trail_that_was_rewritten_has_no_proof_that_holds() {
        let order = OrderId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let at = |day: i64, second: i64| Timestamp::from_second(day * 86_400 + second).expect("a moment");
        let trail = |whats: &[(i64, What)]| {
            let mut head = ChainHead::EMPTY;
            let events = whats.iter().enumerate();
            events
                .map(|(second, (day, what))| head.append(order, at(*day, second as i64), Actor::Service, what.clone()))
                .collect::<Vec<_>>()
        };
        let (missing, closed, expired) = (What::DocumentsMissing {}, What::RosterClosed {}, What::Expired {});
        let true_trail = trail(&[(0, missing.clone()), (0, closed.clone()), (2, expired.clone())]);
        let first_day = Date::constant(1970, 1, 1);
        let leaves = vec![Sha256([1; 32]), leaf(order, head_of(&true_trail, first_day).expect("events")), Sha256([2; 32])];
        let checkpoint = Checkpoint { format: 1, day: first_day, made_at: at(1, 600), count: 3, root: root(&leaves), previous: None };
        let published = Published { checkpoint: "token".to_owned(), leaves };
        let proof = Inclusion::prove(order, &true_trail, first_day, published.clone()).expect("it is included");
        assert_eq!((proof.seq, proof.index, proof.path.len()), (2, 1, 2));
        for day in [Date::constant(1970, 1, 2), Date::constant(1970, 1, 3)] {
            assert_eq!(Inclusion::prove(order, &true_trail, day, published.clone()), None, "no event, or no leaf, of {day}");
        }

        let another = OrderId::new(Timestamp::UNIX_EPOCH, [8; 10]);
        assert_eq!(proof.check(another, &true_trail, &checkpoint), Err(NotIncluded::Other));
        let later = Checkpoint { day: Date::constant(1970, 1, 2), ..checkpoint.clone() };
        assert_eq!(proof.check(order, &true_trail, &later), Err(NotIncluded::Other));
        let newer = Inclusion { format: 2, ..proof.clone() };
        assert_eq!(newer.check(order, &true_trail, &checkpoint), Err(NotIncluded::Format));
        let smaller = Checkpoint { count: 2, ..checkpoint.clone() };
        assert_eq!(proof.check(order, &true_trail, &smaller), Err(NotIncluded::Root));
        let unlike = Inclusion { path: vec![Sha256([1; 32]), Sha256([3; 32])], ..proof.clone() };
        assert_eq!(unlike.check(order, &true_trail, &checkpoint), Err(NotIncluded::Root));
        for (what, events, expected) in [
            ("as it was", true_trail.clone(), Ok(())),
            ("up to that day", true_trail[..2].to_vec(), Ok(())),
            ("cut off", true_trail[..1].to_vec(), Err(NotIncluded::Longer)),
            ("nothing", Vec::new(), Err(NotIncluded::Longer)),
            (
                "another first event",
                trail(&[(0, What::EveryoneSigned {}), (0, closed.clone()), (2, expired.clone())]),
                Err(NotIncluded::Rewritten),
            ),
            (
                "an event put in",
                trail(&[(0, missing.clone()), (0, closed.clone()), (0, What::EveryoneSigned {}), (2, expired.clone())]),
                Err(NotIncluded::Rewritten),
            ),
            ("an event moved to the next day", trail(&[(0, missing), (1, closed), (2, expired)]), Err(NotIncluded::Rewritten)),
        ] {
            assert_eq!(proof.check(order, &events, &checkpoint), expected, "{what}");
        }
        // Whoever alters the proof along with the trail does not come to the root.
        let rewritten = trail(&[(0, What::EveryoneSigned {}), (0, What::RosterClosed {})]);
        let fitted = Inclusion { hash: rewritten[1].hash, ..proof };
        assert_eq!(fitted.check(order, &rewritten, &checkpoint), Err(NotIncluded::Root));
    }
}
