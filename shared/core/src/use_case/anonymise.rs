//! Removing one person's data from all orders of an organization.

use crate::clerk::KnownClerk;
use crate::event::Actor;
use crate::id::{OrderId, OrganizationId, Sha256, SignerIndex};
use crate::order::Order;
use crate::person_key::PersonKey;
use crate::ports::{Clock, Directory, Objects, Orders, Tasks};
use crate::refusal::Refusal;
use crate::root_key::RootKey;
use crate::signer::{DirectoryKey, Party, Person};
use crate::transition::Command;
use crate::use_case::Error;
use crate::use_case::remove::purge_copies;
use crate::use_case::update::update;

/// How many ids are read at a time.
const PAGE: usize = 100;

/// Removes the personal data of whom `key` names: from every order of the organization, as signer, as creator and as clerk,
/// and from its directory. Answers in how many orders the person was; the same request again finds none.
///
/// All orders are looked at, for whatever names a person may stand anywhere in them; an index over names would be one more place that
/// holds them. First everything is looked at, then everything is done: where one order is not over, or is held, nothing changes. A crash on the
/// way leaves some orders done; a repeat does the others.
pub async fn anonymise<P: Orders + Objects + Tasks + Directory + Clock>(
    ports: &P,
    root: &RootKey,
    organization: &OrganizationId,
    key: &PersonKey,
    actor: Actor,
) -> Result<usize, Error> {
    let names = |person: &Person| key.names(root, organization, person);
    let mut found = Vec::new();
    let mut entries = Vec::new();
    let mut before: Option<OrderId> = None;
    loop {
        let ids = ports.orders_of(organization, before, PAGE).await?;
        for id in &ids {
            let Some(order) = ports.order(*id).await? else { continue };
            let Part { signers, creator, clerks, entry } = part(&order, names);
            if signers.is_empty() && !creator && clerks.is_empty() {
                continue;
            }
            if order.state.ended_at().is_none() {
                return Err(Refusal::PersonPending.into());
            }
            if let Some(since) = order.held_since {
                return Err(Refusal::Held(since).into());
            }
            entries.extend(entry);
            found.push((*id, signers, creator, clerks));
        }
        before = ids.last().copied();
        if ids.len() < PAGE {
            break;
        }
    }
    let orders = found.len();
    for (id, signers, creator, clerks) in found {
        let command = Command::Anonymise { signers, creator, clerks };
        match update(ports, id, |order| order.apply(actor.clone(), ports.now(), command.clone())).await {
            // A crash here leaves the purge on the agenda.
            Ok(_) => purge_copies(ports, id).await?,
            // Somebody else was first.
            Err(Error::Refused(Refusal::Erased)) => {}
            Err(error) => return Err(error),
        }
    }
    if let PersonKey::Directory(entry) = key {
        entries.push(entry.clone());
    }
    entries.sort();
    entries.dedup();
    for entry in entries {
        ports.remove_person(organization, &entry).await?;
    }
    Ok(orders)
}

/// Where in an order the person is.
struct Part {
    signers: Vec<SignerIndex>,
    creator: bool,
    /// The commitments to the person as a clerk. One who was called otherwise another time is another clerk.
    clerks: Vec<Sha256>,
    /// The person's entries in the directory.
    entry: Vec<DirectoryKey>,
}

fn part(order: &Order, names: impl Fn(&Person) -> bool) -> Part {
    let people = order.signers().filter_map(|(index, signer)| match &signer.party {
        Party::Person(person) if names(person) => Some((index, person)),
        _ => None,
    });
    let people: Vec<_> = people.collect();
    let creator = order.creator.as_ref().filter(|creator| names(creator));
    // Of a clerk nothing else is known by which people are found.
    let is_named = |known: &&KnownClerk| names(&Person { email: known.clerk.email.clone(), ..Person::default() });
    let all = people.iter().map(|(_, person)| *person).chain(creator);
    Part {
        entry: all.filter_map(|person| person.directory.clone()).collect(),
        signers: people.into_iter().map(|(index, _)| index).collect(),
        creator: creator.is_some(),
        clerks: order.clerks.iter().filter(is_named).map(KnownClerk::commitment).collect(),
    }
}
