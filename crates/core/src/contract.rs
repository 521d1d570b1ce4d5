//! What must a language model's reply look like, said once for every backend?

use serde::{Deserialize, Serialize};

/// The shape of a reply. Each backend enforces as much of it as it can (a token mask, a JSON schema, nothing), and every
/// reply is checked again by whoever asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contract {
    /// Rows of a table.
    Rows(RowContract),
    /// One JSON value that meets this JSON schema.
    Json(serde_json::Value),
    /// Anything.
    Text,
}

/// Rows of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowContract {
    /// How rows are written.
    pub form: RowForm,
    /// Columns in the order that rows are written.
    pub columns: Vec<ColumnContract>,
    /// Most rows in one reply.
    pub rows: usize,
    /// Groups of rows that share the value of the first column, equally long; empty when rows are not grouped.
    pub groups: Vec<String>,
    /// Values that are settled beforehand, per row of the reply (group after group): (column, text). Shorter than `rows`
    /// when the rest is free.
    pub given: Vec<Vec<(usize, String)>>,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowForm {
    /// One JSON object `{"rows": [...]}` with one object per row.
    Json,
    /// CSV lines without a header, in groups when there are groups.
    Csv,
    /// One line per row: `age is 63, sex is F`.
    Sentence,
}

/// One column of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnContract {
    /// Name as the model sees it.
    pub name: String,
    /// What it may hold.
    pub values: Values,
    /// Whether it may be missing.
    pub nullable: bool,
}

/// What a column may hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// A decimal number with at most `decimals` decimals.
    Number {
        /// Least value, when there is one.
        low: Option<f64>,
        /// Greatest value, when there is one.
        high: Option<f64>,
        /// Digits after the point.
        decimals: u8,
    },
    /// One of these texts.
    Levels(Vec<String>),
    /// A day as `2026-11-23`.
    Date {
        /// First day since 1970, when there is one.
        low: Option<f64>,
        /// Last day since 1970, when there is one.
        high: Option<f64>,
    },
    /// A day and time as `2026-11-23T14:05:00`.
    Datetime {
        /// First second since 1970, when there is one.
        low: Option<f64>,
        /// Last second since 1970, when there is one.
        high: Option<f64>,
    },
    /// Any short text.
    Text,
}
