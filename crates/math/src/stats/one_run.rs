//! Which loss of privacy with a slack do hits of one run prove?

use crate::learn::clopper_pearson;
use statrs::distribution::{Binomial, ContinuousCDF as _, DiscreteCDF as _, Normal};

/// Greatest epsilon at which (epsilon, delta)-differential privacy is refused by one run: `hits` of `guesses` about
/// `canaries`, each of which was learned from with probability one half, at confidence `1 - alpha`. 0 when nothing is
/// proven. With a delta of 0 it is [`one_run_epsilon`](super::one_run_epsilon).
///
/// # Units and range
/// Natural logarithm of a ratio, in `[0, inf)`; a hundred canaries prove at most 2.8.
///
/// # Cost
/// O(60 · hits) binomial tails.
///
/// # Source
/// `steinke2023`, main theorem.
#[must_use]
pub fn one_run_epsilon_at(canaries: usize, guesses: usize, hits: usize, delta: f64, alpha: f64) -> f64 {
    let hits = hits.min(guesses);
    let refused = |epsilon: f64| {
        let q = 1.0 / (1.0 + (-epsilon).exp());
        let Ok(law) = Binomial::new(q, guesses as u64) else { return false };
        let at_least = |count: usize| if count == 0 { 1.0 } else { law.sf(count as u64 - 1) };
        let beta = at_least(hits);
        if delta <= 0.0 {
            return beta <= alpha;
        }
        let steepest = (1..=hits).map(|i| (at_least(hits - i) - beta) / i as f64).fold(0.0, f64::max);
        beta + 2.0 * canaries as f64 * delta * steepest <= alpha
    };
    last_refused(refused)
}

/// The same bound where what is refused is the whole trade-off curve of a Gaussian mechanism of that (epsilon, delta):
/// tighter than a single point of it, and meant for learners with Gaussian noise only.
///
/// # Units and range
/// As [`one_run_epsilon_at`].
///
/// # Cost
/// O(60 · hits).
///
/// # Source
/// `mahloujifar2025`, the recursion with abstention; noise of a given (epsilon, delta) after Balle and Wang 2018
/// (`balle2018`).
#[must_use]
pub fn gaussian_one_run_epsilon(canaries: usize, guesses: usize, hits: usize, delta: f64, alpha: f64) -> f64 {
    let hits = hits.min(guesses);
    if canaries == 0 || delta <= 0.0 {
        return 0.0;
    }
    let normal = Normal::standard();
    let refused = |epsilon: f64| {
        let mean = gaussian_mean(epsilon, delta);
        let shrunk = |x: f64| if x <= 0.0 { 0.0 } else { normal.cdf(normal.inverse_cdf(x.min(1.0)) - mean) };
        let (canaries, missed) = (canaries as f64, (guesses - hits) as f64);
        let (mut r, mut h) = (alpha * hits as f64 / canaries, alpha * missed / canaries);
        for i in (0..hits).rev() {
            let higher = h.max(shrunk(r));
            if higher <= h {
                break;
            }
            r = (r + i as f64 / (guesses - i) as f64 * (higher - h)).min(1.0);
            h = higher;
        }
        r + h > guesses as f64 / canaries
    };
    last_refused(refused)
}

/// Distance of two unit normals that is (epsilon, delta)-private: `1 / sigma` of the Gaussian mechanism.
fn gaussian_mean(epsilon: f64, delta: f64) -> f64 {
    let normal = Normal::standard();
    let spent = |mean: f64| {
        normal.cdf(mean / 2.0 - epsilon / mean) - epsilon.exp() * normal.cdf(-mean / 2.0 - epsilon / mean)
    };
    let (mut low, mut high) = (1e-9, 50.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if spent(middle) <= delta { low = middle } else { high = middle }
    }
    low
}

/// The greatest epsilon of those up to 50 that is refused; all below are.
fn last_refused(refused: impl Fn(f64) -> bool) -> f64 {
    if !refused(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 50.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if refused(middle) { low = middle } else { high = middle }
    }
    low
}

