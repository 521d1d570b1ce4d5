//! Which engines make timelines? One line here adds one.

use verosim_core::{ConfigError, did_you_mean};
use verosim_timeline::TimelineKind;

/// The one line to edit when adding an engine of timelines.
pub static TIMELINES: &[&dyn TimelineKind] =
    &[&crate::markov::MARKOV, &crate::relational::RELATIONAL, &crate::independent_events::INDEPENDENT_EVENTS];

/// The engine of timelines called `id`.
///
/// # Errors
/// [`ConfigError::UnknownEngine`] with the nearest id.
pub fn timeline(id: &str) -> Result<&'static dyn TimelineKind, ConfigError> {
    let ids = || TIMELINES.iter().map(|engine| engine.page().id);
    TIMELINES.iter().copied().find(|engine| engine.page().id == id).ok_or_else(|| {
        ConfigError::UnknownEngine { id: id.to_owned(), nearest: did_you_mean(id, ids()).map(str::to_owned) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_found_by_their_names() {
        for engine in TIMELINES {
            let page = engine.page();
            assert_eq!(timeline(page.id).unwrap().page().id, page.id);
            assert!(engine.configure(&serde_json::Map::new()).is_ok(), "defaults of {}", page.id);
        }
        let Err(ConfigError::UnknownEngine { nearest, .. }) = timeline("markow") else { panic!("unknown") };
        assert_eq!(nearest.as_deref(), Some("markov"));
    }
}
