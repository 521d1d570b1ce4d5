//! Why was an answer refused, and which one was meant?

use super::answers::KEYS;
use verosim_core::{Hint, Kind};

/// Why an answer was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The file is not TOML.
    #[error("`{path}` is not TOML: {why}")]
    NotToml {
        /// File.
        path: String,
        /// What the reader says.
        why: String,
    },
    /// A key that does not exist.
    #[error("the recipe has no key `{key}`")]
    UnknownKey {
        /// As written.
        key: String,
        /// Nearest key.
        nearest: Option<String>,
    },
    /// A key of a rule that does not exist.
    #[error("{rule} has a key `{key}`, which no rule has")]
    RuleKey {
        /// Which rule, in words.
        rule: String,
        /// As written.
        key: String,
        /// Nearest key.
        nearest: Option<String>,
    },
    /// A value of the wrong type or out of range.
    #[error("`{key}` is {found}; it must be {wanted}")]
    Value {
        /// Key or flag.
        key: String,
        /// As written.
        found: String,
        /// What is legal.
        wanted: String,
    },
    /// No such kind.
    #[error("`{column}`: there is no kind `{found}`")]
    UnknownKind {
        /// Column.
        column: String,
        /// As written.
        found: String,
        /// Nearest kind.
        nearest: Option<&'static str>,
    },
}

impl Hint for RecipeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotToml { .. } => {
                "write `key = value` lines; `recipe.toml` of any run and `verosim explain rules` are examples"
                    .into()
            }
            Self::UnknownKey { nearest: Some(near), .. } | Self::RuleKey { nearest: Some(near), .. } => {
                format!("did you mean `{near}`?")
            }
            Self::RuleKey { .. } => "`verosim explain rules` shows a rule file".into(),
            Self::UnknownKey { .. } => format!("keys: {}", KEYS.join(", ")),
            Self::Value { wanted, .. } => format!("write {wanted}"),
            Self::UnknownKind { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownKind { .. } => format!("kinds: {}", Kind::ALL.map(Kind::name).join(", ")),
        })
    }
}
