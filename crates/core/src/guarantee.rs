//! What does a fitted engine promise about privacy?

use serde::{Deserialize, Serialize};

/// The privacy promise of a fitted engine. [`Guarantee::None`] is a legal, loud answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Guarantee {
    /// No formal promise: attacks on the output are the only evidence. Says why in words.
    None {
        /// What the engine does instead, in one sentence.
        measures: String,
    },
    /// The engine hands training rows back; only good as a control.
    Leaks,
}

impl Guarantee {
    /// The sentence that reports and manifests print.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::None { measures } => format!("no formal privacy guarantee; {measures}"),
            Self::Leaks => "releases training rows as they are; for control runs only".to_owned(),
        }
    }
}
