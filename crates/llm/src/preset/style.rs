//! In which respects do presets that ask for rows differ?

use crate::card::Mapping;
use serde::{Deserialize, Serialize};
use verosim_core::{Mode, RowForm};

/// How rows are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Style {
    /// How rows are written.
    pub(super) form: RowForm,
    /// As a conversation or as a text to go on with.
    pub(super) mode: Mode,
    /// Which real rows are shown, where rows may be shown.
    pub(super) examples: Examples,
    /// How levels are named.
    pub(super) mapping: Mapping,
    /// Order of columns.
    pub(super) order: Order,
    /// Whether shares of the outcome are those of real patients; else as the model gives them.
    pub(super) restore: bool,
    /// Whether statistics are told where rows may not be.
    pub(super) statistics: bool,
    /// Rows per reply.
    pub(super) rows: usize,
    /// Sampling temperature.
    pub(super) temperature: f64,
    /// Share of probability to draw from.
    pub(super) top_p: f64,
    /// Whether each request gets another push away from the typical record.
    pub(super) diversity: bool,
    /// Columns whose values we draw ourselves for each row.
    pub(super) condition: Vec<String>,
    /// Most requests; chosen by the number of rows when `None`.
    pub(super) max_requests: Option<u64>,
    /// Most real rows that are ever shown, over all requests.
    pub(super) pool: usize,
}

/// Which real rows a prompt shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Examples {
    /// None.
    Nothing,
    /// So many, drawn anew for each request from all rows that may be shown.
    Drawn(usize),
    /// So many of each level of the outcome, in so many sets.
    Balanced {
        /// Rows of each level in a set.
        per_level: usize,
        /// Sets.
        sets: usize,
    },
}

/// Order of columns in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Order {
    /// As in the table.
    Table,
    /// The outcome first, then as in the table.
    OutcomeFirst,
    /// Another one for each request.
    Random,
    /// Columns that determine others before them.
    Dependency,
}
