//! How are rows written for a language model, and how is what it writes read back?

mod csv;
mod json;
mod sentence;
#[cfg(test)]
mod tests;

pub(crate) use csv::{field, fields, header, marker};
pub(crate) use sentence::sentence;
#[cfg(feature = "local")]
pub(crate) use sentence::{name, value};

use crate::accept::Reason;
use verosim_core::{RowContract, RowForm};

/// One way of writing rows. `decode(encode(rows))` gives the rows back, whatever their texts hold; a text that is
/// empty cannot be told from a missing cell in CSV.
pub trait RowCodec: Sync {
    /// Rows as text; one text per column of the contract, `None` where missing.
    fn encode(&self, contract: &RowContract, rows: &[Vec<Option<String>>]) -> String;

    /// Everything in a reply that is or should have been a row, in order; prose, code fences, headers and markers of
    /// groups are passed over. `whole` is false when the reply was cut: its last record may then be [`Reason::Truncated`].
    fn decode(&self, contract: &RowContract, reply: &str, whole: bool) -> Vec<Result<Parsed, Reason>>;
}

/// A record as a reply wrote it, by column of the contract; `None` where the reply lacks the column.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Parsed {
    /// The cells.
    pub cells: Vec<Option<Raw>>,
    /// Whether there were more columns than asked for.
    pub extra: bool,
}

/// A cell as a reply wrote it.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// Missing, said so.
    Null,
    /// A JSON truth value.
    Bool(bool),
    /// A JSON number.
    Number(f64),
    /// Text, of CSV and sentences always.
    Text(String),
}

/// The codec of a form.
#[must_use]
pub fn codec(form: RowForm) -> &'static dyn RowCodec {
    match form {
        RowForm::Json => &json::JsonObjects,
        RowForm::Csv => &csv::GroupedCsv,
        RowForm::Sentence => &sentence::Sentences,
    }
}
