//! pg.link: do synthetic rows tell which two halves of a record belong to one person?

use crate::placed::placed;
use crate::risk::{LEVEL, Tally, leave_roles};
use crate::roles::roles;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use std::collections::HashSet;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_data::Table;
use verosim_data::frame::Cells;
use verosim_math::neighbours::{Points, neighbours};
use verosim_math::stats::Success;

/// Residual risk of linking two halves of the columns through the nearest synthetic row.
pub(super) struct Linking;

static INFO: MetricInfo = MetricInfo {
    id: "pg.link",
    name: "Linkability",
    question: "Do synthetic rows tell which two halves of a record belong to one person?",
    page: "Two parties know half of the columns each (dealt in turn by the number of different values, so that both know \
           about as much). A person's halves are linked when the nearest synthetic row by one half is the nearest by the \
           other. Up to 2,000 people who were learned from and as many of the holdout are attacked. The value is the \
           residual risk, (success on people learned from - success on others) / (1 - success on others); 0 is right. \
           Parts tell the same for the nearest 5 and 10. Numbers are compared by their place among the synthetic ones, \
           missing cells are at distance 0 of each other. No number is given when no more halves are linked than by chance. \
           anonymeter differs: numbers by their range, two missing cells at distance 1, and the halves must be named.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: f64::NEG_INFINITY, high: 1.0 },
    unit: "residual risk",
    sources: &[Citation("giomi2023"), Citation("gower1971")],
    maturity: Maturity::Draft,
};

/// People of a kind that are attacked.
const MOST_PEOPLE: usize = 2_000;
/// Synthetic rows that are searched.
const MOST_SYNTHETIC: usize = 12_000;
/// Neighbours that are compared; the first is the value.
const NEAREST: [usize; 3] = [1, 5, 10];

impl Metric for Linking {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        if schema.columns.len() < 2 {
            return Err(NotApplicable { reason: "needs two columns".into() });
        }
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        leave_roles(&roles(data), data, ctx);
        let some =
            |table: &Table, most, name: &str| table.take(&some_rows(table.n_rows(), most, seed.split(name)));
        let train = some(data.train, MOST_PEOPLE, "train");
        let holdout = some(data.holdout, MOST_PEOPLE, "holdout");
        let made = some(data.synthetic, MOST_SYNTHETIC, "made");
        let [one, other] = halves(&made).map(|columns| {
            let [members, strangers, made] = placed([&train, &holdout, &made], &made, &columns);
            [near(&members, &made), near(&strangers, &made)]
        });
        let tally = |k: usize| -> Option<Tally> {
            let hits = |at: usize| linked(&one[at], &other[at], k) as f64;
            let (own, control) = (hits(0), hits(1));
            let (n, m) = (train.n_rows() as f64, holdout.n_rows() as f64);
            Some(Tally {
                kind: "linking two halves",
                tries: train.n_rows().min(holdout.n_rows()),
                own: Success::of(own, n, LEVEL)?,
                control: Success::of(control, m, LEVEL)?,
                counted: (own / n, by_chance(made.n_rows(), k)),
            })
        };
        let nobody = || MetricError::Undefined { why: "there are no rows to link".into() };
        let nearest = tally(NEAREST[0]).ok_or_else(nobody)?;
        nearest.leave(&INFO, ctx);
        let score = nearest.score()?;
        let more = NEAREST[1..].iter().filter_map(|&k| Some((k, tally(k)?))).flat_map(|(k, tally)| {
            let residual = tally.own.beyond(tally.control).rate;
            [
                (format!("nearest {k}, learned from"), tally.own.rate),
                (format!("nearest {k}, others"), tally.control.rate),
                (format!("nearest {k}, residual"), residual),
            ]
        });
        let parts: Vec<(String, f64)> = score.parts().iter().cloned().chain(more).collect();
        Ok(score.with_parts(parts))
    }
}

/// The nearest rows of each, nearest first.
fn near(people: &Points, made: &Points) -> Vec<Vec<u32>> {
    let found = neighbours(people, made, NEAREST[2]);
    found.into_iter().map(|near| near.into_iter().map(|neighbour| neighbour.row).collect()).collect()
}

/// People of whom one of the `k` nearest rows is the same by either half.
fn linked(one: &[Vec<u32>], other: &[Vec<u32>], k: usize) -> usize {
    let meets = |(one, other): &(&Vec<u32>, &Vec<u32>)| {
        let known: HashSet<&u32> = one.iter().take(k).collect();
        other.iter().take(k).any(|row| known.contains(row))
    };
    one.iter().zip(other).filter(meets).count()
}

/// Chance that two draws of `k` of `n` rows share one.
fn by_chance(n: usize, k: usize) -> f64 {
    1.0 - (0..k)
        .map(|at| (n as f64 - (k + at) as f64).max(0.0) / (n as f64 - at as f64).max(1.0))
        .product::<f64>()
}

/// Two halves of the columns, dealt in turn, those with most different values first.
fn halves(table: &Table) -> [Vec<usize>; 2] {
    let different = |at: usize| match &table.columns()[at].cells {
        Cells::Number(values) => values.iter().map(|value| value.to_bits()).collect::<HashSet<_>>().len(),
        Cells::Level { codes, .. } => codes.iter().collect::<HashSet<_>>().len(),
    };
    let mut order: Vec<(usize, usize)> = (0..table.columns().len()).map(|at| (different(at), at)).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let deal = |first: usize| order.iter().skip(first).step_by(2).map(|(_, at)| *at).collect();
    [deal(0), deal(1)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, found};
    use super::*;

    fn rows(from: usize) -> Vec<[String; 4]> {
        (from..from + 120)
            .map(|at| {
                let value = |prime: usize| ((at * prime) % 1009).to_string();
                [value(7919), value(104_729), value(1_299_709), value(15_485_863)]
            })
            .collect()
    }

    #[test]
    fn halves_of_copies_are_linked_and_of_strangers_are_not() {
        let names = ["a", "b", "c", "d"];
        let copied = Three::new(&names, [&rows(0), &rows(120), &rows(0)]);
        let (score, findings) = found(&Linking, &copied.trio()).unwrap();
        // All 120 halves meet in the copy; anonymeter's residual of 120 and of hardly any of 120.
        assert!(score.value() > 0.9, "{score:?}");
        assert_eq!(findings.disclosure.into_inner().unwrap().risks[0].kind, "linking two halves");
        let fresh = Three::new(&names, [&rows(0), &rows(120), &rows(240)]);
        match found(&Linking, &fresh.trio()) {
            Ok((score, _)) => assert!(score.interval().unwrap().low < 0.0, "{score:?}"),
            Err(error) => assert!(error.to_string().contains("too weak"), "{error}"),
        }
    }

    #[test]
    fn chance_is_that_of_two_draws_without_replacement() {
        // By hand: one of ten; two of four: 1 - (2/4 · 1/3).
        assert!((by_chance(10, 1) - 0.1).abs() < 1e-12);
        assert!((by_chance(4, 2) - (1.0 - 1.0 / 6.0)).abs() < 1e-12);
        assert!((by_chance(3, 10) - 1.0).abs() < 1e-12 && by_chance(0, 1).is_finite());
    }

    #[test]
    fn columns_are_dealt_by_what_they_tell() {
        let rows: Vec<[String; 4]> =
            (0..24_usize).map(|at| [at % 2, at, at % 12, at % 3].map(|value| value.to_string())).collect();
        let three = Three::new(&["two", "all", "twelve", "three"], [&rows, &rows, &rows]);
        assert_eq!(halves(&three.train), [vec![1, 3], vec![2, 0]]);
    }
}
