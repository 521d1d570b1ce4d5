//! Noise on whole numbers in the shape of a bell. What it promises: `CLAIM.md`.

#[cfg(test)]
pub(crate) mod tests;

use super::DiscreteLaplace;
use crate::exact::exp_minus;
use crate::{Ledger, Noise, PrivacyError};

/// The discrete Gaussian law: `P(y)` is proportional to `exp(-y² / (2 variance))`, `variance` a ratio of whole numbers.
///
/// # Source
/// `canonne2020`, algorithm 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscreteGaussian {
    /// Invariant: from 1 to [`MOST_NUMERATOR`].
    numerator: u64,
    /// Invariant: from 1 to [`MOST_DENOMINATOR`].
    denominator: u64,
}

/// Bounds of the variance's parts: with them no product below leaves 128 bits (see [`DiscreteGaussian::sample`]).
const MOST_NUMERATOR: u64 = 1 << 40;
const MOST_DENOMINATOR: u64 = 1 << 20;

impl DiscreteGaussian {
    /// The law of variance `numerator / denominator`.
    ///
    /// # Errors
    /// [`PrivacyError::Parameter`] when the parts are 0 or above 2^40 and 2^20.
    pub fn with_variance(numerator: u64, denominator: u64) -> Result<Self, PrivacyError> {
        let legal =
            (1..=MOST_NUMERATOR).contains(&numerator) && (1..=MOST_DENOMINATOR).contains(&denominator);
        if !legal {
            let found = numerator as f64 / denominator as f64;
            let range = "a ratio of whole numbers up to 2^40 and 2^20";
            return Err(PrivacyError::Parameter { name: "variance", found, range });
        }
        Ok(Self { numerator, denominator })
    }

    /// The law of least variance whose [`rho`](Self::rho) is not above `rho`.
    ///
    /// # Errors
    /// [`PrivacyError::Parameter`] when `rho` is not above 0, or so small that the variance passes 2^40.
    pub fn within(rho: f64, sensitivity_squared: u64) -> Result<Self, PrivacyError> {
        let variance = sensitivity_squared.max(1) as f64 / (2.0 * rho);
        if !(rho > 0.0 && rho.is_finite() && variance < MOST_NUMERATOR as f64 / 4.0) {
            let range = "above 0 and not so small that the noise has no bound";
            return Err(PrivacyError::Parameter { name: "rho", found: rho, range });
        }
        let mut denominator = MOST_DENOMINATOR;
        while variance * denominator as f64 >= MOST_NUMERATOR as f64 / 2.0 {
            denominator /= 2;
        }
        let mut law = Self { numerator: ((variance * denominator as f64) as u64).max(1), denominator };
        // Rounded up until the promise holds: at most a few steps.
        while law.rho(sensitivity_squared) > rho {
            law.numerator += 1;
        }
        Self::with_variance(law.numerator, law.denominator)
    }

    /// Variance of the law that the discrete one resembles; its own is not above it (`canonne2020`, corollary 9).
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// What a release of whole numbers costs that a neighbour changes by `sensitivity_squared` at most (the sum of
    /// squares over all of them), rounded up.
    #[must_use]
    pub fn rho(&self, sensitivity_squared: u64) -> f64 {
        let twice = 2.0 * self.numerator as f64; // Exact: below 2^53.
        (sensitivity_squared as f64 * self.denominator as f64 / twice).next_up().next_up()
    }

    /// One draw.
    ///
    /// # Errors
    /// [`PrivacyError::NoEntropy`].
    ///
    /// # Cost
    /// About twenty random words on average, whatever the variance.
    pub fn sample(&self, noise: &mut Noise) -> Result<i64, PrivacyError> {
        let (over, under) = (u128::from(self.numerator), u128::from(self.denominator));
        let scale = (self.numerator / self.denominator).isqrt() + 1;
        let laplace = DiscreteLaplace::with_scale(scale, 1)?;
        let scale = u128::from(scale);
        loop {
            let drawn = laplace.sample(noise)?;
            // Accepted with probability exp(-(|y| - variance / scale)² / (2 variance)), in whole numbers:
            // (|y| · scale · under - over)² / (2 · over · under · scale²). Its denominator stays below 2^84.
            let apart = (u128::from(drawn.unsigned_abs()) * scale * under).abs_diff(over);
            // A draw whose square leaves 128 bits would be accepted with probability below exp(-2^44).
            let Some(squared) = apart.checked_mul(apart) else { continue };
            if exp_minus(squared, 2 * over * under * scale * scale, noise)? {
                return Ok(drawn);
            }
        }
    }

    /// `values` with noise, each with its own, charged to the ledger before any is drawn. A neighbour changes them by
    /// `sensitivity_squared` at most (the sum of squares over all values).
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is released; [`PrivacyError::NoEntropy`].
    pub fn release(
        &self,
        what: &str,
        values: &[i64],
        sensitivity_squared: u64,
        ledger: &mut Ledger,
        noise: &mut Noise,
    ) -> Result<Vec<i64>, PrivacyError> {
        ledger.charge(what, sensitivity_squared, self.rho(sensitivity_squared))?;
        values.iter().map(|value| Ok(value.saturating_add(self.sample(noise)?))).collect()
    }
}
