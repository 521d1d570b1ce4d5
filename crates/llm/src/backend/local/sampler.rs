//! Which token comes next?

use rand::RngExt as _;
use toktrie::SimpleVob;

/// A token that was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) token: u32,
    /// Natural logarithm of its probability under the law it was drawn from.
    pub(super) logprob: f64,
    /// Probability that the mask took away, in `[0, 1]`: the total variation between the model's law and the masked one.
    pub(super) masked: f64,
}

/// How tokens are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampling {
    /// 0 takes the likeliest.
    pub(super) temperature: f64,
    /// The least set of likeliest tokens that have this much probability is drawn from.
    pub(super) top_p: f64,
}

impl Sampling {
    /// Draws one of the tokens that `mask` allows; any when there is none. `None` when no allowed token has a finite logit.
    ///
    /// The mask comes before the choice of likeliest tokens, so that it can never empty it. Cost: `O(V)`, and a sort of
    /// the allowed tokens where `top_p < 1`.
    pub(super) fn draw(
        self,
        logits: &[f32],
        mask: Option<&SimpleVob>,
        rng: &mut impl rand::Rng,
    ) -> Option<Drawn> {
        let heat = if self.temperature > 0.0 { 1.0 / self.temperature } else { 1.0 };
        let top = logits.iter().copied().filter(|logit| logit.is_finite()).fold(f32::NEG_INFINITY, f32::max);
        let weight = |token: usize| {
            let weight = ((f64::from(logits[token]) - f64::from(top)) * heat).exp();
            if weight.is_finite() { weight } else { 0.0 }
        };
        let all: f64 = (0..logits.len()).map(weight).sum();
        let mut allowed: Vec<(u32, f64)> = Vec::new();
        let mut allow = |token: usize| {
            if token < logits.len() && logits[token].is_finite() {
                allowed.push((token as u32, weight(token)));
            }
        };
        match mask {
            Some(mask) => mask.iter_set_entries(allow),
            None => (0..logits.len()).for_each(&mut allow),
        }
        let mut total: f64 = allowed.iter().map(|(_, weight)| weight).sum();
        let masked = (1.0 - total / all).clamp(0.0, 1.0);
        if total < f64::MIN_POSITIVE {
            // What is allowed is so unlikely that it underflows: start again from the likeliest allowed one.
            let top =
                allowed.iter().map(|&(token, _)| logits[token as usize]).fold(f32::NEG_INFINITY, f32::max);
            for (token, weight) in &mut allowed {
                *weight = ((f64::from(logits[*token as usize]) - f64::from(top)) * heat).exp();
            }
            total = allowed.iter().map(|(_, weight)| weight).sum();
        }
        if self.temperature <= 0.0 {
            let likeliest =
                allowed.iter().copied().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
            return Some(Drawn { token: likeliest.0, logprob: 0.0, masked });
        }
        if self.top_p < 1.0 {
            allowed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let mut kept = 0.0;
            let last = allowed.iter().position(|(_, weight)| {
                kept += weight;
                kept >= self.top_p * total
            });
            allowed.truncate(last.map_or(allowed.len(), |last| last + 1));
            total = allowed.iter().map(|(_, weight)| weight).sum();
        }
        let mut left = rng.random::<f64>() * total;
        let drawn = allowed.iter().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        let &(token, weight) = drawn.or_else(|| allowed.iter().rev().find(|(_, weight)| *weight > 0.0))?;
        Some(Drawn { token, logprob: (weight / total).ln(), masked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Seeded;

    const LOGITS: [f32; 4] = [0.0, 1.0, 2.0, f32::NEG_INFINITY];

    fn mask(tokens: &[u32]) -> SimpleVob {
        let mut mask = SimpleVob::alloc(4);
        tokens.iter().for_each(|&token| mask.allow_token(token));
        mask
    }

    #[test]
    fn frequencies_are_the_masked_softmax() {
        let mut rng = Seeded::new(1).rng();
        let sampling = Sampling { temperature: 1.0, top_p: 1.0 };
        let mask = mask(&[0, 1, 3]);
        let n = 20_000;
        let drawn: Vec<Drawn> =
            (0..n).map(|_| sampling.draw(&LOGITS, Some(&mask), &mut rng).unwrap()).collect();
        let share = drawn.iter().filter(|drawn| drawn.token == 1).count() as f64 / f64::from(n);
        // e / (1 + e) = 0.7311; four standard errors are 0.0125.
        assert!((share - 0.7311).abs() < 0.0125, "{share}");
        assert!(drawn.iter().all(|drawn| drawn.token < 2));
        // The mask took e² / (1 + e + e²).
        assert!((drawn[0].masked - 0.6652).abs() < 1e-4, "{}", drawn[0].masked);
        let likelier = drawn.iter().find(|drawn| drawn.token == 1).unwrap();
        assert!((likelier.logprob - 0.7311_f64.ln()).abs() < 1e-4);
    }

    #[test]
    fn heat_and_nucleus_do_what_they_say() {
        let mut rng = Seeded::new(2).rng();
        let cold = Sampling { temperature: 0.0, top_p: 1.0 };
        assert_eq!(cold.draw(&LOGITS, Some(&mask(&[0, 1])), &mut rng).unwrap().token, 1);
        // The likeliest token has 0.665 of the probability, the first two have 0.910.
        let nucleus = Sampling { temperature: 1.0, top_p: 0.7 };
        let all_top =
            (0..500).all(|_| [1, 2].contains(&nucleus.draw(&LOGITS, None, &mut rng).unwrap().token));
        assert!(all_top);
        let narrow = Sampling { temperature: 1.0, top_p: 0.6 };
        assert!((0..100).all(|_| narrow.draw(&LOGITS, None, &mut rng).unwrap().token == 2));
    }

    #[test]
    fn what_is_nearly_impossible_is_still_drawn_and_what_is_impossible_is_not() {
        let mut rng = Seeded::new(3).rng();
        let sampling = Sampling { temperature: 1.0, top_p: 0.9 };
        let logits = [5_000.0, 0.0, 0.5, f32::NAN];
        let drawn = sampling.draw(&logits, Some(&mask(&[1, 2])), &mut rng).unwrap();
        assert!(drawn.masked > 0.999 && drawn.logprob.is_finite());
        assert_eq!(sampling.draw(&logits, Some(&mask(&[3])), &mut rng), None);
    }
}
