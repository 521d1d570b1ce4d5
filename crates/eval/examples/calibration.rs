//! Do attacks cry wolf, and do they see what was planted?
//!
//! `cargo run --release -p verosim-eval --example calibration -- REPETITIONS TRAIN.csv HOLDOUT.csv [TRAIN.csv HOLDOUT.csv ...]`
//!
//! Null: all rows of a pair are dealt anew each time to the three roles in the sizes of training rows, half of the holdout
//! and the other half, which is offered as synthetic. Every row is as likely to have any role, so that p-values must be uniform and
//! intervals of the AUC must hold one half. Dealing only the holdout anew would not do: what the fixed training rows have by chance in
//! common with the fixed holdout is then in every repetition. Power: rows with planted leaks must raise a privacy gate,
//! and a fresh sample must raise none.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use rand::RngExt as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use verosim_core::schema::Treatment;
use verosim_core::{Context, Kind, Schema, Seeded};
use verosim_data::frame::{Cells, parse};
use verosim_data::infer::{InferOptions, infer};
use verosim_data::io::{ReadOptions, read};
use verosim_data::{RawTable, Table};
use verosim_eval::card::Outcome;
use verosim_eval::{Card, JudgeSettings, Trio, judge};

/// Training rows of the null repetitions: their number matters little beside the holdout's.
const MOST_TRAIN: usize = 2_000;
const MEMBERSHIP: [&str; 10] =
    ["pm.dcr", "pm.diff", "pm.dpi", "pm.domias", "pm.mc", "pm.clf", "pm.lra", "pm.keys", "pm.lev", "pm.max"];
const GATES: [&str; 5] = ["pd.dcr", "pd.copy", "pm.blind", "pm.f1", "pd.sub"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let repetitions: usize = words[0].parse().unwrap();
    for pair in words[1..].chunks(2) {
        println!("\n{}", pair[0]);
        let all = table(&[&pair[0], &pair[1]]);
        null(&all, repetitions);
        power(&all);
    }
}

/// All rows below each other, the first `n_train` of them training rows.
struct All {
    schema: Schema,
    rows: Table,
    n_train: usize,
}

fn table(paths: &[&str]) -> All {
    let raws: Vec<RawTable> = paths
        .iter()
        .map(|path| read(Path::new(path), &ReadOptions::default(), Context::silent()).unwrap().0)
        .collect();
    let n_train = raws[0].n_rows();
    let mut raw = raws[0].clone();
    assert!(raw.append(&raws[1]), "both tables have the same columns");
    let mut schema = infer(&raw, &InferOptions::default());
    schema.columns.retain(|column| {
        column.treatment == Treatment::Model && !matches!(column.kind, Kind::Constant | Kind::Id | Kind::Text)
    });
    let rows = parse(&raw, &schema).unwrap();
    All { schema, rows, n_train }
}

impl All {
    /// Rows dealt to training, holdout and fresh rows of these sizes.
    fn deal(&self, sizes: [usize; 3], seed: Seeded) -> [Table; 3] {
        let mut order: Vec<usize> = (0..self.rows.n_rows()).collect();
        let mut rng = seed.rng();
        for at in (1..order.len()).rev() {
            order.swap(at, rng.random_range(0..=at));
        }
        let mut from = 0;
        sizes.map(|size| {
            from += size;
            self.rows.take(&order[from - size..from])
        })
    }

    fn card(&self, [train, holdout, synthetic]: [&Table; 3], only: &[&str], seed: Seeded) -> Card {
        let trio = Trio::new(&self.schema, train, holdout, synthetic);
        let settings = JudgeSettings {
            only: only.iter().map(|id| (*id).to_owned()).collect(),
            row_limit: 50_000,
            ..JudgeSettings::default()
        };
        judge(&trio, &settings, seed, Context::silent()).unwrap()
    }
}

#[derive(Default)]
struct Seen {
    chances: Vec<f64>,
    covered: usize,
    areas: Vec<f64>,
}

fn null(all: &All, repetitions: usize) {
    let start = Instant::now();
    let half = (all.rows.n_rows() - all.n_train) / 2;
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for repetition in 0..repetitions {
        let seed = Seeded::new(2026).split_at(repetition as u64);
        let [train, holdout, fresh] = all.deal([all.n_train.min(MOST_TRAIN), half, half], seed);
        let card = all.card([&train, &holdout, &fresh], &MEMBERSHIP, seed);
        let family = card.strongest.as_ref().unwrap();
        let holds =
            |interval: verosim_core::Interval| usize::from((interval.low..=interval.high).contains(&0.5));
        for score in &family.scores {
            let name = format!("{} {}", score.id, score.space);
            let one = seen.entry(name).or_default();
            one.chances.push(score.p);
            one.areas.push(score.auc.value);
            one.covered += holds(score.auc.interval.unwrap());
        }
        let strongest = card.entries.iter().find(|entry| entry.id == "pm.max").unwrap().reading.unwrap();
        let one = seen.entry("pm.max (adjusted)".into()).or_default();
        one.chances.push(family.p);
        one.areas.push(strongest.value);
        one.covered += holds(strongest.interval.unwrap());
        for entry in card.entries.iter().filter(|entry| entry.id != "pm.max") {
            let reading = entry.reading.unwrap();
            let one = seen.entry(format!("{} (as told)", entry.id)).or_default();
            one.areas.push(reading.value);
            one.covered += holds(reading.interval.unwrap());
        }
    }
    println!("null, {repetitions} repetitions, {:.0} s", start.elapsed().as_secs_f64());
    println!("{:22} {:>9} {:>9} {:>9} {:>9}", "attack", "mean AUC", "KS p", "p <= .05", "coverage");
    let (mut covered, mut intervals) = (0, 0);
    for (name, one) in &mut seen {
        let n = one.areas.len() as f64;
        let small = one.chances.iter().filter(|&&p| p <= 0.05).count() as f64 / n;
        let mean = one.areas.iter().sum::<f64>() / n;
        let uniform =
            if one.chances.is_empty() { "-".into() } else { format!("{:.3}", uniform(&mut one.chances)) };
        println!("{name:22} {mean:9.4} {uniform:>9} {small:9.3} {:9.3}", one.covered as f64 / n);
        if !name.contains('(') {
            covered += one.covered;
            intervals += one.areas.len();
        }
    }
    println!(
        "all attacks and spaces together: {:.3} of intervals hold 0.5",
        covered as f64 / intervals as f64
    );
}

