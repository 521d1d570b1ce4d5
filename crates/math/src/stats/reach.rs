//! How many standard errors does an interval reach when these were estimated from a few groups?

use super::gaussian::normal_quantile;
use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// Degrees of freedom from which the law is the normal one to six digits.
const NORMAL: usize = 1_000_000;

/// Standard errors to either side of an estimate whose standard error has `degrees` of freedom, at `level`; for the worst
/// of `k` estimates, `level` is widened to hold for all of them (Bonferroni).
///
/// # Units and range
/// Positive; infinite without a degree of freedom or at a level of 1.
///
/// # Example
/// ```
/// use verosim_math::stats::student_reach;
/// assert!((student_reach(0.95, 9, 1) - 2.262).abs() < 1e-3);
/// ```
#[must_use]
pub fn student_reach(level: f64, degrees: usize, k: usize) -> f64 {
    let tail = (1.0 - level) / 2.0 / k.max(1) as f64;
    if degrees > NORMAL {
        return normal_quantile(1.0 - tail);
    }
    StudentsT::new(0.0, 1.0, degrees as f64).map_or(f64::INFINITY, |law| law.inverse_cdf(1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_are_those_of_scipy() {
        // scipy.stats.t.ppf(1 - 0.05 / 2 / k, degrees).
        for (degrees, k, want) in [(9, 1, 2.262_157_163), (9, 10, 3.689_662_392), (1000, 1, 1.962_339_081)] {
            assert!((student_reach(0.95, degrees, k) - want).abs() < 1e-6, "{degrees}, {k}");
        }
        // scipy.stats.norm.ppf(0.975).
        assert!((student_reach(0.95, usize::MAX, 1) - 1.959_963_985).abs() < 1e-9);
        assert_eq!(student_reach(0.95, 0, 1), f64::INFINITY);
    }
}
