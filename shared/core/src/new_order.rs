//! Making an order out of what a dialect has understood.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::ceremony::{Access, Ceremony};
use crate::clerk::{Clerk, KnownClerk};
use crate::commitment::Salt;
use crate::document::{Announced, Document};
use crate::event::{Actor, ChainHead, What};
use crate::id::{ClientId, GroupIndex, OrderId, OrganizationId, Sha256, SignerIndex};
use crate::order::{Dialect, Group, MAX_DOCUMENTS, MAX_SIGNERS, Options, Order, OrderData, OrderState, Roster};
use crate::refusal::Refusal;
use crate::signer::{Act, Party, Person, Signer, SignerStatus};
use crate::task::{Task, TaskKind};
use crate::text::{Description, FileName, Title};
use crate::transition::{Change, announcement_owed, check_act};

/// How long after creation, and then again and again, a missing document is looked for in storage.
pub const RECHECK_DOCUMENTS_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// The greatest size of `tags`, in bytes of JSON.
const MAX_TAGS: usize = 8 * 1024;

/// An order as requested.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// The wire format.
    pub dialect: Dialect,
    /// What is to be signed.
    pub title: Title,
    /// A message to the signers.
    pub description: Description,
    /// The person on whose behalf the order is created.
    pub creator: Option<Person>,
    /// Who logged in and creates it as a client, where a person does.
    pub clerk: Option<Clerk>,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// How long documents and personal data are kept after the end.
    pub retention: Option<SignedDuration>,
    /// What the creator chose.
    pub options: Options,
    /// How people sign.
    pub ceremony: Ceremony,
    /// Labels of the creator's own.
    pub tags: serde_json::Value,
    /// The documents.
    pub documents: Vec<NewDocument>,
    /// The groups, in the sequence in which they sign.
    pub groups: Vec<NewGroup>,
    /// Whether further signers may come. If so, there need not be any yet.
    pub roster: Roster,
    /// The creator's own signature, by one of the signers above. All documents must be announced by their digests.
    pub ahead: Option<SignedAhead>,
    /// What in the request could not be used and was left out.
    pub warnings: Vec<String>,
}

/// A signature that comes with the order's creation.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedAhead {
    /// Whose, counted through all groups.
    pub signer: SignerIndex,
    /// What the signer brings along.
    pub act: Act,
}

/// A document as requested.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// What signers see it called.
    pub title: Title,
    /// What the creator's file was called.
    pub file_name: Option<FileName>,
    /// What the file will be.
    pub announced: Announced,
}

/// A group as requested.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGroup {
    /// How many must sign; all where none.
    pub quorum: Option<u16>,
    /// How long they may take once their turn has come.
    pub time: Option<SignedDuration>,
    /// Who.
    pub signers: Vec<Party>,
}

