//! re.missmech: are cells missing for the same patients?

use super::predict::{Skill, of_answer, recovered};
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Share of the skill in predicting missing cells that synthetic rows teach.
pub(super) struct Mechanism;

static INFO: MetricInfo = MetricInfo {
    id: "re.missmech",
    name: "Mechanism of missing cells",
    question: "Are cells missing for the same patients?",
    page: "For each of at most eight columns that lack between 1 and 99 % of cells (those nearest to one half first), boosted \
           trees predict from the other columns whether the cell is missing; learned on synthetic rows and, beside it, on as \
           many training rows (at most 4,000), tested on the holdout. The score is the mean of (AUC - 1/2) learned on \
           synthetic over (AUC - 1/2) learned on real rows, cut to [0, 1], over columns whose missing cells real rows predict \
           by more than two standard errors. 1 for training rows in the place of synthetic ones, 0 where cells lack at random. \
           Sees what depends on other columns, not on the value that is missing. The parts are both AUCs of each column.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share recovered",
    sources: &[Citation("rubin1976"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};

/// Columns looked at.
const MOST_COLUMNS: usize = 8;
/// Rows learned from, and rows tested on.
const MOST_ROWS: usize = 4_000;

impl Metric for Mechanism {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        super::table_utility::needs_columns(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let most = MOST_ROWS.min(ctx.row_limit);
        let n = data.train.n_rows().min(data.synthetic.n_rows()).min(most);
        let thin = |table: &verosim_data::Table, n: usize, name: &str| {
            table.take(&some_rows(table.n_rows(), n, seed.split(name)))
        };
        let (train, made) = (thin(data.train, n, "train"), thin(data.synthetic, n, "made"));
        let test = thin(data.holdout, most, "test");
        let lacks = |table: &verosim_data::Table, at: usize| -> Vec<bool> {
            table.columns()[at].missing.iter().map(|&kind| kind != 0).collect()
        };
        let share =
            |mask: &[bool]| mask.iter().filter(|&&lacks| lacks).count() as f64 / mask.len().max(1) as f64;
        let mut columns: Vec<(f64, usize)> = (0..data.schema.columns.len())
            .map(|at| (share(&lacks(&train, at)), share(&lacks(&test, at)), at))
            .filter(|(known, tested, _)| [known, tested].iter().all(|&share| (0.01..=0.99).contains(share)))
            .map(|(known, _, at)| ((known - 0.5).abs(), at))
            .collect();
        columns.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        columns.truncate(MOST_COLUMNS);
        ctx.ctx.stop.check()?;
        let skills: Vec<(usize, Skill, Skill)> = columns
            .par_iter()
            .filter_map(|&(_, at)| {
                let of = |learn: &verosim_data::Table| {
                    let mask = [lacks(learn, at), lacks(&test, at)].concat();
                    of_answer(learn, &test, at, &mask)
                };
                let real = of(&train)?;
                // Synthetic rows that never lack the cell teach nothing.
                Some((at, of(&made).unwrap_or(Skill { value: 0.0, deviation: 0.0 }), real))
            })
            .collect();
        let pairs: Vec<(Skill, Skill)> = skills.iter().map(|&(_, made, real)| (made, real)).collect();
        let (value, deviation) = recovered(&pairs).ok_or_else(|| MetricError::Undefined {
            why: "no column lacks cells in a way that the others predict".into(),
        })?;
        let half = 1.96 * deviation;
        let auc = |skill: Skill| 0.5 + 0.5 * skill.value;
        let parts = skills.iter().flat_map(|&(at, made, real)| {
            let name = &data.schema.columns[at].name;
            [
                (format!("{name}, learned on synthetic"), auc(made)),
                (format!("{name}, learned on real"), auc(real)),
            ]
        });
        let score = Score::new(value, test.n_rows())
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score
            .with_interval(value - half, value + half, 0.95, "DeLong, on the recovered scale")
            .with_parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    #[test]
    fn a_mechanism_is_kept_or_lost() {
        // The value lacks for the old; or for every third row.
        let rows = |by_age: bool| -> Vec<[String; 2]> {
            (0..300)
                .map(|at| {
                    let age = at * 37 % 101;
                    let lacks = if by_age { age > 60 } else { at % 3 == 0 };
                    [age.to_string(), if lacks { String::new() } else { (at % 50).to_string() }]
                })
                .collect()
        };
        let names = ["age", "value"];
        let kept = measured(&Mechanism, &Three::new(&names, [&rows(true), &rows(true), &rows(true)]));
        assert_eq!(kept.value(), 1.0);
        assert_eq!(kept.parts()[1].1, 1.0, "age tells all: {:?}", kept.parts());
        let lost = measured(&Mechanism, &Three::new(&names, [&rows(true), &rows(true), &rows(false)]));
        assert!(lost.value() < 0.35, "{}", lost.value());
        let whole = vec![["1".to_owned(), "2".to_owned()]; 50];
        assert!(
            refused(&Mechanism, &Three::new(&names, [&whole, &whole, &whole]))
                .to_string()
                .contains("predict")
        );
    }
}
