//! How long did a metric take? The one place of the judge that reads a clock.

use std::time::Instant;

/// Runs `work` and says how many seconds it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let result = work();
    (result, started.elapsed().as_secs_f64())
}
