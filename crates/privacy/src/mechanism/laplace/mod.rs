//! Noise on whole numbers that falls off geometrically on both sides. What it promises: `CLAIM.md`.

#[cfg(test)]
mod tests;

use crate::exact::{exp_minus, fair, uniform};
use crate::{Noise, PrivacyError};

/// The discrete Laplace law: `P(y)` is proportional to `exp(-|y| / scale)`, `scale` a ratio of whole numbers.
///
/// # Source
/// `canonne2020`, algorithm 2; the two-sided geometric mechanism of `ghosh2012`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscreteLaplace {
    /// Invariant: both are above 0.
    numerator: u64,
    denominator: u64,
}

impl DiscreteLaplace {
    /// The law of scale `numerator / denominator`.
    ///
    /// # Errors
    /// [`PrivacyError::Parameter`] when either is 0.
    pub fn with_scale(numerator: u64, denominator: u64) -> Result<Self, PrivacyError> {
        if numerator == 0 || denominator == 0 {
            let found = numerator as f64 / denominator as f64;
            return Err(PrivacyError::Parameter { name: "scale", found, range: "above 0" });
        }
        Ok(Self { numerator, denominator })
    }

    /// One draw, limited to the range of the type: a limit that the draw alone decides.
    ///
    /// # Errors
    /// [`PrivacyError::NoEntropy`].
    ///
    /// # Cost
    /// About ten random words, whatever the scale.
    pub fn sample(&self, noise: &mut Noise) -> Result<i64, PrivacyError> {
        let (scale, unit) = (u128::from(self.numerator), u128::from(self.denominator));
        loop {
            // A geometric number in two steps: its remainder by the scale, then how many times the scale.
            let rest = uniform(scale, noise)?;
            if !exp_minus(rest, scale, noise)? {
                continue;
            }
            let mut times = 0_u64;
            while exp_minus(1, 1, noise)? {
                times += 1;
            }
            let size = (rest + scale * u128::from(times)) / unit;
            // Zero must not be had from both sides.
            match (fair(noise)?, size) {
                (true, 0) => {}
                (is_negative, size) => {
                    let size = i64::try_from(size).unwrap_or(i64::MAX);
                    return Ok(if is_negative { -size } else { size });
                }
            }
        }
    }
}
