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
    /// It does not hold the values that were given.
    Given,
    /// It breaks a rule.
    Rule,
    /// It is a row that its own prompt showed.
    Copy,
    /// The draw holds it already, in a table where that is no chance.
    Repeated,
    /// Another candidate for the same record was drawn.
    NotDrawn,
    /// The group of rows that it belongs to has as many as were asked for.
    Surplus,
}

impl Reason {
    /// All, in order.
    pub const ALL: [Self; 15] = [
        Self::Refused,
        Self::Unparseable,
        Self::Truncated,
        Self::DuplicateKey,
        Self::MissingColumn,
        Self::ExtraColumn,
        Self::TypeError,
        Self::OutOfDomain,
        Self::OutOfRange,
        Self::Given,
        Self::Rule,
        Self::Copy,
        Self::Repeated,
        Self::NotDrawn,
        Self::Surplus,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused by the model",
            Self::Unparseable => "unreadable",
            Self::Truncated => "cut off",
            Self::DuplicateKey => "with a column twice",
            Self::MissingColumn => "without a column",
            Self::ExtraColumn => "with too many cells",
            Self::TypeError => "of another type",
            Self::OutOfDomain => "with an unknown level",
            Self::OutOfRange => "out of range",
            Self::Rule => "breaking a rule",
            Self::Given => "ignoring given values",
            Self::Copy => "copying a row shown",
            Self::Repeated => "repeating another row",
            Self::NotDrawn => "beside the candidate that was drawn",
            Self::Surplus => "more than asked for",
        }
    }
}
