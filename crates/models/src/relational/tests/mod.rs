//! Is what was planted between tables found again, and every key intact?

mod lives;
mod world;

use super::*;
use crate::lives::planted::Held;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use verosim_timeline::{Cohort, LearnError, Train};
use world::hospital;

fn fitted(held: &Held, settings: &[(&str, usize)]) -> Result<Box<dyn FittedTimelines>, LearnError> {
    let settings = settings.iter().map(|&(name, value)| (name.to_owned(), Value::from(value))).collect();
    let engine = RELATIONAL.configure(&settings).unwrap();
    engine.fit(Train::new(Cohort::all(held)), Seeded::new(1), Context::silent())
}

fn draw(model: &dyn FittedTimelines, people: usize, seed: u64) -> Events {
    let draft = Draft { first_id: 1, people, ..Draft::default() };
    model.draw(&draft, Seeded::new(seed), Context::silent()).unwrap()
}

const PEOPLE: i64 = 1_500;

static REAL: LazyLock<Held> = LazyLock::new(|| hospital(PEOPLE));
static MODEL: LazyLock<Box<dyn FittedTimelines>> = LazyLock::new(|| fitted(&REAL, &[]).unwrap());
static DRAWN: LazyLock<Events> = LazyLock::new(|| draw(MODEL.as_ref(), PEOPLE as usize, 3));

/// Rows of a table.
fn rows<'a>(events: &'a Events, source: &'a str) -> impl Iterator<Item = usize> + 'a {
    (0..events.len()).filter(move |&row| events.sources().cell(row) == source)
}

/// A cell; the visit where no column is named.
fn cell<'a>(events: &'a Events, name: &str, row: usize) -> &'a str {
    if name.is_empty() {
        events.visits().cell(row)
    } else {
        events.extra(name).map_or("", |column| column.cell(row))
    }
}

/// Rows of a table by key.
fn keyed<'a>(events: &'a Events, source: &'a str, name: &str) -> BTreeMap<&'a str, usize> {
    rows(events, source).map(|row| (cell(events, name, row), row)).collect()
}

/// How many rows of `child` name each row of `parent`.
fn children(events: &Events, parent: (&str, &str), child: (&str, &str)) -> Vec<(usize, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows(events, child.0).for_each(|row| *counts.entry(cell(events, child.1, row)).or_default() += 1);
    let parents = keyed(events, parent.0, parent.1);
    parents.into_iter().map(|(key, row)| (row, counts.get(key).copied().unwrap_or(0))).collect()
}

/// Everything of some events, for comparisons.
fn told(events: &Events) -> Vec<String> {
    let one = |row: usize| {
        let columns = [events.codes(), events.texts(), events.visits(), events.sources()];
        let texts: Vec<&str> =
            columns.into_iter().chain(events.extras()).map(|column| column.cell(row)).collect();
        let number = events.numbers()[row].to_bits();
        format!(
            "{} {} {} {number} {texts:?}",
            events.subjects()[row],
            events.times()[row],
            events.ends()[row]
        )
    };
    (0..events.len()).map(one).collect()
}

#[test]
fn every_reference_names_one_row_of_the_same_person() {
    let events = &*DRAWN;
    assert_eq!(events.n_people(), PEOPLE as usize);
    let tables = [("patients", "subject"), ("visits", ""), ("bills", "BILL"), ("lines", "LINE")];
    let keys = tables.map(|(source, name)| {
        let keys = keyed(events, source, name);
        assert_eq!(keys.len(), rows(events, source).count(), "keys of {source} differ");
        assert!(!keys.contains_key("") && keys.len() >= PEOPLE as usize, "{source}: {}", keys.len());
        keys
    });
    let [persons, visits, bills, lines] = &keys;
    for row in 0..events.len() {
        let source = events.sources().cell(row);
        let names = |keys: &BTreeMap<&str, usize>, name: &str| {
            let found = keys.get(cell(events, name, row)).map(|&named| events.subjects()[named]);
            assert_eq!(found, Some(events.subjects()[row]), "{source}.{name}");
        };
        if !source.contains('.') {
            names(persons, "subject");
        }
        if matches!(source, "bills" | "lines") || source == "notes" && !events.visits().cell(row).is_empty() {
            names(visits, "");
        }
        if source == "lines" {
            names(bills, "BILL_OF");
            let of = bills[cell(events, "BILL_OF", row)];
            assert_eq!(events.visits().cell(row), events.visits().cell(of), "the visit of the bill");
            assert_eq!(cell(events, "PLACE", row), events.visits().cell(row));
            let before = cell(events, "AFTER", row);
            if !before.is_empty() {
                names(lines, "AFTER");
                assert_ne!(lines[before], row, "a line before itself");
            }
        }
    }
    let loose = |events: &Events| {
        let all = rows(events, "notes").count() as f64;
        rows(events, "notes").filter(|&row| events.visits().cell(row).is_empty()).count() as f64 / all
    };
    assert!(
        (loose(events) - loose(&REAL.shards[0])).abs() < 0.06,
        "notes without a visit: {}",
        loose(events)
    );
}

