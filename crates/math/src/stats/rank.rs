//! What is the rank of each value, and which value stands at a share of ranks?

/// Mid-ranks from 1; ties share the mean of their places. `NaN` gets `NaN`.
///
/// # Cost
/// O(n log n).
///
/// # Example
/// ```
/// use verosim_math::stats::mid_ranks;
/// assert_eq!(mid_ranks(&[3.0, 1.0, 3.0]), [2.5, 1.0, 2.5]);
/// ```
#[must_use]
pub fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&at| !values[at].is_nan()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut first = 0;
    while first < order.len() {
        let mut end = first + 1;
        while end < order.len() && values[order[end]] == values[order[first]] {
            end += 1;
        }
        let middle = 0.5 * (first + end + 1) as f64;
        order[first..end].iter().for_each(|&at| ranks[at] = middle);
        first = end;
    }
    ranks
}

/// The value at `share` in `[0, 1]` of ascending `sorted`, between neighbours; `None` when empty.
///
/// # Source
/// Definition 7 of Hyndman and Fan 1996, as numpy and R use it.
#[must_use]
pub fn quantile_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile_sorted(&[1.0, 2.0, 4.0], 0.75), Some(3.0), "numpy.quantile([1, 2, 4], 0.75)");
        assert_eq!(quantile_sorted(&[], 0.5), None);
    }
}
