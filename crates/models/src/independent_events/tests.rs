//! Does the floor keep shares, and nothing else?

use super::*;
use std::collections::BTreeMap;
use verosim_timeline::world::{Clinic, codes};
use verosim_timeline::{Cohort, Train};

fn fitted() -> Box<dyn FittedTimelines> {
    let clinic = Clinic::new(4_000, 1_000, Seeded::new(5));
    let engine = INDEPENDENT_EVENTS.configure(&Map::new()).unwrap();
    engine.fit(Train::new(Cohort::all(&clinic)), Seeded::new(1), Context::silent()).unwrap()
}

fn shares(events: &Events) -> BTreeMap<&str, f64> {
    let counts = events.codes().levels().iter().zip(events.codes().counts());
    counts.map(|(code, n)| (&**code, n as f64 / events.len() as f64)).collect()
}

#[test]
fn shares_stay_and_relations_go() {
    let model = fitted();
    let draft = Draft { first_id: 1, people: 4_000, ..Draft::default() };
    let drawn = model.draw(&draft, Seeded::new(2), Context::silent()).unwrap();
    let real = verosim_timeline::world::clinic(4_000, Seeded::new(5));
    let (have, want) = (shares(&drawn), shares(&real));
    for code in [codes::AMBULATORY, codes::SYSTOLIC, codes::DIABETES, codes::PREGNANCY] {
        // The number of events is drawn by quantiles: a few percent.
        assert!((have[code] / want[code] - 1.0).abs() < 0.12, "{code}: {} not {}", have[code], want[code]);
    }
    let men = |events: &Events| {
        let people = events.people().filter(|person| {
            let has = |code: &str| person.rows().any(|row| person.code(row) == code);
            has(codes::MALE) && has(codes::PREGNANCY)
        });
        people.count()
    };
    assert!(men(&drawn) > 50 && men(&real) == 0, "pregnant men, for want of relations");
    assert_eq!(drawn.n_people(), 4_000);
}

#[test]
fn what_is_saved_draws_the_same() {
    let model = fitted();
    let again = INDEPENDENT_EVENTS.load(model.save()).unwrap();
    let draft =
        Draft { first_id: 9, people: 300, has: vec![vec![codes::DIABETES.into()]], ..Draft::default() };
    let [a, b] = [&model, &again].map(|model| model.draw(&draft, Seeded::new(3), Context::silent()).unwrap());
    assert!(a.times() == b.times() && a.codes().codes() == b.codes().codes() && a.n_people() == 300);
    assert!(INDEPENDENT_EVENTS.load(Saved::default()).is_err());
}
