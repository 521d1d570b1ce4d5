//! re.mmd: does any smooth function have another mean over synthetic patients?

use crate::directions::normals;
use crate::embedding::{Clouds, clouds};
use crate::jackknife::{GROUPS, Groups};
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::{Cloud, pair_sums};

/// Squared maximum mean discrepancy with a Gaussian kernel.
pub(super) struct Mmd;

static INFO: MetricInfo = MetricInfo {
    id: "re.mmd",
    name: "Maximum mean discrepancy",
    question: "Does any smooth function of a patient have another mean over synthetic patients?",
    page: "Mean kernel of two holdout rows and of two synthetic rows, less twice that of a holdout and a synthetic row, with \
           the kernel exp(-d² / m²) on points (E-default, see re.precision), m the median distance of two holdout rows. \
           Unbiased: a row is not paired with itself, real against real scores 0 on average and may fall below. The part \
           `biased` counts such pairs. All pairs of up to 4,000 rows; beyond, up to 20,000 rows with 512 pairs of random \
           Fourier features. Synthcity fixes the width of the kernel on unscaled data and reports the biased form.",
    family: Family::Realism,
    direction: Direction::Target(0.0),
    range: Range { low: -2.0, high: 2.0 },
    unit: "squared discrepancy",
    sources: &[Citation("gretton2012"), Citation("rahimi2007")],
    maturity: Maturity::Checked,
};

/// Rows of each table of which all pairs are looked at.
const ALL_PAIRS: usize = 4_000;
/// Rows of each table beyond that.
const MOST_ROWS: usize = 20_000;
/// Pairs of features.
const FEATURES: usize = 512;
/// Rows whose distances give the median.
const MEDIAN_ROWS: usize = 500;

/// Unbiased and biased.
type Both = Option<(f64, f64)>;

impl Metric for Mmd {
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
        let median = median_distance(&both.real);
        if median <= 0.0 {
            return Err(MetricError::Undefined { why: "most holdout rows are equal".into() });
        }
        let groups = Groups::new(n, n, seed);
        let width = 1.0 / (median * median);
        let found = if n <= ALL_PAIRS {
            exact(&both, &groups, width)
        } else {
            featured(&both, &groups, width, seed.split("features"))
        };
        let score = groups.score(|out| found[out].map(|(unbiased, _)| unbiased))?;
        Ok(score.with_parts(found[GROUPS].map(|(_, biased)| ("biased".to_owned(), biased))))
    }
}

/// Median distance of two rows among the first few hundred, which stand in random order where there are more.
fn median_distance(cloud: &Cloud) -> f64 {
    let n = cloud.n_rows().min(MEDIAN_ROWS);
    let step = cloud.n_rows().checked_div(n).unwrap_or(1).max(1);
    let mut distances: Vec<f64> = (0..n)
        .flat_map(|a| (0..a).map(move |b| (a * step, b * step)))
        .map(|(a, b)| cloud.distance(a, cloud, b))
        .collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).copied().unwrap_or(0.0)
}

fn exact(both: &Clouds, groups: &Groups, width: f64) -> Vec<Both> {
    let (real, made) = ((&both.real, groups.real.as_slice()), (&both.synthetic, groups.synthetic.as_slice()));
    let kernel = |squared: f64| (-width * squared).exp();
    let sums = [(real, real), (made, made), (real, made)]
        .map(|(a, b)| pair_sums(a.0, b.0, (a.1, b.1), GROUPS, kernel));
    (0..=GROUPS)
        .map(|out| {
            let [(own, n, _), (other, m, _), (between, ..)] = [0, 1, 2].map(|at| sums[at].without(out));
            discrepancy(own, other, between, n as f64, m as f64)
        })
        .collect()
}

/// From sums of the kernel over all pairs, a row with itself (kernel 1) included.
fn discrepancy(own: f64, other: f64, between: f64, n: f64, m: f64) -> Both {
    if n < 2.0 || m < 2.0 {
        return None;
    }
    let cross = 2.0 * between / (n * m);
    let unbiased = (own - n) / (n * (n - 1.0)) + (other - m) / (m * (m - 1.0)) - cross;
    Some((unbiased, own / (n * n) + other / (m * m) - cross))
}

/// Sums of kernels as inner products of summed features: the features of a row have length one.
fn featured(both: &Clouds, groups: &Groups, width: f64, seed: Seeded) -> Vec<Both> {
    // The spectrum of exp(-w d²) is normal with variance 2 w.
    let scale = (2.0 * width).sqrt();
    let directions: Vec<Vec<f64>> = (0..FEATURES as u64)
        .map(|at| normals(both.real.width(), seed.split_at(at)).into_iter().map(|x| scale * x).collect())
        .collect();
    // One list of sums per direction: cosines and sines by group.
    let sums = |cloud: &Cloud, groups: &[u8]| -> Vec<[[f64; 2]; GROUPS]> {
        directions
            .par_iter()
            .map(|direction| {
                let mut sums = [[0.0; 2]; GROUPS];
                for (angle, &group) in cloud.project(direction).into_iter().zip(groups) {
                    let (sine, cosine) = angle.sin_cos();
                    sums[usize::from(group)][0] += cosine;
                    sums[usize::from(group)][1] += sine;
                }
                sums
            })
            .collect()
    };
    let (real, made) = (sums(&both.real, &groups.real), sums(&both.synthetic, &groups.synthetic));
    (0..=GROUPS)
        .map(|out| {
            let left = |sums: &[[[f64; 2]; GROUPS]]| -> Vec<f64> {
                let kept = |of: &[[f64; 2]; GROUPS], side: usize| -> f64 {
                    (0..GROUPS).filter(|&group| group != out).map(|group| of[group][side]).sum()
                };
                sums.iter().flat_map(|of| [kept(of, 0), kept(of, 1)]).collect()
            };
            let (real, made) = (left(&real), left(&made));
            let dot =
                |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / FEATURES as f64;
            let (rows, others) = groups.keep(out);
            discrepancy(
                dot(&real, &real),
                dot(&made, &made),
                dot(&real, &made),
                rows.len() as f64,
                others.len() as f64,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_features_near_them() {
        // Fixture G8, numpy with exp(-d² / 2).
        let x = [vec![0.0, 1.0, 0.0, 2.0, 3.0, 1.0, 4.0, 0.5], vec![0.0, 0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 0.5]];
        let y = [vec![0.0, 1.1, 2.0, 3.0, 0.4, 5.0, 1.0, 0.0], vec![0.1, 0.0, 2.2, 3.0, 0.6, 5.0, 2.5, 0.0]];
        let both = Clouds { real: Cloud::new(&x, &[]), synthetic: Cloud::new(&y, &[]) };
        let groups = Groups { real: vec![0; 8], synthetic: vec![0; 8] };
        let (unbiased, biased) = exact(&both, &groups, 0.5)[GROUPS].unwrap();
        assert!((biased - 0.047_831_956_8).abs() < 1e-6, "{biased}");
        assert!((unbiased + 0.152_346_287_5).abs() < 1e-6, "{unbiased}");
        // Each of 512 features is off by at most 1 with deviation below 1: three deviations of the mean are 0.13 a term,
        // less for the difference of near clouds.
        let (random, _) = featured(&both, &groups, 0.5, Seeded::new(3))[GROUPS].unwrap();
        assert!((random - unbiased).abs() < 0.05, "{random} against {unbiased}");
    }
}
