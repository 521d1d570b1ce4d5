//! EPIC: balanced groups of CSV rows, and names that cannot be confused.

use super::ask::RowPrompted;
use super::cllm::{
    CONDITION, MAX_REQUESTS, POOL, PREVALENCE, ROWS_PER_REPLY, TEMPERATURE, TEMPERATURE_OVER, TEMPERATURE_TO,
    TOP_P,
};
use super::row_prompter::RowPrompter;
use super::style::{Examples, Order, Sections, Style, Writers};
use super::{DynPrompted, DynPrompter, PromptEngine};
use crate::card::Mapping;
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Disclosure, EnginePage, Mode, RowForm, Setting};

/// The preset `epic`.
pub(super) struct Epic;
/// Its place in the registry.
pub(super) static EPIC: Epic = Epic;

static PAGE: EnginePage = EnginePage {
    id: "epic",
    summary: "A language model that goes on with balanced groups of CSV rows: for rare outcomes and few rows.",
    method: "The prompt holds a glossary of the columns and sets of examples: a CSV header, then for each level of the \
             outcome a marker line and equally many rows, however rare the level is. The model goes on after the last \
             header. Levels can be renamed (`mapping`): `unique-prefix` writes `sex_F`, which keeps the meaning; \
             `random` writes three random characters that no two levels share, as in the paper. Levels of which enough \
             rows are had are not asked for any more, and rows are taken so that the outcome comes out as often as \
             among real patients, which the paper did not do.\n\n\
             The outcome is `--target`, or else the last column with 2 to 10 levels. One line tells the model its \
             role, which the paper does not have: conversational models comment on the rows without it. Where rows may \
             not be shown (`--disclose`), the groups are described in words.",
    limits: "Balancing teaches the model the rare level, and takes the dependence of the outcome on its prevalence \
             away: judge probabilities only after restoring it. Without examples little of the method is left. Class \
             weights or a shifted threshold give a classifier the same sensitivity for nothing.",
    guarantee: "None. Rows that are shown to a model elsewhere have left this machine; copies of them are refused, \
                which is no proof that nothing of them comes back.",
    sources: &["kim2024epic"],
    settings: &[
        Setting { default: "40", ..ROWS_PER_REPLY },
        Setting {
            name: "rows_per_level",
            default: "15",
            range: "1..=200",
            purpose: "examples of each level of the outcome in a set",
        },
        Setting { name: "sets", default: "4", range: "1..=20", purpose: "sets of examples" },
        Setting {
            name: "mapping",
            default: "unique-prefix",
            range: "none, unique-prefix, random",
            purpose: "how levels are named; random codes stop confusion between columns and take the meaning away",
        },
        POOL,
        Setting { default: "1", ..TEMPERATURE },
        TEMPERATURE_TO,
        TEMPERATURE_OVER,
        Setting { default: "1", ..TOP_P },
        CONDITION,
        PREVALENCE,
        MAX_REQUESTS,
    ],
    control_only: false,
};

impl PromptEngine for Epic {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn needs_no_rows(&self) -> bool {
        false
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError> {
        let base = Style {
            form: RowForm::Csv,
            mode: Mode::Chat,
            examples: Examples::Balanced { per_level: 15, sets: 4 },
            mapping: Mapping::UniquePrefix,
            order: Order::OutcomeFirst,
            restore: true,
            statistics: true,
            rows: 40,
            temperature: 1.0,
            temperature_to: None,
            temperature_over: 20,
            top_p: 1.0,
            diversity: false,
            writers: Writers::Nobody,
            sections: Sections::Fixed,
            candidates: 1,
            condition: Vec::new(),
            max_requests: None,
            pool: 200,
        };
        Ok(Box::new(RowPrompter::new(&PAGE, base, true, Disclosure::Rows, settings)?))
    }

    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String> {
        Ok(Box::new(RowPrompted::load(saved)?))
    }
}
