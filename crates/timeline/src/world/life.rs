//! What is true of a fictional person, before anything is written down?

use super::TRUTH;
use super::codes::GROUPS;
use crate::event::instant::{DAY, day};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, Gamma, StandardNormal};

/// Days of a year.
pub(super) const YEAR: f64 = 365.25;

/// One person. Days are counted from 1970-01-01; parts of days are times of day.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "a person may have several diseases")]
pub(super) struct Life {
    pub(super) woman: bool,
    pub(super) group: &'static str,
    /// Day of birth, whole.
    pub(super) born: f64,
    /// Registration.
    pub(super) entry: f64,
    /// Death, if before the end of the study.
    pub(super) death: Option<f64>,
    /// Last instant that is seen: death or the end of the study.
    pub(super) last: f64,
    pub(super) diabetes: bool,
    pub(super) hypertension: bool,
    pub(super) asthma: bool,
    /// Begin of kidney disease: at registration or later, if before `last`.
    pub(super) kidney: Option<f64>,
    /// Visits planned more often than others plan them.
    pub(super) eager: f64,
    pub(super) smoking: &'static str,
    pub(super) metformin: bool,
    pub(super) ramipril: bool,
    /// What this person's HbA1c, creatinine, haemoglobin, pressure and pulse have of their own, in standard deviations.
    pub(super) own: [f64; 5],
}

impl Life {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let truth = &TRUTH;
        let (first, end) = window();
        let woman = rng.random_bool(truth.women);
        let mut point = rng.random::<f64>();
        let group = GROUPS.iter().find(|(_, share)| {
            point -= share;
            point < 0.0
        });
        let group = group.map_or(GROUPS[0].0, |(code, _)| code);
        let entry = hours(first + rng.random::<f64>() * 5.0 * YEAR, rng);
        // Few children; most adults are between 40 and 75.
        let age = if rng.random_bool(0.12) {
            18.0 * rng.random::<f64>()
        } else {
            let middle: f64 = (0..3).map(|_| rng.random::<f64>()).sum::<f64>() / 3.0;
            18.0 + 76.0 * middle
        };
        let born = (entry - age * YEAR).floor();
        let decades = ((entry - born) / YEAR - 60.0) / 10.0;
        let mut has = |log_odds: f64| rng.random_bool(1.0 / (1.0 + (-log_odds).exp()));
        let hypertension = has(truth.hypertension_logit + truth.hypertension_per_decade * decades);
        let with = |is: bool, ratio: f64| if is { ratio.ln() } else { 0.0 };
        let diabetes = has(truth.diabetes_logit
            + truth.diabetes_per_decade * decades
            + with(hypertension, truth.hypertension_diabetes_or));
        let kidney = has(truth.kidney_logit
            + truth.kidney_per_decade * decades
            + with(diabetes, truth.diabetes_kidney_or)
            + with(hypertension, truth.hypertension_kidney_or));
        let asthma = has(-2.4);
        let rate = truth.kidney_rate * if diabetes { truth.diabetes_kidney_rr } else { 1.0 };
        let onset = entry + YEAR * exponential(rng) / rate;
        let hazard = truth.death_rate * if diabetes { truth.diabetes_death_hr } else { 1.0 };
        let death = entry + YEAR * gompertz(hazard, truth.age_death_hr.ln() / 10.0, decades * 10.0, rng);
        let death = (death < end).then_some(death);
        let last = death.unwrap_or(end);
        let eager =
            Gamma::new(1.0 / truth.visit_spread, truth.visit_spread).map_or(1.0, |gamma| gamma.sample(rng));
        let smoking = match rng.random::<f64>() {
            ..0.5 => "never",
            0.5..0.8 => "former",
            _ => "current",
        };
        let metformin = diabetes && rng.random_bool(truth.metformin_share);
        let ramipril = hypertension && rng.random_bool(0.65);
        let own = std::array::from_fn(|_| normal(rng));
        let kidney = if kidney { Some(entry) } else { Some(onset).filter(|&onset| onset < last) };
        Self {
            woman,
            group,
            born,
            entry,
            death,
            last,
            diabetes,
            hypertension,
            asthma,
            kidney,
            eager,
            smoking,
            metformin,
            ramipril,
            own,
        }
    }

    /// Age in years at a day.
    pub(super) fn age(&self, at: f64) -> f64 {
        (at - self.born) / YEAR
    }

    /// Whether there is kidney disease at a day.
    pub(super) fn kidney_at(&self, at: f64) -> bool {
        self.kidney.is_some_and(|from| from <= at)
    }
}

/// First day of registration, and the end of the study.
pub(super) fn window() -> (f64, f64) {
    let at = |year| day(year, 1, 1).unwrap_or_default() as f64 / DAY as f64;
    (at(2017), at(2025))
}

/// Years to the first event whose hazard is `rate` at `lag` 0 and grows by `growth` a year from `lag` on.
pub(super) fn gompertz(rate: f64, growth: f64, lag: f64, rng: &mut impl Rng) -> f64 {
    let now = rate * (growth * lag).exp();
    (1.0 + growth * exponential(rng) / now).ln() / growth
}

/// A time between 8 and 18 o'clock of the day that `at` is in.
pub(super) fn hours(at: f64, rng: &mut impl Rng) -> f64 {
    at.floor() + (8.0 + 10.0 * rng.random::<f64>()) / 24.0
}

pub(super) fn exponential(rng: &mut impl Rng) -> f64 {
    -(1.0 - rng.random::<f64>()).ln()
}

pub(super) fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}
