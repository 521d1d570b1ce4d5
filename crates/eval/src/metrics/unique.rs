//! di.unique: do rows repeat as seldom as those of real people?

use crate::copying::key;
use crate::jackknife::jackknifed;
use crate::trio::equally_many;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::HashSet;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Different rows among the synthetic ones over different rows among as many real ones.
pub(super) struct Unique;

static INFO: MetricInfo = MetricInfo {
    id: "di.unique",
    name: "Unique rows",
    question: "Do rows repeat as seldom as those of real people?",
    page: "The number of different rows among the synthetic ones, over that among equally many holdout rows: real people \
           repeat as well where columns are few. Below 1 the same patient is written again and again; above 1 repeats that \
           real data have are missing. Sees whole rows only: a typical patient with one digit changed is new here, see \
           di.entropy and di.spread. The parts are the two shares.",
    family: Family::Diversity,
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "times the share in real rows",
    sources: &[Citation("zhang2025")],
    maturity: Maturity::Checked,
};

impl Metric for Unique {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (real, synthetic) = equally_many(data, seed.split("equally many"));
        let n = real.n_rows();
        let (known, made) = (numbered(&real), numbered(&synthetic));
        let score = jackknifed(n, n, seed, |rows, others| {
            let share = share(&made, others)? / share(&known, rows)?;
            share.is_finite().then_some(share)
        })?;
        let all: Vec<usize> = (0..n).collect();
        let parts = [("synthetic rows", &made), ("holdout rows", &known)];
        Ok(score.with_parts(
            parts.into_iter().filter_map(|(name, rows)| Some((name.to_owned(), share(rows, &all)?))),
        ))
    }
}

/// A number for each row; equal rows have equal numbers.
fn numbered(table: &Table) -> Vec<usize> {
    let columns: Vec<usize> = (0..table.columns().len()).collect();
    let mut known = std::collections::HashMap::new();
    (0..table.n_rows())
        .map(|row| {
            let next = known.len();
            *known.entry(key(table, &columns, row)).or_insert(next)
        })
        .collect()
}

/// Share of different ones.
fn share(numbers: &[usize], rows: &[usize]) -> Option<f64> {
    let different: HashSet<usize> = rows.iter().map(|&row| numbers[row]).collect();
    (!rows.is_empty()).then(|| different.len() as f64 / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn repeats_are_measured_against_repeats_of_real_rows() {
        let rows = |different: usize| -> Vec<[String; 1]> {
            (0..40).map(|at| [(at % different).to_string()]).collect()
        };
        let score = measured(&Unique, &Three::new(&["value"], [&rows(40), &rows(20), &rows(10)]));
        assert_eq!(score.value(), 0.5, "by hand: 10 of 40 over 20 of 40");
    }
}
