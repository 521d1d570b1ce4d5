//! How is the table of a column learned from counts?

use crate::coded::{Coded, Parent};
use crate::law::{Law, people};

/// How tables are learned.
#[derive(Clone, Copy)]
pub(super) struct Prudence {
    /// Least people behind the chances of one combination of parents' states; else the last parent is left out.
    pub(super) least: usize,
    /// Weight, in rows, of the chances without the last parent.
    pub(super) backoff: f64,
}

/// The table of a column, smoothed towards the one without its least telling parent, and so on.
pub(super) fn learn(
    coded: &Coded<'_>,
    subjects: Option<&[u32]>,
    column: usize,
    parents: &[Parent],
    prudence: Prudence,
) -> Law {
    let parents = ranked(coded, column, parents);
    let size = coded.size(column);
    let parent_sizes: Vec<usize> = parents.iter().map(|&parent| coded.parent_size(parent)).collect();
    let n = coded.n_rows().max(1) as f64;
    let margin = coded.table(column, &[]).unwrap_or_default();
    let mut chances: Vec<f64> = margin.iter().map(|&count| f64::from(count) / n).collect();
    for known in 1..=parents.len() {
        let counts = coded.table(column, &parents[..known]).unwrap_or_default();
        let people = people(coded, subjects, &parents[..known], counts.len() / size);
        let wide = chances;
        chances = Vec::with_capacity(counts.len());
        for (at, cells) in counts.chunks_exact(size).enumerate() {
            let before = &wide[at * size % wide.len()..][..size];
            let rows: u32 = cells.iter().sum();
            if (people[at] as usize) < prudence.least {
                chances.extend(before);
            } else {
                let all = f64::from(rows) + prudence.backoff;
                let smooth =
                    |(&count, wide): (&u32, &f64)| (f64::from(count) + prudence.backoff * wide) / all;
                chances.extend(cells.iter().zip(before).map(smooth));
            }
        }
    }
    let chances = chances.into_iter().map(|chance| chance as f32).collect();
    Law { column, parents, size, parent_sizes, chances }
}

/// Parents so that what is left out from the end is missed least.
fn ranked(coded: &Coded<'_>, column: usize, parents: &[Parent]) -> Vec<Parent> {
    let mut left = parents.to_vec();
    let mut last_first = Vec::new();
    while left.len() > 1 {
        let without = |at: usize| {
            let mut rest = left.clone();
            rest.remove(at);
            coded.score(column, &rest).unwrap_or(f64::NEG_INFINITY)
        };
        let scores: Vec<f64> = (0..left.len()).map(without).collect();
        let idle = (0..left.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
        last_first.push(left.remove(idle));
    }
    left.extend(last_first.into_iter().rev());
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coded::Views;

    #[test]
    fn few_people_hand_over_to_fewer_parents() {
        // Ten rows; the first parent splits 5 and 5, the second leaves 1 row alone.
        let child = vec![0, 0, 0, 0, 1, 1, 1, 1, 1, 0];
        let first = vec![0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
        let second = vec![0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
        let states = vec![child, first, second];
        let two = Views::fine(2);
        let coded = Coded { states: &states, views: &[two.clone(), two.clone(), two] };
        let [one, other] = [1, 2].map(|column| Parent { column, level: 0 });
        let prudence = Prudence { least: 2, backoff: 1.0 };
        let law = learn(&coded, None, 0, &[other, one], prudence);
        assert_eq!(law.parents, [one, other], "the second tells least");
        // Given the first: (4 + ½) / 6 and (1 + ½) / 6; then (4 + ¾) / 5, and, alone, what the first says.
        let wanted = [0.95, 0.05, (1.0 + 0.25) / 6.0, (4.0 + 0.75) / 6.0, 0.75, 0.25, 0.25, 0.75];
        for (found, wanted) in law.chances.iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-6, "{:?}", law.chances);
        }
        assert!(law.is_sound());
        // The rows of one person are one person.
        let same = vec![7; 10];
        let law = learn(&coded, Some(&same), 0, &[one], prudence);
        assert_eq!(law.chances, [0.5; 4]);
    }
}
