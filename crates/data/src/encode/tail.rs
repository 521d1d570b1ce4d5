//! What lies beyond the last value that enough people share?

use super::grid::Grid;
use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};

/// A generalised Pareto tail beyond `edge`, so that no extreme value of a person is ever stored.
///
/// # Source
/// Threshold stability: Pickands 1975 (`pickands1975`); probability-weighted moments: Hosking and Wallis 1987
/// (`hosking1987`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail {
    /// Where the tail begins.
    edge: f64,
    /// Scale of the excess over `edge`, in the column's unit.
    scale: f64,
    /// Shape; positive is heavy. Kept in `[-0.5, 0.5]`.
    shape: f64,
    /// Greatest excess drawn, so that a heavy shape cannot invent the absurd.
    longest: f64,
    /// +1 for the upper tail, -1 for the lower.
    sign: f64,
}

impl Tail {
    /// Fits the tail beyond `edge` to `beyond`: the values from a lower threshold outwards, nearest first, of which
    /// the last `n_out` lie beyond `edge`.
    pub(super) fn fit(beyond: &[f64], threshold: f64, edge: f64, n_out: usize, sign: f64) -> Self {
        let excess: Vec<f64> = beyond.iter().map(|value| (sign * (value - threshold)).max(0.0)).collect();
        let n = excess.len() as f64;
        let mean = excess.iter().sum::<f64>() / n.max(1.0);
        // a1 estimates E[X (1 - F(X))]; excesses ascend.
        let a1 = excess.iter().enumerate().map(|(at, x)| x * (1.0 - (at as f64 + 0.65) / n)).sum::<f64>()
            / n.max(1.0);
        let gap = mean - 2.0 * a1;
        let (shape, scale) = if excess.len() < 10 || gap <= 1e-12 * mean.max(1e-300) {
            (0.0, mean)
        } else {
            // Hosking and Wallis write k = -shape: k = mean / gap - 2, scale = 2 mean a1 / gap.
            ((2.0 - mean / gap).clamp(-0.5, 0.5), 2.0 * mean * a1 / gap)
        };
        let moved = (scale + shape * sign * (edge - threshold)).max(0.05 * mean).max(f64::MIN_POSITIVE);
        let mut tail = Self { edge, scale: moved, shape, longest: f64::INFINITY, sign };
        tail.longest = tail.excess(1.0 - 0.5 / (n_out.max(1) as f64));
        tail
    }

    /// One value beyond the edge, on the grid and within the bounds.
    pub(super) fn draw(&self, grid: &Grid, bounds: (f64, f64), rng: &mut impl Rng) -> f64 {
        let excess = self.excess(rng.random::<f64>()).min(self.longest);
        let reach = self.edge + self.sign * excess;
        // A narrow band around the drawn point lets digit preference act.
        let band = 5.0 * grid.half_step();
        let (low, high) = if self.sign > 0.0 {
            ((reach - band).max(self.edge), reach + band)
        } else {
            (reach - band, (reach + band).min(self.edge))
        };
        let (low, high) = (low.clamp(bounds.0, bounds.1), high.clamp(bounds.0, bounds.1));
        grid.draw(low, high, rng).clamp(bounds.0, bounds.1)
    }

    /// Where it begins.
    pub(super) fn edge(&self) -> f64 {
        self.edge
    }

    /// Whether `value` lies before the end of the stretch that the tail stands for, in ascending order.
    pub(super) fn reaches(&self, value: f64) -> bool {
        self.sign > 0.0 || value <= self.edge
    }

    /// Share of the tail's rows below `value`.
    pub(super) fn share(&self, value: f64) -> f64 {
        let excess = (self.sign * (value - self.edge)).max(0.0).min(self.longest);
        let beyond = if self.shape.abs() < 1e-9 {
            (-excess / self.scale).exp()
        } else {
            (1.0 + self.shape * excess / self.scale).max(0.0).powf(-1.0 / self.shape)
        };
        if self.sign > 0.0 { 1.0 - beyond } else { beyond }
    }

    /// Whether the parts fit together.
    pub(super) fn is_sound(&self) -> bool {
        [self.edge, self.scale, self.shape, self.longest, self.sign].iter().all(|x| x.is_finite())
    }

    /// Quantile `p` of the excess.
    fn excess(&self, p: f64) -> f64 {
        let log = (1.0 - p).max(1e-12).ln();
        if self.shape.abs() < 1e-9 {
            -self.scale * log
        } else {
            self.scale * ((-self.shape * log).exp() - 1.0) / self.shape
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_a_known_law_come_back() {
        // Expected order statistics of GPD(shape, scale): quantiles at (i - 0.5) / n.
        for (shape, scale) in [(0.0, 2.0), (0.25, 1.0), (-0.3, 4.0)] {
            let quantile = |p: f64| {
                if shape == 0.0 {
                    -scale * f64::ln(1.0 - p)
                } else {
                    scale * ((1.0 - p).powf(-shape) - 1.0) / shape
                }
            };
            let values: Vec<f64> = (0..2000).map(|i| quantile((f64::from(i) + 0.5) / 2000.0)).collect();
            let tail = Tail::fit(&values, 0.0, 0.0, 2000, 1.0);
            assert!((tail.shape - shape).abs() < 0.05, "shape {} for {shape}", tail.shape);
            assert!((tail.scale / scale - 1.0).abs() < 0.05, "scale {} for {scale}", tail.scale);
        }
    }
}
