//! di.entropy: does each column vary as much as it does among real people?

use super::ks::mean;
use crate::coded::coded;
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};

/// Mean over columns of the share of the real entropy that is kept.
pub(super) struct Entropy;

static INFO: MetricInfo = MetricInfo {
    id: "di.entropy",
    name: "Entropy of columns",
    question: "Does each column vary as much as it does among real people?",
    page: "Entropy of the codes of a column (ten quantile bins, ten commonest levels, kinds of missing; Miller and \
           Madow's correction for few rows) among synthetic rows over that among holdout rows, at most 1, averaged over \
           columns that vary at all. A language model that writes the typical patient keeps a fraction. More variety than \
           real is not counted here: realism sees it. The parts are the columns, the poorest first, not capped at 1.",
    family: Family::Diversity,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "share of real entropy",
    sources: &[Citation("miller1955"), Citation("zhang2025")],
    maturity: Maturity::Checked,
};

/// Columns of less entropy, in nats, hardly vary among real people: a ratio would be noise.
const LEAST: f64 = 0.05;

impl Metric for Entropy {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        let mut columns: Vec<_> = coded(data, 10)
            .into_iter()
            .zip(&data.schema.columns)
            .filter(|(column, _)| entropy(&column.real, column.n_codes, &all).is_some_and(|h| h >= LEAST))
            .map(|(column, schema)| (column, schema.name.clone(), 0.0))
            .collect();
        let kept = |column: &crate::coded::Coded, rows: &[usize], others: &[usize]| {
            let real = entropy(&column.real, column.n_codes, rows)?;
            let made = entropy(&column.synthetic, column.n_codes, others)?;
            (real > 0.0).then(|| made / real)
        };
        let score = jackknifed(n, m, seed, |rows, others| {
            mean(columns.iter().map(|(column, ..)| kept(column, rows, others).map(|share| share.min(1.0))))
        })?;
        columns.iter_mut().for_each(|(column, _, share)| *share = kept(column, &all, &others).unwrap_or(0.0));
        columns.sort_by(|a, b| a.2.total_cmp(&b.2));
        Ok(score.with_parts(columns.into_iter().map(|(_, name, share)| (name, share))))
    }
}

/// Entropy of the codes at `rows` in nats, corrected for the number of rows; `None` without rows.
fn entropy(codes: &[u16], n_codes: usize, rows: &[usize]) -> Option<f64> {
    let mut counts = vec![0_usize; n_codes];
    rows.iter().for_each(|&row| counts[usize::from(codes[row])] += 1);
    let n = rows.len() as f64;
    let met = counts.iter().filter(|&&count| count > 0).count();
    let plain: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f64 / n;
            -share * share.ln()
        })
        .sum();
    (!rows.is_empty()).then(|| plain + (met - 1) as f64 / (2.0 * n))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn entropy_is_that_of_scipy_with_the_correction() {
        let codes = [0, 0, 0, 1, 1, 2];
        // scipy.stats.entropy([3, 2, 1]) = 1.0114042647073518; Miller and Madow add 2 / 12.
        let found = entropy(&codes, 4, &[0, 1, 2, 3, 4, 5]).unwrap();
        assert!((found - (1.011_404_264_707_351_8 + 2.0 / 12.0)).abs() < 1e-12, "{found}");
    }

    #[test]
    fn one_level_keeps_nothing_and_columns_that_never_vary_are_left_out() {
        let rows = |levels: usize| -> Vec<[String; 3]> {
            (0..100)
                .map(|at| [format!("a{}", at % levels), format!("b{}", at % 2), "same".to_owned()])
                .collect()
        };
        let score = measured(&Entropy, &Three::new(&["a", "b", "c"], [&rows(4), &rows(4), &rows(1)]));
        assert_eq!(score.value(), 0.5, "by hand: `a` keeps nothing, `b` all");
        assert_eq!(score.parts()[0], ("a".to_owned(), 0.0), "the poorest first");
        assert_eq!(score.parts().len(), 2);
    }
}
