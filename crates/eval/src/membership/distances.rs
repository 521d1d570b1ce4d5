//! What does nearness to synthetic rows, and to people whom the attacker knows, say of membership?

use verosim_math::neighbours::Neighbour;
use verosim_math::stats::quantile_sorted;

/// Neighbours that are looked up once for all attacks.
pub(super) const NEIGHBOURS: usize = 20;
/// Neighbours whose mean distance stands for density.
const NEAR: usize = 5;
/// Distances below this are one: a copy is a copy.
const LEAST_DISTANCE: f64 = 1e-4;

/// A score of one row from its neighbours; higher means "was learned from".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Distance {
    /// Nearness of the nearest synthetic row.
    Nearest,
    /// Distance to the nearest known person minus that to the nearest synthetic row.
    Difference,
    /// Share of synthetic rows among the 20 nearest synthetic rows and known people.
    Share,
    /// Log ratio of the densities of synthetic rows and of known people.
    Density,
    /// Synthetic rows within the median distance to the nearest one.
    Ball,
    /// How much better the person explains the synthetic rows nearby than known people alone do.
    Likelihood,
}

impl Distance {
    /// Whether the attacker needs people of the population.
    pub(super) fn knows(self) -> bool {
        !matches!(self, Self::Nearest | Self::Ball)
    }
}

/// The neighbours of one row, nearest first.
pub(super) struct Near<'a> {
    /// Distances to synthetic rows.
    pub(super) made: &'a [f32],
    /// Distances to known people.
    pub(super) known: &'a [f32],
    /// For each of `made`, how dense known people are there.
    pub(super) around: &'a [Around],
}

/// How dense known people are around a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Around {
    /// Width of the kernel.
    width: f64,
    /// Sum of kernels of known people.
    mass: f64,
}

impl Around {
    /// From the distances of a place to its nearest known people; the width is the middle of them.
    pub(super) fn new(known: &[f32]) -> Self {
        let middle = known.get(known.len() / 2).copied().unwrap_or(1.0);
        let width = f64::from(middle).max(LEAST_DISTANCE);
        Self { width, mass: known.iter().map(|&distance| kernel(f64::from(distance), width)).sum() }
    }

    /// Gain in log likelihood of the place when a person at `distance` is added to those known.
    fn gain(self, distance: f64) -> f64 {
        (kernel(distance, self.width) / self.mass.max(f64::MIN_POSITIVE)).ln_1p()
    }
}

fn kernel(distance: f64, width: f64) -> f64 {
    (-0.5 * (distance / width).powi(2)).exp()
}

impl Distance {
    /// Scores one row; `ball` is the radius of [`Self::Ball`].
    pub(super) fn score(self, near: &Near<'_>, ball: f32) -> f64 {
        let first = |distances: &[f32]| distances.first().map_or(0.0, |&distance| f64::from(distance));
        match self {
            Self::Nearest => -first(near.made),
            Self::Difference => first(near.known) - first(near.made),
            Self::Share => share(near.made, near.known),
            Self::Density => log_distance(near.known) - log_distance(near.made),
            Self::Ball => near.made.iter().filter(|&&distance| distance <= ball).count() as f64,
            Self::Likelihood => near
                .made
                .iter()
                .zip(near.around)
                .map(|(&distance, around)| around.gain(f64::from(distance)))
                .sum(),
        }
    }
}

/// The median distance to the nearest synthetic row.
pub(super) fn ball(made: &[Vec<Neighbour>]) -> f32 {
    let mut nearest: Vec<f64> =
        made.iter().filter_map(|found| Some(f64::from(found.first()?.distance))).collect();
    nearest.sort_by(f64::total_cmp);
    quantile_sorted(&nearest, 0.5).unwrap_or(0.0) as f32
}

/// Share of synthetic rows among the nearest of both; of equally far ones at the edge, the same share of each.
fn share(made: &[f32], known: &[f32]) -> f64 {
    let mut both: Vec<f32> = made.iter().chain(known).copied().collect();
    both.sort_by(f32::total_cmp);
    let k = NEIGHBOURS.min(both.len());
    let Some(&edge) = k.checked_sub(1).and_then(|last| both.get(last)) else { return 0.0 };
    let count = |all: &[f32]| {
        let nearer = all.partition_point(|&distance| distance < edge);
        (nearer as f64, all[nearer..].iter().take_while(|&&distance| distance == edge).count() as f64)
    };
    let ((made, made_at), (known, known_at)) = (count(made), count(known));
    let left = k as f64 - made - known;
    (made + left * made_at / (made_at + known_at)) / k as f64
}

/// Log of the distance to the nearest rows; the nearest one counts for half, so that copies show.
fn log_distance(distances: &[f32]) -> f64 {
    let near = &distances[..NEAR.min(distances.len())];
    let first = f64::from(near.first().copied().unwrap_or(1.0)).max(LEAST_DISTANCE).ln();
    let mean = near.iter().map(|&d| f64::from(d)).sum::<f64>() / near.len().max(1) as f64;
    0.5 * (first + mean.max(LEAST_DISTANCE).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_by_hand() {
        let known: Vec<f32> = (1..=20).map(|at| at as f32).collect();
        let made: Vec<f32> = (1..=20).map(|at| at as f32 - 0.5).collect();
        let around = vec![Around::new(&[1.0, 1.0, 1.0]); 20];
        let near = Near { made: &made, known: &known, around: &around };
        assert_eq!(Distance::Nearest.score(&near, 0.0), -0.5);
        assert_eq!(Distance::Difference.score(&near, 0.0), 0.5);
        assert_eq!(Distance::Share.score(&near, 0.0), 0.5, "ten of twenty");
        assert_eq!(Distance::Ball.score(&near, 3.5), 4.0);
        // log 1 and log 3 against log 0.5 and log 2.5, each half.
        let want = 0.5 * (3.0_f64.ln() - 0.5_f64.ln() - 2.5_f64.ln());
        assert!((Distance::Density.score(&near, 0.0) - want).abs() < 1e-12);
        // Three kernels exp(-1/2) at width 1: the person at d adds exp(-d²/2) to 3 exp(-1/2).
        let gain: f64 = made
            .iter()
            .map(|&d| (1.0 + (-0.5 * f64::from(d).powi(2)).exp() / (3.0 * (-0.5_f64).exp())).ln())
            .sum();
        assert!((Distance::Likelihood.score(&near, 0.0) - gain).abs() < 1e-9);
    }

    #[test]
    fn equally_far_rows_at_the_edge_count_by_their_share() {
        let made = [0.0; 15];
        let known = [0.0; 15];
        assert_eq!(share(&made, &known), 0.5);
        assert_eq!(share(&[], &[]), 0.0);
        // Four nearer, then sixteen of ten made and twenty known at the edge.
        let mut made = vec![0.0; 4];
        made.extend([1.0; 10]);
        let found = share(&made, &[1.0; 20]);
        assert!((found - (4.0 + 16.0 / 3.0) / 20.0).abs() < 1e-12, "{found}");
    }
}
