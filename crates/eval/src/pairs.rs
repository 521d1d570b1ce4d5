//! How often do two columns take two codes together, with any group of rows left out?

use crate::jackknife::GROUPS;

/// Counts of pairs of codes, group by group.
pub(crate) struct PairCounts {
    by_group: Vec<Vec<u32>>,
}

impl PairCounts {
    /// Counts of the rows of one table: codes of the first column below `sizes.0`, of the second below `sizes.1`.
    pub(crate) fn new(first: &[u16], second: &[u16], sizes: (usize, usize), groups: &[u8]) -> Self {
        let mut by_group = vec![vec![0; sizes.0 * sizes.1]; GROUPS];
        for ((&a, &b), &group) in first.iter().zip(second).zip(groups) {
            by_group[usize::from(group)][usize::from(a) * sizes.1 + usize::from(b)] += 1;
        }
        Self { by_group }
    }

    /// Row-major counts without group `out`; of all rows when there is no such group.
    pub(crate) fn without(&self, out: usize) -> Vec<u32> {
        let mut counts = vec![0; self.by_group.first().map_or(0, Vec::len)];
        for (_, own) in self.by_group.iter().enumerate().filter(|&(group, _)| group != out) {
            counts.iter_mut().zip(own).for_each(|(count, own)| *count += own);
        }
        counts
    }
}
