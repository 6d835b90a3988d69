//! `segl order`: looking at signing orders. Personal data is left out: signers appear by their number and kind.

use std::fmt;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use segl_core::event::{Actor, Event, What, verify_chain};
use segl_core::id::{OrderId, SignerIndex};
use segl_core::order::{NextAction, Order, OrderState};
use segl_core::ports::{Clock, Orders, Tasks};
use segl_core::signer::{Party, SignerStatus};
use segl_core::task::{Task, TaskStatus};
use segl_core::transition::Command;
use segl_core::use_case::update::update;
use serde::Serialize;

use crate::error::Error;
use crate::output::{Output, Plain};
use crate::service::ServiceOptions;
use crate::tasks::TaskView;

/// How many events are read at a time.
const EVENTS: usize = 500;

/// `segl order`.
#[derive(Debug, Args)]
pub struct OrderArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: OrderCommand,
}

#[derive(Debug, Subcommand)]
enum OrderCommand {
    /// Show an order's state, what has to happen next, and its audit trail
    Show {
        /// The order's id
        id: OrderId,
    },
    /// Keep an order from removal, whatever retention or anybody says (legal hold)
    Hold {
        /// The order's id
        id: OrderId,
    },
    /// Release an order that is held; where its retention is over, it is removed within a minute
    Release {
        /// The order's id
        id: OrderId,
    },
}

impl OrderArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let store = self.service.store().await?;
        output.show(&match self.command {
            OrderCommand::Show { id } => show(&store, id).await?,
            OrderCommand::Hold { id } => change(&store, id, Command::Hold).await?,
            OrderCommand::Release { id } => change(&store, id, Command::ReleaseHold).await?,
        })
    }
}

