//! How well does what was learned on synthetic people predict what happens to real ones?

use super::counts::scored;
use super::{Lives, TimelineContext};
use crate::MetricError;
use crate::card::{Reading, Task};
use crate::jackknife::{GROUPS, Groups};
use crate::metric::Pass;
use crate::trio::some_rows;
use rayon::prelude::*;
use std::sync::Arc;
use verosim_core::{Interval, Score, Seeded};
use verosim_math::learn::{Binned, Binning, Boosting, Feature, Sample, Target, auc};

/// People with and without an outcome below which nothing is learned or tested.
pub(crate) const LEAST: usize = 20;

/// Examples that a model learns from.
const MOST_LEARNED: usize = 5_000;

/// What is known of people at some time, and which of several things happened next.
#[derive(Default)]
pub(crate) struct Examples {
    pub(crate) rows: Vec<Vec<f64>>,
    /// One list per row, one entry per outcome.
    pub(crate) happened: Vec<Vec<bool>>,
    /// Per row whose it is, by position among the people.
    whose: Vec<usize>,
}

impl Examples {
    /// One example of each person who has one.
    pub(crate) fn of(
        lives: &Lives,
        one: impl Fn(usize) -> Option<(Vec<f64>, Vec<bool>)> + Send + Sync,
    ) -> Self {
        Self::several(lives, |at| one(at).into_iter().collect())
    }

    /// Any number of examples of each person.
    pub(crate) fn several(
        lives: &Lives,
        some: impl Fn(usize) -> Vec<(Vec<f64>, Vec<bool>)> + Send + Sync,
    ) -> Self {
        let found: Vec<Vec<(Vec<f64>, Vec<bool>)>> =
            (0..lives.n_people()).into_par_iter().map(some).collect();
        let mut all = Self::default();
        for (at, examples) in found.into_iter().enumerate() {
            for (row, happened) in examples {
                all.rows.push(row);
                all.happened.push(happened);
                all.whose.push(at);
            }
        }
        all
    }

    /// Whether some people have several examples.
    fn repeats(&self) -> bool {
        self.whose.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn outcome(&self, at: usize) -> Vec<bool> {
        self.happened.iter().map(|happened| happened[at]).collect()
    }

    /// People who have outcome `at` in some example, and those who have not in some, the fewer of both.
    fn rarer(&self, at: usize) -> usize {
        let people = |wanted: bool| {
            let those = self.whose.iter().zip(&self.happened).filter(|(_, happened)| happened[at] == wanted);
            // Examples of one person stand together.
            let mut whose: Vec<usize> = those.map(|(&whose, _)| whose).collect();
            whose.dedup();
            whose.len()
        };
        people(true).min(people(false))
    }

    fn columns(&self) -> Vec<Vec<f64>> {
        let width = self.rows.first().map_or(0, Vec::len);
        (0..width).map(|at| self.rows.iter().map(|row| row[at]).collect()).collect()
    }

    fn some(&self, n: usize, seed: Seeded) -> Self {
        let kept = some_rows(self.rows.len(), n, seed);
        Self {
            rows: kept.iter().map(|&at| self.rows[at].clone()).collect(),
            happened: kept.iter().map(|&at| self.happened[at].clone()).collect(),
            whose: kept.iter().map(|&at| self.whose[at]).collect(),
        }
    }
}

/// One family of predictions.
pub(crate) struct Prediction<'a> {
    /// Names of outcomes.
    pub(crate) outcomes: Vec<String>,
    /// What is counted where there are too few.
    pub(crate) unit: &'static str,
    pub(crate) train: &'a Examples,
    pub(crate) holdout: &'a Examples,
    pub(crate) synthetic: &'a Examples,
}

/// Scores of holdout people, by models of as many synthetic and training examples.
struct Tested {
    outcome: usize,
    happened: Vec<bool>,
    by_synthetic: Vec<f64>,
    by_train: Vec<f64>,
}

