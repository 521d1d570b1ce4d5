//! How large an epsilon do the models of two neighbouring tables prove against an engine?

use crate::Engine;
use rayon::prelude::*;
use serde_json::{Map, Value};
use statrs::distribution::{Beta, ContinuousCDF as _};
use std::sync::Arc;
use verosim_core::{Context, Seeded};
use verosim_data::{ColumnDomain, Domain, Token};
use verosim_privacy::{Noise, Promise, SealedTable};

/// Patients of each table, and columns of two levels.
const PEOPLE: usize = 40;
const COLUMNS: usize = 2;
const DELTA: f64 = 1e-3;
/// Models of each table in every test run, and in the longer audits: `cargo test -p verosim-models --lib many_models -- --ignored`.
pub(crate) const RUNS: u64 = 1_000;
pub(crate) const MANY_RUNS: u64 = 10_000;
/// Rows that the attacker draws from a model.
const ROWS: usize = 400;

/// A lower bound on the epsilon of `engine` when it is asked for `epsilon`, from `runs` models of each of two tables. One patient has
/// the second level in all columns, whom nobody resembles; in the other table that patient is like all others. The attacker knows
/// both tables, draws rows and counts second levels. Right in all but one of five hundred audits for each of twenty
/// thresholds (Clopper and Pearson at 99.9 % each side), were the claim only just true.
pub(crate) fn proven(engine: &dyn Engine, settings: &[(&str, f64)], epsilon: f64, runs: u64) -> f64 {
    let seen = |is_there: bool| -> Vec<u64> {
        let from = if is_there { 0 } else { 1 << 32 };
        (0..runs).into_par_iter().map(|run| look(engine, settings, epsilon, is_there, from + run)).collect()
    };
    let (with, without) = (seen(true), seen(false));
    let mut thresholds: Vec<u64> = with.iter().chain(&without).copied().collect();
    thresholds.sort_unstable();
    let above = |seen: &[u64], least: u64| seen.iter().filter(|&&found| found >= least).count();
    let each = (thresholds.len() / 20).max(1);
    let thresholds = thresholds.iter().step_by(each);
    thresholds
        .map(|&least| bound(above(&with, least), above(&without, least), runs as usize))
        .fold(0.0, f64::max)
}

fn look(engine: &dyn Engine, settings: &[(&str, f64)], epsilon: f64, is_there: bool, seed: u64) -> u64 {
    let codes: Vec<u16> = (0..PEOPLE).map(|at| u16::from(at == 0 && is_there)).collect();
    let column = |name: &str| ColumnDomain {
        name: name.into(),
        tokens: vec![Token::Level(0), Token::Level(1)],
        token_rank: vec![f32::NAN; 2],
        ordered: false,
        n_ranks: 0,
        parents: Vec::new(),
        stage: 0,
    };
    let columns = ["a", "b"][..COLUMNS].iter().map(|name| column(name)).collect();
    let domain = Arc::new(Domain { columns, exclusions: Vec::new() });
    let settings: Map<String, Value> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    let promise = Promise::new(epsilon, Some(DELTA), PEOPLE).unwrap();
    let noise = Noise::insecure(Seeded::new(seed));
    let sealed = SealedTable::new(vec![(codes, 3); COLUMNS], promise, noise).unwrap();
    let configured = engine.configure(&settings).unwrap();
    let promising = configured.promising().unwrap();
    let seed = Seeded::new(seed);
    let model = promising.fit(sealed, domain, Vec::new(), seed.split("fit"), Context::silent()).unwrap();
    let drawn = model.sample(ROWS, seed.split("draw"), Context::silent()).unwrap();
    drawn.columns().iter().flat_map(|column| &column.tokens).map(|&token| u64::from(token)).sum()
}

fn bound(hits: usize, alarms: usize, runs: usize) -> f64 {
    let quantile = |a: usize, b: usize, p: f64| Beta::new(a as f64, b as f64).unwrap().inverse_cdf(p);
    let low = if hits == 0 { 0.0 } else { quantile(hits, runs - hits + 1, 1e-3) };
    let high = if alarms == runs { 1.0 } else { quantile(alarms + 1, runs - alarms, 1.0 - 1e-3) };
    ((low - DELTA).max(1e-12) / high).ln()
}

/// The claim holds, and an engine that spends thirty times what it claims is found out, so that the audit can fail.
pub(crate) fn check(engine: &dyn Engine, settings: &[(&str, f64)], runs: u64) {
    let found = proven(engine, settings, 1.0, runs);
    assert!(found <= 1.0, "{found} was proven against 1");
    let broken = proven(engine, settings, 30.0, runs);
    assert!(broken > 1.0, "an epsilon of 30 proves {broken} only");
}
