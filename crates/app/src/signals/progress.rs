//! How is progress shown: a bar on a terminal, lines elsewhere, or nothing?

use crate::args::{Common, ProgressStyle};
use crate::words;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use verosim_core::Progress;

/// Progress as a person sees it.
pub(super) struct Shown {
    style: Style,
    started: Instant,
    last: Mutex<Option<Line>>,
}

/// The last line that was written.
struct Line {
    stage: String,
    quarter: usize,
    at: Instant,
}

/// Without news for this long, a line says what is being done.
const QUIET: Duration = Duration::from_secs(5);

enum Style {
    Bar(ProgressBar),
    Plain,
    Silent,
}

impl Shown {
    pub(super) fn new(common: &Common, started: Instant) -> Self {
        let style = match common.progress {
            _ if common.quiet || common.json => Style::Silent,
            ProgressStyle::None => Style::Silent,
            ProgressStyle::Auto if std::io::stderr().is_terminal() => Style::Bar(bar()),
            ProgressStyle::Auto | ProgressStyle::Plain => Style::Plain,
        };
        Self { style, started, last: Mutex::default() }
    }

    pub(super) fn finish(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let shape = "{spinner} {msg:<28} {wide_bar} {percent:>3} %  {elapsed}  eta {eta}";
    bar.set_style(BarStyle::with_template(shape).unwrap_or_else(|_| BarStyle::default_bar()));
    bar
}

impl Progress for Shown {
    fn step(&self, done: usize, total: usize, what: &str) {
        match &self.style {
            Style::Silent => {}
            Style::Bar(bar) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
                bar.set_message(what.to_owned());
            }
            Style::Plain => {
                // A line when the stage changes, at every quarter of the work, and when the last one is old.
                let quarter = (done * 4).checked_div(total).unwrap_or(0);
                let stage = what.split(':').next().unwrap_or(what);
                let Ok(mut last) = self.last.lock() else { return };
                let is_old =
                    |line: &Line| line.stage != stage || quarter > line.quarter || line.at.elapsed() >= QUIET;
                if last.as_ref().is_none_or(is_old) {
                    let percent = (done * 100).checked_div(total).unwrap_or(0);
                    let seconds = self.started.elapsed().as_secs_f64();
                    words::note(&format!("[{seconds:6.1} s] {percent:3} %  {what}"));
                    *last = Some(Line { stage: stage.to_owned(), quarter, at: Instant::now() });
                }
            }
        }
    }

    fn warn(&self, message: &str) {
        match &self.style {
            Style::Silent => {}
            Style::Bar(bar) => bar.suspend(|| words::note(&format!("note: {message}"))),
            Style::Plain => words::note(&format!("note: {message}")),
        }
    }
}
