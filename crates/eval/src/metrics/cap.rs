//! pa.cap: how much better is a secret attributed to people who were learned from?

use crate::cap::{Attribution, mean};
use crate::classes::{Classes, Codes, KNOWN, WANTED, coded, everybody};
use crate::risk::{LEVEL, leave_roles};
use crate::roles::roles;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::learn::Difference;

/// Excess of the correct attribution probability.
pub(super) struct Cap;

static INFO: MetricInfo = MetricInfo {
    id: "pa.cap",
    name: "Correct attribution",
    question: "How much better is a secret attributed to people who were learned from?",
    page: "The correct attribution probability (CAP) of a person is the share of synthetic rows with the person's keys that \
           have the person's sensitive level. Where no synthetic row has the keys it is 0 (zero CAP), not counted (plain CAP) \
           or taken from the nearest keys (generalised CAP, of up to 1,000 people). The value is mean zero CAP of people \
           learned from minus that of the holdout, over the sensitive columns; 0 is right. A bare CAP says little: what \
           follows from the keys for everybody is no leak, and with many levels it is low whatever is leaked. SDMetrics' \
           DisclosureProtection is (1 - CAP) / (1 - 1 / levels), cut to 1, for all sensitive columns as one, without a \
           holdout; numbers are cut in bins of equal width there, in 10 quantile bins here.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "probability",
    sources: &[Citation("taub2018"), Citation("agresti2000")],
    maturity: Maturity::Checked,
};

/// People whose nearest keys are looked for.
const MOST_PEOPLE: usize = 1_000;

impl Metric for Cap {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let (keys, secrets) = (roles.needs_keys()?, roles.needs_secrets()?);
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &known);
        let some = some_rows(tables[0].n_rows(), MOST_PEOPLE, seed.split("nearest"));
        let mut sums = [0, 1].map(|table| vec![0.0; tables[table].n_rows()]);
        let mut parts = Vec::new();
        for &secret in secrets {
            ctx.ctx.stop.check()?;
            let levels = coded(&tables, secret, WANTED);
            let cap = Attribution::new(&classes, &levels, 2);
            let name = &data.schema.columns[secret].name;
            for (table, who) in [(0, "learned from"), (1, "others")] {
                let each = cap.of(table);
                let zero = each.iter().map(|share| share.unwrap_or(0.0));
                sums[table].iter_mut().zip(zero.clone()).for_each(|(sum, share)| *sum += share);
                parts.push((format!("{name}: plain CAP, {who}"), mean(each.iter().flatten().copied())));
                parts.push((format!("{name}: zero CAP, {who}"), mean(zero)));
            }
            parts.push((
                format!("{name}: generalised CAP, learned from"),
                mean(cap.of_nearest(0, &some, &known)),
            ));
        }
        let n = secrets.len() as f64;
        let [seen, unseen] = sums.map(|sums| sums.into_iter().map(|sum| sum / n).collect::<Vec<f64>>());
        let excess = Difference::means(&seen, &unseen, LEVEL);
        let score = Score::new(excess.value, seen.len() + unseen.len())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_parts(parts).with_interval(
            excess.low,
            excess.high,
            LEVEL,
            "difference of two means after a 0 and a 1 were added to either side",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PEOPLE, Three, found, people};
    use super::*;

    const N: usize = 400;

    #[test]
    fn copies_attribute_better_and_fresh_rows_do_not() {
        let copied = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(0, N)]);
        assert!(found(&Cap, &copied.trio()).unwrap().0.interval().unwrap().low > 0.0);
        let fresh = Three::new(&PEOPLE, [&people(0, N), &people(400, N), &people(800, N)]);
        let interval = found(&Cap, &fresh.trio()).unwrap().0.interval().unwrap();
        assert!(interval.low < 0.0 && interval.high > 0.0, "{interval:?}");
    }
}
