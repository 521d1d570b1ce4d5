//! How much does an attack succeed beyond what it achieves on people who took no part?

use statrs::distribution::{ContinuousCDF as _, Normal};

/// A rate of success and half the width of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Success {
    /// The rate.
    pub rate: f64,
    /// Half the width of its interval.
    pub half: f64,
}

impl Success {
    /// `hits` of `tries`, pulled a little towards one half as in Wilson's interval; `None` without tries.
    ///
    /// # Units and range
    /// Both may be fractions: a control of another size is scaled. Rates in `(0, 1)`.
    ///
    /// # Source
    /// Wilson 1927 (`wilson1927`), as `giomi2023` uses it.
    #[must_use]
    pub fn of(hits: f64, tries: f64, level: f64) -> Option<Self> {
        if !(tries > 0.0 && hits.is_finite()) {
            return None;
        }
        let hits = hits.clamp(0.0, tries);
        let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
        let whole = tries + z * z;
        let half = z / whole * (hits * (tries - hits) / tries + z * z / 4.0).sqrt();
        Some(Self { rate: (hits + z * z / 2.0) / whole, half })
    }

    /// The same of tries that succeed in part, each a share in `[0, 1]`: their own variance takes the place of that of
    /// hits and misses, which it is where all shares are 0 or 1.
    #[must_use]
    pub fn of_shares(shares: &[f64], level: f64) -> Option<Self> {
        let tries = shares.len() as f64;
        let hits: f64 = shares.iter().sum();
        let counted = Self::of(hits, tries, level)?;
        let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
        let squares: f64 = shares.iter().map(|share| (share - hits / tries).powi(2)).sum();
        Some(Self { half: z / (tries + z * z) * (squares + z * z / 4.0).sqrt(), ..counted })
    }

    /// The share of what the control leaves open that the attack gains: `(own - control) / (1 - control)`, with the error
    /// of both carried over to first order. Negative where the control is attacked with more success.
    ///
    /// # Source
    /// `giomi2023`; there negative values are cut to 0.
    #[must_use]
    pub fn beyond(self, control: Self) -> Self {
        // Wilson's rates are below 1 by construction.
        let open = (1.0 - control.rate).max(f64::EPSILON);
        let by_own = self.half / open;
        let by_control = control.half * (1.0 - self.rate) / (open * open);
        Self { rate: (self.rate - control.rate) / open, half: by_own.hypot(by_control) }
    }
}

/// Chance that exactly one of `n` people meets a predicate whose weight (the share of people who meet it) lies anywhere
/// from `least` to `most`, integrated over the weight.
///
/// # Source
/// Cohen and Nissim 2020 (`cohen2020`), in the closed form of `giomi2023`.
#[must_use]
pub fn isolation(n: f64, least: f64, most: f64) -> f64 {
    let at = |weight: f64| (n * weight + 1.0) * (n * (-weight).ln_1p()).exp();
    let (least, most) = (least.clamp(0.0, 1.0), most.clamp(0.0, 1.0));
    // At weight 1 everybody meets it: ln(0) is minus infinity, whose exponential is 0.
    (at(least) - at(most)) / (n + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_residuals_are_those_of_anonymeter() {
        // anonymeter 1.1.0, stats.confidence: success_rate(500, 100, 0.95), success_rate(500, 80, 0.95), residual_success.
        let (own, control) =
            (Success::of(100.0, 500.0, 0.95).unwrap(), Success::of(80.0, 500.0, 0.95).unwrap());
        assert!((own.rate - 0.202_287_3).abs() < 1e-7 && (own.half - 0.035_001_8).abs() < 1e-7, "{own:?}");
        assert!((control.rate - 0.162_592_3).abs() < 1e-7 && (control.half - 0.032_115_9).abs() < 1e-7);
        let residual = own.beyond(control);
        assert!((residual.rate - 0.047_402_2).abs() < 1e-7, "{residual:?}");
        assert!((residual.half - 0.055_513_6).abs() < 1e-7, "{residual:?}");
    }

    #[test]
    fn isolation_is_that_of_anonymeter() {
        // anonymeter 1.1.0, singling_out_probability_integral(1000, 0, 1e-3).
        assert!((isolation(1000.0, 0.0, 1e-3) - 2.643_448e-4).abs() < 1e-10);
        // By hand: the integral of n w (1 - w)^(n - 1) over all weights is 1 / (n + 1).
        assert!((isolation(9.0, 0.0, 1.0) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn shares_of_all_or_nothing_are_hits() {
        let shares: Vec<f64> = (0..500).map(|at| f64::from(u8::from(at < 80))).collect();
        let (of, hits) =
            (Success::of_shares(&shares, 0.95).unwrap(), Success::of(80.0, 500.0, 0.95).unwrap());
        assert!((of.rate - hits.rate).abs() < 1e-12 && (of.half - hits.half).abs() < 1e-12);
        // By hand: shares of one half have no spread: z² / 2 / (n + z²).
        let even = Success::of_shares(&[0.5; 100], 0.95).unwrap();
        assert!((even.half - 3.841_459 / 2.0 / 103.841_459).abs() < 1e-7 && (even.rate - 0.5).abs() < 1e-12);
        assert_eq!(Success::of_shares(&[], 0.95), None);
    }

    #[test]
    fn nothing_is_said_without_tries() {
        assert_eq!(Success::of(0.0, 0.0, 0.95), None);
        assert_eq!(Success::of(f64::NAN, 5.0, 0.95), None);
        let all = Success::of(5.0, 5.0, 0.95).unwrap();
        assert!(all.beyond(all).rate.abs() < 1e-12 && all.beyond(all).half.is_finite());
    }
}
