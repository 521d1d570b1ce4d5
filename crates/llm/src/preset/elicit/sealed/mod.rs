//! What may be learned of rows when each patient was promised that the result hardly depends on them?
//!
//! The promise, and why it holds: `CLAIM.md` beside this file.

#[cfg(test)]
mod tests;

use super::evidence::Evidence;
use super::grid::Grid;
use crate::accept::{Cell, Record};
use crate::card::Card;
use std::sync::{Mutex, PoisonError};
use verosim_core::guarantee::Formal;
use verosim_core::{FitError, Hint as _, Seeded};
use verosim_data::Train;
use verosim_data::constrain::{Allowance, Allowed};
use verosim_math::stats::onto_simplex;
use verosim_privacy::{DiscreteGaussian, Ledger, Noise, PrivacyError, Promise};

/// Real rows that can be counted with noise and in no other way: there is no path from here to a row.
pub struct Sealed<'a> {
    train: &'a Train,
    /// One row of each person.
    rows: Vec<usize>,
    promise: Promise,
    spending: Mutex<(Ledger, Noise)>,
}

/// What leaves a seal. Everything in it is computed from noisy counts and declarations.
pub(super) struct Released {
    pub(super) evidence: Evidence,
    /// The columns, with shares of the levels of those that are not asked about one by one.
    pub(super) columns: Vec<Allowance>,
    pub(super) promise: Formal,
}

impl<'a> Sealed<'a> {
    /// Seals `train` under `epsilon` and `delta` (by default `n^-1.2` for `n` persons). Of each person one row counts,
    /// chosen by `choice` and the numbers of person and row alone.
    ///
    /// # Errors
    /// [`FitError::NotReleased`] for fewer than two persons and for numbers that promise nothing.
    pub fn new(
        train: &'a Train,
        epsilon: f64,
        delta: Option<f64>,
        choice: Seeded,
        noise: Noise,
    ) -> Result<Self, FitError> {
        let rows = train.one_per_person(choice);
        let promise = Promise::new(epsilon, delta, rows.len()).map_err(|error| not_released(&error))?;
        let ledger = promise.ledger().map_err(|error| not_released(&error))?;
        Ok(Self { train, rows, promise, spending: Mutex::new((ledger, noise)) })
    }

    /// Persons, each with one row. Public under the promise.
    #[must_use]
    pub fn people(&self) -> usize {
        self.rows.len()
    }

    /// Spends the whole budget on one vector of counts: for each column, the persons by outcome and cell.
    ///
    /// # Errors
    /// [`FitError::NotReleased`] when the budget was spent before, is too small for any use, or there is no randomness.
    pub(super) fn release(
        &self,
        card: &Card,
        grids: &[Grid],
        outcome: Option<(usize, usize)>,
    ) -> Result<Released, FitError> {
        let mut spending = self.spending.lock().unwrap_or_else(PoisonError::into_inner);
        let (ledger, noise) = &mut *spending;
        // What rounding left of the budget is for nobody.
        if !ledger.entries().is_empty() {
            return Err(spent(ledger));
        }
        let histograms = histograms(card, grids, outcome);
        let records = Record::of_table(card, &self.train.table().take(&self.rows));
        let counts = count(&histograms, &records, grids, outcome.map(|(at, _)| at));
        // A person who is replaced leaves one cell of each histogram and enters another.
        let squared = 2 * histograms.len() as u64;
        let law = DiscreteGaussian::within(ledger.left(), squared).map_err(|_| spent(ledger))?;
        let what = match outcome {
            Some((at, _)) => format!(
                "counts of patients in {} columns by level of {}",
                histograms.len(),
                card.columns()[at].name()
            ),
            None => format!("counts of patients in {} columns", histograms.len()),
        };
        let noisy =
            law.release(&what, &counts, squared, ledger, noise).map_err(|error| not_released(&error))?;
        let promise = self.promise.formal(ledger, noise, public(self.train.subjects().is_some()));
        Ok(understood(&noisy, law.variance(), &histograms, card, grids, outcome, promise))
    }
}

