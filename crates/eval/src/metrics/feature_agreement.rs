//! ut.feat: do models learned on synthetic patients look at the same things?

use crate::features::Stacked;
use crate::panel::{Cases, Task, apart, boosting, events, named, resampled};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::learn::{Binned, Sample, Target};
use verosim_math::stats::kendall;

/// Share of the most important columns that models of synthetic and of real rows have in common.
pub(super) struct FeatureAgreement;

static INFO: MetricInfo = MetricInfo {
    id: "ut.feat",
    name: "Same important columns",
    question: "Do models learned on synthetic patients look at the same things?",
    page: "Boosted trees are learned on synthetic rows and on as many training rows (one half of the training people, so that \
           the ceiling has the other half). The importance of a column is how much the loss on holdout rows (log loss, squared \
           error) grows when the column is permuted among them. The value is the share of the k most important columns that \
           the two models have in common, averaged over outcomes; k is a quarter of the columns, from 3 to 25. A model that \
           looks anywhere reaches k over the number of columns. Part: Kendall's tau-b of all importances; columns that do \
           nothing have no order and pull it down. Columns that say the same thing share their importance by chance: the \
           ceiling shows how much that costs.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of columns",
    sources: &[Citation("yan2022"), Citation("kendall1945")],
    maturity: Maturity::Draft,
};

/// Rows learned from.
const MOST_LEARNED: usize = 8_000;
/// Rows tested.
const MOST_TESTED: usize = 3_000;

/// How much the loss of each holdout row grows, column by column, for either model.
struct Trial {
    n: usize,
    /// Real and synthetic model; per schema column, per row.
    growth: [Vec<Vec<f32>>; 2],
}

impl Metric for FeatureAgreement {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        if schema.columns.len() < 5 {
            return Err(NotApplicable { reason: "needs an outcome and four other columns".into() });
        }
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let mut trials = Vec::new();
        for &target in data.targets {
            ctx.ctx.stop.check()?;
            trials.extend(trial(data, target, ctx, seed.split_at(target as u64)));
        }
        let mean = |rows: &[Vec<usize>], each: fn(&[f64], &[f64]) -> Option<f64>| {
            let values: Vec<f64> = trials
                .iter()
                .zip(rows)
                .filter_map(|(trial, rows)| {
                    let [real, made] = [0, 1].map(|side| importances(&trial.growth[side], rows));
                    each(&real, &made)
                })
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let sizes: Vec<usize> = trials.iter().map(|trial| trial.n).collect();
        let score = resampled(&sizes, seed, |rows| mean(rows, in_common))?;
        let all: Vec<Vec<usize>> = sizes.iter().map(|&n| (0..n).collect()).collect();
        Ok(score.with_parts([("tau-b of all".to_owned(), mean(&all, kendall).unwrap_or(f64::NAN))]))
    }
}

fn importances(growth: &[Vec<f32>], rows: &[usize]) -> Vec<f64> {
    let mean =
        |column: &Vec<f32>| rows.iter().map(|&row| f64::from(column[row])).sum::<f64>() / rows.len() as f64;
    growth.iter().map(mean).collect()
}

/// Share of the most important columns that two lists have in common.
fn in_common(real: &[f64], made: &[f64]) -> Option<f64> {
    let k = (real.len() / 4).clamp(3, 25).min(real.len());
    let top = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
        order.truncate(k);
        order
    };
    let (real, made) = (top(real), top(made));
    (k > 0).then(|| real.iter().filter(|at| made.contains(at)).count() as f64 / k as f64)
}

fn trial(data: &Trio<'_>, target: usize, ctx: &EvalContext<'_>, seed: Seeded) -> Option<Trial> {
    let task = Task::of(data, target)?;
    let (half, other) = apart(data, ctx, seed);
    let count = |table| task.cases(table, MOST_LEARNED, seed).outcome.len();
    let n = count(&half).min(count(&other));
    let real = task.cases(&half, n, seed.split("real"));
    let made = task.cases(&other, n, seed.split("made"));
    let test = task.cases(data.holdout, MOST_TESTED, seed.split("test"));
    if ![&real, &made, &test].iter().all(|cases| task.is_enough(cases)) {
        return None;
    }
    let growth = [&real, &made].map(|learn| growth(&task, learn, &test, seed.split("permute")));
    let [Some(real), Some(made)] = growth else { return None };
    Some(Trial { n: test.outcome.len(), growth: [real, made] })
}

/// How much the loss of each test row grows when one column is permuted; per schema column but the outcome.
fn growth(task: &Task, learn: &Cases, test: &Cases, seed: Seeded) -> Option<Vec<Vec<f32>>> {
    let n = learn.outcome.len();
    let stacked = Stacked::new(&[&learn.table, &test.table], &[task.column()]);
    let binned = stacked.binned();
    let outcome: Vec<f64> = learn.outcome.iter().chain(&test.outcome).copied().collect();
    let yes = events(&outcome);
    let target = if task.is_event() { Target::Binary(&yes) } else { Target::Number(&outcome) };
    let learned: Vec<u32> = (0..n as u32).collect();
    let tested: Vec<u32> = (n as u32..outcome.len() as u32).collect();
    let model = boosting(80, 16, n).fit(&Sample::of(&binned, target, &learned)).ok()?;
    let scores = model.scores(&binned, &tested);
    let loss = |score: f64, y: f64| {
        if task.is_event() {
            // ln(1 + e^-x) of the score on the side of what happened, without overflow.
            let wrong = if y > 0.5 { -score } else { score };
            wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
        } else {
            (score - y).powi(2)
        }
    };
    let mut growth = vec![vec![0.0_f32; tested.len()]; learn.table.columns().len()];
    let parts: Vec<Vec<f32>> = (0..binned.n_columns())
        .into_par_iter()
        .map(|column| {
            let mixed = permuted(&binned, column, n, seed.split_at(column as u64));
            let before = model.part_using(column, &binned, &tested);
            let after = model.part_using(column, &mixed, &tested);
            (0..tested.len())
                .map(|at| {
                    let moved = scores[at] - before[at] + after[at];
                    (loss(moved, test.outcome[at]) - loss(scores[at], test.outcome[at])) as f32
                })
                .collect()
        })
        .collect();
    // Kinds of missing are a column of their own to the learner and part of their column to a reader.
    for (part, &of) in parts.iter().zip(&stacked.of) {
        growth[of].iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    growth.remove(task.column());
    Some(growth)
}

/// One column permuted among the rows from `n` on.
fn permuted(binned: &Binned, column: usize, n: usize, seed: Seeded) -> Binned {
    let mut codes = binned.codes(column).to_vec();
    let mut rng = seed.rng();
    for at in (n + 1..codes.len()).rev() {
        codes.swap(at, rng.random_range(n..=at));
    }
    binned.with_codes(column, codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of the three most important of each list two are the same.
    #[test]
    fn the_top_columns_in_common_are_counted() {
        let real = [0.9, 0.5, 0.4, 0.0, 0.1];
        let made = [0.8, 0.0, 0.5, 0.6, 0.1];
        assert_eq!(in_common(&real, &made), Some(2.0 / 3.0));
        assert_eq!(in_common(&[], &[]), None);
    }
}
