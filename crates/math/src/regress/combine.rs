//! What do estimates from several synthetic sets say together?

/// How synthetic sets were made, which decides how much the spread between them counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Synthesis {
    /// Every value is drawn, from a population that the posterior describes; `ratio` is synthetic over real rows.
    Fully {
        /// Synthetic rows of one set over real rows.
        ratio: f64,
    },
    /// Some values are drawn, the others are real.
    Partially,
    /// Every value is drawn from the model of greatest likelihood: one set is enough, and what most generators do.
    Simple {
        /// Synthetic rows of one set over real rows.
        ratio: f64,
    },
    /// Every value is drawn, each set from a model that was learned anew from rows drawn with replacement.
    Proper {
        /// Synthetic rows of one set over real rows.
        ratio: f64,
    },
}

/// One estimate from several sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Combined {
    /// Mean of the estimates.
    pub value: f64,
    /// Its variance for statements about the population; above 0.
    pub variance: f64,
    /// Variance of the estimates between sets; 0 for one set.
    pub between: f64,
    /// Mean of the variances within sets.
    pub within: f64,
}

impl Synthesis {
    /// Combines the estimates and variances of m sets; `None` without any, or with one where the rule needs two.
    ///
    /// With B between and W within sets: fully synthetic (1 + 1/m) B − W, and W times the ratio where that is not above 0;
    /// partially synthetic W + B/m; simple W (ratio + 1/m), so that one set as large as the real one has √2 the standard
    /// error that it shows; proper W (ratio + (1 + ratio)/m), because each set also carries the error of its own model.
    ///
    /// # Shapes
    /// `estimates: [m]`, `variances: [m]`.
    ///
    /// # Source
    /// Raghunathan, Reiter and Rubin 2003 (`raghunathan2003`) with the positive alternative of Reiter 2002 (`reiter2002`);
    /// Reiter 2003 (`reiter2003`); Raab, Nowok and Dibben 2016 (`raab2016`).
    ///
    /// # Example
    /// ```
    /// use verosim_math::regress::Synthesis;
    /// let two = Synthesis::Partially.combine(&[1.0, 3.0], &[1.0, 1.0]).unwrap();
    /// assert_eq!((two.value, two.variance), (2.0, 2.0)); // 1 + 2/2
    /// ```
    #[must_use]
    pub fn combine(self, estimates: &[f64], variances: &[f64]) -> Option<Combined> {
        let m = estimates.len() as f64;
        if estimates.is_empty() || estimates.len() != variances.len() {
            return None;
        }
        let value = estimates.iter().sum::<f64>() / m;
        let within = variances.iter().sum::<f64>() / m;
        let squares: f64 = estimates.iter().map(|estimate| (estimate - value).powi(2)).sum();
        let between = if m > 1.0 { squares / (m - 1.0) } else { 0.0 };
        let variance = match self {
            Self::Fully { .. } | Self::Partially if m < 2.0 => return None,
            Self::Fully { ratio } => {
                let variance = (1.0 + 1.0 / m) * between - within;
                if variance > 0.0 { variance } else { ratio * within }
            }
            Self::Partially => within + between / m,
            Self::Simple { ratio } => within * (ratio + 1.0 / m),
            Self::Proper { ratio } => within * (ratio + (1.0 + ratio) / m),
        };
        Some(Combined { value, variance, between, within })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: estimates 1, 2, 6 have mean 3 and variance 7; variances 1, 2, 3 have mean 2.
    #[test]
    fn rules_by_hand() {
        let (estimates, variances) = ([1.0, 2.0, 6.0], [1.0, 2.0, 3.0]);
        for (rule, want) in [
            (Synthesis::Fully { ratio: 1.0 }, 4.0 / 3.0 * 7.0 - 2.0),
            (Synthesis::Partially, 2.0 + 7.0 / 3.0),
            (Synthesis::Simple { ratio: 1.0 }, 2.0 * (1.0 + 1.0 / 3.0)),
            (Synthesis::Simple { ratio: 0.5 }, 2.0 * (0.5 + 1.0 / 3.0)),
            (Synthesis::Proper { ratio: 1.0 }, 2.0 * (1.0 + 2.0 / 3.0)),
            (Synthesis::Proper { ratio: 0.5 }, 2.0 * (0.5 + 0.5)),
        ] {
            let got = rule.combine(&estimates, &variances).unwrap();
            assert!(
                (got.variance - want).abs() < 1e-12 && (got.value - 3.0).abs() < 1e-12,
                "{rule:?}: {got:?}"
            );
        }
        let alike = Synthesis::Fully { ratio: 2.0 }.combine(&[1.0, 1.0], &[3.0, 5.0]).unwrap();
        assert_eq!(alike.variance, 8.0, "the positive alternative: twice 4");
        let one = Synthesis::Simple { ratio: 1.0 }.combine(&[1.0], &[4.0]).unwrap();
        assert_eq!(
            one.variance.sqrt(),
            2.0 * 2.0_f64.sqrt(),
            "one set of equal size: standard error times √2"
        );
        assert_eq!(Synthesis::Partially.combine(&[1.0], &[1.0]), None, "one set has no spread");
        assert_eq!(Synthesis::Partially.combine(&[], &[]), None);
    }
}
