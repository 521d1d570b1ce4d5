//! Is what was planted between tables found again, and every key intact?

use super::*;
use crate::lives::planted::Held;
use rand::RngExt as _;
use std::collections::{BTreeMap, BTreeSet};
use verosim_timeline::event::Builder;
use verosim_timeline::event::instant::{DAY, SECOND};
use verosim_timeline::{BIRTH, Cohort, Event, Train};

/// People of a made hospital: visits, bills of visits, lines of bills.
///
/// Sick people have six visits in the mean and others two, a fifth of whom has none. A ward visit has two to four bills, any other at
/// most one. The kind of a line is that of the visit's ward, which the bill between them does not tell. The doses of one bill resemble
/// each other.
fn hospital(people: i64) -> Held {
    Held::made(|to| {
        let mut rng = Seeded::new(11).rng();
        let (state, ward, status, bill_key, bill_of, line_key) =
            (to.extra("STATE"), to.extra("WARD"), to.extra("STATUS"), to.extra("BILL"), to.extra("BILL_OF"), to.extra("LINE"));
        let (kind, visit_again, name, subject) = (to.extra("KIND"), to.extra("PLACE"), to.extra("NAME"), to.extra("subject"));
        let birthday = to.extra("BIRTHDATE");
        let (mut bills, mut lines) = (0, 0);
        for id in 1..=people {
            let patient = format!("{:08x}-0000-4000-8000-{:012x}", id * 7919, id);
            let sick = rng.random::<f64>() < 0.4;
            let birth = (id % 9_000) * DAY;
            let date = verosim_timeline::event::instant::write(birth, verosim_timeline::event::instant::Style::Date).unwrap();
            let who = format!("Name{} Person{id}", id * 31);
            to.push(&Event {
                subject: id,
                code: "PERSON//made",
                source: "patients",
                extras: &[
                    (state, if sick { "sick" } else { "well" }),
                    (name, &who),
                    (subject, &patient),
                    (birthday, &date),
                ],
                ..Event::default()
            });
            let told = if sick { "MARITAL//sick" } else { "MARITAL//well" };
            to.push(&Event { subject: id, code: told, source: "patients.STATE", ..Event::default() });
            to.push(&Event { subject: id, time: birth, code: BIRTH, source: "patients.BIRTHDATE", ..Event::default() });
            let visits = if sick { rng.random_range(4..9) } else if rng.random::<f64>() < 0.2 { 0 } else { rng.random_range(1..4) };
            let mut time = birth + rng.random_range(2_000..9_000) * DAY;
            for _ in 0..visits {
                time += rng.random_range(20..400) * DAY + rng.random_range(0..86_400) * SECOND;
                let visit = format!("{:012x}", (time / SECOND) * 1_000 + id % 1_000 + id * 77_000_000);
                let in_ward = rng.random::<f64>() < if sick { 0.7 } else { 0.2 };
                let of = if in_ward { ["north", "south"][rng.random_range(0..2)] } else { "none" };
                to.push(&Event {
                    subject: id,
                    time,
                    end: time + rng.random_range(2..200) * 3_600 * SECOND,
                    code: if in_ward { "VISIT//in" } else { "VISIT//out" },
                    visit: &visit,
                    source: "visits",
                    extras: &[(ward, of), (subject, &patient)],
                    ..Event::default()
                });
                let n_bills = if in_ward { rng.random_range(2..5) } else { rng.random_range(0..2) };
                for _ in 0..n_bills {
                    bills += 1;
                    let bill = format!("{}", 70_000 + bills);
                    let level = rng.random_range(0..3);
                    to.push(&Event {
                        subject: id,
                        time,
                        code: "BILLING//bill",
                        visit: &visit,
                        source: "bills",
                        extras: &[(bill_key, &bill), (status, ["open", "paid"][rng.random_range(0..2)]), (subject, &patient)],
                        ..Event::default()
                    });
                    for _ in 0..rng.random_range(0..5) {
                        lines += 1;
                        let follows = rng.random::<f64>() < 0.9;
                        let what = match (of, follows) {
                            ("north", true) => "a",
                            ("south", true) => "b",
                            _ => ["a", "b", "c"][rng.random_range(0..3)],
                        };
                        let number = Some((100 * level + rng.random_range(0..40)) as f32);
                        to.push(&Event {
                            subject: id,
                            time,
                            code: "BILLING//line",
                            number,
                            visit: &visit,
                            source: "lines",
                            extras: &[
                                (line_key, &format!("L-{lines}")),
                                (bill_of, &bill),
                                (kind, what),
                                (visit_again, &visit),
                                (subject, &patient),
                            ],
                            ..Event::default()
                        });
                    }
                }
            }
        }
    })
}

