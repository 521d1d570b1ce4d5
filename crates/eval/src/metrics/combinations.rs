//! di.combo: which combinations of three columns are gone, and which are new?

use super::accuracy::sets;
use super::table_utility::needs_columns;
use crate::coded::{Coded, coded};
use crate::jackknife::jackknifed;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Share of holdout triples of codes that no synthetic row shows.
pub(super) struct Combinations;

static INFO: MetricInfo = MetricInfo {
    id: "di.combo",
    name: "Lost combinations",
    question: "Which combinations of three columns are gone, and which are new?",
    page: "Rows have a combination of codes for each triple of columns (five quantile bins, ten commonest levels, kinds of \
           missing); at most 300 triples by seed, equally many holdout and synthetic rows. The score is the share of holdout \
           combinations, counted by row, that no synthetic row has. The part `new` is the reverse: of synthetic rows, the share \
           whose combination no holdout row has; a new combination may be plausible or impossible, see re.fd and rules. Real \
           rows lose and add combinations by chance alike: compare with the ceiling. di.cov is the same for pairs and present \
           ones.",
    family: Family::Diversity,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of combinations",
    sources: &[Citation("naeem2020")],
    maturity: Maturity::Checked,
};

/// Bins of a number.
const BINS: usize = 5;
/// Triples looked at.
const MOST_SETS: usize = 300;

impl Metric for Combinations {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_columns(schema, 3)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.holdout.n_rows().min(data.synthetic.n_rows());
        let pick = |n_rows: usize, name: &str| some_rows(n_rows, n, seed.split(name));
        let (real, made) =
            (pick(data.holdout.n_rows(), "holdout"), pick(data.synthetic.n_rows(), "synthetic"));
        let columns: Vec<Coded> = coded(data, BINS)
            .into_iter()
            .map(|column| Coded {
                real: real.iter().map(|&row| column.real[row]).collect(),
                synthetic: made.iter().map(|&row| column.synthetic[row]).collect(),
                n_codes: column.n_codes,
            })
            .collect();
        let all = sets(columns.len(), 3, seed.split("sets"));
        let sets: Vec<&Vec<usize>> = all.iter().step_by(all.len().div_ceil(MOST_SETS).max(1)).collect();
        let lost = |rows: &[usize], others: &[usize]| over(&columns, &sets, (rows, others), false);
        let score = jackknifed(n, n, seed, lost)?;
        let every: Vec<usize> = (0..n).collect();
        let new = over(&columns, &sets, (&every, &every), true);
        Ok(score.with_parts(new.map(|new| ("new".to_owned(), new))))
    }
}

/// Mean over sets of the share of rows whose combination the other table does not show: of real rows, or of synthetic
/// ones where `new` is set. `None` without rows.
fn over(columns: &[Coded], sets: &[&Vec<usize>], rows: (&[usize], &[usize]), new: bool) -> Option<f64> {
    if rows.0.is_empty() || rows.1.is_empty() || sets.is_empty() {
        return None;
    }
    let sum: f64 = sets
        .iter()
        .map(|set| {
            let cells: usize = set.iter().map(|&at| columns[at].n_codes).product();
            let cell = |codes: fn(&Coded) -> &[u16], row: usize| {
                set.iter()
                    .fold(0, |cell, &at| cell * columns[at].n_codes + usize::from(codes(&columns[at])[row]))
            };
            let real = |row: usize| cell(|column| &column.real, row);
            let made = |row: usize| cell(|column| &column.synthetic, row);
            let mut seen = vec![false; cells];
            if new {
                rows.0.iter().for_each(|&row| seen[real(row)] = true);
                rows.1.iter().filter(|&&row| !seen[made(row)]).count() as f64 / rows.1.len() as f64
            } else {
                rows.1.iter().for_each(|&row| seen[made(row)] = true);
                rows.0.iter().filter(|&&row| !seen[real(row)]).count() as f64 / rows.0.len() as f64
            }
        })
        .sum();
    Some(sum / sets.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn lost_and_new_combinations_are_by_hand() {
        let rows = |cells: [&str; 4]| -> Vec<[String; 3]> {
            let one = |cell: &str| -> [String; 3] {
                let letters: Vec<String> = cell.chars().map(String::from).collect();
                letters.try_into().unwrap()
            };
            (0..40).map(|at| one(cells[at % 4])).collect()
        };
        let real = rows(["aaa", "aab", "bba", "bbb"]);
        // Two of four real combinations are lost, two of four synthetic ones are new.
        let three = Three::new(&["x", "y", "z"], [&real, &real, &rows(["aaa", "aab", "aba", "abb"])]);
        let score = measured(&Combinations, &three);
        assert_eq!((score.value(), score.parts()[0].1), (0.5, 0.5));
    }
}
