//! Why was nothing released?

use verosim_core::Hint;

/// Why nothing was released. Says nothing of the data.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PrivacyError {
    /// A parameter under which the mechanism promises nothing, or does not compute exactly.
    #[error("{name} is {found}; it must be {range}")]
    Parameter {
        /// Parameter.
        name: &'static str,
        /// As given.
        found: f64,
        /// Legal range.
        range: &'static str,
    },
    /// The budget does not cover a release.
    #[error("budget spent: `{what}` costs rho {asked:.3e}, and {left:.3e} of {total:.3e} is left")]
    BudgetSpent {
        /// What was to be released.
        what: String,
        /// Its cost.
        asked: f64,
        /// What is left.
        left: f64,
        /// The budget.
        total: f64,
    },
    /// Nobody, or one person, to whom nothing can be promised.
    #[error("a promise needs two patients or more, and there are {people}")]
    TooFewPeople {
        /// People that there are.
        people: usize,
    },
    /// A probability of failure that would let somebody be shown whole.
    #[error(
        "delta {delta:.1e} is not below one over the number of patients, {people}: one of them could be shown whole"
    )]
    DeltaTooLarge {
        /// As given.
        delta: f64,
        /// People that there are.
        people: usize,
    },
    /// Codes that are none: too large, or not one per person and column.
    #[error("codes of people do not fit column number {column}")]
    Codes {
        /// Position of the column.
        column: usize,
    },
    /// No randomness that an adversary cannot know.
    #[error("the operating system gives no random numbers")]
    NoEntropy,
}

impl Hint for PrivacyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Parameter { range, .. } => format!("choose a value {range}"),
            Self::BudgetSpent { left, .. } => {
                format!("release less, or with more noise: rho up to {left:.3e}")
            }
            Self::DeltaTooLarge { .. } => "leave `delta` out, or lower it".into(),
            Self::TooFewPeople { .. } | Self::Codes { .. } => return None,
            Self::NoEntropy => "try again later; a seed in its place would make the noise repeatable".into(),
        })
    }
}
