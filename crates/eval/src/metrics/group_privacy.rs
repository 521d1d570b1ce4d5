//! eq.priv: are some groups of people given away more than others?

use crate::card::{GroupReading, Reading};
use crate::groups::{SUPPRESSED, groups};
use crate::metric::Pass;
use crate::metrics::own_ranks;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{
    Citation, Direction, Family, Interval, Maturity, MetricInfo, Range, Schema, Score, Seeded,
};
use verosim_data::Table;
use verosim_math::learn::auc;
use verosim_math::neighbours::nearest;

/// Membership by distance, group by group.
pub(super) struct GroupPrivacy;

static INFO: MetricInfo = MetricInfo {
    id: "eq.priv",
    name: "Privacy of groups",
    question: "Are some groups of people given away more than others?",
    page: "The attack of `pm.dcr` (a person is called a member when the nearest synthetic row is near, each table ranked by \
           itself), its AUC within each group (see `eq.rep`; at least 50 training and 50 holdout people who are attacked). The \
           value is that of the worst group with DeLong's interval, widened for the number of groups (Bonferroni); beside it \
           stand the AUC of everybody and the advantage of the worst group over it (2 AUC - 1, as a ratio), which says nothing \
           where nobody is given away. 0.5 is safe. Rare people are usually the ones who are given away, and an average hides \
           them. Real people give 0.5 within the interval; there is no ceiling, because training rows in the place of \
           synthetic ones are a leak by construction.",
    family: Family::Equity,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("bhanot2021"), Citation("vanbreugel2023")],
    maturity: Maturity::Checked,
};

/// People of a group on either side below which nothing is told.
const LEAST: usize = 50;

/// Training rows, and holdout rows, that are attacked.
const MOST_PEOPLE: usize = 4_000;
/// Synthetic rows that are searched.
const MOST_SYNTHETIC: usize = 12_000;

impl Metric for GroupPrivacy {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        if ctx.pass != Pass::Synthetic {
            return Err(MetricError::Undefined { why: "training rows give themselves away".into() });
        }
        let attacked = |table: &Table, name: &str| some_rows(table.n_rows(), MOST_PEOPLE, seed.split(name));
        let (members, others) = (attacked(data.train, "members"), attacked(data.holdout, "others"));
        let made = some_rows(data.synthetic.n_rows(), MOST_SYNTHETIC, seed.split("made"));
        let references = own_ranks(&data.synthetic.take(&made));
        // Scores by row of the whole table, so that groups find theirs.
        let scores = |table: &Table, rows: &[usize]| -> Vec<Option<f64>> {
            let mut scores = vec![None; table.n_rows()];
            let found = nearest(&own_ranks(&table.take(rows)), &references, 1);
            for (&row, distance) in rows.iter().zip(found) {
                scores[row] = distance.first().map(|distance| -f64::from(*distance));
            }
            scores
        };
        let (seen, unseen) = (scores(data.train, &members), scores(data.holdout, &others));
        let groups = groups(data)?;
        let pick = |scores: &[Option<f64>], rows: &[usize]| -> Vec<f64> {
            rows.iter().filter_map(|&row| scores[row]).collect()
        };
        let areas: Vec<_> = groups
            .told
            .iter()
            .filter_map(|group| {
                let (members, others) = (pick(&seen, &group.train), pick(&unseen, &group.holdout));
                let is_told = members.len() >= LEAST && others.len() >= LEAST;
                Some((group, auc(&members, &others).ok().filter(|_| is_told)?))
            })
            .collect();
        let all = auc(&pick(&seen, &members), &pick(&unseen, &others));
        let (Some((group, worst)), Ok(all)) =
            (areas.iter().max_by(|a, b| a.1.value.total_cmp(&b.1.value)), all)
        else {
            return Err(MetricError::TooFew {
                unit: "people of a group in training and holdout",
                needed: LEAST,
                found: 0,
            });
        };
        if let Ok(mut found) = ctx.findings.equity.lock() {
            found.extend(areas.iter().map(|(group, area)| {
                let (low, high) = area.interval(0.95);
                GroupReading {
                    id: INFO.id.to_owned(),
                    measure: "AUC of membership by distance".to_owned(),
                    attribute: group.attribute.clone(),
                    group: group.label.clone(),
                    reading: Reading {
                        value: area.value,
                        interval: Some(Interval { low, high, level: 0.95 }),
                        n: area.n_negative,
                    },
                }
            }));
        }
        let (low, high) = worst.interval(1.0 - 0.05 / areas.len() as f64);
        let mut parts = vec![
            (SUPPRESSED.to_owned(), groups.suppressed as f64),
            ("everybody".to_owned(), all.value),
            (
                "advantage of the worst group over that of everybody".to_owned(),
                advantage(worst.value, all.value),
            ),
        ];
        parts.extend(areas.iter().map(|(group, area)| (group.name(), area.value)));
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(worst.value, group.holdout.len()).map_err(undefined)?;
        Ok(score.with_interval(low, high, 0.95, "DeLong, for the worst of all groups").with_parts(parts))
    }
}

/// Ratio of 2 AUC - 1; not a number, and so left out, where everybody has none.
fn advantage(worst: f64, all: f64) -> f64 {
    let (worst, all) = (2.0 * worst - 1.0, 2.0 * all - 1.0);
    if all > 0.0 { worst / all } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn the_group_that_is_copied_is_found() {
        // Words that nobody else has, so that a copy is at distance 0 and all others are equally far.
        let row = |at: usize, sex: &str| [sex.to_owned(), format!("x{at}"), format!("y{at}")];
        let rows = |from: usize| -> Vec<[String; 3]> {
            (from..from + 400).map(|at| row(at, if at % 2 == 0 { "F" } else { "M" })).collect()
        };
        let (train, holdout, mut made) = (rows(0), rows(1_000), rows(2_000));
        for at in (0..400).step_by(2) {
            made[at].clone_from(&train[at]);
        }
        let score = measured(&GroupPrivacy, &Three::new(&["sex", "x", "y"], [&train, &holdout, &made]));
        let part = |name: &str| score.parts().iter().find(|(part, _)| part == name).unwrap().1;
        assert_eq!(part("sex: F"), 1.0, "every woman is copied");
        assert_eq!(part("sex: M"), 0.5, "no man is, and all are equally far");
        // By hand: half of the 400 come before all others, the other half ties with them.
        assert_eq!((score.value(), part("everybody")), (1.0, 0.75));
        assert!((part("advantage of the worst group over that of everybody") - 2.0).abs() < 1e-12);
        assert!(score.interval().unwrap().low > 0.9);
    }
}
