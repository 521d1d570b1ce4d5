//! Do planted canaries echo in the synthetic rows more than controls that nobody learned from?

use crate::card::{CanaryAudit, CanaryRates, Reading};
use crate::trio::align;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use verosim_core::Interval;
use verosim_data::Table;
use verosim_data::canary::{Canaries, CanaryKind};
use verosim_data::frame::{Cells, Column};
use verosim_math::learn::{Rate, auc};
use verosim_math::stats::{one_run_epsilon, two_rate_epsilon};

/// What became of one canary; no cell of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// Kind, in words.
    pub kind: String,
    /// Whether it was learned from.
    pub planted: bool,
    /// How much nearer the synthetic rows come to it than the training rows do.
    pub score: f64,
    /// Whether the attacker says that it was learned from.
    pub guessed: bool,
}

/// One canary of this many of a kind is guessed to be planted.
const ONE_IN: usize = 4;
/// Error probability of the bounds.
const ALPHA: f64 = 0.05;
/// What an unequal number is away at least: an exact number that nobody else has is what a canary is known by.
const UNEQUAL: f64 = 0.25;

/// Scores every canary by the synthetic rows alone, guesses the quarter of each kind with the highest scores to be planted,
/// and bounds the loss of privacy by the hits. The tables hold the columns that are judged, in one order; `train` are the
/// rows without canaries.
///
/// The score is how much nearer the nearest synthetic row comes than the nearest training row (mean over columns; levels
/// differ by 1, unequal numbers by 0.25 to 1 by their distance), so that an ordinary row that resembles the canary is no
/// echo; for a patient who is in training anyway, it is the number of copies.
///
/// # Errors
/// `None` when there is no column or no synthetic row.
///
/// # Cost
/// O(canaries · (training + synthetic rows) · columns), parallel over canaries.
///
/// # Source
/// Canaries seen in the output alone: `meeus2025`; the bound of one run: `steinke2023`.
#[must_use]
pub fn audit(canaries: &Canaries, train: &Table, synthetic: &Table) -> Option<(CanaryAudit, Vec<Echo>)> {
    if synthetic.n_rows() == 0 || synthetic.columns().is_empty() {
        return None;
    }
    let tables = align(&[&canaries.rows, train, synthetic]);
    let [rows, train, synthetic] = tables.as_slice() else { return None };
    let spreads: Vec<f64> = train.columns().iter().map(spread).collect();
    let scores: Vec<f64> = (0..rows.n_rows())
        .into_par_iter()
        .map(|at| {
            let (made, copies) = nearest(rows, at, synthetic, &spreads);
            match canaries.kinds[at] {
                CanaryKind::Twin => copies as f64 - made,
                _ => nearest(rows, at, train, &spreads).0 - made,
            }
        })
        .collect();
    let guessed = guesses(&canaries.kinds, &scores);
    let rates = CanaryKind::ALL.map(|kind| rates(canaries, kind, &guessed));
    // A patient who is in the data twice is no neighbour of one who is there once by one row of a new person: twins are told,
    // and prove nothing.
    let [combination, number, _] = &rates;
    let (planted, controls) = (combination.planted + number.planted, combination.controls + number.controls);
    let (found, alarms) = (combination.found + number.found, combination.alarms + number.alarms);
    let of = |wanted: bool| -> Vec<f64> {
        let own = |at: &usize| canaries.planted[*at] == wanted && canaries.kinds[*at] != CanaryKind::Twin;
        (0..scores.len()).filter(own).map(|at| scores[at]).collect()
    };
    let area = auc(&of(true), &of(false)).ok().map(|area| {
        let (low, high) = area.interval(0.95);
        Reading {
            value: area.value,
            interval: Some(Interval { low, high, level: 0.95 }),
            n: planted.min(controls),
        }
    });
    let audit = CanaryAudit {
        planted: canaries.n_planted(),
        controls: canaries.planted.len() - canaries.n_planted(),
        auc: area,
        found: share(found, planted),
        alarms: share(alarms, controls),
        guesses: found + alarms,
        epsilon: one_run_epsilon(found, found + alarms, ALPHA),
        epsilon_of_rates: two_rate_epsilon((found, planted), (alarms, controls), ALPHA),
        epsilon_at_most: one_run_epsilon(found + alarms, found + alarms, ALPHA),
        kinds: rates.into_iter().filter(|rates| rates.planted + rates.controls > 0).collect(),
    };
    let echoes = (0..scores.len()).map(|at| Echo {
        kind: canaries.kinds[at].words().to_owned(),
        planted: canaries.planted[at],
        score: scores[at],
        guessed: guessed[at],
    });
    Some((audit, echoes.collect()))
}

/// The highest quarter of each kind. It looks at no coin: ties go to the earlier canary.
fn guesses(kinds: &[CanaryKind], scores: &[f64]) -> Vec<bool> {
    let mut guessed = vec![false; scores.len()];
    for kind in CanaryKind::ALL {
        let mut own: Vec<usize> = (0..scores.len()).filter(|&at| kinds[at] == kind).collect();
        own.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        own.iter().take(own.len() / ONE_IN).for_each(|&at| guessed[at] = true);
    }
    guessed
}

