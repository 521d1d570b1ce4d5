//! Which prompted engines exist? One line here adds one.

use super::{Brief, Filler};
use crate::harvest::{Desk, Gathered, Limits, Stopped};
use serde_json::{Map, Value};
use verosim_core::{ConfigError, Context, Disclosure, EnginePage, FitError, Guarantee, Seeded, StoredFact};
use verosim_data::constrain::Allowance;

/// One registry item: a page, a door for settings, a door for saved models.
pub trait PromptEngine: Send + Sync {
    /// What help, `explain` and the docs print.
    fn page(&self) -> &'static EnginePage;
    /// Whether it works without any patient.
    fn needs_no_rows(&self) -> bool;
    /// Whether the method is incomplete without curation.
    fn is_curated(&self) -> bool {
        false
    }
    /// Whether it can keep a formal promise (`--epsilon`): that of [`Brief::sealed`], and it looks at nothing else.
    fn can_promise(&self) -> bool {
        false
    }
    /// Whether what it prepares has a [`filler`](DynPrompted::filler).
    fn fills(&self) -> bool {
        false
    }
    /// Checks settings as written in a recipe.
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynPrompter>, ConfigError>;
    /// Reads back what [`DynPrompted::save`] wrote; the error says what does not fit and never panics on any document.
    ///
    /// # Errors
    /// What is missing or inconsistent.
    fn load(&self, saved: &Value) -> Result<Box<dyn DynPrompted>, String>;
}

/// Checked settings behind a pointer.
pub trait DynPrompter: Send + Sync {
    /// Prepares what is asked; no question is sent here.
    ///
    /// # Errors
    /// [`FitError`].
    fn fit(
        &self,
        brief: &Brief<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynPrompted>, FitError>;
    /// All settings as resolved.
    fn settings(&self) -> Map<String, Value>;
    /// Rows that one reply holds: for the plan.
    fn rows_per_reply(&self) -> usize;
    /// When asking ends.
    fn limits(&self) -> Limits;
}

/// A prepared engine behind a pointer.
pub trait DynPrompted: Send + Sync {
    /// The privacy promise.
    fn guarantee(&self) -> Guarantee;
    /// The most that its prompts tell.
    fn disclosure(&self) -> Disclosure;
    /// The columns of gathered rows.
    fn columns(&self) -> Vec<Allowance>;
    /// Asks until `n` rows are had or cannot be had.
    ///
    /// # Errors
    /// [`Stopped`].
    fn gather(
        &self,
        n: usize,
        desk: &mut Desk<'_>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Gathered, Stopped>;
    /// Real rows that prompts may show, as they show them, with those columns; `None` when no row is ever shown.
    fn shown(&self) -> Option<verosim_data::Table>;
    /// Rows as a table with those columns.
    fn table(&self, rows: &[crate::accept::Record]) -> verosim_data::Table;
    /// What fills missing cells of given rows, of engines that can.
    fn filler(&self) -> Option<&dyn Filler> {
        None
    }
    /// Tokens that one request takes at most: (read, written).
    fn tokens_per_request(&self) -> (u64, u64);
    /// Rows that one reply holds.
    fn rows_per_reply(&self) -> usize;
    /// Questions that are asked, where their number does not depend on that of the rows.
    fn questions(&self) -> Option<u64> {
        None
    }
    /// Everything prepared, as data.
    fn save(&self) -> Value;
    /// What [`save`](Self::save) stores about patients.
    fn stored(&self) -> Vec<StoredFact>;
}

/// The one line to edit when adding an engine.
pub static ENGINES: &[&dyn PromptEngine] = &[
    &super::cllm::CLLM,
    &super::elicit::ELICIT,
    &super::epic::EPIC,
    &super::great::GREAT,
    &super::zero::ZERO,
];
