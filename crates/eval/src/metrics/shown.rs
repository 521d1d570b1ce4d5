//! pd.shown: do rows that a language model was shown come out again more often than rows that it was not?

use crate::copying::{MOST_PEOPLE, copied};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Share of shown rows that come out again minus that of as many holdout rows.
pub(super) struct Shown;

static INFO: MetricInfo = MetricInfo {
    id: "pd.shown",
    name: "Excess of copies of shown rows",
    question: "Do rows that a language model was shown come out again more often than rows that it was not?",
    page: "The real rows that prompts could show, as they were shown (rare levels and extremes masked), against equally \
           many holdout rows: the share that comes out again exactly, nearly and as a rare combination, as pd.copy counts \
           it. The value is the excess of exact copies with Newcombe's interval. Presets refuse exact copies of what they \
           showed, so look at near ones, which models write by changing a digit. Few rows shown make wide intervals. Not \
           for data made elsewhere: nobody knows what was shown.",
    family: Family::Privacy,
    direction: Direction::Lower,
    range: Range { low: -1.0, high: 1.0 },
    unit: "share of people",
    sources: &[Citation("newcombe1998"), Citation("byun2025")],
    maturity: Maturity::Draft,
};

impl Metric for Shown {
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
        let Some(shown) = data.shown.filter(|shown| shown.n_rows() > 0) else {
            return Err(NotApplicable { reason: "no row was shown to a language model".into() }.into());
        };
        let holdout = data.whole.map_or(data.holdout, |whole| whole.holdout);
        let n = shown.n_rows().min(holdout.n_rows()).min(MOST_PEOPLE);
        let pick = |table: &Table, name: &str| table.take(&some_rows(table.n_rows(), n, seed.split(name)));
        copied(&INFO, (&pick(shown, "shown"), &pick(holdout, "holdout")), data, ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured_with, refused};
    use super::*;

    #[test]
    fn shown_rows_are_looked_for_and_not_training_rows() {
        let rows = |from: usize, n: usize| -> Vec<[String; 2]> {
            (from..from + n).map(|at| [format!("{at}.5"), "a".to_owned()]).collect()
        };
        // 40 people learned from; the first ten were shown, and all rows but those ten come out again.
        let three = Three::new(&["value", "group"], [&rows(0, 40), &rows(900, 30), &rows(10, 30)]);
        let ten = three.train.take(&(0..10).collect::<Vec<_>>());
        assert_eq!(measured_with(&Shown, &three, Some(&ten)).value(), 0.0);
        let others = three.train.take(&(8..18).collect::<Vec<_>>());
        // By hand: eight of ten shown rows, none of ten holdout rows.
        assert_eq!(measured_with(&Shown, &three, Some(&others)).value(), 0.8);
    }

    #[test]
    fn without_shown_rows_the_question_does_not_arise() {
        let rows: Vec<[String; 1]> = (0..20).map(|at| [at.to_string()]).collect();
        let reason = refused(&Shown, &Three::new(&["value"], [&rows, &rows, &rows]));
        assert_eq!(reason.to_string(), "no row was shown to a language model");
    }
}
