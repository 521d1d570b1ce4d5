//! How well does a score put positives above negatives, and how sure is that?

use super::clopper_pearson;
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Area under the ROC curve: the probability that a random positive scores above a random negative,
/// ties counting one half, with DeLong's variance.
///
/// # Shapes
/// `positive: [n]`, `negative: [m]`; order does not matter. Infinite scores are allowed: only ranks count.
///
/// # Units and range
/// `[0, 1]`; 0.5 when scores tell nothing.
///
/// # Errors
/// [`AucError::Empty`] when a side is empty; [`AucError::NotANumber`] when a score is NaN.
///
/// # Cost
/// O((n + m) log(n + m)) time, O(n + m) memory.
///
/// # Source
/// Mid-rank form of the Mann–Whitney statistic and its structural components: DeLong, DeLong and
/// Clarke-Pearson 1988, Biometrics 44(3), 837-845, doi:10.2307/2531595; the rank form is Sun and Xu 2014,
/// doi:10.1109/LSP.2014.2337313.
///
/// # Example
/// ```
/// use verosim_math::learn::auc;
/// let found = auc(&[0.8, 0.4], &[0.4, 0.1]).unwrap();
/// assert_eq!(found.value, 0.875); // Three pairs in order, one tie.
/// ```
pub fn auc(positive: &[f64], negative: &[f64]) -> Result<Auc, AucError> {
    let (n, m) = (positive.len(), negative.len());
    if n == 0 || m == 0 {
        return Err(AucError::Empty);
    }
    if positive.iter().chain(negative).any(|score| score.is_nan()) {
        return Err(AucError::NotANumber);
    }
    let pooled: Vec<f64> = positive.iter().chain(negative).copied().collect();
    let all = mid_ranks(&pooled);
    let (within_positive, within_negative) = (mid_ranks(positive), mid_ranks(negative));
    // Share of negatives below each positive, and of positives above each negative.
    let above: Vec<f64> = (0..n).map(|i| (all[i] - within_positive[i]) / m as f64).collect();
    let below: Vec<f64> = (0..m).map(|j| 1.0 - (all[n + j] - within_negative[j]) / n as f64).collect();
    let value = above.iter().sum::<f64>() / n as f64;
    let variance = variance(&above) / n as f64 + variance(&below) / m as f64;
    Ok(Auc { value, variance, n_positive: n, n_negative: m })
}

/// An area under the ROC curve with its sampling variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auc {
    /// The area.
    pub value: f64,
    /// DeLong's variance; 0 when the classes are fully apart or a side has a single unit.
    pub variance: f64,
    /// Number of positives.
    pub n_positive: usize,
    /// Number of negatives.
    pub n_negative: usize,
}

impl Auc {
    /// Interval at `level`, clipped to `[0, 1]`.
    ///
    /// Normal with DeLong's variance. Where that variance is 0 (full separation, or one unit on a
    /// side) it would claim certainty; then the `min(n, m)` disjoint pairs that the data hold are
    /// independent trials, and their exact binomial interval is given instead.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        if self.variance <= 0.0 {
            let pairs = self.n_positive.min(self.n_negative);
            let ordered = (self.value * pairs as f64).round() as usize;
            return clopper_pearson(ordered.min(pairs), pairs, level);
        }
        let half = Normal::standard().inverse_cdf(0.5 + level / 2.0) * self.variance.sqrt();
        ((self.value - half).max(0.0), (self.value + half).min(1.0))
    }
}

/// Standard error of the AUC when scores tell nothing (no ties): the width of the null band.
///
/// # Source
/// Mann and Whitney 1947, doi:10.1214/aoms/1177730491: variance (n + m + 1) / (12 n m).
#[must_use]
pub fn null_standard_error(n_positive: usize, n_negative: usize) -> f64 {
    let (n, m) = (n_positive as f64, n_negative as f64);
    ((n + m + 1.0) / (12.0 * n * m)).sqrt()
}

/// Why there is no AUC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AucError {
    /// No positives or no negatives.
    #[error("needs at least one unit of each class")]
    Empty,
    /// A score is NaN.
    #[error("a score is not a number")]
    NotANumber,
}

/// Rank of each value from 1, ties sharing their middle rank.
fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        // `==` and not bits: -0 and +0 tie, and `total_cmp` has put them side by side.
        let ties = order[start..].iter().take_while(|&&at| values[at as usize] == value).count();
        let middle = start as f64 + f64::midpoint(ties as f64, 1.0);
        for &at in &order[start..start + ties] {
            ranks[at as usize] = middle;
        }
        start += ties;
    }
    ranks
}

/// Sample variance; 0 for a single value.
fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_areas() {
        let cases: &[(&str, &[f64], &[f64], f64)] = &[
            ("scikit-learn roc_auc_score docs example", &[0.35, 0.8], &[0.1, 0.4], 0.75),
            ("all tied, by definition", &[1.0, 1.0], &[1.0], 0.5),
            ("signed zeros tie, by definition", &[0.0], &[-0.0], 0.5),
            ("infinite scores rank, by definition", &[f64::INFINITY], &[f64::NEG_INFINITY], 1.0),
        ];
        for &(origin, positive, negative, want) in cases {
            assert!((auc(positive, negative).unwrap().value - want).abs() < 1e-15, "{origin}");
        }
        assert_eq!(auc(&[], &[1.0]), Err(AucError::Empty));
        assert_eq!(auc(&[f64::NAN], &[1.0]), Err(AucError::NotANumber));
    }

    #[test]
    fn variance_follows_the_definition_of_structural_components() {
        // By hand from DeLong 1988 eq. 4-6 with the kernel psi in {0, 1/2, 1}: an O(nm) oracle.
        let positive = [0.3, 0.7, 0.7, 1.4, -0.2, 0.9];
        let negative = [0.1, 0.7, -0.5, 0.2];
        let psi = |x: f64, y: f64| if x > y { 1.0 } else { f64::from(u8::from(x == y)) / 2.0 };
        let above: Vec<f64> =
            positive.iter().map(|&x| negative.iter().map(|&y| psi(x, y)).sum::<f64>() / 4.0).collect();
        let below: Vec<f64> =
            negative.iter().map(|&y| positive.iter().map(|&x| psi(x, y)).sum::<f64>() / 6.0).collect();
        let want = variance(&above) / 6.0 + variance(&below) / 4.0;
        let got = auc(&positive, &negative).unwrap();
        assert!((got.variance - want).abs() < 1e-15);
        assert!((got.value - above.iter().sum::<f64>() / 6.0).abs() < 1e-15);
    }

    #[test]
    fn full_separation_is_not_certainty() {
        let found = auc(&[2.0; 20], &[1.0; 30]).unwrap();
        let (low, high) = found.interval(0.95);
        // Exact binomial with 20 of 20: lower end 0.025^(1/20), scipy.stats.binomtest(20, 20).
        assert!((low - 0.025_f64.powf(0.05)).abs() < 1e-9 && high == 1.0, "{low}");
    }

    #[test]
    fn null_band_at_a_thousand_each() {
        // 0.0129 at 1,000 + 1,000: evaluation notes, section 2.4.
        assert!((null_standard_error(1000, 1000) - 0.012_913).abs() < 1e-6);
    }
}
