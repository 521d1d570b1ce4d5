//! pd.dcr: are synthetic rows nearer to the people learned from than to other people?

use crate::copying::key;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::Rate;
use verosim_math::neighbours::{Points, nearest};
use verosim_math::stats::mid_ranks;

/// Share of synthetic rows nearer to training than to holdout rows; parts count copies.
pub(super) struct Dcr;

static INFO: MetricInfo = MetricInfo {
    id: "pd.dcr",
    name: "Nearer to training than to holdout",
    question: "Are synthetic rows nearer to the people learned from than to other people?",
    page: "Share of synthetic rows whose nearest neighbour among equally many training and holdout rows is a training \
           row (ties count half). Numbers are compared by their ranks within their own table, so a shifted or stretched \
           copy is still near; levels match or not. One half is right. Parts: `exact copies` are synthetic rows equal to \
           a training row that is unique, `exact copies of holdout` the same against the holdout (what chance gives) per \
           equal numbers of rows; `near copies` are rows nearer than one holdout row in 200 is to training. A distance \
           alone never proves safety: copies and attacks decide the verdict.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of rows",
    sources: &[Citation("platzer2021"), Citation("gower1971")],
    maturity: Maturity::Checked,
};

/// Rows of each table that are compared.
const MOST_ROWS: usize = 4_000;

impl Metric for Dcr {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.train.n_rows().min(data.holdout.n_rows()).min(ctx.row_limit).min(MOST_ROWS);
        if n < 20 {
            return Err(MetricError::TooFew { unit: "holdout rows", needed: 20, found: n });
        }
        if data.synthetic.n_rows() == 0 {
            return Err(MetricError::TooFew { unit: "synthetic rows", needed: 1, found: 0 });
        }
        let pick = |table: &Table, limit: usize, name: &str| {
            table.take(&some_rows(table.n_rows(), limit, seed.split(name)))
        };
        let train = own_ranks(&pick(data.train, n, "train"));
        let holdout = own_ranks(&pick(data.holdout, n, "holdout"));
        let synthetic = own_ranks(&pick(data.synthetic, MOST_ROWS, "synthetic"));
        let distances = |references| -> Vec<f32> {
            nearest(&synthetic, references, 1)
                .into_iter()
                .map(|found| found.first().copied().unwrap_or(f32::MAX))
                .collect()
        };
        let (to_train, to_holdout) = (distances(&train), distances(&holdout));
        let nearer: f64 = to_train
            .iter()
            .zip(&to_holdout)
            .map(|(t, h)| {
                if t < h {
                    1.0
                } else if t == h {
                    0.5
                } else {
                    0.0
                }
            })
            .sum();
        let m = to_train.len() as f64;
        let share = nearer / m;
        // Near: nearer than the nearest half percent of distances to the holdout.
        let mut sorted = to_holdout.clone();
        sorted.sort_by(f32::total_cmp);
        let near = sorted[sorted.len() / 200];
        let count = |distances: &[f32]| distances.iter().filter(|&&distance| distance <= near).count() as f64;
        let (train_all, holdout_all, made_all) = match data.whole {
            Some(whole) => (whole.train, whole.holdout, whole.synthetic),
            None => (data.train, data.holdout, data.synthetic),
        };
        let copies = copies(made_all, train_all);
        let chance = self::copies(made_all, holdout_all);
        let half = 1.96 * (share * (1.0 - share) / m).sqrt();
        let score = Score::new(share, to_train.len())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(share - half, share + half, 0.95, "binomial").with_parts([
            ("exact copies".to_owned(), copies as f64),
            ("exact copies of holdout".to_owned(), chance as f64),
            ("training rows".to_owned(), train_all.n_rows() as f64),
            ("holdout rows".to_owned(), holdout_all.n_rows() as f64),
            ("synthetic rows".to_owned(), made_all.n_rows() as f64),
            ("near copies".to_owned(), count(&to_train)),
            ("near copies of holdout".to_owned(), count(&to_holdout)),
        ]))
    }
}

/// The rows of a table as points: numbers by their own ranks in `[0, 1]`, levels by code.
///
/// Each table is ranked by itself, so that a copy that was shifted or stretched is still near.
pub(crate) fn own_ranks(table: &Table) -> Points {
    let mut numbers = Vec::new();
    let mut levels = Vec::new();
    for column in table.columns() {
        match &column.cells {
            Cells::Number(values) => {
                let ranks = mid_ranks(values);
                let n = ranks.iter().filter(|rank| !rank.is_nan()).count().max(1) as f64;
                numbers.push(ranks.iter().map(|rank| ((rank - 0.5) / n) as f32).collect());
            }
            Cells::Level { codes, .. } => {
                levels.push(codes.iter().map(|&code| code.min(65_535) as u16).collect());
            }
        }
    }
    Points::new(&numbers, &levels)
}

/// Synthetic rows that equal, cell by cell, a row that occurs once in `real`.
fn copies(synthetic: &Table, real: &Table) -> usize {
    let all: Vec<usize> = (0..real.columns().len()).collect();
    let mut seen: std::collections::HashMap<Vec<u64>, u32> = std::collections::HashMap::new();
    for row in 0..real.n_rows() {
        *seen.entry(key(real, &all, row)).or_default() += 1;
    }
    (0..synthetic.n_rows()).filter(|&row| seen.get(&key(synthetic, &all, row)) == Some(&1)).count()
}

/// Chance that the copies of training rows exceed those of holdout rows as much as they do, when a synthetic row is as
/// likely to equal either per row of theirs.
pub(crate) fn excess_chance(train: f64, holdout: f64, n_train: f64, n_holdout: f64) -> f64 {
    let (hits, trials) = (train as usize, (train + holdout) as usize);
    if hits == 0 {
        return 1.0;
    }
    let expected = n_train / (n_train + n_holdout).max(1.0);
    // Exact: the level at which the lower Clopper-Pearson end meets the expected share.
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        // A one-sided chance of `middle` is a two-sided level of 1 - 2 · middle.
        let end = Rate::exact(hits, trials, (1.0 - 2.0 * middle).max(0.0)).low;
        if end > expected { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_of_an_excess_is_binomial() {
        // scipy.stats.binomtest(9, 10, 0.5, alternative="greater").pvalue = 0.0107421875
        let found = excess_chance(9.0, 1.0, 500.0, 500.0);
        assert!((found - 0.010_742_187_5).abs() < 1e-6, "{found}");
        assert_eq!(excess_chance(0.0, 0.0, 10.0, 10.0), 1.0);
    }
}
