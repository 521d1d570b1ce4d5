//! How are the values of a column distributed, as a model says it?

use super::grid::Grid;

/// Shares below the numbers of [`Law::Quantiles`].
pub(super) const SHARES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// A law of one column, given a level of the outcome or overall.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Law {
    /// Numbers at [`SHARES`], ascending; straight between them.
    Quantiles([f64; 7]),
    /// Shares of levels; they add up to 1.
    Shares(Vec<f64>),
}

/// A uniform part that every prior has, so that nothing is impossible.
const DOUBT: f64 = 0.02;

impl Law {
    /// The law of numbers with these five quantiles (5, 25, 50, 75, 95 %), in any order, between bounds. Tails without a
    /// bound reach as far again as the last quantile from the median.
    pub(super) fn numbers(mut five: [f64; 5], low: Option<f64>, high: Option<f64>) -> Option<Self> {
        if five.iter().any(|value| !value.is_finite()) {
            return None;
        }
        for value in &mut five {
            *value = value.clamp(low.unwrap_or(f64::MIN), high.unwrap_or(f64::MAX));
        }
        five.sort_by(f64::total_cmp);
        let tail = |from: f64, to: f64| to + (to - from) * 0.5;
        // Tails end at the bound, or well before it where it is far.
        let least = tail(five[1], five[0]).max(low.unwrap_or(f64::MIN));
        let most = tail(five[3], five[4]).min(high.unwrap_or(f64::MAX));
        Some(Self::Quantiles([least, five[0], five[1], five[2], five[3], five[4], most]))
    }

    /// The law of levels with these weights.
    pub(super) fn levels(weights: Vec<f64>) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        let sound = weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0) && total > 0.0;
        sound.then(|| Self::Shares(weights.into_iter().map(|weight| weight / total).collect()))
    }

    /// One law from several answers: mean of quantiles, mean of shares (linear opinion pool).
    pub(super) fn pool(laws: &[&Self]) -> Option<Self> {
        let n = laws.len() as f64;
        match laws.first()? {
            Self::Quantiles(_) => {
                let mut mean = [0.0; 7];
                for law in laws {
                    if let Self::Quantiles(quantiles) = law {
                        mean.iter_mut().zip(quantiles).for_each(|(mean, value)| *mean += value / n);
                    }
                }
                Some(Self::Quantiles(mean))
            }
            Self::Shares(first) => {
                let mut mean = vec![0.0; first.len()];
                for law in laws {
                    if let Self::Shares(shares) = law {
                        mean.iter_mut().zip(shares).for_each(|(mean, share)| *mean += share / n);
                    }
                }
                Some(Self::Shares(mean))
            }
        }
    }

    /// Probability of each cell, with a little doubt.
    pub(super) fn masses(&self, grid: &Grid) -> Vec<f64> {
        let cells = grid.len();
        let masses: Vec<f64> = match (self, grid) {
            (Self::Quantiles(_), Grid::Edges(edges)) => {
                edges.windows(2).map(|edge| (self.below(edge[1]) - self.below(edge[0])).max(0.0)).collect()
            }
            (Self::Shares(shares), Grid::Levels(levels)) if shares.len() == *levels => shares.clone(),
            _ => vec![0.0; cells],
        };
        let total: f64 = masses.iter().sum();
        let even = 1.0 / cells.max(1) as f64;
        masses
            .into_iter()
            .map(|mass| if total > 0.0 { (1.0 - DOUBT) * mass / total + DOUBT * even } else { even })
            .collect()
    }

    /// Share of numbers below `value`.
    pub(super) fn below(&self, value: f64) -> f64 {
        let Self::Quantiles(at) = self else { return 0.0 };
        if value >= at[6] {
            return 1.0;
        }
        // The last piece that begins at or before the value: quantiles may coincide.
        let Some(piece) = (0..6).rev().find(|&piece| at[piece] <= value) else { return 0.0 };
        let width = at[piece + 1] - at[piece];
        let part = if width > 0.0 { (value - at[piece]) / width } else { 1.0 };
        SHARES[piece] + part * (SHARES[piece + 1] - SHARES[piece])
    }

    /// The number below which the share `u` lies.
    pub(super) fn at(&self, u: f64) -> f64 {
        let Self::Quantiles(at) = self else { return 0.0 };
        let piece = (0..6).find(|&piece| u <= SHARES[piece + 1]).unwrap_or(5);
        let part = (u - SHARES[piece]) / (SHARES[piece + 1] - SHARES[piece]);
        at[piece] + part.clamp(0.0, 1.0) * (at[piece + 1] - at[piece])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_numbers_are_inverse() {
        let law = Law::numbers([30.0, 20.0, 40.0, 60.0, 50.0], Some(0.0), Some(100.0)).unwrap();
        // By hand: sorted to 20..60; the tails go half the last step further, to 15 and 65.
        assert_eq!(law, Law::Quantiles([15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 65.0]));
        for u in [0.01, 0.05, 0.3, 0.5, 0.77, 0.99] {
            assert!((law.below(law.at(u)) - u).abs() < 1e-12, "{u}");
        }
        assert_eq!((law.below(10.0), law.below(65.0), law.below(35.0)), (0.0, 1.0, 0.375));
        let steps = Law::numbers([0.0, 0.0, 0.0, 1.0, 1.0], Some(0.0), Some(1.0)).unwrap();
        assert_eq!((steps.below(-0.5), steps.below(0.0)), (0.0, 0.5), "half of them are zero");
    }

    #[test]
    fn masses_add_up_and_nothing_is_impossible() {
        let grid = Grid::Edges(vec![0.0, 20.0, 40.0, 100.0]);
        let law = Law::numbers([20.0, 30.0, 40.0, 50.0, 60.0], Some(0.0), Some(100.0)).unwrap();
        let masses = law.masses(&grid);
        assert!((masses.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // 5 % below 20, 45 % from there to 40, each less 2 % for doubt, of which a third is theirs.
        assert!((masses[0] - (0.98 * 0.05 + 0.02 / 3.0)).abs() < 1e-12);
        assert!((masses[1] - (0.98 * 0.45 + 0.02 / 3.0)).abs() < 1e-12);
        let levels = Law::levels(vec![3.0, 0.0]).unwrap();
        assert_eq!(levels.masses(&Grid::Levels(2)), [0.99, 0.01]);
        assert_eq!(Law::levels(vec![0.0, 0.0]), None);
        assert_eq!(Law::levels(vec![1.0, f64::NAN]), None);
    }
}
