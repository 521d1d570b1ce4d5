//! How are patients drawn from what is believed of the columns?

use super::grid::Grid;
use super::law::Law;
use super::weigh::{Belief, Beliefs, pick};
use crate::accept::{Cell, Record};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF as _, Normal};
use verosim_core::{Kind, Seeded};
use verosim_data::constrain::{Allowance, Allowed};

/// Draws patients: the outcome first, then numbers through a Gaussian copula, then all other columns given the outcome.
pub(super) struct Sampler<'a> {
    columns: &'a [Allowance],
    grids: &'a [Grid],
    target: Option<usize>,
    beliefs: &'a Beliefs,
    /// Columns of the copula, and its lower triangle, row by row.
    numbers: Vec<usize>,
    triangle: Vec<Vec<f64>>,
}

/// Times that a patient who breaks a rule is drawn again, before the lower value is set to the upper one.
const AGAIN: usize = 20;

impl<'a> Sampler<'a> {
    /// A sampler; correlations that contradict each other are drawn together until they do not.
    pub(super) fn new(
        columns: &'a [Allowance],
        grids: &'a [Grid],
        target: Option<usize>,
        beliefs: &'a Beliefs,
    ) -> Self {
        let numbers: Vec<usize> =
            (0..grids.len()).filter(|&at| matches!(grids[at], Grid::Edges(_))).collect();
        let place = |column: usize| numbers.iter().position(|&at| at == column);
        let n = numbers.len();
        let mut matrix = vec![vec![0.0; n]; n];
        for &(a, b, r) in &beliefs.pairs {
            if let (Some(a), Some(b)) = (place(a), place(b)) {
                // From a rank correlation to that of normal scores (Pearson 1907).
                let r = 2.0 * (std::f64::consts::PI / 6.0 * r.clamp(-0.98, 0.98)).sin();
                matrix[a][b] = r;
                matrix[b][a] = r;
            }
        }
        let triangle = (0..=20)
            .find_map(|step| cholesky(&matrix, 1.0 - f64::from(step) * 0.05))
            .expect("uncorrelated numbers always have a root");
        Self { columns, grids, target, beliefs, numbers, triangle }
    }

    /// `n` patients; each a function of the seed and its number.
    pub(super) fn rows(&self, n: usize, seed: Seeded) -> Vec<Record> {
        (0..n).into_par_iter().map(|row| self.row(seed.split_at(row as u64))).collect()
    }

    fn row(&self, seed: Seeded) -> Record {
        let mut rng = seed.rng();
        let mut record = self.one(&mut rng);
        for _ in 0..AGAIN {
            if !self.breaks_a_rule(&record) {
                return record;
            }
            record = self.one(&mut rng);
        }
        for &(lower, upper) in &self.beliefs.rules {
            if above(&record, lower, upper)
                && let Cell::Number(most) = record.0[upper]
            {
                record.0[lower] = self.rounded(lower, most);
            }
        }
        record
    }

    fn breaks_a_rule(&self, record: &Record) -> bool {
        self.beliefs.rules.iter().any(|&(lower, upper)| above(record, lower, upper))
    }

    fn one(&self, rng: &mut impl rand::Rng) -> Record {
        let level = pick(&self.beliefs.outcome, rng.random());
        let free: Vec<f64> = self.numbers.iter().map(|_| StandardNormal.sample(rng)).collect();
        let normal = Normal::standard();
        let scores: Vec<f64> = self
            .triangle
            .iter()
            .map(|row| normal.cdf(row.iter().zip(&free).map(|(root, z)| root * z).sum()))
            .collect();
        let cells = (0..self.columns.len()).map(|at| {
            let u: f64 = rng.random();
            let is_missing = rng.random::<f64>() < self.beliefs.columns[at].missing;
            if self.target == Some(at) {
                return Cell::Level(level as u32);
            }
            if is_missing && self.columns[at].nullable {
                return Cell::Missing;
            }
            let u = self.numbers.iter().position(|&number| number == at).map_or(u, |place| scores[place]);
            self.cell(at, level, u)
        });
        Record(cells.collect())
    }

