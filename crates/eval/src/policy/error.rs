//! Why was a policy refused?

use super::{POLICY_VERSION, PURPOSES, QUESTIONS};
use verosim_core::{Hint, did_you_mean};

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is no TOML of that shape.
    #[error("the policy does not read: {why}")]
    Unread {
        /// What the reader says.
        why: String,
    },
    /// Of another time.
    #[error("the policy has version {found}; this build reads version {POLICY_VERSION}")]
    Version {
        /// Version found.
        found: u32,
    },
    /// It asks for nothing.
    #[error("the policy names neither questions nor gates")]
    Empty,
    /// No question of the verdict strip.
    #[error("`{found}` is no question of the verdict")]
    Question {
        /// As written.
        found: String,
    },
    /// It wants to know what it does not ask.
    #[error("`{question}` stands under `must_know` and not under `questions`")]
    Unasked {
        /// Question.
        question: String,
    },
    /// No metric.
    #[error("there is no metric `{found}`")]
    Metric {
        /// As written.
        found: String,
    },
    /// Nobody knows where a threshold comes from.
    #[error("the gate on `{metric}` does not say where its threshold comes from")]
    Origin {
        /// Metric id.
        metric: String,
    },
    /// Parts have no interval.
    #[error("the gate on `{metric}` reads an end of a part; parts have values alone")]
    PartEnd {
        /// Metric id.
        metric: String,
    },
    /// No threshold, or two.
    #[error("the gate on `{metric}` needs either `at_most` or `at_least`")]
    Threshold {
        /// Metric id.
        metric: String,
    },
    /// A warning before the pass threshold.
    #[error("the gate on `{metric}` warns within what passes, or its threshold is no number")]
    Order {
        /// Metric id.
        metric: String,
    },
    /// No purpose and no file.
    #[error("there is no policy `{found}`, and no file of that name")]
    Unknown {
        /// As written.
        found: String,
    },
}

impl Hint for PolicyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Question { found } => match did_you_mean(found, QUESTIONS.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("questions are {}", QUESTIONS.join(", ")),
            },
            Self::Metric { found } => match did_you_mean(found, super::metrics()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`verosim explain metrics` lists them".into(),
            },
            Self::Unknown { found } => match did_you_mean(found, PURPOSES.iter().map(|(id, _)| *id)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`verosim explain policies` lists them; a file ends in .toml".into(),
            },
            Self::Origin { .. } => "write `origin = \"our threshold\"`, or a regulator or paper".into(),
            Self::Order { .. } => "`warn` lies beyond `at_most` or `at_least`".into(),
            Self::Unasked { .. } => "add it to `questions`".into(),
            _ => "`verosim explain policies` shows the shape of the file".into(),
        })
    }
}
