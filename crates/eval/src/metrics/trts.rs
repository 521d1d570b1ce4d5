//! ut.trts: does a model learned on real patients find synthetic ones as hard to predict?

use crate::panel::{Task, apart, boosted, named};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};

/// Score of real-trained trees on synthetic rows minus their score on holdout rows.
pub(super) struct Trts;

static INFO: MetricInfo = MetricInfo {
    id: "ut.trts",
    name: "Synthetic rows as a test",
    question: "Does a model learned on real patients find synthetic ones as hard to predict?",
    page: "Boosted trees are learned on one half of the training people and tested on synthetic rows and on the holdout; the \
           value is the one score (AUC of events, of several classes the commonest against the rest; R² of numbers) minus the \
           other, averaged over outcomes. 0 is right. Above 0 the outcome follows from the rest too well, as from a generator \
           that writes the typical patient (mode collapse) or copies people the model knows; below 0 it is blurred. It says whether the outcome given the rest \
           is realistic, not whether the data are useful. The interval is normal with DeLong's variances of both test sets. \
           Parts: the two scores, per outcome.",
    family: Family::Utility,
    direction: Direction::Target(0.0),
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "difference of AUC or R²",
    sources: &[Citation("esteban2017")],
    maturity: Maturity::Checked,
};

/// Rows learned from and tested.
const MOST_ROWS: usize = 10_000;

impl Metric for Trts {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let (half, other) = apart(data, ctx, seed);
        let (mut values, mut parts, mut n) = (Vec::new(), Vec::new(), 0);
        for &target in data.targets {
            ctx.ctx.stop.check()?;
            let seed = seed.split_at(target as u64);
            let Some(task) = Task::of(data, target) else { continue };
            let [learn, made, holdout] = [(&half, "learn"), (&other, "made"), (data.holdout, "holdout")]
                .map(|(table, name)| task.cases(table, MOST_ROWS, seed.split(name)));
            if ![&learn, &made, &holdout].iter().all(|cases| task.is_enough(cases)) {
                continue;
            }
            let Some(predicted) = task.predict(boosted(), &learn, &[&made, &holdout], seed) else { continue };
            let scores = [(&predicted[0], &made), (&predicted[1], &holdout)]
                .map(|(predicted, cases)| task.score(predicted, &cases.outcome));
            let [Some(on_made), Some(on_real)] = scores else { continue };
            values.push((on_made.0 - on_real.0, on_made.1 + on_real.1));
            parts.push((format!("{} on synthetic", task.name()), on_made.0));
            parts.push((format!("{} on real", task.name()), on_real.0));
            n = made.outcome.len().min(holdout.outcome.len());
        }
        let undefined = || MetricError::Undefined { why: "no outcome varies enough on both sides".into() };
        let k = values.len() as f64;
        let value = values.iter().map(|(value, _)| value).sum::<f64>() / k;
        let half = 1.96 * values.iter().map(|(_, variance)| variance).sum::<f64>().sqrt() / k;
        let score = Score::new(value, n).map_err(|_| undefined())?;
        Ok(score
            .with_interval(value - half, value + half, 0.95, "DeLong or normal, both test sets")
            .with_parts(parts))
    }
}
