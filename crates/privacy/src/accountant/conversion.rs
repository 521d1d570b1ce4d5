//! Which `(epsilon, delta)` does a `rho` promise, and which `rho` keeps an `(epsilon, delta)`?

use crate::PrivacyError;

/// The least `delta` that holds at `epsilon` for whatever is `rho`-zero-concentrated.
///
/// # Units and range
/// In `[0, 1]`.
///
/// # Errors
/// [`PrivacyError::Parameter`] unless both are finite and 0 or above.
///
/// # Source
/// `canonne2020`, corollary 13: the infimum over `a > 1` of
/// `exp((a - 1) (a rho - epsilon)) / (a - 1) · (1 - 1 / a)^a`. Every `a` gives a bound that holds, so that a minimum found
/// numerically errs on the safe side.
pub fn delta(rho: f64, epsilon: f64) -> Result<f64, PrivacyError> {
    for (name, found) in [("rho", rho), ("epsilon", epsilon)] {
        if !(found >= 0.0 && found.is_finite()) {
            return Err(PrivacyError::Parameter { name, found, range: "0 or above" });
        }
    }
    Ok(if rho == 0.0 { 0.0 } else { log_delta(rho, epsilon).exp().min(1.0) })
}

/// The least `epsilon` that holds at `delta` for whatever is `rho`-zero-concentrated, rounded up.
///
/// # Errors
/// [`PrivacyError::Parameter`] unless `rho` is finite and 0 or above and `delta` lies between 0 and 1.
///
/// # Cost
/// A few thousand logarithms.
///
/// # Source
/// [`delta`] falls as `epsilon` grows; halved between 0 and `rho + 2 sqrt(rho ln(1 / delta))`, which always holds
/// (`bun2016`, proposition 1.3).
///
/// # Example
/// ```
/// let epsilon = verosim_privacy::accountant::epsilon(0.1, 1e-6).unwrap();
/// assert!((epsilon - 2.1419389).abs() < 1e-6); // dp-accounting 0.6.0
/// ```
pub fn epsilon(rho: f64, delta: f64) -> Result<f64, PrivacyError> {
    check_delta(delta)?;
    if !(rho >= 0.0 && rho.is_finite()) {
        return Err(PrivacyError::Parameter { name: "rho", found: rho, range: "0 or above" });
    }
    if rho == 0.0 {
        return Ok(0.0);
    }
    let wanted = delta.ln();
    let (mut low, mut high) = (0.0, rho + 2.0 * (rho * -wanted).sqrt());
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if log_delta(rho, middle) <= wanted { high = middle } else { low = middle }
    }
    Ok(high)
}

/// The largest `rho` that keeps `(epsilon, delta)`, rounded down.
///
/// # Errors
/// [`PrivacyError::Parameter`] unless `epsilon` is finite and above 0 and `delta` lies between 0 and 1.
///
/// # Source
/// As [`epsilon`].
pub fn rho(epsilon: f64, delta: f64) -> Result<f64, PrivacyError> {
    check_delta(delta)?;
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(PrivacyError::Parameter { name: "epsilon", found: epsilon, range: "above 0" });
    }
    let wanted = delta.ln();
    // A pure `epsilon` is worth at least this much less, and no promise with delta below 1 is worth more than the upper end.
    let (mut low, mut high) = (0.0, epsilon + 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if log_delta(middle, epsilon) <= wanted { low = middle } else { high = middle }
    }
    Ok(low)
}

/// Halvings that leave nothing of a double's 53 bits, for results down to 1e-30 of the interval.
const HALVINGS: usize = 160;

fn check_delta(delta: f64) -> Result<(), PrivacyError> {
    if delta > 0.0 && delta < 1.0 {
        return Ok(());
    }
    Err(PrivacyError::Parameter { name: "delta", found: delta, range: "above 0 and below 1" })
}

/// Logarithm of the bound, at the order `a` where its derivative `(2 a - 1) rho - epsilon + ln(1 - 1 / a)` is 0.
fn log_delta(rho: f64, epsilon: f64) -> f64 {
    // The derivative rises with `a`; at the upper end it is positive. Orders just above 1 are left out: they bound nothing.
    let (mut low, mut high) = (1.0 + 1e-6, (epsilon + 1.0) / (2.0 * rho) + 2.0);
    for _ in 0..HALVINGS {
        let order = f64::midpoint(low, high);
        let slope = (2.0 * order - 1.0) * rho - epsilon + (-1.0 / order).ln_1p();
        if slope < 0.0 { low = order } else { high = order }
    }
    let order = high;
    (order - 1.0) * (order * rho - epsilon) + order * (-1.0 / order).ln_1p() - (order - 1.0).ln()
}
