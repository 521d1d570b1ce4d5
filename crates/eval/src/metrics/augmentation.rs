//! ut.aug: do synthetic patients added to real ones help, beyond what needs no generator?

use crate::between::between;
use crate::features::Stacked;
use crate::panel::{Cases, Task, boosting, events, named, resampled};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::learn::{Sample, Target};

/// Score with synthetic rows added minus the best score without them.
pub(super) struct Augmentation;

static INFO: MetricInfo = MetricInfo {
    id: "ut.aug",
    name: "Gain from augmentation",
    question: "Do synthetic patients added to real ones help, beyond what needs no generator?",
    page: "Boosted trees are learned on training rows and as many synthetic rows together, and beside it on what needs no \
           generator: training rows alone, each twice, with the classes weighted equally, and with the rarer class filled up by \
           SMOTE. All are tested on the holdout; the value is the score (AUC of events, R² of numbers) of the first minus the \
           best of the others, averaged over outcomes, so that it is below 0 when synthetic rows do not help. Choosing the best \
           of four on the holdout favours them by a hair. Most published gains vanish against weighting. Parts, per outcome: \
           each score; and the same with 10 % and 50 % of the training rows, which flatters the generator, because it learned \
           from all of them: an honest curve needs a generator fitted anew on each part. At most 8,000 rows are learned from. \
           The ceiling adds the training rows a second time and is 0 at best.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "difference of AUC or R²",
    sources: &[Citation("chawla2002"), Citation("friedman2001")],
    maturity: Maturity::Draft,
};

/// Rows learned from, before any are added.
const MOST_LEARNED: usize = 8_000;
/// Shares of the training rows in percent, all of them first.
const PERCENTS: [usize; 3] = [100, 50, 10];
/// What is learned from, the synthetic rows first.
const WAYS: [&str; 5] = ["with synthetic", "alone", "doubled", "weighted", "SMOTE"];

/// Predictions for holdout rows in every way, for one outcome and share of the training rows.
struct Trial {
    percent: usize,
    of: usize,
    predicted: Vec<(&'static str, Vec<f64>)>,
}

impl Metric for Augmentation {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let (mut tasks, mut trials) = (Vec::new(), Vec::new());
        for &target in data.targets {
            let seed = seed.split_at(target as u64);
            let Some(task) = Task::of(data, target) else { continue };
            let train = task.cases(data.train, MOST_LEARNED, seed.split("train"));
            let holdout = task.cases(data.holdout, MOST_LEARNED, seed.split("holdout"));
            if !task.is_enough(&holdout) {
                continue;
            }
            for percent in PERCENTS {
                ctx.ctx.stop.check()?;
                let n = train.outcome.len() * percent / 100;
                let part = some(&train, n, seed.split("part"));
                let made = task.cases(data.synthetic, n, seed.split("made"));
                if task.is_enough(&part) && task.is_enough(&made) {
                    let predicted = ways(&task, &part, &made, &holdout, seed.split_at(percent as u64));
                    trials.push(Trial { percent, of: tasks.len(), predicted });
                }
            }
            tasks.push((task, holdout));
        }
        let sizes: Vec<usize> = tasks.iter().map(|(_, holdout)| holdout.outcome.len()).collect();
        let gain = |trial: &Trial, rows: &[usize]| {
            let (task, holdout) = &tasks[trial.of];
            let scores = scores(task, holdout, trial, rows);
            let with = scores.iter().find(|(way, _)| *way == WAYS[0])?.1;
            let best = scores.iter().filter(|(way, _)| *way != WAYS[0]).map(|(_, score)| *score);
            Some(with - best.reduce(f64::max)?)
        };
        let mean = |percent: usize, rows: &[Vec<usize>]| {
            let gains: Vec<f64> = trials
                .iter()
                .filter(|trial| trial.percent == percent)
                .filter_map(|trial| gain(trial, &rows[trial.of]))
                .collect();
            (!gains.is_empty()).then(|| gains.iter().sum::<f64>() / gains.len() as f64)
        };
        let score = resampled(&sizes, seed, |rows| mean(PERCENTS[0], rows))?;
        let all: Vec<Vec<usize>> = sizes.iter().map(|&n| (0..n).collect()).collect();
        let mut parts: Vec<(String, f64)> = PERCENTS[1..]
            .iter()
            .filter_map(|&percent| Some((format!("gain at {percent} % (flattered)"), mean(percent, &all)?)))
            .collect();
        for trial in trials.iter().filter(|trial| trial.percent == PERCENTS[0]) {
            let (task, holdout) = &tasks[trial.of];
            let found = scores(task, holdout, trial, &all[trial.of]);
            parts.extend(found.into_iter().map(|(way, score)| (format!("{}, {way}", task.name()), score)));
        }
        Ok(score.with_parts(parts))
    }
}

