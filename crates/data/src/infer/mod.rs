//! What do the columns of an unknown table hold?

use crate::RawTable;
use verosim_core::{Kind, Schema};

/// What a person said before inference; it wins.
#[derive(Clone, Debug, Default)]
pub struct InferOptions {
    /// Declared kinds by column name (`--kind COLUMN=KIND`).
    pub kinds: Vec<(String, Kind)>,
    /// Column that says which person a row belongs to (`--subject`).
    pub subject: Option<String>,
}

/// Infers a schema from all rows.
#[must_use]
pub fn infer(_table: &RawTable, _options: &InferOptions) -> Schema {
    unimplemented!()
}
