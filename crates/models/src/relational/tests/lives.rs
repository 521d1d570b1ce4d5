//! Do lives without tables keep to their bounds, and to what is asked?

use super::super::RELATIONAL;
use crate::lives::planted::Held;
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use verosim_core::{Context, SampleError, Seeded};
use verosim_data::constrain::Severity;
use verosim_timeline::world::{clinic, codes};
use verosim_timeline::{Cohort, Draft, EventRules, Events, FittedTimelines, Kind, TimelineKind as _, Train};

static MODEL: LazyLock<Box<dyn FittedTimelines>> = LazyLock::new(|| {
    let held = Held::new(vec![clinic(2_500, Seeded::new(5))]);
    let engine = RELATIONAL.configure(&Map::new()).unwrap();
    engine.fit(Train::new(Cohort::all(&held)), Seeded::new(1), Context::silent()).unwrap()
});

fn draw(draft: &Draft) -> Result<Events, SampleError> {
    MODEL.draw(draft, Seeded::new(2), Context::silent())
}

#[test]
fn nothing_happens_before_birth_after_death_or_outside_its_visit() {
    let drawn = draw(&Draft { first_id: 1, people: 1_000, ..Draft::default() }).unwrap();
    let (mut dead, mut inside) = (0, 0);
    for person in drawn.people() {
        let (birth, death) = (person.birth().unwrap(), person.death());
        dead += usize::from(death.is_some());
        let mut visits: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for row in person.timed().filter(|&row| Kind::of(person.code(row)) == Kind::Visit) {
            visits.insert(drawn.visits().cell(row), (drawn.times()[row], drawn.ends()[row]));
        }
        for row in person.timed() {
            let (time, visit) = (drawn.times()[row], drawn.visits().cell(row));
            assert!(time >= birth && death.is_none_or(|death| time <= death), "{}", person.code(row));
            if let Some(&(start, end)) = visits.get(visit).filter(|_| !visit.is_empty()) {
                assert!(start <= time && time <= end, "{}", person.code(row));
                inside += 1;
            } else {
                assert!(visit.is_empty(), "a visit that is not there");
            }
        }
    }
    assert!(dead > 50 && inside > 5_000, "{dead} dead, {inside} in visits");
}

#[test]
fn who_is_asked_for_is_drawn() {
    let rules = EventRules::new(MODEL.codes().iter().map(String::as_str), Severity::Implausible, &[]);
    let draft = Draft {
        first_id: 500,
        people: 150,
        is: vec![vec![codes::FEMALE.to_owned()]],
        has: vec![vec![codes::DIABETES.to_owned()]],
        possible: Some(Arc::new(rules)),
        ..Draft::default()
    };
    let drawn = draw(&draft).unwrap();
    assert_eq!((drawn.n_people(), drawn.subjects()[0]), (150, 500));
    for person in drawn.people() {
        let has = |code: &str| person.rows().any(|row| person.code(row) == code);
        assert!(has(codes::FEMALE) && has(codes::DIABETES));
        assert!(!has(codes::PROSTATE), "what happens to men only");
    }
    let nobody = Draft { has: vec![vec!["CONDITION//unheard".to_owned()]], people: 1, ..Draft::default() };
    assert!(matches!(draw(&nobody), Err(SampleError::Shortfall { accepted: 0, .. })));
}

#[test]
fn codes_are_as_common_as_they_were() {
    let drawn = draw(&Draft { first_id: 1, people: 2_500, ..Draft::default() }).unwrap();
    let real = clinic(2_500, Seeded::new(6));
    let shares = |events: &Events| -> BTreeMap<String, f64> {
        let mut shares: BTreeMap<String, f64> = BTreeMap::new();
        for person in events.people() {
            let mut codes: Vec<&str> = person.rows().map(|row| person.code(row)).collect();
            codes.sort_unstable();
            codes.dedup();
            codes.iter().for_each(|code| {
                *shares.entry((*code).to_owned()).or_default() += 1.0 / events.n_people() as f64;
            });
        }
        shares
    };
    let (have, want) = (shares(&drawn), shares(&real));
    println!("{want:.3?}\n{have:.3?}");
    for (code, want) in want.into_iter().filter(|(_, want)| *want > 0.1) {
        let have = have.get(&code).copied().unwrap_or(0.0);
        assert!((have - want).abs() < 0.05 + 0.2 * want, "{code}: {have} not {want}");
    }
}
