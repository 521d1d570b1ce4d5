//! How are two samples of real people set against each other where the same people would agree with themselves?

use crate::metric::{EvalContext, Pass};
use crate::trio::some_rows;
use crate::{MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use verosim_core::{Score, Seeded};
use verosim_data::Table;

/// One half of the training people, and what is compared with models of them: synthetic rows, or for the ceiling the other
/// half.
pub(crate) fn apart(data: &Trio<'_>, ctx: &EvalContext<'_>, seed: Seeded) -> (Table, Table) {
    let n = data.train.n_rows();
    let person = |row: usize| data.train_subjects.map_or(row, |subjects| subjects[row] as usize);
    let n_people = (0..n).map(person).max().map_or(0, |most| most + 1);
    let mut is_first = vec![false; n_people];
    some_rows(n_people, n_people / 2, seed.split("halves")).into_iter().for_each(|at| is_first[at] = true);
    let half = |first: bool| {
        data.train.take(&(0..n).filter(|&row| is_first[person(row)] == first).collect::<Vec<_>>())
    };
    let other = if ctx.pass == Pass::Ceiling { half(false) } else { data.synthetic.clone() };
    (half(true), other)
}

/// Draws of a bootstrap.
const DRAWS: usize = 100;

/// A score with a percentile interval from drawing test rows again; `statistic` is given how to draw: for each test set, by
/// size, the rows drawn. Models stay as they are.
pub(crate) fn resampled(
    sizes: &[usize],
    seed: Seeded,
    statistic: impl Fn(&[Vec<usize>]) -> Option<f64> + Sync,
) -> Result<Score, MetricError> {
    use rayon::prelude::*;
    let all: Vec<Vec<usize>> = sizes.iter().map(|&n| (0..n).collect()).collect();
    let undefined = || MetricError::Undefined { why: "no outcome allows it".into() };
    let value = statistic(&all).ok_or_else(undefined)?;
    let mut drawn: Vec<f64> = (0..DRAWS as u64)
        .into_par_iter()
        .filter_map(|draw| {
            let mut rng = seed.split("draws").split_at(draw).rng();
            let rows: Vec<Vec<usize>> =
                sizes.iter().map(|&n| (0..n).map(|_| rng.random_range(0..n)).collect()).collect();
            statistic(&rows)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| verosim_math::stats::quantile_sorted(&drawn, share).unwrap_or(f64::NAN);
    let score = Score::new(value, sizes.iter().copied().min().unwrap_or(0)).map_err(|_| undefined())?;
    Ok(score.with_interval(at(0.025), at(0.975), 0.95, "bootstrap of test rows, models fixed"))
}

/// Refuses where no outcome was named.
pub(crate) fn named(data: &Trio<'_>) -> Result<(), NotApplicable> {
    if data.targets.is_empty() {
        return Err(NotApplicable { reason: "no outcome was named: use --target COLUMN".into() });
    }
    Ok(())
}
