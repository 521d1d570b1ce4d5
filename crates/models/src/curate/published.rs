//! Which rows does the published rule drop?

/// Least confidence of an easy row and greatest of a hard one.
const HARD: f64 = 0.2;
/// Share of the range of uncertainty up to which it counts as low.
const LOW: f64 = 0.75;

/// Whether each row is kept: all but the hard ones, whose confidence is at most 0.2 while their uncertainty is low.
///
/// Low is `min + 0.75 (max - min)` of the pool's uncertainties. The published code leaves the minimum out, so that its
/// threshold may lie below all of them.
///
/// # Source
/// `seedat2024`, section 3.2.
pub(super) fn keep(confidence: &[f64], uncertainty: &[f64]) -> Vec<bool> {
    let tau = threshold(uncertainty);
    confidence.iter().zip(uncertainty).map(|(&sure, &unsure)| !(sure <= HARD && unsure <= tau)).collect()
}

/// Greatest uncertainty that is low.
pub(super) fn threshold(uncertainty: &[f64]) -> f64 {
    let low = uncertainty.iter().copied().fold(f64::INFINITY, f64::min);
    let high = uncertainty.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    low + LOW * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: the published adaptive threshold left the minimum out and could lie outside the observed range.
    #[test]
    fn the_threshold_lies_in_the_observed_range() {
        let uncertainty = [0.20, 0.21, 0.24];
        let tau = threshold(&uncertainty);
        assert!(
            (tau - 0.23).abs() < 1e-12,
            "0.20 + 0.75 · 0.04 by hand, where the published code gives 0.03"
        );
        assert_eq!(keep(&[0.1, 0.9, 0.1], &uncertainty), [false, true, true], "low, easy, too uncertain");
    }
}