fn scores(task: &Task, holdout: &Cases, trial: &Trial, rows: &[usize]) -> Vec<(&'static str, f64)> {
    let outcome: Vec<f64> = rows.iter().map(|&row| holdout.outcome[row]).collect();
    let score = |predicted: &[f64]| {
        let own: Vec<f64> = rows.iter().map(|&row| predicted[row]).collect();
        task.score(&own, &outcome).map(|score| score.0)
    };
    trial.predicted.iter().filter_map(|(way, predicted)| Some((*way, score(predicted)?))).collect()
}

fn some(cases: &Cases, n: usize, seed: Seeded) -> Cases {
    let rows = crate::trio::some_rows(cases.outcome.len(), n, seed);
    Cases { outcome: rows.iter().map(|&row| cases.outcome[row]).collect(), table: cases.table.take(&rows) }
}

/// Predictions for holdout rows, learned in every way that applies.
fn ways(
    task: &Task,
    part: &Cases,
    made: &Cases,
    holdout: &Cases,
    seed: Seeded,
) -> Vec<(&'static str, Vec<f64>)> {
    let n = part.outcome.len();
    let ones = vec![1; n];
    let with =
        joined(part, made).and_then(|both| learned(task, &both, &vec![1; both.outcome.len()], holdout));
    let mut found = vec![
        (WAYS[0], with),
        (WAYS[1], learned(task, part, &ones, holdout)),
        (WAYS[2], learned(task, part, &vec![2; n], holdout)),
    ];
    if task.is_event() {
        found.push((WAYS[3], learned(task, part, &balanced(&part.outcome), holdout)));
        let filled = filled(part, seed).and_then(|more| joined(part, &more));
        let predicted = filled.and_then(|both| learned(task, &both, &vec![1; both.outcome.len()], holdout));
        found.push((WAYS[4], predicted));
    }
    found.into_iter().filter_map(|(way, predicted)| Some((way, predicted?))).collect()
}

fn joined(a: &Cases, b: &Cases) -> Option<Cases> {
    let outcome = a.outcome.iter().chain(&b.outcome).copied().collect();
    Some(Cases { outcome, table: a.table.append(&b.table)? })
}

/// Whole weights that make both classes count alike.
fn balanced(outcome: &[f64]) -> Vec<u32> {
    let yes = outcome.iter().filter(|&&y| y > 0.5).count();
    let no = outcome.len() - yes;
    // Ten steps to the weight of the commoner class.
    let weight = |own: usize, other: usize| ((10 * other.max(own)) / own.max(1)).max(1) as u32;
    outcome.iter().map(|&y| if y > 0.5 { weight(yes, no) } else { weight(no, yes) }).collect()
}

/// Rows of the rarer class between its rows, as many as it lacks.
fn filled(part: &Cases, seed: Seeded) -> Option<Cases> {
    let yes = part.outcome.iter().filter(|&&y| y > 0.5).count();
    let no = part.outcome.len() - yes;
    let rarer = if yes < no { 1.0 } else { 0.0 };
    let rows: Vec<usize> = (0..part.outcome.len()).filter(|&row| part.outcome[row] == rarer).collect();
    let table = between(&part.table.take(&rows), yes.abs_diff(no), seed)?;
    Some(Cases { outcome: vec![rarer; table.n_rows()], table })
}

/// Predictions of boosted trees for holdout rows.
fn learned(task: &Task, learn: &Cases, weights: &[u32], holdout: &Cases) -> Option<Vec<f64>> {
    let n = learn.outcome.len();
    let stacked = Stacked::new(&[&learn.table, &holdout.table], &[task.column()]);
    let binned = stacked.binned();
    let outcome: Vec<f64> = learn.outcome.iter().chain(&holdout.outcome).copied().collect();
    let mut weights = weights.to_vec();
    weights.resize(outcome.len(), 0);
    let yes = events(&outcome);
    let target = if task.is_event() { Target::Binary(&yes) } else { Target::Number(&outcome) };
    let rows: Vec<u32> = (0..n as u32).collect();
    let test: Vec<u32> = (n as u32..outcome.len() as u32).collect();
    let sample = Sample { weights: Some(&weights), ..Sample::of(&binned, target, &rows) };
    let model = boosting(80, 16, n).fit(&sample).ok()?;
    Some(model.scores(&binned, &test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_count_alike() {
        let weights = balanced(&[1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(weights, [40, 10, 10, 10, 10], "by hand: one yes weighs as four noes");
    }
}
