//! Which learners stand for what an analyst would try, and how well does each do?

mod sides;
mod task;

pub(crate) use sides::{apart, named, resampled};
pub(crate) use task::{Cases, Task, boosted};

use crate::features::Stacked;
use verosim_core::Seeded;
use verosim_math::learn::{Bagging, Boosting, Sample, Target, logistic, ridge_regression};
use verosim_math::neighbours::neighbours;

/// A learner with its setting; fixed, so that values are comparable across releases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Learner {
    /// Logistic or ridge regression.
    Linear { ridge: f64 },
    /// Boosted trees.
    Boosted { rounds: usize, leaves: usize },
    /// Bagged deep trees.
    Forest,
    /// Mean of the nearest rows.
    Nearest { k: usize },
}

/// The panel: names and learners.
pub(crate) static PANEL: [(&str, Learner); 8] = [
    ("linear model", Learner::Linear { ridge: 1.0 }),
    ("linear model, strong ridge", Learner::Linear { ridge: 1000.0 }),
    ("boosted trees", Learner::Boosted { rounds: 80, leaves: 16 }),
    ("boosted stumps", Learner::Boosted { rounds: 80, leaves: 2 }),
    ("one tree", Learner::Boosted { rounds: 1, leaves: 16 }),
    ("forest", Learner::Forest),
    ("15 nearest", Learner::Nearest { k: 15 }),
    ("60 nearest", Learner::Nearest { k: 60 }),
];

impl Learner {
    /// Predictions for the rows of `stacked` from `n` on, learned from the `n` before: risks of an event (`outcome` 0 or
    /// 1), or numbers.
    pub(crate) fn predict(
        self,
        stacked: &Stacked,
        outcome: &[f64],
        n: usize,
        is_event: bool,
        seed: Seeded,
    ) -> Option<Vec<f64>> {
        let all = stacked.n_rows();
        let learn: Vec<u32> = (0..n as u32).collect();
        let test: Vec<u32> = (n as u32..all as u32).collect();
        // Rows to be predicted have no outcome yet; learners want one for every row.
        let mut known = outcome[..n].to_vec();
        known.resize(all, 0.0);
        match self {
            Self::Linear { ridge } => {
                let design = stacked.design();
                let part = |from: usize, to: usize| -> Vec<Vec<f64>> {
                    design.iter().map(|column| column[from..to].to_vec()).collect()
                };
                let fit = if is_event {
                    logistic(&part(0, n), &events(&known[..n]), ridge)
                } else {
                    ridge_regression(&part(0, n), &known[..n], ridge)
                };
                // Without a column there is nothing to tell rows apart by.
                (!design.is_empty()).then(|| fit.map(|fit| fit.predict(&part(n, all)))).flatten()
            }
            Self::Boosted { rounds, leaves } => {
                let binned = stacked.binned();
                let yes = events(&known);
                let target = if is_event { Target::Binary(&yes) } else { Target::Number(&known) };
                let model = boosting(rounds, leaves, n).fit(&Sample::of(&binned, target, &learn)).ok()?;
                Some(model.predict(&binned, &test))
            }
            Self::Forest => {
                let binned = stacked.binned();
                let sample = Sample::of(&binned, Target::Number(&known), &learn);
                let forest = Bagging::default().fit(&sample, |tree| seed.split_at(tree).rng()).ok()?;
                Some(forest.predict(&binned, &test))
            }
            Self::Nearest { k } => {
                let found = neighbours(&stacked.points(n..all), &stacked.points(0..n), k);
                let mean = |rows: &Vec<_>| mean_of(rows, &known);
                Some(found.iter().map(mean).collect())
            }
        }
    }
}

fn mean_of(rows: &[verosim_math::neighbours::Neighbour], known: &[f64]) -> f64 {
    rows.iter().map(|near| known[near.row as usize]).sum::<f64>() / rows.len().max(1) as f64
}

/// Boosted trees for `n` rows.
pub(crate) fn boosting(rounds: usize, leaves: usize, n: usize) -> Boosting {
    // A single tree takes its whole step.
    let learning_rate = if rounds == 1 { 1.0 } else { 0.1 };
    Boosting {
        rounds,
        learning_rate,
        max_leaves: leaves,
        min_rows: (n / 50).clamp(5, 20),
        ..Boosting::default()
    }
}

/// Outcomes of 0 and 1 as yes and no.
pub(crate) fn events(outcome: &[f64]) -> Vec<bool> {
    outcome.iter().map(|&y| y > 0.5).collect()
}
