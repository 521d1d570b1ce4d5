//! Which rising sequence lies nearest to noisy values?

/// Values that never fall and lie nearest to `values` (least squares, equal weights).
///
/// # Cost
/// O(n).
///
/// # Source
/// Pool-adjacent-violators: Barlow et al. 1972 (`barlow1972`).
///
/// # Example
/// ```
/// use verosim_math::stats::isotonic;
/// assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
/// ```
#[must_use]
pub fn isotonic(values: &[f64]) -> Vec<f64> {
    // Blocks as (sum, count).
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for &value in values {
        blocks.push((value, 1));
        while let [.., before, last] = blocks[..] {
            if before.0 / before.1 as f64 <= last.0 / last.1 as f64 {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push((before.0 + last.0, before.1 + last.1));
        }
    }
    blocks.into_iter().flat_map(|(sum, n)| std::iter::repeat_n(sum / n as f64, n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled_backwards() {
        // scikit-learn 1.9.1: isotonic_regression([5, 1, 3, 2, 8, 7]).
        let want = [2.75, 2.75, 2.75, 2.75, 7.5, 7.5];
        for (got, want) in isotonic(&[5.0, 1.0, 3.0, 2.0, 8.0, 7.0]).iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{got}");
        }
        assert_eq!(isotonic(&[]), Vec::<f64>::new());
    }
}
