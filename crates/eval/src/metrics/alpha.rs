//! re.alpha, di.beta: are synthetic patients as typical as real ones, and do they reach all of them?

use crate::embedding::clouds;
use crate::jackknife::Groups;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Preset, Range, Schema, Score, Seeded};
use verosim_math::euclid::{Cloud, Near, nearest, nearest_others};
use verosim_math::stats::quantile_sorted;

/// One minus how far a curve over shares is from the diagonal.
pub(super) struct Curve {
    of_real: bool,
    info: &'static MetricInfo,
}

/// α-precision.
pub(super) static ALPHA: Curve = Curve { of_real: false, info: &ALPHA_INFO };
/// β-recall.
pub(super) static BETA: Curve = Curve { of_real: true, info: &BETA_INFO };

/// Points on the curve.
const STEPS: usize = 30;
/// Rows of each table.
const MOST_ROWS: usize = 4_000;
/// Neighbours that are kept, so that one is left without any group.
const SPARE: usize = 12;

static ALPHA_INFO: MetricInfo = MetricInfo {
    id: "re.alpha",
    name: "α-precision",
    question: "Are synthetic patients as typical, and as unusual, as real ones?",
    page: "For each share α a ball around the centre of the holdout rows holds the α most typical of them; the curve is the \
           share of synthetic rows inside. It should be the diagonal: the score is one minus the summed distance from it over \
           the summed shares, at 30 shares (synthcity's form); the part `integral` is one minus twice the area between (the \
           authors' form). Points as in re.precision (E-default), without the authors' one-class network, whose weights differ \
           from run to run. Real against real scores near 1.",
    family: Family::Realism,
    direction: Direction::Higher,
    range: Range { low: 0.0, high: 1.0 },
    unit: "similarity",
    sources: &[Citation("alaa2022")],
    maturity: Maturity::Checked,
};

static BETA_INFO: MetricInfo = MetricInfo {
    id: "di.beta",
    name: "β-recall",
    question: "Do synthetic patients reach all real ones?",
    page: "For each share β a ball around the centre of the synthetic rows holds the β most typical of them; the curve is the \
           share of holdout rows whose nearest synthetic row is no further than their own nearest neighbour in the holdout \
           and lies inside. Score and parts as in re.alpha; the part `reached` is the curve at β = 1. For real against real \
           every second row is reached, so that the score is near 0.5, not 1: compare with the ceiling. The balls are those of \
           all synthetic rows, as the authors define them; synthcity takes those of the nearest ones, which gives other \
           values. A generator that keeps a distance from patients on purpose scores low.",
    family: Family::Diversity,
    ..ALPHA_INFO
};

impl Metric for Curve {
    fn info(&self) -> &'static MetricInfo {
        self.info
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
        if n < STEPS {
            return Err(MetricError::TooFew { unit: "rows", needed: STEPS, found: n });
        }
        let groups = Groups::new(n, n, seed);
        let near = self.of_real.then(|| Nearest {
            own: nearest_others(&both.real, SPARE),
            other: nearest(&both.real, &both.synthetic, SPARE),
        });
        let curve = |out: usize| {
            let (real, made) = groups.keep(out);
            if real.is_empty() || made.is_empty() {
                return None;
            }
            Some(match &near {
                None => precision(&both.real, &both.synthetic, &real, &made),
                Some(near) => recall(near, &both.synthetic, &groups, out, &real, &made),
            })
        };
        let score = groups.score(|out| curve(out).map(|curve| by_sum(&curve)))?;
        let all = curve(crate::jackknife::GROUPS).unwrap_or_default();
        let mut parts = vec![("integral".to_owned(), by_integral(&all))];
        if self.of_real {
            parts.extend(all.last().map(|&last| ("reached".to_owned(), last)));
        }
        Ok(score.with_parts(parts))
    }
}

/// Neighbours of each holdout row in its own table and among synthetic rows.
struct Nearest {
    own: Vec<Vec<Near>>,
    other: Vec<Vec<Near>>,
}

fn share(step: usize) -> f64 {
    step as f64 / (STEPS - 1) as f64
}

fn radii(mut distances: Vec<f64>) -> Vec<f64> {
    distances.sort_by(f64::total_cmp);
    (0..STEPS).map(|step| quantile_sorted(&distances, share(step)).unwrap_or(0.0)).collect()
}

fn precision(real: &Cloud, made: &Cloud, rows: &[usize], others: &[usize]) -> Vec<f64> {
    let centre = real.centre(rows);
    let mut from = made.distances_from(&centre, others);
    from.sort_by(f64::total_cmp);
    radii(real.distances_from(&centre, rows))
        .into_iter()
        .map(|radius| from.partition_point(|&distance| distance <= radius) as f64 / from.len().max(1) as f64)
        .collect()
}

fn recall(
    near: &Nearest,
    made: &Cloud,
    groups: &Groups,
    out: usize,
    rows: &[usize],
    others: &[usize],
) -> Vec<f64> {
    let centre = made.centre(others);
    let first = |near: &[Near], groups: &[u8]| {
        near.iter().find(|near| usize::from(groups[near.row as usize]) != out).copied()
    };
    // How typical the synthetic row is that reaches each holdout row; no row reaches those left out.
    let reaching: Vec<usize> = rows
        .iter()
        .filter_map(|&row| {
            let own = first(&near.own[row], &groups.real)?;
            let other = first(&near.other[row], &groups.synthetic)?;
            (other.distance <= own.distance).then_some(other.row as usize)
        })
        .collect();
    let mut from = made.distances_from(&centre, &reaching);
    from.sort_by(f64::total_cmp);
    radii(made.distances_from(&centre, others))
        .into_iter()
        .map(|radius| from.partition_point(|&distance| distance <= radius) as f64 / rows.len().max(1) as f64)
        .collect()
}

fn gap(curve: &[f64]) -> f64 {
    curve.iter().enumerate().map(|(step, value)| (value - share(step)).abs()).sum()
}

fn by_sum(curve: &[f64]) -> f64 {
    1.0 - gap(curve) / (0.5 * STEPS as f64)
}

fn by_integral(curve: &[f64]) -> f64 {
    1.0 - 2.0 * gap(curve) / (STEPS - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_those_of_the_published_forms() {
        // Fixture G8, the formulas of synthcity (sum) and of the authors (integral) in numpy, centre at the mean.
        let x = [vec![0.0, 1.0, 0.0, 2.0, 3.0, 1.0, 4.0, 0.5], vec![0.0, 0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 0.5]];
        let y = [vec![0.0, 1.1, 2.0, 3.0, 0.4, 5.0, 1.0, 0.0], vec![0.1, 0.0, 2.2, 3.0, 0.6, 5.0, 2.5, 0.0]];
        let (x, y) = (Cloud::new(&x, &[]), Cloud::new(&y, &[]));
        let all: Vec<usize> = (0..8).collect();
        let curve = precision(&x, &y, &all, &all);
        assert!((by_sum(&curve) - 0.744_827_586_2).abs() < 1e-9, "{}", by_sum(&curve));
        assert!((by_integral(&curve) - 0.736_028_537_5).abs() < 1e-9);
        let near = Nearest { own: nearest_others(&x, 1), other: nearest(&x, &y, 1) };
        let groups = Groups { real: vec![0; 8], synthetic: vec![0; 8] };
        let curve = recall(&near, &y, &groups, 1, &all, &all);
        assert_eq!(curve[STEPS - 1], 0.875);
        assert!((by_sum(&curve) - 0.838_505_747_1).abs() < 1e-9, "{}", by_sum(&curve));
    }
}
