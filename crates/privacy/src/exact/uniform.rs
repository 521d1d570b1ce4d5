//! How is a whole number drawn evenly below a bound?

use crate::{Noise, PrivacyError};

/// A whole number from 0 to `below - 1`, each equally likely: as many random bits as the bound needs, drawn again until
/// they lie below it (fewer than two draws on average). 0 when `below` is 0 or 1.
pub(crate) fn uniform(below: u128, noise: &mut Noise) -> Result<u128, PrivacyError> {
    let Some(most) = below.checked_sub(2).map(|most| most + 1) else { return Ok(0) };
    let mask = u128::MAX >> most.leading_zeros();
    loop {
        let low = u128::from(noise.word()?);
        let high = if most > u128::from(u64::MAX) { u128::from(noise.word()?) } else { 0 };
        let drawn = (high << 64 | low) & mask;
        if drawn < below {
            return Ok(drawn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn every_number_below_the_bound_is_as_likely() {
        let mut noise = Noise::insecure(Seeded::new(1));
        assert_eq!((uniform(0, &mut noise), uniform(1, &mut noise)), (Ok(0), Ok(0)));
        let mut counts = [0.0_f64; 7];
        (0..70_000).for_each(|_| counts[uniform(7, &mut noise).unwrap() as usize] += 1.0);
        let chi: f64 = counts.iter().map(|count| (count - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi < 41.2, "{chi}: chi-square of 6 degrees passes 41.2 once in 4e6 times");
        let wide = (1_u128 << 80) + 1;
        assert!((0..200).all(|_| uniform(wide, &mut noise).unwrap() < wide));
        assert!((0..200).any(|_| uniform(wide, &mut noise).unwrap() > 1 << 70), "both words are used");
    }
}