fn rates(canaries: &Canaries, kind: CanaryKind, guessed: &[bool]) -> CanaryRates {
    let count = |planted: bool, only_guessed: bool| {
        let own = |at: &usize| {
            canaries.kinds[*at] == kind && canaries.planted[*at] == planted && (guessed[*at] || !only_guessed)
        };
        (0..guessed.len()).filter(own).count()
    };
    CanaryRates {
        kind: kind.words().to_owned(),
        planted: count(true, false),
        found: count(true, true),
        controls: count(false, false),
        alarms: count(false, true),
    }
}

fn share(hits: usize, n: usize) -> Reading {
    let rate = Rate::exact(hits, n, 0.95);
    let interval = Some(Interval { low: rate.low, high: rate.high, level: 0.95 });
    Reading { value: rate.value, interval, n }
}

/// The middle nine tenths of a column's numbers.
fn spread(column: &Column) -> f64 {
    let mut sorted: Vec<f64> =
        column.numbers().unwrap_or(&[]).iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get((share * sorted.len().saturating_sub(1) as f64) as usize);
    at(0.95).zip(at(0.05)).map_or(1.0, |(high, low)| high - low).max(f64::MIN_POSITIVE)
}

/// Distance to the nearest row of `others`, and how many are equal.
fn nearest(rows: &Table, at: usize, others: &Table, spreads: &[f64]) -> (f64, usize) {
    let mut sums = vec![0.0; others.n_rows()];
    for ((own, other), spread) in rows.columns().iter().zip(others.columns()).zip(spreads) {
        match (&own.cells, &other.cells) {
            (Cells::Number(own), Cells::Number(others)) => {
                sums.iter_mut().zip(others).for_each(|(sum, &b)| *sum += apart(own[at], b, *spread));
            }
            (Cells::Level { codes: own, .. }, Cells::Level { codes: others, .. }) => {
                sums.iter_mut().zip(others).for_each(|(sum, &b)| *sum += f64::from(u8::from(own[at] != b)));
            }
            _ => {}
        }
    }
    let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
    (least / spreads.len().max(1) as f64, sums.iter().filter(|sum| **sum == 0.0).count())
}

/// Missing is 0 from missing and 1 from any number.
fn apart(a: f64, b: f64, spread: f64) -> f64 {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0.0,
        (false, false) if (a - b).abs() == 0.0 => 0.0,
        (false, false) => UNEQUAL + (1.0 - UNEQUAL) * ((a - b).abs() / spread).min(1.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Kind;

    fn numbers(values: &[f64]) -> Table {
        let missing = vec![0; values.len()];
        let cells = Cells::Number(values.to_vec());
        Table::new(vec![Column { name: "x".into(), kind: Kind::Count, missing, cells }]).unwrap()
    }

    fn flock(n: usize) -> Canaries {
        Canaries {
            rows: numbers(&(0..n).map(|at| 1000.0 + at as f64).collect::<Vec<_>>()),
            kinds: vec![CanaryKind::Number; n],
            planted: (0..n).map(|at| at % 2 == 0).collect(),
        }
    }

    #[test]
    fn what_is_handed_back_is_found_and_bounds_are_those_of_the_hits() {
        let canaries = flock(80);
        let train = numbers(&[1.0, 2.0, 3.0, 50.0]);
        let planted: Vec<usize> = (0..80).step_by(2).collect();
        let leak = canaries.rows.take(&planted);
        let (audit, echoes) = audit(&canaries, &train, &leak).unwrap();
        assert_eq!((audit.found.value, audit.alarms.value, audit.guesses), (0.5, 0.0, 20));
        // By hand: q = 0.05^(1/20) = 0.860892, ln(q / (1 - q)) = 1.8228.
        assert!((audit.epsilon - 1.8228).abs() < 1e-3, "{}", audit.epsilon);
        assert!((audit.epsilon_at_most - audit.epsilon).abs() < 1e-9);
        assert!(echoes.iter().all(|echo| !echo.guessed || echo.planted));
        assert_eq!(audit.auc.unwrap().value, 1.0);
    }

    #[test]
    fn rows_of_other_people_prove_nothing() {
        let canaries = flock(80);
        let train = numbers(&[1.0, 2.0, 3.0, 50.0]);
        let (audit, _) = audit(&canaries, &train, &numbers(&[2.0, 3.0, 4.0])).unwrap();
        assert_eq!((audit.epsilon, audit.epsilon_of_rates), (0.0, 0.0));
        assert_eq!(audit.guesses, 20);
        assert!(super::audit(&canaries, &train, &numbers(&[])).is_none());
    }

    #[test]
    fn a_patient_twice_is_told_by_copies_and_proves_nothing() {
        let mut canaries = flock(40);
        canaries.kinds = vec![CanaryKind::Twin; 40];
        let copies: Vec<usize> = (0..40).flat_map(|at| vec![at; 1 + 2 * usize::from(at % 2 == 0)]).collect();
        let (audit, _) = audit(&canaries, &canaries.rows, &canaries.rows.take(&copies)).unwrap();
        assert_eq!((audit.kinds[0].found, audit.kinds[0].alarms), (10, 0));
        assert_eq!((audit.guesses, audit.epsilon), (0, 0.0));
    }
}