#[test]
fn how_many_children_hangs_on_the_parent_and_none_stays_none() {
    let facts = |events: &Events| -> BTreeMap<String, f64> {
        let mut facts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let mut add = |what: String, value: f64| {
            let (sum, n) = facts.entry(what).or_default();
            (*sum, *n) = (*sum + value, *n + 1.0);
        };
        for (row, n) in children(events, ("patients", "subject"), ("visits", "subject")) {
            let state = cell(events, "STATE", row);
            add(format!("visits of the {state}"), n as f64);
            add(format!("{state} without a visit"), f64::from(u8::from(n == 0)));
        }
        for (row, n) in children(events, ("visits", ""), ("bills", "")) {
            let place = events.codes().cell(row);
            add(format!("bills of {place}"), n as f64);
            add(format!("{place} without a bill"), f64::from(u8::from(n == 0)));
            add(format!("{place} with two bills and more"), f64::from(u8::from(n > 1)));
        }
        facts.into_iter().map(|(what, (sum, n))| (what, sum / n)).collect()
    };
    let (real, have) = (facts(&REAL.shards[0]), facts(&DRAWN));
    println!("{real:.3?}\n{have:.3?}");
    for (what, want) in real {
        // Planted shares are 0, 0.2, 0.5 or 1 of thousands; planted means 0.5 to 6.
        assert!((have[&what] - want).abs() < 0.04 + 0.05 * want, "{what}: {} not {want}", have[&what]);
    }
}

#[test]
fn rows_of_one_parent_resemble_each_other() {
    // Doses of one bill lie within 40 of each other.
    let alike = |events: &Events| {
        let mut of_bill: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        for row in rows(events, "lines") {
            of_bill.entry(cell(events, "BILL_OF", row)).or_default().push(events.numbers()[row]);
        }
        let pairs: Vec<[f32; 2]> =
            of_bill.values().flat_map(|doses| doses.windows(2)).map(|pair| [pair[0], pair[1]]).collect();
        let near = pairs.iter().filter(|[a, b]| (a - b).abs() < 45.0).count();
        near as f64 / pairs.len() as f64
    };
    let (real, have) = (alike(&REAL.shards[0]), alike(&DRAWN));
    assert!(real > 0.999 && have > 0.95, "{have} of neighbours are near, {real} of real ones");
}

#[test]
fn what_hangs_on_a_row_two_levels_up_does_so_again() {
    let kinds = |events: &Events| {
        let visits = keyed(events, "visits", "");
        let mut counts: BTreeMap<(String, String), f64> = BTreeMap::new();
        let mut all: BTreeMap<String, f64> = BTreeMap::new();
        for row in rows(events, "lines") {
            let ward = cell(events, "WARD", visits[events.visits().cell(row)]).to_owned();
            *all.entry(ward.clone()).or_default() += 1.0;
            *counts.entry((ward, cell(events, "KIND", row).to_owned())).or_default() += 1.0;
        }
        counts.into_iter().map(|((ward, kind), n)| (format!("{kind} in {ward}"), n / all[&ward])).collect()
    };
    let (real, have): (BTreeMap<String, f64>, BTreeMap<String, f64>) =
        (kinds(&REAL.shards[0]), kinds(&DRAWN));
    println!("{real:.3?}\n{have:.3?}");
    // Planted: 0.9 + 0.1 / 3 of the lines of a ward have its kind.
    assert!((real["a in north"] - 0.933).abs() < 0.02);
    for (what, want) in real {
        assert!((have.get(&what).copied().unwrap_or(0.0) - want).abs() < 0.05, "{what}: {want}");
    }
}

