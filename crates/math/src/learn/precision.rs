//! How rare are false alarms among those found?

/// Average precision: the area below the steps of the precision-recall curve, ties taken together; `None` without a
/// positive or when a score is not a number.
///
/// # Units and range
/// `[0, 1]`; scores that tell nothing reach the share of positives.
///
/// # Cost
/// O(n log n).
///
/// # Example
/// ```
/// use verosim_math::learn::average_precision;
/// let found = average_precision(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).unwrap();
/// assert!((found - 0.833_333_333_3).abs() < 1e-9); // scikit-learn's average_precision_score
/// ```
#[must_use]
pub fn average_precision(scores: &[f64], yes: &[bool]) -> Option<f64> {
    let positives = yes.iter().filter(|&&yes| yes).count() as f64;
    if positives == 0.0 || scores.len() != yes.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut hits, mut taken, mut area, mut start) = (0.0, 0.0, 0.0, 0);
    while start < order.len() {
        let tied = order[start..].iter().take_while(|&&at| scores[at] == scores[order[start]]).count();
        let new = order[start..start + tied].iter().filter(|&&at| yes[at]).count() as f64;
        hits += new;
        taken += tied as f64;
        area += new / positives * hits / taken;
        start += tied;
    }
    Some(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scikit_learn() {
        // scikit-learn 1.9.1: average_precision_score([0, 1, 1, 0, 1], [0.5, 0.5, 0.2, 0.1, 0.9]).
        let found = average_precision(&[0.5, 0.5, 0.2, 0.1, 0.9], &[false, true, true, false, true]).unwrap();
        assert!((found - 0.805_555_555_555_555_5).abs() < 1e-12, "{found}");
        assert_eq!(average_precision(&[0.5], &[false]), None);
        assert_eq!(average_precision(&[f64::NAN], &[true]), None);
    }
}
