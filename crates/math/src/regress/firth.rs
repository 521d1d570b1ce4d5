//! Which coefficients are taken where a column separates the outcome?

use super::factor::Factor;
use super::glm::{MOST_STEPS, Problem, SETTLED, climb, longest};

/// Coefficients that maximise the likelihood times the root of the information's determinant; `None` when they do not
/// settle.
///
/// The penalty takes the first-order bias away and keeps every coefficient finite.
///
/// # Source
/// Firth 1993 (`firth1993`); for canonical links each residual grows by half its leverage times the slope of the variance.
pub(super) fn firth(problem: &Problem<'_>) -> Option<Vec<f64>> {
    let height = |weights: &[f64]| {
        let information = problem.information(&problem.means(weights));
        problem.likelihood(weights) + 0.5 * Factor::of(&information, problem.k).log_determinant()
    };
    let mut weights = problem.start();
    let mut best = height(&weights);
    // Convergence is linear where the maximum is flat: more steps than without a penalty.
    for _ in 0..10 * MOST_STEPS {
        let means = problem.means(&weights);
        let factor = Factor::of(&problem.information(&means), problem.k);
        let inverse = factor.inverse();
        let residuals: Vec<f64> = (0..problem.outcome.len())
            .map(|row| {
                let slope = match problem.law {
                    super::Law::Normal => 0.0,
                    super::Law::Binomial => 1.0 - 2.0 * means[row],
                    super::Law::Poisson | super::Law::Overdispersed => 1.0,
                };
                let leverage =
                    problem.law.variance(means[row]) * spread(problem.row(row), &inverse, problem.k);
                problem.outcome[row] - means[row] + 0.5 * leverage * slope
            })
            .collect();
        let step = factor.solve(&problem.gradient(&residuals));
        let size = longest(&step);
        if !size.is_finite() {
            return None;
        }
        (weights, best) = climb(&weights, &step, best, problem.law, height);
        if size < SETTLED {
            return Some(weights);
        }
    }
    None
}

/// x' M x, with 1 before `x`.
fn spread(x: &[f64], matrix: &[f64], k: usize) -> f64 {
    let at = |place: usize| if place == 0 { 1.0 } else { x[place - 1] };
    (0..k).map(|a| at(a) * (0..k).map(|b| matrix[a * k + b] * at(b)).sum::<f64>()).sum()
}
