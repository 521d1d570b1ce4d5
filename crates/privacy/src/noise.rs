//! Where does the randomness of noise come from?

use crate::PrivacyError;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use verosim_core::Seeded;
use verosim_core::guarantee::NoiseOrigin;

/// A source of random words for noise.
///
/// Noise hides a person only from those who cannot make it again, so the operating system's generator is the rule. A
/// seed is for tests, and [`origin`](Self::origin) tells it to every guarantee.
#[derive(Debug)]
pub struct Noise(Source);

#[derive(Debug)]
enum Source {
    System,
    Insecure(Box<ChaCha8Rng>),
}

impl Noise {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Noise that whoever knows the seed can make again, and take off.
    #[must_use]
    pub fn insecure(seed: Seeded) -> Self {
        Self(Source::Insecure(Box::new(seed.rng())))
    }

    /// Which of the two, for the guarantee.
    #[must_use]
    pub fn origin(&self) -> NoiseOrigin {
        match self.0 {
            Source::System => NoiseOrigin::System,
            Source::Insecure(_) => NoiseOrigin::InsecureSeed,
        }
    }

    /// 64 fair coins.
    pub(crate) fn word(&mut self) -> Result<u64, PrivacyError> {
        match &mut self.0 {
            Source::System => getrandom::u64().map_err(|_| PrivacyError::NoEntropy),
            Source::Insecure(rng) => Ok(rng.next_u64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_seed_repeats_itself() {
        let words = |mut noise: Noise| [(); 4].map(|()| noise.word().unwrap());
        assert_eq!(words(Noise::insecure(Seeded::new(1))), words(Noise::insecure(Seeded::new(1))));
        assert_ne!(words(Noise::system()), words(Noise::system()), "256 equal bits have probability 2^-256");
        assert_eq!(Noise::system().origin(), NoiseOrigin::System);
        assert_eq!(Noise::insecure(Seeded::new(1)).origin(), NoiseOrigin::InsecureSeed);
    }
}
