//! What was released, what did it cost, and what is left?

use crate::PrivacyError;
use crate::accountant::{epsilon, rho};

/// One release.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was released.
    pub what: String,
    /// Sum of squares by which a neighbour changes it at most.
    pub sensitivity_squared: u64,
    /// What it cost.
    pub rho: f64,
}

/// Charges every release against a budget of zero-concentrated privacy and refuses what it does not cover. Releases add
/// up in order (sequential composition).
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// Invariant: above 0 and finite.
    budget: f64,
    /// Invariant: from 0 to `budget`; rounded up at every sum.
    spent: f64,
    entries: Vec<Entry>,
}

impl Ledger {
    /// An empty ledger over `budget`, a `rho`.
    ///
    /// # Errors
    /// [`PrivacyError::Parameter`] when the budget is not a number above 0.
    pub fn new(budget: f64) -> Result<Self, PrivacyError> {
        if budget > 0.0 && budget.is_finite() {
            return Ok(Self { budget, spent: 0.0, entries: Vec::new() });
        }
        Err(PrivacyError::Parameter { name: "budget", found: budget, range: "above 0" })
    }

    /// An empty ledger over the largest budget that keeps the promise `(epsilon, delta)`.
    ///
    /// # Errors
    /// Those of [`rho`].
    pub fn promising(epsilon: f64, delta: f64) -> Result<Self, PrivacyError> {
        Self::new(rho(epsilon, delta)?)
    }

    /// Writes a release down before it is made.
    ///
    /// # Errors
    /// [`PrivacyError::BudgetSpent`], and then nothing is written; [`PrivacyError::Parameter`] for a cost that is not a
    /// number from 0.
    pub fn charge(&mut self, what: &str, sensitivity_squared: u64, rho: f64) -> Result<(), PrivacyError> {
        if rho.is_nan() || rho < 0.0 {
            return Err(PrivacyError::Parameter { name: "rho", found: rho, range: "0 or above" });
        }
        // The first sum is exact; later ones are rounded up, never to nearest.
        let spent = if self.spent == 0.0 { rho } else { (self.spent + rho).next_up() };
        if spent > self.budget {
            let (left, total) = (self.left(), self.budget);
            return Err(PrivacyError::BudgetSpent { what: what.to_owned(), asked: rho, left, total });
        }
        self.spent = spent;
        self.entries.push(Entry { what: what.to_owned(), sensitivity_squared, rho });
        Ok(())
    }

    /// The budget.
    #[must_use]
    pub fn budget(&self) -> f64 {
        self.budget
    }

    /// What was spent.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.spent
    }

    /// What is left.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.budget - self.spent
    }

    /// All releases, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The least `epsilon` that holds at `delta` after all that was released.
    ///
    /// # Errors
    /// Those of [`epsilon`].
    pub fn epsilon(&self, delta: f64) -> Result<f64, PrivacyError> {
        epsilon(self.spent, delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Hint as _;

    #[test]
    fn everything_is_charged_and_more_than_the_budget_is_refused() {
        let mut ledger = Ledger::promising(1.0, 1e-6).unwrap();
        let total = ledger.budget();
        for part in 0..4 {
            ledger.charge(&format!("part {part}"), 2, total / 5.0).unwrap();
        }
        assert!((ledger.left() - total / 5.0).abs() < 1e-12);
        let error = ledger.charge("too much", 2, total / 4.0).unwrap_err();
        assert!(matches!(&error, PrivacyError::BudgetSpent { what, .. } if what == "too much"));
        assert!(error.hint().unwrap().starts_with("release less, or with more noise: rho up to"));
        assert_eq!(ledger.entries().len(), 4);
        assert!(ledger.epsilon(1e-6).unwrap() < 1.0);
        ledger.charge("nothing", 0, 0.0).unwrap();
        assert!(ledger.charge("nonsense", 1, f64::NAN).is_err() && ledger.charge("gain", 1, -0.1).is_err());
    }

    #[test]
    fn a_whole_budget_may_be_spent_at_once() {
        let mut ledger = Ledger::new(0.25).unwrap();
        ledger.charge("all", 1, 0.25).unwrap();
        assert!(ledger.charge("a crumb", 1, 1e-18).is_err(), "sums are rounded up");
        for budget in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Ledger::new(budget).is_err(), "{budget}");
        }
    }
}
