//! Which coefficients does a generalised linear model have, and how sure are they?

use super::Estimate;
use super::factor::Factor;
use super::firth::firth;
use super::scaled::Scaled;
use crate::learn::Design;

/// How an outcome scatters around its mean; each with its canonical link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A number; identity link, dispersion estimated.
    Normal,
    /// 0 or 1; logit link.
    Binomial,
    /// A count; log link, variance equal to the mean.
    Poisson,
    /// A count whose variance is a multiple of its mean; the multiple is estimated.
    Overdispersed,
}

/// What a generalised linear model is fitted to.
///
/// # Shapes
/// `outcome: [n]`; each of `columns: [n]`; an intercept is added. `offset: [n]`, added to the linear predictor.
#[derive(Clone, Copy, Debug)]
pub struct Regression<'a> {
    /// How the outcome scatters.
    pub law: Law,
    /// What explains it.
    pub columns: &'a Design,
    /// What is explained.
    pub outcome: &'a [f64],
    /// Part of the linear predictor that is known.
    pub offset: Option<&'a [f64]>,
}

/// A fitted generalised linear model.
#[derive(Clone, Debug, PartialEq)]
pub struct Glm {
    /// Intercept first, then one per column; `None` for a column that is constant or follows from those before it.
    pub estimates: Vec<Option<Estimate>>,
    /// What was done where there is no finite maximum.
    pub remedy: Remedy,
    /// Variance over that of the law; 1 where the law fixes it.
    pub dispersion: f64,
}

/// What was done about a likelihood that rises for ever because a column separates the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: there is a maximum.
    None,
    /// Firth's penalty (`firth1993`).
    Firth,
    /// A normal prior of deviation 1 on the coefficients of standardised columns.
    Ridge,
}

/// Why there is no fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegressionError {
    /// Fewer rows than coefficients, and one.
    #[error("{n} rows for {k} coefficients")]
    TooFew {
        /// Rows.
        n: usize,
        /// Coefficients.
        k: usize,
    },
    /// Slices differ in length, hold a number that is not finite, or an outcome that the law does not allow.
    #[error("columns and outcome do not fit together, or hold values that are not allowed")]
    Illegal,
    /// All outcomes are equal, or there is no event.
    #[error("the outcome does not vary")]
    NoVariation,
    /// Newton's method did not settle, with a remedy either.
    #[error("the fit did not settle")]
    NotSettled,
}

/// Newton steps at most; a finite maximum takes five to twelve, and none is reached where classes are separated.
pub(super) const MOST_STEPS: usize = 30;
/// Longest step of a coefficient of a standardised column.
pub(super) const LONGEST_STEP: f64 = 5.0;
/// Step at which the fit has settled.
pub(super) const SETTLED: f64 = 1e-9;

