//! How far do real and synthetic rows agree in what an analyst estimates?

use super::{Analysis, Fitted};
use crate::jackknife::jackknifed;
use crate::trio::some_rows;
use crate::{MetricError, NotApplicable, Trio};
use verosim_core::{Range, Score, Seeded};
use verosim_data::Table;
use verosim_math::regress::Estimate;

/// Models, and as many rows of either side.
pub(crate) struct Agreement<'a> {
    pub(crate) analyses: Vec<Analysis>,
    pub(crate) real: &'a Table,
    pub(crate) synthetic: &'a Table,
    /// Rows of `real`.
    pub(crate) real_rows: Vec<usize>,
    /// Rows of `synthetic`.
    pub(crate) synthetic_rows: Vec<usize>,
}

/// One coefficient on either side.
pub(crate) struct Pair {
    pub(crate) real: Estimate,
    /// `None` where the synthetic rows do not vary in the term, or the model cannot be fitted to them.
    pub(crate) synthetic: Option<Estimate>,
}

/// Rows below which no model is fitted.
const LEAST: usize = 50;

impl<'a> Agreement<'a> {
    /// The default model of every outcome named.
    pub(crate) fn of_outcomes(data: &Trio<'a>, seed: Seeded) -> Result<Self, MetricError> {
        if data.targets.is_empty() {
            let reason = "no outcome was named: use --target COLUMN".into();
            return Err(NotApplicable { reason }.into());
        }
        let analyses = data.targets.iter().filter_map(|&target| Analysis::of(data, target)).collect();
        Self::new(data, analyses, seed)
    }

    /// The proportional-hazards model.
    pub(crate) fn of_survival(data: &Trio<'a>, seed: Seeded) -> Result<Self, MetricError> {
        if data.survival.is_none() {
            let reason = "no survival columns were named: use --survival TIME,EVENT".into();
            return Err(NotApplicable { reason }.into());
        }
        Self::new(data, Analysis::survival(data).into_iter().collect(), seed)
    }

    fn new(data: &Trio<'a>, analyses: Vec<Analysis>, seed: Seeded) -> Result<Self, MetricError> {
        // Equal sizes: intervals of unequal length never overlap fully.
        let n = data.train.n_rows().min(data.holdout.n_rows()).min(data.synthetic.n_rows());
        if n < LEAST {
            return Err(MetricError::TooFew { unit: "rows of each table", needed: LEAST, found: n });
        }
        if analyses.is_empty() {
            return Err(MetricError::Undefined { why: "no outcome varies enough for a regression".into() });
        }
        Ok(Self {
            analyses,
            real: data.holdout,
            synthetic: data.synthetic,
            real_rows: some_rows(data.holdout.n_rows(), n, seed.split("real")),
            synthetic_rows: some_rows(data.synthetic.n_rows(), n, seed.split("made")),
        })
    }

    /// Mean of `each` over models, with an interval over rows of both sides; the interval is cut to `range`.
    pub(crate) fn measured(
        &self,
        seed: Seeded,
        range: Range,
        each: impl Fn(&[Pair]) -> Option<f64> + Sync,
    ) -> Result<Score, MetricError> {
        let score = jackknifed(self.real_rows.len(), self.synthetic_rows.len(), seed, |real, synthetic| {
            let real: Vec<usize> = real.iter().map(|&at| self.real_rows[at]).collect();
            let synthetic: Vec<usize> = synthetic.iter().map(|&at| self.synthetic_rows[at]).collect();
            let values: Vec<f64> = self
                .analyses
                .iter()
                .filter_map(|analysis| {
                    let real = analysis.fit(self.real, &real)?;
                    each(&pairs(&real, analysis.fit(self.synthetic, &synthetic).as_ref()))
                })
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        })?;
        let Some(interval) = score.interval() else { return Ok(score) };
        let (low, high, method) =
            (interval.low.max(range.low), interval.high.min(range.high), score.method().to_owned());
        Ok(score.with_interval(low, high, interval.level, &method))
    }

    /// Coefficients of one model on all rows of either side; `None` when it cannot be fitted to real rows.
    pub(crate) fn pairs_of(&self, analysis: &Analysis) -> Option<Vec<Pair>> {
        let real = analysis.fit(self.real, &self.real_rows)?;
        Some(pairs(&real, analysis.fit(self.synthetic, &self.synthetic_rows).as_ref()))
    }
}

/// Terms that real rows can estimate, beside what synthetic rows say.
pub(crate) fn pairs(real: &Fitted, synthetic: Option<&Fitted>) -> Vec<Pair> {
    let found = |at: usize| synthetic.and_then(|fitted| fitted.estimates[at]);
    let there = |(at, real): (usize, &Option<Estimate>)| real.map(|real| Pair { real, synthetic: found(at) });
    real.estimates.iter().enumerate().filter_map(there).collect()
}
