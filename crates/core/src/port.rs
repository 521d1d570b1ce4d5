//! How do engines and metrics report progress and learn that they should stop, without a terminal?

/// The caller asked to stop, or a limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// Ctrl-C or a termination signal.
    #[error("interrupted; what was finished is kept")]
    Asked,
    /// The memory limit of the run was reached.
    #[error("stopped at the memory limit")]
    Memory,
    /// The time limit of the run was reached.
    #[error("stopped at the time limit")]
    Time,
}

/// Receives progress. Implementations must be cheap: called from worker threads.
pub trait Progress: Sync {
    /// `done` of `total` steps of the current stage are finished; `what` names the step, never a cell.
    fn step(&self, done: usize, total: usize, what: &str);
    /// Something a person should read: a caveat, never a cell value.
    fn warn(&self, message: &str);
}

/// Says when to stop.
pub trait Stop: Sync {
    /// `Err` once the work should end; checked between units of work, at least once a second.
    ///
    /// # Errors
    /// The reason for stopping.
    fn check(&self) -> Result<(), Interrupted>;
}

/// Reports nowhere and never stops: for tests and library users who need neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _: usize, _: usize, _: &str) {}
    fn warn(&self, _: &str) {}
}

impl Stop for Silent {
    fn check(&self) -> Result<(), Interrupted> {
        Ok(())
    }
}

/// What long work is handed besides its data: where to report and when to stop.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where progress goes.
    pub progress: &'a dyn Progress,
    /// When to stop.
    pub stop: &'a dyn Stop,
}

impl Context<'static> {
    /// A context that reports nowhere and never stops.
    #[must_use]
    pub fn silent() -> Self {
        Self { progress: &Silent, stop: &Silent }
    }
}
