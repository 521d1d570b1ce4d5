//! What does an engine make of a table, without the rest of a run?
//!
//! `cargo run --release -p verosim-models --example synthesize -- ENGINE TRAIN.csv OUT.csv [SETTING=VALUE ...]`
//!
//! Fits on all rows, draws as many, writes them, and prints seconds. For comparing engines with their reference packages by
//! `bench/score.py`.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use serde_json::{Map, Value};
use std::path::Path;
use std::time::Instant;
use verosim_core::{Context, Seeded};
use verosim_data::frame::{format, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read, write};
use verosim_data::{Codec, Train};
use verosim_models::engine;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [id, input, output, settings @ ..] = &args[..] else {
        panic!("ENGINE TRAIN.csv OUT.csv [SETTING=VALUE ...]")
    };
    let settings: Map<String, Value> = settings
        .iter()
        .map(|text| {
            let (name, value) = text.split_once('=').expect("SETTING=VALUE");
            (name.to_owned(), Value::from(value))
        })
        .collect();
    let (raw, how) = read(Path::new(input), &ReadOptions::default(), Context::silent()).unwrap();
    let schema = infer(&raw, &InferOptions::default());
    let table = parse(&raw, &schema).unwrap();
    let n = table.n_rows();
    let configured = engine(id).unwrap().configure(&settings).unwrap();
    let seed = Seeded::new(1);
    let start = Instant::now();
    let (codec, train) =
        Codec::fit(&Train::new(table, None), &schema, &configured.codec(), seed.split("codec"));
    let encoded = start.elapsed().as_secs_f64();
    let (bytes, seconds) = configured.predict_cost(n, train.columns().len());
    let fitted = match configured.fit(&train, seed.split("fit"), Context::silent()) {
        Ok(fitted) => fitted,
        Err(error) => {
            println!("refused: {error}");
            return;
        }
    };
    let learned = start.elapsed().as_secs_f64();
    let drawn = fitted.sample(n, seed.split("rows"), Context::silent()).unwrap();
    let made = codec.decode(&drawn, seed.split("cells"));
    let finished = start.elapsed().as_secs_f64();
    let types: Vec<_> = raw.columns().iter().map(|column| (column.name.clone(), column.source)).collect();
    write(&format(&made, codec.schema(), &types), Path::new(output), &how, true).unwrap();
    println!(
        "{id}: {n} rows, {} columns; encode {encoded:.2} s, fit {:.2} s (predicted {seconds:.2} CPU s, {} MiB), draw {:.2} s",
        train.columns().len(),
        learned - encoded,
        bytes >> 20,
        finished - learned
    );
    for fact in fitted.stored() {
        println!("  {}: {} items, at least {} behind each", fact.what, fact.items, fact.least_support);
    }
}
