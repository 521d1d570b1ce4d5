//! Which numbers that are never negative, and add up to what is known, lie nearest to noisy ones?

/// The point nearest to `values` (least squares) among those without a negative number whose sum is `total`; zeros when
/// `total` is not above 0.
///
/// # Cost
/// O(n log n).
///
/// # Source
/// `duchi2008`: all values less one common number, and what falls below zero is zero.
///
/// # Example
/// ```
/// use verosim_math::stats::onto_simplex;
/// assert_eq!(onto_simplex(&[6.0, 3.0, -2.0], 8.0), [5.5, 2.5, 0.0]);
/// ```
#[must_use]
pub fn onto_simplex(values: &[f64], total: f64) -> Vec<f64> {
    if total.is_nan() || total <= 0.0 {
        return vec![0.0; values.len()];
    }
    let mut falling = values.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut less) = (0.0, 0.0);
    for (at, value) in falling.iter().enumerate() {
        sum += value;
        let excess = (sum - total) / (at + 1) as f64;
        // The largest are kept as long as the common number leaves them above zero.
        if value - excess <= 0.0 {
            break;
        }
        less = excess;
    }
    values.iter().map(|value| (value - less).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_kept_and_nothing_is_negative() {
        let cases: &[(&[f64], f64, &[f64], &str)] = &[
            (&[3.0, 5.0], 8.0, &[3.0, 5.0], "already there"),
            (&[4.0, 6.0], 8.0, &[3.0, 5.0], "one off each"),
            (&[-9.0, 6.0, 1.0], 6.0, &[0.0, 5.5, 0.5], "by hand: the negative one goes, half off the rest"),
            (&[-5.0, -1.0], 3.0, &[0.0, 3.0], "by hand: four more each, less what is negative then"),
            (&[1.0, 2.0], 0.0, &[0.0, 0.0], "nobody"),
            (&[], 4.0, &[], "nothing"),
        ];
        for (values, total, want, origin) in cases {
            let got = onto_simplex(values, *total);
            let near = got.iter().zip(*want).all(|(got, want)| (got - want).abs() < 1e-12);
            assert!(near && got.len() == want.len(), "{got:?}: {origin}");
        }
    }
}
