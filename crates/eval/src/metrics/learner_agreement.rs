//! ut.agree: would choosing a model on synthetic patients choose the one that is best on real ones?

use crate::card::PanelRow;
use crate::metric::Pass;
use crate::panel::{Cases, PANEL, Task, apart, boosted, named, resampled};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::stats::{kappa, kendall, spearman};

/// Kendall's tau-b of learners as ranked on synthetic rows alone and on real ones.
pub(super) struct LearnerAgreement;

static INFO: MetricInfo = MetricInfo {
    id: "ut.agree",
    name: "Ranks of learners",
    question: "Would choosing a model on synthetic patients choose the one that is best on real ones?",
    page: "Eight learners with fixed settings (linear with weak and strong ridge, boosted trees and stumps, one tree, a forest, \
           15 and 60 nearest neighbours) are learned on two thirds of the synthetic rows and tested on the other third, which \
           is all that somebody without real rows can do, and beside it learned on as many training rows and tested on the \
           holdout. The value is Kendall's tau-b of the two lists of scores (AUC of events, R² of numbers; of several classes \
           the commonest against the rest), averaged over outcomes; 1 is the same order, 0 none. Training rows are one half of \
           the training people, so that the ceiling (the other half in the place of the synthetic rows) is not people agreeing \
           with themselves. Learners that are nearly equal swap places by chance: look at the ceiling and at the regret. \
           Parts: regret, what the learner chosen on synthetic rows lacks, on real rows, to the best; rank correlation and \
           (of decisions at the share with the event) Cohen's kappa of the predictions of boosted trees for the same holdout \
           people, learned on synthetic and on training rows. At most 3,000 rows are learned from and 2,000 tested.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: -1.0, high: 1.0 },
    unit: "tau-b",
    sources: &[Citation("kendall1945"), Citation("jordon2019"), Citation("cohen1960")],
    maturity: Maturity::Draft,
};

/// Rows learned from.
const MOST_LEARNED: usize = 3_000;
/// Rows tested.
const MOST_TESTED: usize = 2_000;

/// What all learners say about one outcome.
struct Trial {
    task: Task,
    seen: Cases,
    holdout: Cases,
    prevalence: f64,
    /// Per learner: for unseen synthetic rows, for holdout rows, and for holdout rows learned on training rows.
    predicted: Vec<Option<[Vec<f64>; 3]>>,
}

impl Metric for LearnerAgreement {
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
            trials.extend(trial(data, target, ctx, seed.split_at(target as u64)));
        }
        let sizes: Vec<usize> =
            trials.iter().flat_map(|trial| [trial.seen.outcome.len(), trial.holdout.outcome.len()]).collect();
        let score = resampled(&sizes, seed, |rows| {
            let taus: Vec<f64> = trials
                .iter()
                .zip(rows.chunks_exact(2))
                .filter_map(|(trial, rows)| {
                    let [seen, _, real] = trial.scores(&rows[0], &rows[1]);
                    kendall(&seen, &real)
                })
                .collect();
            (!taus.is_empty()).then(|| taus.iter().sum::<f64>() / taus.len() as f64)
        })?;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.panel.lock()
        {
            *found = trials.iter().flat_map(Trial::rows).collect();
        }
        let mean = |each: &dyn Fn(&Trial) -> Option<f64>| {
            let values: Vec<f64> = trials.iter().filter_map(each).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        Ok(score.with_parts([
            ("regret".to_owned(), mean(&Trial::regret)),
            ("correlation of predictions".to_owned(), mean(&Trial::correlation)),
            ("kappa of decisions".to_owned(), mean(&Trial::decisions)),
        ]))
    }
}

