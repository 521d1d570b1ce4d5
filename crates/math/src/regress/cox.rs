//! Which hazard ratios does a proportional-hazards model have, and how sure are they?

use super::factor::Factor;
use super::glm::{LONGEST_STEP, MOST_STEPS, SETTLED, longest};
use super::scaled::Scaled;
use super::{Estimate, RegressionError, Remedy};
use crate::learn::Design;

/// A fitted proportional-hazards model.
#[derive(Clone, Debug, PartialEq)]
pub struct Cox {
    /// Log hazard ratio per column; `None` for a column that is constant or follows from those before it.
    pub estimates: Vec<Option<Estimate>>,
    /// What was done where there is no finite maximum.
    pub remedy: Remedy,
    /// Rows with an event.
    pub n_events: usize,
}

/// Fits by Newton's method on the partial likelihood, ties after Efron.
///
/// Standard errors are from the observed information. Where a column orders the events so well that there is no finite
/// maximum, a ridge is added and [`Cox::remedy`] says so.
///
/// # Shapes
/// `times: [n]`, `events: [n]`, each of `columns: [n]`.
///
/// # Errors
/// [`RegressionError`].
///
/// # Cost
/// O(rows · columns²) per step, about six steps.
///
/// # Source
/// Cox 1972 (`cox1972`); ties: Efron 1977 (`efron1977`).
///
/// # Example
/// ```
/// use verosim_math::regress::cox;
/// let ill = [vec![1.0, 1.0, 0.0, 1.0, 0.0, 0.0]];
/// let fit = cox(&ill, &[1.0, 2.0, 2.5, 3.0, 4.0, 5.0], &[true; 6]).unwrap();
/// assert!(fit.estimates[0].unwrap().value > 0.0); // The ill die sooner.
/// ```
pub fn cox(columns: &Design, times: &[f64], events: &[bool]) -> Result<Cox, RegressionError> {
    let n = times.len();
    let fits = events.len() == n
        && times.iter().all(|t| t.is_finite())
        && columns.iter().all(|column| column.len() == n && column.iter().all(|x| x.is_finite()));
    if !fits {
        return Err(RegressionError::Illegal);
    }
    let n_events = events.iter().filter(|&&event| event).count();
    if n_events == 0 {
        return Err(RegressionError::NoVariation);
    }
    let scaled = Scaled::new(columns, n);
    let k = scaled.width;
    if n_events <= k {
        return Err(RegressionError::TooFew { n: n_events, k });
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| times[b].total_cmp(&times[a]).then(a.cmp(&b)));
    let mut problem = Problem { rows: &scaled.rows, k, times, events, order: &order, ridge: 0.0 };
    let mut remedy = Remedy::None;
    let mut fitted = problem.maximum();
    if fitted.is_none() {
        (problem.ridge, remedy) = (1.0, Remedy::Ridge);
        fitted = problem.maximum();
    }
    let (weights, covariance) = fitted.ok_or(RegressionError::NotSettled)?;
    Ok(Cox { estimates: scaled.back(&weights, &covariance, false), remedy, n_events })
}

struct Problem<'a> {
    rows: &'a [f64],
    k: usize,
    times: &'a [f64],
    events: &'a [bool],
    /// Rows by falling time.
    order: &'a [usize],
    ridge: f64,
}

/// Partial log-likelihood, its gradient and the information.
struct Slope {
    height: f64,
    gradient: Vec<f64>,
    information: Vec<f64>,
}

/// Sums over rows at risk, weighted by their hazard.
struct Sums {
    weight: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn new(k: usize) -> Self {
        Self { weight: 0.0, first: vec![0.0; k], second: vec![0.0; k * k] }
    }

    fn add(&mut self, x: &[f64], hazard: f64) {
        let k = x.len();
        self.weight += hazard;
        for a in 0..k {
            let weighted = hazard * x[a];
            self.first[a] += weighted;
            self.second[a * k..=a * k + a].iter_mut().zip(x).for_each(|(sum, x)| *sum += weighted * x);
        }
    }
}

impl Problem<'_> {
    /// Coefficients and their covariance; `None` when there is no finite maximum.
    fn maximum(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut weights = vec![0.0; self.k];
        let mut here = self.slope(&weights);
        for _ in 0..MOST_STEPS {
            let factor = Factor::of(&here.information, self.k);
            if factor.depends().contains(&true) {
                return None;
            }
            let step = factor.solve(&here.gradient);
            let size = longest(&step);
            if size < SETTLED {
                return Some((weights, factor.inverse()));
            }
            let mut share = (LONGEST_STEP / size).min(1.0);
            let mut moved = false;
            for _ in 0..20 {
                let there: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w + share * s).collect();
                let slope = self.slope(&there);
                if slope.height >= here.height - 1e-9 * (1.0 + here.height.abs()) {
                    (weights, here, moved) = (there, slope, true);
                    break;
                }
                share /= 2.0;
            }
            if !moved {
                return None;
            }
        }
        None
    }

    fn slope(&self, weights: &[f64]) -> Slope {
        let k = self.k;
        let row = |at: usize| &self.rows[at * k..][..k];
        let score = |at: usize| row(at).iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
        // Hazards relative to the greatest: no overflow.
        let top = (0..self.times.len()).map(score).fold(f64::NEG_INFINITY, f64::max);
        let square: f64 = weights.iter().map(|w| w * w).sum();
        let mut slope = Slope {
            height: -0.5 * self.ridge * square,
            gradient: weights.iter().map(|w| -self.ridge * w).collect(),
            information: vec![0.0; k * k],
        };
        (0..k).for_each(|at| slope.information[at * k + at] = self.ridge);
        let mut at_risk = Sums::new(k);
        let mut start = 0;
        while start < self.order.len() {
            let time = self.times[self.order[start]];
            let mut end = start;
            let mut dying = Sums::new(k);
            let mut n_dying = 0_usize;
            while end < self.order.len() && self.times[self.order[end]] == time {
                let at = self.order[end];
                let hazard = (score(at) - top).exp();
                at_risk.add(row(at), hazard);
                if self.events[at] {
                    dying.add(row(at), hazard);
                    n_dying += 1;
                    slope.height += score(at) - top;
                    slope.gradient.iter_mut().zip(row(at)).for_each(|(sum, x)| *sum += x);
                }
                end += 1;
            }
            // Efron: of the tied, a growing share is gone.
            for gone in 0..n_dying {
                slope.leave(&at_risk, &dying, gone as f64 / n_dying as f64);
            }
            start = end;
        }
        slope
    }
}

impl Slope {
    /// Takes off what one event says when a `share` of the `dying` is gone already.
    fn leave(&mut self, at_risk: &Sums, dying: &Sums, share: f64) {
        let k = self.gradient.len();
        let weight = at_risk.weight - share * dying.weight;
        self.height -= weight.ln();
        let mean: Vec<f64> =
            at_risk.first.iter().zip(&dying.first).map(|(all, some)| (all - share * some) / weight).collect();
        for a in 0..k {
            self.gradient[a] -= mean[a];
            for b in 0..=a {
                let second = (at_risk.second[a * k + b] - share * dying.second[a * k + b]) / weight;
                self.information[a * k + b] += second - mean[a] * mean[b];
            }
        }
    }
}

#[cfg(test)]
#[path = "cox_tests.rs"]
mod tests;
