//! How far apart are the least and the greatest of several equal means, by chance?

use super::gaussian::{normal_density, normal_share};

/// Points of the integral, and how far it reaches to either side.
const POINTS: usize = 2_000;
const REACH: f64 = 9.0;

/// The value that the range of `k` independent standard normal numbers passes with probability `1 - level`: the studentized
/// range with infinitely many degrees of freedom. `None` below two numbers or for a level outside `(0, 1)`.
///
/// # Units and range
/// Standard deviations, positive.
///
/// # Cost
/// Some 10^5 normal shares.
///
/// # Source
/// `P(range <= q) = k ∫ φ(z) (Φ(z) - Φ(z - q))^(k - 1) dz` over the greatest number `z`; halved between 0 and 20.
///
/// # Example
/// ```
/// use verosim_math::stats::range_quantile;
/// assert!((range_quantile(3, 0.95).unwrap() - 3.314).abs() < 1e-3);
/// ```
#[must_use]
pub fn range_quantile(k: usize, level: f64) -> Option<f64> {
    if k < 2 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let step = 2.0 * REACH / POINTS as f64;
    let share = |q: f64| {
        let inside = |at: usize| {
            let z = -REACH + (at as f64 + 0.5) * step;
            normal_density(z) * (normal_share(z) - normal_share(z - q)).powf(k as f64 - 1.0)
        };
        k as f64 * step * (0..POINTS).map(inside).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if share(middle) < level { low = middle } else { high = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_published_tables() {
        // Demšar 2006, table 5(a), times the root of 2.
        for (k, want) in [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (10, 3.164)] {
            let got = range_quantile(k, 0.95).unwrap() / std::f64::consts::SQRT_2;
            assert!((got - want).abs() < 1e-3, "{k}: {got}");
        }
        assert_eq!((range_quantile(1, 0.95), range_quantile(3, 1.0)), (None, None));
    }
}
