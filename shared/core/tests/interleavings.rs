//! Everybody acts on one order at the same moment, in every interleaving there is: signers, a canceller, a remover, the sweep and two
//! attempts at the seal, each of whom may crash between any two steps or lose the answer to its commit.
//!
//! What acts here is the core's own [`Order::apply`]; the table is a model of what the port `Orders` promises: a commit applies to exactly
//! the version that was read, and ends exactly the tasks that are still open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use segl_core::document::{Level, ObjectVersion, SealedDocument};
use segl_core::event::{Actor, Event, What, verify_chain};
use segl_core::id::{DocumentIndex, Sha256, SignerIndex};
use segl_core::order::{Order, OrderState};
use segl_core::signer::{Method, SignerStatus};
use segl_core::task::{Task, TaskKind};
use segl_core::transition::{Change, Command};
use segl_testkit::fake::Fake;
use segl_testkit::story::{Draft, Story, act, attempt, client, organization};
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What one of those who act wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wish {
    Sign(SignerIndex),
    Decline(SignerIndex),
    Cancel,
    Remove,
    Sweep,
    /// The number tells the attempts apart.
    Seal(u32),
}

/// How far one of those who act is. Whatever is here is lost in a crash.
#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// About to look.
    Idle,
    /// The seal is made and lies in storage, for this task.
    Made(Task),
    /// The order was read; next comes the commit. A sealer knows its task, too.
    Read(Arc<Order>, Option<Task>),
    /// The commit was answered, or there was nothing to do.
    Over { committed: bool },
}

/// The table, the clock, and everybody's memory.
#[derive(Debug, Clone, PartialEq)]
struct World {
    order: Arc<Order>,
    events: Arc<Vec<Event>>,
    tasks: BTreeMap<TaskKind, Task>,
    late: bool,
    phases: Vec<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    /// One takes its next step.
    Step(usize),
    /// One commits, and never learns that it did.
    LoseAnswer(usize),
    /// One dies and begins again.
    Crash(usize),
    /// The deadline passes.
    TimePasses,
}

struct Everybody {
    start: Story,
    wishes: Vec<Wish>,
    /// What is true of a history whatever everybody remembers of it, worked out once a history.
    judged: Mutex<HashMap<History, Judgement>>,
}

/// The version and the head of the chain: they tell histories apart.
type History = (u64, Sha256);

#[derive(Debug, Clone, Copy)]
struct Judgement {
    state: &'static str,
    chain_verifies: bool,
    ends_without_anybody: bool,
}

/// The history tells versions apart, since it is a hash chain; so two worlds with the same history and the same memories are the same.
impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let order = |order: &Order, hasher: &mut H| (order.version, order.chain.hash.0).hash(hasher);
        order(&self.order, hasher);
        self.late.hash(hasher);
        for (kind, task) in &self.tasks {
            (kind, task.status.as_str()).hash(hasher);
        }
        for phase in &self.phases {
            std::mem::discriminant(phase).hash(hasher);
            match phase {
                Phase::Read(read, task) => {
                    order(read, hasher);
                    task.is_some().hash(hasher);
                }
                Phase::Over { committed } => committed.hash(hasher),
                Phase::Idle | Phase::Made(_) => {}
            }
        }
    }
}

impl World {
    fn now(&self, start: Timestamp) -> Timestamp {
        if self.late { self.order.deadline } else { start }
    }

    /// A commit as the port promises it. Answers whether it was stored.
    fn commit(&mut self, change: &Change) -> bool {
        let is_open = |task: &Task| self.tasks.get(&task.kind).is_some_and(Task::is_open);
        if change.expected != Some(self.order.version) || !change.done.iter().all(is_open) {
            return false;
        }
        self.order = Arc::new(change.order.clone());
        Arc::make_mut(&mut self.events).extend(change.events.clone());
        self.tasks.extend(change.tasks.iter().chain(&change.done).map(|task| (task.kind, task.clone())));
        true
    }

    fn seal_task(&self) -> Option<Task> {
        self.tasks.get(&TaskKind::Seal).filter(|task| task.is_open()).cloned()
    }

    fn count(&self, wanted: impl Fn(&What) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(&event.what)).count()
    }
}

