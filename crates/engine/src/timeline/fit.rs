//! How is a model learned from timelines?

use super::model::{TimelineAbout, TimelineModel};
use super::portfolio::configure;
use crate::error::EngineError;
use crate::host::Host;
use crate::recipe::Recipe;
use verosim_core::{Context, Seeded};
use verosim_timeline::Train;

/// Learns a model of the lives of `train`.
///
/// # Errors
/// Those of the settings, of the engine and of the source.
pub fn fit(
    train: Train<'_>,
    recipe: &Recipe,
    host: &Host<'_>,
    ctx: Context<'_>,
) -> Result<TimelineModel, EngineError> {
    let (kind, engine) = configure(&recipe.engine, &recipe.settings, recipe.control)?;
    let cohort = train.cohort();
    let (mut people, mut events) = (0, 0);
    for shard in 0..cohort.shards() {
        ctx.stop.check()?;
        let read = cohort.read(shard, ctx)?;
        people += read.n_people() as u64;
        events += read.len() as u64;
    }
    let fitted = engine.fit(train, Seeded::new(recipe.seed).split("fit"), ctx)?;
    let source = cohort.source();
    let codes = fitted.codes().into_iter().filter_map(|code| {
        let words = source.codes().description(&code).to_owned();
        (!words.is_empty()).then_some((code, words))
    });
    let about = TimelineAbout {
        made_by: format!("verosim {}", host.version),
        seed: recipe.seed,
        people,
        events,
        settings: engine.settings(),
        guarantee: fitted.guarantee(),
        shape: source.about().shape.clone(),
        name: source.about().name.clone(),
        codes: codes.collect(),
        mapping: source.mapping(),
    };
    Ok(TimelineModel { page: kind.page(), fitted, about })
}
