//! ut.cio: does an analysis of synthetic patients come to the same estimates?

use crate::analysis::{Agreement, Analysis, Fitted, Pair};
use crate::card::{Forest, ForestRow, Reading};
use crate::metric::Pass;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::regress::{Estimate, Remedy, Synthesis, interval_overlap};

/// Mean overlap of real and synthetic 95 % intervals of regression coefficients.
pub(super) struct IntervalOverlap;

static INFO: MetricInfo = MetricInfo {
    id: "ut.cio",
    name: "Confidence-interval overlap",
    question: "Does an analysis of synthetic patients come to the same estimates?",
    page: "For each outcome one regression is fitted to holdout rows and to as many synthetic rows: logistic for events, linear \
           for numbers, log-linear with estimated dispersion for counts, on age, sex and the eight columns that go most \
           strongly with the outcome among training rows (numbers in deviations, levels with at least 5 % and 11 rows; \
           columns that lack more than a fifth are left out, and rows must be complete). For each coefficient the overlap \
           is half of what the intervals share over the length of the one, and half of it over that of the other; clipped \
           at 0 and averaged over coefficients and outcomes. A coefficient that synthetic rows do not have, because they do \
           not vary in the term, counts as 0 and is not skipped. Two samples of the same people overlap by 0.71 on average, \
           not by 1: look at the ceiling (training against holdout rows). Parts: the mean without clipping; the mean when \
           synthetic standard errors are widened for statements about the population (synthpop's factor: √2 for one set of \
           equal size); the mean against training rows, all rows on either side, which is what synthpop reports and \
           rewards copying. Where a column separates the outcome, Firth's penalty is used and the table says so.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of interval",
    sources: &[Citation("karr2006"), Citation("raab2016"), Citation("firth1993")],
    maturity: Maturity::Checked,
};

impl Metric for IntervalOverlap {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let agreement = Agreement::of_outcomes(data, seed)?;
        ctx.ctx.stop.check()?;
        let score = agreement.measured(seed.split("rows"), INFO.range, |pairs| {
            mean_of(pairs, |pair| overlap(pair).max(0.0))
        })?;
        let all: Vec<(&Analysis, Vec<Pair>)> = agreement
            .analyses
            .iter()
            .filter_map(|analysis| Some((analysis, agreement.pairs_of(analysis)?)))
            .collect();
        let mean = |each: &dyn Fn(&Pair) -> f64| over_models(&all, each);
        let mut parts = vec![("not clipped".to_owned(), mean(&overlap))];
        let ratio = agreement.synthetic_rows.len() as f64 / data.train.n_rows().max(1) as f64;
        parts.push(("widened for the population".into(), mean(&|pair| widened(pair, ratio).max(0.0))));
        let lost = mean(&|pair| f64::from(u8::from(pair.synthetic.is_none())));
        parts.push(("share of coefficients lost".into(), lost));
        parts.extend(all.iter().filter_map(|(analysis, pairs)| {
            Some((analysis.outcome().to_owned(), mean_of(pairs, |pair| overlap(pair).max(0.0))?))
        }));
        if ctx.pass == Pass::Synthetic {
            parts.extend(against_training(data, &agreement.analyses));
            let forests =
                agreement.analyses.iter().filter_map(|analysis| forest(&agreement, data, analysis, seed));
            if let Ok(mut found) = ctx.findings.forests.lock() {
                found.extend(forests);
            }
        }
        Ok(score.with_parts(parts))
    }
}

/// Overlap of the intervals of a pair; 0 where there is no synthetic one.
pub(super) fn overlap(pair: &Pair) -> f64 {
    pair.synthetic
        .and_then(|synthetic| interval_overlap(pair.real.interval(0.95), synthetic.interval(0.95)))
        .unwrap_or(0.0)
}

/// The same when the synthetic standard error is that of a statement about the population.
fn widened(pair: &Pair, ratio: f64) -> f64 {
    let wider = |synthetic: Estimate| {
        let rule = Synthesis::Simple { ratio };
        let combined = rule.combine(&[synthetic.value], &[synthetic.error.powi(2)])?;
        Some(Estimate { error: combined.variance.sqrt(), ..synthetic })
    };
    overlap(&Pair { synthetic: pair.synthetic.and_then(wider), ..*pair })
}