fn trial(data: &Trio<'_>, target: usize, ctx: &EvalContext<'_>, seed: Seeded) -> Option<Trial> {
    let task = Task::of(data, target)?;
    let (half, other) = apart(data, ctx, seed);
    let known = task.cases(&other, usize::MAX, seed).outcome.len();
    let n = (2 * known / 3).min(task.cases(&half, MOST_LEARNED, seed).outcome.len()).min(MOST_LEARNED);
    let real = task.cases(&half, n, seed.split("real"));
    let holdout = task.cases(data.holdout, MOST_TESTED, seed.split("test"));
    // Drawn together, so that no row is in both.
    let drawn = task.cases(&other, (n + n / 2).min(known), seed.split("made"));
    let is_test = |at: usize| at % 3 == 2;
    let part = |test: bool| {
        let rows: Vec<usize> = (0..drawn.outcome.len()).filter(|&at| is_test(at) == test).collect();
        Cases {
            outcome: rows.iter().map(|&row| drawn.outcome[row]).collect(),
            table: drawn.table.take(&rows),
        }
    };
    let (made, seen) = (part(false), part(true));
    if ![&real, &holdout, &made, &seen].iter().all(|cases| task.is_enough(cases)) {
        return None;
    }
    let predicted = PANEL
        .par_iter()
        .enumerate()
        .map(|(at, (_, learner))| {
            let seed = seed.split("panel").split_at(at as u64);
            let mut of_made = task.predict(*learner, &made, &[&seen, &holdout], seed)?;
            let of_real = task.predict(*learner, &real, &[&holdout], seed)?.pop()?;
            let on_holdout = of_made.pop()?;
            Some([of_made.pop()?, on_holdout, of_real])
        })
        .collect();
    let prevalence = real.outcome.iter().sum::<f64>() / real.outcome.len() as f64;
    Some(Trial { task, seen, holdout, prevalence, predicted })
}

impl Trial {
    /// Scores of all learners on some rows: on synthetic rows, on holdout rows, and of training rows on holdout rows.
    fn scores(&self, seen: &[usize], holdout: &[usize]) -> [Vec<f64>; 3] {
        let score = |predicted: &[f64], cases: &Cases, rows: &[usize]| {
            let own: Vec<f64> = rows.iter().map(|&row| predicted[row]).collect();
            let outcome: Vec<f64> = rows.iter().map(|&row| cases.outcome[row]).collect();
            self.task.score(&own, &outcome).map_or(f64::NAN, |score| score.0)
        };
        [(0, &self.seen, seen), (1, &self.holdout, holdout), (2, &self.holdout, holdout)].map(
            |(side, cases, rows)| {
                let of = |found: &Option<[Vec<f64>; 3]>| {
                    found.as_ref().map_or(f64::NAN, |found| score(&found[side], cases, rows))
                };
                self.predicted.iter().map(of).collect()
            },
        )
    }

    fn all(&self) -> [Vec<f64>; 3] {
        let rows = |cases: &Cases| (0..cases.outcome.len()).collect::<Vec<_>>();
        self.scores(&rows(&self.seen), &rows(&self.holdout))
    }

    fn rows(&self) -> Vec<PanelRow> {
        let [seen, synthetic, real] = self.all();
        (0..PANEL.len())
            .filter(|&at| [seen[at], synthetic[at], real[at]].iter().all(|score| score.is_finite()))
            .map(|at| PanelRow {
                target: self.task.name().to_owned(),
                learner: PANEL[at].0.to_owned(),
                measure: self.task.measure().to_owned(),
                seen: seen[at],
                synthetic: synthetic[at],
                real: real[at],
            })
            .collect()
    }

    fn regret(&self) -> Option<f64> {
        let [seen, _, real] = self.all();
        let scored = || (0..seen.len()).filter(|&at| seen[at].is_finite() && real[at].is_finite());
        let chosen = scored().max_by(|&a, &b| seen[a].total_cmp(&seen[b]).then(b.cmp(&a)))?;
        let best = scored().map(|at| real[at]).fold(f64::NEG_INFINITY, f64::max);
        Some(best - real[chosen])
    }

    /// Predictions of boosted trees for holdout rows, learned on synthetic and on training rows.
    fn boosted(&self) -> Option<(&[f64], &[f64])> {
        let at = PANEL.iter().position(|(_, learner)| *learner == boosted())?;
        self.predicted[at].as_ref().map(|[_, made, real]| (&made[..], &real[..]))
    }

    fn correlation(&self) -> Option<f64> {
        let (made, real) = self.boosted()?;
        spearman(made, real)
    }

    fn decisions(&self) -> Option<f64> {
        let (made, real) = self.boosted().filter(|_| self.task.is_event())?;
        let decide = |risks: &[f64]| risks.iter().map(|&risk| risk > self.prevalence).collect::<Vec<_>>();
        kappa(&decide(made), &decide(real))
    }
}
