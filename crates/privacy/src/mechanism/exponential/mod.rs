//! One of several things, chosen by scores that people's data decide. What it promises: `CLAIM.md`.

#[cfg(test)]
mod tests;

use crate::exact::{exp_minus, uniform};
use crate::{Ledger, Noise, PrivacyError};

/// The exponential mechanism: candidate `i` is chosen with a probability proportional to
/// `exp(epsilon · score_i / (2 · sensitivity))`, `epsilon` a ratio of whole numbers over 2^20.
///
/// # Source
/// `mcsherry2007`; its cost in zero-concentrated terms, `epsilon² / 8`: `cesar2021`.
///
/// # Example
/// ```
/// use verosim_privacy::{Exponential, Ledger, Noise};
/// let law = Exponential::within(0.5).unwrap();
/// assert!((law.epsilon() - 2.0).abs() < 1e-6); // 2² / 8 is a half; rounded down.
/// let mut ledger = Ledger::new(0.5).unwrap();
/// let chosen = law.choose("a pair", &[0, 400], 1, &mut ledger, &mut Noise::system()).unwrap();
/// assert_eq!(chosen, 1); // The other one has a chance of exp(-400).
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exponential {
    /// Invariant: from 1 to [`MOST`].
    numerator: u64,
}

/// Parts of 1 that `epsilon` is counted in.
const DENOMINATOR: u64 = 1 << 20;
/// Largest numerator: an `epsilon` of 4096.
const MOST: u64 = 1 << 32;

impl Exponential {
    /// The law of largest `epsilon` whose [`rho`](Self::rho) is not above `rho`.
    ///
    /// # Errors
    /// [`PrivacyError::Parameter`] when `rho` is not above 0, or so small that nothing is told.
    pub fn within(rho: f64) -> Result<Self, PrivacyError> {
        let refused =
            || PrivacyError::Parameter { name: "rho", found: rho, range: "above 0 and not vanishing" };
        if !(rho > 0.0 && rho.is_finite()) {
            return Err(refused());
        }
        let mut law = Self { numerator: (((8.0 * rho).sqrt() * DENOMINATOR as f64) as u64).min(MOST) };
        // Rounded down until the promise holds: at most a few steps.
        while law.numerator > 0 && law.rho() > rho {
            law.numerator -= 1;
        }
        if law.numerator == 0 { Err(refused()) } else { Ok(law) }
    }

    /// How much likelier a neighbour can make any candidate, as a logarithm.
    #[must_use]
    pub fn epsilon(&self) -> f64 {
        self.numerator as f64 / DENOMINATOR as f64
    }

    /// What a choice costs, rounded up.
    #[must_use]
    pub fn rho(&self) -> f64 {
        (self.epsilon() * self.epsilon()).next_up() / 8.0
    }

    /// One candidate, by its place among `scores`, charged to the ledger before it is drawn. A neighbour changes no score by
    /// more than `sensitivity`, which is above 0.
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is chosen; [`PrivacyError::Parameter`] without candidates or
    /// sensitivity; [`PrivacyError::NoEntropy`].
    ///
    /// # Cost
    /// At most as many tries as there are candidates, on average; a few random words each.
    pub fn choose(
        &self,
        what: &str,
        scores: &[i128],
        sensitivity: u64,
        ledger: &mut Ledger,
        noise: &mut Noise,
    ) -> Result<usize, PrivacyError> {
        let Some(best) = scores.iter().max().filter(|_| sensitivity > 0) else {
            let (name, found) = ("number of candidates, or sensitivity", 0.0);
            return Err(PrivacyError::Parameter { name, found, range: "1 or above" });
        };
        ledger.charge(what, sensitivity.saturating_mul(sensitivity), self.rho())?;
        let under = 2 * u128::from(sensitivity) * u128::from(DENOMINATOR);
        loop {
            // Any candidate, kept with probability exp(-epsilon · (best - score) / (2 · sensitivity)): what is kept follows
            // the law, exactly and without a floating-point number.
            let at = uniform(scores.len() as u128, noise)? as usize;
            // A distance that leaves 128 bits would be kept with probability below exp(-2^40).
            let Some(over) = best.abs_diff(scores[at]).checked_mul(u128::from(self.numerator)) else {
                continue;
            };
            if exp_minus(over, under, noise)? {
                return Ok(at);
            }
        }
    }
}
