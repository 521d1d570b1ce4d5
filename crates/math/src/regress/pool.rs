//! What do estimates from several completed tables say together?

use crate::stats::student_reach;

/// One estimate from several tables whose missing cells were filled by draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooled {
    /// Mean of the estimates.
    pub value: f64,
    /// Its variance; above 0 unless all is known.
    pub variance: f64,
    /// Variance of the estimates between tables.
    pub between: f64,
    /// Mean of the variances within tables.
    pub within: f64,
    /// Degrees of freedom of the interval; infinite where tables agree and the sample is large.
    pub degrees: f64,
    /// Share of the variance that missing cells bring in: 0 when none is missing, near 1 when hardly anything is known.
    pub missing: f64,
}

impl Pooled {
    /// Interval at `level` by Student's law. Degrees of freedom are rounded down, so that it is never too short.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let degrees = if self.degrees < 1e9 { self.degrees.floor() as usize } else { usize::MAX };
        let half = student_reach(level, degrees.max(1), 1) * self.variance.sqrt();
        (self.value - half, self.value + half)
    }
}

/// Pools the estimates and variances of m completed tables; `None` with fewer than two of them, or where a number is not
/// finite or a variance negative.
///
/// With W the mean variance and B the variance of the estimates, the variance is W + (1 + 1/m) B. `complete` are the
/// degrees of freedom of the estimate if nothing were missing (n less the parameters), infinite for large samples: those of
/// the interval are never more.
///
/// # Shapes
/// `estimates: [m]`, `variances: [m]`, in the unit of the estimate and its square.
///
/// # Source
/// Rubin 1987 (`rubin1987`), section 3.3; degrees of freedom of small samples: Barnard and Rubin 1999 (`barnard1999`).
///
/// # Example
/// ```
/// use verosim_math::regress::pool;
/// let two = pool(&[1.0, 3.0], &[1.0, 1.0], f64::INFINITY).unwrap();
/// assert_eq!((two.value, two.variance), (2.0, 4.0)); // 1 + 1.5 times 2
/// ```
#[must_use]
pub fn pool(estimates: &[f64], variances: &[f64], complete: f64) -> Option<Pooled> {
    let m = estimates.len() as f64;
    let is_number = |x: &f64| x.is_finite();
    let is_sound = estimates.iter().all(is_number)
        && variances.iter().all(|variance| variance.is_finite() && *variance >= 0.0)
        && complete > 0.0;
    if estimates.len() < 2 || estimates.len() != variances.len() || !is_sound {
        return None;
    }
    let value = estimates.iter().sum::<f64>() / m;
    let within = variances.iter().sum::<f64>() / m;
    let between = estimates.iter().map(|estimate| (estimate - value).powi(2)).sum::<f64>() / (m - 1.0);
    let added = (1.0 + 1.0 / m) * between;
    let variance = within + added;
    let missing = if variance > 0.0 { added / variance } else { 0.0 };
    let of_tables = if missing > 0.0 { (m - 1.0) / (missing * missing) } else { f64::INFINITY };
    let observed = if complete.is_finite() {
        (complete + 1.0) / (complete + 3.0) * complete * (1.0 - missing)
    } else {
        f64::INFINITY
    };
    let degrees = 1.0 / (1.0 / of_tables + 1.0 / observed);
    Some(Pooled { value, variance, between, within, degrees, missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_by_hand() {
        // Estimates 1, 2, 6: mean 3, variance 7. Variances 1, 2, 3: mean 2. Added: 4/3 of 7.
        let got = pool(&[1.0, 2.0, 6.0], &[1.0, 2.0, 3.0], f64::INFINITY).unwrap();
        let added = 28.0 / 3.0;
        assert!((got.value - 3.0).abs() < 1e-12 && (got.variance - (2.0 + added)).abs() < 1e-12);
        let missing = added / (2.0 + added);
        assert!((got.missing - missing).abs() < 1e-12);
        // Rubin 1987: (m - 1) (1 + W / ((1 + 1/m) B))², the same number written otherwise.
        assert!((got.degrees - 2.0 * (1.0 + 2.0 / added).powi(2)).abs() < 1e-9, "{}", got.degrees);
        // With 20 degrees of freedom if all were known: 21/23 of 20 (1 - missing), harmonically added.
        let observed = 21.0 / 23.0 * 20.0 * (1.0 - missing);
        let small = pool(&[1.0, 2.0, 6.0], &[1.0, 2.0, 3.0], 20.0).unwrap();
        assert!((small.degrees - 1.0 / (1.0 / got.degrees + 1.0 / observed)).abs() < 1e-9);
        assert!(small.degrees < got.degrees);
        // scipy.stats.t.ppf(0.975, 2) is 4.302653: degrees 2.95 are rounded down.
        let (low, high) = got.interval(0.95);
        assert!(((high - low) / 2.0 - 4.302_653 * got.variance.sqrt()).abs() < 1e-4);
    }

    #[test]
    fn tables_that_agree_are_one_and_nonsense_is_refused() {
        let one = pool(&[2.0, 2.0], &[4.0, 4.0], f64::INFINITY).unwrap();
        assert_eq!((one.variance, one.missing, one.degrees), (4.0, 0.0, f64::INFINITY));
        assert!((one.interval(0.95).1 - (2.0 + 1.959_963_985 * 2.0)).abs() < 1e-6);
        for (estimates, variances, complete) in [
            (&[1.0][..], &[1.0][..], 10.0),
            (&[1.0, 2.0], &[1.0], 10.0),
            (&[1.0, f64::NAN], &[1.0, 1.0], 10.0),
            (&[1.0, 2.0], &[1.0, -1.0], 10.0),
            (&[1.0, 2.0], &[1.0, 1.0], 0.0),
        ] {
            assert_eq!(pool(estimates, variances, complete), None);
        }
    }
}
