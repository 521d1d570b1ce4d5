//! Which engines learn timelines, of all families?

use crate::error::EngineError;
use serde_json::{Map, Value};
use verosim_core::{ConfigError, EnginePage, did_you_mean};
use verosim_timeline::{TimelineEngine, TimelineKind};

/// The engine that learns when nobody names one.
pub const DEFAULT: &str = "visits";

/// All of them, in the order in which they are listed.
pub fn kinds() -> impl Iterator<Item = &'static dyn TimelineKind> {
    verosim_neural::TIMELINES.iter().chain(verosim_models::TIMELINES).copied()
}

/// The pages of all of them.
pub fn pages() -> impl Iterator<Item = &'static EnginePage> {
    kinds().map(TimelineKind::page)
}

/// The engine called `id`.
///
/// # Errors
/// [`ConfigError::UnknownEngine`] with the nearest name.
pub fn kind(id: &str) -> Result<&'static dyn TimelineKind, EngineError> {
    kinds().find(|kind| kind.page().id == id).ok_or_else(|| {
        let nearest = did_you_mean(id, pages().map(|page| page.id)).map(str::to_owned);
        ConfigError::UnknownEngine { id: id.to_owned(), nearest }.into()
    })
}

/// The engine called `id` with checked settings.
///
/// # Errors
/// Unknown engines and settings, and control engines that were not asked for as such.
pub fn configure(
    id: &str,
    settings: &Map<String, Value>,
    control: bool,
) -> Result<(&'static dyn TimelineKind, Box<dyn TimelineEngine>), EngineError> {
    let kind = kind(id)?;
    if kind.page().control_only && !control {
        return Err(EngineError::ControlOnly { engine: kind.page().id });
    }
    Ok((kind, kind.configure(settings)?))
}
