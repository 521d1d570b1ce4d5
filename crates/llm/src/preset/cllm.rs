//! CLLM: examples and background knowledge, then curation.

use super::ask::RowPrompted;
use super::row_prompter::RowPrompter;
use super::style::{Examples, Order, Sections, Style, Writers};
use super::{DynPrompted, DynPrompter, PromptEngine};
use crate::card::Mapping;
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Disclosure, EnginePage, Mode, RowForm, Setting};

/// The preset `cllm`.
pub(super) struct Cllm;
/// Its place in the registry.
pub(super) static CLLM: Cllm = Cllm;

pub(super) const ROWS_PER_REPLY: Setting = Setting {
    name: "rows_per_reply",
    default: "30",
    range: "1..=500",
    purpose: "records that one reply holds; more save tokens, beyond 50 to 100 replies drift",
};
pub(super) const TEMPERATURE: Setting = Setting {
    name: "temperature",
    default: "0.9",
    range: "[0, 2]",
    purpose: "how far the model strays from its likeliest answer; low values make everybody the typical patient",
};
pub(super) const TEMPERATURE_TO: Setting = Setting {
    name: "temperature_to",
    default: "stay",
    range: "[0, 2], or stay",
    purpose: "temperature that later requests come to in even steps: a rise when records begin to repeat each other",
};
pub(super) const TEMPERATURE_OVER: Setting = Setting {
    name: "temperature_over",
    default: "20",
    range: "1..=100000",
    purpose: "requests until `temperature_to` is reached",
};
pub(super) const TOP_P: Setting = Setting {
    name: "top_p",
    default: "0.95",
    range: "[0.01, 1]",
    purpose: "share of probability that tokens are drawn from",
};
pub(super) const MAX_REQUESTS: Setting = Setting {
    name: "max_requests",
    default: "0",
    range: "0..=10000000",
    purpose: "most requests; 0 for twenty times what perfect replies would take",
};
pub(super) const DIVERSITY: Setting = Setting {
    name: "diversity",
    default: "on",
    range: "on, off",
    purpose: "another push away from the typical record in each request",
};
pub(super) const PERSONAS: Setting = Setting {
    name: "personas",
    default: "on",
    range: "on, off",
    purpose: "another writer in each request, put together by our seed from a profession, a place and a habit",
};
pub(super) const SECTIONS: Setting = Setting {
    name: "sections",
    default: "fixed",
    range: "fixed, shuffled",
    purpose: "whether the parts of each prompt stand in another order; a fixed one lets servers cache it",
};
pub(super) const VERBALISED: Setting = Setting {
    name: "verbalised",
    default: "1",
    range: "1..=50",
    purpose: "candidates that the model gives for each record with a probability each, of which our sampler draws one \
              (verbalised sampling); they count towards `rows_per_reply`; 1 for none",
};
pub(super) const ORDER: Setting = Setting {
    name: "order",
    default: "table",
    range: "table, random, dependency",
    purpose: "order of columns in each request: as in the table, another one each time, or determinants first",
};
pub(super) const CONDITION: Setting = Setting {
    name: "condition",
    default: "",
    range: "column names, separated by commas",
    purpose: "columns whose values we draw for each record, so that their spread is ours and not the model's",
};
pub(super) const PREVALENCE: Setting = Setting {
    name: "prevalence",
    default: "restore",
    range: "restore, model",
    purpose: "whether the outcome comes out as often as among real patients (its shares stay on this machine), or as \
              often as the model gives it",
};
pub(super) const POOL: Setting = Setting {
    name: "pool",
    default: "200",
    range: "1..=100000",
    purpose: "most real rows that are ever shown, over all requests, where rows may be shown; drawn once, evenly over \
              the outcome",
};

static PAGE: EnginePage = EnginePage {
    id: "cllm",
    summary: "A language model that is shown some patients and told about the field; for 20 to 200 real rows.",
    method: "Each request holds five parts: who the model is and what good records are, what the data are about \
             (`--about`), the columns, up to 20 real records, and the shape of the reply (JSON objects). The examples \
             are drawn anew for each request from the whole set of rows that may be shown. Replies are parsed record by \
             record; each is taken, repaired where only one thing can be meant, or refused with a reason; copies of \
             examples are refused. Asking ends when all rows are had, at a limit, or when it is clear that they cannot \
             be had.\n\n\
             Models repeat the typical patient. Against it, each request gets another push and another writer, the spread \
             of any columns can be ours (`condition`), and the model can be asked for several candidates with their \
             probabilities (`verbalised`), of which our sampler draws. When further replies bring hardly anything new, \
             asking ends and says so.\n\n\
             Then curation drops records whose outcome does not follow from the rest, and more are asked for. \
             `--curate protective` (the default once `--target` names an outcome) drops no more of a class than real rows \
             of it would lose, `published` is the paper's rule, which erases rare outcomes that little predicts, `none` \
             keeps all.\n\n\
             What may be told depends on `--disclose`: at `metadata` the model sees declared names, levels and ranges \
             only, at `aggregate` protected statistics in place of examples, at `rows` the examples.",
    limits: "Its strength is what the model knows of the field: with names that mean nothing it loses to `trees`, and \
             with a few hundred rows or more `trees` is better and free. Public tables may have been memorised by the \
             model. Small models ignore the context.",
    guarantee: "None. Rows that are shown to a model elsewhere have left this machine; copies of them are refused, \
                which is no proof that nothing of them comes back.",
    sources: &["seedat2024", "zhang2025verbalized", "yu2023attributed", "ge2024personas"],
    settings: &[
        ROWS_PER_REPLY,
        Setting {
            name: "examples",
            default: "20",
            range: "0..=1000",
            purpose: "real rows in each prompt, where rows may be shown",
        },
        POOL,
        TEMPERATURE,
        TEMPERATURE_TO,
        TEMPERATURE_OVER,
        TOP_P,
        ORDER,
        SECTIONS,
        DIVERSITY,
        PERSONAS,
        VERBALISED,
        CONDITION,
        PREVALENCE,
        MAX_REQUESTS,
    ],
    control_only: false,
};

impl PromptEngine for Cllm {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn needs_no_rows(&self) -> bool {
        false
    }

    fn is_curated(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError> {
        let base = json_rows(Examples::Drawn(20), true);
        Ok(Box::new(RowPrompter::new(&PAGE, base, false, Disclosure::Rows, settings)?))
    }

    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String> {
        Ok(Box::new(RowPrompted::load(saved)?))
    }
}

/// JSON records asked for in a conversation.
pub(super) fn json_rows(examples: Examples, statistics: bool) -> Style {
    Style {
        form: RowForm::Json,
        mode: Mode::Chat,
        examples,
        mapping: Mapping::None,
        order: Order::Table,
        restore: true,
        statistics,
        rows: 30,
        temperature: 0.9,
        temperature_to: None,
        temperature_over: 20,
        top_p: 0.95,
        diversity: true,
        writers: Writers::Many,
        sections: Sections::Fixed,
        candidates: 1,
        condition: Vec::new(),
        max_requests: None,
        pool: 200,
    }
}
