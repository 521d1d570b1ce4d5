//! Can a classifier that knows some people single out who was learned from?

use super::people::Person;
use crate::MetricError;
use crate::features::Stacked;
use crate::metrics::learner;
use crate::trio::some_rows;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::learn::{Sample, Target};

/// Known people from whom a classifier can learn.
const LEAST_KNOWN: usize = 20;

/// For every attacked row, how synthetic it looks to boosted trees that learned to tell synthetic rows from as many known
/// people of its side; and the same when 5 % of the synthetic rows are rows of members (the first of each side).
pub(super) fn scores(
    attacked: &Table,
    person_of: &[usize],
    people: &[Person],
    known: &[Table; 2],
    made: &Table,
    seed: Seeded,
) -> Result<[Vec<f64>; 2], MetricError> {
    let mut scores = [vec![0.0; person_of.len()], vec![0.0; person_of.len()]];
    for side in 0..2_u8 {
        let known = &known[usize::from(side)];
        let k = known.n_rows().min(made.n_rows());
        if k < LEAST_KNOWN {
            return Err(MetricError::TooFew { unit: "known holdout rows", needed: LEAST_KNOWN, found: k });
        }
        let seed = seed.split_at(u64::from(side));
        let known = known.take(&some_rows(known.n_rows(), k, seed.split("known")));
        let made = made.take(&some_rows(made.n_rows(), k, seed.split("made")));
        let rows: Vec<usize> =
            (0..person_of.len()).filter(|&row| people[person_of[row]].side == side).collect();
        let targets = attacked.take(&rows);
        let members: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| people[person_of[row]].is_member)
            .take((k / 20).max(1))
            .collect();
        let rest = made.take(&(members.len().min(k)..k).collect::<Vec<_>>());
        let planted = attacked.take(&members).append(&rest);
        for (scores, made) in scores.iter_mut().zip([Some(made), planted]) {
            let Some(made) = made else { continue };
            let found = side_scores(&made, &known, &targets)?;
            rows.iter().zip(found).for_each(|(&row, score)| scores[row] = score);
        }
    }
    Ok(scores)
}

/// How synthetic targets look to a classifier of `made` against `known`.
fn side_scores(made: &Table, known: &Table, targets: &Table) -> Result<Vec<f64>, MetricError> {
    let binned = Stacked::new(&[made, known, targets], &[]).binned();
    let (a, b) = (made.n_rows(), known.n_rows());
    let is_made: Vec<bool> = (0..binned.n_rows()).map(|row| row < a).collect();
    let learn: Vec<u32> = (0..(a + b) as u32).collect();
    let model = learner(a + b)
        .fit(&Sample::of(&binned, Target::Binary(&is_made), &learn))
        .map_err(|error| MetricError::Undefined { why: error.to_string() })?;
    Ok(model.scores(&binned, &((a + b) as u32..binned.n_rows() as u32).collect::<Vec<_>>()))
}
