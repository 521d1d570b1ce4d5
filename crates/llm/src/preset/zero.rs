//! Patients from a description alone.

use super::ask::RowPrompted;
use super::cllm::{
    CONDITION, DIVERSITY, MAX_REQUESTS, ORDER, PERSONAS, ROWS_PER_REPLY, SECTIONS, TEMPERATURE,
    TEMPERATURE_OVER, TEMPERATURE_TO, TOP_P, VERBALISED, json_rows,
};
use super::row_prompter::RowPrompter;
use super::style::Examples;
use super::{DynPrompted, DynPrompter, PromptEngine};
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Disclosure, EnginePage, Setting};

/// The preset `llm-zero`.
pub(super) struct Zero;
/// Its place in the registry.
pub(super) static ZERO: Zero = Zero;

static PAGE: EnginePage = EnginePage {
    id: "llm-zero",
    summary: "A language model that sees no patient, only the description of the columns: for when there are no data.",
    method: "The prompt holds who the model is, what the data are about (`--about`), the columns with their declared \
             units, levels, ranges and descriptions, and the shape of the reply. No row and no statistic is ever told; \
             with `--disclose aggregate` the names of levels and rounded ranges that are not declared are. Each request \
             gets another push away from the typical patient and another writer. Replies are checked record by record against the declared \
             levels and ranges.\n\n\
             A metadata file is enough: `verosim fit metadata.json --engine llm-zero`, then \
             `verosim sample MODEL -n 500 --model …`.",
    limits: "It draws what the model believes about such patients, which may be wrong and is narrower than any \
             population. It is for software tests, teaching and planning, not for findings. With even 20 real rows use \
             `cllm`, with a few hundred `trees`.",
    guarantee: "No cell of the data is told, so none can come back; the model may have memorised public tables.",
    sources: &["kim2024epic", "seedat2024", "zhang2025verbalized", "yu2023attributed", "ge2024personas"],
    settings: &[
        ROWS_PER_REPLY,
        Setting { default: "1", ..TEMPERATURE },
        TEMPERATURE_TO,
        TEMPERATURE_OVER,
        Setting { default: "1", ..TOP_P },
        Setting {
            range: "table, random",
            purpose: "order of columns in each request: as described, or another one each time",
            ..ORDER
        },
        SECTIONS,
        DIVERSITY,
        PERSONAS,
        VERBALISED,
        CONDITION,
        MAX_REQUESTS,
    ],
    control_only: false,
};

impl PromptEngine for Zero {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn needs_no_rows(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError> {
        let mut base = json_rows(Examples::Nothing, false);
        // Shares of the outcome are statistics of patients: this preset uses none.
        base.restore = false;
        Ok(Box::new(RowPrompter::new(&PAGE, base, false, Disclosure::Aggregate, settings)?))
    }

    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String> {
        Ok(Box::new(RowPrompted::load(saved)?))
    }
}