#[test]
fn no_text_of_a_person_and_nothing_of_few_people_is_drawn() {
    let events = &*DRAWN;
    let levels = |events: &Events| -> BTreeSet<String> {
        let columns = [events.codes(), events.texts(), events.visits()];
        let all = columns.into_iter().chain(events.extras());
        all.flat_map(|column| column.levels().iter().map(ToString::to_string)).collect()
    };
    let saved = MODEL.save();
    let told = saved.state.to_string();
    for text in levels(events) {
        assert!(!text.to_lowercase().contains("canary"), "a text of few people");
    }
    assert!(!told.to_lowercase().contains("canary"), "the model keeps none either");
    let names = ["subject", "LINE", "NAME"];
    let old: BTreeSet<&str> = names
        .iter()
        .flat_map(|name| REAL.shards[0].extra(name).unwrap().levels())
        .map(|text| &**text)
        .collect();
    for name in names {
        let drawn = events.extra(name).map_or(&[][..], |column| column.levels());
        assert!(drawn.iter().all(|text| text.is_empty() || !old.contains(&**text)), "an old {name}");
    }
    assert!(!MODEL.codes().contains(&"BILLING//canary".to_owned()));
    assert!(MODEL.codes().contains(&"MARITAL//sick".to_owned()), "what is told of a person may be asked for");
}

#[test]
fn events_that_repeat_a_cell_say_what_the_cell_says() {
    let events = &*DRAWN;
    for person in events.people() {
        let row = person.rows().find(|&row| events.sources().cell(row) == "patients").unwrap();
        let state = format!("MARITAL//{}", cell(events, "STATE", row));
        assert!(person.statics().any(|row| person.code(row) == state), "{state}");
        let born = verosim_timeline::event::instant::read(cell(events, "BIRTHDATE", row)).unwrap().micros;
        assert_eq!(person.birth(), Some(born));
    }
}

#[test]
fn what_is_saved_draws_the_same_at_any_number_of_threads() {
    let again = RELATIONAL.load(MODEL.save()).unwrap();
    let run = |threads: usize, model: &dyn FittedTimelines| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| told(&draw(model, 300, 4)))
    };
    let one = run(1, MODEL.as_ref());
    assert_eq!(one, run(3, again.as_ref()));
    assert_ne!(one, told(&draw(MODEL.as_ref(), 300, 5)));
    assert_eq!(again.save().state, MODEL.save().state);
    assert!(MODEL.stored().iter().all(|fact| fact.least_support > 0) && !MODEL.stored().is_empty());
}

#[test]
fn shards_and_threads_change_nothing_of_what_is_learned() {
    let all = hospital(200).shards.remove(0);
    let cut = Held::new(vec![all.of_people(|id| id > 70), all.of_people(|id| id <= 70)]);
    let whole = hospital(200);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let states = [one.install(|| fitted(&whole, &[])), fitted(&cut, &[])].map(|model| model.unwrap().save());
    assert_eq!(states[0].state, states[1].state);
    assert!(states[0].weights == states[1].weights);
}

#[test]
fn of_many_events_those_of_whole_people_are_learned_from() {
    let all = MODEL.save().state["about"]["people"].as_u64().unwrap();
    let some = fitted(&REAL, &[("events", 9_000)]).unwrap().save().state["about"]["people"].as_u64().unwrap();
    let share = 9_000.0 / REAL.shards[0].len() as f64;
    assert_eq!(all, PEOPLE as u64);
    // Three standard deviations of a binomial draw of people.
    let want = PEOPLE as f64 * share;
    assert!(
        (some as f64 - want).abs() < 3.0 * (want * (1.0 - share)).sqrt(),
        "{some} people, {want} expected"
    );
    // Where trees see a fifth of the lines, as many are drawn.
    let lines = |events: &Events| rows(events, "lines").count() as f64 / events.n_people() as f64;
    let few = draw(fitted(&REAL, &[("rows", 1_000)]).unwrap().as_ref(), 1_000, 4);
    assert!((lines(&few) / lines(&REAL.shards[0]) - 1.0).abs() < 0.2, "{} lines a person", lines(&few));
}

#[test]
fn nonsense_is_refused() {
    let refused = fitted(&hospital(12), &[]).err().unwrap().to_string();
    assert_eq!(refused, "12 training rows, but `relational` needs at least 20");
    let settings = Map::from_iter([("leaf_row".to_owned(), Value::from(30))]);
    let unknown = RELATIONAL.configure(&settings).err().unwrap();
    assert_eq!(unknown.to_string(), "engine `relational` has no setting `leaf_row`");
    assert!(RELATIONAL.load(Saved::default()).is_err());
    let saved = MODEL.save();
    assert!(RELATIONAL.load(Saved { weights: Vec::new(), ..saved.clone() }).is_err());
    let short = Saved { weights: saved.weights[..saved.weights.len() - 4].to_vec(), ..saved.clone() };
    assert!(RELATIONAL.load(short).is_err());
    let paths = [
        "/nodes/2/plan/parent",
        "/nodes/2/plan/givens/0/above/column",
        "/version",
        "/nodes/0/plan/children/0/0",
    ];
    for path in paths {
        let mut broken = saved.clone();
        *broken.state.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = Value::from(777);
        assert!(RELATIONAL.load(broken).is_err(), "{path}");
    }
}