/// What the promise does not cover because it counts as known.
fn public(has_subjects: bool) -> Vec<String> {
    let persons = if has_subjects {
        "which column numbers patients (one row of each was counted)"
    } else {
        "that every row is another patient"
    };
    [
        "kinds, formats, missing markers, bounds and levels of columns as declared",
        "the format of the file",
        "the number of patients",
        persons,
        "what the language model knows",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// How the persons are shared out by one column: each stands in exactly one place.
#[derive(Debug)]
struct Histogram {
    column: usize,
    /// Levels of the outcome, and cells within each.
    levels: usize,
    cells: usize,
    /// Whether the cells are levels of the column rather than those of its grid.
    by_level: bool,
}

impl Histogram {
    /// Places: cells by level, then missing, then everything else (outside the bounds, undeclared, outcome unknown).
    fn len(&self) -> usize {
        self.levels * self.cells + 2
    }

    fn place(&self, record: &Record, grids: &[Grid], outcome: Option<usize>) -> usize {
        let (missing, elsewhere) = (self.len() - 2, self.len() - 1);
        let cell = &record.0[self.column];
        if *cell == Cell::Missing {
            return missing;
        }
        let level = match outcome.filter(|_| !self.by_level).map(|at| &record.0[at]) {
            None => Some(0),
            Some(Cell::Level(level)) => Some(*level as usize).filter(|level| *level < self.levels),
            Some(_) => None,
        };
        let inside = match (self.by_level, cell) {
            (true, Cell::Level(level)) => Some(*level as usize).filter(|level| *level < self.cells),
            (true, _) => None,
            (false, cell) => grids[self.column].place(cell),
        };
        level.zip(inside).map_or(elsewhere, |(level, inside)| level * self.cells + inside)
    }
}

fn histograms(card: &Card, grids: &[Grid], outcome: Option<(usize, usize)>) -> Vec<Histogram> {
    let of = |(column, grid): (usize, &Grid)| {
        let is_outcome = outcome.is_some_and(|(at, _)| at == column);
        let by_level = is_outcome || grid.len() == 0;
        let texts = match &card.columns()[column].allowance.values {
            Allowed::Levels { texts, .. } => texts.len(),
            _ => 0,
        };
        let levels = if by_level { 1 } else { outcome.map_or(1, |(_, levels)| levels) };
        Histogram { column, levels, cells: if by_level { texts } else { grid.len() }, by_level }
    };
    grids.iter().enumerate().map(of).collect()
}

fn count(histograms: &[Histogram], records: &[Record], grids: &[Grid], outcome: Option<usize>) -> Vec<i64> {
    let mut counts = Vec::new();
    for histogram in histograms {
        let first = counts.len();
        counts.resize(first + histogram.len(), 0);
        records.iter().for_each(|record| counts[first + histogram.place(record, grids, outcome)] += 1);
    }
    counts
}

/// Post-processing: knows the noisy counts, declarations and the number of patients.
fn understood(
    noisy: &[i64],
    variance: f64,
    histograms: &[Histogram],
    card: &Card,
    grids: &[Grid],
    outcome: Option<(usize, usize)>,
    promise: Formal,
) -> Released {
    let people = promise.units as f64;
    let levels = outcome.map_or(1, |(_, levels)| levels);
    let mut columns: Vec<Allowance> = card.columns().iter().map(|column| column.allowance.clone()).collect();
    let mut evidence = Evidence {
        rows: promise.units,
        outcome: if outcome.is_none() { vec![people] } else { vec![0.0; levels] },
        counts: grids.iter().map(|grid| vec![vec![0.0; grid.len()]; levels]).collect(),
        missing: vec![0.0; grids.len()],
        worth: vec![1.0; grids.len()],
        ..Evidence::default()
    };
    let mut rest = noisy;
    for histogram in histograms {
        let (own, others) = rest.split_at(histogram.len());
        rest = others;
        // Every person stands in one place: never negative, and as many as there are.
        let counts = onto_simplex(&own.iter().map(|&count| count as f64).collect::<Vec<f64>>(), people);
        let places = histogram.levels * histogram.cells;
        let at = histogram.column;
        evidence.missing[at] = counts[places];
        // A count of p · n rows varies by about n / places, one with noise by `variance` more.
        let even = people / histogram.len() as f64;
        evidence.worth[at] = even / (even + variance);
        if outcome.is_some_and(|(outcome, _)| outcome == at) {
            evidence.outcome = counts[..places].to_vec();
        } else if histogram.by_level {
            let total: f64 = counts[..places].iter().sum();
            if let Allowed::Levels { shares, .. } = &mut columns[at].values
                && total > 0.0
            {
                *shares = counts[..places].iter().map(|count| count / total).collect();
            }
        } else {
            evidence.counts[at] = counts[..places].chunks(histogram.cells).map(<[f64]>::to_vec).collect();
        }
    }
    Released { evidence, columns, promise }
}

fn spent(ledger: &Ledger) -> FitError {
    let why = if ledger.entries().is_empty() {
        "epsilon or delta is so small that the noise has no bound"
    } else {
        "the budget was spent before"
    };
    FitError::NotReleased { why: why.into(), next: Some("choose a larger `epsilon`".into()) }
}

fn not_released(error: &PrivacyError) -> FitError {
    FitError::NotReleased { why: error.to_string(), next: error.hint() }
}