    /// A number with the decimals of its column, within its bounds.
    fn rounded(&self, at: usize, value: f64) -> Cell {
        let column = &self.columns[at];
        let Allowed::Number { range, decimals } = &column.values else { return Cell::Number(value) };
        let decimals = if matches!(column.schema.kind, Kind::Date | Kind::Datetime) { 0 } else { *decimals };
        let unit = 10_f64.powi(i32::from(decimals));
        let value = (value * unit).round() / unit;
        Cell::Number(range.map_or(value, |range| value.clamp(range.low, range.high)) + 0.0)
    }

    fn cell(&self, at: usize, level: usize, u: f64) -> Cell {
        let (column, belief) = (&self.columns[at], &self.beliefs.columns[at]);
        match &column.values {
            Allowed::Number { range, .. } => {
                let value = match (&self.grids[at], &belief.shape) {
                    (Grid::Edges(edges), _) => number(edges, belief, level, u),
                    (_, Some(laws)) => laws[level.min(laws.len() - 1)].at(u),
                    _ => range.map_or(0.0, |range| range.low),
                };
                self.rounded(at, value)
            }
            Allowed::Levels { texts, shares } => {
                match belief.cells.get(level).filter(|cells| !cells.is_empty()) {
                    Some(cells) => Cell::Level(pick(cells, u) as u32),
                    // Too many levels to ask about: as often as among real patients, or evenly.
                    None if shares.len() == texts.len() => {
                        Cell::Level(pick(shares, u * shares.iter().sum::<f64>()) as u32)
                    }
                    None => Cell::Level(
                        ((u * texts.len() as f64) as u32).min(texts.len().saturating_sub(1) as u32),
                    ),
                }
            }
            Allowed::Anything if column.nullable => Cell::Missing,
            Allowed::Anything => Cell::Text("unknown".into()),
        }
    }
}

fn above(record: &Record, lower: usize, upper: usize) -> bool {
    matches!((&record.0[lower], &record.0[upper]), (Cell::Number(lower), Cell::Number(upper)) if lower > upper)
}

/// The number at which the share `u` of the probability is reached: within a cell the shape of the prior decides, or all
/// of it is even.
fn number(edges: &[f64], belief: &Belief, level: usize, u: f64) -> f64 {
    let cells = &belief.cells[level];
    let cell = pick(cells, u);
    let before: f64 = cells[..cell].iter().sum();
    let part = ((u - before) / cells[cell].max(1e-300)).clamp(0.0, 1.0);
    let (low, high) = (edges[cell], edges[cell + 1]);
    let law: Option<&Law> = belief.shape.as_ref().map(|laws| &laws[level.min(laws.len() - 1)]);
    if let Some(law) = law {
        let (below, beyond) = (law.below(low), law.below(high));
        if beyond - below > 1e-3 {
            return law.at(below + part * (beyond - below)).clamp(low, high);
        }
    }
    low + part * (high - low)
}

/// The lower triangle of the matrix with ones on its diagonal and everything else times `share`.
fn cholesky(matrix: &[Vec<f64>], share: f64) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut root = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let done: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            if i == j {
                let left = 1.0 - done;
                if left < 1e-6 {
                    return None;
                }
                root[i][i] = left.sqrt();
            } else {
                root[i][j] = (share * matrix[i][j] - done) / root[j][j];
            }
        }
    }
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_multiplies_back_and_contradictions_have_none() {
        let matrix = vec![vec![0.0, 0.5, -0.3], vec![0.5, 0.0, 0.2], vec![-0.3, 0.2, 0.0]];
        let root = cholesky(&matrix, 1.0).unwrap();
        let product = |i: usize, j: usize| (0..3).map(|k| root[i][k] * root[j][k]).sum::<f64>();
        assert!((product(0, 1) - 0.5).abs() < 1e-12 && (product(1, 2) - 0.2).abs() < 1e-12);
        let contradiction = vec![vec![0.0, 0.9, -0.9], vec![0.9, 0.0, 0.9], vec![-0.9, 0.9, 0.0]];
        assert!(cholesky(&contradiction, 1.0).is_none() && cholesky(&contradiction, 0.4).is_some());
    }
}
