//! How is a model learned from training rows?

use crate::artefact::{About, Artefact, type_word};
use crate::error::EngineError;
use crate::host::Host;
use crate::load::Source;
use crate::recipe::Recipe;
use verosim_core::{Context, Seeded};
use verosim_data::{Codec, Train};
use verosim_models::{DynSynthesizer, Engine, engine};

/// Learns a model from `train`; `source` says how its file was written.
///
/// # Errors
/// Those of the settings and of the engine.
pub fn fit(
    train: &Train,
    source: &Source,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<Artefact, EngineError> {
    let (engine, configured) = configure(recipe)?;
    let seed = Seeded::new(recipe.seed).split("fit");
    let (codec, encoded) = Codec::fit(train, &source.schema, &configured.codec(), seed.split("codec"));
    ctx.stop.check()?;
    let fitted = configured.fit(&encoded, seed.split("engine"), ctx)?;
    let about = About {
        made_by: format!("verosim {}", host.version),
        seed: recipe.seed,
        n_rows: train.table().n_rows(),
        settings: configured.settings(),
        guarantee: fitted.guarantee(),
        format: source.info.format.extension().to_owned(),
        delimiter: source.info.delimiter as char,
        types: source.types().into_iter().map(|(name, kind)| (name, type_word(kind).to_owned())).collect(),
    };
    Ok(Artefact { engine, fitted, codec, about })
}

/// The engine of a recipe and its checked settings.
///
/// # Errors
/// Unknown engines and settings, and control engines that were not asked for as such.
pub fn configure(recipe: &Recipe) -> Result<(&'static dyn Engine, Box<dyn DynSynthesizer>), EngineError> {
    let engine = engine(&recipe.engine)?;
    if engine.page().control_only && !recipe.control {
        return Err(EngineError::ControlOnly { engine: engine.page().id });
    }
    let configured = engine.configure(&recipe.settings)?;
    Ok((engine, configured))
}
