//! Does the table still fit?

use crate::RawColumn;

/// A limit on what a table may take in memory.
pub(super) struct Budget {
    limit: Option<u64>,
}

impl Budget {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit }
    }

    /// The limit, as an error, once the columns have outgrown it.
    pub(super) fn check(&self, columns: &[RawColumn]) -> Result<(), u64> {
        match self.limit {
            Some(limit) if columns.iter().map(RawColumn::bytes).sum::<u64>() > limit => Err(limit),
            _ => Ok(()),
        }
    }
}
