//! How is a coin thrown that shows heads with probability `exp(-a / b)`, exactly?

use super::uniform;
use crate::{Noise, PrivacyError};

/// Heads with probability one half.
pub(crate) fn fair(noise: &mut Noise) -> Result<bool, PrivacyError> {
    Ok(noise.word()? & 1 == 1)
}

/// Heads with probability `exp(-numerator / denominator)`; `denominator` is above 0.
///
/// # Source
/// `canonne2020`, algorithm 1: with `x` in [0, 1], the first `k` at which a coin of probability `x / k` fails is odd
/// with probability `exp(-x)` (von Neumann's alternating series); larger exponents are thrown unit by unit.
pub(crate) fn exp_minus(numerator: u128, denominator: u128, noise: &mut Noise) -> Result<bool, PrivacyError> {
    for _ in 0..numerator / denominator {
        if !up_to_one(1, 1, noise)? {
            return Ok(false);
        }
    }
    up_to_one(numerator % denominator, denominator, noise)
}

fn up_to_one(numerator: u128, denominator: u128, noise: &mut Noise) -> Result<bool, PrivacyError> {
    let mut k = 1_u128;
    // The coin of `numerator / (denominator · k)` is two coins, so that no product can overflow.
    while uniform(denominator, noise)? < numerator && uniform(k, noise)? == 0 {
        k += 1;
    }
    Ok(k % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn heads_are_as_frequent_as_the_exponential_says() {
        let mut noise = Noise::insecure(Seeded::new(2));
        let n = 40_000;
        for (a, b) in [(0, 1), (1, 3), (1, 1), (5, 2), (7, 1), (1 << 100, 1 << 101)] {
            let heads = (0..n).filter(|_| exp_minus(a, b, &mut noise).unwrap()).count() as f64;
            let p = (-(a as f64) / b as f64).exp();
            // Six standard deviations, and three throws where hardly any are expected: below 1e-8 each.
            let allowed = 6.0 * (p * (1.0 - p) * f64::from(n)).sqrt() + 3.0 * f64::from(u8::from(p < 1.0));
            assert!((heads - p * f64::from(n)).abs() <= allowed, "exp(-{a}/{b}): {heads} of {n}");
        }
        assert!(
            !exp_minus(1 << 120, 1, &mut noise).unwrap(),
            "an exponent without end ends at the first tail"
        );
    }
}
