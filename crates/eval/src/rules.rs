//! How often do real and synthetic rows break the rules?

use crate::card::{Reading, RuleCount};
use verosim_core::Interval;
use verosim_data::Table;
use verosim_data::constrain::{Broken, Rule, Rules};
use verosim_math::learn::{Difference, Rate};

/// Counts below this are not told of real rows.
const LEAST_TOLD: usize = 11;

/// How often each rule is broken, per 1,000 rows that it applies to, with exact 95 % intervals. Real records break rules
/// too: what counts is the excess of synthetic over holdout rows.
///
/// # Cost
/// O(rows · comparisons).
#[must_use]
pub fn count_broken(rules: &Rules, holdout: &Table, synthetic: &Table) -> Vec<RuleCount> {
    let (real, made) = (rules.broken(holdout), rules.broken(synthetic));
    rules
        .iter()
        .zip(real.iter().zip(&made))
        .map(|(rule, (real, made))| count(rule, None, real, made))
        .collect()
}

/// One rule and what became of the rows of each table. Of few real rows that break it nothing is told, and no difference
/// either: with the synthetic rate it would tell the number.
pub(crate) fn count(rule: &Rule, train: Option<&Broken>, real: &Broken, made: &Broken) -> RuleCount {
    let told = |broken: &&Broken| !(1..LEAST_TOLD).contains(&hits(broken));
    let holdout = Some(real).filter(told).and_then(per_thousand);
    let synthetic = per_thousand(made);
    let excess = holdout.zip(synthetic).map(|_| {
        let found = Difference::newcombe((hits(made), hits(real)), (made.applicable, real.applicable), 0.95);
        let interval = Interval { low: 1000.0 * found.low, high: 1000.0 * found.high, level: 0.95 };
        Reading {
            value: 1000.0 * found.value,
            interval: Some(interval),
            n: made.applicable.min(real.applicable),
        }
    });
    RuleCount {
        id: rule.text.id.clone(),
        severity: rule.text.severity.word().to_owned(),
        words: rule.text.words.clone(),
        source: rule.text.source.clone(),
        holdout,
        synthetic,
        train: train.filter(told).and_then(per_thousand),
        excess,
        refused: None,
    }
}

fn hits(broken: &Broken) -> usize {
    broken.rows.iter().filter(|broken| **broken).count()
}

fn per_thousand(broken: &Broken) -> Option<Reading> {
    let rate = Rate::exact(hits(broken), broken.applicable, 0.95);
    (rate.n > 0).then_some(Reading {
        value: 1000.0 * rate.value,
        interval: Some(Interval { low: 1000.0 * rate.low, high: 1000.0 * rate.high, level: 0.95 }),
        n: rate.n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::{ColumnSchema, Kind, Schema};
    use verosim_data::constrain::{RuleText, Severity};
    use verosim_data::{Cells, Column};

    #[test]
    fn rates_are_of_rows_that_the_rule_applies_to_and_few_real_ones_are_not_told() {
        let schema =
            Schema { columns: vec![ColumnSchema::declared("age", Kind::Count)], ..Schema::default() };
        // Of 100 rows, 20 are missing and `old` are 200 years old.
        let table = |old: usize| {
            let age = |row: usize| match row {
                0..20 => f64::NAN,
                _ if row < 20 + old => 200.0,
                _ => 50.0,
            };
            let missing = (0..100).map(|row| u8::from(row < 20)).collect();
            let cells = Cells::Number((0..100).map(age).collect());
            Table::new(vec![Column { name: "age".into(), kind: Kind::Count, missing, cells }]).unwrap()
        };
        let text = RuleText {
            id: "age".into(),
            severity: Severity::Impossible,
            words: "nobody is so old".into(),
            source: None,
            never: Some("age > 130".into()),
            when: None,
            then: None,
        };
        let rules = Rules::check(&[text], &schema, &table(0)).unwrap();
        let count = |real, made| count_broken(&rules, &table(real), &table(made)).remove(0);
        let few = count(8, 16);
        assert_eq!(few.holdout, None, "8 real people are not told");
        assert_eq!(few.excess, None, "nor is what would tell them");
        let made = few.synthetic.unwrap();
        // 16 of 80: the binomial tails, summed in Python, are 0.025 at 0.118859 and 0.304369.
        assert_eq!((made.value, made.n), (200.0, 80));
        let interval = made.interval.unwrap();
        assert!(
            (interval.low - 118.859).abs() < 1e-3 && (interval.high - 304.369).abs() < 1e-3,
            "{interval:?}"
        );
        assert_eq!(count(0, 0).holdout.unwrap().value, 0.0, "that nobody breaks it is told");
        assert_eq!(count(20, 0).holdout.unwrap().value, 250.0);
        // statsmodels confint_proportions_2indep(16, 80, 20, 80, method="newcomb"): -0.177741, 0.079640.
        let excess = count(20, 16).excess.unwrap();
        let interval = excess.interval.unwrap();
        assert!((excess.value - -50.0).abs() < 1e-9);
        assert!(
            (interval.low - -177.741).abs() < 1e-3 && (interval.high - 79.640).abs() < 1e-3,
            "{interval:?}"
        );
    }
}
