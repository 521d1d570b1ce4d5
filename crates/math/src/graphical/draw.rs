//! How are rows drawn from a joint law, evenly?

use super::{Joint, places};
use rand::{Rng, RngExt as _};

impl Joint {
    /// `n` rows: for each axis the states of all rows. Clique by clique, rows that agree in the separator share out the cells
    /// by quota (systematic sampling, then shuffled), so that tables of the rows stray less from the law than independent
    /// rows would.
    ///
    /// # Cost
    /// O(n · cliques + cells).
    ///
    /// # Source
    /// Systematic sampling: `madow1949`; the synthetic records of `mckenna2019` are shared out alike.
    pub fn draw(&self, n: usize, rng: &mut impl Rng) -> Vec<Vec<u16>> {
        let sizes = self.tree().sizes();
        let mut drawn = vec![vec![0_u16; n]; sizes.len()];
        for (clique, given) in self.tree().cliques().iter().zip(self.given()) {
            let fresh: Vec<usize> =
                clique.axes.iter().copied().filter(|axis| !clique.separator.contains(axis)).collect();
            // Cells of each cell of the separator, and the states of the fresh axes in them.
            let of_fresh = places(sizes, &clique.axes, &fresh);
            let mut cells: Vec<Vec<(u32, f64)>> = vec![Vec::new(); clique.separator_cells];
            for (cell, &sep) in clique.own.iter().enumerate() {
                cells[sep as usize].push((of_fresh[cell], given[cell]));
            }
            let mut separators = vec![0; n];
            for &axis in &clique.separator {
                for (at, &state) in separators.iter_mut().zip(&drawn[axis]) {
                    *at = *at * sizes[axis] + usize::from(state);
                }
            }
            let mut rows: Vec<Vec<u32>> = vec![Vec::new(); clique.separator_cells];
            separators.into_iter().enumerate().for_each(|(row, at)| rows[at].push(row as u32));
            for (mut rows, cells) in rows.into_iter().zip(&cells) {
                shuffle(&mut rows, rng);
                for (row, fresh_cell) in rows.iter().zip(shared_out(cells, rows.len(), rng)) {
                    let mut left = fresh_cell as usize;
                    for &axis in fresh.iter().rev() {
                        drawn[axis][*row as usize] = (left % sizes[axis]) as u16;
                        left /= sizes[axis];
                    }
                }
            }
        }
        drawn
    }
}

/// `n` cells, each as often as its chance says, give or take one.
fn shared_out(cells: &[(u32, f64)], n: usize, rng: &mut impl Rng) -> Vec<u32> {
    let total: f64 = cells.iter().map(|(_, chance)| chance).sum();
    let step = total / n.max(1) as f64;
    let mut mark = step * rng.random::<f64>();
    let (mut sum, mut shared) = (0.0, Vec::with_capacity(n));
    for (cell, chance) in cells {
        sum += chance;
        while mark < sum && shared.len() < n {
            shared.push(*cell);
            mark += step;
        }
    }
    // Rounding: the last that can be.
    let last = cells.iter().rev().find(|(_, chance)| *chance > 0.0).or(cells.last());
    shared.resize(n, last.map_or(0, |(cell, _)| *cell));
    shared
}

fn shuffle(rows: &mut [u32], rng: &mut impl Rng) {
    for at in (1..rows.len()).rev() {
        rows.swap(at, rng.random_range(0..=at));
    }
}