fn sealed(order: &Order, number: u32) -> Vec<SealedDocument> {
    let one = |document: DocumentIndex| SealedDocument {
        document,
        attempt: attempt(number),
        object: ObjectVersion { version: "1".into(), etag: "\"1\"".into() },
        sha256: Sha256::of(&number.to_be_bytes()),
        size: 1,
        level: Level::BB,
        shortfall: None,
        lapses_at: None,
    };
    order.documents().map(|(document, _)| one(document)).collect()
}

fn command(wish: Wish, order: &Order, task: Option<&Task>) -> Command {
    match (wish, task) {
        (Wish::Sign(signer), _) => Command::Sign { signer, act: act(order) },
        (Wish::Decline(signer), _) => Command::Decline { signer, method: Method::Link, reason: None },
        (Wish::Cancel, _) => Command::Cancel { reason: None },
        (Wish::Remove, _) => Command::Erase,
        (Wish::Seal(number), Some(task)) => Command::Sealed { sealed: sealed(order, number), task: task.clone() },
        (Wish::Sweep | Wish::Seal(_), _) => Command::Expire,
    }
}

impl Everybody {
    /// The next step of one who acts; `None` when it has none, or when the step would change nothing.
    fn step(&self, world: &World, index: usize, hears_the_answer: bool) -> Option<World> {
        let mut next = world.clone();
        let now = world.now(self.start.now);
        let read = |task| Phase::Read(Arc::clone(&world.order), task);
        next.phases[index] = match (&world.phases[index], self.wishes[index]) {
            (Phase::Over { .. }, _) => return None,
            (Phase::Idle, Wish::Seal(_)) => Phase::Made(world.seal_task()?),
            (Phase::Idle, Wish::Sweep) if world.order.next_due().is_none_or(|due| due > now) => return None,
            (Phase::Idle, _) => read(None),
            (Phase::Made(task), _) => read(Some(task.clone())),
            (Phase::Read(order, task), wish) => match (**order).clone().apply(Actor::Service, now, command(wish, order, task.as_ref())) {
                Err(_) => Phase::Over { committed: false },
                Ok(change) => match (next.commit(&change), hears_the_answer) {
                    (true, true) => Phase::Over { committed: true },
                    // Who hears nothing tries again, and so does who was not first.
                    (true, false) | (false, true) => Phase::Idle,
                    // No commit, no answer to lose.
                    (false, false) => return None,
                },
            },
        };
        Some(next)
    }

    fn judge(&self, world: &World) -> Judgement {
        let history = (world.order.version, world.order.chain.hash);
        let judge = || Judgement {
            state: world.order.state.name(),
            chain_verifies: verify_chain(world.order.id, &world.events, &world.order.chain).is_ok(),
            ends_without_anybody: self.platform_alone(world).order.state.ended_at().is_some(),
        };
        *self.judged.lock().expect("nobody panics while judging").entry(history).or_insert_with(judge)
    }

    /// What the platform does when everybody else has gone: time passes, the agenda sweeps, the seal is made.
    fn platform_alone(&self, world: &World) -> World {
        let mut world = world.clone();
        world.late = true;
        let now = world.now(self.start.now);
        for _ in 0..2 {
            let order = (*world.order).clone();
            let is_due = order.next_due().is_some_and(|due| due <= now);
            let wish = if is_due { Wish::Sweep } else { Wish::Seal(0) };
            let task = world.seal_task();
            if let Ok(change) = order.clone().apply(Actor::Service, now, command(wish, &order, task.as_ref())) {
                assert!(world.commit(&change), "nobody else is there");
            }
        }
        world
    }
}

impl Model for Everybody {
    type State = World;
    type Action = Move;

    fn init_states(&self) -> Vec<World> {
        let tasks = self.start.changes.iter().flat_map(|change| change.tasks.iter().chain(&change.done));
        vec![World {
            order: Arc::new(self.start.order().clone()),
            events: Arc::new(self.start.events()),
            tasks: tasks.map(|task| (task.kind, task.clone())).collect(),
            late: false,
            phases: vec![Phase::Idle; self.wishes.len()],
        }]
    }

    fn actions(&self, world: &World, moves: &mut Vec<Move>) {
        for (index, phase) in world.phases.iter().enumerate() {
            match phase {
                Phase::Idle => moves.push(Move::Step(index)),
                Phase::Made(_) => moves.extend([Move::Step(index), Move::Crash(index)]),
                Phase::Read(..) => moves.extend([Move::Step(index), Move::LoseAnswer(index), Move::Crash(index)]),
                Phase::Over { .. } => {}
            }
        }
        if !world.late {
            moves.push(Move::TimePasses);
        }
    }

