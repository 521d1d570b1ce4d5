//! Why were fewer rows had than were asked for, and how many are possible?

use super::Gain;
use crate::ledger::BudgetLimit;
use verosim_core::{Hint, ModelError};

/// Fewer rows than asked for. What was had is kept by whoever gathered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{accepted} of {asked} rows: {why}{}", possible_words(*possible))]
pub struct Shortfall {
    /// Rows asked for.
    pub asked: usize,
    /// Rows had.
    pub accepted: usize,
    /// Why no more were asked for.
    pub why: Why,
    /// Least and greatest number of rows that the whole budget makes likely (95 %), when anything was seen.
    pub possible: Option<(usize, usize)>,
}

/// Why no more rows were asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Why {
    /// A limit was reached.
    #[error("the limit of {} is reached", limit_words(*.0))]
    Budget(BudgetLimit),
    /// The share of records that are taken is so small that the budget cannot suffice.
    #[error("{accepted} of {produced} records were usable ({reasons}), too few to reach that number")]
    OutOfReach {
        /// Records seen.
        produced: u64,
        /// Taken.
        accepted: u64,
        /// Commonest reasons.
        reasons: String,
    },
    /// Nothing new came for a while.
    #[error("{requests} requests in a row brought no further row ({reasons})")]
    NoProgress {
        /// Requests.
        requests: usize,
        /// Commonest reasons.
        reasons: String,
    },
    /// Replies repeat what is there already.
    #[error(
        "{} of the last {} usable records were unlike the others, for {} tokens: the model repeats itself",
        .0.new, .0.usable, .0.tokens
    )]
    NothingNew(Gain),
    /// The model fails.
    #[error(transparent)]
    Model(ModelError),
}

fn limit_words(limit: BudgetLimit) -> &'static str {
    match limit {
        BudgetLimit::Requests => "requests",
        BudgetLimit::Tokens => "tokens",
        BudgetLimit::Cost => "money",
    }
}

fn possible_words(possible: Option<(usize, usize)>) -> String {
    possible.map_or_else(String::new, |(least, most)| {
        format!("; the whole budget makes {least} to {most} rows likely")
    })
}

impl Hint for Shortfall {
    fn hint(&self) -> Option<String> {
        let fewer = self.possible.map(|(least, _)| least.max(self.accepted)).filter(|least| *least > 0);
        let fewer = fewer.map(|least| format!("ask for `-n {least}`, or ")).unwrap_or_default();
        Some(match &self.why {
            Why::Budget(limit) => format!("{fewer}raise `{}`", limit.flag()),
            Why::OutOfReach { .. } | Why::NoProgress { .. } => {
                format!(
                    "{fewer}use another model, a model file (its replies are valid by construction), or declare levels and bounds in the metadata"
                )
            }
            Why::NothingNew(_) => {
                "keep what there is, or make records differ: `--set verbalised=5`, `--set condition=COLUMN`, a higher \
                 `--set temperature=…`, fewer `rows_per_reply`; or use another model"
                    .into()
            }
            Why::Model(error) => return error.hint(),
        })
    }
}
