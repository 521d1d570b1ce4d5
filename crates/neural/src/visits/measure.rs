//! How surprised is a model at the lives of other people, with its network and without?

use super::course::{Course, Lens};
use super::encode::Finder;
use super::field::NO_FOLD;
use super::model::FittedVisits;
use super::store::{Lives, Store};
use crate::Network;
use verosim_core::{SampleError, Seeded};
use verosim_timeline::Events;

pub(super) fn surprise(model: &FittedVisits, events: &Events) -> Result<(f64, f64, usize), SampleError> {
    let grammar = model.grammar();
    let finder = Finder::new(grammar);
    let (lens, places) = (Lens::new(events), finder.places(events));
    let mut store = Store::default();
    for person in events.people() {
        let course = Course::new(&person, &lens);
        let mut life = Vec::new();
        if let (_, Some(last)) = finder.life(&person, &course, &places, &mut life) {
            finder.end(&person, &course, last, &mut life);
        }
        store.folds.push(NO_FOLD as u8);
        // Whoever has what nobody had in training cannot be told of.
        let mut known = true;
        let mut one = Store::default();
        one.folds.push(NO_FOLD as u8);
        one.push(&life);
        one.walk(0, grammar, |life, token| known &= model.network.masks().allows(life.class(), token));
        store.push(if known { &life } else { const { &Vec::new() } });
    }
    let lives = Lives::new(&store, grammar, 0..store.people());
    let broken = |what: String| SampleError::BrokenModel { what };
    let fresh = Network::new(model.network.shape(), model.network.masks().clone(), Seeded::new(0))
        .map_err(|error| broken(error.to_string()))?;
    let of = |network: &Network| {
        network.surprise(&lives, Some(&model.counted)).map_err(|error| broken(error.to_string()))
    };
    let (base, both) = (of(&fresh)?, of(&model.network)?);
    let n = base.choices.max(1) as f64;
    Ok((base.nats / n, both.nats / n, base.choices))
}
