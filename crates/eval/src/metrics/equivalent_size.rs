//! ut.neq: how many real patients are the synthetic ones worth?

use crate::panel::{Cases, Task, boosted, named, resampled};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::stats::isotonic;

/// Size of a real sample that teaches as much as the synthetic rows, over the size of the training set.
pub(super) struct EquivalentSize;

static INFO: MetricInfo = MetricInfo {
    id: "ut.neq",
    name: "Equivalent real sample",
    question: "How many real patients are the synthetic ones worth?",
    page: "Boosted trees are learned on growing parts of the training rows (1/64, 1/32, ... of them and all; three draws of \
           each) and tested on the holdout; the mean scores, made to rise with the size (isotonic regression), say how much \
           each size teaches. The equivalent size is where that curve reaches the score of trees learned on as many synthetic \
           rows as there are training rows, on a logarithmic scale of sizes; below the smallest part it falls in proportion to \
           the skill. The value is that size over the number of training rows, averaged over outcomes, and never above 1: what \
           lies beyond the curve is not seen. Where the curve is flat, because real data soon teach no more, a hair of AUC is \
           many patients: read it with its interval, which is from drawing holdout rows again. Parts, per outcome: the \
           equivalent size in rows. At most 8,000 rows are learned from; the value is then relative to these.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of training rows",
    sources: &[Citation("esteban2017"), Citation("barlow1972")],
    maturity: Maturity::Draft,
};

/// Rows learned from.
const MOST_LEARNED: usize = 8_000;
/// Rows tested.
const MOST_TESTED: usize = 4_000;
/// Halvings of the training set.
const HALVINGS: u32 = 6;
/// Smallest part that is learned from.
const LEAST: usize = 40;
/// Draws of each part.
const DRAWS: u64 = 3;

/// Predictions for holdout rows of all models of one outcome.
struct Trial {
    task: Task,
    holdout: Cases,
    sizes: Vec<usize>,
    /// Per size, per draw; `None` where a part could not be learned from.
    real: Vec<Vec<Option<Vec<f64>>>>,
    synthetic: Vec<f64>,
}

impl Metric for EquivalentSize {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let mut trials = Vec::new();
        for &target in data.targets {
            ctx.ctx.stop.check()?;
            trials.extend(trial(data, target, seed.split_at(target as u64)));
        }
        let sizes: Vec<usize> = trials.iter().map(|trial| trial.holdout.outcome.len()).collect();
        let score = resampled(&sizes, seed, |rows| {
            let shares: Vec<f64> = trials
                .iter()
                .zip(rows)
                .filter_map(|(trial, rows)| trial.equivalent(rows))
                .map(|(_, share)| share)
                .collect();
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
        })?;
        let parts = trials.iter().zip(&sizes).filter_map(|(trial, &n)| {
            let (rows, _) = trial.equivalent(&(0..n).collect::<Vec<_>>())?;
            Some((trial.task.name().to_owned(), rows))
        });
        Ok(score.with_parts(parts.collect::<Vec<_>>()))
    }
}

fn trial(data: &Trio<'_>, target: usize, seed: Seeded) -> Option<Trial> {
    let task = Task::of(data, target)?;
    let train = task.cases(data.train, MOST_LEARNED, seed.split("train"));
    let n = train.outcome.len();
    let made = task.cases(data.synthetic, n, seed.split("train"));
    let holdout = task.cases(data.holdout, MOST_TESTED, seed.split("test"));
    if ![&train, &made, &holdout].iter().all(|cases| task.is_enough(cases)) {
        return None;
    }
    let mut sizes: Vec<usize> = (0..=HALVINGS).map(|at| n >> at).filter(|&size| size >= LEAST).collect();
    sizes.reverse();
    let predict = |learn: &Cases, seed: Seeded| task.predict(boosted(), learn, &[&holdout], seed)?.pop();
    let real = sizes
        .par_iter()
        .map(|&size| {
            // All rows can be drawn in one way only.
            let draws = if size == n { 1 } else { DRAWS };
            (0..draws)
                .map(|draw| {
                    let rows = some_rows(n, size, seed.split("part").split_at(draw).split_at(size as u64));
                    let part = Cases {
                        outcome: rows.iter().map(|&row| train.outcome[row]).collect(),
                        table: train.table.take(&rows),
                    };
                    predict(&part, seed)
                })
                .collect()
        })
        .collect();
    let synthetic = predict(&made, seed)?;
    Some(Trial { task, holdout, sizes, real, synthetic })
}

impl Trial {
    /// The equivalent size in rows and as a share; `None` where all real rows teach nothing.
    fn equivalent(&self, rows: &[usize]) -> Option<(f64, f64)> {
        let outcome: Vec<f64> = rows.iter().map(|&row| self.holdout.outcome[row]).collect();
        let score = |predicted: &Vec<f64>| {
            let own: Vec<f64> = rows.iter().map(|&row| predicted[row]).collect();
            self.task.score(&own, &outcome).map(|score| score.0)
        };
        let no_skill = self.task.no_skill();
        let means: Vec<f64> = self
            .real
            .iter()
            .map(|draws| {
                // What cannot be learned from teaches nothing.
                let scores: Vec<f64> =
                    draws.iter().map(|draw| draw.as_ref().and_then(score).unwrap_or(no_skill)).collect();
                scores.iter().sum::<f64>() / scores.len() as f64
            })
            .collect();
        let size = equivalent(&self.sizes, &means, score(&self.synthetic)?, no_skill)?;
        Some((size, size / *self.sizes.last()? as f64))
    }
}

/// The size at which the rising curve through `means` reaches `score`; `None` where its end is not above `no_skill`.
pub(crate) fn equivalent(sizes: &[usize], means: &[f64], score: f64, no_skill: f64) -> Option<f64> {
    let curve = isotonic(means);
    let (first, last) = (*curve.first()?, *curve.last()?);
    if last <= no_skill {
        return None;
    }
    let size = |at: usize| sizes[at] as f64;
    if score < first {
        let skill = ((score - no_skill) / (first - no_skill)).clamp(0.0, 1.0);
        return Some(if first > no_skill { size(0) * skill } else { 0.0 });
    }
    let Some(above) = curve.iter().position(|&mean| mean >= score) else {
        return Some(size(sizes.len() - 1));
    };
    if above == 0 {
        return Some(size(0));
    }
    let (low, high) = (curve[above - 1], curve[above]);
    let share = (score - low) / (high - low);
    Some((size(above - 1).ln() + share * (size(above) / size(above - 1)).ln()).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, on a curve of 0.6, 0.7, 0.8 at 100, 200, 400 rows.
    #[test]
    fn sizes_lie_on_the_curve() {
        let at = |score: f64| equivalent(&[100, 200, 400], &[0.6, 0.7, 0.8], score, 0.5).unwrap();
        for (score, want, origin) in [
            (0.7, 200.0, "on a point"),
            (0.75, 200.0 * 2.0_f64.sqrt(), "half-way on the logarithmic scale"),
            (0.9, 400.0, "beyond the curve"),
            (0.55, 50.0, "half the skill of the smallest part"),
            (0.4, 0.0, "no skill"),
        ] {
            assert!((at(score) - want).abs() < 1e-9, "{origin}: {}", at(score));
        }
        assert_eq!(equivalent(&[100], &[0.5], 0.6, 0.5), None, "real rows teach nothing");
        let bumpy = equivalent(&[100, 200, 400], &[0.75, 0.5, 0.875], 0.625, 0.5);
        assert_eq!(bumpy, Some(100.0), "violators are pooled: 0.625 at 100 and 200");
    }
}