/// An order with its audit trail.
///
/// # Errors
/// [`Error::NotFound`] when there is no such order.
pub async fn show<P: Orders + Tasks>(ports: &P, id: OrderId) -> Result<View, Error> {
    let order = ports.order(id).await?.ok_or(Error::NotFound("there is no such order"))?;
    let mut events: Vec<Event> = Vec::new();
    while (events.len() as u64) < order.chain.seq {
        let page = ports.events(id, events.last().map_or(0, |event| event.seq), EVENTS).await?;
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    // Events after the order was read belong to a later version of it.
    events.retain(|event| event.seq <= order.chain.seq);
    let tasks = ports.tasks(id).await?.into_iter().filter(|task| task.status != TaskStatus::Done).collect::<Vec<_>>();
    Ok(View::new(&order, events, &tasks))
}

/// Holds an order, or releases it.
///
/// # Errors
/// [`Error::Service`] when there is no such order, or it was removed already.
pub async fn change<P: Orders + Tasks + Clock>(ports: &P, id: OrderId, command: Command) -> Result<View, Error> {
    update(ports, id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await?;
    show(ports, id).await
}

/// An order for an operator.
#[derive(Serialize)]
pub struct View {
    id: OrderId,
    organization: String,
    dialect: &'static str,
    created_by: String,
    created_at: Timestamp,
    deadline: Timestamp,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    next_action: String,
    documents: usize,
    signers: Vec<SignerView>,
    /// `None` when the audit trail verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_audit_trail: Option<String>,
    events: Vec<Event>,
    /// Tasks that are not done.
    owed: Vec<TaskView>,
}

#[derive(Serialize)]
struct SignerView {
    signer: u16,
    group: u16,
    kind: &'static str,
    status: &'static str,
}

impl View {
    fn new(order: &Order, events: Vec<Event>, tasks: &[Task]) -> Self {
        Self {
            id: order.id,
            organization: order.organization.to_string(),
            dialect: order.dialect.as_str(),
            created_by: order.created_by.to_string(),
            created_at: order.created_at,
            deadline: order.deadline,
            state: order.state.name(),
            ended_at: order.state.ended_at(),
            held_since: order.held_since,
            reason: match &order.state {
                OrderState::Failed { reason, .. } => Some(reason.clone()),
                _ => None,
            },
            next_action: next_action(order),
            documents: order.documents.len(),
            signers: signers(order),
            broken_audit_trail: verify_chain(order.id, &events, &order.chain).err().map(|broken| broken.to_string()),
            events,
            owed: tasks.iter().map(TaskView::new).collect(),
        }
    }
}

fn signers(order: &Order) -> Vec<SignerView> {
    let view = |(index, signer): (segl_core::id::SignerIndex, &segl_core::signer::Signer)| SignerView {
        signer: index.0,
        group: signer.group.0,
        kind: match signer.party {
            Party::Person(_) => "person",
            Party::System(_) => "system",
            Party::Erased => "erased",
        },
        status: match signer.status {
            SignerStatus::Waiting => "waiting",
            SignerStatus::Open { .. } => "open",
            SignerStatus::Signed(_) => "signed",
            SignerStatus::Declined { .. } => "declined",
            SignerStatus::NotNeeded => "not needed",
        },
    };
    order.signers().map(view).collect()
}

fn next_action(order: &Order) -> String {
    fn numbers<T: fmt::Display>(indexes: &[T]) -> String {
        indexes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
    match order.next_action() {
        NextAction::Documents(documents) => format!("upload or reading of document {}", numbers(&documents)),
        NextAction::Signatures(signers) => format!("signature of signer {}", numbers(&signers)),
        NextAction::Signers => "further signers, or the word that there are none".to_owned(),
        NextAction::Seal => match order.hindrance() {
            Some(found) => format!("seal; hindered: {} ({})", found.text, found.code),
            None => "seal".to_owned(),
        },
        NextAction::Nothing => "nothing".to_owned(),
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "order         {}", self.id)?;
        writeln!(f, "organization  {}", self.organization)?;
        writeln!(f, "created       {} by {} ({})", self.created_at, self.created_by, self.dialect)?;
        match self.ended_at {
            Some(at) => writeln!(f, "state         {} since {at}", self.state)?,
            None => writeln!(f, "state         {}", self.state)?,
        }
        if let Some(since) = self.held_since {
            writeln!(f, "held          since {since}")?;
        }
        if let Some(reason) = &self.reason {
            writeln!(f, "reason        {}", Plain(reason))?;
        }
        writeln!(f, "next          {}", self.next_action)?;
        writeln!(f, "deadline      {}", self.deadline)?;
        writeln!(f, "documents     {}", self.documents)?;
        for SignerView { signer, group, kind, status } in &self.signers {
            writeln!(f, "signer {signer:<7}{kind} in group {group}, {status}")?;
        }
        match &self.broken_audit_trail {
            None => write!(f, "audit trail   {} events, intact", self.events.len())?,
            Some(broken) => write!(f, "audit trail   {} events, BROKEN: {broken}", self.events.len())?,
        }
        for event in &self.events {
            write!(f, "\n  {:>3}  {}  {}  ({})", event.seq, event.at, kind(&event.what), actor(&event.actor))?;
        }
        self.owed.iter().try_for_each(|task| write!(f, "\nowed          {task}"))
    }
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Service => "service".to_owned(),
        Actor::Client { client } => format!("client {client}"),
        Actor::Clerk { client, .. } => format!("a clerk of client {client}"),
        Actor::Signer { signer } => format!("signer {signer}"),
    }
}

/// The name that an event has in JSON, with what it is about.
fn kind(what: &What) -> String {
    match what {
        What::Created { .. } => "created".to_owned(),
        What::DocumentReady { document, pages, .. } => format!("document-ready: document {document}, {pages} pages"),
        What::DocumentRefused { document, refusal } => format!("document-refused: document {document}, {}", Plain(&refusal.code)),
        What::DocumentsMissing {} => "documents-missing".to_owned(),
        What::GroupOpened { group } => format!("group-opened: group {group}"),
        What::Invited { signer, channels } => format!("invited: signer {signer} by {}", Plain(&channels.join(", "))),
        What::DeliveryFailed { task } => format!("delivery-failed: {}", Plain(task)),
        What::CodeSent { signer, channel } => format!("code-sent: signer {signer} by {}", channel.as_str()),
        What::CodeWrong { signer } => format!("code-wrong: signer {signer}"),
        What::CodeConfirmed { signer } => format!("code-confirmed: signer {signer}"),
        What::LogInRefused { signer, provider } => format!("log-in-refused: for signer {signer} at {}", Plain(provider)),
        What::Blocked { signer } => format!("blocked: signer {signer}"),
        What::Unblocked { signer } => format!("unblocked: signer {signer}"),
        What::Opened { signer } => format!("opened: signer {signer}"),
        What::Read { signer, document } => format!("read: signer {signer}, document {document}"),
        What::ReminderRequested { signer: Some(signer) } => format!("reminder-requested: signer {signer}"),
        What::ReminderRequested { signer: None } => "reminder-requested".to_owned(),
        What::Reminded { signer, channels } => format!("reminded: signer {signer} by {}", Plain(&channels.join(", "))),
        What::DeadlineExtended { deadline } => format!("deadline-extended: {deadline}"),
        What::SignerCorrected { signer, .. } => format!("signer-corrected: signer {signer}"),
        What::Signed { signer, .. } => format!("signed: signer {signer}"),
        What::Declined { signer, .. } => format!("declined: signer {signer}"),
        What::SignerAdded { signer, group, .. } => format!("signer-added: signer {signer} in group {group}"),
        What::RosterClosed {} => "roster-closed".to_owned(),
        What::EveryoneSigned {} => "everyone-signed".to_owned(),
        What::SealUpgraded { document, level, .. } => format!("seal upgraded: document {document}, {}", level.as_str()),
        What::SealRenewed { document, lapses_at, .. } => format!("seal renewed: document {document}, until {lapses_at}"),
        What::Sealed { document, level, .. } => format!("sealed: document {document}, {}", level.as_str()),
        What::Accepted {} => "accepted".to_owned(),
        What::Rejected {} => "rejected".to_owned(),
        What::Cancelled {} => "cancelled".to_owned(),
        What::Expired {} => "expired".to_owned(),
        What::Failed { code } => format!("failed: {}", Plain(code)),
        What::OutcomeSent { task, channels } => format!("outcome-sent: {} by {}", Plain(task), Plain(&channels.join(", "))),
        What::Erased {} => "erased".to_owned(),
        What::Anonymised { signers, creator, clerks } => anonymised(signers, *creator, clerks.len()),
        What::Held {} => "held".to_owned(),
        What::HoldReleased {} => "hold-released".to_owned(),
    }
}

fn anonymised(signers: &[SignerIndex], creator: bool, clerks: usize) -> String {
    let signers = signers.iter().map(|signer| format!("signer {signer}"));
    let all: Vec<_> =
        signers.chain(creator.then(|| "creator".to_owned())).chain((clerks > 0).then(|| format!("{clerks} clerks"))).collect();
    format!("anonymised: {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use segl_core::ports::Clock as _;
    use segl_testkit::fake::Fake;
    use segl_testkit::story::{Story, client, order_id, organization};

    use super::*;

    #[tokio::test]
    async fn every_state_is_shown_with_a_chain_that_verifies() {
        let fake = Fake::default();
        let organization = organization(&fake);
        let creator = client(&fake, &organization, "").id;
        let mut states = std::collections::BTreeSet::new();
        for story in Story::in_every_state(&fake, &organization, &creator, fake.now()) {
            fake.commit(&story.as_one_change()).await.expect("commits");
            let view = show(&fake, story.id()).await.expect("is there");
            assert_eq!(view.broken_audit_trail, None);
            assert_eq!(view.events, story.events());
            let text = view.to_string();
            assert!(text.contains(view.state) && text.contains("created  ("), "{text}");
            states.insert(view.state);
        }
        assert!(states.len() >= 7, "{states:?}");
        let missing = show(&fake, order_id(&fake, fake.now())).await.err().expect("is not there");
        assert_eq!(missing.code(), "not-found");
    }
}
