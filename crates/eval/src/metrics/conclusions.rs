//! ut.sign: does an analysis of synthetic patients come to the same conclusions?

use super::interval_overlap::mean_of;
use crate::analysis::{Agreement, Pair, pairs};
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::regress::Estimate;

/// Share of coefficients with the same conclusion at 5 %: up, down, or not shown.
pub(super) struct Conclusions;

static INFO: MetricInfo = MetricInfo {
    id: "ut.sign",
    name: "Same conclusions",
    question: "Does an analysis of synthetic patients come to the same conclusions?",
    page: "Share of coefficients, in the regressions of ut.cio, with the same conclusion from synthetic as from holdout rows: \
           significantly above 0, significantly below, or not shown, at 5 %. Two samples of the same people do not agree in \
           everything: see the ceiling. Parts: the share with the same sign; false discoveries, of those significant in \
           synthetic rows the share that is not so, with the same sign, in training and holdout rows together (more rows, so \
           that what is real is found there); missed findings, of those significant in training and holdout together the \
           share that is not so in as many synthetic rows as there are training rows. A coefficient that synthetic rows do \
           not have is not shown.",
    family: Family::Utility,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of coefficients",
    sources: &[Citation("karr2006"), Citation("decruyenaere2024")],
    maturity: Maturity::Checked,
};

impl Metric for Conclusions {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let agreement = Agreement::of_outcomes(data, seed)?;
        ctx.ctx.stop.check()?;
        let score = agreement.measured(seed.split("rows"), INFO.range, |pairs| mean_of(pairs, same))?;
        let mut parts = Vec::new();
        let (mut signs, mut n) = (0.0, 0.0);
        for pair in agreement.analyses.iter().filter_map(|analysis| agreement.pairs_of(analysis)).flatten() {
            signs += f64::from(u8::from(pair.synthetic.is_some_and(|s| s.value * pair.real.value > 0.0)));
            n += 1.0;
        }
        parts.push(("same sign".to_owned(), signs / n));
        if ctx.pass == Pass::Synthetic {
            parts.extend(errors(data, &agreement));
        }
        Ok(score.with_parts(parts))
    }
}

/// 1 for significantly above 0, -1 for below, 0 for not shown.
fn conclusion(estimate: Option<Estimate>) -> i8 {
    match estimate {
        Some(estimate) if estimate.is_significant(0.95) => {
            if estimate.value > 0.0 {
                1
            } else {
                -1
            }
        }
        _ => 0,
    }
}

pub(super) fn same(pair: &Pair) -> f64 {
    f64::from(u8::from(conclusion(pair.synthetic) == conclusion(Some(pair.real))))
}

/// False discoveries and missed findings against all real rows.
fn errors(data: &Trio<'_>, agreement: &Agreement<'_>) -> Vec<(String, f64)> {
    let Some(real) = data.train.append(data.holdout) else { return Vec::new() };
    let all = |n: usize| (0..n).collect::<Vec<_>>();
    let made = all(data.synthetic.n_rows().min(data.train.n_rows()));
    let (mut claimed, mut wrong, mut known, mut missed) = (0.0, 0.0, 0.0, 0.0);
    for analysis in &agreement.analyses {
        let Some(truth) = analysis.fit(&real, &all(real.n_rows())) else { continue };
        for pair in pairs(&truth, analysis.fit(data.synthetic, &made).as_ref()) {
            let (is, says) = (conclusion(Some(pair.real)), conclusion(pair.synthetic));
            let differ = f64::from(u8::from(is != says));
            if says != 0 {
                claimed += 1.0;
                wrong += differ;
            }
            if is != 0 {
                known += 1.0;
                missed += differ;
            }
        }
    }
    // Not a number where nothing is claimed or known: such a part is left out.
    vec![("false discoveries".into(), wrong / claimed), ("missed findings".into(), missed / known)]
}
