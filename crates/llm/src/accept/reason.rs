//! Why was a record not taken?

use serde::{Deserialize, Serialize};

/// Why a record was not taken. The order is that of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The reply was a refusal, or the provider withheld it.
    Refused,
    /// It does not read.
    Unparseable,
    /// The reply was cut within it.
    Truncated,
    /// A column comes twice.
    DuplicateKey,
    /// A column is not there.
    MissingColumn,
    /// There are more cells than columns.
    ExtraColumn,
    /// A cell is of another type, or missing where it may not be.
    TypeError,
    /// A level that the column does not have.
    OutOfDomain,
    /// A number outside its range.
    OutOfRange,
    /// It breaks a rule.
    Rule,
    /// It does not hold the values that were given.
    Given,
    /// It is a row that its own prompt showed.
    Copy,
    /// The draw holds it already, in a table where that is no chance.
    Repeated,
    /// The group of rows that it belongs to has as many as were asked for.
    Surplus,
}

impl Reason {
    /// All, in order.
    pub const ALL: [Self; 14] = [
        Self::Refused,
        Self::Unparseable,
        Self::Truncated,
        Self::DuplicateKey,
        Self::MissingColumn,
        Self::ExtraColumn,
        Self::TypeError,
        Self::OutOfDomain,
        Self::OutOfRange,
        Self::Rule,
        Self::Given,
        Self::Copy,
        Self::Repeated,
        Self::Surplus,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused by the model",
            Self::Unparseable => "unreadable",
            Self::Truncated => "cut off",
            Self::DuplicateKey => "a column twice",
            Self::MissingColumn => "a column missing",
            Self::ExtraColumn => "too many cells",
            Self::TypeError => "of another type",
            Self::OutOfDomain => "unknown level",
            Self::OutOfRange => "out of range",
            Self::Rule => "breaks a rule",
            Self::Given => "ignores given values",
            Self::Copy => "copy of a row shown",
            Self::Repeated => "repeats another row",
            Self::Surplus => "more than asked for",
        }
    }
}
