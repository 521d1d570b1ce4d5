//! pd.copy: do people who were learned from come out again more often than people who were not?

use crate::copying::{MOST_PEOPLE, copied};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Share of training rows that come out again minus that of as many holdout rows.
pub(super) struct Copy;

static INFO: MetricInfo = MetricInfo {
    id: "pd.copy",
    name: "Excess of copies",
    question: "Do people who were learned from come out again more often than people who were not?",
    page: "Equally many training and holdout rows (at most 20,000) are looked for among all synthetic rows: cell by cell \
           (exact), with equal levels and missing cells and every number within 1 % of its interquartile range (near), and \
           as a combination of all levels that is unique on its side (rare combination). The value is the share of training \
           rows with an exact copy minus that of holdout rows, with Newcombe's interval: two shares of independent people, \
           not of synthetic rows, because a row that is written out a hundred times is one person. 0 is right; a bare rate \
           says nothing, because in tables of few levels different people have equal rows. How often they do is the part \
           `not seen, but equal to a seen row`. Rows at distance zero are copies and count. A generator of short tables is \
           expected to come back to the combinations that it saw; near and rare matches may exceed a little without a copy.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of people",
    sources: &[Citation("newcombe1998"), Citation("platzer2021")],
    maturity: Maturity::Checked,
};

impl Metric for Copy {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (train, holdout) =
            data.whole.map_or((data.train, data.holdout), |whole| (whole.train, whole.holdout));
        let n = train.n_rows().min(holdout.n_rows()).min(MOST_PEOPLE);
        let pick = |table: &Table, name: &str| table.take(&some_rows(table.n_rows(), n, seed.split(name)));
        copied(&INFO, (&pick(train, "train"), &pick(holdout, "holdout")), data, ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    /// Ten people learned from, ten others; two rows of the former and one of the latter come out again.
    fn three() -> Three {
        let row = |at: usize, level: &str| [format!("{}.25", 100 + 7 * at), level.to_owned(), "x".to_owned()];
        let some = |from: usize, level: &str| (from..from + 10).map(|at| row(at, level)).collect::<Vec<_>>();
        let (train, holdout) = (some(0, "a"), some(50, "b"));
        let mut made = some(200, "c");
        made[0].clone_from(&train[3]);
        made[1].clone_from(&train[3]);
        made[2].clone_from(&train[4]);
        made[3].clone_from(&holdout[9]);
        Three::new(&["value", "group", "other"], [&train, &holdout, &made])
    }

    fn part(score: &Score, name: &str) -> f64 {
        score.parts().iter().find(|(part, _)| part == name).unwrap().1
    }

    #[test]
    fn people_are_counted_and_not_rows() {
        let score = measured(&Copy, &three());
        // By hand: 2 of 10 people learned from and 1 of 10 others; a row written out twice is one person.
        assert!((score.value() - 0.1).abs() < 1e-12, "{}", score.value());
        assert_eq!((part(&score, "exact, seen"), part(&score, "exact, not seen")), (0.2, 0.1));
        assert_eq!(part(&score, "not seen, but equal to a seen row"), 0.0);
        // statsmodels confint_proportions_2indep(2, 10, 1, 10, method="newcomb")
        let interval = score.interval().unwrap();
        assert!((interval.low - -0.236_225_0).abs() < 1e-6 && (interval.high - 0.420_536_4).abs() < 1e-6);
    }

    #[test]
    fn near_is_one_percent_of_the_interquartile_range_with_equal_levels() {
        let train: Vec<[String; 2]> = (0..100).map(|at| [at.to_string(), "a".to_owned()]).collect();
        let holdout: Vec<[String; 2]> = (0..100).map(|at| [at.to_string(), "b".to_owned()]).collect();
        // Interquartile range of 0, 0, 1, 1, ... 99, 99: 49.5 to either side of 24.75, so that 0.495 is near.
        let made =
            [("10.49", "a"), ("20.51", "a"), ("30.49", "c"), ("40.4", "b"), ("77.3", "a"), ("50", "a")];
        let made: Vec<[String; 2]> = (0..20)
            .map(|at| made.get(at).map_or(("-500.0", "a"), |cells| *cells))
            .map(|(value, level)| [value.to_owned(), level.to_owned()])
            .collect();
        let score = measured(&Copy, &Three::new(&["value", "group"], [&train, &holdout, &made]));
        // 10, 77 and 50 of training (20.51 is too far from 20, but 0.49 from 21), and 40 of the holdout.
        assert_eq!((part(&score, "near, seen"), part(&score, "near, not seen")), (0.04, 0.01));
        assert_eq!((part(&score, "exact, seen"), part(&score, "exact, not seen")), (0.01, 0.0));
    }

    /// HALO's evaluation left out distances of zero, so that exact copies were invisible.
    #[test]
    fn distances_of_zero_are_copies() {
        let mut three = three();
        three.synthetic = three.train.clone();
        let score = measured(&Copy, &three);
        assert_eq!(score.value(), 1.0);
        assert!(score.interval().unwrap().low > 0.5);
        assert_eq!((part(&score, "near, seen"), part(&score, "near, not seen")), (1.0, 0.0));
    }

    #[test]
    fn equal_rows_by_chance_are_no_excess() {
        let rows = |shift: usize| -> Vec<[String; 2]> {
            (0..300).map(|at| [((at + shift) % 3).to_string(), ((at / 3 + shift) % 2).to_string()]).collect()
        };
        let three = Three::new(&["grade", "sex"], [&rows(0), &rows(1), &rows(2)]);
        let score = measured(&Copy, &three);
        assert_eq!(score.value(), 0.0, "all six combinations are everywhere");
        assert_eq!(part(&score, "exact, seen"), 1.0);
        assert_eq!(part(&score, "not seen, but equal to a seen row"), 1.0);
    }
}
