//! How does what an attack achieved become a risk beyond chance?

use crate::card::{Reading, Risk};
use crate::metric::{EvalContext, Pass};
use crate::roles::Roles;
use crate::{MetricError, Trio};
use verosim_core::{Interval, MetricInfo, Score};
use verosim_math::stats::Success;

/// What an attack achieved on people who were learned from, on others, and by guessing.
pub(crate) struct Tally {
    /// In words, for the report.
    pub(crate) kind: &'static str,
    /// Tries on people who were learned from.
    pub(crate) tries: usize,
    /// Success on them.
    pub(crate) own: Success,
    /// Success on people who were not, at the same number of people.
    pub(crate) control: Success,
    /// Rates of the attack and of guessing, as they were counted.
    pub(crate) counted: (f64, f64),
}

/// Level of all intervals here.
pub(crate) const LEVEL: f64 = 0.95;
/// Tries below which nothing is said.
const LEAST_TRIES: usize = 20;
/// How a gate and a report recognise an attack that shows nothing.
pub(crate) const TOO_WEAK: &str = "the attack is too weak here to show anything";
const METHOD: &str = "error of both rates (Wilson) carried over to the residual";

impl Tally {
    /// Leaves the attack for the report.
    pub(crate) fn leave(&self, info: &MetricInfo, ctx: &EvalContext<'_>) {
        if ctx.pass != Pass::Synthetic || self.tries < LEAST_TRIES {
            return;
        }
        let reading = |success: Success| Reading {
            value: success.rate,
            interval: Some(Interval {
                low: success.rate - success.half,
                high: success.rate + success.half,
                level: LEVEL,
            }),
            n: self.tries,
        };
        let risk = Risk {
            id: info.id.to_owned(),
            kind: self.kind.to_owned(),
            tries: self.tries,
            own: reading(self.own),
            control: reading(self.control),
            guessing: self.counted.1,
            residual: reading(self.residual()),
            valid: self.is_valid(),
        };
        if let Ok(mut found) = ctx.findings.disclosure.lock() {
            found.risks.push(risk);
        }
    }

    /// As the value of a metric: the residual, or that the attack was no better than guessing.
    pub(crate) fn score(&self) -> Result<Score, MetricError> {
        if self.tries < LEAST_TRIES {
            return Err(MetricError::TooFew {
                unit: "tries of the attack",
                needed: LEAST_TRIES,
                found: self.tries,
            });
        }
        if !self.is_valid() {
            let (own, guessing) = self.counted;
            let why = format!(
                "{TOO_WEAK}: it succeeds in {:.2} % of tries, guessing in {:.2} %",
                100.0 * own,
                100.0 * guessing
            );
            return Err(MetricError::Undefined { why });
        }
        let residual = self.residual();
        let score = Score::new(residual.rate, self.tries)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        let parts = [
            ("tries", self.tries as f64),
            ("success, learned from", self.own.rate),
            ("success, others", self.control.rate),
            ("success, guessing", self.counted.1),
        ];
        Ok(score
            .with_interval(residual.rate - residual.half, residual.rate + residual.half, LEVEL, METHOD)
            .with_parts(parts.map(|(name, value)| (name.to_owned(), value))))
    }

    fn residual(&self) -> Success {
        self.own.beyond(self.control)
    }

    fn is_valid(&self) -> bool {
        self.counted.0 > self.counted.1
    }
}

/// Leaves who chose which columns for the report, once.
pub(crate) fn leave_roles(roles: &Roles, trio: &Trio<'_>, ctx: &EvalContext<'_>) {
    if ctx.pass == Pass::Synthetic
        && let Ok(mut found) = ctx.findings.disclosure.lock()
    {
        found.roles.get_or_insert_with(|| roles.taken(trio));
    }
}
