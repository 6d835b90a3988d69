//! Defects of the storage, for tests of tests: whether anybody would notice if one of the conditions on which everything rests were
//! missing.

use std::cell::Cell;

/// One thing that a store does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A change is stored whatever the order has become since it was read, and an event replaces another.
    NoVersion,
    /// A task that is over can be marked as over again.
    NoOpenTask,
    /// A key counts as new each time.
    NoUniqueKey,
    /// A task is replaced by what it was not read as.
    NoUnchangedTask,
    /// The order of a change is stored in a second write, after everything else.
    OrderApart,
    /// The events of a change are stored in a second write.
    EventsApart,
    /// The tasks of a change are stored in a second write.
    TasksApart,
    /// That tasks are over is stored in a second write.
    DoneApart,
    /// The idempotency key of a change is stored in a second write.
    KeyApart,
    /// A message takes a position of the feed that another has.
    NoPosition,
    /// A message is published again for an event that was published.
    NoUnpublished,
    /// An endpoint is stored whatever it has become since it was read.
    NoEndpointVersion,
    /// A delivery is stored whatever it has become since it was read.
    NoDeliveryVersion,
    /// An object is stored under a name that another has.
    NoNewObject,
    /// Tasks do not come up in the agenda.
    AgendaWithoutTasks,
    /// Orders do not come up in the agenda.
    AgendaWithoutOrders,
}

impl Defect {
    /// Every defect there is.
    pub const ALL: [Self; 16] = [
        Self::NoVersion,
        Self::NoOpenTask,
        Self::NoUniqueKey,
        Self::NoUnchangedTask,
        Self::OrderApart,
        Self::EventsApart,
        Self::TasksApart,
        Self::DoneApart,
        Self::KeyApart,
        Self::NoPosition,
        Self::NoUnpublished,
        Self::NoEndpointVersion,
        Self::NoDeliveryVersion,
        Self::NoNewObject,
        Self::AgendaWithoutTasks,
        Self::AgendaWithoutOrders,
    ];

    /// Runs a test in which every new [`super::Fake`] has this defect. It must make its fakes in this very thread.
    pub fn while_running<T>(self, test: impl FnOnce() -> T) -> T {
        let _end = End;
        OF_NEW_FAKES.set(Some(self));
        test()
    }

    pub(super) fn of_new_fakes() -> Option<Self> {
        OF_NEW_FAKES.get()
    }
}

thread_local! {
    static OF_NEW_FAKES: Cell<Option<Defect>> = const { Cell::new(None) };
}

/// The defect ends with the test, also where that panics.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        OF_NEW_FAKES.set(None);
    }
}