/// Mean over coefficients.
pub(super) fn mean_of(pairs: &[Pair], each: impl Fn(&Pair) -> f64) -> Option<f64> {
    (!pairs.is_empty()).then(|| pairs.iter().map(each).sum::<f64>() / pairs.len() as f64)
}

/// Mean over models of the mean over coefficients; not a number without any.
pub(super) fn over_models(all: &[(&Analysis, Vec<Pair>)], each: &dyn Fn(&Pair) -> f64) -> f64 {
    let values: Vec<f64> = all.iter().filter_map(|(_, pairs)| mean_of(pairs, each)).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Overlap with training rows, all rows on either side.
fn against_training(data: &Trio<'_>, analyses: &[Analysis]) -> Option<(String, f64)> {
    let all = |n: usize| (0..n).collect::<Vec<_>>();
    let values: Vec<f64> = analyses
        .iter()
        .filter_map(|analysis| {
            let train = analysis.fit(data.train, &all(data.train.n_rows()))?;
            let synthetic = analysis.fit(data.synthetic, &all(data.synthetic.n_rows()));
            mean_of(&crate::analysis::pairs(&train, synthetic.as_ref()), |pair| overlap(pair).max(0.0))
        })
        .collect();
    (!values.is_empty())
        .then(|| ("against training, all rows".to_owned(), values.iter().sum::<f64>() / values.len() as f64))
}

/// One model of all three tables for the report.
pub(super) fn forest(
    agreement: &Agreement<'_>,
    data: &Trio<'_>,
    analysis: &Analysis,
    seed: Seeded,
) -> Option<Forest> {
    let n = agreement.real_rows.len();
    let train_rows = some_rows(data.train.n_rows(), n, seed.split("train"));
    let real = analysis.fit(agreement.real, &agreement.real_rows)?;
    let synthetic = analysis.fit(agreement.synthetic, &agreement.synthetic_rows);
    let train = analysis.fit(data.train, &train_rows);
    let reading = |estimate: Estimate, n: usize| {
        let (low, high) = estimate.interval(0.95);
        Reading { value: estimate.value, interval: Some(Interval { low, high, level: 0.95 }), n }
    };
    let of = |fitted: &Option<Fitted>, at: usize| {
        fitted.as_ref().and_then(|fitted| Some((fitted.estimates[at]?, fitted.n)))
    };
    let rows = analysis
        .terms()
        .enumerate()
        .filter_map(|(at, term)| {
            let estimate = real.estimates[at]?;
            let made = of(&synthetic, at);
            Some(ForestRow {
                term: term.to_owned(),
                real: reading(estimate, real.n),
                synthetic: made.map(|(estimate, n)| reading(estimate, n)),
                ceiling: of(&train, at).map(|(estimate, n)| reading(estimate, n)),
                overlap: overlap(&Pair { real: estimate, synthetic: made.map(|made| made.0) }),
            })
        })
        .collect();
    let tables = [("holdout", Some(&real)), ("synthetic", synthetic.as_ref()), ("training", train.as_ref())];
    let remedies = tables
        .iter()
        .filter_map(|(name, fitted)| match fitted.map(|fitted| fitted.remedy) {
            Some(Remedy::None) => None,
            Some(Remedy::Firth) => Some(format!("{name} rows are separated: Firth's penalty")),
            Some(Remedy::Ridge) => Some(format!("{name} rows are separated: a ridge")),
            None => Some(format!("{name} rows allow no fit")),
        })
        .collect();
    let count = |fitted: &Option<Fitted>| fitted.as_ref().map_or(0, |fitted| fitted.n);
    Some(Forest {
        outcome: analysis.outcome().to_owned(),
        scale: analysis.scale().to_owned(),
        n: [real.n, count(&synthetic), count(&train)],
        remedies,
        rows,
    })
}
