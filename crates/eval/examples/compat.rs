//! How long do SDMetrics' scores take on three tables that are read already?
//!
//! `compat TRAIN.csv HOLDOUT.csv SYNTHETIC.csv`; used by `bench/judge_speed.py`.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_eval::compat::compat;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [train, holdout, synthetic] = words.as_slice() else {
        return Err("usage: compat TRAIN HOLDOUT SYNTHETIC".into());
    };
    let raw = |path: &String| read(Path::new(path), &ReadOptions::default(), Context::silent());
    let (train, holdout, synthetic) = (raw(train)?.0, raw(holdout)?.0, raw(synthetic)?.0);
    let mut schema = infer(&train, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let [train, holdout, synthetic] =
        [parse(&train, &schema)?, parse(&holdout, &schema)?, parse(&synthetic, &schema)?];
    let start = Instant::now();
    let scores = compat(&train, &holdout, &synthetic, Seeded::new(1));
    let seconds = start.elapsed().as_secs_f64();
    for score in &scores {
        println!("{score:?}");
    }
    println!("{seconds}");
    Ok(())
}
