//! re.energy: how much further apart are real and synthetic patients than patients of a kind?

use crate::directions::slices;
use crate::embedding::{Clouds, clouds};
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::euclid::pair_sums;

/// One minus the root of the normalised energy distance.
pub(super) struct Energy;

static INFO: MetricInfo = MetricInfo {
    id: "re.energy",
    name: "Energy similarity",
    question: "Are synthetic patients as near to real ones as real ones are to each other?",
    page: "Energy distance E = 2 E|X - Y| - E|X - X'| - E|Y - Y'| between holdout and synthetic points (E-default, see \
           re.precision), over its greatest value 2 E|X - Y|; the score is one minus the root. Zero distance means equal laws, \
           whatever their shape. All pairs of up to 4,000 rows of each table; beyond, up to 20,000 rows along 200 random \
           directions, which estimates the same ratio because a distance is in proportion to its mean length along lines. \
           The parts are the ratio and, from all pairs, E itself (V-statistic: pairs of a row with itself count, so that n rows \
           of one law give a ratio of about 1 / n and score about 1 - 1 / √n). scipy.stats.energy_distance is the root of E on \
           one column.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("szekely2013")],
    maturity: Maturity::Checked,
};

/// Rows of each table of which all pairs are looked at.
const ALL_PAIRS: usize = 4_000;
/// Rows of each table beyond that.
const MOST_ROWS: usize = 20_000;

impl Metric for Energy {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let both = clouds(data, MOST_ROWS.min(ctx.row_limit), seed.split("rows"));
        let n = both.real.n_rows();
        let groups = Groups::new(n, n, seed);
        let ratios = if n <= ALL_PAIRS { exact(&both, &groups) } else { sliced(&both, &groups, seed) };
        let score = groups.score(|out| ratios[out].map(|(ratio, _)| 1.0 - ratio.max(0.0).sqrt()))?;
        let parts = ratios[GROUPS].into_iter().flat_map(|(ratio, energy)| {
            [
                Some(("normalised".to_owned(), ratio)),
                energy.map(|energy| ("energy distance".to_owned(), energy)),
            ]
        });
        Ok(score.with_parts(parts.flatten()))
    }
}

/// The normalised distance, and the distance itself, without each group and of all rows.
fn exact(both: &Clouds, groups: &Groups) -> Vec<Option<(f64, Option<f64>)>> {
    let (real, made) = ((&both.real, groups.real.as_slice()), (&both.synthetic, groups.synthetic.as_slice()));
    let [between, within, others] = [(real, made), (real, real), (made, made)]
        .map(|(a, b)| pair_sums(a.0, b.0, (a.1, b.1), GROUPS, f64::sqrt));
    (0..=GROUPS)
        .map(|out| {
            let mean = |sums: &verosim_math::euclid::PairSums| {
                let (sum, n, m) = sums.without(out);
                (n > 0 && m > 0).then(|| sum / (n as f64 * m as f64))
            };
            let (between, within, others) = (mean(&between)?, mean(&within)?, mean(&others)?);
            let energy = 2.0 * between - within - others;
            // Nothing is apart from nothing.
            Some((if between > 0.0 { energy / (2.0 * between) } else { 0.0 }, Some(energy)))
        })
        .collect()
}

/// The normalised distance from what lies along random lines.
fn sliced(both: &Clouds, groups: &Groups, seed: Seeded) -> Vec<Option<(f64, Option<f64>)>> {
    let slices = slices(both, groups, seed.split("directions"));
    (0..=GROUPS)
        .into_par_iter()
        .map(|out| {
            let gaps = slices.iter().map(|slice| slice.gaps(out)).collect::<Option<Vec<_>>>()?;
            let (apart, between) = gaps
                .iter()
                .fold((0.0, 0.0), |(apart, between), gap| (apart + gap.squared, between + gap.between));
            Some((if between > 0.0 { apart / between } else { 0.0 }, None))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_math::euclid::Cloud;

    #[test]
    fn lines_and_pairs_agree() {
        // Two clouds in six dimensions, one moved: 200 directions leave about 3 % of the ratio to chance.
        let column = |step: usize, move_by: usize| -> Vec<f32> {
            (0..400).map(|at| ((at * step) % 401 + move_by) as f32 / 401.0).collect()
        };
        let steps = [37, 53, 101, 149, 211, 307];
        let cloud = |move_by: usize| Cloud::new(&steps.map(|step| column(step, move_by)), &[]);
        let both = Clouds { real: cloud(0), synthetic: cloud(120) };
        let groups = Groups::new(400, 400, Seeded::new(1));
        let (pairs, lines) = (exact(&both, &groups), sliced(&both, &groups, Seeded::new(2)));
        let (pairs, lines) = (pairs[GROUPS].unwrap().0, lines[GROUPS].unwrap().0);
        assert!(pairs > 0.05 && (lines / pairs - 1.0).abs() < 0.15, "{pairs} and {lines}");
    }
}