impl Regression<'_> {
    /// Fits by iteratively re-weighted least squares.
    ///
    /// Standard errors are from the expected information, as those of statsmodels' `GLM`. Where a column (nearly) separates
    /// the outcome, so that there is no finite maximum, Firth's penalised likelihood is maximised instead and
    /// [`Glm::remedy`] says so.
    ///
    /// # Errors
    /// [`RegressionError`].
    ///
    /// # Cost
    /// O(rows · columns²) per step, about eight steps.
    ///
    /// # Source
    /// Nelder and Wedderburn 1972 (`nelder1972`); separation: Heinze and Schemper 2002 (`heinze2002`).
    ///
    /// # Example
    /// ```
    /// use verosim_math::regress::{Law, Regression};
    /// let columns = [vec![0.0, 1.0, 2.0, 3.0]];
    /// let line = Regression { law: Law::Normal, columns: &columns, outcome: &[1.0, 3.0, 5.0, 7.5], offset: None };
    /// assert!((line.fit().unwrap().estimates[1].unwrap().value - 2.15).abs() < 1e-9);
    /// ```
    pub fn fit(&self) -> Result<Glm, RegressionError> {
        let n = self.outcome.len();
        self.check()?;
        let scaled = Scaled::new(self.columns, n);
        let k = scaled.width + 1;
        if n <= k {
            return Err(RegressionError::TooFew { n, k });
        }
        let problem =
            Problem { law: self.law, rows: &scaled.rows, k, outcome: self.outcome, offset: self.offset };
        let (weights, remedy) = match problem.maximum() {
            Some(weights) => (weights, Remedy::None),
            None if self.law == Law::Normal => return Err(RegressionError::NotSettled),
            None => (firth(&problem).ok_or(RegressionError::NotSettled)?, Remedy::Firth),
        };
        let means = problem.means(&weights);
        let dispersion = match self.law {
            Law::Normal | Law::Overdispersed => {
                let pearson: f64 = self
                    .outcome
                    .iter()
                    .zip(&means)
                    .map(|(y, mean)| (y - mean).powi(2) / self.law.variance(*mean).max(1e-300))
                    .sum();
                pearson / (n - k) as f64
            }
            Law::Binomial | Law::Poisson => 1.0,
        };
        let mut covariance = Factor::of(&problem.information(&means), k).inverse();
        covariance.iter_mut().for_each(|value| *value *= dispersion);
        let estimates = scaled.back(&weights, &covariance, true);
        let is_finite = |e: &Estimate| e.value.is_finite() && e.error.is_finite();
        if !estimates.iter().flatten().all(is_finite) {
            return Err(RegressionError::NotSettled);
        }
        Ok(Glm { estimates, remedy, dispersion })
    }

    fn check(&self) -> Result<(), RegressionError> {
        let n = self.outcome.len();
        let fits =
            self.columns.iter().all(|column| column.len() == n && column.iter().all(|x| x.is_finite()))
                && self.offset.is_none_or(|offset| offset.len() == n && offset.iter().all(|x| x.is_finite()));
        let allowed = self.outcome.iter().all(|&y| match self.law {
            Law::Normal => y.is_finite(),
            Law::Binomial => y == 0.0 || y == 1.0,
            Law::Poisson | Law::Overdispersed => y.is_finite() && y >= 0.0,
        });
        if !fits || !allowed {
            return Err(RegressionError::Illegal);
        }
        if self.outcome.windows(2).all(|pair| pair[0] == pair[1]) {
            return Err(RegressionError::NoVariation);
        }
        Ok(())
    }
}

impl Law {
    pub(super) fn mean(self, predictor: f64) -> f64 {
        match self {
            Self::Normal => predictor,
            Self::Binomial => 1.0 / (1.0 + (-predictor).exp()),
            Self::Poisson | Self::Overdispersed => predictor.min(700.0).exp(),
        }
    }

    pub(super) fn variance(self, mean: f64) -> f64 {
        match self {
            Self::Normal => 1.0,
            Self::Binomial => mean * (1.0 - mean),
            Self::Poisson | Self::Overdispersed => mean,
        }
    }

    /// Log-likelihood of one outcome, without what does not depend on the predictor.
    fn likelihood(self, outcome: f64, predictor: f64) -> f64 {
        match self {
            Self::Normal => -0.5 * (outcome - predictor).powi(2),
            Self::Binomial => outcome * predictor - predictor.max(0.0) - (-predictor.abs()).exp().ln_1p(),
            Self::Poisson | Self::Overdispersed => outcome * predictor - predictor.min(700.0).exp(),
        }
    }

    fn link(self, mean: f64) -> f64 {
        match self {
            Self::Normal => mean,
            Self::Binomial => (mean / (1.0 - mean)).ln(),
            Self::Poisson | Self::Overdispersed => mean.ln(),
        }
    }
}

/// A regression on standardised columns.
pub(super) struct Problem<'a> {
    pub(super) law: Law,
    rows: &'a [f64],
    /// Coefficients, the intercept included.
    pub(super) k: usize,
    pub(super) outcome: &'a [f64],
    offset: Option<&'a [f64]>,
}

