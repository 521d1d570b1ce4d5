//! Which rows train and which judge, without a person on both sides?

use rand::RngExt as _;
use verosim_core::Seeded;

/// Splits rows at random into (train, holdout), `share` of the persons in the holdout, both ascending.
///
/// Rows of one subject stay together; every row is a subject of its own when `subjects` is `None`. At least one subject
/// is held out when there are two or more and `share` is positive.
#[must_use]
pub fn split_rows(
    n_rows: usize,
    subjects: Option<&[u32]>,
    share: f64,
    seed: Seeded,
) -> (Vec<usize>, Vec<usize>) {
    let n = subjects.map_or(n_rows, |s| s.iter().max().map_or(0, |&most| most as usize + 1));
    let wanted = ((n as f64 * share).round() as usize).min(n.saturating_sub(1));
    let wanted = if share > 0.0 && n > 1 { wanted.max(1) } else { wanted };
    // The first `wanted` of a shuffle.
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = seed.split("split").rng();
    let mut held = vec![false; n];
    for at in 0..wanted {
        let other = rng.random_range(at..n);
        order.swap(at, other);
        held[order[at]] = true;
    }
    (0..n_rows).partition(|&row| !held[subjects.map_or(row, |s| s[row] as usize)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_stay_together_and_shares_are_kept() {
        let subjects: Vec<u32> = (0..1000).map(|row| row / 4).collect();
        let (train, holdout) = split_rows(1000, Some(&subjects), 0.2, Seeded::new(1));
        assert_eq!((train.len(), holdout.len()), (800, 200));
        let held: std::collections::BTreeSet<u32> = holdout.iter().map(|&row| subjects[row]).collect();
        assert!(train.iter().all(|&row| !held.contains(&subjects[row])));
        assert_eq!(split_rows(3, None, 0.01, Seeded::new(1)).1.len(), 1, "never an empty holdout");
    }
}
