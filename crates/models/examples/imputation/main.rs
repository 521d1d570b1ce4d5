//! Are intervals from filled tables valid? `cargo run --release -p verosim-models --example imputation -- ENGINE ROWS WORLDS
//! TABLES [SETTING=NUMBER ...]`.

mod study;

use serde_json::{Map, Value};

#[allow(clippy::print_stdout, reason = "an example's output")]
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, default: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(default);
    let engine = words.first().map_or("mice", String::as_str);
    let (n, worlds, draws) = (number(1, 500), number(2, 200), number(3, 5));
    let settings: Map<String, Value> = words
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    let [filled, complete] = study::study(engine, &settings, n, worlds as u64, draws);
    println!("{engine}: {worlds} worlds of {n} rows, {draws} tables each; 95 % intervals\n");
    println!(
        "{:<20}{:>8} |{:>9}{:>10}{:>8} |{:>9}{:>10}{:>8}",
        "", "", "filled", "", "", "complete", "rows", ""
    );
    println!(
        "{:<20}{:>8} |{:>9}{:>10}{:>8} |{:>9}{:>10}{:>8}",
        "", "truth", "bias", "coverage", "length", "bias", "coverage", "length"
    );
    for ((name, truth), (filled, complete)) in study::TRUTHS.iter().zip(filled.iter().zip(&complete)) {
        println!(
            "{name:<20}{truth:>8.3} |{:>9.3}{:>9.1}%{:>8.3} |{:>9.3}{:>9.1}%{:>8.3}",
            filled.bias,
            100.0 * filled.coverage,
            filled.length,
            complete.bias,
            100.0 * complete.coverage,
            complete.length
        );
    }
}
