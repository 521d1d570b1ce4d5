//! What is a measured number, with its uncertainty?

use serde::{Deserialize, Serialize};

/// A two-sided interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Coverage aimed at, such as 0.95.
    pub level: f64,
}

/// A finite number, its interval, and how many units entered it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    value: f64,
    interval: Option<Interval>,
    method: String,
    n: usize,
    parts: Vec<(String, f64)>,
}

/// A score was not a finite number. "Could not compute" is an error, never a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is not a finite number")]
pub struct NotFinite;

impl Score {
    /// A score from `n` units; exact until [`with_interval`](Self::with_interval).
    ///
    /// # Errors
    /// [`NotFinite`] when `value` is NaN or infinite.
    pub fn new(value: f64, n: usize) -> Result<Self, NotFinite> {
        if !value.is_finite() {
            return Err(NotFinite);
        }
        Ok(Self { value, interval: None, method: String::new(), n, parts: Vec::new() })
    }

    /// Adds an interval and the name of the method that made it; a non-finite end drops the interval.
    #[must_use]
    pub fn with_interval(mut self, low: f64, high: f64, level: f64, method: &str) -> Self {
        if low.is_finite() && high.is_finite() {
            self.interval = Some(Interval { low, high, level });
            method.clone_into(&mut self.method);
        }
        self
    }

    /// Adds values per column or per subgroup; non-finite ones are left out.
    #[must_use]
    pub fn with_parts(mut self, parts: impl IntoIterator<Item = (String, f64)>) -> Self {
        self.parts = parts.into_iter().filter(|(_, value)| value.is_finite()).collect();
        self
    }

    /// The value; always finite.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The interval; `None` when the value is exact or no method applies.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        self.interval
    }

    /// How the interval was made.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Units that entered the number.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// Values per column or per subgroup.
    #[must_use]
    pub fn parts(&self) -> &[(String, f64)] {
        &self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nan_becomes_a_score() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Score::new(value, 1), Err(NotFinite));
        }
        let score = Score::new(0.5, 1).unwrap().with_interval(f64::NAN, 1.0, 0.95, "bootstrap");
        assert!(score.interval().is_none());
    }
}
