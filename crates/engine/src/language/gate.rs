//! Which model is asked, and what may it be told?

use crate::error::EngineError;
use crate::recipe::{Recipe, RecipeError};
use std::path::Path;
use verosim_core::{Disclosure, LanguageModel, Place};
use verosim_llm::backend::{Access, open};
use verosim_llm::ledger::{Budget, PriceList};

/// How a language model is reached and what it may cost; no part of the recipe, so that a run that met a limit can go
/// on with a higher one.
#[derive(Clone, Debug, Default)]
pub struct LanguageOptions {
    /// Key, time-outs, limits of the rate.
    pub access: Access,
    /// Most money and tokens.
    pub budget: Budget,
    /// Prices of a day.
    pub prices: Option<PriceList>,
    /// Whether a person agreed that real rows go to another machine.
    pub yes: bool,
}

/// Reads a price file: `date`, `currency` and one `[[model]]` for each model with `name`, `input` and `output` per
/// million tokens.
///
/// # Errors
/// [`RecipeError::NotToml`] with what does not read.
pub fn prices_from_toml(path: &Path, text: &str) -> Result<PriceList, EngineError> {
    toml::from_str(text).map_err(|error| {
        RecipeError::NotToml { path: path.display().to_string(), why: error.message().to_owned() }.into()
    })
}

/// The model of a recipe and the most that it is told.
pub struct Partner {
    /// The model.
    pub model: Box<dyn LanguageModel>,
    /// What it may be told.
    pub disclosure: Disclosure,
}

/// Opens the model of a recipe. In this process everything may be told, and a replay is told what the recorded run told;
/// a server gets declared metadata only, unless the recipe says more in so many words.
///
/// # Errors
/// [`EngineError::NoModel`] without a model, [`EngineError::Unconfirmed`] when real rows would leave this machine and
/// nobody agreed, and those of opening the model.
pub fn partner(recipe: &Recipe, options: &LanguageOptions) -> Result<Partner, EngineError> {
    let name =
        recipe.model.as_deref().ok_or_else(|| EngineError::NoModel { engine: recipe.engine.clone() })?;
    let opened = open(name, &options.access)?;
    let place = opened.model.place();
    let unasked = if place == Place::Process { Disclosure::Rows } else { Disclosure::Metadata };
    let disclosure = recipe.disclose.or(opened.recorded).unwrap_or(unasked);
    if let (Place::Remote { host }, Disclosure::Rows, false) = (&place, disclosure, options.yes) {
        return Err(EngineError::Unconfirmed { host: host.clone() });
    }
    Ok(Partner { model: opened.model, disclosure })
}
