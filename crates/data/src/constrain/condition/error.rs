//! Why was a condition refused, and where?

use verosim_core::{Hint, UnknownColumn};

/// Why a condition was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
    /// It does not parse.
    #[error("at character {at}: expected {wanted}")]
    Syntax {
        /// Position, from 1.
        at: usize,
        /// What should stand there.
        wanted: &'static str,
    },
    /// No such column.
    #[error(transparent)]
    Column(#[from] UnknownColumn),
    /// A value that the column cannot have.
    #[error("`{found}` is not a value of column `{column}`, which holds {kind}")]
    Value {
        /// Column.
        column: String,
        /// As written by the person.
        found: String,
        /// Kind of the column.
        kind: &'static str,
        /// The nearest level.
        nearest: Option<String>,
    },
    /// A comparison that the column does not allow.
    #[error("column `{column}` holds {kind} and has no order")]
    NoOrder {
        /// Column.
        column: String,
        /// Kind of the column.
        kind: &'static str,
    },
    /// Two columns that cannot be compared.
    #[error("columns `{column}` ({kind}) and `{other}` ({other_kind}) cannot be compared")]
    Unlike {
        /// Column.
        column: String,
        /// Kind of the column.
        kind: &'static str,
        /// The other column.
        other: String,
        /// Its kind.
        other_kind: &'static str,
    },
    /// A column that cannot be reckoned with.
    #[error("column `{column}` holds {kind}, not numbers")]
    NoNumber {
        /// Column.
        column: String,
        /// Kind of the column.
        kind: &'static str,
    },
    /// A column whose levels are no codes, or an end of a range that is none.
    #[error("`{found}` is no {system} code")]
    NoCode {
        /// The end of the range, as written.
        found: String,
        /// Vocabulary.
        system: &'static str,
    },
    /// Codes were looked for in a column of numbers.
    #[error("column `{column}` holds {kind}, not codes")]
    NoCodes {
        /// Column.
        column: String,
        /// Kind of the column.
        kind: &'static str,
    },
}

impl Hint for ConditionError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { .. } => "write `age >= 80 and sex = F`; quote texts with spaces".into(),
            Self::Column(error) => return error.hint(),
            Self::Value { nearest: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Value { .. } => "`verosim profile` shows what columns hold".into(),
            Self::NoOrder { .. } => "use `=`, `!=` or `in (...)`".into(),
            Self::Unlike { .. } => "compare numbers with numbers, days with days, levels with levels".into(),
            Self::NoNumber { .. } => "`number(COLUMN)` reads levels such as `72`, `[70-80)` or `65+`".into(),
            Self::NoCode { .. } => "write `diagnosis in ICD10 (O00..O9A, Z34)` or `in ICD9 630..679`".into(),
            Self::NoCodes { .. } => "declare the column with `--kind COLUMN=code`".into(),
        })
    }
}
