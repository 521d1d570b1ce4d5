//! What does the judge say of three CSV files, and how long does each metric take? Used by `bench/oracles_realism.py`.
//!
//! `judge_csv TRAIN HOLDOUT SYNTHETIC OUT [ID...]`: columns are understood from the training rows; writes the card as JSON
//! and prints the seconds of each metric.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_eval::{JudgeSettings, Trio, judge, render};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [train, holdout, synthetic, out, only @ ..] = words.as_slice() else {
        return Err("usage: judge_csv TRAIN HOLDOUT SYNTHETIC OUT [ID...]".into());
    };
    let raw = |path: &String| read(Path::new(path), &ReadOptions::default(), Context::silent());
    let (train, holdout, synthetic) = (raw(train)?.0, raw(holdout)?.0, raw(synthetic)?.0);
    let mut schema = infer(&train, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let [train, holdout, synthetic] =
        [parse(&train, &schema)?, parse(&holdout, &schema)?, parse(&synthetic, &schema)?];
    let trio = Trio::new(&schema, &train, &holdout, &synthetic);
    let settings = JudgeSettings {
        title: "csv".into(),
        date: "2026-01-01".into(),
        only: only.to_vec(),
        row_limit: 20_000,
        ..JudgeSettings::default()
    };
    let card = judge(&trio, &settings, Seeded::new(1), Context::silent())?;
    for entry in &card.entries {
        let value = |reading: &Option<verosim_eval::card::Reading>| {
            reading.map_or("-".into(), |reading| format!("{:.4}", reading.value))
        };
        let (own, ceiling, floor) = (value(&entry.reading), value(&entry.ceiling), value(&entry.floor));
        let reason = entry.reason.as_deref().unwrap_or_default();
        println!("{:14} {:7.2} s  {own} ceiling {ceiling} floor {floor} {reason}", entry.id, entry.seconds);
    }
    std::fs::write(out, render::json(&card))?;
    Ok(())
}