impl NewOrder {
    /// Makes the order, or says which rule the request breaks. `salt` is called once a signer and clerk and must answer fresh random bytes.
    pub fn create(
        self,
        id: OrderId,
        organization: OrganizationId,
        client: ClientId,
        now: Timestamp,
        mut salt: impl FnMut() -> Salt,
    ) -> Result<Change, Refusal> {
        self.check(now)?;
        let mut signers = Vec::new();
        let mut groups = Vec::new();
        for (index, group) in (0..).map(GroupIndex).zip(self.groups) {
            // MAX_SIGNERS bounds the length, so that it fits.
            let all = u16::try_from(group.signers.len()).unwrap_or(u16::MAX);
            groups.push(Group { quorum: group.quorum.unwrap_or(all), time: group.time });
            signers.extend(group.signers.into_iter().map(|party| Signer {
                party,
                group: index,
                salt: salt(),
                required_claims: BTreeMap::new(),
                ahead: None,
                status: SignerStatus::Waiting,
                access: Access::default(),
            }));
        }
        if let Some(SignedAhead { signer, act }) = self.ahead {
            signers.get_mut(signer.as_usize()).ok_or(Refusal::NoSuchSigner)?.ahead = Some(Box::new(act));
        }
        let documents: Vec<_> =
            self.documents.into_iter().map(|document| Document::awaited(document.title, document.file_name, document.announced)).collect();
        let mut chain = ChainHead::EMPTY;
        let created = What::Created {
            organization: organization.clone(),
            signers: signers.iter().filter_map(|signer| signer.party.commitment(&signer.salt)).collect(),
            documents: u16::try_from(documents.len()).unwrap_or(u16::MAX),
            deadline: self.deadline,
            warnings: self.warnings,
        };
        let clerk = self.clerk.map(|clerk| KnownClerk { clerk, salt: salt() });
        let actor = clerk.as_ref().map_or_else(|| Actor::Client { client: client.clone() }, |clerk| clerk.acting_as(&client));
        let event = chain.append(id, now, actor, created);
        let order = OrderData {
            id,
            version: 1,
            organization,
            created_by: client,
            dialect: self.dialect,
            title: self.title,
            description: self.description,
            creator: self.creator,
            created_at: now,
            deadline: self.deadline,
            retention: self.retention,
            options: self.options,
            ceremony: self.ceremony,
            tags: self.tags,
            documents,
            groups,
            signers,
            roster: self.roster,
            state: OrderState::Drafting { recheck_at: now + RECHECK_DOCUMENTS_AFTER },
            chain,
            reminders: Vec::new(),
            clerks: clerk.into_iter().collect(),
            erased_at: None,
            held_since: None,
            tidy_at: None,
        };
        let order = Order::restore(order).map_err(|impossible| Refusal::invalid("", impossible))?;
        let fetch = |(index, _)| Task::new(id, TaskKind::Fetch(index), now);
        // The documents of a case system lie in its register, and it is for us to fetch them.
        let fetched = order.documents().filter(|_| order.dialect == Dialect::Zgw).map(fetch);
        let tasks = announcement_owed(&event).into_iter().chain(fetched).collect();
        Ok(Change { order, expected: None, events: vec![event], tasks, done: Vec::new(), idempotency: None })
    }

    fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.deadline <= now {
            return Err(Refusal::invalid("/deadline", "must be in the future"));
        }
        if self.documents.is_empty() || self.documents.len() > MAX_DOCUMENTS {
            return Err(Refusal::invalid("/documents", format!("must be 1 to {MAX_DOCUMENTS} documents")));
        }
        let signers: usize = self.groups.iter().map(|group| group.signers.len()).sum();
        if (signers == 0 && self.roster == Roster::Closed) || signers > MAX_SIGNERS {
            return Err(Refusal::invalid("/signers", format!("must be 1 to {MAX_SIGNERS} signers")));
        }
        if self.tags.to_string().len() > MAX_TAGS {
            return Err(Refusal::invalid("/tags", format!("must have at most {MAX_TAGS} bytes of JSON")));
        }
        if let Some(ahead) = &self.ahead {
            let announced: Option<Vec<Sha256>> = self.documents.iter().map(|document| document.announced.sha256).collect();
            if announced.as_ref() != Some(&ahead.act.digests) {
                return Err(Refusal::DigestsDiffer);
            }
            check_act(&ahead.act)?;
        }
        for (number, group) in self.groups.iter().enumerate() {
            let pointer = format!("/groups/{number}");
            if group.signers.is_empty() {
                return Err(Refusal::invalid(pointer, "must have a signer"));
            }
            if group.quorum.is_some() && self.roster == Roster::Open {
                return Err(Refusal::invalid(pointer + "/quorum", "cannot be told while signers may be added"));
            }
            if let Some(quorum) = group.quorum
                && !(1..=group.signers.len()).contains(&usize::from(quorum))
            {
                return Err(Refusal::invalid(pointer + "/quorum", format!("must be 1 to {}, the number of signers", group.signers.len())));
            }
            if group.time.is_some_and(|time| time <= SignedDuration::ZERO) {
                return Err(Refusal::invalid(pointer + "/time", "must be longer than nothing"));
            }
            let mut systems = BTreeSet::new();
            for party in &group.signers {
                match party {
                    Party::Person(person) if !person.is_identified() => {
                        return Err(Refusal::invalid(pointer, "a person needs an e-mail address, a mobile number or an identity number"));
                    }
                    Party::Person(person) if !person.can_authenticate() => {
                        return Err(Refusal::invalid(pointer, "a one-time code needs an address or a number to go to"));
                    }
                    Party::System(system) if !systems.insert(system) => {
                        return Err(Refusal::invalid(pointer, format!("{} appears twice in the same group", system.organization)));
                    }
                    Party::Erased => return Err(Refusal::invalid(pointer, "must be a person or a system")),
                    Party::Person(_) | Party::System(_) => {}
                }
            }
        }
        Ok(())
    }
}
