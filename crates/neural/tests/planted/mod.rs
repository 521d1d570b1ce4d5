//! Lives with a law that is known: what was seen long ago, numbers by code, gaps, seasons, a sex, a death.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test and the example use a part of it")]

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;
use verosim_core::{Context, Seeded};
use verosim_timeline::{About, Builder, CodeBook, Event, Events, Findings, Source, TimelineError};

/// Seen at the first visit of three in ten people.
pub const EARLY: &str = "CONDITION//X//EARLY";
/// From the fourth visit on, in three of ten visits of those with [`EARLY`] and in three of a hundred of others.
pub const LATE: &str = "CONDITION//X//LATE";
pub const FLU: &str = "CONDITION//X//FLU";
/// Women only.
pub const BIRTHING: &str = "CONDITION//ICD10//O80";
/// Of three people.
pub const RARE: &str = "CONDITION//X//RARE";
/// Normal about 100, or 160 with [`EARLY`]; whole numbers.
pub const LAB_A: &str = "MEASUREMENT//X//A//mg/dL";
/// Log-normal about 2; two digits.
pub const LAB_B: &str = "MEASUREMENT//X//B//mmol/L";
pub const SMOKING: &str = "OBSERVATION//X//SMOKING";
pub const DAY_VISIT: &str = "VISIT//X//day";
pub const STAY: &str = "VISIT//X//stay";

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440;
/// The first of January 2015 and the last day of 2022, in days since 1970.
pub const FROM: i64 = 16_436;
pub const TO: i64 = 19_358;

/// Lives in memory, in shards.
pub struct Memory {
    shards: Vec<Events>,
    about: About,
    codes: CodeBook,
}

impl Memory {
    pub fn new(shards: Vec<Events>) -> Self {
        Self { shards, about: About::default(), codes: CodeBook::default() }
    }
}

impl Source for Memory {
    fn about(&self) -> &About {
        &self.about
    }

    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn read(&self, shard: usize, _: Context<'_>) -> Result<Events, TimelineError> {
        Ok(self.shards[shard].clone())
    }

    fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn findings(&self) -> Findings {
        Findings::default()
    }
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (TAU * b).cos()
}

/// The lives of `n` people, the same for the first ones whatever `n`.
pub fn lives(n: usize, seed: u64) -> Events {
    let mut to = Builder::default();
    for at in 0..n {
        life(at as i64 + 1, &mut Seeded::new(seed).split_at(at as u64).rng(), &mut to);
    }
    to.finish()
}

fn life(id: i64, rng: &mut ChaCha8Rng, to: &mut Builder) {
    let female = rng.random::<f64>() < 0.5;
    let fact = |to: &mut Builder, code: &str| to.push(&Event { subject: id, code, ..Event::default() });
    fact(to, if female { "SEX//F" } else { "SEX//M" });
    let race = rng.random::<f64>();
    fact(
        to,
        if id <= 3 {
            "RACE//rare"
        } else if race < 0.7 {
            "RACE//a"
        } else {
            "RACE//b"
        },
    );
    let age = 20.0 + 60.0 * rng.random::<f64>();
    let mut day = FROM + rng.random_range(0..1_000);
    let birth = (day as f64 - age * 365.25) as i64;
    to.push(&Event { subject: id, time: birth * DAY * MINUTE, code: "MEDS_BIRTH", ..Event::default() });
    let early = rng.random::<f64>() < 0.3;
    let mut visit = 0;
    while day < TO {
        visit += 1;
        let start = day * DAY + 8 * 60 + 15 * rng.random_range(0..32_i64);
        let stay = rng.random::<f64>() < 0.1;
        let length = if stay { (1_440.0 * (1.0 + 0.6 * normal(rng)).exp()) as i64 } else { 30 };
        let name = format!("{id}v{visit}");
        let mut add = |code: &str, after: i64, end: Option<i64>, number: Option<f64>, text: &str| {
            to.push(&Event {
                subject: id,
                time: (start + after) * MINUTE,
                end: end.map_or(i64::MIN, |end| (start + end) * MINUTE),
                code,
                number: number.map(|number| number as f32),
                text,
                visit: &name,
                ..Event::default()
            });
        };
        add(if stay { STAY } else { DAY_VISIT }, 0, Some(length), None, "");
        if visit == 1 && early {
            add(EARLY, 0, None, None, "");
        }
        if visit == 1 && id <= 3 {
            add(RARE, 0, None, Some(77.0), "");
        }
        if visit >= 4 && rng.random::<f64>() < if early { 0.3 } else { 0.03 } {
            add(LATE, 0, None, None, "");
        }
        let season = (TAU * ((day as f64 + 0.5).rem_euclid(365.25) - 30.0) / 365.25).cos();
        if rng.random::<f64>() < 0.15 * (1.0 + 0.9 * season) {
            add(FLU, 0, None, None, "");
        }
        if female && age < 45.0 && rng.random::<f64>() < 0.05 {
            add(BIRTHING, 0, None, None, "");
        }
        if rng.random::<f64>() < 0.2 {
            let text = ["never", "former", "current"][rng.random_range(0..3)];
            add(SMOKING, 0, None, None, if id == 4 { "a secret" } else { text });
        }
        let rounds = if stay { 1 + length / DAY } else { 1 };
        for round in 0..rounds {
            let value = if early { 160.0 } else { 100.0 } + 15.0 * normal(rng);
            add(LAB_A, (round * DAY + 10).min(length), None, Some(value.round()), "");
            if rng.random::<f64>() < 0.5 {
                let value = (0.7 + 0.4 * normal(rng)).exp();
                add(LAB_B, (round * DAY + 10).min(length), None, Some((value * 100.0).round() / 100.0), "");
            }
        }
        for drug in 0..6 {
            if rng.random::<f64>() < 0.1 {
                let code = format!("DRUG//X//{drug}");
                add(&code, 15.min(length), Some(15.min(length) + 1_440 * 7), None, "");
            }
        }
        if rng.random::<f64>() < 0.012 {
            let time = (start + length) * MINUTE;
            to.push(&Event { subject: id, time, code: "MEDS_DEATH", ..Event::default() });
            return;
        }
        day += 1 + length / DAY + (-(1.0 - rng.random::<f64>()).ln() * 120.0) as i64;
    }
}
