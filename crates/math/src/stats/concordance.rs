//! Do two lists of numbers agree, value by value?

/// Lin's coefficient of concordance and the slope of the second list on the first; `None` below two pairs or when both
/// are constant and equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concordance {
    /// 1 when all pairs are equal, 0 without relation.
    pub coefficient: f64,
    /// Least-squares slope; `None` when the first list is constant.
    pub slope: Option<f64>,
}

/// Agreement of `b` with `a`.
///
/// # Source
/// `lin1989`, with divisor n.
///
/// # Example
/// ```
/// use verosim_math::stats::concordance;
/// let found = concordance(&[1.0, 2.0, 3.0], &[2.0, 3.0, 4.0]).unwrap();
/// assert!((found.coefficient - 4.0 / 7.0).abs() < 1e-12); // 2 · 2/3 over 2/3 + 2/3 + 1.
/// ```
#[must_use]
pub fn concordance(a: &[f64], b: &[f64]) -> Option<Concordance> {
    let n = a.len().min(b.len());
    if n < 2 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().take(n).sum::<f64>() / n as f64;
    let (x, y) = (mean(a), mean(b));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| of(a - x, b - y)).sum::<f64>() / n as f64;
    let (xx, yy, xy) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    let below = xx + yy + (x - y).powi(2);
    (below > 0.0).then(|| Concordance { coefficient: 2.0 * xy / below, slope: (xx > 0.0).then(|| xy / xx) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_by_hand() {
        let same = concordance(&[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0]).unwrap();
        assert!((same.coefficient - 1.0).abs() < 1e-12 && (same.slope.unwrap() - 1.0).abs() < 1e-12);
        let turned = concordance(&[-1.0, 1.0], &[1.0, -1.0]).unwrap();
        assert_eq!((turned.coefficient, turned.slope), (-1.0, Some(-1.0)));
        assert_eq!(concordance(&[1.0, 1.0], &[1.0, 1.0]), None);
    }
}
