//! Which engines exist? One line here adds one.

use crate::{Filler, LoadError, Saved, StoredFact};
use serde_json::{Map, Value};
use std::sync::Arc;
use verosim_core::{ConfigError, Context, EnginePage, FitError, Seeded, did_you_mean};
use verosim_data::encode::CodecSettings;
use verosim_data::{Domain, Encoded, Tabular};
use verosim_privacy::{Promise, SealedTable};

/// A fitted engine behind a pointer: what the run holds.
pub trait DynFitted: verosim_core::FittedSynthesizer<Tabular> {
    /// Everything learned, as data.
    fn save(&self) -> Saved;
    /// What [`save`](Self::save) stores about patients.
    fn stored(&self) -> Vec<StoredFact>;
    /// What draws missing cells given the known ones of their row, of engines that can.
    fn filler(&self) -> Option<&dyn Filler> {
        None
    }
}

/// Checked settings behind a pointer.
pub trait DynSynthesizer: Send + Sync {
    /// The encoding this engine wants.
    fn codec(&self) -> CodecSettings;
    /// Learns.
    ///
    /// # Errors
    /// See [`verosim_core::Synthesizer::fit`].
    fn fit(&self, train: &Encoded, seed: Seeded, ctx: Context<'_>) -> Result<Box<dyn DynFitted>, FitError>;
    /// The same engine as one that learns under a formal promise; `None` when it makes none.
    fn promising(&self) -> Option<&dyn Promising> {
        None
    }
    /// Predicted peak bytes and CPU seconds for a table of this size: (bytes, seconds).
    fn predict_cost(&self, n_rows: usize, n_columns: usize) -> (u64, f64);
    /// All settings as resolved, for manifests and recipes.
    fn settings(&self) -> Map<String, Value>;
}

/// Checked settings that learn under a formal promise, from nothing but declarations and what a seal gives out.
pub trait Promising: Send + Sync {
    /// Most cells that numbers are cut into between their declared bounds. Follows from public facts.
    fn cells(&self, promise: &Promise, n_columns: usize) -> usize;
    /// Learns. `sealed` holds a column of codes for each of `domain`; `public` is what counts as known beside the promise.
    ///
    /// # Errors
    /// [`FitError::NotReleased`] when the budget buys nothing; [`FitError::NothingToModel`].
    fn fit(
        &self,
        sealed: SealedTable,
        domain: Arc<Domain>,
        public: Vec<String>,
        seed: Seeded,
        ctx: Context<'_>,
    ) -> Result<Box<dyn DynFitted>, FitError>;
}

/// One registry item: a page, a door for settings, a door for saved models.
pub trait Engine: Send + Sync {
    /// What help, `explain` and the docs print.
    fn page(&self) -> &'static EnginePage;
    /// Whether what it learns has a [`filler`](DynFitted::filler).
    fn fills(&self) -> bool {
        false
    }
    /// Whether it learns under a formal promise, and only so: then [`DynSynthesizer::promising`] is there.
    fn promises(&self) -> bool {
        false
    }
    /// Checks settings as written in a recipe (numbers, strings, booleans).
    ///
    /// # Errors
    /// [`ConfigError`] with the nearest legal name or the legal range.
    fn configure(&self, settings: &Map<String, Value>) -> Result<Box<dyn DynSynthesizer>, ConfigError>;
    /// Reads back what [`DynFitted::save`] wrote; `domain` comes from the saved codec.
    ///
    /// # Errors
    /// [`LoadError`] when parts are missing or inconsistent; never panics on any document.
    fn load(&self, saved: &Saved, domain: Arc<Domain>) -> Result<Box<dyn DynFitted>, LoadError>;
}

/// The one line to edit when adding an engine.
pub static ENGINES: &[&dyn Engine] = &[
    &crate::trees::TREES,
    &crate::arf::ARF,
    &crate::bayesnet::BAYESNET,
    &crate::gibbs::GIBBS,
    &crate::mice::MICE,
    &crate::mst::MST,
    &crate::aim::AIM,
    &crate::privbayes::PRIVBAYES,
    &crate::tabpe::TAB_PE,
    &crate::copula::COPULA,
    &crate::kde::KDE,
    &crate::smote::SMOTE,
    &crate::independent::INDEPENDENT,
    &crate::bootstrap::BOOTSTRAP,
];

/// All settings as resolved: what [`DynSynthesizer::settings`] gives where every field is one.
pub(crate) fn written(settings: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(settings)) => settings,
        _ => Map::new(),
    }
}

/// The engine called `id`.
///
/// # Errors
/// [`ConfigError::UnknownEngine`] with the nearest id.
pub fn engine(id: &str) -> Result<&'static dyn Engine, ConfigError> {
    ENGINES.iter().copied().find(|engine| engine.page().id == id).ok_or_else(|| ConfigError::UnknownEngine {
        id: id.to_owned(),
        nearest: did_you_mean(id, ENGINES.iter().map(|engine| engine.page().id)).map(str::to_owned),
    })
}
