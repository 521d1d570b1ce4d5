//! Which loss of privacy do an attacker's hits prove?

use crate::learn::clopper_pearson;
use statrs::distribution::{Binomial, DiscreteCDF as _};

/// Greatest epsilon at which pure differential privacy is refused by one run: `hits` of `guesses` about canaries, each of
/// which was learned from with probability one half, at confidence `1 - alpha`. 0 when nothing is proven.
///
/// Under epsilon-differential privacy the number of right guesses is stochastically below a binomial one with success
/// probability e^ε / (1 + e^ε), whatever the guesser abstains from, as long as the guesses are made from the output alone.
///
/// # Units and range
/// Natural logarithm of a ratio, in `[0, inf)`; `guesses` right ones prove at most `ln(q / (1 - q))` with
/// `q = alpha^(1 / guesses)`.
///
/// # Cost
/// O(60 · log guesses).
///
/// # Source
/// `steinke2023`, the pure case of its main theorem.
#[must_use]
pub fn one_run_epsilon(hits: usize, guesses: usize, alpha: f64) -> f64 {
    let hits = hits.min(guesses);
    // P[Bin(guesses, q) >= hits] grows with epsilon: the last epsilon at which it is not above alpha.
    let refused = |epsilon: f64| {
        let q = 1.0 / (1.0 + (-epsilon).exp());
        let at_least = match (hits, Binomial::new(q, guesses as u64)) {
            (0, _) | (_, Err(_)) => 1.0,
            (hits, Ok(law)) => law.sf(hits as u64 - 1),
        };
        at_least <= alpha
    };
    if guesses == 0 || !refused(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if refused(middle) { low = middle } else { high = middle }
    }
    low
}

/// Epsilon that true- and false-positive rates prove under pure differential privacy when every canary is a trial of its
/// own: `ln(low(TPR) / high(FPR))`, each end one-sided at `alpha / 2` after Clopper and Pearson. 0 when nothing is proven.
///
/// # Units and range
/// As [`one_run_epsilon`]. Canaries of one run are no independent trials, so that the bound is only as good as that
/// assumption.
///
/// # Source
/// Exact ends as in [`clopper_pearson`].
#[must_use]
pub fn two_rate_epsilon(found: (usize, usize), alarms: (usize, usize), alpha: f64) -> f64 {
    let (low, _) = clopper_pearson(found.0, found.1, 1.0 - alpha);
    let (_, high) = clopper_pearson(alarms.0, alarms.1, 1.0 - alpha);
    (low / high).ln().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_bounds_match_the_published_procedure() {
        for (hits, guesses, want, origin) in [
            (180, 200, 1.798_865_3, "the procedure printed in the paper, in Python with exact binomial sums"),
            (50, 50, 2.784_727_4, "by hand: q = 0.05^(1/50), ln(q / (1 - q))"),
            (520, 1000, 0.0, "520 of 1000 heads are no rarity"),
            (0, 10, 0.0, "no hit"),
            (0, 0, 0.0, "no guess"),
        ] {
            let got = one_run_epsilon(hits, guesses, 0.05);
            assert!((got - want).abs() < 1e-6, "{hits}/{guesses}: {got} ({origin})");
        }
    }

    #[test]
    fn two_rate_bounds_match_the_published_audits() {
        // TPR 60/500 and FPR 5/500 at alpha 0.05: 0.0928340 and 0.0231814, epsilon 1.3874633 (google-deepmind/jax_privacy,
        // auditing.py, with delta 0).
        let got = two_rate_epsilon((60, 500), (5, 500), 0.05);
        assert!((got - 1.387_463_3).abs() < 1e-5, "{got}");
        assert!(two_rate_epsilon((3, 50), (4, 50), 0.05).abs() < 1e-12, "nothing is proven");
    }
}
