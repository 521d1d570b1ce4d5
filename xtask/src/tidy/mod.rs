//! Does the tree keep the promises that `ARCHITECTURE.md` makes?

mod citations;
mod doors;
mod files;
mod layers;
mod records;

use crate::source;
use std::process::ExitCode;

/// Runs every check and prints every breach.
pub(crate) fn run() -> ExitCode {
    let sources = source::all();
    let mut breaches = Vec::new();
    breaches.extend(layers::check());
    breaches.extend(files::check(&sources));
    breaches.extend(doors::check(&sources));
    breaches.extend(citations::check(&sources));
    breaches.extend(records::check());
    for breach in &breaches {
        eprintln!("tidy: {breach}");
    }
    if breaches.is_empty() {
        println!("tidy: {} files, no breach", sources.len());
        return ExitCode::SUCCESS;
    }
    eprintln!("tidy: {} breaches", breaches.len());
    ExitCode::FAILURE
}

/// Prints the gauge and the ten largest files.
pub(crate) fn sizes() -> ExitCode {
    let mut sizes: Vec<(usize, String)> = source::all()
        .into_iter()
        .filter(|source| !source.is_test())
        .map(|source| (source.impl_lines(), source.path))
        .collect();
    sizes.sort();
    let at = |share: f64| sizes.get((sizes.len() as f64 * share) as usize).map_or(0, |(lines, _)| *lines);
    println!("{} files, median {}, p90 {}", sizes.len(), at(0.5), at(0.9));
    for (lines, path) in sizes.iter().rev().take(10) {
        println!("{lines:5} {path}");
    }
    ExitCode::SUCCESS
}
