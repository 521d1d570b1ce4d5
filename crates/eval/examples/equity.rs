//! Does the verdict on equity see harm that was planted in one group, and is it calm where there is none?
//!
//! `cargo run --release -p verosim-eval --example equity -- SEED DEALS TARGET GROUP TRAIN.csv HOLDOUT.csv`
//!
//! All rows are dealt anew each time: two fifths to training, one to the holdout, two to fresh rows, which stand for what a
//! perfect generator draws. Fresh rows must not fail. Then the people of the rarest group of GROUP are harmed: all, half or
//! a quarter of them are other groups' people under their name; or their columns are shuffled among themselves; or half of
//! them are missing.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use rand::RngExt as _;
use std::path::Path;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Kind, Schema, Seeded};
use verosim_data::frame::{Cells, Column, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_data::{RawTable, Table};
use verosim_eval::card::Outcome;
use verosim_eval::{JudgeSettings, Trio, judge};

const GATES: [&str; 3] = ["eq.rep", "eq.real", "eq.tstr"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (schema, rows) = table(&words[4..]);
    let [target, group] = [2, 3].map(|at| schema.index_of(&words[at]).unwrap());
    let mut names: Vec<&str> = Vec::new();
    let mut found: Vec<Vec<[Outcome; 4]>> = Vec::new();
    for deal in 0..words[1].parse::<u64>().unwrap() {
        let seed = Seeded::new(words[0].parse().unwrap()).split_at(deal);
        let order = shuffled((0..rows.n_rows()).collect(), seed);
        let fifth = rows.n_rows() / 5;
        let [train, holdout, fresh] =
            [0..2 * fifth, 2 * fifth..3 * fifth, 3 * fifth..5 * fifth].map(|part| rows.take(&order[part]));
        let harmed = [
            ("fresh sample", fresh.clone()),
            ("all of the group are others", renamed(&fresh, group, 1.0, seed)),
            ("half of the group are others", renamed(&fresh, group, 0.5, seed)),
            ("a quarter of the group are others", renamed(&fresh, group, 0.25, seed)),
            ("columns of the group are shuffled", mixed(&fresh, group, seed)),
            ("half of the group is missing", halved(&fresh, group)),
        ];
        for (at, (name, synthetic)) in harmed.iter().enumerate() {
            if deal == 0 {
                names.push(name);
                found.push(Vec::new());
            }
            let trio = Trio { targets: &[target], ..Trio::new(&schema, &train, &holdout, synthetic) };
            let settings = JudgeSettings {
                only: GATES.map(str::to_owned).to_vec(),
                row_limit: 20_000,
                ..JudgeSettings::default()
            };
            let card = judge(&trio, &settings, seed, Context::silent()).unwrap();
            let verdict = card.verdicts.iter().find(|verdict| verdict.question == "equity").unwrap();
            let gate = |id: &str| verdict.gates.iter().find(|gate| gate.0 == id).map(|gate| gate.1);
            let gates = GATES.map(|id| gate(id).unwrap_or(Outcome::NotAssessable));
            if deal == 0 {
                println!("{name}: {}", verdict.sentence);
                for entry in &card.entries {
                    let parts = entry
                        .parts
                        .iter()
                        .filter(|(part, _)| part.starts_with("kept") || part.starts_with("gap"));
                    println!("  {} {:?} {:.1} s", entry.id, parts.collect::<Vec<_>>(), entry.seconds);
                }
            }
            found[at].push([gates[0], gates[1], gates[2], verdict.outcome]);
        }
    }
    println!(
        "\n{:36} {:>20} {:>20} {:>20} {:>20}",
        "pass / warn / fail", GATES[0], GATES[1], GATES[2], "verdict"
    );
    for (name, outcomes) in names.iter().zip(&found) {
        let of = |at: usize| {
            let count = |wanted: Outcome| outcomes.iter().filter(|own| own[at] == wanted).count();
            format!("{} / {} / {}", count(Outcome::Pass), count(Outcome::Warn), count(Outcome::Fail))
        };
        println!("{name:36} {:>20} {:>20} {:>20} {:>20}", of(0), of(1), of(2), of(3));
    }
}

fn table(paths: &[String]) -> (Schema, Table) {
    let raws: Vec<RawTable> = paths
        .iter()
        .map(|path| read(Path::new(path), &ReadOptions::default(), Context::silent()).unwrap().0)
        .collect();
    let mut raw = raws[0].clone();
    raws[1..].iter().for_each(|more| assert!(raw.append(more), "all tables have the same columns"));
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|column| {
        column.treatment == Treatment::Model && !matches!(column.kind, Kind::Constant | Kind::Id | Kind::Text)
    });
    let rows = parse(&raw, &schema).unwrap();
    (schema, rows)
}

fn shuffled(mut rows: Vec<usize>, seed: Seeded) -> Vec<usize> {
    let mut rng = seed.rng();
    for at in (1..rows.len()).rev() {
        rows.swap(at, rng.random_range(0..=at));
    }
    rows
}

/// Rows of the rarest level, and the other rows.
fn rarest(table: &Table, group: usize) -> (Vec<usize>, Vec<usize>) {
    let (codes, levels) = table.columns()[group].levels().unwrap();
    let count = |level: usize| codes.iter().filter(|code| **code as usize == level).count();
    let rare = (0..levels.len()).filter(|&level| count(level) > 0).min_by_key(|&level| count(level)).unwrap();
    (0..codes.len()).partition(|&row| codes[row] as usize == rare)
}

/// A share of the group's rows are other people's under its name.
fn renamed(table: &Table, group: usize, share: f64, seed: Seeded) -> Table {
    let (own, others) = rarest(table, group);
    let mut rng = seed.split("renamed").rng();
    let mut rows: Vec<usize> = (0..table.n_rows()).collect();
    for &row in &own {
        if rng.random_bool(share) {
            rows[row] = others[rng.random_range(0..others.len())];
        }
    }
    let mut columns = table.take(&rows).columns().to_vec();
    columns[group] = table.columns()[group].clone();
    Table::new(columns).unwrap()
}

/// The columns of the group are shuffled among its rows.
fn mixed(table: &Table, group: usize, seed: Seeded) -> Table {
    let (own, _) = rarest(table, group);
    let column = |(at, column): (usize, &Column)| {
        let mut rows: Vec<usize> = (0..table.n_rows()).collect();
        let other = shuffled(own.clone(), seed.split("mixed").split_at(at as u64));
        own.iter().zip(other).for_each(|(&to, from)| rows[to] = from);
        let mut moved = column.clone();
        moved.missing = rows.iter().map(|&row| column.missing[row]).collect();
        match (&column.cells, &mut moved.cells) {
            (Cells::Number(from), Cells::Number(to)) => *to = rows.iter().map(|&row| from[row]).collect(),
            (Cells::Level { codes: from, .. }, Cells::Level { codes: to, .. }) => {
                *to = rows.iter().map(|&row| from[row]).collect();
            }
            _ => {}
        }
        moved
    };
    Table::new(table.columns().iter().enumerate().map(column).collect()).unwrap()
}

fn halved(table: &Table, group: usize) -> Table {
    let (own, mut rows) = rarest(table, group);
    rows.extend(own.iter().step_by(2));
    table.take(&rows)
}
