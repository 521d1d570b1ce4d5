//! How long does `visits` take, and what does its network add to its counts?
//!
//! `cargo run --release -p verosim-neural --example visits -- 3000` learns from so many planted people, or from the folder
//! of MEDS files given instead, and prints times, nats per token of other people, and how fast lives are drawn.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

#[path = "../tests/planted/mod.rs"]
mod planted;

use std::time::Instant;
use verosim_core::port::{Context, Progress, Silent};
use verosim_core::{Hint as _, Seeded};
use verosim_neural::visits::Configured;
use verosim_timeline::shape::{Reading, open};
use verosim_timeline::{Draft, FittedTimelines as _, Kind, Source, split};

struct Warnings;

impl Progress for Warnings {
    fn step(&self, _: usize, _: usize, _: &str) {}

    fn warn(&self, message: &str) {
        println!("warning: {message}");
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_else(|| "3000".into());
    let settings = words
        .filter_map(|word| {
            word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned().into()))
        })
        .collect();
    let ctx = Context { progress: &Warnings, stop: &Silent };
    let source: Box<dyn Source> = match what.parse::<usize>() {
        Ok(n) => Box::new(planted::Memory::new(vec![planted::lives(n, 1)])),
        Err(_) => match open(std::path::Path::new(&what), &Reading::default(), ctx) {
            Ok(source) => source,
            Err(error) => {
                println!("{error}; {}", error.hint().unwrap_or_default());
                return;
            }
        },
    };
    let (train, holdout) = split(&*source, 0.2, Seeded::new(1));
    let engine = match Configured::new(&settings) {
        Ok(engine) => engine,
        Err(error) => {
            println!("{error}; {}", error.hint().unwrap_or_default());
            return;
        }
    };
    let start = Instant::now();
    let model = match engine.learn(train, Seeded::new(1), ctx) {
        Ok(model) => model,
        Err(error) => {
            println!("{error}; {}", error.hint().unwrap_or_default());
            return;
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let learned = model.learned();
    println!("{learned:#?}");
    println!("{seconds:.1} s, {:.0} tokens/s", learned.learned_tokens as f64 / seconds);
    let cohort = holdout.cohort();
    let (mut base, mut both, mut tokens) = (0.0, 0.0, 0);
    let train_cohort = train.cohort();
    let (mut visits, mut deaths) = (0, 0);
    for shard in 0..train_cohort.shards() {
        let Ok(events) = train_cohort.read(shard, ctx) else { continue };
        let of =
            |kind: Kind| (0..events.len()).filter(|&row| Kind::of(events.codes().cell(row)) == kind).count();
        (visits, deaths) = (visits + of(Kind::Visit), deaths + of(Kind::Death));
    }
    let people = learned.people as f64;
    println!("real: visits {:.2}, deaths {:.3} a person", visits as f64 / people, deaths as f64 / people);
    for shard in 0..cohort.shards() {
        let Ok(events) = cohort.read(shard, ctx) else { continue };
        if let Ok((counts, network, n)) = model.surprise(&events) {
            (base, both, tokens) = (base + counts * n as f64, both + network * n as f64, tokens + n);
        }
    }
    println!(
        "held out: counts {:.4}, with network {:.4} nats per token of {tokens}",
        base / tokens as f64,
        both / tokens as f64
    );
    let saved = model.save();
    println!("state {} KiB, weights {} KiB", saved.state.to_string().len() >> 10, saved.weights.len() >> 10);
    for fact in model.stored() {
        println!("  {}: {} (least {})", fact.what, fact.items, fact.least_support);
    }
    let start = Instant::now();
    let draft = Draft { first_id: 1, people: 1_000, ..Draft::default() };
    if let Ok(events) = model.draw(&draft, Seeded::new(2), ctx) {
        let seconds = start.elapsed().as_secs_f64();
        let of = |kind: Kind| {
            (0..events.len()).filter(|&row| Kind::of(events.codes().cell(row)) == kind).count() as f64
                / 1_000.0
        };
        let told = (learned.events - learned.dropped as u64) as f64 / learned.people as f64;
        println!(
            "drawn: visits {:.2}, deaths {:.3}, events {:.1} of {told:.1} a person",
            of(Kind::Visit),
            of(Kind::Death),
            events.len() as f64 / 1_000.0
        );
        println!(
            "1000 people of {} events in {seconds:.1} s: {:.0} people/min",
            events.len(),
            60_000.0 / seconds
        );
    }
    if let Ok(text) = std::fs::read_to_string("/proc/self/status") {
        text.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
}
