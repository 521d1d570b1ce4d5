//! What is a figure on average over repeats that share their people, and how sure is that?

use crate::card::Reading;
use verosim_core::Interval;
use verosim_math::stats::student_reach;

/// How much repeats have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    /// Holdout rows over training rows.
    pub overlap: f64,
}

/// The mean of a figure over repeats with its 95 % interval; none for a single repeat.
///
/// Repeats are splits of one table, so that their people overlap and the plain standard error is too small: the variance is
/// multiplied by `1 / repeats + holdout / training` in the place of `1 / repeats`.
///
/// # Source
/// Nadeau and Bengio 2003 (`nadeau2003`), the corrected resampled t-test.
#[must_use]
pub fn mean(values: &[f64], repeats: Repeats) -> Option<Reading> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let interval = (n > 1).then(|| {
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        let error = (variance * (1.0 / n as f64 + repeats.overlap)).sqrt();
        let reach = student_reach(0.95, n - 1, 1) * error;
        Interval { low: mean - reach, high: mean + reach, level: 0.95 }
    });
    Some(Reading { value: mean, interval, n })
}

/// The mean of areas under curves: their interval ends where areas do.
#[must_use]
pub fn mean_area(values: &[f64], repeats: Repeats) -> Option<Reading> {
    let own = mean(values, repeats)?;
    let within = |interval: Interval| Interval {
        low: interval.low.max(0.0),
        high: interval.high.min(1.0),
        ..interval
    };
    Some(Reading { interval: own.interval.map(within), ..own })
}

/// The mean difference of two figures of the same repeats; repeats without either are left out.
#[must_use]
pub fn paired(pairs: &[(Option<f64>, Option<f64>)], repeats: Repeats) -> Option<Reading> {
    let differences: Vec<f64> = pairs.iter().filter_map(|(own, other)| Some((*own)? - (*other)?)).collect();
    mean(&differences, repeats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_widens_the_interval_as_by_hand() {
        // Mean 2, variance 1, reach t(0.975, 2) = 4.302653.
        let values = [1.0, 2.0, 3.0];
        let half = |overlap: f64| {
            let interval = mean(&values, Repeats { overlap }).unwrap().interval.unwrap();
            assert!((interval.low + interval.high - 4.0).abs() < 1e-12);
            interval.high - 2.0
        };
        assert!((half(0.0) - 4.302_653 / 3.0_f64.sqrt()).abs() < 1e-5);
        assert!((half(0.25) - 4.302_653 * (1.0_f64 / 3.0 + 0.25).sqrt()).abs() < 1e-5);
        assert_eq!(mean(&[0.5], Repeats { overlap: 0.25 }).unwrap().interval, None);
        assert_eq!(mean(&[], Repeats { overlap: 0.25 }), None);
    }

    #[test]
    fn pairs_that_lack_one_are_left_out() {
        let pairs = [(Some(0.75), Some(0.5)), (None, Some(0.5)), (Some(1.0), Some(0.75))];
        let found = paired(&pairs, Repeats { overlap: 0.25 }).unwrap();
        assert_eq!((found.value, found.n), (0.25, 2));
    }
}
