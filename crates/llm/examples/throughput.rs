//! How many JSON rows are parsed, validated and checked in a second?
//!
//! `cargo run --release -p verosim-llm --example throughput`
//!
//! Floor: a row of 20 columns is about 370 bytes; reading them once at 1 GB/s allows 2.7 million rows a second.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement at a terminal")]

use std::time::Instant;
use verosim_core::{ColumnSchema, Disclosure, Kind, RowForm, Seeded};
use verosim_data::constrain::{Allowance, Allowed, Known, Range};
use verosim_llm::accept::{Cell, Checker, Record};
use verosim_llm::card::{Card, Mapping};
use verosim_llm::codec::codec;

const ROWS: usize = 100_000;

fn main() {
    let columns: Vec<Allowance> = (0..20)
        .map(|at| {
            let (kind, values) = if at % 4 == 0 {
                let texts = ["none", "mild", "moderate", "severe"].map(str::to_owned).to_vec();
                (Kind::Nominal, Allowed::Levels { texts, shares: Vec::new() })
            } else {
                let range = Some(Range { low: 0.0, high: 300.0, quantiles: None });
                (Kind::Continuous, Allowed::Number { range, decimals: 1 })
            };
            let schema = ColumnSchema::declared(&format!("measurement_{at}"), kind);
            Allowance { schema, values, known: Known::Declared, missing: 0.0, nullable: true }
        })
        .collect();
    let card = Card::new(&columns, Disclosure::Metadata, Mapping::None, Seeded::new(1));
    let order: Vec<usize> = (0..20).collect();
    let record = |row: usize| {
        let cell = |at: usize| match at % 4 {
            0 => Cell::Level(((row + at) % 4) as u32),
            _ if (row + at).is_multiple_of(17) => Cell::Missing,
            _ => Cell::Number(f64::from(((row * 31 + at * 7) % 3000) as u32) / 10.0),
        };
        Record((0..20).map(cell).collect())
    };
    for form in [RowForm::Json, RowForm::Csv, RowForm::Sentence] {
        let contract = card.contract(form, &order, ROWS);
        let texts: Vec<_> = (0..ROWS).map(|row| record(row).texts(&card, &order)).collect();
        // Replies of 50 rows, as models write them.
        let replies: Vec<String> = texts.chunks(50).map(|rows| codec(form).encode(&contract, rows)).collect();
        let bytes: usize = replies.iter().map(String::len).sum();
        let checker = Checker::new(&card, &order);
        let begun = Instant::now();
        let taken: usize = replies
            .iter()
            .map(|reply| {
                let found = codec(form).decode(&contract, reply, true);
                found.iter().filter(|row| row.as_ref().is_ok_and(|row| checker.check(row).is_ok())).count()
            })
            .sum();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{form:?}: {taken} of {ROWS} rows of {} bytes in {seconds:.2} s on one core: {:.0} rows/s",
            bytes / ROWS,
            taken as f64 / seconds
        );
    }
}
