//! How often does a column have each state, given those of others, and how is it drawn?

use crate::LoadError;
use crate::coded::{Coded, Parent, RESOLUTIONS, Views};
use crate::cursor::{Cursor, damaged};
use rand::{Rng, RngExt as _};
use verosim_data::Domain;

/// A conditional table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Law {
    pub(crate) column: usize,
    /// The one that tells most comes first.
    pub(crate) parents: Vec<Parent>,
    /// Number of states of the column.
    pub(crate) size: usize,
    /// Numbers of groups of states that the parents are seen by.
    pub(crate) parent_sizes: Vec<usize>,
    /// Chances of the states, which count fastest, then the first parent's.
    pub(crate) chances: Vec<f32>,
}

impl Law {
    /// The row of the table that each row of `drawn` asks for; `drawn` holds the states of all columns that are parents.
    pub(crate) fn given(&self, views: &[Views], drawn: &[Vec<u16>], n: usize) -> Vec<u32> {
        let mut given = vec![0_u32; n];
        for (parent, size) in self.parents.iter().zip(&self.parent_sizes).rev() {
            let groups = views[parent.column].groups(parent.level);
            for (given, &state) in given.iter_mut().zip(&drawn[parent.column]) {
                *given = *given * *size as u32 + u32::from(groups[usize::from(state)]);
            }
        }
        given
    }

    /// [`given`](Self::given) of one row of `drawn`.
    pub(crate) fn given_in(&self, views: &[Views], drawn: &[Vec<u16>], row: usize) -> u32 {
        let parents = self.parents.iter().zip(&self.parent_sizes).rev();
        parents.fold(0, |given, (parent, &size)| {
            let state = drawn[parent.column][row];
            given * size as u32 + u32::from(views[parent.column].groups(parent.level)[usize::from(state)])
        })
    }

    /// The same table where the column is known to have one of the states `values`: chances of others are shared out. Where
    /// none of them has a chance, they are as common as in `margin`.
    pub(crate) fn within(&self, values: &[bool], margin: &[f32]) -> Self {
        let mut chances = self.chances.clone();
        for row in chances.chunks_exact_mut(self.size) {
            let is_value = |at: &usize| values[*at];
            let all: f32 = (0..self.size).filter(is_value).map(|at| row[at]).sum();
            for (at, chance) in row.iter_mut().enumerate() {
                *chance = match values[at] {
                    false => 0.0,
                    true if all > 0.0 => *chance / all,
                    true => margin[at],
                };
            }
        }
        Self { chances, ..self.clone() }
    }

    /// The chances of all states in a row of the table.
    pub(crate) fn row(&self, given: u32) -> &[f32] {
        &self.chances[given as usize * self.size..][..self.size]
    }

    /// Whether the table is one: as many cells as states need, each a chance, and in each row some above 0.
    pub(crate) fn is_sound(&self) -> bool {
        let cells = self.parent_sizes.iter().fold(self.size, |cells, &size| cells.saturating_mul(size));
        self.size > 0
            && cells == self.chances.len()
            && self.chances.iter().all(|chance| (0.0..=1.0).contains(chance))
            && self.chances.chunks_exact(self.size).all(|row| row.iter().sum::<f32>() > 0.5)
    }
}

/// A state by its chance; chances need not add up to 1.
pub(crate) fn by_chance(chances: &[f32], rng: &mut impl Rng) -> u16 {
    let mut left = rng.random::<f32>() * chances.iter().sum::<f32>();
    for (state, chance) in chances.iter().enumerate() {
        if left < *chance {
            return state as u16;
        }
        left -= chance;
    }
    // Rounding: the last that can be.
    chances.iter().rposition(|chance| *chance > 0.0).unwrap_or(0) as u16
}

/// Columns and their parents, as they are written down.
pub(crate) type Nodes = Vec<(usize, Vec<Parent>)>;

/// Columns, parents, and the chances of all tables one after the other.
pub(crate) fn write(laws: &[Law]) -> (Nodes, Vec<f32>) {
    let nodes = laws.iter().map(|law| (law.column, law.parents.clone())).collect();
    (nodes, laws.iter().flat_map(|law| law.chances.iter().copied()).collect())
}

/// The tables that [`write`] took apart: one for each column.
pub(crate) fn read(
    nodes: Nodes,
    mut chances: Cursor<'_, f32>,
    views: &[Views],
    domain: &Domain,
) -> Result<Vec<Law>, LoadError> {
    let mut seen = vec![false; views.len()];
    let mut laws = Vec::with_capacity(nodes.len());
    for (column, parents) in nodes {
        let is_right = |parent: &Parent| {
            parent.column < views.len() && parent.column != column && parent.level < RESOLUTIONS
        };
        if seen.get(column) != Some(&false) || !parents.iter().all(is_right) {
            return Err(damaged("a column stands twice or nowhere".into()));
        }
        seen[column] = true;
        let size = views[column].size(0);
        let parent_sizes: Vec<usize> =
            parents.iter().map(|parent| views[parent.column].size(parent.level)).collect();
        let cells = parent_sizes.iter().fold(size, |cells, &size| cells.saturating_mul(size));
        let law = Law { column, parents, size, parent_sizes, chances: chances.take(cells)?.to_vec() };
        if !law.is_sound() {
            let name = &domain.columns[column].name;
            return Err(damaged(format!("chances of column `{name}` are out of range")));
        }
        laws.push(law);
    }
    chances.finish()?;
    if laws.len() == views.len() { Ok(laws) } else { Err(damaged("a column is missing".into())) }
}

/// Different people in each combination of parents' groups.
pub(crate) fn people(
    coded: &Coded<'_>,
    subjects: Option<&[u32]>,
    parents: &[Parent],
    n_combinations: usize,
) -> Vec<u32> {
    let rows = coded.rows(parents);
    let mut people = vec![0; n_combinations];
    match subjects {
        None => rows.iter().for_each(|&row| people[row as usize] += 1),
        Some(subjects) => {
            let mut pairs: Vec<(u32, u32)> = rows.into_iter().zip(subjects.iter().copied()).collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs.iter().for_each(|(row, _)| people[*row as usize] += 1);
        }
    }
    people
}
