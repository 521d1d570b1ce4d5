//! Which engines are there, of all families?

use crate::error::EngineError;
use crate::formal::{Terms, can_promise};
use crate::recipe::{Recipe, RecipeError};
use serde_json::{Map, Value};
use verosim_core::{ConfigError, EnginePage, did_you_mean};
use verosim_llm::preset::{DynPrompter, PromptEngine};
use verosim_models::{DynSynthesizer, Engine};

/// The pages of all engines, in the order in which they are listed.
pub fn pages() -> impl Iterator<Item = &'static EnginePage> {
    let drawn = verosim_models::ENGINES.iter().map(|engine| engine.page());
    drawn.chain(verosim_llm::preset::ENGINES.iter().map(|engine| engine.page()))
}

/// An engine with checked settings.
pub enum Configured {
    /// It learns and draws by itself.
    Drawn(&'static dyn Engine, Box<dyn DynSynthesizer>),
    /// It asks a language model for rows.
    Prompted(&'static dyn PromptEngine, Box<dyn DynPrompter>),
}

impl Configured {
    /// All settings as resolved.
    #[must_use]
    pub fn settings(&self) -> Map<String, Value> {
        match self {
            Self::Drawn(_, configured) => configured.settings(),
            Self::Prompted(_, configured) => configured.settings(),
        }
    }

    /// Whether a language model is needed.
    #[must_use]
    pub fn is_prompted(&self) -> bool {
        matches!(self, Self::Prompted(..))
    }
}

/// The engine of a recipe and its checked settings.
///
/// # Errors
/// Unknown engines and settings, and control engines that were not asked for as such.
pub fn configure(recipe: &Recipe) -> Result<Configured, EngineError> {
    let configured = match (drawn(&recipe.engine), prompted(&recipe.engine)) {
        (Some(engine), _) => Configured::Drawn(engine, engine.configure(&recipe.settings)?),
        (None, Some(engine)) => Configured::Prompted(engine, engine.configure(&recipe.settings)?),
        (None, None) => {
            let nearest = did_you_mean(&recipe.engine, pages().map(|page| page.id)).map(str::to_owned);
            return Err(ConfigError::UnknownEngine { id: recipe.engine.clone(), nearest }.into());
        }
    };
    Terms::of(recipe)?;
    if let Configured::Drawn(engine, _) = &configured
        && engine.page().control_only
        && !recipe.control
    {
        return Err(EngineError::ControlOnly { engine: engine.page().id });
    }
    Ok(configured)
}

/// The recipe of one of several engines: settings are written as `ENGINE.KEY`, and a promise is asked of those that make one.
pub(crate) fn of_engine(recipe: &Recipe, engine: &str, seed: u64) -> Recipe {
    let own = |(key, value): (&String, &Value)| {
        let (id, name) = key.split_once('.')?;
        (id == engine).then(|| (name.to_owned(), value.clone()))
    };
    let settings: Map<String, Value> = recipe.settings.iter().filter_map(own).collect();
    let (epsilon, delta, insecure_seed) = if can_promise(engine) {
        (recipe.epsilon, recipe.delta, recipe.insecure_seed)
    } else {
        (None, None, None)
    };
    Recipe { engine: engine.to_owned(), settings, seed, epsilon, delta, insecure_seed, ..recipe.clone() }
}

/// Refuses settings that are of none of `engines`.
///
/// # Errors
/// [`RecipeError::Value`].
pub(crate) fn check_owners(recipe: &Recipe, engines: &[impl AsRef<str>]) -> Result<(), EngineError> {
    for key in recipe.settings.keys() {
        let owner = key.split_once('.').filter(|(id, _)| engines.iter().any(|engine| engine.as_ref() == *id));
        if owner.is_none() {
            let names: Vec<&str> = engines.iter().map(AsRef::as_ref).collect();
            let wanted = format!("ENGINE.KEY=VALUE with one of these engines: {}", names.join(", "));
            let found = format!("`{key}`");
            return Err(RecipeError::Value { key: "set".into(), found, wanted }.into());
        }
    }
    Ok(())
}

/// The engine called `id` that draws by itself.
#[must_use]
pub fn drawn(id: &str) -> Option<&'static dyn Engine> {
    verosim_models::ENGINES.iter().copied().find(|engine| engine.page().id == id)
}

/// The engine called `id` that asks a language model.
#[must_use]
pub fn prompted(id: &str) -> Option<&'static dyn PromptEngine> {
    verosim_llm::preset::ENGINES.iter().copied().find(|engine| engine.page().id == id)
}

/// Ids of the engines that fill missing cells, in the order in which engines are listed.
#[must_use]
pub fn fillers() -> Vec<&'static str> {
    let drawn = verosim_models::ENGINES.iter().filter(|engine| engine.fills()).map(|engine| engine.page().id);
    let asked = verosim_llm::preset::ENGINES.iter().filter(|engine| engine.fills());
    drawn.chain(asked.map(|engine| engine.page().id)).collect()
}

/// Ids of the engines that draw rows under a condition directly, in the order in which engines are listed.
#[must_use]
pub fn conditional() -> Vec<&'static str> {
    let engines = verosim_models::ENGINES.iter().filter(|engine| engine.conditions());
    engines.map(|engine| engine.page().id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_over_all_families() {
        let ids: BTreeSet<&str> = pages().map(|page| page.id).collect();
        assert_eq!(ids.len(), pages().count());
    }
}
