//! What do timelines look like whose truth is known? For tests only.

use super::{Lives, Vocabulary};
use rand::RngExt as _;
use verosim_core::Seeded;
use verosim_timeline::event::instant::{DAY, SECOND, day};
use verosim_timeline::event::{Builder, Columns};
use verosim_timeline::{BIRTH, DEATH, Event, Events};

/// Lives of one list of days and codes each.
pub(crate) fn lives_of(people: &[&[(i64, &str)]]) -> Lives {
    let mut builder = Builder::default();
    for (subject, events) in people.iter().enumerate() {
        for (day, code) in *events {
            builder.push(&Event { subject: subject as i64, time: day * DAY, code, ..Event::default() });
        }
    }
    let events = builder.finish();
    Lives::of(&events, &Vocabulary::of(&[&events]))
}

/// Diseases: share at a visit of the healthy, odds by frailty, share of women.
const ILL: [(&str, f64, f64, f64); 9] = [
    ("CONDITION//T//hypertension", 0.10, 0.8, 0.5),
    ("CONDITION//T//diabetes", 0.05, 1.0, 0.5),
    ("CONDITION//T//heart-failure", 0.02, 1.6, 0.5),
    ("CONDITION//T//asthma", 0.05, 0.1, 0.5),
    ("CONDITION//T//prostate", 0.04, 0.5, 0.0),
    ("CONDITION//T//pregnancy", 0.05, -0.5, 1.0),
    ("CONDITION//T//fracture", 0.04, 0.3, 0.5),
    ("CONDITION//T//depression", 0.05, 0.2, 0.6),
    ("CONDITION//T//renal-failure", 0.01, 1.4, 0.5),
];

/// `n` people from a world in which illness is chronic, comes in an order, calls for tests and drugs, fills hospitals and
/// kills; ids begin at `first`.
pub(crate) fn people(n: usize, first: i64, seed: Seeded) -> Events {
    busy_people(n, first, 2, seed)
}

/// The same with at least so many visits each.
pub(crate) fn busy_people(n: usize, first: i64, visits: i32, seed: Seeded) -> Events {
    let mut builder = Builder::default();
    (0..n).for_each(|at| {
        person(&mut builder, first + at as i64, visits, seed.split_at(first as u64 + at as u64));
    });
    builder.finish()
}

fn person(builder: &mut Builder, subject: i64, visits: i32, seed: Seeded) {
    let mut rng = seed.rng();
    let woman = rng.random_bool(0.5);
    // A sum of uniforms, near enough to normal.
    let frailty: f64 = (0..6).map(|_| rng.random_range(-0.7..0.7)).sum();
    let born = day(1930 + rng.random_range(0..50), 1 + rng.random_range(0..12), 1).unwrap_or(0);
    let mut add = |time: i64, end: i64, code: &str, number: Option<f32>, visit: &str| {
        builder.push(&Event { subject, time, end, code, number, visit, ..Event::default() });
    };
    let none = verosim_timeline::event::STATIC;
    add(none, none, if woman { "SEX//F" } else { "SEX//M" }, None, "");
    add(none, none, ["RACE//a", "RACE//b", "RACE//c"][rng.random_range(0..3_usize)], None, "");
    add(born, none, BIRTH, None, "");
    let mut now = day(2010 + rng.random_range(0..5), 1, 1).unwrap_or(0) + rng.random_range(0..365) * DAY;
    let mut ill = [false; ILL.len()];
    let own_level: f64 = rng.random_range(-1.0..1.0) + 0.5 * frailty;
    let n_visits = visits + rng.random_range(0..8) + (2.0 * frailty.max(0.0)) as i32;
    for number in 0..n_visits {
        let visit = format!("{subject}-{number}");
        let time = now + (8 + rng.random_range(0..9)) * 3_600 * SECOND;
        for (at, &(code, base, weight, share)) in ILL.iter().enumerate() {
            if share == 0.0 && woman || share == 1.0 && !woman {
                continue;
            }
            // Heart failure follows hypertension, renal failure follows diabetes.
            let follows = match at {
                2 => 4.0 * f64::from(u8::from(ill[0])),
                8 => 5.0 * f64::from(u8::from(ill[1])),
                _ => 1.0,
            };
            let chance = (base * follows * (weight * frailty).exp()).clamp(0.0, 0.9);
            if ill[at] || rng.random_bool(chance) {
                ill[at] |= !matches!(at, 5 | 6);
                add(time, none, code, None, &visit);
            }
        }
        let stays = rng.random_bool(
            (0.08 + 0.25 * f64::from(u8::from(ill[2])) + 0.1 * frailty.max(0.0)).clamp(0.0, 0.8),
        );
        let length = if stays { rng.random_range(2..15) } else { 0 };
        let kind = if stays { "VISIT//inpatient" } else { "VISIT//outpatient" };
        add(time, time + length * DAY + 3_600 * SECOND, kind, None, &visit);
        if ill[1] || rng.random_bool(0.15) {
            let glucose =
                95.0 + 45.0 * f64::from(u8::from(ill[1])) + 12.0 * own_level + rng.random_range(-8.0..8.0);
            add(time + 600 * SECOND, none, "MEASUREMENT//T//glucose//mg/dL", Some(glucose as f32), &visit);
        }
        if ill[0] || rng.random_bool(0.4) {
            let pressure =
                125.0 + 18.0 * f64::from(u8::from(ill[0])) + 9.0 * own_level + rng.random_range(-9.0..9.0);
            add(time + 600 * SECOND, none, "MEASUREMENT//T//pressure//mmHg", Some(pressure as f32), &visit);
        }
        for (disease, drug) in [
            (0, "DRUG//T//amlodipine"),
            (1, "DRUG//T//metformin"),
            (2, "DRUG//T//furosemide"),
            (7, "DRUG//T//sertraline"),
        ] {
            if ill[disease] && rng.random_bool(0.7) {
                add(time + 1_200 * SECOND, none, drug, None, &visit);
            }
        }
        let dies = rng.random_bool(
            (0.004 + 0.05 * f64::from(u8::from(ill[2])) + 0.02 * frailty.max(0.0)).clamp(0.0, 0.5),
        );
        if dies {
            let after = if stays { rng.random_range(1..=length) } else { rng.random_range(1..90) };
            add(time + after * DAY, none, DEATH, None, "");
            return;
        }
        let mean = if stays { 40.0 } else { 120.0 } / (1.0 + frailty.max(0.0));
        let wait = -mean * (1.0 - rng.random_range(0.0..1.0_f64)).ln();
        now += (length + 1 + wait as i64) * DAY;
    }
}

/// The same events with other columns.
pub(crate) fn changed(events: &Events, change: impl FnOnce(&mut Columns)) -> Events {
    let mut columns = Columns {
        subject: events.subjects().to_vec(),
        time: events.times().to_vec(),
        end: events.ends().to_vec(),
        number: events.numbers().to_vec(),
        code: events.codes().clone(),
        text: events.texts().clone(),
        visit: events.visits().clone(),
        source: events.sources().clone(),
        extras: Vec::new(),
    };
    change(&mut columns);
    let mut builder = Builder::default();
    builder.append_columns(&columns);
    builder.finish()
}

/// A random order of `0..n`.
pub(crate) fn shuffled(n: usize, seed: Seeded) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = seed.rng();
    (1..n).rev().for_each(|at| order.swap(at, rng.random_range(0..=at)));
    order
}
