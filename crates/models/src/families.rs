//! Which few columns tell most of another: the candidates for its parents, each with its score.

use crate::coded::{Coded, Parent, RESOLUTIONS};
use rayon::prelude::*;
use verosim_core::{Context, Interrupted};

/// Best single parents among which pairs, and among which larger sets, are tried.
const PAIRED: usize = 10;
const JOINED: usize = 6;

/// A set of parents of one column, and by how much it raises the score.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family {
    /// By columns, ascending.
    pub(crate) parents: Vec<Parent>,
    /// The Bayesian information criterion of the column given them, less that of the column alone, in nats.
    pub(crate) gain: f64,
}

impl Family {
    /// Whether all parents are among `columns`.
    pub(crate) fn is_within(&self, columns: &[usize]) -> bool {
        self.parents.iter().all(|parent| columns.contains(&parent.column))
    }
}

/// Candidates for the parents of each column, best first; none that a part of it beats. The last is no parent at all.
///
/// # Cost
/// O(rows · columns² + rows · columns · pairs and larger sets of the best single parents), times resolutions.
pub(crate) fn families(
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

/// [`families`] of one column.
pub(crate) fn of_column(coded: &Coded<'_>, child: usize, most_parents: usize) -> Vec<Family> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::Views;

    fn finest(columns: &[usize]) -> Vec<Parent> {
        columns.iter().map(|&column| Parent { column, level: 0 }).collect()
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
        let eight = Views::of([(0..8).collect(), vec![0, 0, 1, 1, 2, 2, 3, 3], vec![0, 0, 0, 0, 1, 1, 1, 1]]);
        let states = [child, parent];
        let found =
            families(&Coded { states: &states, views: &[Views::fine(2), eight] }, 1, Context::silent())
                .unwrap();
        assert_eq!(found[0][0].parents, [Parent { column: 1, level: 2 }]);
        assert_eq!(found[1][0].parents, finest(&[0]));
    }
}
