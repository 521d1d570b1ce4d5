//! What does the judge say of three CSV files, and how long does each metric take? Used by `bench/oracle_table.py`.
//!
//! `judge_csv TRAIN HOLDOUT SYNTHETIC OUT [--preset NAME] [--target COLUMNS] [--survival TIME,EVENT] [--keys COLUMNS]
//! [--sensitive COLUMNS] [--group COLUMNS] [ID...]`: columns are understood from the training rows and named with commas
//! between; writes the card as JSON, with the scores of other tools, and prints how far each metric was checked and its seconds.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Maturity, Preset, Schema, Seeded};
use verosim_data::frame::parse;
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_eval::card::Reading;
use verosim_eval::compat::compat;
use verosim_eval::{Card, JudgeSettings, METRICS, Trio, judge, render};

/// Values by flag.
type Named = BTreeMap<String, String>;

const FLAGS: [&str; 6] = ["preset", "target", "survival", "keys", "sensitive", "group"];
const ROW_LIMIT: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let (words, named) = arguments()?;
    let [train, holdout, synthetic, out, only @ ..] = words.as_slice() else {
        return Err("usage: judge_csv TRAIN HOLDOUT SYNTHETIC OUT [--FLAG VALUE] [ID...]".into());
    };
    let raw = |path: &String| read(Path::new(path), &ReadOptions::default(), Context::silent());
    let (train, holdout, synthetic) = (raw(train)?.0, raw(holdout)?.0, raw(synthetic)?.0);
    let mut schema = infer(&train, &InferOptions::default());
    schema.columns.retain(|column| column.treatment == Treatment::Model);
    let [train, holdout, synthetic] =
        [parse(&train, &schema)?, parse(&holdout, &schema)?, parse(&synthetic, &schema)?];
    let places = |flag: &str| places(&schema, named.get(flag).map_or("", String::as_str));
    let (targets, keys, sensitive, groups) =
        (places("target")?, places("keys")?, places("sensitive")?, places("group")?);
    let survival = match places("survival")?[..] {
        [] => None,
        [time, event] => Some((time, event)),
        _ => return Err("--survival wants two columns: TIME,EVENT".into()),
    };
    let trio = Trio {
        targets: &targets,
        keys: &keys,
        sensitive: &sensitive,
        groups: &groups,
        survival,
        ..Trio::new(&schema, &train, &holdout, &synthetic)
    };
    let preset = named.get("preset").map_or("standard", String::as_str);
    let settings = JudgeSettings {
        title: "csv".into(),
        date: "2026-01-01".into(),
        preset: Preset::from_name(preset).ok_or("presets are quick, standard and release")?,
        only: only.to_vec(),
        row_limit: ROW_LIMIT,
        ..JudgeSettings::default()
    };
    let seed = Seeded::new(1);
    let mut card = judge(&trio, &settings, seed, Context::silent())?;
    if only.is_empty() {
        card.compat = compat(&train, &holdout, &synthetic, seed);
    }
    print(&card);
    std::fs::write(out, render::json(&card))?;
    Ok(())
}

/// Words, and values by flag.
fn arguments() -> Result<(Vec<String>, Named), Box<dyn Error>> {
    let (mut words, mut named) = (Vec::new(), Named::new());
    let mut left = std::env::args().skip(1);
    while let Some(word) = left.next() {
        match word.strip_prefix("--") {
            Some(flag) if FLAGS.contains(&flag) => {
                let value = left.next().ok_or_else(|| format!("--{flag} wants a value"))?;
                named.insert(flag.to_owned(), value);
            }
            Some(flag) => return Err(format!("no flag --{flag}; there are: {}", FLAGS.join(", ")).into()),
            None => words.push(word),
        }
    }
    Ok((words, named))
}

fn places(schema: &Schema, names: &str) -> Result<Vec<usize>, Box<dyn Error>> {
    let names = names.split(',').filter(|name| !name.is_empty());
    names.map(|name| schema.index_of(name).map_err(|error| error.to_string().into())).collect()
}

fn print(card: &Card) {
    let value =
        |reading: &Option<Reading>| reading.map_or("-".into(), |reading| format!("{:.4}", reading.value));
    for entry in &card.entries {
        let info = METRICS.iter().map(|metric| metric.info()).find(|info| info.id == entry.id);
        let stage = info.map_or("", |info| match info.maturity {
            Maturity::Draft => "draft",
            Maturity::Checked => "checked",
        });
        let (own, ceiling, floor) = (value(&entry.reading), value(&entry.ceiling), value(&entry.floor));
        let reason = entry.reason.as_deref().unwrap_or_default();
        println!(
            "{:12} {stage:8} {:7.2} s  {own} ceiling {ceiling} floor {floor} {reason}",
            entry.id, entry.seconds
        );
    }
}
