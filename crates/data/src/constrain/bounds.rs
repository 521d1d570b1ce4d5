//! Between which values may numbers lie, without telling the least and greatest of anybody?

use serde::{Deserialize, Serialize};

/// Values that numbers may take, and five of their quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Least.
    pub low: f64,
    /// Greatest.
    pub high: f64,
    /// The 10, 25, 50, 75 and 90 % quantiles, rounded like the bounds; `None` with fewer than ten times `k` rows.
    pub quantiles: Option<[f64; 5]>,
}

/// Shares of the quantiles of a [`Range`].
pub(super) const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

impl Range {
    /// The range of `values` (finite ones count), from the `k`-th value of each side: widened by a tenth of the spread
    /// and rounded outwards to a round number, so that it is nobody's own value. Values that are never negative stay
    /// so. `None` with fewer than `2 k` values.
    ///
    /// # Cost
    /// O(n log n).
    #[must_use]
    pub fn learn(values: &[f64], k: usize, whole: bool) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let k = k.max(1);
        if sorted.len() < 2 * k {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let (least, low, high) = (sorted[0], sorted[k - 1], sorted[sorted.len() - k]);
        let spread = (high - low).max(if whole { 1.0 } else { low.abs().max(high.abs()).max(1e-9) * 0.01 });
        let step = nice_step(spread / 20.0, whole);
        let down = ((low - 0.1 * spread) / step).floor() * step;
        let up = ((high + 0.1 * spread) / step).ceil() * step;
        let quantiles = (sorted.len() >= 10 * k).then(|| {
            let fine = nice_step(spread / 50.0, whole);
            SHARES.map(|share| {
                let at = (share * (sorted.len() - 1) as f64).round() as usize;
                tidy((sorted[at] / fine).round() * fine)
            })
        });
        Some(Self { low: tidy(if least >= 0.0 { down.max(0.0) } else { down }), high: tidy(up), quantiles })
    }
}

/// The least of 1, 2, 5, 10, 20 … (and their tenths unless `whole`) that is not below `step`.
fn nice_step(step: f64, whole: bool) -> f64 {
    let step = if whole { step.max(1.0) } else { step };
    let power = 10_f64.powf(step.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|nice| nice * power >= step * (1.0 - 1e-9));
    nice.unwrap_or(10.0) * power
}

/// Takes off what binary fractions add.
fn tidy(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_round_and_nobodys_own() {
        // Ages 18 to 97, one each: the fifth from each side is 22 and 93; a tenth of 71 is 7.1; steps of 5.
        let ages: Vec<f64> = (18..98).map(f64::from).collect();
        let range = Range::learn(&ages, 5, true).unwrap();
        assert_eq!((range.low, range.high), (10.0, 105.0), "by hand");
        assert_eq!(range.quantiles.unwrap(), [26.0, 38.0, 58.0, 78.0, 90.0], "by hand, in steps of 2");
        let mut outlier = ages.clone();
        outlier.push(1e9);
        assert_eq!(Range::learn(&outlier, 5, true).unwrap().high, 105.0, "one person moves nothing");
        assert_eq!(Range::learn(&ages[..9], 5, true), None, "too few");
    }

    #[test]
    fn ranges_of_never_negative_values_start_at_zero() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i) * 0.1).collect();
        let range = Range::learn(&values, 5, false).unwrap();
        assert_eq!(range.low, 0.0);
        assert!(range.high > 3.5 && range.high < 5.0, "{}", range.high);
        let constant = Range::learn(&[7.0; 20], 5, true).unwrap();
        assert!(constant.low < 7.0 && constant.high > 7.0);
    }
}
