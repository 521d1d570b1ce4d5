//! What do lives look like whose codes know nothing of each other?

use rand::RngExt as _;
use verosim_core::Seeded;
use verosim_timeline::event::{Builder, Columns, STATIC};
use verosim_timeline::{Events, Kind};

/// The same people and times with all codes, and the numbers that belong to them, dealt out anew: among events with a time
/// and among those without, births and deaths aside. Every code stays as frequent as it was, every life as long.
pub(crate) fn dealt(events: &Events, seed: Seeded) -> Events {
    let kinds: Vec<Kind> = events.codes().levels().iter().map(|code| Kind::of(code)).collect();
    let fixed = |row: usize| matches!(kinds[events.codes().codes()[row] as usize], Kind::Birth | Kind::Death);
    let mut from: Vec<usize> = (0..events.len()).collect();
    for (name, is_static) in [("static", true), ("timed", false)] {
        let rows: Vec<usize> = (0..events.len())
            .filter(|&row| (events.times()[row] == STATIC) == is_static && !fixed(row))
            .collect();
        let mut order = rows.clone();
        let mut rng = seed.split(name).rng();
        (1..order.len()).rev().for_each(|at| order.swap(at, rng.random_range(0..=at)));
        rows.iter().zip(order).for_each(|(&row, other)| from[row] = other);
    }
    let columns = Columns {
        subject: events.subjects().to_vec(),
        time: events.times().to_vec(),
        end: events.ends().to_vec(),
        number: from.iter().map(|&row| events.numbers()[row]).collect(),
        code: events.codes().take(&from),
        text: events.texts().clone(),
        visit: events.visits().clone(),
        source: events.sources().clone(),
        extras: Vec::new(),
    };
    let mut builder = Builder::default();
    builder.append_columns(&columns);
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::world::people;
    use std::collections::BTreeMap;

    #[test]
    fn codes_stay_as_frequent_and_lives_as_long() {
        let events = people(50, 0, Seeded::new(1));
        let floor = dealt(&events, Seeded::new(2));
        let counts = |events: &Events| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            (0..events.len())
                .for_each(|row| *counts.entry(events.codes().cell(row).into()).or_default() += 1);
            counts
        };
        assert_eq!(counts(&events), counts(&floor));
        assert_eq!((events.subjects(), events.times()), (floor.subjects(), floor.times()));
        let codes = |events: &Events| {
            (0..events.len()).map(|row| events.codes().cell(row).to_owned()).collect::<Vec<_>>()
        };
        assert_ne!(codes(&events), codes(&floor));
    }
}
