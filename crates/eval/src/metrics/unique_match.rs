//! pi.uem: are people who are alone with their keys met by a synthetic row that is alone with them?

use super::disco::excess;
use crate::classes::{Classes, Codes, KNOWN, coded, everybody};
use crate::copying::key;
use crate::risk::{LEVEL, leave_roles};
use crate::roles::roles;
use crate::told::alone;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::HashMap;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Excess of unique exact matches of keys.
pub(super) struct UniqueMatch;

static INFO: MetricInfo = MetricInfo {
    id: "pi.uem",
    name: "Unique exact matches",
    question: "Are people who are alone with their keys met by a synthetic row that is alone with them?",
    page: "A person is matched when nobody else of the real people, those learned from and those held out together, has the \
           same keys (quasi-identifiers), and exactly one synthetic row has. The value is the share of people learned from \
           who are matched minus that of the holdout, with Newcombe's interval; 0 is right: rare combinations of keys that \
           are likely come up by chance as well. Parts: the shares; in how many of the other columns matched people and \
           their row agree, which shows whether a match is the person or a stranger; repU of synthpop, which counts people \
           alone among training rows only and has no holdout beside it.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of people",
    sources: &[Citation("raab2024"), Citation("newcombe1998")],
    maturity: Maturity::Checked,
};

impl Metric for UniqueMatch {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let roles = roles(data);
        leave_roles(&roles, data, ctx);
        let keys = roles.needs_keys()?;
        let tables = everybody(data);
        let known: Vec<Codes> = keys.iter().map(|&at| coded(&tables, at, KNOWN)).collect();
        let classes = Classes::of(&tables, &known);
        let sizes = [0, 1, 2].map(|table| classes.sizes(table));
        let mut row_of: HashMap<u32, usize> = HashMap::new();
        for (row, &class) in classes.of[2].iter().enumerate() {
            row_of.insert(class, row);
        }
        let others: Vec<usize> = (0..data.schema.columns.len()).filter(|at| !keys.contains(at)).collect();
        let matched = |table: usize| -> (Vec<bool>, f64) {
            let is_matched = |class: u32| {
                let at = class as usize;
                sizes[0][at] + sizes[1][at] == 1 && sizes[2][at] == 1
            };
            let found: Vec<bool> = classes.of[table].iter().map(|&class| is_matched(class)).collect();
            let agreements: Vec<f64> = (0..found.len())
                .filter(|&row| found[row])
                .map(|row| agreement(tables[table], row, tables[2], row_of[&classes.of[table][row]], &others))
                .collect();
            let mean = agreements.iter().sum::<f64>() / agreements.len().max(1) as f64;
            (found, mean)
        };
        let ((seen, own), (unseen, strange)) = (matched(0), matched(1));
        let value = excess(&seen, &unseen);
        let share =
            |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as f64 / flags.len().max(1) as f64;
        let parts = [
            ("matched, learned from", share(&seen)),
            ("matched, others", share(&unseen)),
            ("other columns that agree, learned from", own),
            ("other columns that agree, others", strange),
            ("repU", alone(&classes, 0, 2).both),
        ];
        let score = Score::new(value.value, value.n)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?
            .with_parts(parts.map(|(name, value)| (name.to_owned(), value)));
        Ok(match value.interval {
            Some(i) => score.with_interval(i.low, i.high, LEVEL, "Newcombe's hybrid score interval"),
            None => score,
        })
    }
}

/// Share of `columns` in which two rows have equal cells.
fn agreement(real: &Table, row: usize, made: &Table, at: usize, columns: &[usize]) -> f64 {
    let (own, other) = (key(real, columns, row), key(made, columns, at));
    own.iter().zip(&other).filter(|(a, b)| a == b).count() as f64 / columns.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    #[test]
    fn people_alone_on_both_sides_are_matched() {
        let rows = |text: &str| -> Vec<[String; 3]> {
            text.split(' ').map(|cells| [0, 1, 2].map(|at| cells[at..=at].to_owned())).collect()
        };
        let three = Three::new(
            &["zip", "illness", "other"],
            [
                &rows("axp bxp bxp cxp dyp exp"),
                &rows("fxp exq gxp gxp"),
                &rows("axp bxq cyq cyq dyq fyq exp"),
            ],
        );
        let (score, _) = found(&UniqueMatch, &three.trio()).unwrap();
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        // By hand: a and d of six (b is no person alone, c is twice synthetic, e has a namesake in the holdout); f of four.
        assert!((part("matched, learned from") - 2.0 / 6.0).abs() < 1e-12);
        assert!((part("matched, others") - 0.25).abs() < 1e-12);
        assert!((score.value() - (2.0 / 6.0 - 0.25)).abs() < 1e-12);
        // a agrees in both other columns, d in one; f in none.
        assert!((part("other columns that agree, learned from") - 0.75).abs() < 1e-12);
        assert!(part("other columns that agree, others").abs() < 1e-12);
        // repU: a, d and e of six are alone in training and in synthetic rows.
        assert!((part("repU") - 0.5).abs() < 1e-12);
    }
}
