//! Which share is still free of the event at each time, and how far do two such curves lie apart?

/// Kaplan and Meier's estimate: a step function that is 1 before the first event.
#[derive(Clone, Debug, PartialEq)]
pub struct KaplanMeier {
    steps: Vec<Step>,
    last: f64,
}

/// What happened at one time with an event.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    time: f64,
    at_risk: usize,
    events: usize,
    /// Share still free right after.
    survival: f64,
    /// Greenwood's sum of d / (n (n - d)) up to here.
    greenwood: f64,
}

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl KaplanMeier {
    /// The curve of `times` with or without an event; rows whose time is not finite are left out. `None` without rows.
    ///
    /// # Cost
    /// O(n log n).
    ///
    /// # Source
    /// Kaplan and Meier 1958 (`kaplan1958`).
    ///
    /// # Example
    /// ```
    /// use verosim_math::survival::KaplanMeier;
    /// let curve = KaplanMeier::of(&[1.0, 2.0, 3.0], &[true, false, true]).unwrap();
    /// assert!((curve.at(2.5) - 2.0 / 3.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn of(times: &[f64], events: &[bool]) -> Option<Self> {
        let mut rows: Vec<(f64, bool)> =
            times.iter().copied().zip(events.iter().copied()).filter(|(time, _)| time.is_finite()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let last = rows.last()?.0;
        let (mut steps, mut survival, mut greenwood) = (Vec::new(), 1.0, 0.0);
        let mut start = 0;
        while start < rows.len() {
            let time = rows[start].0;
            let tied = rows[start..].iter().take_while(|row| row.0 == time).count();
            let events = rows[start..start + tied].iter().filter(|row| row.1).count();
            let at_risk = rows.len() - start;
            if events > 0 {
                let (n, d) = (at_risk as f64, events as f64);
                survival *= 1.0 - d / n;
                greenwood += if events < at_risk { d / (n * (n - d)) } else { 0.0 };
                steps.push(Step { time, at_risk, events, survival, greenwood });
            }
            start += tied;
        }
        Some(Self { steps, last })
    }

    /// Share still free of the event right after `time`; flat beyond the last row.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        self.step(time).map_or(1.0, |step| step.survival)
    }

    /// Greenwood's standard error of [`at`](Self::at); 0 before the first event and once nobody is left.
    #[must_use]
    pub fn error_at(&self, time: f64) -> f64 {
        self.step(time).map_or(0.0, |step| step.survival * step.greenwood.sqrt())
    }

    /// Time of the last row, with or without an event.
    #[must_use]
    pub fn last(&self) -> f64 {
        self.last
    }

    /// Events up to `time`.
    #[must_use]
    pub fn events_until(&self, time: f64) -> usize {
        self.steps.iter().take_while(|step| step.time <= time).map(|step| step.events).sum()
    }

    /// Mean time without the event among the first `horizon`: the area below the curve from 0 on.
    ///
    /// # Source
    /// Irwin 1949 (`irwin1949`) with Greenwood's variance: the sum over events of the squared area beyond, times
    /// d / (n (n - d)).
    #[must_use]
    pub fn restricted_mean(&self, horizon: f64) -> Mean {
        let within: Vec<&Step> = self.steps.iter().take_while(|step| step.time < horizon).collect();
        let (mut beyond, mut variance, mut end) = (0.0, 0.0, horizon);
        for step in within.iter().rev() {
            beyond += step.survival * (end - step.time.max(0.0)).max(0.0);
            let (n, d) = (step.at_risk as f64, step.events as f64);
            if step.events < step.at_risk {
                variance += beyond * beyond * d / (n * (n - d));
            }
            end = step.time.max(0.0);
        }
        Mean { value: beyond + end.max(0.0), error: variance.sqrt() }
    }

    fn step(&self, time: f64) -> Option<&Step> {
        self.steps.partition_point(|step| step.time <= time).checked_sub(1).map(|at| &self.steps[at])
    }
}

/// How far one curve lies from another up to a horizon, as shares of the area from 0 to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// Mean of the absolute difference.
    pub area: f64,
    /// Mean of the second curve minus the first: above 0 when it promises too much.
    pub optimism: f64,
}

/// How far `second` lies from `first` between 0 and `horizon`; exact, not on a grid. `None` unless `horizon` is above 0.
///
/// # Source
/// Norcliffe et al. 2023, SurvivalGAN (`norcliffe2023`).
#[must_use]
pub fn apart(first: &KaplanMeier, second: &KaplanMeier, horizon: f64) -> Option<Apart> {
    if !horizon.is_finite() || horizon <= 0.0 {
        return None;
    }
    let mut times: Vec<f64> = first.steps.iter().chain(&second.steps).map(|step| step.time).collect();
    times.extend([0.0, horizon]);
    times.retain(|time| (0.0..=horizon).contains(time));
    times.sort_by(f64::total_cmp);
    let (mut area, mut optimism) = (0.0, 0.0);
    for pair in times.windows(2) {
        let difference = second.at(pair[0]) - first.at(pair[0]);
        area += difference.abs() * (pair[1] - pair[0]);
        optimism += difference * (pair[1] - pair[0]);
    }
    Some(Apart { area: area / horizon, optimism: optimism / horizon })
}

#[cfg(test)]
#[path = "curve_tests.rs"]
pub(super) mod tests;
