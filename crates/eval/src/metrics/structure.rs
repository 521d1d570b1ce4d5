//! re.struct: does each column follow from the others as it should?

use super::predict::{Skill, of_column, recovered};
use crate::features::present;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_data::Table;

/// Mean over columns of the skill in predicting it that synthetic rows teach.
pub(super) struct Structure;

static INFO: MetricInfo = MetricInfo {
    id: "re.struct",
    name: "Global structure",
    question: "Does each column follow from the others as it should?",
    page: "Each column in turn is predicted from all others by boosted trees (50 rounds), learned on synthetic rows and, beside \
           it, on as many training rows (at most 2,000), tested on holdout rows (at most 2,000) where the column is present. \
           Skill is R² for numbers and 2 AUC - 1 for levels, mean over at most three of the commonest levels against the rest. \
           The score is the mean of skill learned on synthetic over skill learned on real rows, cut to [0, 1], over columns that \
           real rows predict by more than two standard errors: 1 for training rows in the place of synthetic ones, near 0 for \
           shuffled columns. Needs no outcome and stands in for the agreement of causal graphs, which nobody knows. The parts \
           are the ratios, worst first. TabStruct averages ratios of raw scores, which flatters: an AUC of 1/2 counts as half.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share recovered",
    sources: &[Citation("jiang2025"), Citation("friedman2001")],
    maturity: Maturity::Draft,
};

/// Rows learned from, and rows tested on.
const MOST_ROWS: usize = 2_000;
/// Rows that a column needs on either side.
const LEAST_ROWS: usize = 40;
/// Levels of a column that are predicted.
const MOST_CLASSES: usize = 3;

impl Metric for Structure {
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
        let found: Vec<(usize, Skill, Skill)> = (0..data.schema.columns.len())
            .into_par_iter()
            .filter_map(|at| {
                ctx.ctx.stop.check().ok()?;
                let (made, real) = skills(data, at, seed.split_at(at as u64), ctx.row_limit)?;
                Some((at, made, real))
            })
            .collect();
        ctx.ctx.stop.check()?;
        let pairs: Vec<(Skill, Skill)> = found.iter().map(|&(_, made, real)| (made, real)).collect();
        let (value, deviation) = recovered(&pairs).ok_or_else(|| MetricError::Undefined {
            why: "real rows predict no column from the others".into(),
        })?;
        let mut parts: Vec<(String, f64)> = found
            .iter()
            .filter_map(|&(at, made, real)| {
                let (share, _) = recovered(&[(made, real)])?;
                Some((data.schema.columns[at].name.clone(), share))
            })
            .collect();
        parts.sort_by(|a, b| a.1.total_cmp(&b.1));
        let half = 1.96 * deviation;
        let score = Score::new(value, data.holdout.n_rows().min(MOST_ROWS))
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score
            .with_interval(value - half, value + half, 0.95, "DeLong or normal, on the recovered scale")
            .with_parts(parts))
    }
}

/// Skill at one column learned on synthetic and on real rows.
fn skills(data: &Trio<'_>, at: usize, seed: Seeded, limit: usize) -> Option<(Skill, Skill)> {
    let most = MOST_ROWS.min(limit);
    let usable = |table: &Table, n: usize, name: &str| {
        let rows = present(table, at);
        let some = some_rows(rows.len(), n, seed.split(name));
        table.take(&some.into_iter().map(|row| rows[row] as usize).collect::<Vec<_>>())
    };
    let n = present(data.train, at).len().min(present(data.synthetic, at).len()).min(most);
    let (train, made) = (usable(data.train, n, "train"), usable(data.synthetic, n, "made"));
    let test = usable(data.holdout, most, "test");
    if train.n_rows().min(test.n_rows()) < LEAST_ROWS {
        return None;
    }
    let classes = classes(&train, &test, at);
    let real = of_column(&train, &test, at, &classes)?;
    // Synthetic rows that show one value only teach nothing.
    Some((of_column(&made, &test, at, &classes).unwrap_or(Skill { value: 0.0, deviation: 0.0 }), real))
}

/// The commonest levels; one of two.
fn classes(train: &Table, test: &Table, at: usize) -> Vec<u32> {
    let (Some((known, levels)), Some((tested, _))) =
        (train.columns()[at].levels(), test.columns()[at].levels())
    else {
        return Vec::new();
    };
    let count = |codes: &[u32], level: u32| codes.iter().filter(|&&code| code == level).count();
    let mut all: Vec<(usize, u32)> = (0..levels.len().min(1_000) as u32)
        .map(|level| (count(known, level), level))
        .filter(|&(n, level)| n >= 5 && n < known.len() && count(tested, level) >= 5)
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    all.truncate(if all.len() == 2 { 1 } else { MOST_CLASSES });
    all.into_iter().map(|(_, level)| level).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured, refused};
    use super::*;

    #[test]
    fn columns_that_follow_from_each_other_are_kept_or_lost() {
        let rows = |shift: usize| -> Vec<[String; 2]> {
            (0..400)
                .map(|at| {
                    let (x, y) = (at * 37 % 101, (at * 37 + shift * (at / 7)) % 101);
                    [x.to_string(), if y > 50 { "high" } else { "low" }.to_owned()]
                })
                .collect()
        };
        let names = ["x", "y"];
        let kept = measured(&Structure, &Three::new(&names, [&rows(0), &rows(0), &rows(0)]));
        assert_eq!(kept.value(), 1.0, "as good as real rows: they are real rows");
        let lost = measured(&Structure, &Three::new(&names, [&rows(0), &rows(0), &rows(13)]));
        assert!(lost.value() < 0.3, "{}", lost.value());
        let flat = vec![["1".to_owned(), "a".to_owned()]; 60];
        assert!(
            refused(&Structure, &Three::new(&names, [&flat, &flat, &flat]))
                .to_string()
                .contains("predict no column")
        );
    }
}
