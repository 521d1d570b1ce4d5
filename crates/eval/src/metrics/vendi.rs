//! di.vendi: how many different patients are there in effect?

use crate::embedding::clouds;
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::euclid::{Cloud, Moments, moments};
use verosim_math::stats::eigenvalues;

/// Effective number of different synthetic rows over that of as many holdout rows.
pub(super) struct Vendi;

static INFO: MetricInfo = MetricInfo {
    id: "di.vendi",
    name: "Vendi-score ratio",
    question: "How many different patients are there in effect?",
    page: "The Vendi score is the exponential of the entropy of the eigenvalues of the matrix of similarities over n: the \
           effective number of different rows. Similarity is the cosine of points (E-default, see re.precision), taken from the \
           small matrix of coordinates, which has the same eigenvalues. The score is that of synthetic over that of as many \
           holdout rows (at most 20,000): below 1 patients are less varied. Cosines of indicators are high, so that both numbers \
           are far below n; noise raises them: read beside re.density. The parts are both numbers, and the ratios at order 0.1 \
           (rare directions count more) and infinity (the commonest direction alone).",
    family: Family::Diversity,
    direction: Direction::Target(1.0),
    range: Range { low: 0.0, high: f64::INFINITY },
    unit: "times that of real rows",
    sources: &[Citation("friedman2023")],
    maturity: Maturity::Checked,
};

/// Rows of each table.
const MOST_ROWS: usize = 20_000;

impl Metric for Vendi {
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
        let of = |cloud: &Cloud, groups: &[u8]| -> Vec<Option<Vec<f64>>> {
            let moments = moments(cloud, groups, GROUPS, true);
            (0..=GROUPS).into_par_iter().map(|out| spectrum(&Moments::without(&moments, out))).collect()
        };
        let (real, made) =
            rayon::join(|| of(&both.real, &groups.real), || of(&both.synthetic, &groups.synthetic));
        let ratio = |out: usize, order: f64| {
            let (real, made) = (effective(real[out].as_ref()?, order), effective(made[out].as_ref()?, order));
            (real > 0.0).then(|| made / real)
        };
        let score = groups.score(|out| ratio(out, 1.0))?;
        let alone = |spectra: &[Option<Vec<f64>>]| Some(effective(spectra[GROUPS].as_ref()?, 1.0));
        let parts = [
            ("synthetic rows", alone(&made)),
            ("holdout rows", alone(&real)),
            ("order 0.1", ratio(GROUPS, 0.1)),
            ("order infinity", ratio(GROUPS, f64::INFINITY)),
        ];
        Ok(score.with_parts(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))))
    }
}

/// Eigenvalues of the similarities over n, which sum to one; `None` without rows.
fn spectrum(moments: &Moments) -> Option<Vec<f64>> {
    let scaled: Vec<f64> = moments.product.iter().map(|product| product / moments.n).collect();
    (moments.n > 0.0).then(|| eigenvalues(&scaled, moments.sum.len()))
}

/// The effective number of different rows (Hill number) of some order.
fn effective(spectrum: &[f64], order: f64) -> f64 {
    // What is left of zero by rounding is zero.
    let positive = || spectrum.iter().copied().filter(|&value| value > 1e-10);
    if order == 1.0 {
        (-positive().map(|value| value * value.ln()).sum::<f64>()).exp()
    } else if order.is_infinite() {
        1.0 / positive().fold(f64::MIN_POSITIVE, f64::max)
    } else {
        positive().map(|value| value.powf(order)).sum::<f64>().powf(1.0 / (1.0 - order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_that_of_the_published_package() {
        // Fixture G8 without the origin: vendi_score with cosine similarity; other orders in numpy by the closed form.
        let x = [vec![1.0, 0.0, 2.0, 3.0, 1.0, 4.0, 0.5], vec![0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 0.5]];
        let moments = moments(&Cloud::new(&x, &[]), &[0; 7], 1, true);
        let spectrum = spectrum(&Moments::without(&moments, 1)).unwrap();
        for (order, want) in [(1.0, 1.649_384_888_5), (0.1, 1.956_232_640_5), (f64::INFINITY, 1.25)] {
            let found = effective(&spectrum, order);
            assert!((found - want).abs() < 1e-9, "order {order}: {found}");
        }
    }
}
