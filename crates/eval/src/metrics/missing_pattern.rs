//! re.misspat: do the same cells lack together?

use super::accuracy::accuracy;
use crate::coded::Coded;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::BTreeMap;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// One minus the total variation of whole patterns of missing cells.
pub(super) struct MissingPattern;

static INFO: MetricInfo = MetricInfo {
    id: "re.misspat",
    name: "Patterns of missing cells",
    question: "Do the same cells lack together?",
    page: "A row's pattern is the list of columns where it lacks a value (whatever the kind of missing). One minus the total \
           variation between holdout and synthetic rows over the fifty commonest patterns of training and holdout rows and \
           the rest together. A laboratory panel that was not ordered lacks as a whole: columns that lack alone, each as often \
           as it should, pass re.miss and fail here. The part is the number of patterns told apart.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("rubin1976")],
    maturity: Maturity::Checked,
};

/// Patterns with a code of their own.
const MOST_PATTERNS: usize = 50;

impl Metric for MissingPattern {
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
        let [train, holdout, synthetic] = [data.train, data.holdout, data.synthetic].map(patterns);
        let mut counts: BTreeMap<&[u64], usize> = BTreeMap::new();
        train.iter().chain(&holdout).for_each(|pattern| *counts.entry(pattern).or_default() += 1);
        let whole = |pattern: &[u64]| pattern.iter().all(|&word| word == 0);
        if counts.keys().all(|pattern| whole(pattern)) && synthetic.iter().all(|pattern| whole(pattern)) {
            return Err(MetricError::Undefined { why: "no cell is missing".into() });
        }
        let mut order: Vec<(&[u64], usize)> = counts.into_iter().collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        order.truncate(MOST_PATTERNS);
        let code: BTreeMap<&[u64], u16> =
            order.iter().enumerate().map(|(at, (pattern, _))| (*pattern, at as u16)).collect();
        let rest = order.len() as u16;
        let codes = |rows: &[Vec<u64>]| {
            rows.iter().map(|row| code.get(row.as_slice()).copied().unwrap_or(rest)).collect()
        };
        let column =
            [Coded { real: codes(&holdout), synthetic: codes(&synthetic), n_codes: order.len() + 1 }];
        let score = jackknifed(holdout.len(), synthetic.len(), seed, |rows, others| {
            (!rows.is_empty() && !others.is_empty()).then(|| accuracy(&column, &[0], rows, others))
        })?;
        Ok(score.with_parts([("patterns".to_owned(), order.len() as f64)]))
    }
}

/// One bit a column: whether the cell is missing.
fn patterns(table: &Table) -> Vec<Vec<u64>> {
    let words = table.columns().len().div_ceil(64);
    let mut patterns = vec![vec![0_u64; words]; table.n_rows()];
    for (at, column) in table.columns().iter().enumerate() {
        for (pattern, &kind) in patterns.iter_mut().zip(&column.missing) {
            pattern[at / 64] |= u64::from(kind != 0) << (at % 64);
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    #[test]
    fn cells_that_lack_alone_are_no_panel() {
        let rows = |shift: usize| -> Vec<[String; 2]> {
            let cell = |lacks: bool| if lacks { String::new() } else { "1".to_owned() };
            (0..100).map(|at| [cell(at % 4 == 0), cell((at + shift).is_multiple_of(4))]).collect()
        };
        // Real: 25 lack both. Synthetic: 25 lack one, 25 the other: half of 75/50 % whole, 25 % both, 50 % alone.
        let score = measured(&MissingPattern, &Three::new(&["x", "y"], [&rows(0), &rows(0), &rows(1)]));
        assert!((score.value() - 0.5).abs() < 1e-6, "by hand: {}", score.value());
        let whole = vec![["1".to_owned()]; 20];
        assert!(
            refused(&MissingPattern, &Three::new(&["x"], [&whole, &whole, &whole]))
                .to_string()
                .contains("missing")
        );
    }
}
