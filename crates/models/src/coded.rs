//! What do rows look like as a few states, and how well do some columns explain another?

use crate::states::States;
use serde::{Deserialize, Serialize};
use verosim_data::Domain;

/// Most cells of a table of a column and its parents.
pub(crate) const MOST_CELLS: usize = 1 << 18;
/// How coarsely a parent is seen: by its states, by pairs of them, or by fours.
pub(crate) const RESOLUTIONS: usize = 3;

/// A column as a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Parent {
    pub(crate) column: usize,
    /// Below [`RESOLUTIONS`]; 0 is the finest.
    pub(crate) level: usize,
}

/// What a column looks like to others, at each resolution: the group of each state, and how many there are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Views([(Vec<u16>, usize); RESOLUTIONS]);

impl Views {
    pub(crate) fn new(states: &States, counts: &[u64], most: usize) -> Self {
        let view = |level: u8| states.coarse(counts, f64::from(1 << level) / most as f64);
        Self::of([(0..states.n() as u16).collect(), view(1), view(2)])
    }

    /// Views by the group of each state; groups ascend.
    pub(crate) fn of(groups: [Vec<u16>; RESOLUTIONS]) -> Self {
        Self(groups.map(|groups| {
            let n = groups.last().map_or(1, |last| usize::from(*last) + 1);
            (groups, n)
        }))
    }

    /// `n` states, seen alike at every resolution.
    #[cfg(test)]
    pub(crate) fn fine(n: u16) -> Self {
        let view = || (0..n).collect();
        Self::of([view(), view(), view()])
    }

    pub(crate) fn groups(&self, level: usize) -> &[u16] {
        &self.0[level].0
    }

    pub(crate) fn size(&self, level: usize) -> usize {
        self.0[level].1
    }

    /// The coarsest resolutions that differ, at most `most`.
    pub(crate) fn coarsest(&self, most: usize) -> Vec<usize> {
        let differs = |&level: &usize| level == 0 || self.size(level) < self.size(level - 1);
        let levels: Vec<usize> = (0..RESOLUTIONS).filter(differs).collect();
        levels[levels.len().saturating_sub(most)..].to_vec()
    }
}

/// The states of each column, `most` of them for values on a scale, about, and how coarsely they may be seen. `counts` are
/// the rows of each token.
pub(crate) fn seen(domain: &Domain, counts: &[Vec<u64>], most: usize) -> (Vec<States>, Vec<Views>) {
    let parts = domain.columns.iter().zip(counts);
    let of = |(domain, counts): (_, &Vec<u64>)| {
        let states = States::new(domain, counts, most);
        let views = Views::new(&states, counts, most);
        (states, views)
    };
    parts.map(of).unzip()
}

/// The states of all rows, column by column.
pub(crate) struct Coded<'a> {
    pub(crate) states: &'a [Vec<u16>],
    pub(crate) views: &'a [Views],
}

impl Coded<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.states.first().map_or(0, Vec::len)
    }

    /// Number of states of a column.
    pub(crate) fn size(&self, column: usize) -> usize {
        self.views[column].size(0)
    }

    /// Number of groups of states that a parent is seen by.
    pub(crate) fn parent_size(&self, parent: Parent) -> usize {
        self.views[parent.column].size(parent.level)
    }

    /// Cells of a table of a column and its parents; `None` when they are too many.
    fn cells(&self, child: usize, parents: &[Parent]) -> Option<usize> {
        let sizes = parents.iter().map(|&parent| self.parent_size(parent));
        let cells = sizes.fold(self.size(child), usize::saturating_mul);
        (cells <= MOST_CELLS).then_some(cells)
    }

    /// The combination of parents' groups that each row of data falls into: the first parent counts fastest.
    pub(crate) fn rows(&self, parents: &[Parent]) -> Vec<u32> {
        let mut rows = vec![0_u32; self.n_rows()];
        let mut stride = 1;
        for &parent in parents {
            let groups = self.views[parent.column].groups(parent.level);
            for (row, &state) in rows.iter_mut().zip(&self.states[parent.column]) {
                *row += u32::from(groups[usize::from(state)]) * stride;
            }
            stride *= self.parent_size(parent) as u32;
        }
        rows
    }

    /// Rows of data in each cell: the states of `child` count fastest.
    pub(crate) fn table(&self, child: usize, parents: &[Parent]) -> Option<Vec<u32>> {
        let mut counts = vec![0_u32; self.cells(child, parents)?];
        let size = self.size(child);
        for (row, &state) in self.rows(parents).iter().zip(&self.states[child]) {
            counts[*row as usize * size + usize::from(state)] += 1;
        }
        Some(counts)
    }

    /// The Bayesian information criterion of a column given parents, in nats; more is better.
    ///
    /// # Source
    /// `schwarz1978`: logarithm of the likelihood, less half the logarithm of rows for each free number.
    pub(crate) fn score(&self, child: usize, parents: &[Parent]) -> Option<f64> {
        let counts = self.table(child, parents)?;
        let size = self.size(child);
        let log = |n: u32| if n == 0 { 0.0 } else { f64::from(n) * f64::from(n).ln() };
        let likelihood: f64 = counts
            .chunks_exact(size)
            .map(|cells| cells.iter().map(|&n| log(n)).sum::<f64>() - log(cells.iter().sum()))
            .sum();
        let free = (size - 1) * (counts.len() / size);
        Some(likelihood - 0.5 * (self.n_rows().max(1) as f64).ln() * free as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_by_hand() {
        // Two columns, always equal in eight rows.
        let states = vec![vec![0, 1, 0, 1, 0, 1, 0, 1]; 2];
        let coded = Coded { states: &states, views: &[Views::fine(2), Views::fine(2)] };
        let one = &[Parent { column: 1, level: 0 }];
        // Eight times ln ½ and one free number; nothing and two.
        let alone = -8.0 * 2.0_f64.ln() - 0.5 * 8.0_f64.ln();
        assert!((coded.score(0, &[]).unwrap() - alone).abs() < 1e-12);
        assert!((coded.score(0, one).unwrap() + 8.0_f64.ln()).abs() < 1e-12);
        assert_eq!(coded.table(0, one).unwrap(), [4, 0, 0, 4]);
    }
}
