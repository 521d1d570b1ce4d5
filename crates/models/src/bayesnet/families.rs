//! Which few columns tell most of another: the candidates for its parents, each with its score.

use crate::states::States;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use verosim_core::{Context, Interrupted};

/// Most cells of a table of a column and its parents.
pub(super) const MOST_CELLS: usize = 1 << 18;
/// Best single parents among which pairs, and among which larger sets, are tried.
const PAIRED: usize = 10;
const JOINED: usize = 6;

/// How coarsely a parent is seen: by its states, by pairs of them, or by fours.
pub(super) const RESOLUTIONS: usize = 3;

/// A column as a parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Parent {
    pub(super) column: usize,
    /// Below [`RESOLUTIONS`]; 0 is the finest.
    pub(super) level: usize,
}

/// What a column looks like to others, at each resolution: the group of each state, and how many there are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Views([(Vec<u16>, usize); RESOLUTIONS]);

impl Views {
    pub(super) fn new(states: &States, counts: &[u64], most: usize) -> Self {
        let view = |level: usize| {
            let groups = match level {
                0 => (0..states.n() as u16).collect(),
                _ => states.coarse(counts, f64::from(1_u8 << level) / most as f64),
            };
            let n = groups.last().map_or(1, |last| usize::from(*last) + 1);
            (groups, n)
        };
        Self([view(0), view(1), view(2)])
    }

    /// `n` states, seen alike at every resolution.
    #[cfg(test)]
    pub(super) fn fine(n: u16) -> Self {
        let view = || ((0..n).collect(), usize::from(n));
        Self([view(), view(), view()])
    }

    pub(super) fn groups(&self, level: usize) -> &[u16] {
        &self.0[level].0
    }

    pub(super) fn size(&self, level: usize) -> usize {
        self.0[level].1
    }

    /// The coarsest resolutions that differ, at most `most`.
    fn coarsest(&self, most: usize) -> Vec<usize> {
        let differs = |&level: &usize| level == 0 || self.size(level) < self.size(level - 1);
        let levels: Vec<usize> = (0..RESOLUTIONS).filter(differs).collect();
        levels[levels.len().saturating_sub(most)..].to_vec()
    }
}

/// The states of all rows, column by column.
pub(super) struct Coded<'a> {
    pub(super) states: &'a [Vec<u16>],
    pub(super) views: &'a [Views],
}

/// A set of parents of one column, and by how much it raises the score.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family {
    /// By columns, ascending.
    pub(super) parents: Vec<Parent>,
    /// The Bayesian information criterion of the column given them, less that of the column alone, in nats.
    pub(super) gain: f64,
}

impl Family {
    /// Whether all parents are among `columns`.
    pub(super) fn is_within(&self, columns: &[usize]) -> bool {
        self.parents.iter().all(|parent| columns.contains(&parent.column))
    }
}

/// Candidates for the parents of each column, best first; none that a part of it beats. The last is no parent at all.
///
/// # Cost
/// O(rows · columns² + rows · columns · pairs and larger sets of the best single parents), times resolutions.
pub(super) fn families(
    coded: &Coded<'_>,
    most_parents: usize,
    ctx: Context<'_>,
) -> Result<Vec<Vec<Family>>, Interrupted> {
    let p = coded.views.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    (0..p)
        .into_par_iter()
        .map(|child| {
            ctx.stop.check()?;
            let found = of_column(coded, child, most_parents);
            let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            ctx.progress.step(so_far, p, "columns scored");
            Ok(found)
        })
        .collect()
}

fn of_column(coded: &Coded<'_>, child: usize, most_parents: usize) -> Vec<Family> {
    let alone = coded.score(child, &[]).unwrap_or(0.0);
    let mut found = vec![Family { parents: Vec::new(), gain: 0.0 }];
    let others: Vec<usize> = (0..coded.views.len()).filter(|&other| other != child).collect();
    let mut best: Vec<usize> = Vec::new();
    for size in 1..=most_parents {
        // Few parents are tried at every resolution, many at coarse ones.
        let (among, resolutions) = match size {
            1 => (&others[..], RESOLUTIONS),
            2 => (&best[..best.len().min(PAIRED)], RESOLUTIONS),
            3 => (&best[..best.len().min(JOINED)], 2),
            _ => (&best[..best.len().min(JOINED)], 1),
        };
        let mut new: Vec<Family> = subsets(among, size)
            .into_iter()
            .filter_map(|columns| {
                let seen = at_resolutions(coded, &columns, resolutions).into_iter();
                let families = seen.filter_map(|parents| {
                    let gain = coded.score(child, &parents)? - alone;
                    Some(Family { parents, gain })
                });
                families.reduce(|best, next| if next.gain > best.gain { next } else { best })
            })
            .collect();
        new.sort_by(|a, b| b.gain.total_cmp(&a.gain).then_with(|| a.parents.cmp(&b.parents)));
        if size == 1 {
            // Also those that are too dear alone: two may tell together what neither does.
            best = new.iter().map(|family| family.parents[0].column).collect();
        }
        for family in new {
            let columns: Vec<usize> = family.parents.iter().map(|parent| parent.column).collect();
            if !found.iter().any(|old| old.gain >= family.gain && old.is_within(&columns)) {
                found.push(family);
            }
        }
    }
    found.sort_by(|a, b| b.gain.total_cmp(&a.gain).then_with(|| a.parents.cmp(&b.parents)));
    found
}

