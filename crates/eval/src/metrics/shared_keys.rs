//! pi.sdidr: do synthetic rows meet more combinations of keys of people learned from than other people do?

use crate::classes::{Classes, Codes, KNOWN, coded, everybody};
use crate::jackknife::jackknifed;
use crate::risk::leave_roles;
use crate::roles::roles;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};

/// Identity disclosure risk by matched classes, less that of the holdout.
pub(super) struct SharedKeys;

static INFO: MetricInfo = MetricInfo {
    id: "pi.sdidr",
    name: "Identity risk of classes",
    question: "Do synthetic rows meet more combinations of keys of people learned from than other people do?",
    page: "SynQP's identity disclosure risk: every row whose keys (quasi-identifiers) are found on the other side counts one \
           over the rows with these keys, summed and divided by the rows of the other side, the greater of both directions; \
           that is the number of combinations of keys that both sides have over the rows of the smaller side. The value is \
           that of synthetic rows minus that of as many holdout rows, both against training rows; 0 is right. The interval \
           is a delete-a-group jackknife over rows. SynQP also takes numbers a few units apart for equal; here numbers with \
           more than 120 different values are compared by 20 quantile bins, and it takes all rows, so that larger synthetic \
           tables look riskier.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "probability",
    sources: &[Citation("synqp2026")],
    maturity: Maturity::Checked,
};

impl Metric for SharedKeys {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let keys = roles.needs_keys()?;
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &known);
        let of_train = classes.sizes(0);
        let n = tables[1].n_rows().min(tables[2].n_rows());
        let pick = |table: usize, name: &str| -> Vec<u32> {
            let rows = some_rows(tables[table].n_rows(), n, seed.split(name));
            rows.into_iter().map(|row| classes.of[table][row]).collect()
        };
        let (others, made) = (pick(1, "holdout"), pick(2, "synthetic"));
        let risk = |classes: &[u32], rows: &[usize]| -> Option<f64> {
            let mut met: Vec<u32> =
                rows.iter().map(|&row| classes[row]).filter(|&class| of_train[class as usize] > 0).collect();
            met.sort_unstable();
            met.dedup();
            let least = rows.len().min(tables[0].n_rows());
            (least > 0).then(|| met.len() as f64 / least as f64)
        };
        let score =
            jackknifed(n, n, seed, |real, synthetic| Some(risk(&made, synthetic)? - risk(&others, real)?))?;
        let all: Vec<usize> = (0..n).collect();
        let parts = [("synthetic rows", &made), ("holdout rows", &others)];
        Ok(score.with_parts(
            parts.into_iter().filter_map(|(name, classes)| Some((name.to_owned(), risk(classes, &all)?))),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    #[test]
    fn combinations_on_both_sides_are_counted_once() {
        let rows = |text: &str| -> Vec<[String; 2]> {
            text.split(' ').map(|zip| [zip.to_owned(), "x".to_owned()]).collect()
        };
        let three = Three::new(
            &["zip", "illness"],
            [&rows("a a b c d e f g h i j k"), &rows("a a a b w w w w w w"), &rows("a a b c d z z z z z")],
        );
        let (score, _) = found(&SharedKeys, &three.trio()).unwrap();
        // By hand: a, b, c, d of ten synthetic rows; a, b of ten holdout rows. SynQP, in both directions, with the twelve
        // training rows: max(4/12, 4/10) - max(2/12, 2/10).
        assert!((score.value() - 0.2).abs() < 1e-12, "{score:?}");
        assert_eq!(score.parts()[0].1, 0.4);
    }
}
