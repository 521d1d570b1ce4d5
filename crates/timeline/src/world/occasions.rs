//! When does a fictional person come to the clinic, why, and for how long?

use super::TRUTH;
use super::life::{Life, YEAR, exponential, gompertz, hours, normal};
use rand::{Rng, RngExt as _};
use std::f64::consts::TAU;

/// Why somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Registration,
    Planned,
    /// Kidney disease is found.
    Kidney,
    Influenza,
    Pregnancy,
    Delivery,
    Prostate,
    /// The stay that ends with death.
    Terminal,
}

/// What kind of visit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Ambulatory,
    Emergency,
    Inpatient,
}

/// One visit and all that it was for, in order of time.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) setting: Setting,
    pub(super) start: f64,
    pub(super) end: f64,
    /// Reasons and when each came up, from `start` to `end`.
    pub(super) reasons: Vec<(f64, Reason)>,
    /// Whether it ends with death.
    pub(super) fatal: bool,
}

/// All visits of a life, in order; no two overlap. What comes up during a visit belongs to it.
pub(super) fn visits(life: &Life, rng: &mut impl Rng) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for (at, reason) in occasions(life, rng) {
        if let Some(open) = visits.last_mut().filter(|open| at <= open.end) {
            open.reasons.push((at.max(open.start), reason));
            if reason == Reason::Terminal {
                (open.setting, open.end, open.fatal) = (Setting::Inpatient, life.last, true);
            }
            continue;
        }
        let setting = setting(life, at, reason, rng);
        let free = visits.last().map_or(life.entry, |visit| visit.end);
        let at = if setting == Setting::Ambulatory { at } else { any_hour(at, free..life.last, rng) };
        let minutes =
            |low: f64, high: f64, rng: &mut dyn FnMut() -> f64| (low + (high - low) * rng()) / 1440.0;
        let length = match setting {
            Setting::Ambulatory => minutes(15.0, 75.0, &mut || rng.random()),
            Setting::Emergency => minutes(90.0, 600.0, &mut || rng.random()),
            Setting::Inpatient => stay(rng),
        };
        // Who dies before a visit would have ended dies in it.
        let fatal = life.death.is_some() && (reason == Reason::Terminal || at + length >= life.last);
        let setting = if fatal { Setting::Inpatient } else { setting };
        let end = if fatal { life.last } else { (at + length).min(life.last) };
        visits.push(Visit { setting, start: at, end, reasons: vec![(at, reason)], fatal });
    }
    visits
}

/// Some time of the day that `at` is in, if it is one of those that are free: who was not expected comes at any hour, so that
/// the hour does not tell of deaths.
fn any_hour(at: f64, free: std::ops::Range<f64>, rng: &mut impl Rng) -> f64 {
    let any = at.floor() + rng.random::<f64>();
    if free.contains(&any) { any } else { at }
}

/// Days of a stay.
fn stay(rng: &mut impl Rng) -> f64 {
    (TRUTH.stay_log_mean + TRUTH.stay_log_sd * normal(rng)).exp()
}

fn setting(life: &Life, at: f64, reason: Reason, rng: &mut impl Rng) -> Setting {
    let point = rng.random::<f64>();
    let (emergency, inpatient) = match reason {
        Reason::Terminal | Reason::Delivery => (0.0, 1.0),
        Reason::Registration | Reason::Pregnancy | Reason::Kidney => (0.0, 0.0),
        Reason::Prostate => (0.0, 0.3),
        Reason::Influenza => (0.3, 0.05),
        Reason::Planned => (0.12, (0.02 + 0.0015 * life.age(at)).min(0.2)),
    };
    if point < inpatient {
        Setting::Inpatient
    } else if point < inpatient + emergency {
        Setting::Emergency
    } else {
        Setting::Ambulatory
    }
}

/// Everything that leads to a visit, in order of time, from registration to before the last instant.
fn occasions(life: &Life, rng: &mut impl Rng) -> Vec<(f64, Reason)> {
    let mut all = vec![(life.entry, Reason::Registration)];
    planned(life, rng, &mut all);
    if let Some(found) = life.kidney.filter(|&found| found > life.entry) {
        all.push((found, Reason::Kidney));
    }
    influenza(life, rng, &mut all);
    if life.woman {
        pregnancies(life, rng, &mut all);
    } else {
        // From 40 on, at a rate of 0.004 a year at 60 that doubles in 14 years.
        let from = life.entry.max(life.born + 40.0 * YEAR);
        let at = from + YEAR * gompertz(0.004, 0.05, life.age(from) - 60.0, rng);
        all.push((at, Reason::Prostate));
    }
    let first = life.entry;
    if let Some(death) = life.death
        && rng.random_bool(TRUTH.death_inpatient)
    {
        all.push(((death - stay(rng)).max(first), Reason::Terminal));
    }
    all.retain(|&(at, _)| first <= at && at < life.last);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

fn planned(life: &Life, rng: &mut impl Rng, all: &mut Vec<(f64, Reason)>) {
    let rate = TRUTH.visit_rate * life.eager * if life.diabetes { TRUTH.diabetes_visit_rr } else { 1.0 };
    // Drawn at the rate with kidney disease, and thinned before it begins.
    let most = rate * TRUTH.kidney_visit_rr;
    let mut at = life.entry;
    loop {
        at += YEAR * exponential(rng) / most;
        if at >= life.last {
            return;
        }
        let kept = life.kidney_at(at) || rng.random_bool(1.0 / TRUTH.kidney_visit_rr);
        let start = hours(at, rng);
        if kept {
            all.push((start, Reason::Planned));
        }
    }
}

fn influenza(life: &Life, rng: &mut impl Rng, all: &mut Vec<(f64, Reason)>) {
    let most = TRUTH.influenza_rate * (1.0 + TRUTH.influenza_amplitude);
    let mut at = life.entry;
    loop {
        at += YEAR * exponential(rng) / most;
        if at >= life.last {
            return;
        }
        // Years of 365.25 days from the first of January 2017 on: a day off at most.
        let phase = TAU * (at - super::life::window().0 - TRUTH.influenza_peak) / YEAR;
        let share = (1.0 + TRUTH.influenza_amplitude * phase.cos()) / (1.0 + TRUTH.influenza_amplitude);
        if rng.random_bool(share) {
            all.push((hours(at, rng), Reason::Influenza));
        }
    }
}

fn pregnancies(life: &Life, rng: &mut impl Rng, all: &mut Vec<(f64, Reason)>) {
    // None begins after 48, so that every child is born before 50.
    let mut at = life.entry.max(life.born + 15.0 * YEAR);
    loop {
        at += YEAR * exponential(rng) / 0.12;
        if at >= life.last || life.age(at) > 48.0 {
            return;
        }
        let peak = (-((life.age(at) - 30.0) / 8.0).powi(2) / 2.0).exp();
        if !rng.random_bool(peak) {
            continue;
        }
        for week in [0.0, 8.0, 16.0, 24.0] {
            all.push((hours(at + 7.0 * week, rng), Reason::Pregnancy));
        }
        all.push((at + 7.0 * 30.0 + 14.0 * rng.random::<f64>(), Reason::Delivery));
        at += 1.5 * YEAR;
    }
}