/// The same columns as parents, each at each of its coarsest `most` resolutions.
fn at_resolutions(coded: &Coded<'_>, columns: &[usize], most: usize) -> Vec<Vec<Parent>> {
    columns.iter().fold(vec![Vec::new()], |sets, &column| {
        let levels = coded.views[column].coarsest(most);
        let with = |set: &Vec<Parent>, &level: &usize| [&set[..], &[Parent { column, level }]].concat();
        sets.iter().flat_map(|set| levels.iter().map(|level| with(set, level)).collect::<Vec<_>>()).collect()
    })
}

/// All sets of `size` of `among`, each ascending.
fn subsets(among: &[usize], size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..size {
        all = all
            .into_iter()
            .flat_map(|set: Vec<usize>| {
                let first = set.last().map_or(0, |last| last + 1);
                (first..among.len()).map(move |next| [&set[..], &[next]].concat())
            })
            .collect();
    }
    let named = all.into_iter().map(|set| set.into_iter().map(|at| among[at]).collect::<Vec<_>>());
    named
        .map(|mut set| {
            set.sort_unstable();
            set
        })
        .collect()
}

impl Coded<'_> {
    pub(super) fn n_rows(&self) -> usize {
        self.states.first().map_or(0, Vec::len)
    }

    /// Number of states of a column.
    pub(super) fn size(&self, column: usize) -> usize {
        self.views[column].size(0)
    }

    /// Number of groups of states that a parent is seen by.
    pub(super) fn parent_size(&self, parent: Parent) -> usize {
        self.views[parent.column].size(parent.level)
    }

    /// Cells of a table of a column and its parents; `None` when they are too many.
    fn cells(&self, child: usize, parents: &[Parent]) -> Option<usize> {
        let sizes = parents.iter().map(|&parent| self.parent_size(parent));
        let cells = sizes.fold(self.size(child), usize::saturating_mul);
        (cells <= MOST_CELLS).then_some(cells)
    }

    /// The combination of parents' groups that each row of data falls into: the first parent counts fastest.
    pub(super) fn rows(&self, parents: &[Parent]) -> Vec<u32> {
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
    pub(super) fn table(&self, child: usize, parents: &[Parent]) -> Option<Vec<u32>> {
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
    pub(super) fn score(&self, child: usize, parents: &[Parent]) -> Option<f64> {
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

    fn finest(columns: &[usize]) -> Vec<Parent> {
        columns.iter().map(|&column| Parent { column, level: 0 }).collect()
    }

    #[test]
    fn scores_are_those_by_hand() {
        // Two columns, always equal in eight rows.
        let states = vec![vec![0, 1, 0, 1, 0, 1, 0, 1]; 2];
        let coded = Coded { states: &states, views: &[Views::fine(2), Views::fine(2)] };
        // Eight times ln ½ and one free number; nothing and two.
        let alone = -8.0 * 2.0_f64.ln() - 0.5 * 8.0_f64.ln();
        assert!((coded.score(0, &[]).unwrap() - alone).abs() < 1e-12);
        assert!((coded.score(0, &finest(&[1])).unwrap() + 8.0_f64.ln()).abs() < 1e-12);
        assert_eq!(coded.table(0, &finest(&[1])).unwrap(), [4, 0, 0, 4]);
    }

    #[test]
    fn pairs_that_tell_together_are_found_and_idle_parents_left_out() {
        // The third is whether the first two differ; the fourth is noise.
        let bit = |at: usize| move |row: usize| (row >> at & 1) as u16;
        let n = 512;
        let column = |of: &dyn Fn(usize) -> u16| (0..n).map(of).collect::<Vec<u16>>();
        let states =
            vec![column(&bit(0)), column(&bit(1)), column(&|row| bit(0)(row) ^ bit(1)(row)), column(&bit(2))];
        let found =
            families(&Coded { states: &states, views: &vec![Views::fine(2); 4] }, 3, Context::silent())
                .unwrap();
        assert_eq!(found[2][0].parents, finest(&[0, 1]));
        assert_eq!(found[3], [Family { parents: Vec::new(), gain: 0.0 }]);
        assert_eq!(subsets(&[4, 2, 9], 2), [vec![2, 4], vec![4, 9], vec![2, 9]]);
    }

    #[test]
    fn a_parent_is_seen_as_coarsely_as_does() {
        // Eight states in pairs and fours; the child follows from the half that the parent is in.
        let parent: Vec<u16> = (0..400).map(|row| row % 8).collect();
        let child = parent.iter().map(|state| state / 4).collect();
        let eight = Views([
            ((0..8).collect(), 8),
            (vec![0, 0, 1, 1, 2, 2, 3, 3], 4),
            (vec![0, 0, 0, 0, 1, 1, 1, 1], 2),
        ]);
        let states = [child, parent];
        let found =
            families(&Coded { states: &states, views: &[Views::fine(2), eight] }, 1, Context::silent())
                .unwrap();
        assert_eq!(found[0][0].parents, [Parent { column: 1, level: 2 }]);
        assert_eq!(found[1][0].parents, finest(&[0]));
    }
}
