//! Who hears Ctrl-C, watches the limits, and shows progress?

use crate::args::{Common, ProgressStyle};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use verosim_core::{Context, Interrupted, Progress, Stop};
use verosim_engine::cost::resident_bytes;

static ASKED: AtomicBool = AtomicBool::new(false);

/// The terminal's side of a command.
pub(crate) struct Signals {
    started: Instant,
    memory_limit: Option<u64>,
    time_limit: Option<f64>,
    style: Style,
    last: Mutex<(String, usize)>,
}

enum Style {
    Bar(ProgressBar),
    Plain,
    Silent,
}

impl Signals {
    /// Listens for Ctrl-C and termination from now on.
    pub(crate) fn listen(common: &Common) -> Self {
        // A second handler cannot be set; the first one serves.
        let _ = ctrlc::set_handler(|| {
            if ASKED.swap(true, Ordering::SeqCst) {
                // Asked twice: leave at once. Files appear whole or not at all, so nothing is half-written.
                #[allow(clippy::exit, reason = "a person who asks twice wants out now")]
                std::process::exit(130);
            }
        });
        let style = match common.progress {
            _ if common.quiet || common.json => Style::Silent,
            ProgressStyle::None => Style::Silent,
            ProgressStyle::Plain => Style::Plain,
            ProgressStyle::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
                let shape = "{spinner} {msg:<28} {wide_bar} {pos}/{len} {elapsed} (eta {eta})";
                bar.set_style(BarStyle::with_template(shape).unwrap_or_else(|_| BarStyle::default_bar()));
                Style::Bar(bar)
            }
            ProgressStyle::Auto => Style::Plain,
        };
        Self {
            started: Instant::now(),
            memory_limit: common.memory_limit,
            time_limit: common.time_limit,
            style,
            last: Mutex::new((String::new(), 0)),
        }
    }

    /// What the libraries are handed.
    pub(crate) fn context(&self) -> Context<'_> {
        Context { progress: self, stop: self }
    }

    /// Seconds since the command began.
    pub(crate) fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Clears the bar before words are printed.
    pub(crate) fn finish(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Signals {
    fn step(&self, done: usize, total: usize, what: &str) {
        match &self.style {
            Style::Silent => {}
            Style::Bar(bar) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                bar.set_message(what.to_owned());
            }
            Style::Plain => {
                // A line when the work changes and at every quarter of it.
                let quarter = if total == 0 { 0 } else { done * 4 / total };
                let Ok(mut last) = self.last.lock() else { return };
                if last.0 != what || quarter > last.1 {
                    crate::words::note(&format!("[{:6.1}s] {what} {done}/{total}", self.elapsed()));
                    *last = (what.to_owned(), quarter);
                }
            }
        }
    }

    fn warn(&self, message: &str) {
        if !matches!(self.style, Style::Silent) {
            crate::words::note(&format!("note: {message}"));
        }
    }
}

impl Stop for Signals {
    fn check(&self) -> Result<(), Interrupted> {
        if ASKED.load(Ordering::SeqCst) {
            return Err(Interrupted::Asked);
        }
        if self.time_limit.is_some_and(|limit| self.elapsed() > limit) {
            return Err(Interrupted::Time);
        }
        match (self.memory_limit, resident_bytes()) {
            (Some(limit), Some(used)) if used > limit => Err(Interrupted::Memory),
            _ => Ok(()),
        }
    }
}
