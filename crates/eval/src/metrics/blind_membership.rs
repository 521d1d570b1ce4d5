//! pm.blind: can training and holdout people be told apart without any synthetic row?

use super::c2st::learner;
use crate::attack::{LEAST, area};
use crate::features::Stacked;
use crate::trio::some_rows;
use crate::{EvalContext, Metric, MetricError, NotApplicable, Trio};
use rand::RngExt as _;
use rayon::prelude::*;
use verosim_core::{Citation, Direction, Family, Maturity, MetricInfo, Range, Schema, Score, Seeded};
use verosim_math::learn::{Sample, Target};

/// The blind baseline of all membership attacks.
pub(super) struct BlindMembership;

static INFO: MetricInfo = MetricInfo {
    id: "pm.blind",
    name: "Blind baseline of membership",
    question: "Can training and holdout people be told apart without any synthetic row?",
    page: "Boosted trees learn to tell training from holdout rows, as many of either (at most 5,000), in five folds; rows of \
           a person stay together. The AUC on rows that each model did not see must be at chance: a split by time, by site, or \
           a holdout of other people makes every membership attack succeed (or fail) for reasons that have nothing to do with \
           the synthetic rows. Where the lower end is above 0.5, attacks count only as far as they beat it.",
    family: Family::Privacy,
    direction: Direction::Target(0.5),
    range: Range { low: 0.0, high: 1.0 },
    unit: "AUC",
    sources: &[Citation("meeus2025sok"), Citation("friedman2001")],
    maturity: Maturity::Checked,
};

const MOST_ROWS: usize = 5_000;
const FOLDS: u8 = 5;

impl Metric for BlindMembership {
    fn info(&self) -> &'static MetricInfo {
        &INFO
    }

    fn applies_to(&self, _: &Schema) -> Result<(), NotApplicable> {
        Ok(())
    }

    fn compute(&self, data: &Trio<'_>, seed: Seeded, _: &EvalContext<'_>) -> Result<Score, MetricError> {
        let n = data.train.n_rows().min(data.holdout.n_rows()).min(MOST_ROWS);
        if n < LEAST {
            return Err(MetricError::TooFew { unit: "holdout rows", needed: LEAST, found: n });
        }
        let train = some_rows(data.train.n_rows(), n, seed.split("train"));
        let holdout = some_rows(data.holdout.n_rows(), n, seed.split("holdout"));
        let mut folds = folds(&train, data.train_subjects, seed.split("folds of train"));
        folds.extend(self::folds(&holdout, data.holdout_subjects, seed.split("folds of holdout")));
        let binned = Stacked::new(&[&data.train.take(&train), &data.holdout.take(&holdout)], &[]).binned();
        let is_member: Vec<bool> = (0..2 * n).map(|row| row < n).collect();
        let parts: Vec<(Vec<u32>, Vec<f64>)> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let of = |inside: bool| -> Vec<u32> {
                    (0..folds.len() as u32).filter(|&row| (folds[row as usize] == fold) == inside).collect()
                };
                let (learn, test) = (of(false), of(true));
                let model = learner(learn.len())
                    .fit(&Sample::of(&binned, Target::Binary(&is_member), &learn))
                    .map_err(|error| MetricError::Undefined { why: error.to_string() })?;
                let scores = model.scores(&binned, &test);
                Ok((test, scores))
            })
            .collect::<Result<_, MetricError>>()?;
        let mut scores = vec![0.0; 2 * n];
        for (test, found) in parts {
            test.iter().zip(found).for_each(|(&row, score)| scores[row as usize] = score);
        }
        let area = area(&scores, &is_member)?;
        let (low, high) = area.interval(0.95);
        let score = Score::new(area.value, n)
            .map_err(|_| MetricError::Undefined { why: "no finite value".into() })?;
        Ok(score.with_interval(low, high, 0.95, "DeLong on cross-fitted scores"))
    }
}

/// A fold for each row, dealt evenly; all rows of a person get the same.
fn folds(rows: &[usize], subjects: Option<&[u32]>, seed: Seeded) -> Vec<u8> {
    if let Some(subjects) = subjects {
        let of = |row: &usize| (seed.split_at(u64::from(subjects[*row])).key() % u64::from(FOLDS)) as u8;
        return rows.iter().map(of).collect();
    }
    let mut dealt: Vec<u8> = (0..rows.len()).map(|at| (at % usize::from(FOLDS)) as u8).collect();
    let mut rng = seed.rng();
    for at in (1..dealt.len()).rev() {
        dealt.swap(at, rng.random_range(0..=at));
    }
    dealt
}
