//! Which risk does a model learned on one table give the people of another?

use crate::features::{Stacked, present};
use verosim_core::Schema;
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{Boosting, Sample, Target};
use verosim_math::stats::quantile_sorted;

/// An outcome as yes and no.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Column.
    pub(crate) column: usize,
    yes: Yes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Yes {
    /// This level.
    Level(u32),
    /// Values above this one.
    Above(f64),
}

impl Outcome {
    /// The outcome in `column`: the rarer of two levels, the commonest of more against the rest, numbers above the median
    /// of training rows. `None` where all training rows are alike.
    pub(crate) fn of(train: &Table, column: usize) -> Option<Self> {
        let yes = match &train.columns()[column].cells {
            Cells::Number(cells) => {
                let mut cells: Vec<f64> = cells.iter().copied().filter(|cell| cell.is_finite()).collect();
                cells.sort_by(f64::total_cmp);
                let median = quantile_sorted(&cells, 0.5)?;
                Yes::Above(if median >= *cells.last()? { *cells.first()? } else { median })
            }
            Cells::Level { codes, levels } => {
                let mut counts = vec![0_usize; levels.len()];
                for &code in codes {
                    if let Some(count) = counts.get_mut(code as usize) {
                        *count += 1;
                    }
                }
                let mut seen: Vec<u32> =
                    (0..levels.len() as u32).filter(|&level| counts[level as usize] > 0).collect();
                seen.sort_by_key(|&level| (std::cmp::Reverse(counts[level as usize]), level));
                match seen.as_slice() {
                    [] | [_] => return None,
                    [_, rarer] => Yes::Level(*rarer),
                    [commonest, ..] => Yes::Level(*commonest),
                }
            }
        };
        let outcome = Self { column, yes };
        let rows: Vec<usize> = present(train, column).iter().map(|&row| row as usize).collect();
        let n = rows.iter().filter(|&&row| outcome.is_yes(train, row)).count();
        (n > 0 && n < rows.len()).then_some(outcome)
    }

    pub(crate) fn is_yes(&self, table: &Table, row: usize) -> bool {
        match (&table.columns()[self.column].cells, self.yes) {
            (Cells::Number(cells), Yes::Above(edge)) => cells[row] > edge,
            (Cells::Level { codes, .. }, Yes::Level(level)) => codes[row] == level,
            _ => false,
        }
    }

    /// In words: `died = yes`.
    pub(crate) fn words(&self, schema: &Schema, table: &Table) -> String {
        let name = &schema.columns[self.column].name;
        match self.yes {
            Yes::Above(_) => format!("{name} above the median"),
            Yes::Level(level) => {
                let levels = table.columns()[self.column].levels().map_or(&[][..], |(_, levels)| levels);
                format!("{name} = {}", levels.get(level as usize).map_or("", String::as_str))
            }
        }
    }
}

/// Risks of the rows of `test` from boosted trees learned on the rows of `learn`, whose outcome is known.
///
/// # Cost
/// That of eighty rounds of boosting.
pub(crate) fn risks(learn: &Table, test: &Table, outcome: Outcome) -> Option<Vec<f64>> {
    let known: Vec<usize> = present(learn, outcome.column).iter().map(|&row| row as usize).collect();
    let learn = learn.take(&known);
    let n = learn.n_rows();
    let mut yes: Vec<bool> = (0..n).map(|row| outcome.is_yes(&learn, row)).collect();
    if n < 20 || yes.iter().all(|yes| *yes) || !yes.contains(&true) {
        return None;
    }
    yes.resize(n + test.n_rows(), false);
    let binned = Stacked::new(&[&learn, test], &[outcome.column]).binned();
    let rows = |from: usize, to: usize| (from as u32..to as u32).collect::<Vec<u32>>();
    let settings =
        Boosting { rounds: 80, max_leaves: 16, min_rows: (n / 50).clamp(5, 20), ..Boosting::default() };
    let model = settings.fit(&Sample::of(&binned, Target::Binary(&yes), &rows(0, n))).ok()?;
    Some(model.scores(&binned, &rows(n, n + test.n_rows())))
}