/// Epsilon that true- and false-positive rates prove under (epsilon, delta)-differential privacy, from hits or from
/// misses, whichever proves more. 0 when nothing is proven.
///
/// # Units and range
/// As [`two_rate_epsilon`](super::two_rate_epsilon), with a slack.
///
/// # Source
/// `jagielski2020`; exact ends as in [`clopper_pearson`].
#[must_use]
pub fn two_sided_rate_epsilon(found: (usize, usize), alarms: (usize, usize), delta: f64, alpha: f64) -> f64 {
    let (found, alarms) =
        (clopper_pearson(found.0, found.1, 1.0 - alpha), clopper_pearson(alarms.0, alarms.1, 1.0 - alpha));
    let proven =
        |low: f64, high: f64| if low > delta && high > 0.0 { ((low - delta) / high).ln() } else { 0.0 };
    proven(found.0, alarms.1).max(proven(1.0 - alarms.1, 1.0 - found.0)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{one_run_epsilon, two_rate_epsilon};

    #[test]
    fn one_run_bounds_are_those_of_jax_privacy() {
        // google-deepmind/jax_privacy auditing.py, _epsilon_one_run(0, m, guesses, hits, 0.05, delta).
        for (canaries, guesses, hits, delta, want) in [
            (1000, 200, 180, 1e-5, 1.796_285_1),
            (1000, 200, 180, 0.0, 1.798_865_3),
            (1000, 1000, 600, 1e-5, 0.297_227_0),
            (100, 50, 50, 1e-5, 2.781_889_3),
            (1000, 1000, 520, 0.0, 0.0),
        ] {
            let got = one_run_epsilon_at(canaries, guesses, hits, delta, 0.05);
            assert!((got - want).abs() < 2e-6, "{canaries} {guesses} {hits} {delta}: {got}");
        }
        assert_eq!(one_run_epsilon_at(10, 0, 3, 1e-5, 0.05), 0.0, "no guess");
        let (own, plain) = (one_run_epsilon_at(300, 80, 70, 0.0, 0.05), one_run_epsilon(70, 80, 0.05));
        assert!((own - plain).abs() < 1e-9);
    }

    #[test]
    fn gaussian_bounds_are_those_of_jax_privacy() {
        // The recursion _epsilon_one_run_fdp of google-deepmind/jax_privacy auditing.py with noise from dp_accounting
        // get_sigma_gaussian, at 0.05.
        for (canaries, guesses, hits, want) in [
            (1000, 200, 180, 2.901_242_8),
            (1000, 1000, 600, 0.583_540_5),
            (100, 50, 50, 5.839_971_1),
            (1000, 1000, 520, 0.0),
        ] {
            let got = gaussian_one_run_epsilon(canaries, guesses, hits, 1e-5, 0.05);
            assert!((got - want).abs() < 2e-5, "{canaries} {guesses} {hits}: {got}");
        }
        assert_eq!(gaussian_one_run_epsilon(0, 0, 0, 1e-5, 0.05), 0.0);
        assert_eq!(gaussian_one_run_epsilon(10, 5, 5, 0.0, 0.05), 0.0, "a Gaussian has no pure epsilon");
        // dp_accounting get_sigma_gaussian(1, 1e-5)
        assert!((1.0 / gaussian_mean(1.0, 1e-5) - 3.730_631_6).abs() < 1e-4);
    }

    #[test]
    fn two_rates_are_those_of_jax_privacy() {
        // jax_privacy epsilon_clopper_pearson with an explicit threshold: 60 of 500 against 5 and 0 of 500.
        let one = two_sided_rate_epsilon((60, 500), (5, 500), 0.0, 0.05);
        assert!(
            (one - 1.387_463_3).abs() < 1e-5
                && (one - two_rate_epsilon((60, 500), (5, 500), 0.05)).abs() < 1e-12
        );
        let none = two_sided_rate_epsilon((60, 500), (0, 500), 1e-5, 0.05);
        assert!((none - 2.535_922_0).abs() < 1e-5, "{none}");
        // The other side: 440 of 500 found and 500 of 500 alarms say as much as 0 of 500 and 60 of 500.
        let other = two_sided_rate_epsilon((500, 500), (440, 500), 1e-5, 0.05);
        assert!((other - none).abs() < 1e-9, "{other}");
        assert_eq!(two_sided_rate_epsilon((0, 0), (0, 0), 0.0, 0.05), 0.0);
    }
}
