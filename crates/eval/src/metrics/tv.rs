//! re.tv: are levels as common as they should be?

use super::ks::{mean, needs_levels};
use crate::jackknife::jackknifed;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::stats::total_variation;

/// Mean over level columns of one minus the total variation of their shares.
pub(super) struct Tv;

static INFO: MetricInfo = MetricInfo {
    id: "re.tv",
    name: "Total-variation similarity",
    question: "Are levels as common as they should be?",
    page: "One minus half the summed differences of level shares between holdout and synthetic rows, averaged over \
           columns of levels. Missing cells are left out (see re.miss). Long vocabularies lose similarity by chance \
           alone: compare with the ceiling. SDMetrics' TVComplement adds a millionth to levels that only synthetic rows have.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("levin2017")],
    maturity: Maturity::Checked,
};

impl Metric for Tv {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Quick
    }

    fn applies_to(&self, schema: &Schema) -> Result<(), NotApplicable> {
        needs_levels(schema, 1)
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let columns: Vec<_> = (0..data.schema.columns.len())
            .filter_map(|at| {
                let (real, levels) = data.holdout.columns()[at].levels()?;
                Some((at, real, data.synthetic.columns()[at].levels()?.0, levels.len()))
            })
            .collect();
        let one = |codes: &[u32], others: &[u32], n: usize, rows: &[usize], other_rows: &[usize]| {
            let count = |codes: &[u32], rows: &[usize]| {
                let mut counts = vec![0_u32; n];
                rows.iter()
                    .filter_map(|&row| Some(codes[row] as usize).filter(|c| *c < n))
                    .for_each(|c| counts[c] += 1);
                counts
            };
            total_variation(&count(codes, rows), &count(others, other_rows)).map(|distance| 1.0 - distance)
        };
        let (n, m) = (data.holdout.n_rows(), data.synthetic.n_rows());
        let score = jackknifed(n, m, seed, |rows, others| {
            mean(columns.iter().map(|&(_, real, synthetic, k)| one(real, synthetic, k, rows, others)))
        })?;
        let (all, others): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..m).collect());
        Ok(score.with_parts(columns.iter().filter_map(|&(at, real, synthetic, k)| {
            Some((data.schema.columns[at].name.clone(), one(real, synthetic, k, &all, &others)?))
        })))
    }
}
