//! Which few columns tell most of another: the candidates for its parents, each with its score.

use rayon::prelude::*;
use verosim_core::{Context, Interrupted};

/// Most cells of a table of a column and its parents.
pub(super) const MOST_CELLS: usize = 1 << 18;
/// Best single parents among which pairs, and among which larger sets, are tried.
const PAIRED: usize = 10;
const JOINED: usize = 6;

/// The states of all rows, column by column.
pub(super) struct Coded<'a> {
    pub(super) states: &'a [Vec<u16>],
    /// Number of states of each column.
    pub(super) sizes: &'a [usize],
}

/// A set of parents of one column, and by how much it raises the score.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family {
    /// Columns, ascending.
    pub(super) parents: Vec<usize>,
    /// The Bayesian information criterion of the column given them, less that of the column alone, in nats.
    pub(super) gain: f64,
}

/// Candidates for the parents of each column, best first; none that a part of it beats. The last is no parent at all.
///
/// # Cost
/// O(rows · columns² + rows · columns · pairs and triples of the best single parents).
pub(super) fn families(
    coded: &Coded<'_>,
    most_parents: usize,
    ctx: Context<'_>,
) -> Result<Vec<Vec<Family>>, Interrupted> {
    let p = coded.sizes.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    (0..p)
        .into_par_iter()
        .map(|child| {
            ctx.stop.check()?;
            let alone = coded.score(child, &[]).unwrap_or(0.0);
            let family = |parents: Vec<usize>| {
                let gain = coded.score(child, &parents)? - alone;
                Some(Family { parents, gain })
            };
            let mut found = vec![Family { parents: Vec::new(), gain: 0.0 }];
            let others = (0..p).filter(|&other| other != child);
            let mut single: Vec<Family> = others.filter_map(|other| family(vec![other])).collect();
            // Ranked by what they tell, whatever they cost: two dear parents may be coarse together.
            single.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.parents.cmp(&b.parents)));
            let best: Vec<usize> = single.iter().take(PAIRED).map(|family| family.parents[0]).collect();
            found.extend(single.into_iter().filter(|family| family.gain > 0.0 && most_parents > 0));
            for size in 2..=most_parents {
                let among = &best[..best.len().min(if size == 2 { PAIRED } else { JOINED })];
                for parents in subsets(among, size) {
                    let Some(new) = family(parents) else { continue };
                    let is_beaten = found.iter().any(|old| {
                        old.gain >= new.gain && old.parents.iter().all(|parent| new.parents.contains(parent))
                    });
                    if !is_beaten {
                        found.push(new);
                    }
                }
            }
            found.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.parents.cmp(&b.parents)));
            let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            ctx.progress.step(so_far, p, "columns scored");
            Ok(found)
        })
        .collect()
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

    /// Cells of a table of a column and its parents; `None` when they are too many.
    pub(super) fn cells(&self, child: usize, parents: &[usize]) -> Option<usize> {
        let sizes = parents.iter().map(|&parent| self.sizes[parent]);
        let cells = sizes.fold(self.sizes[child], usize::saturating_mul);
        (cells <= MOST_CELLS).then_some(cells)
    }

    /// The row of the table of a column and its parents that each row of data falls into: the first parent counts fastest.
    pub(super) fn rows(&self, parents: &[usize]) -> Vec<u32> {
        let mut rows = vec![0_u32; self.n_rows()];
        let mut stride = 1;
        for &parent in parents {
            for (row, &state) in rows.iter_mut().zip(&self.states[parent]) {
                *row += u32::from(state) * stride;
            }
            stride *= self.sizes[parent] as u32;
        }
        rows
    }

    /// Rows of data in each cell: the states of `child` count fastest.
    pub(super) fn table(&self, child: usize, parents: &[usize]) -> Option<Vec<u32>> {
        let mut counts = vec![0_u32; self.cells(child, parents)?];
        let size = self.sizes[child];
        for (row, &state) in self.rows(parents).iter().zip(&self.states[child]) {
            counts[*row as usize * size + usize::from(state)] += 1;
        }
        Some(counts)
    }

    /// The Bayesian information criterion of a column given parents, in nats; more is better.
    ///
    /// # Source
    /// `schwarz1978`: logarithm of the likelihood, less half the logarithm of rows for each free number.
    pub(super) fn score(&self, child: usize, parents: &[usize]) -> Option<f64> {
        let counts = self.table(child, parents)?;
        let size = self.sizes[child];
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
        // Two columns of two states, always equal in eight rows.
        let states = vec![vec![0, 1, 0, 1, 0, 1, 0, 1]; 2];
        let coded = Coded { states: &states, sizes: &[2, 2] };
        // Eight times ln ½ and one free number; nothing and two.
        let alone = -8.0 * 2.0_f64.ln() - 0.5 * 8.0_f64.ln();
        assert!((coded.score(0, &[]).unwrap() - alone).abs() < 1e-12);
        assert!((coded.score(0, &[1]).unwrap() + 8.0_f64.ln()).abs() < 1e-12);
        assert_eq!(coded.table(0, &[1]).unwrap(), [4, 0, 0, 4]);
    }

    #[test]
    fn pairs_that_tell_together_are_found_and_idle_parents_left_out() {
        // The third is whether the first two differ; the fourth is noise.
        let bit = |at: usize| move |row: usize| (row >> at & 1) as u16;
        let n = 512;
        let column = |of: &dyn Fn(usize) -> u16| (0..n).map(of).collect::<Vec<u16>>();
        let states =
            vec![column(&bit(0)), column(&bit(1)), column(&|row| bit(0)(row) ^ bit(1)(row)), column(&bit(2))];
        let coded = Coded { states: &states, sizes: &[2; 4] };
        let found = families(&coded, 3, Context::silent()).unwrap();
        assert_eq!(found[2][0].parents, [0, 1]);
        assert_eq!(found[3], [Family { parents: Vec::new(), gain: 0.0 }]);
        assert_eq!(subsets(&[4, 2, 9], 2), [vec![2, 4], vec![4, 9], vec![2, 9]]);
    }
}
