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
    /// Sampling temperature, of the first request where it changes.
    pub(super) temperature: f64,
    /// Temperature that later requests come to; `None` where it stays.
    pub(super) temperature_to: Option<f64>,
    /// Requests until then.
    pub(super) temperature_over: usize,
    /// Share of probability to draw from.
    pub(super) top_p: f64,
    /// Whether each request gets another push away from the typical record.
    pub(super) diversity: bool,
    /// In whose name records are written.
    pub(super) writers: Writers,
    /// Order of the parts of a prompt.
    pub(super) sections: Sections,
    /// Candidates that the model gives for each record, with a probability each; one is drawn.
    pub(super) candidates: usize,
    /// Columns whose values we draw ourselves for each row.
    pub(super) condition: Vec<String>,
    /// Most requests; chosen by the number of rows when `None`.
    pub(super) max_requests: Option<u64>,
    /// Most real rows that are ever shown, over all requests.
    pub(super) pool: usize,
}

impl Style {
    /// Temperature of request `number`: a straight ramp, then constant.
    pub(super) fn temperature_of(&self, number: u64) -> f64 {
        let Some(to) = self.temperature_to else { return self.temperature };
        let last = self.temperature_over.saturating_sub(1).max(1) as f64;
        let share = (number as f64 / last).min(1.0);
        self.temperature + share * (to - self.temperature)
    }

    /// Records that one reply holds at most. A text that is gone on with begins with the settled values of one record.
    pub(super) fn records_per_reply(&self) -> usize {
        let one = self.mode == Mode::Completion && !self.condition.is_empty();
        if one { 1 } else { (self.rows / self.candidates.max(1)).max(1) }
    }
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

/// In whose name records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Writers {
    /// Nobody's.
    Nobody,
    /// Another one's in each request.
    Many,
}

/// Order of the parts of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Sections {
    /// The same in each request, so that servers can cache what is the same.
    Fixed,
    /// Another one in each request.
    Shuffled,
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

#[cfg(test)]
mod tests {
    use crate::preset::cllm::json_rows;
    use crate::preset::style::Examples;

    #[test]
    fn the_temperature_is_a_ramp_over_requests() {
        let mut style = json_rows(Examples::Nothing, false);
        assert_eq!(style.temperature_of(7), 0.9, "it stays where nothing else is said");
        (style.temperature, style.temperature_to, style.temperature_over) = (0.5, Some(1.5), 5);
        // By hand: a quarter of the way each request, and no further than the end.
        let ramp: Vec<f64> = [0, 1, 2, 4, 5, 1_000].map(|number| style.temperature_of(number)).to_vec();
        assert_eq!(ramp, [0.5, 0.75, 1.0, 1.5, 1.5, 1.5]);
        style.temperature_over = 1;
        assert_eq!((style.temperature_of(0), style.temperature_of(1)), (0.5, 1.5));
    }
}