impl Problem<'_> {
    /// Coefficients of the null model.
    pub(super) fn start(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.k];
        let mean = self.outcome.iter().sum::<f64>() / self.outcome.len() as f64;
        weights[0] = if self.offset.is_some() { 0.0 } else { self.law.link(mean) };
        weights
    }

    /// Coefficients of greatest likelihood; `None` when there is no finite maximum.
    fn maximum(&self) -> Option<Vec<f64>> {
        let mut weights = self.start();
        let mut best = self.likelihood(&weights);
        for _ in 0..MOST_STEPS {
            let means = self.means(&weights);
            let residuals: Vec<f64> = self.outcome.iter().zip(&means).map(|(y, mean)| y - mean).collect();
            let factor = Factor::of(&self.information(&means), self.k);
            if factor.depends().contains(&true) {
                return None;
            }
            let step = factor.solve(&self.gradient(&residuals));
            let size = longest(&step);
            if !size.is_finite() {
                return None;
            }
            (weights, best) = climb(&weights, &step, best, self.law, |weights| self.likelihood(weights));
            if size < SETTLED {
                return Some(weights);
            }
        }
        None
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * (self.k - 1)..][..self.k - 1]
    }

    pub(super) fn predictors(&self, weights: &[f64]) -> Vec<f64> {
        (0..self.outcome.len())
            .map(|row| {
                let known = self.offset.map_or(0.0, |offset| offset[row]);
                let sum: f64 = self.row(row).iter().zip(&weights[1..]).map(|(x, w)| x * w).sum();
                known + weights[0] + sum
            })
            .collect()
    }

    pub(super) fn means(&self, weights: &[f64]) -> Vec<f64> {
        self.predictors(weights).into_iter().map(|predictor| self.law.mean(predictor)).collect()
    }

    pub(super) fn likelihood(&self, weights: &[f64]) -> f64 {
        let predictors = self.predictors(weights);
        self.outcome.iter().zip(predictors).map(|(&y, predictor)| self.law.likelihood(y, predictor)).sum()
    }

    pub(super) fn gradient(&self, residuals: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.k];
        for (row, residual) in residuals.iter().enumerate() {
            gradient[0] += residual;
            gradient[1..].iter_mut().zip(self.row(row)).for_each(|(sum, x)| *sum += residual * x);
        }
        gradient
    }

    /// Expected information, its lower triangle.
    pub(super) fn information(&self, means: &[f64]) -> Vec<f64> {
        let k = self.k;
        let mut information = vec![0.0; k * k];
        for (row, mean) in means.iter().enumerate() {
            let (x, weight) = (self.row(row), self.law.variance(*mean));
            information[0] += weight;
            for a in 1..k {
                let weighted = weight * x[a - 1];
                information[a * k] += weighted;
                information[a * k + 1..=a * k + a]
                    .iter_mut()
                    .zip(x)
                    .for_each(|(sum, x)| *sum += weighted * x);
            }
        }
        information
    }
}

/// Largest change of a coefficient.
pub(super) fn longest(step: &[f64]) -> f64 {
    step.iter().fold(0.0, |most: f64, s| if s.is_finite() { most.max(s.abs()) } else { f64::INFINITY })
}

/// A step that does not fall below `best`: shortened to [`LONGEST_STEP`], then halved as often as needed.
pub(super) fn climb(
    weights: &[f64],
    step: &[f64],
    best: f64,
    law: Law,
    height: impl Fn(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    // Least squares are one step however far.
    let size = longest(step);
    let mut share = if law == Law::Normal { 1.0 } else { (LONGEST_STEP / size).min(1.0) };
    for _ in 0..20 {
        let there: Vec<f64> = weights.iter().zip(step).map(|(w, s)| w + share * s).collect();
        let reached = height(&there);
        // Near the top differences drown in rounding.
        if reached >= best - 1e-9 * (1.0 + best.abs()) {
            return (there, reached);
        }
        share /= 2.0;
    }
    (weights.to_vec(), best)
}

#[cfg(test)]
#[path = "glm_tests.rs"]
pub(super) mod tests;
