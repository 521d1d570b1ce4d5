//! What does the terminal tell the work, and what does the work tell the terminal?

mod progress;
mod stop;

use crate::args::Common;
use progress::Shown;
use std::time::Instant;
use verosim_core::Context;

use stop::Watch;
pub(crate) use stop::advice;

/// The terminal's side of a command.
pub(crate) struct Signals {
    started: Instant,
    shown: Shown,
    watch: Watch,
}

impl Signals {
    /// Listens for Ctrl-C and termination and watches the limits from now on; `resumable` commands say so when stopped.
    pub(crate) fn listen(common: &Common, resumable: bool) -> Self {
        let started = Instant::now();
        Self { started, shown: Shown::new(common, started), watch: Watch::start(common, started, resumable) }
    }

    /// What the libraries are handed.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { progress: &self.shown, stop: &self.watch }
    }

    /// Seconds since the command began.
    pub(crate) fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Clears the bar before words are printed.
    pub(crate) fn finish(&self) {
        self.shown.finish();
    }
}
