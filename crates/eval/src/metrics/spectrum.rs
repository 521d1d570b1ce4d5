//! re.pca: do patients vary along the same directions, as much?

use crate::embedding::clouds;
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::{Cloud, Moments, moments};
use verosim_math::stats::{eigenvalues, greatest_angle, leading_directions};

/// One minus the total variation of the shares of variance along principal directions.
pub(super) struct Spectrum;

static INFO: MetricInfo = MetricInfo {
    id: "re.pca",
    name: "Spectrum of variance",
    question: "Do patients vary along the same directions, as much?",
    page: "Eigenvalues of the covariance matrix of equally many holdout and synthetic points (E-default, see re.precision; at \
           most 20,000), as shares of their sum; one minus the total variation between the two lists, largest first. Flat for \
           shuffled columns, steep for a typical patient with variations. The parts are the greatest angle, in degrees, between \
           the spaces of the leading directions that hold half of the holdout's variance (at most ten; 0 is the same space, 90 \
           at least one direction lost), their number, and the total variance of synthetic over that of holdout rows. Angles of \
           directions with nearly equal eigenvalues are noise.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("golub2013"), Citation("lautrup2025")],
    maturity: Maturity::Checked,
};

/// Rows of each table.
const MOST_ROWS: usize = 20_000;
/// Directions that are compared.
const MOST_DIRECTIONS: usize = 10;

impl Metric for Spectrum {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn preset(&self) -> Preset {
        Preset::Release
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, ctx: &EvalContext<'_>) -> Result<Score, MetricError> {
        let both = clouds(data, MOST_ROWS.min(ctx.row_limit), seed.split("rows"));
        let n = both.real.n_rows();
        let groups = Groups::new(n, n, seed);
        let width = both.real.width();
        let of = |cloud: &Cloud, groups: &[u8]| moments(cloud, groups, GROUPS, false);
        let (real, made) = (of(&both.real, &groups.real), of(&both.synthetic, &groups.synthetic));
        let covariance = |groups: &[Moments], out: usize| Moments::without(groups, out).covariance();
        let spectra = |groups: &[Moments]| -> Vec<Option<Vec<f64>>> {
            (0..=GROUPS)
                .into_par_iter()
                .map(|out| Some(eigenvalues(&covariance(groups, out)?, width)))
                .collect()
        };
        let (own, other) = rayon::join(|| spectra(&real), || spectra(&made));
        let score = groups.score(|out| similarity(own[out].as_ref()?, other[out].as_ref()?))?;
        let parts = || {
            let (own, other) = (own[GROUPS].as_ref()?, other[GROUPS].as_ref()?);
            let total = |values: &[f64]| values.iter().sum::<f64>();
            let mut held = 0.0;
            let needed = own.iter().take_while(|&&value| {
                let before = held;
                held += value;
                before < 0.5 * total(own)
            });
            let k = needed.count().clamp(1, MOST_DIRECTIONS);
            let [a, b] = [covariance(&real, GROUPS)?, covariance(&made, GROUPS)?]
                .map(|matrix| leading_directions(&matrix, width, k));
            Some([
                ("greatest angle".to_owned(), greatest_angle(&a, &b)),
                ("directions".to_owned(), k as f64),
                ("total variance".to_owned(), total(other) / total(own)),
            ])
        };
        Ok(score.with_parts(parts().into_iter().flatten()))
    }
}

/// One minus the total variation of two lists as shares; `None` where the first has no variance. A list without variance
/// shares nothing.
fn similarity(own: &[f64], other: &[f64]) -> Option<f64> {
    let shares = |values: &[f64]| {
        let total: f64 = values.iter().map(|value| value.max(0.0)).sum();
        (total > 1e-12).then(|| values.iter().map(|value| value.max(0.0) / total).collect::<Vec<f64>>())
    };
    let own = shares(own)?;
    let Some(other) = shares(other) else { return Some(0.0) };
    Some(1.0 - 0.5 * own.iter().zip(&other).map(|(a, b)| (a - b).abs()).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Three, measured};
    use super::*;

    #[test]
    fn shares_of_variance_are_by_hand() {
        assert_eq!(similarity(&[3.0, 1.0], &[1.0, 1.0]), Some(0.75), "3/4 and 1/4 against halves");
        assert_eq!(similarity(&[0.0], &[1.0]), None);
        let rows = |step: usize| -> Vec<[String; 2]> {
            (0..101).map(|at| [at.to_string(), (at * step % 101).to_string()]).collect()
        };
        // Tied columns vary along one line; numpy.corrcoef(range(101), [10 * i % 101 for i in range(101)]) decides the rest.
        let score = measured(&Spectrum, &Three::new(&["x", "y"], [&rows(1), &rows(1), &rows(10)]));
        let rho: f64 = 0.029_411_764_705_882_353;
        assert!((score.value() - f64::midpoint(1.0, rho.abs())).abs() < 1e-4, "{}", score.value());
        assert!((score.parts()[2].1 - 1.0).abs() < 1e-3, "{:?}", score.parts());
    }
}
