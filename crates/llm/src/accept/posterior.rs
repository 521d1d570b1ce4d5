//! Can the rows still wanted be had with what is left?

use statrs::distribution::{Beta, ContinuousCDF as _};

/// What is known about the share of records that are taken: a Beta posterior under Jeffreys' prior.
///
/// # Source
/// Brown, Cai and DasGupta 2001, Statist. Sci. 16(2), 101-133: Jeffreys' interval for a binomial share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Records seen.
    pub produced: u64,
    /// Records taken.
    pub accepted: u64,
}

impl Acceptance {
    /// The share that is exceeded with probability `1 - level` only; 1 before anything was seen.
    #[must_use]
    pub fn upper(self, level: f64) -> f64 {
        self.quantile(level)
    }

    /// The share that is expected.
    #[must_use]
    pub fn mean(self) -> f64 {
        (self.accepted as f64 + 0.5) / (self.produced as f64 + 1.0)
    }

    /// Whether `wanted` more rows cannot be had from `records` more records, at the 95 % bound of the share.
    #[must_use]
    pub fn is_out_of_reach(self, wanted: usize, records: f64) -> bool {
        self.produced > 0 && self.upper(0.95) * records < wanted as f64
    }

    /// Rows to be expected from `records` more records: at the posterior's 2.5 % and 97.5 % points.
    #[must_use]
    pub fn possible(self, records: f64) -> (usize, usize) {
        ((self.quantile(0.025) * records) as usize, (self.quantile(0.975) * records).ceil() as usize)
    }

    fn quantile(self, p: f64) -> f64 {
        let rejected = self.produced.saturating_sub(self.accepted);
        if rejected == 0 && p >= 0.5 {
            return 1.0;
        }
        Beta::new(self.accepted as f64 + 0.5, rejected as f64 + 0.5).map_or(1.0, |beta| beta.inverse_cdf(p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_jeffreys() {
        // scipy.stats.beta.ppf([0.95, 0.975, 0.025], 10.5, 90.5) = 0.15777474, 0.17012393, 0.05258468
        let seen = Acceptance { produced: 100, accepted: 10 };
        assert!((seen.upper(0.95) - 0.157_774_74).abs() < 1e-6, "{}", seen.upper(0.95));
        let (least, most) = seen.possible(1000.0);
        assert_eq!((least, most), (52, 171));
        assert!(seen.is_out_of_reach(200, 1000.0) && !seen.is_out_of_reach(100, 1000.0));
        assert!(!Acceptance::default().is_out_of_reach(1_000_000, 1.0), "nothing is known before the first");
        assert!((Acceptance { produced: 10, accepted: 10 }.upper(0.95) - 1.0).abs() < 1e-12);
    }
}