impl Prediction<'_> {
    /// The share of what training people teach that synthetic people teach too, over all outcomes.
    pub(crate) fn score(&self, seed: Seeded, ctx: &TimelineContext<'_>) -> Result<Score, MetricError> {
        let asked: Vec<usize> = (0..self.outcomes.len())
            .filter(|&at| self.train.rarer(at) >= LEAST && self.holdout.rarer(at) >= LEAST)
            .collect();
        if asked.is_empty() {
            let rarer = |at: usize| self.train.rarer(at).min(self.holdout.rarer(at));
            let found = (0..self.outcomes.len()).map(rarer).max().unwrap_or(0);
            return Err(MetricError::TooFew { unit: self.unit, needed: LEAST, found });
        }
        let n = self.train.rows.len().min(self.synthetic.rows.len()).min(MOST_LEARNED);
        if n < 2 * LEAST {
            return Err(MetricError::TooFew { unit: "synthetic examples", needed: 2 * LEAST, found: n });
        }
        // One draw, so that training people in the place of synthetic ones are the same people.
        let (made, own) =
            (self.synthetic.some(n, seed.split("learn")), self.train.some(n, seed.split("learn")));
        let (own_columns, made_columns, test_columns) =
            (own.columns(), made.columns(), self.holdout.columns());
        let binning = Arc::new(Binning::new(&features(&own_columns)));
        let [own_binned, made_binned, test_binned] = [&own_columns, &made_columns, &test_columns]
            .map(|columns| Binned::with(&binning, &features(columns)));
        let everybody: Vec<u32> = (0..self.holdout.rows.len() as u32).collect();
        let scores = |binned: &Binned, happened: &[bool]| {
            let learner = Boosting { rounds: 40, max_leaves: 8, ..Boosting::default() };
            let model = learner.fit(&Sample::all(binned, Target::Binary(happened)));
            // Nothing to learn from: everybody is alike.
            model.map_or_else(|_| vec![0.0; everybody.len()], |model| model.scores(&test_binned, &everybody))
        };
        ctx.ctx.stop.check()?;
        let tested: Vec<Tested> = asked
            .par_iter()
            .map(|&outcome| Tested {
                outcome,
                happened: self.holdout.outcome(outcome),
                by_synthetic: scores(&made_binned, &made.outcome(outcome)),
                by_train: scores(&own_binned, &own.outcome(outcome)),
            })
            .collect();
        // Examples of one person are left out together.
        let people = self.holdout.whose.last().map_or(0, |&last| last + 1);
        let mut groups = Groups::new(people, 1, seed.split("groups"));
        groups.real = self.holdout.whose.iter().map(|&whose| groups.real[whose]).collect();
        let lift = |out: usize| {
            let (mut made, mut own) = (0.0, 0.0);
            for one in &tested {
                made += one.area(&one.by_synthetic, &groups.real, out)? - 0.5;
                own += one.area(&one.by_train, &groups.real, out)? - 0.5;
            }
            Some((made, own, tested.len() as f64))
        };
        let whole = lift(GROUPS).ok_or_else(|| self.undefined())?;
        // Real people who do not predict it themselves teach nothing that could be recovered.
        if whole.1 / whole.2 < 0.02 {
            let why = format!(
                "training people do not predict it themselves (mean AUC {:.2})",
                0.5 + whole.1 / whole.2
            );
            return Err(MetricError::Undefined { why });
        }
        let score = scored(&groups, |out| lift(out).map(|(made, own, _)| made / own))?;
        let clusters = self.holdout.repeats().then_some(&groups);
        let tasks: Vec<Task> =
            tested.iter().filter_map(|one| one.told(&self.outcomes[one.outcome], clusters)).collect();
        let mut parts: Vec<(String, f64)> = vec![
            ("mean AUC, learned on synthetic".into(), 0.5 + whole.0 / whole.2),
            ("mean AUC, learned on training".into(), 0.5 + whole.1 / whole.2),
        ];
        parts.extend(
            tasks.iter().filter_map(|task| Some((format!("{}: recovered", task.target), task.recovered?))),
        );
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.tasks.lock()
        {
            found.extend(tasks);
        }
        Ok(score.with_parts(parts))
    }

    fn undefined(&self) -> MetricError {
        MetricError::Undefined { why: format!("a tenth of the holdout has no {}", self.unit) }
    }
}

impl Tested {
    fn area(&self, scores: &[f64], groups: &[u8], out: usize) -> Option<f64> {
        let side = |wanted: bool| -> Vec<f64> {
            let kept =
                (0..scores.len()).filter(|&at| self.happened[at] == wanted && usize::from(groups[at]) != out);
            kept.map(|at| scores[at]).collect()
        };
        auc(&side(true), &side(false)).ok().map(|area| area.value)
    }

    /// The task in words; `clusters` when people have several examples, which tell less than as many people.
    fn told(&self, name: &str, clusters: Option<&Groups>) -> Option<Task> {
        let reading = |scores: &[f64]| {
            let side = |wanted: bool| -> Vec<f64> {
                let kept = scores.iter().zip(&self.happened).filter(|(_, is)| **is == wanted);
                kept.map(|(score, _)| *score).collect()
            };
            let area = auc(&side(true), &side(false)).ok()?;
            let (low, high) = area.interval(0.95);
            let interval = match clusters {
                None => Some(Interval { low, high, level: 0.95 }),
                Some(groups) => scored(groups, |out| self.area(scores, &groups.real, out)).ok()?.interval(),
            };
            Some(Reading { value: area.value, interval, n: scores.len() })
        };
        let (synthetic, real) = (reading(&self.by_synthetic)?, reading(&self.by_train)?);
        Some(Task {
            target: name.to_owned(),
            learner: "boosted trees".into(),
            measure: "AUC".into(),
            synthetic,
            real,
            baseline: 0.5,
            recovered: (real.value > 0.52).then(|| (synthetic.value - 0.5) / (real.value - 0.5)),
        })
    }
}

fn features(columns: &[Vec<f64>]) -> Vec<Feature<'_>> {
    columns.iter().map(|column| Feature::Number(column)).collect()
}
