//! ut.tstr: does a model learned on synthetic patients work on real ones?

use super::c2st::area;
use crate::card::{Reading, Task};
use crate::features::{Stacked, present};
use crate::metric::Pass;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded,
};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::learn::{Binned, Boosting, Sample, Target, logistic, ridge_regression};

/// Mean over outcomes of the share of real-on-real performance that training on synthetic rows recovers.
pub(super) struct Tstr;

static INFO: MetricInfo = MetricInfo {
    id: "ut.tstr",
    name: "Utility recovered",
    question: "Does a model learned on synthetic patients work on real ones?",
    page: "For each outcome, boosted trees and a linear model are learned on synthetic rows and, beside it, on as many \
           real training rows; both are tested on the holdout (AUC; one-against-rest mean for several classes; R² for \
           numbers). Recovered is (synthetic - no skill) / (real - no skill), averaged over outcomes for boosted trees; \
           no skill is AUC 0.5 or R² 0. The interval is that of the holdout AUC on this scale. Outcomes that real data \
           cannot predict (within two standard errors of no skill) are listed but not averaged.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "share recovered",
    sources: &[Citation("esteban2017"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};

/// Classes of an outcome that are told apart; rarer ones are left out.
const MOST_CLASSES: usize = 10;
/// Rows of a class in training and holdout.
const LEAST_CLASS: usize = 5;

impl Metric for Tstr {
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
        if data.targets.is_empty() {
            return Err(MetricError::Undefined { why: "no outcome was named: use --target COLUMN".into() });
        }
        let mut recovered = Vec::new();
        let mut tasks = Vec::new();
        for &target in data.targets {
            ctx.ctx.stop.check()?;
            for learner in [Learner::Trees, Learner::Linear] {
                let Some((task, deviation)) = task(data, target, learner, seed.split_at(target as u64), ctx)
                else {
                    continue;
                };
                if learner == Learner::Trees
                    && let Some(share) = task.recovered
                {
                    recovered.push((share, deviation / (task.real.value - task.baseline)));
                }
                tasks.push(task);
            }
        }
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.tasks.lock()
        {
            *found = tasks;
        }
        if recovered.is_empty() {
            return Err(MetricError::Undefined { why: "real data do not predict any outcome named".into() });
        }
        let n = recovered.len() as f64;
        let value = recovered.iter().map(|(share, _)| share).sum::<f64>() / n;
        let half = 1.96 * recovered.iter().map(|(_, sd)| sd * sd).sum::<f64>().sqrt() / n;
        let score = Score::new(value, data.holdout.n_rows())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(value - half, value + half, 0.95, "DeLong or normal, on the recovered scale"))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Learner {
    Trees,
    Linear,
}

/// One outcome and learner, and the standard deviation of the synthetic-trained score.
fn task(
    data: &Trio<'_>,
    target: usize,
    learner: Learner,
    seed: Seeded,
    ctx: &EvalContext<'_>,
) -> Option<(Task, f64)> {
    let usable = |table: &Table| {
        table.take(&present(table, target).iter().map(|&row| row as usize).collect::<Vec<_>>())
    };
    let (train, made, test) = (usable(data.train), usable(data.synthetic), usable(data.holdout));
    let n = train.n_rows().min(made.n_rows()).min(ctx.row_limit);
    let train = train.take(&some_rows(train.n_rows(), n, seed.split("train")));
    let made = made.take(&some_rows(made.n_rows(), n, seed.split("made")));
    if n < 20 || test.n_rows() < 20 {
        return None;
    }
    let outcome = Outcome::of(&train, &test, target)?;
    let (synthetic, real) = rayon::join(
        || score(&made, &test, target, &outcome, learner),
        || score(&train, &test, target, &outcome, learner),
    );
    let (synthetic, real) = (synthetic?, real?);
    let baseline = if matches!(outcome, Outcome::Number) { 0.0 } else { 0.5 };
    let predictable = real.0 - baseline > 2.0 * real.1;
    let reading = |(value, deviation): (f64, f64)| Reading {
        value,
        interval: Some(Interval {
            low: value - 1.96 * deviation,
            high: value + 1.96 * deviation,
            level: 0.95,
        }),
        n: test.n_rows(),
    };
    let task = Task {
        target: data.schema.columns[target].name.clone(),
        learner: match learner {
            Learner::Trees => "boosted trees".into(),
            Learner::Linear if baseline == 0.0 => "ridge regression".into(),
            Learner::Linear => "logistic regression".into(),
        },
        measure: match outcome {
            Outcome::Number => "R²".into(),
            Outcome::Classes(ref classes) if classes.len() > 2 => "mean AUC".into(),
            Outcome::Classes(_) => "AUC".into(),
        },
        synthetic: reading(synthetic),
        real: reading(real),
        baseline,
        recovered: predictable.then(|| (synthetic.0 - baseline) / (real.0 - baseline)),
    };
    Some((task, synthetic.1))
}

/// What is predicted.
enum Outcome {
    /// These level codes.
    Classes(Vec<u32>),
    Number,
}

impl Outcome {
    fn of(train: &Table, test: &Table, target: usize) -> Option<Self> {
        let column = &train.columns()[target];
        let Some((codes, levels)) = column.levels() else { return Some(Self::Number) };
        let count = |codes: &[u32]| {
            let mut counts = vec![0_usize; levels.len()];
            codes.iter().filter(|&&c| (c as usize) < levels.len()).for_each(|&c| counts[c as usize] += 1);
            counts
        };
        let (known, tested) = (count(codes), count(test.columns()[target].levels()?.0));
        let mut classes: Vec<u32> = (0..levels.len() as u32)
            .filter(|&c| known[c as usize] >= LEAST_CLASS && tested[c as usize] >= LEAST_CLASS)
            .collect();
        classes.sort_by(|&a, &b| known[b as usize].cmp(&known[a as usize]).then(a.cmp(&b)));
        classes.truncate(MOST_CLASSES);
        (classes.len() >= 2).then_some(Self::Classes(classes))
    }
}

/// Score on the test rows and its standard deviation.
fn score(
    learn: &Table,
    test: &Table,
    target: usize,
    outcome: &Outcome,
    learner: Learner,
) -> Option<(f64, f64)> {
    let stacked = Stacked::new(&[learn, test], &[target]);
    let n = learn.n_rows();
    match outcome {
        Outcome::Classes(classes) => {
            let codes = |table: &Table| table.columns()[target].levels().map(|(codes, _)| codes.to_vec());
            let (own, tested) = (codes(learn)?, codes(test)?);
            // One against the rest; two classes need one comparison.
            let wanted: &[u32] = if classes.len() == 2 { &classes[1..] } else { classes };
            let input = Input::new(&stacked, learner);
            let areas: Vec<_> = wanted
                .par_iter()
                .filter_map(|&class| {
                    let yes: Vec<bool> = own.iter().chain(&tested).map(|&code| code == class).collect();
                    let scores = input.classify(&yes, n)?;
                    area(&scores, &yes[n..]).ok()
                })
                .collect();
            let k = areas.len() as f64;
            (k > 0.0).then(|| {
                let value = areas.iter().map(|area| area.value).sum::<f64>() / k;
                let deviation = areas.iter().map(|area| area.variance).sum::<f64>().sqrt() / k;
                (value, deviation)
            })
        }
        Outcome::Number => {
            let values = |table: &Table| match &table.columns()[target].cells {
                Cells::Number(values) => Some(values.clone()),
                Cells::Level { .. } => None,
            };
            let (own, tested) = (values(learn)?, values(test)?);
            let all: Vec<f64> = own.iter().chain(&tested).copied().collect();
            let predicted = Input::new(&stacked, learner).regress(&all, n)?;
            let m = tested.len() as f64;
            let mean = tested.iter().sum::<f64>() / m;
            let errors: Vec<f64> = tested.iter().zip(&predicted).map(|(t, p)| (t - p).powi(2)).collect();
            let total = tested.iter().map(|t| (t - mean).powi(2)).sum::<f64>();
            if total <= 0.0 {
                return None;
            }
            let sum = errors.iter().sum::<f64>();
            let spread = errors.iter().map(|e| (e - sum / m).powi(2)).sum::<f64>();
            Some((1.0 - sum / total, spread.sqrt() / total))
        }
    }
}

/// Columns in the shape that a learner takes.
enum Input {
    Trees(Binned),
    Linear(Vec<Vec<f64>>),
}

impl Input {
    fn new(stacked: &Stacked, learner: Learner) -> Self {
        match learner {
            Learner::Trees => Self::Trees(stacked.binned()),
            Learner::Linear => Self::Linear(stacked.design()),
        }
    }

    /// Scores of the rows from `n` on, learned from the rows before.
    fn classify(&self, yes: &[bool], n: usize) -> Option<Vec<f64>> {
        match self {
            Self::Trees(binned) => self.boost(binned, Target::Binary(yes), n),
            Self::Linear(design) => {
                Some(logistic(&before(design, n), &yes[..n], 1.0)?.predict(&after(design, n)))
            }
        }
    }

    fn regress(&self, values: &[f64], n: usize) -> Option<Vec<f64>> {
        match self {
            Self::Trees(binned) => self.boost(binned, Target::Number(values), n),
            Self::Linear(design) => {
                Some(ridge_regression(&before(design, n), &values[..n], 1.0)?.predict(&after(design, n)))
            }
        }
    }

    #[allow(clippy::unused_self, reason = "reads beside its siblings")]
    fn boost(&self, binned: &Binned, target: Target<'_>, n: usize) -> Option<Vec<f64>> {
        let learn: Vec<u32> = (0..n as u32).collect();
        let test: Vec<u32> = (n as u32..binned.n_rows() as u32).collect();
        let settings =
            Boosting { rounds: 80, max_leaves: 16, min_rows: (n / 50).clamp(5, 20), ..Boosting::default() };
        let model = settings.fit(&Sample::of(binned, target, &learn)).ok()?;
        Some(model.scores(binned, &test))
    }
}

fn before(design: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    design.iter().map(|column| column[..n].to_vec()).collect()
}

fn after(design: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    design.iter().map(|column| column[n..].to_vec()).collect()
}
