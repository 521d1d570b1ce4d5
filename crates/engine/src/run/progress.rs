//! How far is the whole run, when each stage only knows its own steps?

use std::sync::Mutex;
use verosim_core::{Context, Progress};

/// Steps of the whole run.
const WHOLE: usize = 1_000;

/// Shares out one bar among stages by the time that each is predicted to take, so that its end can be foretold.
pub(crate) struct Shares<'a> {
    outer: &'a dyn Progress,
    /// Seconds foretold per stage.
    seconds: Mutex<Vec<f64>>,
    /// Stage at work, and the greatest step shown: the bar never goes back.
    at: Mutex<(usize, &'static str, usize)>,
}

impl<'a> Shares<'a> {
    pub(crate) fn new(ctx: Context<'a>, n_stages: usize) -> Self {
        Self { outer: ctx.progress, seconds: Mutex::new(vec![1.0; n_stages]), at: Mutex::new((0, "", 0)) }
    }

    /// Sets what each stage is predicted to take.
    pub(crate) fn foretell(&self, seconds: &[f64]) {
        if let Ok(mut now) = self.seconds.lock() {
            *now = seconds.iter().map(|second| second.max(0.01)).collect();
        }
    }

    /// Begins stage number `stage`.
    pub(crate) fn begin(&self, stage: usize, name: &'static str) {
        if let Ok(mut at) = self.at.lock() {
            (at.0, at.1) = (stage, name);
        }
        self.show(0.0, "");
    }

    fn show(&self, share: f64, what: &str) {
        let (Ok(seconds), Ok(mut at)) = (self.seconds.lock(), self.at.lock()) else { return };
        let total: f64 = seconds.iter().sum();
        let before: f64 = seconds.iter().take(at.0).sum();
        let own = seconds.get(at.0).copied().unwrap_or(0.0);
        let step = (WHOLE as f64 * (before + share.clamp(0.0, 1.0) * own) / total) as usize;
        at.2 = at.2.max(step.min(WHOLE));
        let words = if what.is_empty() { at.1.to_owned() } else { format!("{}: {what}", at.1) };
        self.outer.step(at.2, WHOLE, &words);
    }
}

impl Progress for Shares<'_> {
    fn step(&self, done: usize, total: usize, what: &str) {
        self.show(done as f64 / total.max(1) as f64, what);
    }

    fn warn(&self, message: &str) {
        self.outer.warn(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Silent;

    #[derive(Default)]
    struct Seen(Mutex<Vec<(usize, String)>>);

    impl Progress for Seen {
        fn step(&self, done: usize, _: usize, what: &str) {
            self.0.lock().unwrap().push((done, what.to_owned()));
        }
        fn warn(&self, _: &str) {}
    }

    #[test]
    fn one_bar_grows_by_foretold_time() {
        let seen = Seen::default();
        let shares = Shares::new(Context { progress: &seen, stop: &Silent }, 2);
        shares.foretell(&[1.0, 3.0]);
        shares.begin(0, "fit");
        shares.step(1, 2, "columns");
        shares.begin(1, "evaluate");
        shares.step(2, 3, "metrics");
        shares.step(1, 3, "metrics");
        let words = |w: &str| w.to_owned();
        assert_eq!(
            *seen.0.lock().unwrap(),
            [
                (0, words("fit")),
                (125, words("fit: columns")),
                (250, words("evaluate")),
                (750, words("evaluate: metrics")),
                (750, words("evaluate: metrics"))
            ]
        );
    }
}
