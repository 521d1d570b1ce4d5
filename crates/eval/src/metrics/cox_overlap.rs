//! su.cox: does a survival analysis of synthetic patients come to the same hazard ratios?

use super::conclusions::same;
use super::interval_overlap::{forest, mean_of, overlap};
use crate::analysis::{Agreement, Analysis, Fitted};
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_math::survival::concordance;

/// Mean overlap of real and synthetic 95 % intervals of log hazard ratios.
pub(super) struct CoxOverlap;

static INFO: MetricInfo = MetricInfo {
    id: "su.cox",
    name: "Hazard-ratio overlap",
    question: "Does a survival analysis of synthetic patients come to the same hazard ratios?",
    page: "One proportional-hazards model (Cox, ties after Efron) is fitted to holdout rows and to as many synthetic rows, on \
           age, sex and the eight columns that go most strongly with martingale residuals of training rows. The value is the \
           overlap of 95 % intervals of log hazard ratios as in ut.cio: clipped at 0, a lost coefficient counts as 0. Parts: \
           the mean without clipping, the share of coefficients with the same conclusion at 5 %, the largest shift in real \
           standard errors, and Harrell's C on holdout rows of the model learned on synthetic and on as many training rows \
           (0.5 is no skill). Where a column orders the events so well that there is no finite maximum a ridge is added and \
           the table says so. Competing events and delayed entry are not modelled.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of interval",
    sources: &[Citation("cox1972"), Citation("efron1977"), Citation("karr2006"), Citation("harrell1982")],
    maturity: Maturity::Checked,
};

impl Metric for CoxOverlap {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let agreement = Agreement::of_survival(data, seed)?;
        ctx.ctx.stop.check()?;
        let score = agreement.measured(seed.split("rows"), INFO.range, |pairs| {
            mean_of(pairs, |pair| overlap(pair).max(0.0))
        })?;
        let mut parts = Vec::new();
        for analysis in &agreement.analyses {
            let Some(pairs) = agreement.pairs_of(analysis) else { continue };
            let shifts = pairs.iter().filter_map(|pair| {
                Some((pair.synthetic?.value - pair.real.value).abs() / pair.real.error.max(1e-12))
            });
            parts.extend([
                ("not clipped".to_owned(), mean_of(&pairs, overlap).unwrap_or(f64::NAN)),
                ("same conclusions".to_owned(), mean_of(&pairs, same).unwrap_or(f64::NAN)),
                ("largest shift".to_owned(), shifts.fold(0.0, f64::max)),
            ]);
            let c = |table: &Table| {
                let rows: Vec<usize> =
                    crate::trio::some_rows(table.n_rows(), agreement.real_rows.len(), seed);
                index(analysis, analysis.fit(table, &rows).as_ref()?, data.holdout)
            };
            parts.push((
                "C on holdout, learned on synthetic".to_owned(),
                c(data.synthetic).unwrap_or(f64::NAN),
            ));
            parts.push(("C on holdout, learned on training".to_owned(), c(data.train).unwrap_or(f64::NAN)));
            if ctx.pass == Pass::Synthetic
                && let Ok(mut found) = ctx.findings.forests.lock()
            {
                found.extend(forest(&agreement, data, analysis, seed));
            }
        }
        Ok(score.with_parts(parts))
    }
}

/// Harrell's C of a model's risks on the rows of `table`.
fn index(analysis: &Analysis, fitted: &Fitted, table: &Table) -> Option<f64> {
    let followed = analysis.followed(table)?;
    let mut risks = vec![0.0; followed.times.len()];
    for (column, estimate) in followed.columns.iter().zip(&fitted.estimates) {
        let weight = estimate.map_or(0.0, |estimate| estimate.value);
        risks.iter_mut().zip(column).for_each(|(risk, x)| *risk += weight * x);
    }
    concordance(&risks, &followed.times, &followed.events)
}
