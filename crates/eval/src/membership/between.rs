//! How near are training, holdout and synthetic rows to each other and among themselves?

use super::space::{Scale, Space};
use crate::Trio;
use crate::trio::some_rows;
use std::collections::BTreeSet;
use verosim_core::Seeded;
use verosim_data::Table;
use verosim_math::neighbours::{Neighbour, Points, neighbours};

/// Rows of each table.
const MOST_ROWS: usize = 2_000;

/// The two nearest rows of another table, or of the own one, for equally many rows of each role (one of a person).
#[derive(Debug)]
pub(crate) struct Between {
    /// Rows of each role.
    pub(crate) n: usize,
    pub(crate) train: Real,
    pub(crate) holdout: Real,
    /// Distance of each synthetic row to the nearest other synthetic row.
    pub(crate) made_to_made: Vec<f32>,
}

/// Real rows of one role beside the synthetic rows.
#[derive(Debug)]
pub(crate) struct Real {
    /// Distance to the nearest synthetic row.
    pub(crate) to_made: Vec<f32>,
    /// Distance to the nearest other row of the role.
    pub(crate) to_own: Vec<f32>,
    /// The two nearest rows of the role, for each synthetic row.
    pub(crate) from_made: Vec<Vec<Neighbour>>,
}

impl Between {
    pub(super) fn new(data: &Trio<'_>, seed: Seeded) -> Self {
        let train = one_of_each(data.train.n_rows(), data.train_subjects);
        let holdout = one_of_each(data.holdout.n_rows(), data.holdout_subjects);
        let n = train.len().min(holdout.len()).min(data.synthetic.n_rows()).min(MOST_ROWS);
        let pick = |table: &Table, rows: &[usize], name: &str| {
            let chosen = some_rows(rows.len(), n, seed.split(name));
            table.take(&chosen.into_iter().map(|at| rows[at]).collect::<Vec<_>>())
        };
        let train = pick(data.train, &train, "train");
        let holdout = pick(data.holdout, &holdout, "holdout");
        let every: Vec<usize> = (0..data.synthetic.n_rows()).collect();
        let scale = Scale::new(&[&train, &holdout]);
        let made = scale.place_made(&pick(data.synthetic, &every, "synthetic"), Space::Values);
        let real = |table: &Table| {
            let points = scale.place(table);
            Real {
                to_made: first(neighbours(&points, &made, 1)),
                to_own: others(&points),
                from_made: neighbours(&made, &points, 2),
            }
        };
        Self { n, train: real(&train), holdout: real(&holdout), made_to_made: others(&made) }
    }
}

/// The first row of each person.
fn one_of_each(n_rows: usize, subjects: Option<&[u32]>) -> Vec<usize> {
    let mut known = BTreeSet::new();
    (0..n_rows).filter(|&row| subjects.is_none_or(|subjects| known.insert(subjects[row]))).collect()
}

fn first(found: Vec<Vec<Neighbour>>) -> Vec<f32> {
    found.into_iter().map(|found| found.first().map_or(f32::MAX, |one| one.distance)).collect()
}

/// Distance of each row to the nearest one that is not itself.
fn others(points: &Points) -> Vec<f32> {
    let found = neighbours(points, points, 2);
    found
        .into_iter()
        .enumerate()
        .map(|(row, found)| {
            let other = found.iter().find(|one| one.row as usize != row);
            other.map_or(f32::MAX, |one| one.distance)
        })
        .collect()
}
