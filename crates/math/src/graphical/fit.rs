//! Which law over a junction tree comes nearest to noisy tables of a few of its axes?

use super::{Joint, JunctionTree, places};
use std::sync::Arc;

/// A noisy table of shares over some axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The axes, ascending.
    pub axes: Vec<usize>,
    /// Shares with noise, the last axis counting fastest; they may be negative.
    pub shares: Vec<f64>,
    /// How much each is worth: one over its variance.
    pub worth: Vec<f64>,
    /// What the table has come to weigh in the law, in logarithms per cell: zeros at first; a later fit goes on from here.
    pub pull: Vec<f64>,
}

/// How a fit went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps taken.
    pub steps: usize,
    /// Half the sum of squares, weighted by what each cell is worth. Near the true law it is about half the number of cells.
    pub loss: f64,
}

/// A fit ends when the last of these many steps gained less than this share of the loss.
const PATIENCE: usize = 20;
const GAIN: f64 = 1e-4;
/// Halvings of a step before the fit is as good as it gets.
const HALVINGS: usize = 40;

impl Measured {
    /// A table that does not weigh yet.
    #[must_use]
    pub fn new(axes: Vec<usize>, shares: Vec<f64>, worth: Vec<f64>) -> Self {
        let pull = vec![0.0; shares.len()];
        Self { axes, shares, worth, pull }
    }

    /// Both measurements of the same axes in one: what each is worth adds up.
    pub fn join(&mut self, other: &Self) {
        for (at, (share, worth)) in other.shares.iter().zip(&other.worth).enumerate() {
            let all = self.worth[at] + worth;
            self.shares[at] = (self.shares[at] * self.worth[at] + share * worth) / all;
            self.worth[at] = all;
        }
    }
}

/// The law of greatest entropy among those that fit `measured` best (least squares, weighted by worth), from where earlier
/// pulls left off; pulls are moved on. Every set of axes stands in a clique of `tree`; those that do not are left out.
///
/// # Shapes
/// A table of `measured` has as many cells as its axes have states.
///
/// # Cost
/// Up to `steps` times O(cells of the tree · tables in a clique).
///
/// # Source
/// Mirror descent over the marginal polytope with entropy as its mirror: algorithm 1 of `mckenna2019`; the step is halved until
/// the loss falls by half of what its slope promises (Armijo), and grows again. Pulls are kept per table and not per
/// clique, so that a fit over another tree starts from the same law.
pub fn fit(tree: &Arc<JunctionTree>, measured: &mut [Measured], steps: usize) -> (Joint, Progress) {
    let held: Vec<(usize, usize, Vec<u32>)> = measured
        .iter()
        .enumerate()
        .filter_map(|(table, measured)| {
            let clique = tree.holding(&measured.axes)?;
            Some((table, clique, places(tree.sizes(), &tree.cliques()[clique].axes, &measured.axes)))
        })
        .collect();
    let mut logs: Vec<Vec<f64>> = tree.cliques().iter().map(|clique| vec![0.0; clique.cells]).collect();
    for (table, clique, to) in &held {
        let pull = &measured[*table].pull;
        logs[*clique].iter_mut().zip(to).for_each(|(log, &to)| *log += pull[to as usize]);
    }
    let mut joint = Joint::from_logs(Arc::clone(tree), logs);
    let mut fitted = tables(&joint, measured, &held);
    let mut loss = loss_of(measured, &held, &fitted);
    let mut losses = vec![loss];
    // A step that moves a table of average worth by about one unit in its logarithms.
    let steepest =
        slopes(measured, &held, &fitted).iter().flatten().fold(0.0_f64, |most, s| most.max(s.abs()));
    let mut size = 1.0 / steepest.max(1e-300);
    for step in 1..=steps {
        let slopes = slopes(measured, &held, &fitted);
        let mut halvings = 0;
        let found = loop {
            let tried = pulled(&joint, &held, &slopes, size);
            let tables = tables(&tried, measured, &held);
            let next = loss_of(measured, &held, &tables);
            // What the slope promises: negative.
            let promised: f64 = slopes
                .iter()
                .zip(tables.iter().zip(&fitted))
                .map(|(slopes, (to, from))| {
                    slopes
                        .iter()
                        .zip(to.iter().zip(from))
                        .map(|(slope, (to, from))| slope * (to - from))
                        .sum::<f64>()
                })
                .sum();
            if next <= loss + 0.5 * promised {
                break Some((tried, tables, next));
            }
            halvings += 1;
            if halvings > HALVINGS {
                break None;
            }
            size *= 0.5;
        };
        let Some((tried, tables, next)) = found else { break };
        for ((table, _, _), slopes) in held.iter().zip(&slopes) {
            let pull = &mut measured[*table].pull;
            pull.iter_mut().zip(slopes).for_each(|(pull, slope)| *pull -= size * slope);
        }
        (joint, fitted, loss) = (tried, tables, next);
        losses.push(loss);
        if halvings == 0 {
            size *= 1.5;
        }
        if step >= PATIENCE && losses[step - PATIENCE] - loss < GAIN * loss {
            break;
        }
    }
    (joint, Progress { steps: losses.len() - 1, loss })
}

/// The law with each table's cells weighed by `exp(-size · slope)`.
fn pulled(joint: &Joint, held: &[(usize, usize, Vec<u32>)], slopes: &[Vec<f64>], size: f64) -> Joint {
    let mut given = joint.given().to_vec();
    for ((_, clique, to), slopes) in held.iter().zip(slopes) {
        // Only the differences between cells matter: the largest weight is one.
        let least = slopes.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = slopes.iter().map(|slope| (-size * (slope - least)).exp()).collect();
        given[*clique].iter_mut().zip(to).for_each(|(given, &to)| *given *= weights[to as usize]);
    }
    Joint::weighed(Arc::clone(joint.tree()), given).0
}

/// The measured tables as the law has them.
fn tables(joint: &Joint, measured: &[Measured], held: &[(usize, usize, Vec<u32>)]) -> Vec<Vec<f64>> {
    held.iter()
        .map(|(table, clique, to)| {
            let mut sums = vec![0.0; measured[*table].shares.len()];
            joint.shares()[*clique].iter().zip(to).for_each(|(share, &to)| sums[to as usize] += share);
            sums
        })
        .collect()
}

fn slopes(measured: &[Measured], held: &[(usize, usize, Vec<u32>)], fitted: &[Vec<f64>]) -> Vec<Vec<f64>> {
    held.iter()
        .zip(fitted)
        .map(|((table, ..), fitted)| {
            let Measured { shares, worth, .. } = &measured[*table];
            fitted
                .iter()
                .zip(shares)
                .zip(worth)
                .map(|((fitted, share), worth)| worth * (fitted - share))
                .collect()
        })
        .collect()
}

fn loss_of(measured: &[Measured], held: &[(usize, usize, Vec<u32>)], fitted: &[Vec<f64>]) -> f64 {
    let of = |((table, ..), fitted): (&(usize, usize, Vec<u32>), &Vec<f64>)| -> f64 {
        let Measured { shares, worth, .. } = &measured[*table];
        let squares = fitted.iter().zip(shares).map(|(fitted, share)| (fitted - share).powi(2));
        squares.zip(worth).map(|(square, worth)| 0.5 * worth * square).sum()
    };
    held.iter().zip(fitted).map(of).sum()
}
