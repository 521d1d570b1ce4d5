//! ut.cal: are risks learned on synthetic patients right for real ones?

use crate::card::{Calibrated, Calibration, Reading};
use crate::metric::Pass;
use crate::panel::{Task, boosted, events, named};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::learn::average_precision;
use verosim_math::regress::{Estimate, Law, Regression};

/// Calibration slope of boosted trees learned on synthetic rows.
pub(super) struct CalibrationSlope;

static INFO: MetricInfo = MetricInfo {
    id: "ut.cal",
    name: "Calibration slope",
    question: "Are risks learned on synthetic patients right for real ones?",
    page: "Boosted trees are learned on synthetic rows and give holdout rows a risk of the event; the slope is that of the \
           logistic regression of what happened on the log-odds of the risk. 1 is right; below 1 risks are too sure, above 1 \
           not sure enough; averaged over outcomes that are events (of several classes the commonest against the rest). Trees \
           are too sure on real rows as well: the ceiling is the slope learned on training rows. Parts, learned on synthetic \
           rows and on as many training rows: calibration-in-the-large (the intercept at slope 1), Brier score, log loss, \
           average precision. AUC, which ut.tstr looks at, does not see calibration at all: a generator that doubles the \
           share of the ill leaves AUC as it is.",
    family: Family::Utility,
    direction: Direction::Target(1.0),
    range: Range { low: f64::NEG_INFINITY, high: f64::INFINITY },
    unit: "slope",
    sources: &[Citation("cox1958"), Citation("brier1950")],
    maturity: Maturity::Checked,
};

/// Rows learned from.
const MOST_LEARNED: usize = 10_000;

impl Metric for CalibrationSlope {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        named(data)?;
        let mut found = Vec::new();
        for &target in data.targets {
            ctx.ctx.stop.check()?;
            found.extend(calibration(data, target, seed.split_at(target as u64)));
        }
        if found.is_empty() {
            let why = "no outcome is an event that tables have enough of".into();
            return Err(MetricError::Undefined { why });
        }
        let n = found.len() as f64;
        let mean = |of: &dyn Fn(&Calibration) -> f64| found.iter().map(of).sum::<f64>() / n;
        let value = mean(&|c| c.synthetic.slope.value);
        let error = |c: &Calibration| {
            c.synthetic.slope.interval.map_or(0.0, |interval| (interval.high - interval.low) / 3.92)
        };
        let half = 1.96 * found.iter().map(|c| error(c).powi(2)).sum::<f64>().sqrt() / n;
        let parts = [
            ("intercept", mean(&|c| c.synthetic.intercept.value)),
            ("intercept, real", mean(&|c| c.real.intercept.value)),
            ("slope, real", mean(&|c| c.real.slope.value)),
            ("Brier", mean(&|c| c.synthetic.brier)),
            ("Brier, real", mean(&|c| c.real.brier)),
            ("log loss", mean(&|c| c.synthetic.log_loss)),
            ("log loss, real", mean(&|c| c.real.log_loss)),
            ("average precision", mean(&|c| c.synthetic.average_precision)),
            ("average precision, real", mean(&|c| c.real.average_precision)),
        ];
        let rows = found[0].synthetic.slope.n;
        let score =
            Score::new(value, rows).map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut left) = ctx.findings.calibrations.lock()
        {
            *left = found;
        }
        Ok(score
            .with_interval(value - half, value + half, 0.95, "normal, from the information")
            .with_parts(parts.map(|(name, value)| (name.to_owned(), value))))
    }
}

fn calibration(data: &Trio<'_>, target: usize, seed: Seeded) -> Option<Calibration> {
    let task = Task::of(data, target).filter(Task::is_event)?;
    let count = |table| task.cases(table, MOST_LEARNED, seed).outcome.len();
    let n = count(data.train).min(count(data.synthetic));
    let test = task.cases(data.holdout, usize::MAX, seed);
    let of = |table| {
        let learn = task.cases(table, n, seed.split("learn"));
        if !task.is_enough(&learn) || !task.is_enough(&test) {
            return None;
        }
        calibrated(&task.predict(boosted(), &learn, &[&test], seed)?.pop()?, &test.outcome)
    };
    let (synthetic, real) = rayon::join(|| of(data.synthetic), || of(data.train));
    Some(Calibration {
        target: task.name().to_owned(),
        learner: "boosted trees".into(),
        prevalence: test.outcome.iter().sum::<f64>() / test.outcome.len() as f64,
        synthetic: synthetic?,
        real: real?,
    })
}

/// How right `risks` of what `happened` (0 or 1) are; `None` where risks do not vary.
fn calibrated(risks: &[f64], happened: &[f64]) -> Option<Calibrated> {
    // No risk is certain: the log-odds must be finite.
    let risks: Vec<f64> = risks.iter().map(|risk| risk.clamp(1e-6, 1.0 - 1e-6)).collect();
    let odds = [risks.iter().map(|risk| (risk / (1.0 - risk)).ln()).collect::<Vec<f64>>()];
    let n = risks.len();
    let reading = |estimate: Estimate| {
        let (low, high) = estimate.interval(0.95);
        Reading { value: estimate.value, interval: Some(Interval { low, high, level: 0.95 }), n }
    };
    let fit = |columns: &[Vec<f64>], offset| {
        Regression { law: Law::Binomial, columns, outcome: happened, offset }.fit().ok()
    };
    let slope = fit(&odds, None)?.estimates[1]?;
    let intercept = fit(&[], Some(&odds[0]))?.estimates[0]?;
    let mean = |loss: &dyn Fn(f64, f64) -> f64| {
        risks.iter().zip(happened).map(|(&risk, &y)| loss(risk, y)).sum::<f64>() / n as f64
    };
    Some(Calibrated {
        slope: reading(slope),
        intercept: reading(intercept),
        brier: mean(&|risk, y| (risk - y).powi(2)),
        log_loss: mean(&|risk, y| -(y * risk.ln() + (1.0 - y) * (1.0 - risk).ln())),
        average_precision: average_precision(&risks, &events(happened))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_statsmodels_and_scikit_learn() {
        let risks = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.35];
        let happened = [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let found = calibrated(&risks, &happened).unwrap();
        for (got, want, what) in [
            (
                found.slope.value,
                SLOPE,
                "GLM(y, add_constant(logit(p)), Binomial).params[1], statsmodels 0.15.0",
            ),
            (found.intercept.value, INTERCEPT, "GLM(y, ones, Binomial, offset=logit(p)).params[0]"),
            (found.brier, BRIER, "brier_score_loss, scikit-learn 1.9.1"),
            (found.log_loss, LOG_LOSS, "log_loss"),
            (found.average_precision, PRECISION, "average_precision_score"),
        ] {
            assert!((got - want).abs() < 1e-7, "{what}: {got}");
        }
        assert_eq!(calibrated(&[0.5; 4], &[0.0, 1.0, 0.0, 1.0]), None, "one risk for all has no slope");
    }

    const SLOPE: f64 = 1.565_610_011_947_903_5;
    const INTERCEPT: f64 = 0.079_797_364_269_026_75;
    const BRIER: f64 = 0.157_25;
    const LOG_LOSS: f64 = 0.476_870_233_450_128_6;
    const PRECISION: f64 = 0.885;
}
