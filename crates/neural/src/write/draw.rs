//! Which token is drawn?

use crate::lanes::softmax;
use rand::{Rng, RngExt as _};

/// Draws one of `tokens` with the chances of a softmax of `logits / temperature`; `logits` is used up.
///
/// Minus infinity is never drawn; `None` when nothing else is there. A temperature of 0 gives the likeliest, the first of
/// equals. One number is taken from `rng`, whatever the temperature.
///
/// # Example
/// ```
/// use verosim_core::Seeded;
/// let mut logits = [0.0, f32::NEG_INFINITY];
/// assert_eq!(verosim_neural::draw(&[7, 9], &mut logits, 1.0, &mut Seeded::new(1).rng()), Some(7));
/// ```
pub fn draw(tokens: &[u32], logits: &mut [f32], temperature: f32, rng: &mut impl Rng) -> Option<u32> {
    let at: f32 = rng.random();
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if most == f32::NEG_INFINITY {
        return None;
    }
    if temperature <= 0.0 {
        return logits.iter().position(|&x| x == most).and_then(|place| tokens.get(place).copied());
    }
    if temperature != 1.0 {
        logits.iter_mut().for_each(|x| *x = (*x - most) / temperature);
    }
    softmax(logits);
    let mut left = at;
    let mut last = None;
    for (&token, &chance) in tokens.iter().zip(logits.iter()) {
        if chance > 0.0 {
            if left < chance {
                return Some(token);
            }
            left -= chance;
            last = Some(token);
        }
    }
    // Rounding can leave a rest of about 1e-7.
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    #[test]
    fn draws_follow_the_chances() {
        let (mut rng, mut counts) = (Seeded::new(5).rng(), [0.0_f64; 4]);
        let chances = [0.1_f32, 0.2, 0.0, 0.7];
        let n = 40_000.0;
        for _ in 0..n as usize {
            let token = draw(&[0, 1, 2, 3], &mut chances.map(f32::ln), 1.0, &mut rng).unwrap();
            counts[token as usize] += 1.0;
        }
        let square: f64 = [0, 1, 3]
            .map(|at: usize| (counts[at] - n * f64::from(chances[at])).powi(2) / (n * f64::from(chances[at])))
            .iter()
            .sum();
        // Chi-square with 2 degrees of freedom passes 27.6 once in a million seeds.
        assert!(square < 27.6 && counts[2] == 0.0, "{square}");
    }

    #[test]
    fn edges_are_as_said() {
        let mut rng = Seeded::new(6).rng();
        assert_eq!(draw(&[1, 2], &mut [f32::NEG_INFINITY; 2], 1.0, &mut rng), None);
        assert_eq!(draw(&[1, 2, 3], &mut [0.0, 5.0, 5.0], 0.0, &mut rng), Some(2));
        assert_eq!(draw(&[], &mut [], 1.0, &mut rng), None);
    }
}
