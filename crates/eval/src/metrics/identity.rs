//! pi.risk: how easily is a person identified by what people know, so that something is learned?

use crate::card::{IdentityRisk, Reading};
use crate::classes::{Classes, Codes, KNOWN, coded, everybody};
use crate::identity::{THRESHOLD, risks};
use crate::metric::Pass;
use crate::risk::{LEVEL, leave_roles};
use crate::roles::roles;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_math::learn::{Difference, Rate};

/// Meaningful identity disclosure.
pub(super) struct Identity;

static INFO: MetricInfo = MetricInfo {
    id: "pi.risk",
    name: "Identity risk",
    question: "How easily is a person identified by what people know, so that something is learned?",
    page: "After El Emam, Mosquera and Bass. A person is identified when a synthetic row has the same keys \
           (quasi-identifiers), with a chance of one over the people of the population with these keys; it matters when the \
           row then teaches at least 5 % of the sensitive columns: the true level, where at most half of people have it, or \
           a number within 1.48 median absolute deviations, where the median is not. The value is the mean over people \
           learned from. Where several synthetic rows match, their mean is taken. The population is as large as \
           --population says; without it the training rows are taken for all of it, the most cautious: then the attacker \
           knows that the person is in the data. Classes of the population are those of the training rows, scaled; the two \
           directions of matching then agree. Nothing is taken off for errors in data or for the effort to verify. Publishers \
           of clinical data hold 0.09 to be acceptable. Parts: the same of people whom nobody learned from, counted as if \
           somebody had, which is what chance gives, and the excess.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1.0 },
    unit: "probability",
    sources: &[Citation("elemam2020")],
    maturity: Maturity::Checked,
};

impl Metric for Identity {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let (keys, secrets) = (roles.needs_keys()?, roles.needs_secrets()?);
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &known);
        let n = tables[0].n_rows();
        let population = data.population.unwrap_or(n).max(n) as f64;
        let own = risks(&tables, &classes, 0, secrets, population);
        let others = risks(&tables, &classes, 1, secrets, population);
        let (risk, chance) = (Rate::mean(&own, LEVEL), Rate::mean(&others, LEVEL));
        let excess = Difference::means(&own, &others, LEVEL);
        let worst = own.iter().copied().fold(0.0, f64::max);
        let above = own.iter().filter(|&&risk| risk > THRESHOLD).count() as f64 / own.len().max(1) as f64;
        if ctx.pass == Pass::Synthetic
            && let Ok(mut found) = ctx.findings.disclosure.lock()
        {
            let reading = |value, low, high, n| Reading {
                value,
                interval: Some(Interval { low, high, level: LEVEL }),
                n,
            };
            found.identity = Some(IdentityRisk {
                risk: reading(risk.value, risk.low, risk.high, risk.n),
                chance: reading(chance.value, chance.low, chance.high, chance.n),
                excess: reading(excess.value, excess.low, excess.high, own.len() + others.len()),
                worst,
                above,
                threshold: THRESHOLD,
            });
        }
        let score = Score::new(risk.value, risk.n)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?
            .with_interval(risk.low, risk.high, LEVEL, "mean after a 0 and a 1 were added");
        let parts = [
            ("others", chance.value),
            ("excess", excess.value),
            ("excess at least", excess.low),
            ("excess at most", excess.high),
            ("greatest of anybody", worst),
            ("share of people above 0.09", above),
            ("population", population),
        ];
        Ok(score.with_parts(parts.map(|(name, value)| (name.to_owned(), value))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PEOPLE, Three, found, people};
    use super::*;

    const N: usize = 400;

    #[test]
    fn copies_identify_and_a_larger_population_hides() {
        let copied = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(0, N)]);
        let (score, findings) = found(&Identity, &copied.trio()).unwrap();
        let identity = findings.disclosure.into_inner().unwrap().identity.unwrap();
        assert!(identity.excess.interval.unwrap().low > 0.0 && identity.worst == 1.0, "{identity:?}");
        let (hidden, _) = found(&Identity, &Trio { population: Some(40_000), ..copied.trio() }).unwrap();
        assert!((hidden.value() - score.value() / 100.0).abs() < 1e-12);
        let fresh = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(800, N)]);
        let (_, findings) = found(&Identity, &fresh.trio()).unwrap();
        let excess = findings.disclosure.into_inner().unwrap().identity.unwrap().excess.interval.unwrap();
        assert!(excess.low < 0.0 && excess.high > 0.0, "{excess:?}");
    }
}
