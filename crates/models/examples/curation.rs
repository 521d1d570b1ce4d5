//! Does curation find corrupted outcomes and leave good rows alone?
//!
//! `cargo run --release -p verosim-models --example curation -- TRAIN.csv HOLDOUT.csv TARGET [SEEDS]`
//!
//! Draws synthetic rows like the training rows with `trees`, corrupts the outcome of a fifth, curates with the training rows,
//! and tests boosted trees that learned from the curated and from the uncurated rows on the holdout. One line per rule and
//! seed, then means.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use rand::RngExt as _;
use serde_json::Map;
use std::collections::HashMap;
use std::path::Path;
use verosim_core::{Context, Schema, Seeded};
use verosim_data::frame::{NO_LEVEL, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_data::{Cells, Codec, Column, RawTable, Table, Train};
use verosim_math::learn::{Binned, Boosting, Feature, Sample, Target, auc};
use verosim_models::curate::{Judge, Rule};
use verosim_models::engine;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [train, holdout, target, rest @ ..] = &args[..] else {
        panic!("TRAIN.csv HOLDOUT.csv TARGET [SEEDS]")
    };
    let seeds: u64 = rest.first().map_or(10, |text| text.parse().unwrap());
    let raw = |path: &str| -> RawTable {
        read(Path::new(path), &ReadOptions::default(), Context::silent()).unwrap().0
    };
    let raw_train = raw(train);
    let schema = infer(&raw_train, &InferOptions::default());
    let train = parse(&raw_train, &schema).unwrap();
    let holdout = parse(&raw(holdout), &schema).unwrap();
    println!("rule seed bad_dropped good_dropped worst_class auc_before auc_after");
    for rule in [Rule::Protective, Rule::Published] {
        let mut lines = Vec::new();
        for seed in 0..seeds {
            let seed = Seeded::new(seed);
            let (good, made) = corrupted(&train, &schema, target, seed);
            let Ok(judge) = Judge::learn(&train, target, rule, seed.split("judge"), Context::silent()) else {
                println!("{} does not apply", rule.word());
                break;
            };
            let decided = judge.decide(&made).unwrap();
            let share = |bad: bool| {
                let of: Vec<usize> = (0..good.len()).filter(|&row| good[row] != bad).collect();
                of.iter().filter(|&&row| !decided.keep[row]).count() as f64 / of.len().max(1) as f64
            };
            let worst = worst_class(made.column(target).unwrap(), &good, &decided.keep);
            let before = skill(&made, &holdout, target);
            let after = skill(&made.take(&decided.kept()), &holdout, target);
            println!(
                "{} {:x} {:.3} {:.3} {worst:.3} {before:.4} {after:.4} (judge {:?})",
                rule.word(),
                seed.key() & 0xff,
                share(true),
                share(false),
                judge.skill()
            );
            lines.push([share(true), share(false), worst, before, after]);
        }
        let mean = |at: usize| lines.iter().map(|line| line[at]).sum::<f64>() / lines.len().max(1) as f64;
        let rises = lines.iter().filter(|line| line[4] > line[3]).count();
        println!(
            "{} MEAN bad dropped {:.3}, good dropped {:.3}, worst class {:.3}, before {:.4}, after {:.4}, rises {rises} of {}",
            rule.word(),
            mean(0),
            mean(1),
            mean(2),
            mean(3),
            mean(4),
            lines.len()
        );
    }
}

/// Synthetic rows with a fifth of the outcomes corrupted, and which ones are good.
fn corrupted(train: &Table, schema: &Schema, target: &str, seed: Seeded) -> (Vec<bool>, Table) {
    let configured = engine("trees").unwrap().configure(&Map::new()).unwrap();
    let learn = Train::new(train.clone(), None);
    let (codec, encoded) = Codec::fit(&learn, schema, &configured.codec(), seed.split("codec"));
    let fitted = configured.fit(&encoded, seed.split("fit"), Context::silent()).unwrap();
    let drawn = fitted.sample(train.n_rows(), seed.split("rows"), Context::silent()).unwrap();
    let made = codec.decode(&drawn, seed.split("cells"));
    let mut rng = seed.split("corrupt").rng();
    let n = made.n_rows();
    let good: Vec<bool> = (0..n).map(|_| rng.random::<f64>() >= 0.2).collect();
    let columns = made
        .columns()
        .iter()
        .map(|column| {
            let mut column = column.clone();
            if column.name == target {
                match &mut column.cells {
                    Cells::Level { codes, .. } => {
                        let mut present: Vec<u32> =
                            codes.iter().copied().filter(|&code| code != NO_LEVEL).collect();
                        present.sort_unstable();
                        present.dedup();
                        for (code, _) in codes.iter_mut().zip(&good).filter(|(_, good)| !**good) {
                            let others: Vec<u32> =
                                present.iter().copied().filter(|other| other != code).collect();
                            *code = others[rng.random_range(0..others.len())];
                        }
                    }
                    Cells::Number(values) => {
                        let old = values.clone();
                        for (value, _) in values.iter_mut().zip(&good).filter(|(_, good)| !**good) {
                            *value = old[rng.random_range(0..n)];
                        }
                    }
                }
            }
            column
        })
        .collect();
    (good, Table::new(columns).unwrap())
}

