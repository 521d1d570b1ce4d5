//! How long do the attacks of disclosure take on three tables, and what do they find?
//!
//! `cargo run --release -p verosim-eval --example triad -- TRAIN.csv HOLDOUT.csv SYNTHETIC.csv [TARGET] [CARD.json]`
//!
//! Prints the seconds, value and interval of each metric that looks for disclosure, one line each, on tables that are
//! read already; `bench/judge_speed.py` times anonymeter on the same files. Writes the card where it is asked to.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use std::path::Path;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_data::{RawTable, Table};
use verosim_eval::{JudgeSettings, METRICS, Trio, judge};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [train, holdout, synthetic, rest @ ..] = &args[..] else {
        panic!("TRAIN.csv HOLDOUT.csv SYNTHETIC.csv [TARGET] [CARD.json]")
    };
    let raw = |path: &str| -> RawTable {
        read(Path::new(path), &ReadOptions::default(), Context::silent()).unwrap().0
    };
    let raw_train = raw(train);
    let mut schema = infer(&raw_train, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let table = |raw: &RawTable| -> Table { parse(raw, &schema).unwrap() };
    let (train, holdout, synthetic) = (table(&raw_train), table(&raw(holdout)), table(&raw(synthetic)));
    let targets: Vec<usize> = rest.first().and_then(|name| schema.index_of(name).ok()).into_iter().collect();
    let trio = Trio { targets: &targets, ..Trio::new(&schema, &train, &holdout, &synthetic) };
    let families = ["pg.", "pa.", "pi."];
    let ids = METRICS.iter().map(|metric| metric.info().id);
    let only = ids.filter(|id| families.iter().any(|family| id.starts_with(family))).map(str::to_owned);
    let settings = JudgeSettings { only: only.collect(), row_limit: 20_000, ..JudgeSettings::default() };
    let card = judge(&trio, &settings, Seeded::new(1), Context::silent()).unwrap();
    for entry in &card.entries {
        let value = entry.reading.map_or_else(
            || entry.reason.clone().unwrap_or_default(),
            |reading| {
                let (low, high) = reading.interval.map_or((f64::NAN, f64::NAN), |i| (i.low, i.high));
                format!("{:.4} ({low:.4} to {high:.4})", reading.value)
            },
        );
        println!("{:9} {:7.3} s  {value}", entry.id, entry.seconds);
    }
    println!("{:9} {:7.3} s", "all", card.entries.iter().map(|entry| entry.seconds).sum::<f64>());
    if let Some(path) = rest.get(1) {
        std::fs::write(path, verosim_eval::render::json(&card)).unwrap();
    }
}
