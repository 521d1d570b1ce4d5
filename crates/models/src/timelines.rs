//! Which engines make timelines? One line here adds one.

use verosim_timeline::TimelineKind;

/// The one line to edit when adding an engine of timelines.
pub static TIMELINES: &[&dyn TimelineKind] =
    &[&crate::markov::MARKOV, &crate::relational::RELATIONAL, &crate::independent_events::INDEPENDENT_EVENTS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_legal_and_names_differ() {
        for (at, engine) in TIMELINES.iter().enumerate() {
            let id = engine.page().id;
            assert!(engine.configure(&serde_json::Map::new()).is_ok(), "defaults of {id}");
            assert!(TIMELINES[..at].iter().all(|other| other.page().id != id), "{id} is there twice");
        }
    }
}
