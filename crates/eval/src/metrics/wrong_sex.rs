//! cl.sex: how many who have something that only one sex can have are recorded as the other?

use crate::clinical::applicable;
use crate::metric::Pass;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::constrain::Severity;
use verosim_math::learn::Rate;

/// Rows with a diagnosis of the other sex, of those with a diagnosis of one sex.
pub(super) struct WrongSex;

static INFO: MetricInfo = MetricInfo {
    id: "cl.sex",
    name: "Wrong sex",
    question: "How many who have something that only one sex can have are recorded as the other?",
    page: "Of the rows with an entry that only one sex can have (diagnoses of whole ICD-9-CM and ICD-10 ranges, pregnancies, \
           births) and a recorded sex: those of the other sex, per 1,000, with the exact interval. The denominator is the \
           people who have such an entry, not everybody: a generator that hardly ever writes `pregnant` cannot hide behind \
           healthy men. Rows of NHANES and of 130 US \
           hospitals score 0; elsewhere coding slips, a mother's code on her child's record, trans and intersex people may give \
           more: read it beside the ceiling, which is the training rows, and beside the holdout in the table of rules. \
           Columns drawn on their own score about 500. Published generators of code sequences were found at rates well above \
           0 (Yan and others 2022, who look at six phecodes).",
    family: Family::Clinical,
    direction: Direction::Lower,
    range: Range { low: 0.0, high: 1_000.0 },
    unit: "per 1,000 people with such an entry",
    sources: &[Citation("yan2022"), Citation("cms2024mce")],
    maturity: Maturity::Draft,
};

impl Metric for WrongSex {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, _: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let bound = applicable(data)?;
        let of_sex = bound
            .rules
            .iter()
            .filter(|rule| rule.text.id.starts_with("sex.") && rule.text.severity == Severity::Impossible);
        let of_sex: Vec<_> = of_sex.collect();
        if of_sex.is_empty() {
            let whys =
                bound.silent.iter().filter(|(id, _)| id.starts_with("sex.")).map(|(_, why)| why.as_str());
            let whys: std::collections::BTreeSet<&str> = whys.collect();
            let reason = whys.into_iter().take(3).collect::<Vec<_>>().join("; ");
            return Err(NotApplicable { reason }.into());
        }
        let whole = data.whole.filter(|_| ctx.pass == Pass::Synthetic);
        let table = whole.map_or(data.synthetic, |whole| whole.synthetic);
        let (mut carries, mut wrong) = (vec![false; table.n_rows()], vec![false; table.n_rows()]);
        for rule in of_sex {
            let (given, faults) = rule.sides(table);
            for (row, (given, fault)) in given.iter().zip(&faults).enumerate() {
                carries[row] |= given.is_some() && *fault == Some(true);
                wrong[row] |= *given == Some(true) && *fault == Some(true);
            }
        }
        let count = |rows: &[bool]| rows.iter().filter(|row| **row).count();
        let rate = Rate::exact(count(&wrong), count(&carries), 0.95);
        if rate.n == 0 {
            return Err(MetricError::Undefined {
                why: "no row has an entry that only one sex can have".into(),
            });
        }
        let undefined = |_| MetricError::Undefined { why: "no finite value".into() };
        let score = Score::new(1000.0 * rate.value, rate.n).map_err(undefined)?;
        let share = 1000.0 * rate.n as f64 / table.n_rows().max(1) as f64;
        Ok(score
            .with_interval(1000.0 * rate.low, 1000.0 * rate.high, 0.95, "Clopper and Pearson")
            .with_parts([("people with such an entry, per 1,000 rows".to_owned(), share)]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    fn rows(wrong: usize) -> Vec<[String; 2]> {
        (0..100)
            .map(|at| {
                let pregnant = if at < 20 { "yes" } else { "no" }.to_owned();
                [if at < wrong || at >= 60 { "M" } else { "F" }.to_owned(), pregnant]
            })
            .collect()
    }

    #[test]
    fn the_share_is_of_those_who_have_such_an_entry() {
        let three = Three::new(&["sex", "pregnant"], [&rows(0), &rows(0), &rows(3)]);
        let score = measured(&WrongSex, &three);
        // By hand: 3 of 20. scipy.stats.binomtest(3, 20).proportion_ci(method="exact"): 0.032071, 0.378927.
        assert_eq!((score.value(), score.n()), (150.0, 20));
        let interval = score.interval().unwrap();
        assert!(
            (interval.low - 32.071).abs() < 1e-3 && (interval.high - 378.927).abs() < 1e-3,
            "{interval:?}"
        );
    }

    #[test]
    fn without_sex_the_reason_names_what_is_not_there() {
        let rows: Vec<[String; 2]> = (0..30).map(|at| [(100 + at).to_string(), "yes".into()]).collect();
        let error = refused(&WrongSex, &Three::new(&["sbp", "pregnant"], [&rows, &rows, &rows]));
        assert!(error.to_string().starts_with("no column holds"), "{error}");
        assert!(error.to_string().contains("`sex`"), "{error}");
    }
}
