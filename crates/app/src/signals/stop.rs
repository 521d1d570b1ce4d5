//! When must the work end: on Ctrl-C, at the memory limit, at the time limit?

use crate::args::Common;
use crate::exit::Exit;
use crate::words::{self, Failure};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use verosim_core::{Interrupted, Stop};
use verosim_engine::cost::resident_bytes;
use verosim_engine::{Category, EngineError};

/// Why the work must end; 0 while it need not. One per process, because a signal reaches the process.
static REASON: AtomicU8 = AtomicU8::new(0);
const REASONS: [Interrupted; 3] = [Interrupted::Asked, Interrupted::Memory, Interrupted::Time];

/// How often the limits are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long the work may take to end by itself. After that the process ends at once, which loses nothing: files appear
/// whole or not at all.
const GRACE: Duration = Duration::from_secs(3);
/// Beyond the limit by this share the process ends at once.
const MARGIN: f64 = 1.15;

/// A thread that looks at the clock and the memory; the work only reads its finding, which costs nothing.
pub(super) struct Watch;

impl Watch {
    pub(super) fn start(common: &Common, started: Instant, resumable: bool) -> Self {
        // A second handler cannot be set; the first one serves.
        let _ = ctrlc::set_handler(move || {
            if REASON.swap(code(Interrupted::Asked), Ordering::SeqCst) != 0 {
                leave(Interrupted::Asked, resumable, false);
            }
        });
        let (memory, time, json) = (common.memory_limit, common.time_limit, common.json);
        // Without a thread there are no limits but the ones checked beforehand.
        let _ = std::thread::Builder::new().name("limits".into()).spawn(move || {
            let mut since: Option<Instant> = None;
            loop {
                std::thread::sleep(LOOK);
                let used =
                    memory.and_then(|limit| Some(resident_bytes()? as f64 / limit as f64)).unwrap_or(0.0);
                if used > 1.0 {
                    begin(Interrupted::Memory);
                }
                if time.is_some_and(|limit| started.elapsed().as_secs_f64() > limit) {
                    begin(Interrupted::Time);
                }
                let Some(reason) = reason() else { continue };
                let waited = since.get_or_insert_with(Instant::now).elapsed();
                if waited > GRACE || used > MARGIN {
                    leave(reason, resumable, json);
                }
            }
        });
        Self
    }
}

impl Stop for Watch {
    fn check(&self) -> Result<(), Interrupted> {
        reason().map_or(Ok(()), Err)
    }
}

fn code(reason: Interrupted) -> u8 {
    REASONS.iter().position(|r| *r == reason).map_or(0, |at| at as u8 + 1)
}

fn reason() -> Option<Interrupted> {
    let code = REASON.load(Ordering::SeqCst);
    REASONS.get(usize::from(code).wrapping_sub(1)).copied()
}

/// The first reason stays.
fn begin(reason: Interrupted) {
    let _ = REASON.compare_exchange(0, code(reason), Ordering::SeqCst, Ordering::SeqCst);
}

#[allow(clippy::exit, reason = "the work did not end by itself, and a limit must hold")]
fn leave(reason: Interrupted, resumable: bool, json: bool) -> ! {
    let error = EngineError::Interrupted(reason);
    let failure = Failure {
        message: error.to_string(),
        hint: Some(advice(reason, resumable)),
        exit: Exit::from(Category::of(reason)),
    };
    std::process::exit(words::failure(&failure, json) as i32)
}

/// The next step after a stop; only runs can be resumed.
pub(crate) fn advice(reason: Interrupted, resumable: bool) -> String {
    let again =
        if resumable { "`--resume` goes on from what was finished" } else { "nothing half-written was left" };
    match reason {
        Interrupted::Asked => format!("repeat the command; {again}"),
        Interrupted::Memory => format!("raise `--memory-limit`, or bring fewer rows or columns; {again}"),
        Interrupted::Time => format!("raise `--time-limit`; {again}"),
    }
}