/// Asymptotic p-value of Kolmogorov's test against the uniform law.
fn uniform(chances: &mut [f64]) -> f64 {
    chances.sort_by(f64::total_cmp);
    let n = chances.len() as f64;
    let apart = chances
        .iter()
        .enumerate()
        .map(|(at, p)| (p - at as f64 / n).abs().max((p - (at + 1) as f64 / n).abs()))
        .fold(0.0, f64::max);
    let x = apart * (n.sqrt() + 0.12 + 0.11 / n.sqrt());
    (1..100)
        .map(f64::from)
        .map(|k| 2.0 * (-1.0_f64).powi(k as i32 - 1) * (-2.0 * (k * x).powi(2)).exp())
        .sum::<f64>()
        .clamp(0.0, 1.0)
}

fn power(all: &All) {
    let n = all.rows.n_rows();
    let seed = Seeded::new(7);
    let size = 2 * n / 5;
    let [train, holdout, fresh] = all.deal([size, n / 5, size], seed);
    let leaks = [
        ("fresh sample", fresh.clone()),
        ("1 % verbatim copies", copies(&train, &fresh)),
        ("monotone warped copy", warped(&train)),
        ("mosaic", mosaic(&train, seed)),
        ("bootstrap, small noise", noisy(&train, seed)),
    ];
    let mut only: Vec<&str> = MEMBERSHIP.to_vec();
    only.extend(GATES);
    for (name, made) in leaks {
        let start = Instant::now();
        let card = all.card([&train, &holdout, &made], &only, seed);
        let privacy = card.verdicts.iter().find(|verdict| verdict.question == "privacy").unwrap();
        let raised: Vec<String> = privacy
            .gates
            .iter()
            .filter(|gate| matches!(gate.1, Outcome::Warn | Outcome::Fail))
            .map(|gate| format!("{} {:?}", gate.0, gate.1))
            .collect();
        let strongest = card.strongest.as_ref().unwrap();
        let best = &strongest.scores[strongest.strongest];
        println!(
            "{name:24} {:?}: [{}]; p {:.4}, strongest {} {} AUC {:.3}; {:.1} s",
            privacy.outcome,
            raised.join(", "),
            strongest.p,
            best.id,
            best.space,
            best.auc.value,
            start.elapsed().as_secs_f64()
        );
    }
}

fn copies(train: &Table, fresh: &Table) -> Table {
    let n = fresh.n_rows();
    let copies = train.take(&(0..n / 100).collect::<Vec<_>>());
    copies.append(&fresh.take(&(n / 100..n).collect::<Vec<_>>())).unwrap()
}

fn with_numbers(table: &Table, mut change: impl FnMut(usize, &mut Vec<f64>)) -> Table {
    let mut columns = table.columns().to_vec();
    for (at, column) in columns.iter_mut().enumerate() {
        if let Cells::Number(values) = &mut column.cells {
            change(at, values);
        }
    }
    Table::new(columns).unwrap()
}

fn deviation(values: &[f64]) -> f64 {
    let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let n = present.len().max(1) as f64;
    let mean = present.iter().sum::<f64>() / n;
    (present.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Every number shifted by a standard deviation and bent.
fn warped(train: &Table) -> Table {
    with_numbers(train, |_, values| {
        let unit = deviation(values).max(1e-9);
        values
            .iter_mut()
            .for_each(|value| *value = *value + unit + 0.3 * (*value / unit).exp().min(1e6) * unit);
    })
}

/// The first half of the columns of one training row, the second half of another's.
fn mosaic(train: &Table, seed: Seeded) -> Table {
    let mut rng = seed.split("mosaic").rng();
    let other: Vec<usize> = (0..train.n_rows()).map(|_| rng.random_range(0..train.n_rows())).collect();
    let glued = train.take(&other);
    let half = train.columns().len() / 2;
    let columns = train.columns()[..half].iter().chain(&glued.columns()[half..]).cloned().collect();
    Table::new(columns).unwrap()
}

/// Training rows drawn with replacement, every number moved by about a twentieth of a standard deviation.
fn noisy(train: &Table, seed: Seeded) -> Table {
    let mut rng = seed.split("noisy").rng();
    let drawn: Vec<usize> = (0..train.n_rows()).map(|_| rng.random_range(0..train.n_rows())).collect();
    with_numbers(&train.take(&drawn), |_, values| {
        let unit = 0.05 * deviation(values);
        values
            .iter_mut()
            .for_each(|value| *value += unit * (rng.random::<f64>() + rng.random::<f64>() - 1.0));
    })
}
