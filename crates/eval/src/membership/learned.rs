//! Can a classifier that knows some people single out who was learned from?

use crate::MetricError;
use crate::features::Stacked;
use crate::metrics::learner;
use crate::trio::some_rows;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::learn::{Sample, Target};

/// Known people from whom a classifier can learn.
const LEAST_KNOWN: usize = 20;

/// How synthetic each attacked row looks to boosted trees that learned to tell synthetic rows from as many known people;
/// and the same when 5 % of the synthetic rows are the first attacked rows, which are those of members.
pub(super) fn scores(
    attacked: &Table,
    known: &Table,
    made: &Table,
    seed: Seeded,
) -> Result<[Vec<f64>; 2], MetricError> {
    let k = known.n_rows().min(made.n_rows());
    if k < LEAST_KNOWN {
        return Err(MetricError::TooFew { unit: "known holdout rows", needed: LEAST_KNOWN, found: k });
    }
    let known = known.take(&some_rows(known.n_rows(), k, seed.split("known")));
    let made = made.take(&some_rows(made.n_rows(), k, seed.split("made")));
    let copies = attacked.take(&(0..(k / 20).max(1)).collect::<Vec<_>>());
    let rest = made.take(&(copies.n_rows()..k).collect::<Vec<_>>());
    let plain = looks(&made, &known, attacked)?;
    let planted = match copies.append(&rest) {
        Some(planted) => looks(&planted, &known, attacked)?,
        None => plain.clone(),
    };
    Ok([plain, planted])
}

/// How synthetic targets look to a classifier of `made` against `known`.
fn looks(made: &Table, known: &Table, targets: &Table) -> Result<Vec<f64>, MetricError> {
    let binned = Stacked::new(&[made, known, targets], &[]).binned();
    let (a, b) = (made.n_rows(), known.n_rows());
    let is_made: Vec<bool> = (0..binned.n_rows()).map(|row| row < a).collect();
    let learn: Vec<u32> = (0..(a + b) as u32).collect();
    let model = learner(a + b)
        .fit(&Sample::of(&binned, Target::Binary(&is_made), &learn))
        .map_err(|error| MetricError::Undefined { why: error.to_string() })?;
    Ok(model.scores(&binned, &((a + b) as u32..binned.n_rows() as u32).collect::<Vec<_>>()))
}