fn fit(held: &Held) -> Box<dyn FittedTimelines> {
    let engine = RELATIONAL.configure(&Map::new()).unwrap();
    engine.fit(Train::new(Cohort::all(held)), Seeded::new(1), Context::silent()).unwrap()
}

fn draw(model: &dyn FittedTimelines, people: usize, seed: u64) -> Events {
    let draft = Draft { first_id: 1, people, ..Draft::default() };
    model.draw(&draft, Seeded::new(seed), Context::silent()).unwrap()
}

/// Rows of a table.
fn rows<'a>(events: &'a Events, source: &'a str) -> impl Iterator<Item = usize> + 'a {
    (0..events.len()).filter(move |&row| events.sources().cell(row) == source)
}

fn extra<'a>(events: &'a Events, name: &str, row: usize) -> &'a str {
    events.extra(name).map_or("", |column| column.cell(row))
}

#[test]
fn every_reference_names_one_row_of_the_same_person() {
    let held = hospital(600);
    let drawn = draw(fit(&held).as_ref(), 700, 3);
    assert_eq!(drawn.n_people(), 700);
    let key = |source: &str, name: &str| -> BTreeMap<String, i64> {
        let text = |row: usize| if name.is_empty() { drawn.visits().cell(row) } else { extra(&drawn, name, row) };
        let all: Vec<(String, i64)> =
            rows(&drawn, source).map(|row| (text(row).to_owned(), drawn.subjects()[row])).collect();
        let by_key: BTreeMap<String, i64> = all.iter().cloned().collect();
        assert_eq!(by_key.len(), all.len(), "keys of {source} differ");
        assert!(!by_key.contains_key(""), "keys of {source} are there");
        by_key
    };
    let (persons, visits, bills, lines) =
        (key("patients", "subject"), key("visits", ""), key("bills", "BILL"), key("lines", "LINE"));
    assert!(visits.len() > 1_500 && bills.len() > 1_500 && lines.len() > 3_000);
    let real = &held.shards[0];
    let old: BTreeSet<&str> = ["BILL", "LINE", "subject", "NAME"]
        .iter()
        .flat_map(|name| real.extra(name).unwrap().levels())
        .chain(real.visits().levels())
        .map(|level| &**level)
        .filter(|level| !level.is_empty())
        .collect();
    for row in 0..drawn.len() {
        let (source, who) = (drawn.sources().cell(row), drawn.subjects()[row]);
        let subject = extra(&drawn, "subject", row);
        if matches!(source, "patients" | "visits" | "bills" | "lines") {
            assert_eq!(persons.get(subject), Some(&who), "{source}");
        }
        if matches!(source, "bills" | "lines") {
            assert_eq!(visits.get(drawn.visits().cell(row)), Some(&who), "{source} of a visit");
        }
        if source == "lines" {
            assert_eq!(bills.get(extra(&drawn, "BILL_OF", row)), Some(&who));
            assert_eq!(extra(&drawn, "PLACE", row), drawn.visits().cell(row), "the visit of the bill's visit");
        }
        for text in ["BILL", "LINE", "subject", "NAME"].map(|name| extra(&drawn, name, row)) {
            assert!(!old.contains(text) || text.parse::<u64>().is_ok(), "an old name");
        }
    }
    // Bills of lines have the visits that their lines have.
    let visit_of: BTreeMap<&str, &str> =
        rows(&drawn, "bills").map(|row| (extra(&drawn, "BILL", row), drawn.visits().cell(row))).collect();
    assert!(rows(&drawn, "lines").all(|row| visit_of[extra(&drawn, "BILL_OF", row)] == drawn.visits().cell(row)));
}
