//! Why was a rule refused?

use crate::constrain::ConditionError;
use verosim_core::Hint;

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A name that is none.
    #[error("a rule needs an `id` of 1 to 64 letters, digits, `-`, `_` or `.`")]
    Id,
    /// Two rules of one name.
    #[error("there are two rules `{rule}`")]
    Twice {
        /// Id.
        rule: String,
    },
    /// It says nothing to people.
    #[error("rule `{rule}` has no `words`")]
    Wordless {
        /// Id.
        rule: String,
    },
    /// It says nothing.
    #[error("rule `{rule}` has neither `never` nor `when` and `then`")]
    Incomplete {
        /// Id.
        rule: String,
    },
    /// It says two things.
    #[error("rule `{rule}` has `never` beside `when` or `then`")]
    Both {
        /// Id.
        rule: String,
    },
    /// Its condition does not read.
    #[error("rule `{rule}`: {source}")]
    Condition {
        /// Id.
        rule: String,
        /// Why.
        source: ConditionError,
    },
    /// It is about a column that engines do not learn.
    #[error("rule `{rule}`: column `{column}` is not learned, so that no rule can hold in it")]
    NotModelled {
        /// Id.
        rule: String,
        /// Column.
        column: String,
    },
}

impl Hint for RuleError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Id => "write `id = \"dbp-below-sbp\"`".into(),
            Self::Twice { .. } => "give each rule a name of its own".into(),
            Self::Wordless { .. } => "say in `words` what it says, for people".into(),
            Self::Incomplete { .. } | Self::Both { .. } => {
                "write `never = \"CONDITION\"`, or `when = \"CONDITION\"` and `then = \"CONDITION\"`".into()
            }
            Self::Condition { source, .. } => return source.hint(),
            Self::NotModelled { .. } => {
                "leave the rule out, or let the column be learned with `--kind COLUMN=nominal`".into()
            }
        })
    }
}
