//! How often, how sure, and how much more often than by chance?

use statrs::distribution::{
    Beta, Binomial, ContinuousCDF as _, Discrete as _, DiscreteCDF as _, Hypergeometric,
};

/// Facts told out of questions answered, with the exact 95 % interval.
///
/// # Source
/// `clopper1934`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Told.
    pub told: u64,
    /// Questions answered.
    pub asked: u64,
    /// Told per question, in `[0, 1]`.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Rate {
    /// `told` of `asked`; of none asked, nothing is known: 0, between 0 and 1.
    #[must_use]
    pub fn new(told: u64, asked: u64) -> Self {
        let (k, n) = (told as f64, asked as f64);
        let bound = |a: f64, b: f64, p: f64, otherwise: f64| {
            Beta::new(a, b).map_or(otherwise, |law| law.inverse_cdf(p))
        };
        let low = if told == 0 { 0.0 } else { bound(k, n - k + 1.0, 0.025, 0.0) };
        let high = if told >= asked { 1.0 } else { bound(k + 1.0, n - k, 0.975, 1.0) };
        Self { told, asked, value: k / n.max(1.0), low, high }
    }
}

/// What is told more often in one place than in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excess {
    /// Difference of the rates.
    pub value: f64,
    /// Lower bound of the 95 % interval: squares of the distances to the exact bounds of both rates are added.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Probability of so many told in the first place, or more, if both told alike (Fisher's exact test, one-sided).
    pub p: f64,
}

impl Excess {
    /// `first` less `second`.
    ///
    /// # Source
    /// `newcombe1998`, method 10, with the exact bounds in the place of Wilson's; `fisher1935`.
    #[must_use]
    pub fn new(first: Rate, second: Rate) -> Self {
        let value = first.value - second.value;
        let low = value - (first.value - first.low).hypot(second.high - second.value);
        let high = value + (first.high - first.value).hypot(second.value - second.low);
        let (asked, told) = (first.asked + second.asked, first.told + second.told);
        let p = Hypergeometric::new(asked, told, first.asked).map_or(1.0, |law| {
            (first.told..=told.min(first.asked)).map(|k| law.pmf(k)).sum::<f64>().min(1.0)
        });
        Self { value, low: low.max(-1.0), high: high.min(1.0), p }
    }
}

/// Probability of `told` right guesses or more among `asked`, each right with probability `chance`.
#[must_use]
pub(super) fn by_guessing(told: u64, asked: u64, chance: f64) -> f64 {
    match told.checked_sub(1) {
        None => 1.0,
        Some(less) => Binomial::new(chance.clamp(0.0, 1.0), asked).map_or(1.0, |law| law.sf(less)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, what: &str) {
        assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-3), "{what}: got {got}, want {want}");
    }

    /// Reference: scipy 1.17.1, `binomtest(k, n).proportion_ci(method="exact")`.
    #[test]
    fn bounds_are_those_of_scipy() {
        for (told, asked, low, high) in [
            (3, 20, 0.032_070_937_185_544_77, 0.378_926_826_545_295_64),
            (0, 50, 0.0, 0.071_121_736_464_207_25),
            (50, 50, 0.928_878_263_535_792_7, 1.0),
            (9, 20, 0.230_577_896_775_917_92, 0.684_721_866_959_451_5),
            (1, 1, 0.025, 1.0),
            (37, 40, 0.796_135_251_267_101, 0.984_257_820_148_957_8),
        ] {
            let rate = Rate::new(told, asked);
            near(rate.low, low, &format!("lower bound of {told} of {asked}"));
            near(rate.high, high, &format!("upper bound of {told} of {asked}"));
        }
    }

    /// Reference: scipy 1.17.1, `fisher_exact([[a, n - a], [c, m - c]], alternative="greater")`.
    #[test]
    fn probabilities_of_excess_are_those_of_scipy() {
        for (a, n, c, m, p) in [
            (9, 20, 2, 20, 0.015_475_152_571_926_77),
            (8, 8, 0, 8, 7.770_007_770_007_77e-5),
            (40, 40, 34, 40, 0.012_773_302_646_720_367),
            (3, 25, 3, 25, 0.666_449_558_546_823),
            (12, 30, 5, 45, 0.004_237_466_039_428_903),
        ] {
            near(Excess::new(Rate::new(a, n), Rate::new(c, m)).p, p, &format!("{a}/{n} against {c}/{m}"));
        }
        assert_eq!(Excess::new(Rate::new(0, 20), Rate::new(0, 20)).p, 1.0);
    }

    /// Reference: the formula in Python on scipy's exact bounds.
    #[test]
    fn the_interval_of_an_excess_is_that_of_the_formula() {
        let excess = Excess::new(Rate::new(9, 20), Rate::new(2, 20));
        near(excess.value, 0.35, "value");
        near(excess.low, 0.041_410_373_527_616_395, "low");
        near(excess.high, 0.600_553_657_962_015_8, "high");
        let excess = Excess::new(Rate::new(40, 40), Rate::new(34, 40));
        near(excess.low, 0.021_972_170_156_219_66, "low at the edge");
        near(excess.high, 0.298_352_666_839_576_5, "high at the edge");
    }

    /// Reference: scipy 1.17.1, `binom.sf(k - 1, n, p)`.
    #[test]
    fn probabilities_of_guessing_are_those_of_scipy() {
        for (told, asked, chance, p) in [
            (3, 25, 0.04, 0.076_483_413_051_328_03),
            (25, 25, 0.5, 2.980_232_238_769_531_2e-8),
            (8, 8, 1.0 / 26.0, 4.788_651_327_501_046e-12),
            (0, 10, 0.2, 1.0),
            (5, 25, 0.2, 0.579_325_690_747_867_8),
        ] {
            near(by_guessing(told, asked, chance), p, &format!("{told} of {asked} at {chance}"));
        }
        assert_eq!(by_guessing(3, 3, 1.0), 1.0, "what is sure by guessing proves nothing");
    }
}