/// Greatest share of good rows that a class loses (for numbers, of all rows).
fn worst_class(column: &Column, good: &[bool], keep: &[bool]) -> f64 {
    let class = |row: usize| match &column.cells {
        Cells::Level { codes, .. } => codes[row],
        Cells::Number(_) => 0,
    };
    let mut counts: HashMap<u32, (f64, f64)> = HashMap::new();
    for row in (0..good.len()).filter(|&row| good[row]) {
        let count = counts.entry(class(row)).or_default();
        count.0 += 1.0;
        count.1 += f64::from(!keep[row]);
    }
    counts.values().filter(|count| count.0 >= 20.0).map(|count| count.1 / count.0).fold(0.0, f64::max)
}

/// AUC (mean of one class against the rest) or R² on `test` of boosted trees learned from `made`.
fn skill(made: &Table, test: &Table, target: &str) -> f64 {
    let both = [made, test];
    let columns: Vec<Vec<f64>> = made
        .columns()
        .iter()
        .filter(|column| column.name != target && test.column(&column.name).is_some())
        .map(|column| {
            let mut known: HashMap<String, f64> = HashMap::new();
            both.iter()
                .flat_map(|table| {
                    let column = table.column(&column.name).unwrap();
                    let values: Vec<f64> = match &column.cells {
                        Cells::Number(values) => values.clone(),
                        Cells::Level { codes, levels } => codes
                            .iter()
                            .map(|&code| match levels.get(code as usize) {
                                Some(level) => {
                                    let next = known.len() as f64;
                                    *known.entry(level.clone()).or_insert(next)
                                }
                                None => f64::NAN,
                            })
                            .collect(),
                    };
                    values
                })
                .collect()
        })
        .collect();
    let features: Vec<Feature<'_>> = columns.iter().map(|values| Feature::Number(values)).collect();
    let data = Binned::new(&features);
    let n = made.n_rows();
    let (learned, tested): (Vec<u32>, Vec<u32>) =
        ((0..n as u32).collect(), (n as u32..data.n_rows() as u32).collect());
    let (own, other) = (made.column(target).unwrap(), test.column(target).unwrap());
    let fit = |target: Target<'_>| Boosting::default().fit(&Sample::of(&data, target, &learned)).unwrap();
    match (&own.cells, &other.cells) {
        (Cells::Number(own), Cells::Number(other)) => {
            let mean = own.iter().filter(|v| v.is_finite()).sum::<f64>() / n as f64;
            let all: Vec<f64> =
                own.iter().chain(other).map(|v| if v.is_finite() { *v } else { mean }).collect();
            let predicted = fit(Target::Number(&all)).predict(&data, &tested);
            let truth = &all[n..];
            let centre = truth.iter().sum::<f64>() / truth.len() as f64;
            let left: f64 = truth.iter().zip(&predicted).map(|(t, p)| (t - p).powi(2)).sum();
            1.0 - left / truth.iter().map(|t| (t - centre).powi(2)).sum::<f64>()
        }
        (Cells::Level { codes, levels }, Cells::Level { codes: test_codes, levels: test_levels }) => {
            let mut areas = Vec::new();
            for (class, name) in levels.iter().enumerate() {
                let yes: Vec<bool> = codes
                    .iter()
                    .map(|&code| code as usize == class)
                    .chain(test_codes.iter().map(|&code| test_levels.get(code as usize) == Some(name)))
                    .collect();
                let predicted = fit(Target::Binary(&yes)).predict(&data, &tested);
                let of = |wanted: bool| -> Vec<f64> {
                    predicted
                        .iter()
                        .zip(&yes[n..])
                        .filter(|(_, yes)| **yes == wanted)
                        .map(|(p, _)| *p)
                        .collect()
                };
                if let Ok(area) = auc(&of(true), &of(false)) {
                    areas.push(area.value);
                }
                if levels.len() == 2 {
                    break;
                }
            }
            areas.iter().sum::<f64>() / areas.len().max(1) as f64
        }
        _ => f64::NAN,
    }
}
