//! What is promised, and to how many people?

use crate::accountant::{Neighbours, rho};
use crate::{Ledger, Noise, PrivacyError};
use verosim_core::guarantee::Formal;

/// A promise to each of `people`: one of them replaced by another hardly changes what is released.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    epsilon: f64,
    delta: f64,
    /// Invariant: 2 or more; `delta` is below one over it.
    people: usize,
    /// The largest budget that keeps the promise. Invariant: above 0.
    rho: f64,
}

impl Promise {
    /// The promise `(epsilon, delta)` to each of `people`; `delta` is `people^-1.2` by default.
    ///
    /// # Errors
    /// [`PrivacyError::TooFewPeople`], [`PrivacyError::DeltaTooLarge`], and those of [`rho`].
    pub fn new(epsilon: f64, delta: Option<f64>, people: usize) -> Result<Self, PrivacyError> {
        if people < 2 {
            return Err(PrivacyError::TooFewPeople { people });
        }
        let delta = delta.unwrap_or_else(|| (people as f64).powf(-1.2));
        if delta * people as f64 >= 1.0 {
            return Err(PrivacyError::DeltaTooLarge { delta, people });
        }
        Ok(Self { epsilon, delta, people, rho: rho(epsilon, delta)? })
    }

    /// People to whom it is made. Public.
    #[must_use]
    pub fn people(&self) -> usize {
        self.people
    }

    /// The largest budget that keeps it.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// An empty ledger over that budget.
    ///
    /// # Errors
    /// Those of [`Ledger::new`].
    pub fn ledger(&self) -> Result<Ledger, PrivacyError> {
        Ledger::new(self.rho)
    }

    /// The promise in writing, after the releases of `ledger`, with everything that was taken as `public`. Releases of one
    /// name are told once, with their number.
    #[must_use]
    pub fn formal(&self, ledger: &Ledger, noise: &Noise, public: Vec<String>) -> Formal {
        let mut releases: Vec<(&str, usize)> = Vec::new();
        for entry in ledger.entries() {
            match releases.iter_mut().find(|(what, _)| *what == entry.what) {
                Some((_, times)) => *times += 1,
                None => releases.push((&entry.what, 1)),
            }
        }
        let told = |(what, times): (&str, usize)| match times {
            1 => what.to_owned(),
            times => format!("{what} ({times} times)"),
        };
        Formal {
            epsilon: self.epsilon,
            delta: self.delta,
            rho: ledger.spent(),
            unit: "patient".into(),
            units: self.people,
            neighbours: Neighbours::ReplaceOne.words().into(),
            accountant: "zero-concentrated accounting, tight conversion".into(),
            releases: releases.into_iter().map(told).collect(),
            public,
            noise: noise.origin(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Hint as _;

    #[test]
    fn a_promise_is_written_down_with_what_was_released() {
        let promise = Promise::new(1.0, None, 320).unwrap();
        let mut ledger = promise.ledger().unwrap();
        for what in ["a choice", "counts", "a choice"] {
            ledger.charge(what, 2, promise.rho() / 4.0).unwrap();
        }
        let formal = promise.formal(&ledger, &Noise::system(), vec!["bounds".into()]);
        assert_eq!(formal.releases, ["a choice (2 times)", "counts"]);
        assert_eq!((formal.units, formal.epsilon), (320, 1.0));
        assert!((formal.delta - 320_f64.powf(-1.2)).abs() < 1e-15 && formal.is_sound());
    }

    #[test]
    fn promises_that_are_none_are_refused() {
        let refused = |epsilon: f64, delta: Option<f64>, people: usize| {
            Promise::new(epsilon, delta, people).unwrap_err().to_string()
        };
        assert_eq!(refused(1.0, None, 1), "a promise needs two patients or more, and there are 1");
        assert!(refused(1.0, Some(0.05), 20).starts_with("delta 5.0e-2 is not below one over"));
        assert!(refused(f64::NAN, None, 20).contains("epsilon is NaN"));
        let error = PrivacyError::DeltaTooLarge { delta: 0.5, people: 10 };
        assert_eq!(error.hint().unwrap(), "leave `delta` out, or lower it");
    }
}