    fn next_state(&self, world: &World, action: Move) -> Option<World> {
        let mut next = world.clone();
        match action {
            Move::Step(index) => return self.step(world, index, true),
            Move::LoseAnswer(index) => return self.step(world, index, false),
            Move::Crash(index) => next.phases[index] = Phase::Idle,
            Move::TimePasses => next.late = true,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a signature that was acknowledged is there", |model: &Self, world: &World| {
                model.wishes.iter().zip(&world.phases).all(|(wish, phase)| match (wish, phase) {
                    (Wish::Sign(signer), Phase::Over { committed: true }) => {
                        matches!(world.order.signers[signer.as_usize()].status, SignerStatus::Signed(_))
                    }
                    _ => true,
                })
            }),
            Property::always("a signature is one event", |_, world: &World| {
                let signed = world.order.signers.iter().filter(|signer| matches!(signer.status, SignerStatus::Signed(_))).count();
                world.count(|what| matches!(what, What::Signed { .. })) == signed
            }),
            Property::always("one seal counts", |_, world: &World| {
                let seals = world.count(|what| matches!(what, What::Sealed { .. }));
                seals == if matches!(world.order.state, OrderState::Accepted { .. }) { world.order.documents.len() } else { 0 }
            }),
            Property::always("an order ends once", |_, world: &World| {
                let ends = world.count(|what| {
                    matches!(what, What::Accepted {} | What::Rejected {} | What::Cancelled {} | What::Expired {} | What::Failed { .. })
                });
                ends == usize::from(world.order.state.ended_at().is_some())
            }),
            Property::always("the chain verifies", |model: &Self, world: &World| model.judge(world).chain_verifies),
            Property::always("the platform alone brings the order to an end", |model: &Self, world: &World| {
                model.judge(world).ends_without_anybody
            }),
        ]
    }
}

#[test]
fn every_interleaving_ends_rightly() {
    use Wish::{Cancel, Decline, Remove, Seal, Sign, Sweep};
    let fake = Fake::new(7);
    let start = "2026-03-01T08:00:00Z".parse().expect("a time");
    let organization = organization(&fake);
    let creator = client(&fake, &organization, "key").id;
    let draft = || Draft::new(&organization, &creator, start);
    let (a, b, c) = (SignerIndex(0), SignerIndex(1), SignerIndex(2));
    let quorum = |mut draft: Draft, quorum| {
        draft.new.groups[0].quorum = Some(quorum);
        draft
    };
    let table = [
        (
            "two sign at once, one of them in two windows",
            draft().systems(2),
            vec![Sign(a), Sign(b), Sign(b), Cancel, Sweep, Seal(1), Seal(2)],
            "accepted cancelled expired",
        ),
        (
            "two of three are enough, and one declines",
            quorum(draft().systems(3), 2),
            vec![Sign(a), Decline(b), Sign(c), Cancel, Sweep, Seal(1)],
            "accepted cancelled expired",
        ),
        ("all are needed, and one declines", draft().systems(2), vec![Sign(a), Decline(b), Cancel, Sweep], "cancelled expired rejected"),
        (
            "one group after the other, and the creator removes the order",
            draft().systems(1).systems(1),
            vec![Sign(a), Sign(b), Remove, Cancel, Sweep, Seal(1)],
            "accepted cancelled expired",
        ),
    ];
    for (what, draft, wishes, endings) in table {
        let model = Everybody { start: draft.create(&fake, start).documents_ready(), wishes, judged: Mutex::default() };
        let checker = model.checker().finish_when(HasDiscoveries::AnyFailures).threads(2).spawn_bfs().join();
        checker.assert_properties();
        let judged = checker.model().judged.lock().expect("nobody panicked while judging");
        let reached: BTreeSet<_> = judged.values().map(|judgement| judgement.state).collect();
        let expected: BTreeSet<_> =
            endings.split(' ').chain(["pending"]).chain(endings.contains("accepted").then_some("sealing")).collect();
        assert_eq!(reached, expected, "{what}");
        eprintln!("{what}: {} states of {} histories", checker.unique_state_count(), judged.len());
    }
}
