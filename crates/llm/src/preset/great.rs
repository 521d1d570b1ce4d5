//! GReaT: rows as sentences, columns in any order.

use super::ask::RowPrompted;
use super::cllm::{
    CONDITION, MAX_REQUESTS, ORDER, POOL, PREVALENCE, ROWS_PER_REPLY, SECTIONS, TEMPERATURE,
    TEMPERATURE_OVER, TEMPERATURE_TO, TOP_P,
};
use super::row_prompter::RowPrompter;
use super::style::{Examples, Order, Sections, Style, Writers};
use super::{DynPrompted, DynPrompter, PromptEngine};
use crate::card::Mapping;
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Disclosure, EnginePage, Mode, RowForm, Setting};

/// The preset `great`.
pub(super) struct Great;
/// Its place in the registry.
pub(super) static GREAT: Great = Great;

static PAGE: EnginePage = EnginePage {
    id: "great",
    summary: "Rows as sentences that a base model goes on with; any values can be settled beforehand.",
    method: "A row is written `age is 63, sex is F`. The prompt holds the columns and example sentences, one a line, and \
             ends where the next one begins; columns whose values are settled (`condition`) stand first, so that the \
             rest follows from them. Columns stand in another random order in each request, or determinants before \
             what they determine (`order=dependency`, by functional dependencies of the training rows). Values with \
             commas, quotes or line ends are JSON strings, so that every row reads back exactly.\n\n\
             `verosim impute TABLE MODEL` fills the missing cells of a table: known cells stand first in each sentence and are \
             part of what an answer must hold, several completed tables are drawn, and known cells are copied from the \
             file. They are rows: a server is told them with `--disclose rows` only.\n\n\
             It uses a completion endpoint or a local model (`mode=chat` for servers that only converse). The method's \
             fine-tuning on the table is not part of this preset: it asks the model as it is.",
    limits: "Without fine-tuning the model only knows the rows in its prompt and what it read before: `cllm` tells \
             conversational models more. Sentences take two to three times the tokens of CSV, and with `condition` or in \
             filling cells a base model writes one row per request. Cells that are filled do not know of columns that \
             are computed from them.",
    guarantee: "None. Rows that are shown to a model elsewhere have left this machine; copies of them are refused, \
                which is no proof that nothing of them comes back.",
    sources: &["borisov2023", "xu2024order"],
    settings: &[
        Setting { default: "10", ..ROWS_PER_REPLY },
        Setting {
            name: "examples",
            default: "20",
            range: "0..=1000",
            purpose: "real rows in each prompt, where rows may be shown",
        },
        POOL,
        Setting { default: "random", ..ORDER },
        SECTIONS,
        Setting {
            name: "mode",
            default: "completion",
            range: "completion, chat",
            purpose: "whether the model goes on with a text or answers in a conversation",
        },
        Setting { default: "0.7", ..TEMPERATURE },
        TEMPERATURE_TO,
        TEMPERATURE_OVER,
        Setting { default: "1", ..TOP_P },
        CONDITION,
        PREVALENCE,
        MAX_REQUESTS,
    ],
    control_only: false,
};

impl PromptEngine for Great {
    fn page(&self) -> &'static EnginePage {
        &PAGE
    }

    fn needs_no_rows(&self) -> bool {
        false
    }

    fn fills(&self) -> bool {
        true
    }

    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError> {
        let base = Style {
            form: RowForm::Sentence,
            mode: Mode::Completion,
            examples: Examples::Drawn(20),
            mapping: Mapping::None,
            order: Order::Random,
            restore: true,
            statistics: true,
            rows: 10,
            temperature: 0.7,
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
        Ok(Box::new(RowPrompter::new(&PAGE, base, false, Disclosure::Rows, settings)?))
    }

    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String> {
        Ok(Box::new(RowPrompted::load(saved)?))
    }
}
