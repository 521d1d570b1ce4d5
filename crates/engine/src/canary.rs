//! How does a run learn from canaries, and what does it say about it?

use crate::error::EngineError;
use crate::load::Source;
use crate::recipe::Recipe;
use crate::split::Split;
use verosim_core::Seeded;
use verosim_data::canary::{Canaries, canaries};
use verosim_data::constrain::Rules;

/// The canaries of a recipe, made from the training rows; the same for the same recipe and data, so that they are kept
/// nowhere. They keep the rules.
///
/// # Errors
/// [`CanaryError`](verosim_data::canary::CanaryError).
pub fn make(
    recipe: &Recipe,
    source: &Source,
    split: &Split,
    rules: &Rules,
    seed: Seeded,
) -> Result<Option<Canaries>, EngineError> {
    let Some(n) = recipe.canaries else { return Ok(None) };
    let is_legal = |row: &verosim_data::Table| {
        let broken = rules.broken(row);
        (0..row.n_rows()).map(|row| !broken.iter().any(|broken| broken.rows[row])).collect()
    };
    Ok(Some(canaries(&split.train, &source.schema, n, is_legal, seed.split("canaries"))?))
}

/// What everybody must know about a model that learned from canaries.
#[must_use]
pub fn warning(n_planted: usize) -> String {
    format!("this model learned from {n_planted} canaries, which are no patients: it must not be released")
}

#[cfg(test)]
mod tests {
    use verosim_core::{Context, Kind, Seeded};
    use verosim_data::canary::canaries;
    use verosim_data::frame::parse;
    use verosim_data::infer::{InferOptions, infer};
    use verosim_data::{Codec, Table, Train, world};
    use verosim_eval::canary::audit;
    use verosim_models::ENGINES;

    /// The epsilon that is disproven for an engine.
    fn epsilon(engine: &str, n_rows: usize, n: usize, seed: u64) -> f64 {
        let raw = world::clinic(n_rows, Seeded::new(seed));
        let schema = infer(&raw, &InferOptions::default());
        let train = parse(&raw, &schema).unwrap();
        let seed = Seeded::new(seed);
        let made = canaries(&train, &schema, n, |row| vec![true; row.n_rows()], seed).unwrap();
        let (planted, _) = made.plant(&train, None);
        let engine = ENGINES.iter().find(|known| known.page().id == engine).unwrap();
        let configured = engine.configure(&serde_json::Map::new()).unwrap();
        let (codec, encoded) = Codec::fit(&Train::new(planted, None), &schema, &configured.codec(), seed);
        let fitted = configured.fit(&encoded, seed, Context::silent()).unwrap();
        let drawn = fitted.sample(n_rows, seed, Context::silent()).unwrap();
        let synthetic = codec.decode(&drawn, seed);
        let judged = |table: &Table| {
            let is_judged = |kind: Kind| !matches!(kind, Kind::Id | Kind::Text | Kind::Constant);
            let names = schema.columns.iter().filter(|column| is_judged(column.kind));
            Table::new(names.filter_map(|column| table.column(&column.name).cloned()).collect()).unwrap()
        };
        let made = verosim_data::canary::Canaries { rows: judged(&made.rows), ..made };
        audit(&made, &judged(&train), &judged(&synthetic)).unwrap().0.epsilon
    }

    #[test]
    fn an_engine_that_hands_rows_back_is_caught() {
        // Of 40 planted canaries that count, 25 are drawn on average and 20 are guessed: fewer than 16 hits of 20 come once
        // in a thousand times; 16 hits disprove 0.4.
        for seed in 0..4 {
            let found = epsilon("bootstrap", 1_000, 100, seed);
            assert!(found > 0.4, "seed {seed}: {found}");
        }
    }

    #[test]
    fn engines_that_keep_no_row_are_not_accused() {
        // Each bound is wrong in at most 5 of 100 runs: of 12 runs, more than 3 are wrong once in 400 times.
        let runs = (0..8).map(|seed| ("independent", seed)).chain((0..4).map(|seed| ("trees", seed)));
        let accused: Vec<_> = runs.filter(|(engine, seed)| epsilon(engine, 400, 40, *seed) > 0.0).collect();
        assert!(accused.len() <= 3, "{accused:?}");
    }
}
