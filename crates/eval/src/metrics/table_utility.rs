//! re.tab: do tables of two columns differ more than chance makes them?

use super::accuracy::sets;
use super::ks::mean;
use crate::coded::coded;
use crate::jackknife::{GROUPS, Groups};
use crate::pairs::PairCounts;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::table_gap;

/// Mean over pairs of columns of Voas and Williamson's statistic over its expectation.
pub(super) struct TableUtility;

static INFO: MetricInfo = MetricInfo {
    id: "re.tab",
    name: "Tables of two, ratio to chance",
    question: "Do tables of two columns differ more than chance makes them?",
    page: "Numbers are cut into at most five quantile bins (as synthpop's utility.tables does), levels into the ten commonest \
           and the rest, kinds of missing apart; at most 1,200 pairs, by seed. For each table the statistic of Voas and \
           Williamson, Σ (s - o m/n)² over the mean of s and o m/n, is divided by what two independent samples of n holdout \
           and m synthetic rows give, (cells - 1) (1 + m/n); the score is the mean over pairs: 1 is what chance gives, and it \
           grows with n. synthpop compares with the rows that were learned from and divides by (cells - 1) alone: that is the \
           part `S_pMSE as synthpop`, where other real people score about 1 + m/n.",
    family: Family::Realism,
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "ratio to chance",
    sources: &[Citation("raab2021"), Citation("snoke2018")],
    maturity: Maturity::Checked,
};

/// Bins of a number.
const BINS: usize = 5;

impl Metric for TableUtility {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_columns(schema, 2)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns = coded(data, BINS);
        let groups = Groups::new(data.holdout.n_rows(), data.synthetic.n_rows(), seed);
        // For each pair, without each group and with all rows: ratio to chance and as synthpop has it.
        let ratios: Vec<Vec<Option<[f64; 2]>>> = sets(columns.len(), 2, seed.split("sets"))
            .par_iter()
            .map(|set| {
                let (a, b) = (&columns[set[0]], &columns[set[1]]);
                let sizes = (a.n_codes, b.n_codes);
                let real = PairCounts::new(&a.real, &b.real, sizes, &groups.real);
                let made = PairCounts::new(&a.synthetic, &b.synthetic, sizes, &groups.synthetic);
                (0..=GROUPS).map(|out| ratio(&real.without(out), &made.without(out))).collect()
            })
            .collect();
        let over = |out: usize, form: usize| mean(ratios.iter().map(|pair| pair[out].map(|both| both[form])));
        let score = groups.score(|out| over(out, 0))?;
        Ok(score.with_parts(over(GROUPS, 1).map(|value| ("S_pMSE as synthpop".to_owned(), value))))
    }
}

/// The statistic over its expectation for two samples, and over its degrees of freedom; `None` for tables of one cell.
fn ratio(real: &[u32], made: &[u32]) -> Option<[f64; 2]> {
    let counts = |counts: &[u32]| counts.iter().map(|&count| f64::from(count)).collect::<Vec<f64>>();
    let (real, made) = (counts(real), counts(made));
    let gap = table_gap(&real, &made)?;
    let free = gap.cells as f64 - 1.0;
    let scale = made.iter().sum::<f64>() / real.iter().sum::<f64>();
    (free > 0.0).then(|| [gap.statistic / (free * (1.0 + scale)), gap.statistic / free])
}

/// At least `n` columns.
pub(super) fn needs_columns(schema: &Schema, n: usize) -> Result<(), NotApplicable> {
    let found = schema.columns.len();
    if found >= n { Ok(()) } else { Err(NotApplicable { reason: format!("needs {n} columns, has {found}") }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_by_the_formula_of_synthpop() {
        let [chance, synthpop] = ratio(&[40, 30, 20, 10], &[35, 30, 25, 10]).unwrap();
        assert!((synthpop - 0.592_592_592_6).abs() < 1e-9, "{synthpop}");
        assert!((chance - 0.296_296_296_3).abs() < 1e-9, "as many rows on either side: half of it");
        assert_eq!(ratio(&[5, 0], &[7, 0]), None);
    }
}
